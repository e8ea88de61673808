"""The file of a recording as tables of Arrow, each a part of its rows: no Python object a row.

Text is read a megabyte at a time, so that little else than the numbers that are wanted is ever in
memory; that is also faster than whole, by a third of the processor time of ten million rows.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.json as pajson

from sim.recordings.columnar import table_of
from sim.recordings.excel import is_mark
from sim.recordings.layout import Layout
from sim.recordings.opening import byte_stream, encoding_of, text_stream
from sim.recordings.stamps import NoInstantError, from_clf

CLF: Final = pa.large_string()
"""Stands for instants of the common log format; nothing else is a large text."""

_NO_TEXT: Final = "\x01"
"""What parts no columns: a character that no log has."""

_BLOCK_BYTES: Final = 2**20
"""Of text at a time; a longer line is left to the slow reader."""

_JSON_BLOCK_BYTES: Final = 2**24
"""Of JSON, which is read whole: a line may be as long."""

Types: TypeAlias = Mapping[str, pa.DataType]
"""Of columns by name; that of the instants is the first."""


class NotReadError(Exception):
    """Something in the file is not as expected: the slow reader says what, or reads it."""


def tables_of(file: Path, layout: Layout, types: Types) -> Iterator[pa.Table]:
    """Yield the wanted columns of a recording, in parts of its rows.

    Raises:
        NotReadError: It is of a family that Arrow does not read, or a line is none of its log.
        pyarrow.ArrowInvalid: A value is not of its type, or the text not of its family.
        OSError: It cannot be read.
    """
    match layout.family:
        case "csv":
            return _csv_tables(file, layout, types)
        case "lines":
            return _log_tables(file, layout, types)
        case "parquet":
            return iter([_parquet_table(file, types)])
        case "jsonl" if encoding_of(file) != "utf-16" and not any("." in name for name in types):
            return iter([_json_table(file, types)])
        case _:
            raise NotReadError


def typed(texts: pa.Table, types: Types) -> pa.Table:
    """Return columns of text as what they say.

    Raises:
        NotReadError: One is no instant of the common log format.
        pyarrow.ArrowInvalid: One is not of its type.
    """
    time = next(iter(types))
    if types[time] == CLF and texts.num_rows:
        texts = texts.set_column(
            texts.column_names.index(time), time, _from_clf(texts.column(time))
        )
        types = {**types, time: pa.timestamp("ns", "UTC")}
    return texts.cast(pa.schema([(name, types[name]) for name in texts.column_names]))


def _csv_tables(file: Path, layout: Layout, types: Types) -> Iterator[pa.Table]:
    with text_stream(file) as text:
        skipped = int(is_mark(text.readline(), layout, file))
    yield from _parts(
        file,
        pacsv.ReadOptions(
            encoding=_encoding(file),
            column_names=None if layout.names is None else list(layout.names),
            block_size=_BLOCK_BYTES,
            skip_rows=skipped,
        ),
        pacsv.ParseOptions(
            delimiter=layout.delimiter, newlines_in_values=True, ignore_empty_lines=True
        ),
        pacsv.ConvertOptions(
            include_columns=list(types),
            column_types=types,
            null_values=[],
            strings_can_be_null=False,
            decimal_point=layout.decimal,
            timestamp_parsers=[pacsv.ISO8601],
        ),
    )


def _log_tables(file: Path, layout: Layout, types: Types) -> Iterator[pa.Table]:
    """Yield what the pattern finds in each line; a line of blanks is left out."""
    for lines in _parts(
        file,
        pacsv.ReadOptions(encoding=_encoding(file), column_names=["line"], block_size=_BLOCK_BYTES),
        pacsv.ParseOptions(delimiter=_NO_TEXT, quote_char=False),
        pacsv.ConvertOptions(column_types={"line": pa.string()}, strings_can_be_null=False),
    ):
        found = pc.extract_regex(lines.column(0), layout.pattern)
        if found.null_count:
            raise NotReadError
        yield typed(pa.table({name: pc.struct_field(found, name) for name in types}), types)


def _parts(
    file: Path,
    read: pacsv.ReadOptions,
    parse: pacsv.ParseOptions,
    convert: pacsv.ConvertOptions,
) -> Iterator[pa.Table]:
    """Yield the rows of a text, a block at a time."""
    with byte_stream(file) as stream, pacsv.open_csv(stream, read, parse, convert) as batches:
        for batch in batches:
            yield pa.Table.from_batches([batch])


def _encoding(file: Path) -> str:
    return "utf-16" if encoding_of(file) == "utf-16" else "utf8"


def _json_table(file: Path, types: Types) -> pa.Table:
    with byte_stream(file) as stream:
        return pajson.read_json(
            stream,
            read_options=pajson.ReadOptions(block_size=_JSON_BLOCK_BYTES),
            parse_options=pajson.ParseOptions(
                explicit_schema=pa.schema(types.items()),
                unexpected_field_behavior="ignore",
            ),
        )


def _parquet_table(file: Path, types: Types) -> pa.Table:
    """Return the columns as they are kept: instants need not be text."""
    table = table_of(file, list(types))
    for place, (name, kind) in enumerate(types.items()):
        if pa.types.is_floating(table.schema.field(name).type) and pa.types.is_decimal(kind):
            # The decimal that a float is: its shortest text, as a CSV of it would have.
            floats = np.array(table.column(name).to_numpy())
            texts = pa.array(floats.astype(str), mask=np.isnan(floats))
            table = table.set_column(place, name, texts)
    return table.cast(pa.schema([(name, types[name]) for name in table.column_names]))


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
