"""What the columns of a recording hold: their types, empty cells, and the figures of numbers.

Values of texts are never kept: they may be addresses of people.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pajson
from numpy.typing import NDArray

from sim.recordings.columnar import table_of
from sim.recordings.looking import Found
from sim.recordings.opening import byte_stream, text_stream
from sim.recordings.slow import array_of
from sim.recordings.stamps import NUMBER, NoInstantError, nanoseconds
from sim.recordings.tables import tables_of

Holds = Literal["number", "instant", "text"]

_BLOCK_BYTES: Final = 2**24
_HEAD: Final = 200
"""Cells by which a column of dates is known."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a recording.

    Attributes:
        name: As the file has it.
        type: What its cells are: numbers, instants, or texts of any kind.
        missing: How many rows have nothing in it; None where that is not known.
        min: Its least number; None of a column of something else.
        max: Its greatest.
        mean: Of all of them.
    """

    name: str
    type: Holds
    missing: int | None = 0
    min: float | None = None
    max: float | None = None
    mean: float | None = None


def columns_in(
    file: Path, found: Found, numbers: Mapping[str, NDArray[np.float64]]
) -> tuple[Column, ...]:
    """Return the columns of a recording, in its order; those that share a name are left out.

    Args:
        file: The recording.
        found: What it is.
        numbers: Columns that have been read already, as numbers in every row.

    Raises:
        OSError: It cannot be read.
    """
    known = {name: _of_numbers(name, values, 0) for name, values in numbers.items()}
    known[found.time] = Column(found.time, "instant")
    others = [
        name for name in found.columns if name not in known and found.columns.count(name) == 1
    ]
    if others:
        known |= {one.name: one for one in _READERS[found.layout.family](file, found, others)}
    return tuple(known[name] for name in dict.fromkeys(found.columns) if name in known)


def _of_numbers(name: str, values: NDArray[np.float64], missing: int) -> Column:
    return Column(
        name, "number", missing, float(values.min()), float(values.max()), float(values.mean())
    )


class _Tally:
    """What is known of a column of texts whose cells come block by block."""

    def __init__(self, name: str, found: Found) -> None:
        self._name = name
        self._decimal = found.layout.decimal
        self._missing = 0
        self._count = 0
        self._sum = 0.0
        self._ends: list[float] = []
        self._is_number = True
        self._head: list[str] = []

    def add(self, cells: Any) -> None:
        """Count an Arrow array of texts, without a Python object a row."""
        trimmed = pc.utf8_trim_whitespace(cells)
        is_there = pc.fill_null(pc.not_equal(trimmed, ""), fill_value=False)
        there = trimmed.filter(is_there)
        self._missing += len(cells) - len(there)
        if len(self._head) < _HEAD:
            self._head += there.slice(0, _HEAD - len(self._head)).to_pylist()
        if not self._is_number or not len(there):
            return
        if self._decimal != ".":
            there = pc.replace_substring(there, self._decimal, ".", max_replacements=1)
        if pc.all(pc.match_substring_regex(there, f"^(?:{NUMBER.pattern})$")).as_py():
            values = np.asarray(there.cast(pa.float64()).to_numpy(zero_copy_only=False))
            self._count += len(values)
            self._sum += float(values.sum())
            self._ends = [min(*self._ends, *_ends(values)), max(*self._ends, *_ends(values))]
        else:
            self._is_number = False

    def column(self) -> Column:
        """Return what the column is, all of its cells counted."""
        if self._is_number and self._count:
            low, high = self._ends
            mean = self._sum / self._count
            return Column(self._name, "number", self._missing, low, high, mean)
        is_date = bool(self._head) and all(map(_is_date, self._head))
        return Column(self._name, "instant" if is_date else "text", self._missing)


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _is_date(text: str) -> bool:
    try:
        nanoseconds(text, "iso8601")
    except NoInstantError:
        return False
    return True


def _texts(file: Path, found: Found, names: list[str]) -> Iterator[Column]:
    tallies = {name: _Tally(name, found) for name in names}
    for part in tables_of(file, found.layout, dict.fromkeys(names, pa.string())):
        for name, tally in tallies.items():
            for chunk in part.column(name).chunks:
                tally.add(chunk)
    yield from (tally.column() for tally in tallies.values())


def _jsonl(file: Path, found: Found, names: list[str]) -> Iterator[Column]:
    """Yield columns of objects a line by the types that Arrow finds in them.

    Where a key has values of several types, what is missing is not known.
    """
    try:
        with byte_stream(file) as stream:  # of UTF-16 Arrow says that it is no JSON
            table = pajson.read_json(
                stream, read_options=pajson.ReadOptions(block_size=_BLOCK_BYTES)
            )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        yield from (Column(name, "text", None) for name in names)
        return
    for name in names:
        first, *path = [name] if name in table.column_names else name.split(".")
        cells = table.column(first)
        yield _of_arrow(name, pc.struct_field(cells, path) if path else cells, found)


def _parquet(file: Path, found: Found, names: list[str]) -> Iterator[Column]:
    for name in names:
        yield _of_arrow(name, table_of(file, [name]).column(name), found)


def _of_arrow(name: str, cells: pa.ChunkedArray, found: Found) -> Column:
    kind, missing = cells.type, cells.null_count
    if pa.types.is_dictionary(kind):
        cells = cells.cast(kind.value_type)
        kind = cells.type
    if pa.types.is_string(kind):
        tally = _Tally(name, found)
        for chunk in cells.chunks:
            tally.add(chunk)
        return tally.column()
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if is_number and missing < len(cells):
        there = cells.drop_null().cast(pa.float64())
        return _of_numbers(name, np.asarray(there.to_numpy()), missing)
    return Column(name, "instant" if pa.types.is_temporal(kind) else "text", missing)


def _json(file: Path, found: Found, names: list[str]) -> Iterator[Column]:
    with text_stream(file) as text:
        rows: list[Any] = array_of(text, found.layout, file)
    for name in names:
        values = [_value(row, name) for row in rows]
        tally = _Tally(name, found)
        plain = [value if isinstance(value, str | None) else str(value) for value in values]
        tally.add(pa.array(plain, pa.string()))
        yield tally.column()


def _value(row: Any, name: str) -> Any:
    """Return what a path of keys leads to in a row; None where it leads nowhere."""
    for key in [name] if name in row else name.split("."):
        row = row.get(key) if isinstance(row, dict) else None
    return row


_READERS: Final = {
    "csv": _texts,
    "json": _json,
    "jsonl": _jsonl,
    "lines": _texts,
    "parquet": _parquet,
}
