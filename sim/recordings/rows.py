"""The rows of a recording: when each was, and the numbers of the columns that are wanted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows in the order of the file.

    Attributes:
        at_ns: Whole nanoseconds, since the epoch or since the file's own 0; shape ``(rows,)``.
        columns: The wanted columns by name, each of shape ``(rows,)``.
        lengths_ns: Columns of lengths of time, in whole nanoseconds, none below 0; likewise.
        says_offset: Whether its dates say their offset from UTC; without one they are taken as UTC.
        place: Which data row of the file each is, from 0, shape ``(rows,)``; None: all of them.
        skipped: How many data rows were left out, by the reason.
    """

    at_ns: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]
    lengths_ns: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    says_offset: bool = True
    place: NDArray[np.int64] | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)


def joined(parts: list[Rows], columns: Sequence[str], lengths: Sequence[str]) -> Rows:
    """Return the rows of parts of a file, in their order; the parts are used up.

    Args:
        parts: The rows of each; none: the file has no row.
        columns: The names of their columns.
        lengths: Those of their lengths of time.
    """
    if len(parts) == 1:
        return parts[0]
    skipped = sum((Counter(part.skipped) for part in parts), Counter())
    place = None
    if skipped:
        in_file = [part.at_ns.size + sum(part.skipped.values()) for part in parts]
        before = np.cumsum([0, *in_file])
        place = np.concatenate(
            [
                (np.arange(part.at_ns.size) if part.place is None else part.place) + start
                for part, start in zip(parts, before, strict=False)
            ]
        )
    return Rows(
        _one_column([part.at_ns for part in parts], np.int64),
        {name: _one_column([part.columns.pop(name) for part in parts], float) for name in columns},
        {
            name: _one_column([part.lengths_ns.pop(name) for part in parts], np.int64)
            for name in lengths
        },
        says_offset=not parts or parts[0].says_offset,
        place=place,
        skipped=dict(skipped),
    )


def _one_column(parts: list[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *parts])
