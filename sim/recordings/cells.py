"""The cells of a recording as they are written, row by row; an empty cell is an empty text."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from sim.recordings.columnar import batches_of
from sim.recordings.faults import bad_row
from sim.recordings.layout import Layout
from sim.recordings.slow import Row, texts_of

_ROWS_AT_A_TIME: Final = 65_536


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
    for batch in batches_of(file, names, _ROWS_AT_A_TIME):
        try:
            texts = [batch.column(name).cast(pa.string()).to_pylist() for name in names]
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            message = f"a column of {', '.join(names)} holds what is no number, instant or text"
            raise bad_row(file, number + 1, message) from None
        for row in zip(*texts, strict=True):
            number += 1
            yield number, ["" if text is None else text for text in row]
