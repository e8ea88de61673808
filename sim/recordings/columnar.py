"""Recordings that are kept as columns: Parquet, and Arrow's own files and streams.

Which of them a file is its first bytes say, whatever it is called.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq

Kind = Literal["Parquet", "Arrow"]

_MAGIC: Final[dict[bytes, Kind]] = {
    b"PAR1": "Parquet",
    b"ARRO": "Arrow",
    b"\xff\xff\xff\xff": "Arrow",
}
"""Source: the Parquet format, File Format; the Arrow columnar format, IPC File Format and
Encapsulated message format, of which streams consist."""


def kind_of(file: Path) -> Kind | None:
    """Return what a file of columns is; None if it is none.

    Raises:
        OSError: It cannot be read.
    """
    with file.open("rb") as content:
        return _MAGIC.get(content.read(4))


def schema_of(file: Path) -> pa.Schema:
    """Return the names and types of a file's columns.

    Raises:
        ValueError: It is no such file, or damaged.
        OSError: It cannot be read.
    """
    if kind_of(file) != "Arrow":
        return pq.read_schema(file)
    with _arrow(file) as reader:
        return reader.schema


def table_of(file: Path, names: Sequence[str]) -> pa.Table:
    """Return columns as they are kept.

    Raises:
        ValueError: It is no such file, or damaged.
        OSError: It cannot be read.
    """
    if kind_of(file) != "Arrow":
        return pq.read_table(file, columns=list(names))
    with _arrow(file) as reader:
        try:
            table = reader.read_all()
        except pa.ArrowInvalid as error:  # which says of a value, too, that it is not of its type
            raise OSError(f"is damaged: {error}") from None
        return table.select(list(names))


def batches_of(file: Path, names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    """Yield columns as they are kept, at most so many rows at a time.

    Raises:
        ValueError: It is no such file, or damaged.
        OSError: It cannot be read.
    """
    if kind_of(file) != "Arrow":
        with pq.ParquetFile(file) as table:
            yield from table.iter_batches(rows, columns=list(names))
        return
    yield from table_of(file, names).to_batches(max_chunksize=rows)


def row_count(file: Path) -> int:
    """Return how many rows a file has.

    Raises:
        ValueError: It is no such file, or damaged.
        OSError: It cannot be read.
    """
    if kind_of(file) != "Arrow":
        return int(pq.read_metadata(file).num_rows)
    return int(table_of(file, []).num_rows)


def _arrow(file: Path) -> pa.RecordBatchReader:
    with file.open("rb") as content:
        is_stream = content.read(4) != b"ARRO"
    source = pa.memory_map(str(file))
    return pa.ipc.open_stream(source) if is_stream else pa.ipc.open_file(source)
