"""Rate windows: from a scenario or a file in the ServeGen format, and from given arrivals.

Owns what a row of the format means. `sim.workload.renewal` draws what comes in a window.
"""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from sim.recordings.faults import bad_row
from sim.scenario.models.traffic import RateWindow, WindowsTraffic
from sim.workload.renewal import GapLaw, RenewalWindow
from sim.workload.source_files import opened

MIN_SHAPE: Final = {"Gamma": 1e-4, "Weibull": 0.01}
"""Least shape of each law: coefficients of variation of 100 and (Weibull) far above it."""


class WindowRow(NamedTuple):
    """A row of the ServeGen format, its six columns in order.

    Attributes:
        start_at_s: Start of the window.
        rate_per_s: Arrivals per second.
        cv: Standard deviation over mean of the gaps between arrivals; 0 where idle.
        law: ``Gamma``, ``Weibull``, or empty for an idle window.
        shape: The law's shape; 0 where idle.
        scale_s: The law's scale; 0 where idle.
    """

    start_at_s: float
    rate_per_s: float
    cv: float
    law: str
    shape: float
    scale_s: float


def renewal_windows(
    traffic: WindowsTraffic, *, horizon_s: float
) -> list[tuple[int, RenewalWindow]]:
    """Return the windows that the run sees, each with its place in the list or file.

    A window lasts until the next one's start. The last one of a list in the scenario stays until
    the end of the run; of a file, it is as long as the one before it, and nothing comes later. The
    run begins `offset_s` into the windows. Idle windows are left out.

    Of a file's row start, rate, law and shape count. The scale does not: the published ones give
    a mean gap that is some per cent off ``1 / rate`` in most rows, and between 0.004 and 2.9 times
    it in some. Nor does the cv, which for Weibull rows is not that of the shape.

    Raises:
        ScenarioError: The file is missing or another one than meant, or a row is not what the
            format says.
    """
    if traffic.file is None:
        rows = [_row_of(window) for window in traffic.rows or ()]
        end_at_s = math.inf
    else:
        rows = read_windows(traffic.file, traffic)
        last_s = rows[-1].start_at_s - rows[-2].start_at_s if len(rows) > 1 else math.inf
        end_at_s = rows[-1].start_at_s + last_s
    edge_at_s = [*(row.start_at_s - traffic.offset_s for row in rows), end_at_s - traffic.offset_s]
    windows = []
    for place, row in enumerate(rows):
        start_at_s, end_at_s = max(edge_at_s[place], 0.0), min(edge_at_s[place + 1], horizon_s)
        rate_per_s = row.rate_per_s * traffic.rate_scale
        law = _law(row.law)
        if law is None or start_at_s >= end_at_s or rate_per_s <= 0:
            continue
        window = RenewalWindow(
            start_at_s=start_at_s,
            end_at_s=end_at_s,
            rate_per_s=rate_per_s,
            law=law,
            shape=row.shape,
        )
        windows.append((place, window))
    return windows


def read_windows(file: Path, traffic: WindowsTraffic) -> list[WindowRow]:
    """Read the *file* of windows of *traffic*, in the ServeGen format without a header.

    Raises:
        ScenarioError: As for `renewal_windows`; the problem names file and line.
    """
    rows: list[WindowRow] = []
    with opened(file, traffic) as text:
        reader = csv.reader(text, strict=True)
        try:
            for fields in filter(None, reader):
                line = reader.line_num
                row = _parsed(fields, file=file, line=line)
                if rows and row.start_at_s <= rows[-1].start_at_s:
                    message = "the window must start after the one before it"
                    raise bad_row(file, line, message, value=fields[0])
                rows.append(row)
        except csv.Error as error:
            raise bad_row(file, reader.line_num, f"is not CSV: {error}") from None
    if not rows:
        raise bad_row(file, 1, "the file has no window")
    return rows


def _row_of(window: RateWindow) -> WindowRow:
    law = "Weibull" if window.law == "weibull" else "Gamma"  # exponential gaps are Gamma of shape 1
    return WindowRow(window.at_s, window.rate_per_s, window.cv, law, window.shape, 0.0)


def _law(text: str) -> GapLaw | None:
    match text:
        case "Gamma" | "Weibull":
            return text
        case _:
            return None


def _parsed(fields: Sequence[str], *, file: Path, line: int) -> WindowRow:
    whole = ",".join(fields)
    try:
        start, rate, cv, law, shape, scale = fields
        numbers = [float(text) for text in (start, rate, cv, shape, scale)]
    except ValueError:
        message = "a row must be: start, rate, cv, law, shape, scale; numbers but for the law"
        raise bad_row(file, line, message, value=whole) from None
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise bad_row(file, line, "numbers must be finite and not negative", value=whole)
    if law not in {"", *MIN_SHAPE}:
        raise bad_row(file, line, "the law must be Gamma, Weibull or empty", value=law)
    if not law and numbers[1] > 0:
        raise bad_row(file, line, "a rate above 0 needs a law of the gaps", value=whole)
    if law and numbers[1] > 0 and numbers[3] < MIN_SHAPE[law]:
        message = f"the shape of {law} must be at least {MIN_SHAPE[law]:g}"
        raise bad_row(file, line, message, value=shape)
    return WindowRow(numbers[0], numbers[1], numbers[2], law, numbers[3], numbers[4])
