"""The rows of a recording: when each was, and the numbers of the columns that are wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
