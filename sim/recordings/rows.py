"""The rows of a recording: when each was, and the numbers of the columns that are wanted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows in the order of the file.

    Attributes:
        at_ns: Whole nanoseconds, since the epoch or since the file's own 0; shape ``(rows,)``.
        columns: The wanted columns by name, each of shape ``(rows,)``.
    """

    at_ns: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]
