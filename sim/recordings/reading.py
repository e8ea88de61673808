"""A recording to its rows: as fast as Arrow reads it, and row by row where that finds a fault."""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from sim.errors import Problem, ScenarioError
from sim.recordings.asked import Asked
from sim.recordings.excel import is_mark
from sim.recordings.faults import bad_row
from sim.recordings.layout import Layout
from sim.recordings.rows import Rows
from sim.recordings.selection import ALL, Selection
from sim.recordings.stamps import LengthUnit, TimeUnit
from sim.recordings.zoned import ClockError, zoned

NO_LENGTHS: Final[Mapping[str, LengthUnit]] = MappingProxyType({})

HEAD_CHARACTERS: Final = 2**20
"""Of a first line, which names the columns."""


def read_rows(
    file: Path,
    layout: Layout,
    time: str,
    unit: TimeUnit,
    wanted: Sequence[str] = (),
    *,
    lengths: Mapping[str, LengthUnit] = NO_LENGTHS,
    selection: Selection = ALL,
    zone: str | None = None,
) -> Rows:
    """Return the rows of a recording in its order.

    Args:
        file: The recording.
        layout: How it is written.
        time: The column of instants; in JSON a path of keys joined by dots, as all columns.
        unit: Of the instants.
        wanted: Columns of numbers.
        lengths: Columns of lengths of time, with their units.
        selection: Which rows are meant.
        zone: Of dates that say no offset from UTC, such as Europe/Berlin; None: they are of UTC.

    Raises:
        ScenarioError: It has no such column, or a row is not what the layout says, or shows what
            the clock of the zone never did, or did twice; the problem names file and line.
        OSError: It cannot be read.
        UnicodeDecodeError: It is a text of another encoding than UTF-8, or UTF-16 with its mark.
    """
    asked = Asked(time, unit, tuple(dict.fromkeys(wanted)), lengths, selection)
    rows = _as_written(file, layout, asked)
    if zone is None or unit != "iso8601" or rows.says_offset:
        return rows
    try:
        return replace(rows, at_ns=zoned(rows.at_ns, zone))
    except ClockError as error:
        number = error.row if rows.place is None else int(rows.place[error.row])
        line, value = _stamp_at(file, layout, time, number)
        raise bad_row(file, line, str(error), value=value) from None


def _as_written(file: Path, layout: Layout, asked: Asked) -> Rows:
    """Return the rows, their dates without an offset as if they were of UTC."""
    from sim.recordings.fast import read_fast  # noqa: PLC0415 - loads pyarrow
    from sim.recordings.slow import places_of, read_slowly  # noqa: PLC0415 - likewise
    from sim.recordings.tables import NotReadError  # noqa: PLC0415 - likewise

    names = [*asked.selection.where, *asked.names]
    if layout.family in ("csv", "lines", "parquet"):
        places_of(names, columns_of(file, layout), file)
    if len(set(names)) == len(names):
        try:
            return read_fast(file, layout, asked)
        except NotReadError:
            pass
    if layout.family == "parquet":
        raise _parquet_fault(file, layout, asked)
    return read_slowly(file, layout, asked)


def _parquet_fault(file: Path, layout: Layout, asked: Asked) -> ScenarioError:
    """Return what is wrong with a Parquet file that cannot be read: which of its columns it is."""
    from sim.recordings.fast import read_fast  # noqa: PLC0415 - loads pyarrow
    from sim.recordings.tables import NotReadError  # noqa: PLC0415 - likewise

    at_fault = asked.time
    with suppress(NotReadError):
        read_fast(file, layout, replace(asked, columns=(), lengths={}))
        for at_fault in asked.names[1:]:
            length = {name: unit for name, unit in asked.lengths.items() if name == at_fault}
            column = () if length else (at_fault,)
            read_fast(file, layout, replace(asked, columns=column, lengths=length))
    message = (
        f"{at_fault} holds what is no number or instant in a row, or nothing: `missing: skip` "
        "leaves the latter out"
    )
    return ScenarioError(Problem(message=message, rule="bad-row", file=str(file)))


def _stamp_at(file: Path, layout: Layout, time: str, number: int) -> tuple[int, str | None]:
    """Return the line of a data row, of Parquet its number from 1, and its instant as written."""
    from sim.recordings.slow import texts_of  # noqa: PLC0415 - loads pyarrow

    if layout.family == "parquet":
        return number + 1, None
    line, (text,) = next(islice(texts_of(file, layout, [time], {time}), number, None))
    return line, text


def columns_of(file: Path, layout: Layout) -> list[str]:
    """Return the names of a recording's columns: of JSON the paths in its first object.

    Raises:
        OSError: It cannot be read.
        ValueError: It does not begin as its layout says, or is of another encoding.
    """
    from sim.recordings.columnar import schema_of  # noqa: PLC0415 - loads pyarrow
    from sim.recordings.opening import text_stream  # noqa: PLC0415 - likewise
    from sim.recordings.slow import array_of  # noqa: PLC0415 - likewise

    if layout.family == "parquet":
        return list(schema_of(file).names)
    if layout.family == "lines":
        return list(re.compile(layout.pattern).groupindex)
    if layout.names is not None:
        return list(layout.names)
    with text_stream(file) as text:
        if layout.family == "json":
            rows = array_of(text, layout, file)
            return list(_paths(rows[0])) if rows else []
        head = text.readline(HEAD_CHARACTERS)
        if layout.family == "csv" and is_mark(head, layout, file):
            head = text.readline(HEAD_CHARACTERS)
    if layout.family == "csv":
        return next(csv.reader([head], delimiter=layout.delimiter), [])
    return list(_paths(json.loads(head))) if head.startswith("{") else []


def _paths(row: Any) -> Iterator[str]:
    """Yield the paths of a row's values: keys joined by dots; of an array the places."""
    if isinstance(row, list):
        yield from map(str, range(len(row)))
    elif isinstance(row, dict):
        for key, value in row.items():
            if isinstance(value, dict):
                yield from (f"{key}.{path}" for path in _paths(value))
            else:
                yield key
