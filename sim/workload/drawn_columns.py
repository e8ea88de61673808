"""Columns that are drawn in blocks, and columns that hold one value.

Both are about memory: what is drawn block by block is held once and not twice, and a value that is
the same for every request takes eight bytes in all.
"""

from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Number = TypeVar("Number", bound=np.generic)

MARGIN_COUNT: Final = 1024
MOST_ROOM: Final = 2**27
"""Numbers to make room for at first, at the most: a gibibyte of them."""
GROWTH: Final = 1.25


class Collected:
    """Numbers that come block by block, gathered into one array without a second copy of it."""

    def __init__(self, expected_count: float = 0.0) -> None:
        """Make room for about as many as are expected; more are welcome.

        Room that is never used takes no memory, since no page of it is touched.
        """
        # Ten standard deviations of a Poisson number, so that it hardly ever has to grow.
        room = expected_count + 10 * expected_count**0.5 + MARGIN_COUNT
        self._values: Floats = np.empty(int(min(room, MOST_ROOM)))
        self._count = 0

    def add(self, block: Floats) -> None:
        """Put *block* behind what there is."""
        end = self._count + block.size
        if end > self._values.size:
            self._resize(max(end, int(GROWTH * self._values.size)))
        self._values[self._count : end] = block
        self._count = end

    def whole(self) -> Floats:
        """Return all of it; nothing can be added any more."""
        self._resize(self._count)
        return self._values

    def _resize(self, room: int) -> None:
        # In place where the allocator can; no view of the array is ever handed out before.
        self._values.resize(room, refcheck=False)


def repeated(value: Number, count: int) -> NDArray[Number]:
    """Return an array of shape ``(count,)`` that holds *value* once: read-only, with stride 0."""
    return np.broadcast_to(value, (count,))


def is_repeated(values: NDArray[Any]) -> bool:
    """Return whether *values* came from `repeated` and hold at least one value."""
    return values.size > 0 and values.strides == (0,)
