"""Exactly rounded sums of long columns.

`math.fsum` gives the same, a Python float at a time; a day of requests is tens of millions.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BLOCK_ROWS: Final = 2**13
_SPARE_BITS: Final = 14
"""So that 2^14 times the largest value holds twice the sum of a block."""

_LARGEST_EXPONENT: Final = 1000


def exact_sum(values: Floats) -> float:
    """Return the sum of `values`, shape `(n,)`, rounded once: what `math.fsum` returns."""
    return math.fsum(exact_parts(values))


def exact_parts(values: Floats) -> list[float]:
    """Return a few numbers whose sum, if nothing is rounded, is that of `values`, shape `(n,)`.

    The leading bits of all values of a block, down to one place, are split off and added: no sum
    of so few bits is rounded, in whatever order it is added. The rest is split in the same way
    until nothing is left.

    Source: Rump, Ogita and Oishi, Accurate floating-point summation part I (2008), algorithm 3.1.
    """
    parts: list[float] = []
    for first in range(0, len(values), BLOCK_ROWS):
        rest = values[first : first + BLOCK_ROWS].copy()
        while (largest := _largest(rest)) != 0:
            exponent = math.frexp(largest)[1] if math.isfinite(largest) else _LARGEST_EXPONENT
            if exponent >= _LARGEST_EXPONENT:
                return [float(value) for value in values]
            place = math.ldexp(1.0, exponent + _SPARE_BITS)
            leading = rest + place
            leading -= place
            parts.append(float(leading.sum()))
            rest -= leading
    return parts


UNITS_PER_ONE: Final = 2**1074
"""Every float is a whole number of these units: sums of them are integers, in whatever order."""


def in_units(values: Floats) -> int:
    """Return the exact sum of finite `values`, shape `(n,)`, in units of 2^-1074."""
    total = 0
    for part in exact_parts(values):
        numerator, denominator = part.as_integer_ratio()
        total += numerator * (UNITS_PER_ONE // denominator)
    return total


def _largest(values: Floats) -> float:
    """Return the largest absolute value; NaN where one is NaN."""
    return max(float(values.max()), -float(values.min()))
