"""Values counted by their leading bits: quantiles of columns that are not kept.

A positive float64 falls into a bin by its exponent and the first 8 bits of its fraction: 256 bins
an octave, each at most 2^-8 of its values wide. A quantile is found by its exact rank, so the bin
is the right one, and the middle of the bin stands for it: at most 2^-9 of the value off (above
2^-1022 s, where floats have all their bits). 0 has a bin of its own. Counts are integers, so that
neither the order of values nor the blocks in which they come change anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sim.digest import Histograms

Floats = NDArray[np.float64]

FRACTION_BITS: Final = 8
QUANTILE_RELATIVE_ERROR: Final = 2.0 ** -(FRACTION_BITS + 1)
"""How far a quantile may be from the value that it stands for, relative to that value."""

_DROPPED_BITS: Final = 52 - FRACTION_BITS
_DENSE_CODES: Final = 2**16


@dataclass(frozen=True, slots=True)
class Sketch:
    """How many values have each code: `count[i]` of them `code[i]`, ascending; shape `(k,)`."""

    code: NDArray[np.int32]
    count: NDArray[np.int64]

    @classmethod
    def of(cls, values: Floats) -> Self:
        """Return the sketch of `values`, shape `(n,)`, none of them negative or NaN."""
        code = codes_of(values)
        positive = code[code > 0]
        found, count = _counted(positive)
        zeros = len(code) - len(positive)
        if zeros:
            found = np.concatenate((np.zeros(1, np.int32), found))
            count = np.concatenate((np.array([zeros]), count))
        return cls(found, count)

    @classmethod
    def together(cls, parts: Iterable[Self]) -> Self:
        """Return the sketch of the values of all `parts`."""
        held = list(parts)
        if len(held) == 1:
            return held[0]
        code = np.concatenate([np.empty(0, np.int32), *(part.code for part in held)])
        count = np.concatenate([np.empty(0, np.int64), *(part.count for part in held)])
        found, place = np.unique(code, return_inverse=True)
        total = np.zeros(len(found), np.int64)
        np.add.at(total, place, count)
        return cls(found, total)

    def quantiles(self, levels: Floats, *, at_most: float = np.inf) -> Floats:
        """Return what stands for each of `levels`, shape `(q,)`; there is at least one value.

        The rank is that of the inverted distribution function, computed as numpy does.

        Args:
            levels: Fractions from 0 to 1, shape `(q,)`.
            at_most: The largest of the values, where it is known.
        """
        upto = np.cumsum(self.count)
        rank = np.maximum(np.ceil(upto[-1] * levels - 1), 0).astype(np.int64)
        found = middles_of(self.code[np.searchsorted(upto, rank, side="right")])
        return np.minimum(found, at_most)


def codes_of(values: Floats) -> NDArray[np.int32]:
    """Return the leading bits of `values`, shape `(n,)`, none negative or NaN: ascending as they.

    0 alone has the code 0.
    """
    bits = (values + 0.0).view(np.int64)  # -0 is 0
    code = (bits >> _DROPPED_BITS).astype(np.int32)
    code += 1
    code[bits == 0] = 0
    return code


def middles_of(code: NDArray[np.int32]) -> Floats:
    """Return the middle of the bins of `code`, shape `(k,)`."""
    low = (np.maximum(code, 1).astype(np.int64) - 1) << _DROPPED_BITS
    high = low + (1 << _DROPPED_BITS)
    middle: Floats = (low.view(np.float64) + high.view(np.float64)) / 2
    return np.where(code == 0, 0.0, middle)


def histograms(sketches: Sequence[Sketch]) -> Histograms:
    """Return sketches, one a group, behind one another."""
    sizes = [len(sketch.code) for sketch in sketches]
    return Histograms(
        begin=np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64))),
        code=np.concatenate([np.empty(0, np.int32), *(s.code for s in sketches)]),
        count=np.concatenate([np.empty(0, np.int64), *(s.count for s in sketches)]),
    )


def sketch_of(counted: Histograms, first: int, last: int) -> Sketch:
    """Return the sketch of all values in groups `first` to `last`, without `last`."""
    rows = slice(int(counted.begin[first]), int(counted.begin[last]))
    return Sketch.together([Sketch(counted.code[rows], counted.count[rows]), _NOTHING])


def _counted(code: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return which codes there are, ascending, and how often."""
    if not len(code):
        return code, np.empty(0, np.int64)
    low, high = int(code.min()), int(code.max())
    if high - low >= _DENSE_CODES:
        return np.unique(code, return_counts=True)
    count = np.bincount(code - low)
    found = np.flatnonzero(count)
    return (found + low).astype(np.int32), count[found]


_NOTHING: Final = Sketch(np.empty(0, np.int32), np.empty(0, np.int64))
