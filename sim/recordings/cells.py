"""The cells of a recording as they are written, row by row; an empty cell is an empty text."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sim.recordings.faults import bad_row
from sim.recordings.layout import Layout
from sim.recordings.slow import Row, texts_of


def cells_of(file: Path, layout: Layout, names: Sequence[str]) -> Iterator[Row]:
    """Yield the texts of the wanted columns of each row, with its 1-based line.

    Raises:
        ScenarioError: A row has no such column, or is not what the layout says.
        OSError: The file cannot be read.
        UnicodeDecodeError: It is a text of another encoding than UTF-8, or UTF-16 with its mark.
    """
    if layout.family == "parquet":
        return _parquet_rows(file, names)
    return texts_of(file, layout, names)


def _parquet_rows(file: Path, names: Sequence[str]) -> Iterator[Row]:
    number = 0
    with pq.ParquetFile(file) as table:
        for batch in table.iter_batches(columns=list(names)):
            try:
                texts = [batch.column(name).cast(pa.string()).to_pylist() for name in names]
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                message = f"a column of {', '.join(names)} holds what is no number, instant or text"
                raise bad_row(file, number + 1, message) from None
            for row in zip(*texts, strict=True):
                number += 1
                yield number, ["" if text is None else text for text in row]
