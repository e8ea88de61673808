"""What the first cells of a recording's columns hold: numbers, instants, steps between these."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from sim.errors import ScenarioError
from sim.recordings.layout import Layout
from sim.recordings.selection import is_missing
from sim.recordings.slow import dotted
from sim.recordings.stamps import NUMBER, NoInstantError, TimeUnit, nanoseconds

HEAD_ROWS: Final = 200
"""Rows that a guess is made from; all rows are then read by it."""

ENOUGH: Final = 0.5
"""Share of rows that tells what all are: a damaged one would else make the file another one."""

_EPOCH_UNITS: Final[tuple[tuple[float, float, TimeUnit], ...]] = (
    (9e8, 5e9, "s"),
    (9e11, 5e12, "ms"),
    (9e14, 5e15, "us"),
    (9e17, 5e18, "ns"),
)
"""Numbers of the size of the epoch in our days, by their unit."""


def sample(file: Path, layout: Layout, name: str) -> list[str]:
    """Return the first cells of a column as they are written; none where it cannot be read."""
    from sim.recordings.cells import cells_of  # noqa: PLC0415 - loads pyarrow

    try:
        return [texts[0] for _, texts in islice(cells_of(file, layout, [name]), HEAD_ROWS)]
    except ScenarioError:
        return []


def is_of_numbers(file: Path, layout: Layout, name: str) -> bool:
    """Return whether the first rows of a column hold numbers, where they hold anything."""
    numbers, cells = _numbers_of(file, layout, name)
    return 0 < cells == numbers


def _numbers_of(file: Path, layout: Layout, name: str) -> tuple[int, int]:
    """Return how many of the first cells of a column are numbers, and how many are not empty."""
    texts = [text for text in sample(file, layout, name) if not is_missing(text)]
    plain = [dotted(text, layout).strip() for text in texts]
    return sum(NUMBER.fullmatch(text) is not None for text in plain), len(texts)


def is_mostly_of_numbers(file: Path, layout: Layout, name: str) -> bool:
    """Return whether at least half of the first cells that are not empty are numbers."""
    numbers, cells = _numbers_of(file, layout, name)
    return numbers >= ENOUGH * cells


def has_even_steps(file: Path, layout: Layout, time: str, unit: TimeUnit) -> bool:
    """Return whether the first instants follow each other in one step, but for some left out."""
    try:
        at_ns = [nanoseconds(dotted(text, layout), unit)[0] for text in sample(file, layout, time)]
    except NoInstantError:
        return False
    steps_ns = np.diff(np.sort(np.array(at_ns, np.int64)))
    if not steps_ns.size:
        return len(at_ns) == 1
    least_ns = steps_ns.min()
    return bool(
        least_ns > 0 and not (steps_ns % least_ns).any() and (steps_ns == least_ns).mean() >= ENOUGH
    )


def is_of_our_days(texts: Sequence[str]) -> bool:
    """Return whether cells are instants for certain: dates, or numbers of the size of the epoch."""
    unit = unit_of(texts)
    return unit not in (None, "s") or (
        unit == "s" and all(9e8 <= float(one) < 5e9 for one in texts)
    )


def unit_of(texts: Sequence[str]) -> TimeUnit | None:
    """Return the unit of instants, None for texts that are none."""
    if not texts:
        return None
    if all(NUMBER.fullmatch(text.strip()) for text in texts):
        middle = float(np.median([float(text) for text in texts]))
        return next((unit for low, high, unit in _EPOCH_UNITS if low <= middle < high), "s")
    try:
        for text in texts:
            nanoseconds(text, "iso8601")
    except NoInstantError:
        return None
    return "iso8601"
