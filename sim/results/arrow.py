"""Tables as Arrow tables, and as Parquet and CSV files; the home of pyarrow among the results.

Fixed settings everywhere: the same table is the same bytes under the same version of Arrow.
"""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.results.columns import ADDED_COLUMNS, COLUMNS, VOCABULARIES, Kind, kind_of
from sim.results.table import Column, Table, Words, is_nothing

TableFormat = Literal["parquet", "csv"]

TYPES: Final = MappingProxyType(
    {
        "number": pa.float64(),
        "integer": pa.int64(),
        "flag": pa.bool_(),
        "words": pa.string(),
    }
)
"""What the fields of a CSV file are read as, by the kind of their column."""

_RISING: Final = frozenset({"request", "row"})
"""Integers of which the next one is mostly a little larger."""

CSV_BLOCK_ROWS: Final = 65_536
"""Rows that are Python objects at one time."""

ROW_GROUP_ROWS: Final = 2**20
"""Rows of a group in a Parquet file, and rows that are an Arrow table at one time."""


def to_arrow(table: Table) -> pa.Table:
    """Return `table` with words as dictionary columns and null for nothing."""
    return pa.table({name: _column(values) for name, values in table.data.items()})


def from_arrow(name: str, table: pa.Table) -> Table:
    """Return the table that `to_arrow` made `table` from, whatever file it went through."""
    return Table(name, {c: _values(table.column(c), kind_of(c)) for c in table.column_names})


def write_table(table: Table, directory: Path, table_format: TableFormat) -> Path:
    """Write `table` into `directory` under its own name and return the file's path.

    In CSV a number is the shortest text that reads back as the same float, and nothing is an
    empty field.
    """
    path = directory / f"{table.name}.{table_format}"
    if table_format == "parquet":
        _write_parquet(table, path)
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        for start in range(0, len(table), CSV_BLOCK_ROWS):
            rows = slice(start, start + CSV_BLOCK_ROWS)
            columns = (_plain(values, rows) for values in table.data.values())
            writer.writerows(zip(*columns, strict=True))
    return path


def read_table(name: str, path: Path) -> Table:
    """Return the table *name* from its file, which is Parquet or CSV by its suffix.

    Columns that a later version has added are read too.

    Raises:
        ScenarioError: The file is damaged: cut off, not UTF-8, without one of the columns of
            `COLUMNS`, or with something else in one than it holds.
    """
    try:
        table = from_arrow(name, pq.read_table(path) if path.suffix == ".parquet" else _csv(path))
        _check(table)
    except (OSError, UnicodeError, ValueError, pa.ArrowException) as fault:
        reason = " ".join(str(fault).split())
        message = f"the table {name} is damaged: {path}: {reason}"
        raise ScenarioError(Problem(message=message, rule="damaged-table")) from fault
    return table


def _check(table: Table) -> None:
    """Return if the table has all columns that it is read for, and words that mean something.

    Raises:
        ValueError: It has not.
    """
    needed = [column for column in COLUMNS[table.name] if column not in ADDED_COLUMNS]
    missing = [column for column in needed if column not in table.data]
    if missing:
        raise ValueError(f"there is no column {', '.join(missing)}")
    for name in VOCABULARIES.keys() & table.data.keys():
        column = table.data[name]
        unknown = set(column.words) - VOCABULARIES[name] if isinstance(column, Words) else set()
        if unknown:
            raise ValueError(f"column {name} has the unknown word {min(unknown)!r}")


def _write_parquet(table: Table, path: Path) -> None:
    """Write the same bytes as `pyarrow.parquet.write_table`, a row group at a time."""
    first = to_arrow(_stretch(table, 0))
    with pq.ParquetWriter(path, first.schema, **parquet_settings(table)) as writer:
        writer.write_table(first, row_group_size=ROW_GROUP_ROWS)
        for start in range(ROW_GROUP_ROWS, len(table), ROW_GROUP_ROWS):
            writer.write_table(to_arrow(_stretch(table, start)), row_group_size=ROW_GROUP_ROWS)


def parquet_settings(table: Table) -> dict[str, Any]:
    """Return how Parquet is to hold the columns of `table`.

    Instants hardly ever repeat, so that no list of them is tried; their bytes are stored by their
    place in the number, which makes a table of requests a third smaller and faster to write.
    Numbers of requests, and of rows of traces, rise, and are stored as differences.
    """
    encodings = {
        name: "DELTA_BINARY_PACKED" if name in _RISING else "BYTE_STREAM_SPLIT"
        for name in table.columns
        if name in _RISING or kind_of(name) == "number"
    }
    return {
        "compression": "zstd",
        "store_schema": False,
        "use_dictionary": [name for name in table.columns if name not in encodings],
        "column_encoding": encodings,
    }


def _stretch(table: Table, start: int) -> Table:
    rows = slice(start, start + ROW_GROUP_ROWS)
    return Table(table.name, {name: _rows(column, rows) for name, column in table.data.items()})


def _rows(column: Column, rows: slice) -> Column:
    if isinstance(column, Words):
        return Words(column.codes[rows], column.words)
    return column[rows]


def _csv(path: Path) -> pa.Table:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 1, 0))
        if file.read() != b"\n":
            raise ValueError("its last line is cut off")
    with path.open(encoding="utf-8", newline="") as text:
        header = next(csv.reader(text), [])
    options = pa_csv.ConvertOptions(
        column_types={column: TYPES[kind_of(column)] for column in header},
        null_values=[""],
        strings_can_be_null=True,
    )
    return pa_csv.read_csv(
        path, convert_options=options, parse_options=pa_csv.ParseOptions(newlines_in_values=True)
    )


def _plain(values: Column, rows: slice) -> list[object]:
    """Return a block of a column as Python objects, None for nothing."""
    block = _rows(values, rows)
    if isinstance(block, Words):
        plain = block.decoded()
    else:
        plain = block.astype(np.object_)
        plain[is_nothing(block)] = None
    found: list[object] = plain.tolist()
    return found


def _column(values: Column) -> "pa.Array[Any]":
    """Return a column as an Arrow array that shows its memory, null for nothing.

    From buffers: `pyarrow.array` would import pandas wherever that is installed, which takes
    0.3 s: as long as two million requests take to be written.
    """
    if isinstance(values, Words):
        codes = _column(values.codes.astype(np.int32))
        return pa.DictionaryArray.from_arrays(codes, _strings(values.words))
    nothing = is_nothing(values)
    valid = _buffer(np.packbits(~nothing, bitorder="little")) if nothing.any() else None
    held = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else values
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [valid, _buffer(held)])


def _strings(words: tuple[str, ...]) -> "pa.Array[Any]":
    spelt = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, spelt)], dtype=np.int32)
    buffers = [None, _buffer(ends), pa.py_buffer(b"".join(spelt))]
    return pa.Array.from_buffers(pa.string(), len(words), buffers)


def _buffer(values: NDArray[Any]) -> pa.Buffer:
    return pa.py_buffer(np.ascontiguousarray(values))


def _values(column: "pa.ChunkedArray[Any]", kind: Kind) -> Column:
    if not _MAY_HOLD[kind](column.type):
        held = kind if kind == "words" else f"{kind}s"
        raise ValueError(f"a column of type {column.type} stands where one of {held} should")
    if kind == "words":
        whole = column.cast(pa.string()).combine_chunks().dictionary_encode()
        codes = np.asarray(pc.fill_null(whole.indices, -1))
        return Words(codes, tuple(whole.dictionary.to_pylist()))
    if kind != "flag":
        column = pc.fill_null(column, np.nan if kind == "number" else -1)
    return np.asarray(column)


def _is_words(kind: pa.DataType) -> bool:
    held = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(held) or pa.types.is_null(held))


_MAY_HOLD: Final[Mapping[Kind, Callable[[pa.DataType], bool]]] = MappingProxyType(
    {
        "number": pa.types.is_floating,
        "integer": pa.types.is_integer,
        "flag": pa.types.is_boolean,
        "words": _is_words,
    }
)
"""Whether a column of a type that Arrow found in a file can be one of a kind of ours."""
