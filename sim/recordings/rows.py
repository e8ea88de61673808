"""The rows of a recording: when each was, and the numbers of the columns that are wanted."""

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
    """

    at_ns: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]
    lengths_ns: dict[str, NDArray[np.int64]] = field(default_factory=dict)
