"""Recordings whose rows or columns are intervals with a number each: counts, or rates.

Owns where the numbers stand and what an empty cell is; what they mean is for who asks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.recordings.asked import Asked
from sim.recordings.faults import bad_row
from sim.recordings.layout import Layout
from sim.recordings.reading import columns_of
from sim.recordings.selection import Missing, Selection, is_missing
from sim.recordings.stamps import TimeUnit

_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Numbers of intervals in the order of the file, each array of shape ``(intervals,)``.

    Attributes:
        value: The numbers, none below 0; 0 where there is none.
        is_missing: Where there is none.
        at_ns: Starts in whole nanoseconds, since the epoch or the file's own 0; None: they follow
            each other.
    """

    value: NDArray[np.float64]
    is_missing: NDArray[np.bool_]
    at_ns: NDArray[np.int64] | None = None


def read_column(
    file: Path,
    layout: Layout,
    column: str,
    *,
    time: str | None = None,
    unit: TimeUnit = "s",
    where: Mapping[str, str] | None = None,
    missing: Missing = "refuse",
) -> Numbers:
    """Return the numbers of a column whose rows are intervals.

    Args:
        file: The recording.
        layout: How it is written.
        column: Of the numbers.
        time: Column of the starts; None: intervals follow each other.
        unit: Of the starts.
        where: What other columns hold in the rows that are meant; None: all are.
        missing: What an empty cell is.

    Raises:
        ScenarioError: There is no such column or row, or a cell is not what it should be; the
            problem names file and line.
        OSError: The file cannot be read.
        UnicodeDecodeError: It is a text of another encoding than UTF-8, or UTF-16 with its mark.
    """
    _require([column, *([time] if time else []), *(where or {})], file, layout)
    if time is not None:
        quick = _quickly(file, layout, column, time, unit, Selection(where or {}))
        if quick is not None:
            return quick
    return _row_by_row(file, layout, column, time, unit, where or {}, missing)


def _require(names: Sequence[str], file: Path, layout: Layout) -> None:
    from sim.recordings.slow import places_of  # noqa: PLC0415 - loads pyarrow

    if layout.family in ("csv", "parquet"):
        places_of(names, columns_of(file, layout), file)


def _quickly(
    file: Path, layout: Layout, column: str, time: str, unit: TimeUnit, selection: Selection
) -> Numbers | None:
    """Return the same where Arrow reads it and finds no fault; None otherwise."""
    from sim.recordings.fast import read_fast  # noqa: PLC0415 - loads pyarrow
    from sim.recordings.tables import NotReadError  # noqa: PLC0415 - likewise

    try:
        rows = read_fast(file, layout, Asked(time, unit, [column], selection=selection))
    except NotReadError:
        return None
    value = rows.columns[column]
    if not value.size or value.min() < 0:
        return None
    return Numbers(value, np.zeros(value.size, np.bool_), rows.at_ns)


def _row_by_row(
    file: Path,
    layout: Layout,
    column: str,
    time: str | None,
    unit: TimeUnit,
    where: Mapping[str, str],
    missing: Missing,
) -> Numbers:
    from sim.recordings.cells import cells_of  # noqa: PLC0415 - loads pyarrow
    from sim.recordings.slow import Instants  # noqa: PLC0415 - likewise

    instants = Instants(file, layout, unit)
    value: list[float | None] = []
    names = [column, *([time] if time else []), *where]
    held = list(where.values())
    for line, (text, *others) in cells_of(file, layout, names):
        stamp = others.pop(0) if time is not None else ""
        if others != held:
            continue
        value.append(_number(text, layout, file, line, missing))
        if time is not None:
            instants.add(stamp, line)
    if not value:
        if where:
            raise no_such_row(file)
        raise bad_row(file, 1, "the file has no row")
    return _numbers(value, instants.at_ns if time is not None else None)


def read_row(
    file: Path,
    layout: Layout,
    *,
    row: int | None = None,
    where: Mapping[str, str] | None = None,
    ends: tuple[str, str] | None = None,
    missing: Missing = "refuse",
) -> Numbers:
    """Return the numbers of one row whose columns are intervals.

    Args:
        file: The recording.
        layout: How it is written.
        row: Which row, from 0.
        where: Or what other columns hold in it and in no other.
        ends: First and last column of the intervals; None: they are called 1, 2, 3 and so on.
        missing: What an empty cell is.

    Raises:
        ScenarioError: As `read_column`; or `where` finds another row too.
        OSError: The file cannot be read.
        UnicodeDecodeError: It is a text of another encoding than UTF-8, or UTF-16 with its mark.
    """
    from sim.recordings.cells import cells_of  # noqa: PLC0415 - loads pyarrow

    names = interval_columns(file, layout, ends)
    wanted = where or {}
    _require([*names, *wanted], file, layout)
    found: tuple[int, list[str]] | None = None
    for number, (line, texts) in enumerate(cells_of(file, layout, [*wanted, *names])):
        is_it = number == row if row is not None else texts[: len(wanted)] == [*wanted.values()]
        if is_it and found is not None:
            message = f"`where` finds this row and that of line {found[0]}: name one by row"
            raise bad_row(file, line, message)
        if is_it:
            found = line, texts[len(wanted) :]
    if found is None:
        raise no_such_row(file)
    line, texts = found
    return _numbers([_number(text, layout, file, line, missing) for text in texts], None)


def interval_columns(
    file: Path, layout: Layout, ends: tuple[str, str] | None = None
) -> Sequence[str]:
    """Return the names of the columns that are intervals, in their order.

    Raises:
        ScenarioError: There are none.
    """
    header = columns_of(file, layout)
    if ends is not None:
        _require(ends, file, layout)
        first, last = (header.index(name) for name in ends)
        if last < first:
            raise bad_row(file, 1, "last_column stands before first_column")
        return header[first : last + 1]
    has = frozenset(header)
    found = list(takewhile(has.__contains__, _places(len(header))))
    if not found:
        message = "there are no columns 1, 2, 3 and so on: name first_column and last_column"
        raise bad_row(file, 1, message)
    return found


def _places(count: int) -> Iterator[str]:
    yield from map(str, range(1, count + 1))


def _number(text: str, layout: Layout, file: Path, line: int, missing: Missing) -> float | None:
    from sim.recordings.slow import dotted  # noqa: PLC0415 - loads pyarrow

    plain = dotted(text.strip(), layout)
    if _NUMBER.fullmatch(plain):
        return float(plain)
    if not is_missing(plain):
        raise bad_row(file, line, "must be a number, 0 or more", value=text)
    if missing == "refuse":
        message = (
            "there is no number: `missing: skip` leaves such intervals out, `missing: 0` takes "
            "them as none"
        )
        raise bad_row(file, line, message, value=text)
    return None


def _numbers(value: Sequence[float | None], at_ns: Sequence[int] | None) -> Numbers:
    return Numbers(
        np.array([0.0 if number is None else number for number in value]),
        np.array([number is None for number in value], np.bool_),
        None if at_ns is None else np.array(at_ns, np.int64),
    )


def no_such_row(file: Path) -> ScenarioError:
    """Return what is said where no row is the one that is meant."""
    message = "no row of the file is the one meant by row or where"
    return ScenarioError(Problem(message=message, rule="intervals", file=str(file)))
