"""The rows of a recording as Arrow reads them: column by column, no Python object a row."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.recordings.asked import Asked
from sim.recordings.columnar import schema_of
from sim.recordings.layout import Layout
from sim.recordings.meant import Meant, meant
from sim.recordings.rows import Rows, joined
from sim.recordings.selection import Selection
from sim.recordings.stamps import DATES, DIGITS, LATEST_NS, LengthUnit, TimeUnit
from sim.recordings.tables import CLF, NotReadError, Types, tables_of, typed

MORE_DIGITS: Final = 11
"""Decimals beyond the nanosecond that are read, to be rounded away, where there are any."""

_PRECISION: Final = 38
"""Digits of a decimal of 128 bits."""


def read_fast(file: Path, layout: Layout, asked: Asked) -> Rows:
    """Return the rows of a recording in its order; see `sim.recordings.reading.read_rows`.

    Raises:
        NotReadError: It has a fault, or is written as Arrow does not read it.
        OSError: It cannot be read.
    """
    try:
        return _read(file, layout, asked)
    finally:
        # Of ten million rows Arrow kept 0.24 GiB for its next table: a run has better use of it.
        pa.default_memory_pool().release_unused()


def _read(file: Path, layout: Layout, asked: Asked) -> Rows:
    time, unit, lengths = asked.time, asked.unit, asked.lengths
    units: dict[str, TimeUnit] = {time: unit, **lengths}
    for kinds in product(*map(_time_types, units.values())):
        types = dict(zip(units, kinds, strict=True)) | dict.fromkeys(asked.columns, pa.float64())
        says_offset = unit == "clf" or (unit == "iso8601" and _says_offset(file, layout, types))
        try:
            parts = [
                Rows(
                    _nanoseconds(part.table.column(time), unit),
                    {name: _numbers(part.table.column(name)) for name in asked.columns},
                    {name: _lengths(part.table.column(name), lengths[name]) for name in lengths},
                    says_offset=says_offset,
                    place=part.place,
                    skipped=part.skipped,
                )
                for part in _parts(file, layout, types, asked.selection)
            ]
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError, pa.ArrowTypeError):
            continue
        return joined(parts, asked.columns, list(lengths))
    raise NotReadError


def _parts(file: Path, layout: Layout, types: Types, selection: Selection) -> Iterator[Meant]:
    """Yield the rows that are meant, each with all of its columns, in parts.

    Those of a text stay text until the others are gone, in which anything may stand.
    """
    if selection.is_all:
        yield from map(Meant, tables_of(file, layout, types))
        return
    is_text = layout.family in ("csv", "lines")
    as_read = dict.fromkeys(types, pa.string()) if is_text else dict(types)
    as_read |= dict.fromkeys(selection.where, pa.string())
    for table in tables_of(file, layout, as_read):
        found = meant(table, list(types), selection)
        yield found if not is_text else replace(found, table=_pointed(found.table, layout, types))


def _pointed(texts: pa.Table, layout: Layout, types: Types) -> pa.Table:
    """Return columns of text as what they say, whatever their decimal point."""
    if layout.decimal != ".":
        points = [
            pc.replace_substring(one, layout.decimal, ".", max_replacements=1) for one in texts
        ]
        texts = pa.table(dict(zip(texts.column_names, points, strict=True)))
    return typed(texts, types)


def _says_offset(file: Path, layout: Layout, types: Types) -> bool:
    """Return whether dates have an offset, once they have been read as *types*: the first column.

    Arrow reads texts with one, and only these, as of a zone. Instants of Parquet have it in their
    column's type, whatever they are read as.
    """
    time, kind = next(iter(types.items()))
    if layout.family == "parquet":
        kept = schema_of(file).field(time).type
        if pa.types.is_timestamp(kept):
            kind = kept
    return kind.tz is not None


def _time_types(unit: TimeUnit) -> tuple[pa.DataType, ...]:
    """Return as what times are read: the first that holds all of them."""
    if unit == "iso8601":
        return (pa.timestamp("ns"), pa.timestamp("ns", "UTC"))
    if unit == "clf":
        return (CLF,)
    digits = DIGITS[unit]
    return tuple(pa.decimal128(_PRECISION, places) for places in (digits, digits + MORE_DIGITS))


def _nanoseconds(column: pa.ChunkedArray, unit: TimeUnit) -> NDArray[np.int64]:
    if column.null_count:
        raise NotReadError
    if unit in DATES:
        at_ns = column.cast(pa.int64()).to_numpy()
    else:
        digits = DIGITS[unit]
        if column.type.scale != digits:
            column = pc.round(column, digits, "half_to_even").cast(pa.decimal128(38, digits))
        at_ns = np.concatenate([np.empty(0, np.int64), *map(_low_halves, column.chunks)])
    if at_ns.size and max(abs(int(at_ns.min())), int(at_ns.max())) > LATEST_NS:
        raise NotReadError
    return np.asarray(at_ns, np.int64)


def _lengths(column: pa.ChunkedArray, unit: LengthUnit) -> NDArray[np.int64]:
    lengths_ns = _nanoseconds(column, unit)
    if lengths_ns.size and lengths_ns.min() < 0:
        raise NotReadError
    return lengths_ns


def _low_halves(chunk: Any) -> NDArray[np.int64]:
    """Return decimals of 128 bits, without their point, as whole numbers of 64 bits.

    Raises:
        NotReadError: One is larger than that.
    """
    halves = np.frombuffer(chunk.buffers()[1], np.int64).reshape(-1, 2)
    mine = halves[chunk.offset : chunk.offset + len(chunk)]
    low, high = mine[:, 0], mine[:, 1]
    if not np.array_equal(high, low >> 63):
        raise NotReadError
    return low


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    numbers = np.asarray(column.to_numpy(), np.float64)
    if column.null_count or not np.isfinite(numbers).all():
        raise NotReadError
    return numbers
