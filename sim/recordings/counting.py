"""How many rows a recording has, where that takes no reading of them."""

from pathlib import Path

import pyarrow as pa

from sim.recordings.columnar import row_count
from sim.recordings.layout import Layout
from sim.recordings.opening import byte_stream, compression_of, encoding_of, text_stream
from sim.recordings.slow import array_of

_PIECE_BYTES = 2**24


def rows_in(file: Path, layout: Layout) -> float | None:
    """Return how many rows a recording has whose rows are not lines as they stand in the file.

    None where they are: those can be reckoned from a few. Of what is compressed lines are counted,
    which takes what unpacking takes.

    Raises:
        OSError: It cannot be read.
    """
    if layout.family == "parquet":
        try:
            return float(row_count(file))
        except pa.ArrowInvalid:
            return 0.0
    if layout.family == "json":
        with text_stream(file) as text:
            return float(len(array_of(text, layout, file)))
    if compression_of(file) is None and encoding_of(file) != "utf-16":
        return None
    count = 0
    with byte_stream(file) as stream:
        while piece := stream.read(_PIECE_BYTES):
            count += piece.count(b"\n")
    return float(count)
