"""Distributions given by numbers: an empirical sample, a sequence used in order.

The numbers stand in the scenario or, above 10,000 of them, in a CSV or Parquet file that it names.
"""

import csv
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Generic, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import PrivateAttr, field_validator, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import override

from sim.errors import Problem, ScenarioError
from sim.scenario.models.distributions import Distribution, Q
from sim.scenario.models.spec import base_dir_of

MAX_INLINE_VALUES: Final = 10_000
DRAWN_AT_ONCE: Final = 65_536
"""Draws from given numbers at a time; changes the memory and nothing else."""


def _not_too_many(values: Any) -> Any:
    if isinstance(values, Sequence) and len(values) > MAX_INLINE_VALUES:
        reason = (
            f"has {len(values):,} numbers, more than {MAX_INLINE_VALUES:,}: put them into a CSV or "
            "Parquet file and name it with path and column"
        )
        raise PydanticCustomError("too_many_values", "{reason}", {"reason": reason})
    return values


class _Numbers(Distribution[Q], Generic[Q]):
    """Numbers from the scenario itself or from one column of a file."""

    values: tuple[Q, ...] | None = None
    """The numbers, each with its unit; at most 10,000. Or `path` and `column`."""
    path: str | None = None
    """CSV (with a header) or Parquet file, relative to the scenario file."""
    column: str | None = None
    """Name of the file's column."""
    unit: str | None = None
    """Unit of the file's numbers, such as ms or MiB; absent: seconds or bytes."""

    _base_dir: Path | None = PrivateAttr(None)
    _array: NDArray[np.float64] | None = PrivateAttr(None)

    @field_validator("values", mode="before")
    @classmethod
    def _few(cls, values: Any) -> Any:
        return _not_too_many(values)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.values is not None:
            if not self.values:
                msg = "values must hold at least one number"
                raise ValueError(msg)
            if self.path is not None or self.column is not None or self.unit is not None:
                msg = "takes either values, or path and column (and unit)"
                raise ValueError(msg)
        elif self.path is None or self.column is None:
            msg = "takes either values, or path and column (and unit)"
            raise ValueError(msg)
        return self

    @override
    def model_post_init(self, context: Any, /) -> None:
        """Remember where relative paths start."""
        self._base_dir = base_dir_of(context)

    @property
    def file(self) -> Path | None:
        """The file named by `path`, resolved; None for numbers in the scenario."""
        return None if self.path is None else (self._base_dir or Path()) / self.path

    @property
    def numbers(self) -> NDArray[np.float64]:
        """All numbers in order, in seconds or bytes; a file is read once, at first use.

        Raises:
            ScenarioError: The file or its column is missing, or a number is not one that the
                quantity can take (finite, not negative).
        """
        if self._array is None:
            if self.file is None or self.column is None:
                self._array = np.array(self.values, dtype=np.float64)
            else:
                size = 1.0 if self.unit is None else self.unit_size(self.unit)
                found = read_column(self.file, self.column)
                self._array = found if size == 1.0 else found * size
        return self._array

    @property
    @override
    def mean(self) -> float:
        return float(self.numbers.mean())

    @property
    @override
    def variance(self) -> float:
        return float(self.numbers.var())


class Empirical(_Numbers[Q], Generic[Q]):
    """Draws from the given numbers, each equally likely, with replacement."""

    kind: Literal["empirical"] = "empirical"

    @override
    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        numbers = self.numbers
        values = np.empty(n)
        for first in range(0, n, DRAWN_AT_ONCE):
            part = values[first : first + DRAWN_AT_ONCE]
            part[:] = numbers[np.floor(rng.random(part.size) * numbers.size).astype(np.int64)]
        return values


class InOrder(_Numbers[Q], Generic[Q]):
    """The given numbers in order: request k of a source gets number k, nothing is drawn."""

    kind: Literal["sequence"] = "sequence"

    @override
    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """Return the first *n* numbers, read-only; *rng* is not used.

        Raises:
            ScenarioError: There are fewer than *n*.
        """
        numbers = self.numbers
        if n > numbers.size:
            message = f"the sequence has {numbers.size:,} numbers, but {n:,} requests arrive"
            raise ScenarioError(Problem(message=message, rule="sequence-too-short"))
        first = numbers[:n]
        first.flags.writeable = False
        return first


def read_column(file: Path, column: str) -> NDArray[np.float64]:
    """Return one column of a CSV or Parquet file, shape ``(rows,)``, in the file's unit.

    Raises:
        ScenarioError: No such file or column, or a value that is not a finite number >= 0.
    """
    suffix = file.suffix.lower()
    try:
        if suffix == ".csv":
            numbers = _csv_column(file, column)
        elif suffix in {".parquet", ".pq"}:
            numbers = _parquet_column(file, column)
        else:
            raise _unreadable(f"{file}: numbers are read from .csv and .parquet files only")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(f"{file}: cannot be read: {error}") from None
    except (TypeError, ValueError):
        raise _unreadable(f"{file}: column {column!r} holds something that is no number") from None
    if not numbers.size:
        raise _unreadable(f"{file}: column {column!r} holds no number")
    wrong = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 0)))
    if wrong.size:
        row = int(wrong[0])
        raise _unreadable(
            f"{file}: column {column!r} holds {numbers[row]} in data row {row + 1}: "
            "numbers must be finite and not negative"
        )
    return numbers


def _unreadable(message: str) -> ScenarioError:
    return ScenarioError(Problem(message=message, rule="numbers-from-file"))


def _csv_column(file: Path, column: str) -> NDArray[np.float64]:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.reader(lines)
        header = next(rows, [])
        if column not in header:
            raise _unreadable(f"{file}: no column {column!r}; columns: {', '.join(header)}")
        place = header.index(column)
        numbers = array("d")  # and no text of a row that has been read
        numbers.extend(float(row[place] if place < len(row) else "") for row in rows if row)
        return np.frombuffer(numbers, dtype=np.float64)


def _parquet_column(file: Path, column: str) -> NDArray[np.float64]:
    import pyarrow.lib  # noqa: PLC0415 - heavy, and needed for Parquet only
    import pyarrow.parquet  # noqa: PLC0415 - likewise

    try:
        with pyarrow.parquet.ParquetFile(file, memory_map=True) as table:
            names = table.schema_arrow.names
            if column not in names:
                raise _unreadable(f"{file}: no column {column!r}; columns: {', '.join(names)}")
            return np.asarray(table.read([column]).column(0).to_numpy(), dtype=np.float64)
    except pyarrow.lib.ArrowInvalid as error:
        raise _unreadable(f"{file}: is not a Parquet file: {error}") from None
