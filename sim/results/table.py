"""A table: named numpy columns, one step away from pandas and Arrow.

Column names carry their unit. Two rules replace masks: NaN is "nothing" in a column of floats,
and -1 is "nothing" in a column of integers, which otherwise holds counts and numbers from 0 up.
Arrow and pandas users get a proper null for both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from sim.extras import require

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Words:
    """A column of words that come from a short list: `words[codes[i]]`, or nothing for -1.

    `codes` has shape `(n,)`. A million requests so take one byte each for their outcome.
    """

    codes: NDArray[np.integer[Any]]
    words: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str | None]) -> Self:
        """Return `values` as a column; the list of words is in order of first appearance."""
        words: dict[str, int] = {}
        codes = [-1 if v is None else words.setdefault(v, len(words)) for v in values]
        return cls(np.array(codes, np.int32), tuple(words))

    def __len__(self) -> int:
        return len(self.codes)

    def decoded(self) -> NDArray[np.object_]:
        """Return the words themselves, None for nothing, shape `(n,)`."""
        spelt: NDArray[np.object_] = np.array([*self.words, None], np.object_)[self.codes]
        return spelt


Column = NDArray[Any] | Words


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length under a name.

    Attributes:
        name: Also the name of its file in a run directory.
        data: Columns in their order in files; `table["column"]` reads one as a numpy array.
    """

    name: str
    data: Mapping[str, Column]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self.data)

    @override
    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self)} rows of {', '.join(self.data)}>"

    def __len__(self) -> int:
        return len(next(iter(self.data.values())))

    def __getitem__(self, column: str) -> NDArray[Any]:
        found = self.data[column]
        return found.decoded() if isinstance(found, Words) else found

    def holds(self, column: str, word: str) -> NDArray[np.bool_]:
        """Return in which rows `column`, which holds words, has `word`; shape `(n,)`."""
        found = self.data[column]
        if not isinstance(found, Words):
            raise TypeError(f"column {column} of table {self.name} holds no words")
        code = found.words.index(word) if word in found.words else len(found.words)
        held: NDArray[np.bool_] = np.equal(found.codes, code)
        return held

    def where(self, column: str, word: str) -> "Table":
        """Return the rows whose `column` of words is `word`."""
        is_chosen = self.holds(column, word)
        if is_chosen.all():
            return self
        return self.take(np.flatnonzero(is_chosen))

    def take(self, rows: NDArray[np.intp]) -> "Table":
        """Return the given rows, in their order; `rows` has shape `(n,)`."""
        return Table(
            self.name,
            {
                name: Words(values.codes[rows], values.words)
                if isinstance(values, Words)
                else values[rows]
                for name, values in self.data.items()
            },
        )

    def to_arrow(self) -> "pa.Table":
        """Return an Arrow table; words become dictionary columns, nothing becomes null."""
        from sim.results.arrow import to_arrow  # noqa: PLC0415 - loads pyarrow, which few need

        return to_arrow(self)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a pandas frame; words become categories, integers the nullable `Int` types.

        Raises:
            ScenarioError: pandas is not installed.
        """
        require("table.to_pandas()", "pandas")
        import pandas as pd  # noqa: PLC0415 - heavy, and an extra

        return pd.DataFrame({name: _to_pandas(values) for name, values in self.data.items()})


def is_nothing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where `values` hold nothing, shape `(n,)`."""
    nothing = np.zeros(len(values), np.bool_)
    if values.dtype.kind == "f":
        np.isnan(values, out=nothing)
    elif values.dtype.kind == "i":
        np.less(values, 0, out=nothing)
    return nothing


def _to_pandas(values: Column) -> "pd.Series[Any]":
    import pandas as pd  # noqa: PLC0415 - heavy, and an extra

    if isinstance(values, Words):
        return pd.Series(pd.Categorical.from_codes(values.codes, pd.Index(values.words)))
    if values.dtype.kind == "i":
        return pd.Series(pd.arrays.IntegerArray(values.copy(), is_nothing(values)))
    return pd.Series(values if values.flags.writeable else values.copy())
