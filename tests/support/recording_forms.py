"""One table in all the forms that recordings are written in."""

import gzip
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from sim.recordings.layout import Layout

CSV = Layout("csv")


def csv_text(rows: Sequence[tuple[str, str]], delimiter: str = ",", end: str = "\n") -> str:
    """The rows below a header, with a column of words between that nobody wants."""
    lines = [delimiter.join(("at", "what", "size"))]
    lines += [delimiter.join((at, '"a; b,\tc"', size)) for at, size in rows]
    return end.join(lines) + end


def jsonl(rows: Sequence[tuple[str, str]]) -> str:
    """The rows as objects whose numbers are numbers."""
    return "".join(f'{{"size": {size}, "what": "x", "at": {at}}}\n' for at, size in rows)


def parquet(rows: Sequence[tuple[str, str]]) -> bytes:
    """The rows as columns of texts, which keep every digit."""
    at, size = zip(*rows, strict=True)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"size": pa.array(map(float, size)), "at": pa.array(at)}), sink)
    return bytes(sink.getvalue())


def document(rows: Sequence[tuple[str, str]]) -> str:
    """One JSON document with the rows deep inside."""
    objects = ",".join(f'{{"at": {at}, "size": {size}}}' for at, size in rows)
    return f'{{"run": {{"rows": [{objects}]}}}}'


def zstd(content: bytes) -> bytes:
    """Compressed with zstd."""
    compressed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    assert compressed
    return bytes(sink.getvalue())


FORMS: dict[str, tuple[Layout, Callable[[Sequence[tuple[str, str]]], bytes]]] = {
    "csv": (CSV, lambda rows: csv_text(rows).encode()),
    "crlf": (CSV, lambda rows: csv_text(rows, end="\r\n").encode()),
    "bom": (CSV, lambda rows: b"\xef\xbb\xbf" + csv_text(rows).encode()),
    "utf-16": (CSV, lambda rows: csv_text(rows).encode("utf-16")),
    "tsv": (Layout("csv", delimiter="\t"), lambda rows: csv_text(rows, "\t").encode()),
    "semicolon": (
        Layout("csv", delimiter=";", decimal=","),
        lambda rows: csv_text(
            [(at.replace(".", ","), size.replace(".", ",")) for at, size in rows], ";"
        ).encode(),
    ),
    "no header": (
        Layout("csv", names=("at", "what", "size")),
        lambda rows: csv_text(rows).split("\n", 1)[1].encode(),
    ),
    "gzip": (CSV, lambda rows: gzip.compress(csv_text(rows).encode())),
    "zstd": (CSV, lambda rows: zstd(csv_text(rows).encode())),
    "jsonl": (Layout("jsonl"), lambda rows: jsonl(rows).encode()),
    "jsonl gzip": (Layout("jsonl"), lambda rows: gzip.compress(jsonl(rows).encode())),
    "jsonl utf-16": (Layout("jsonl"), lambda rows: jsonl(rows).encode("utf-16")),
    "log": (
        Layout("lines", pattern=r"^(?P<at>\S+) .* size=(?P<size>\S+)$"),
        lambda rows: "".join(f'{at} "a, b" size={size}\n' for at, size in rows).encode(),
    ),
    "parquet": (Layout("parquet"), parquet),
    "json": (Layout("json", records=("run", "rows")), lambda rows: document(rows).encode()),
}


def numbers(decimals: int) -> st.SearchStrategy[str]:
    """Numbers of the size of an epoch in seconds, and of any other, with so many decimals."""
    whole = st.one_of(st.integers(0, 3 * 10**9), st.integers(-1000, 1000))
    return st.builds(
        lambda number, rest: f"{number}.{rest:0{decimals}d}" if decimals else f"{number}",
        whole,
        st.integers(0, 10**decimals - 1),
    )
