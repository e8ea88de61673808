"""Time in whole grains, the 2^-32nd part of a second: lengths that add up exactly in any order.

A float rounds when it is added, so that a sum of lengths depends on their order and on where a
length was cut in two. Where lengths of time come from more than one place (two engines, attempts
that are dropped in blocks) instants are rounded down to grains once, and from there on all is whole
numbers. An instant is less than a quarter of a nanosecond off by that, a length too.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

GRAINS_PER_S: Final = 2.0**32

LAST_S: Final = 2.0**30
"""Instants behind this one, 34 years, have its grain: so sums of grains fit into 64 bits."""


def grain_of(at_s: float) -> int:
    """Return the grain that the instant `at_s`, not below 0, lies in."""
    return int(min(at_s, LAST_S) * GRAINS_PER_S)


def grains_of(at_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the grains that instants lie in, of the shape of `at_s`; none is below 0 or NaN."""
    return (np.minimum(at_s, LAST_S) * GRAINS_PER_S).astype(np.int64)
