"""Numbers of intervals, from a scenario or a file: counts or rates, each with start and end.

Owns what a column and a row of such a file mean. What comes in an interval is drawn by
`sim.workload.counted` and `sim.workload.renewal`.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

from sim.errors import Problem, ScenarioError
from sim.recordings.faults import bad_row
from sim.scenario.models.intervals import (
    CountsTraffic,
    IntervalTraffic,
    RatesTraffic,
    RateUnit,
    gap_shape,
)
from sim.scenario.models.traffic import TraceTraffic
from sim.workload.drawn_columns import Floats
from sim.workload.poisson import RatePieces
from sim.workload.renewal import RenewalWindow
from sim.workload.source_files import opened
from sim.workload.traces import read_trace

_UNIT_S: Final = MappingProxyType[RateUnit, float](
    {"/s": 1.0, "/min": 60.0, "/h": 3600.0, "/d": 86400.0}
)
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Intervals by time, none over another, each array of shape ``(n,)``.

    Attributes:
        start_at_s: Start of each since the start of the run; below 0 before it.
        end_at_s: End of each, which does not belong to it.
        value: Requests of each, or requests per second.
    """

    start_at_s: Floats
    end_at_s: Floats
    value: Floats


def intervals_of(traffic: IntervalTraffic) -> Intervals:
    """Return the intervals of a source, with counts or with rates per second.

    Raises:
        ScenarioError: The file is missing or another one than meant; it has no such column or row;
            a number is negative, or a count not whole; intervals overlap, or have no even step and
            no length is given.
    """
    start_at_s, every_s, value = _numbers(traffic)
    wrong = ~(np.isfinite(value) & (value >= 0))
    if isinstance(traffic, CountsTraffic):
        wrong |= value != np.floor(value)
        must = "a whole number of requests, 0 or more"
    else:
        must = "a rate, 0 or more"
    if wrong.any():
        place = int(np.argmax(wrong))
        raise _refused(traffic, f"interval {place} has {value[place]:g}: it must be {must}")
    if isinstance(traffic, RatesTraffic):
        value = value * traffic.rate_scale
        if traffic.unit is not None:
            value /= _UNIT_S[traffic.unit]
    start_at_s = start_at_s + (traffic.at_s - traffic.offset_s)
    # Intervals that follow each other meet exactly: no instant is between them or in two.
    end_at_s = start_at_s + every_s
    meets = np.isclose(end_at_s[:-1], start_at_s[1:], rtol=0, atol=1e-6 * every_s)
    end_at_s[:-1][meets] = start_at_s[1:][meets]
    return Intervals(start_at_s, end_at_s, value)


def rates_over_time(traffic: IntervalTraffic) -> RatePieces:
    """Return the mean rate of a source over time, which is level in each interval, and 0 outside.

    Raises:
        ScenarioError: As for `intervals_of`.
    """
    found = intervals_of(traffic)
    is_seen = found.end_at_s > 0
    start_at_s, end_at_s = found.start_at_s[is_seen], found.end_at_s[is_seen]
    per_s = found.value[is_seen]
    if isinstance(traffic, CountsTraffic):
        per_s = per_s / (end_at_s - start_at_s)
    edge_at_s = np.concatenate([[0.0], np.stack([start_at_s, end_at_s], 1).ravel(), [np.inf]])
    rate_per_s = np.zeros(edge_at_s.size - 1)
    rate_per_s[1::2] = per_s
    edge_at_s = np.maximum(edge_at_s, 0.0)
    is_wide = np.diff(edge_at_s) > 0
    edges = np.concatenate([edge_at_s[:-1][is_wide], [np.inf]])
    return RatePieces(edges, rate_per_s[is_wide], rate_per_s[is_wide])


def rate_windows(traffic: RatesTraffic, *, horizon_s: float) -> Iterator[tuple[int, RenewalWindow]]:
    """Yield the intervals with requests that the run sees, each with its place from 0.

    Raises:
        ScenarioError: As for `intervals_of`.
    """
    found = intervals_of(traffic)
    shape = gap_shape(traffic.law, traffic.cv)
    for place in _seen(found, horizon_s):
        yield (
            place,
            RenewalWindow(
                start_at_s=max(float(found.start_at_s[place]), 0.0),
                end_at_s=min(float(found.end_at_s[place]), horizon_s),
                rate_per_s=float(found.value[place]),
                law="Weibull" if traffic.law == "weibull" else "Gamma",
                shape=shape,
            ),
        )


def counted_intervals(
    traffic: CountsTraffic, *, horizon_s: float
) -> Iterator[tuple[int, float, float, int]]:
    """Yield place, start, end and count of the intervals with requests that the run sees.

    One that the run sees a part of is whole here.

    Raises:
        ScenarioError: As for `intervals_of`.
    """
    found = intervals_of(traffic)
    for place in _seen(found, horizon_s):
        start_at_s, end_at_s = float(found.start_at_s[place]), float(found.end_at_s[place])
        yield place, start_at_s, end_at_s, int(found.value[place])


def _seen(found: Intervals, horizon_s: float) -> Iterator[int]:
    is_seen = (found.end_at_s > 0) & (found.start_at_s < horizon_s) & (found.value > 0)
    yield from np.flatnonzero(is_seen).tolist()


def _numbers(traffic: IntervalTraffic) -> tuple[Floats, float, Floats]:
    """Return starts since the first, the length of each, and the numbers as they are given."""
    if traffic.given is not None:
        return _in_a_row(traffic, np.array(traffic.given, dtype=np.float64))
    assert traffic.file is not None
    if traffic.column is None:
        return _in_a_row(traffic, np.array(_of_a_row(traffic, traffic.file)))
    if traffic.time_column is None:
        lines = _table(traffic, traffic.file)
        header = next(lines)[1]
        place = _place_of(traffic.column, header, traffic.file)
        texts = [_number(row[place], traffic.file, line) for line, row in lines]
        if not texts:
            raise bad_row(traffic.file, 1, "the file has no row")
        return _in_a_row(traffic, np.array(texts))
    return _by_time(traffic, traffic.column, traffic.time_column)


def _in_a_row(traffic: IntervalTraffic, value: Floats) -> tuple[Floats, float, Floats]:
    every_s = traffic.every_s or 0.0  # the model has it where there are no times
    return np.arange(value.size, dtype=np.float64) * every_s, every_s, value


def _by_time(
    traffic: IntervalTraffic, column: str, time_column: str
) -> tuple[Floats, float, Floats]:
    form: Literal["jsonl", "csv"] = (
        "jsonl" if str(traffic.path).lower().endswith(".jsonl") else "csv"
    )
    table = TraceTraffic(
        name=traffic.name or "intervals",
        path=str(traffic.file),
        format=form,
        time_column=time_column,
        time_unit=traffic.time_unit,
        sha256=traffic.sha256,
        source=traffic.source,
        licence=traffic.licence,
        evenly_spaced=True,
    )
    rows = read_trace(table, [column])
    at_s = rows.at_s
    step_s = np.diff(at_s)
    every_s = traffic.every_s
    if every_s is None:
        if not step_s.size or not np.allclose(step_s, step_s[0], rtol=1e-6, atol=0):
            raise _refused(traffic, "the times have no even step: say how long one is, with every")
        every_s = float(step_s[0])
    if step_s.size and step_s.min() < every_s * (1 - 1e-6):
        place = int(step_s.argmin())
        raise _refused(
            traffic,
            f"interval {place + 1} begins {step_s[place]:g} s after the one before it, which is "
            f"{every_s:g} s long: intervals must not overlap",
        )
    return at_s, every_s, rows.columns[column]


def _of_a_row(traffic: IntervalTraffic, file: Path) -> list[float]:
    """Return the numbers of the one row that is meant."""
    lines = _table(traffic, file)
    header = next(lines)[1]
    columns = _interval_columns(traffic, header, file)
    wanted = {_place_of(name, header, file): text for name, text in (traffic.where or {}).items()}
    found: tuple[int, list[str]] | None = None
    for number, (line, row) in enumerate(lines):
        is_it = (
            number == traffic.row
            if traffic.row is not None
            else all(row[place] == text for place, text in wanted.items())
        )
        if is_it and found is not None:
            message = f"`where` finds this row and that of line {found[0]}: name one by row"
            raise bad_row(file, line, message)
        if is_it:
            found = line, row
    if found is None:
        raise _refused(traffic, "no row of the file is the one meant by row or where")
    line, row = found
    return [_number(row[place], file, line) for place in columns]


def _interval_columns(traffic: IntervalTraffic, header: Sequence[str], file: Path) -> list[int]:
    if traffic.first_column is not None and traffic.last_column is not None:
        first = _place_of(traffic.first_column, header, file)
        last = _place_of(traffic.last_column, header, file)
        if last < first:
            raise _refused(traffic, "last_column stands before first_column")
        return list(range(first, last + 1))
    names = {name: place for place, name in enumerate(header)}
    found: list[int] = []
    while str(len(found) + 1) in names:
        found.append(names[str(len(found) + 1)])
    if not found:
        message = "there are no columns 1, 2, 3 and so on: name first_column and last_column"
        raise bad_row(file, 1, message)
    return found


def _place_of(column: str, header: Sequence[str], file: Path) -> int:
    if column not in header:
        raise bad_row(file, 1, f"there is no column {column!r}")
    return header.index(column)


def _table(traffic: IntervalTraffic, file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV with their 1-based lines, the header first."""
    with opened(file, traffic) as text:
        reader = csv.reader(text, strict=True)
        width: int | None = None
        try:
            for row in filter(None, reader):
                width = width or len(row)
                if len(row) != width:
                    message = f"the row has {len(row)} fields, the header {width}"
                    raise bad_row(file, reader.line_num, message)
                yield reader.line_num, row
        except csv.Error as error:
            raise bad_row(file, reader.line_num, f"is not CSV: {error}") from None
        if width is None:
            raise bad_row(file, 1, "the file is empty")


def _number(text: str, file: Path, line: int) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        raise bad_row(file, line, "must be a number, 0 or more", value=text)
    return float(text)


def _refused(traffic: IntervalTraffic, message: str) -> ScenarioError:
    file = None if traffic.file is None else str(traffic.file)
    return ScenarioError(
        Problem(message=message, rule="intervals", path=("traffic", traffic.name), file=file)
    )
