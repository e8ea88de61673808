"""A recording's bytes and text, whatever it is compressed with and however it is encoded.

Both are known by the first bytes of the file, not by its name: a log that was renamed is read all
the same.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, TextIO, cast

import pyarrow as pa

Compression = Literal["gzip", "zstd"]

_MAGIC: Final[dict[bytes, Compression]] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
"""Source: RFC 1952, section 2.3.1; RFC 8878, section 3.1.1."""

_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks. Source: RFC 2781, section 3.2."""


def compression_of(file: Path) -> Compression | None:
    """Return what a file is compressed with; None if with nothing that is known.

    Raises:
        OSError: It cannot be read.
    """
    with file.open("rb") as content:
        head = content.read(4)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


@contextmanager
def byte_stream(file: Path) -> Iterator[pa.NativeFile]:
    """Open a file as bytes that are compressed no more.

    Raises:
        OSError: It cannot be read, or what it is compressed with is damaged.
    """
    with pa.input_stream(str(file), compression=compression_of(file)) as stream:
        yield stream


def encoding_of(file: Path) -> str:
    """Return the encoding of a text: UTF-16 by its mark, else UTF-8, with a mark or without.

    Raises:
        OSError: The file cannot be read.
    """
    with byte_stream(file) as stream:
        return "utf-16" if stream.read(2) in _UTF_16 else "utf-8-sig"


@contextmanager
def text_stream(file: Path) -> Iterator[TextIO]:
    """Open a file as text, its line ends as they are.

    Raises:
        OSError: It cannot be read.
        UnicodeDecodeError: On reading: it is not of its encoding.
    """
    encoding = encoding_of(file)
    with byte_stream(file) as stream:
        buffered = io.BufferedReader(cast("io.RawIOBase", stream))
        with buffered, io.TextIOWrapper(buffered, encoding=encoding, newline="") as text:
            yield text
