"""The rows of a recording as Arrow reads them: column by column, no Python object a row."""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.json as pajson
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.recordings.excel import is_mark
from sim.recordings.layout import Layout
from sim.recordings.opening import byte_stream, encoding_of, text_stream
from sim.recordings.rows import Rows
from sim.recordings.stamps import (
    DATES,
    DIGITS,
    LATEST_NS,
    LengthUnit,
    NoInstantError,
    TimeUnit,
    from_clf,
)

MORE_DIGITS: Final = 11
"""Decimals beyond the nanosecond that are read, to be rounded away, where there are any."""

_PRECISION: Final = 38
"""Digits of a decimal of 128 bits."""

_CLF: Final = pa.string()
"""As what instants of the common log format are read at first."""

_NO_TEXT: Final = "\x01"
"""What parts no columns: a character that no log has."""

_BLOCK_BYTES: Final = 2**24
"""Of text at a time; a line may be as long."""


class NotReadError(Exception):
    """Something in the file is not as expected: the slow reader says what, or reads it."""


def read_fast(
    file: Path,
    layout: Layout,
    time: str,
    unit: TimeUnit,
    wanted: Sequence[str],
    lengths: Mapping[str, LengthUnit],
) -> Rows:
    """Return the rows of a recording in its order; see `sim.recordings.reading.read_rows`.

    Raises:
        NotReadError: It has a fault, or is written as Arrow does not read it.
        OSError: It cannot be read.
    """
    units: dict[str, TimeUnit] = {time: unit, **lengths}
    for kinds in product(*map(_time_types, units.values())):
        types = dict(zip(units, kinds, strict=True)) | dict.fromkeys(wanted, pa.float64())
        try:
            table = _table(file, layout, types)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError, pa.ArrowTypeError):
            continue
        lengths_ns = {name: _nanoseconds(table.column(name), lengths[name]) for name in lengths}
        if any(column.size and column.min() < 0 for column in lengths_ns.values()):
            raise NotReadError
        return Rows(
            _nanoseconds(table.column(time), unit),
            {name: _numbers(table.column(name)) for name in wanted},
            lengths_ns,
        )
    raise NotReadError


def _time_types(unit: TimeUnit) -> tuple[pa.DataType, ...]:
    """Return as what times are read: the first that holds all of them."""
    if unit == "iso8601":
        return (pa.timestamp("ns"), pa.timestamp("ns", "UTC"))
    if unit == "clf":
        return (_CLF,)
    digits = DIGITS[unit]
    return tuple(pa.decimal128(_PRECISION, places) for places in (digits, digits + MORE_DIGITS))


def _table(file: Path, layout: Layout, types: dict[str, pa.DataType]) -> pa.Table:
    if layout.family == "csv":
        return _csv_table(file, layout, types)
    if layout.family == "jsonl" and encoding_of(file) != "utf-16":
        with byte_stream(file) as stream:
            return pajson.read_json(
                stream,
                read_options=pajson.ReadOptions(block_size=_BLOCK_BYTES),
                parse_options=pajson.ParseOptions(
                    explicit_schema=pa.schema(types.items()),
                    unexpected_field_behavior="ignore",
                ),
            )
    if layout.family == "parquet":
        return _parquet_table(file, types)
    if layout.family == "lines":
        return _log_table(file, layout, types)
    raise NotReadError


def _csv_table(file: Path, layout: Layout, types: dict[str, pa.DataType]) -> pa.Table:
    with text_stream(file) as text:
        skipped = int(is_mark(text.readline(), layout, file))
    with byte_stream(file) as stream:
        return pacsv.read_csv(
            stream,
            read_options=pacsv.ReadOptions(
                encoding="utf-16" if encoding_of(file) == "utf-16" else "utf8",
                column_names=None if layout.names is None else list(layout.names),
                block_size=_BLOCK_BYTES,
                skip_rows=skipped,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=layout.delimiter, newlines_in_values=True, ignore_empty_lines=True
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(types),
                column_types=types,
                null_values=[],
                strings_can_be_null=False,
                decimal_point=layout.decimal,
                timestamp_parsers=[pacsv.ISO8601],
            ),
        )


def _log_table(file: Path, layout: Layout, types: dict[str, pa.DataType]) -> pa.Table:
    """Return what the pattern finds in each line; a line of blanks is left out."""
    with byte_stream(file) as stream:
        lines = pacsv.read_csv(
            stream,
            read_options=pacsv.ReadOptions(
                encoding="utf-16" if encoding_of(file) == "utf-16" else "utf8",
                column_names=["line"],
                block_size=_BLOCK_BYTES,
            ),
            parse_options=pacsv.ParseOptions(delimiter=_NO_TEXT, quote_char=False),
            convert_options=pacsv.ConvertOptions(
                column_types={"line": pa.string()}, strings_can_be_null=False
            ),
        ).column(0)
    found = pc.extract_regex(lines, layout.pattern)
    if found.null_count:
        raise NotReadError
    columns = {name: pc.struct_field(found, name) for name in types}
    time = next(iter(types))
    if types[time] == _CLF:
        columns[time] = _from_clf(columns[time])
        types = {**types, time: pa.timestamp("ns", "UTC")}
    return pa.table(columns).cast(pa.schema(types.items()))


def _from_clf(stamps: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return instants of the common log format as ISO 8601; each of its few days is read once."""
    days = pc.utf8_slice_codeunits(stamps, 0, 11).combine_chunks().dictionary_encode()
    try:
        dates = [from_clf(f"{day}:00:00:00 +0000")[:10] for day in days.dictionary.to_pylist()]
    except NoInstantError:
        raise NotReadError from None
    clocks = pc.utf8_slice_codeunits(stamps, 12, 20).combine_chunks()
    offsets = pc.utf8_slice_codeunits(stamps, 21, 26).combine_chunks()
    return pa.chunked_array(
        [
            pc.binary_join_element_wise(
                pc.binary_join_element_wise(pa.array(dates).take(days.indices), clocks, "T"),
                offsets,
                "",
            )
        ]
    )


def _parquet_table(file: Path, types: dict[str, pa.DataType]) -> pa.Table:
    """Return the columns as they are kept: instants need not be text."""
    table = pq.read_table(file, columns=list(types))
    for place, (name, kind) in enumerate(types.items()):
        if pa.types.is_floating(table.schema.field(name).type) and pa.types.is_decimal(kind):
            # The decimal that a float is: its shortest text, as a CSV of it would have.
            texts = pa.array(np.array(table.column(name).to_numpy()).astype(str))
            table = table.set_column(place, name, texts)
    return table.cast(pa.schema([(name, types[name]) for name in table.column_names]))


def parquet_names(file: Path) -> list[str]:
    """Return the names of a Parquet file's columns.

    Raises:
        ValueError: It is none.
    """
    names: list[str] = pq.read_schema(file).names
    return names


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
