"""What a run keeps of its response times: how many lie in each bin of one fixed grid.

The grid is the same for every run of every case, so that the requests of all runs can be taken
together. A bin is told by the exponent and the first 6 bits of the fraction of a float: 64 bins an
octave, 0.8 to 1.6 % wide, from 2^-10 s (1 ms) to 2^17 s (36 h). No logarithm is rounded at an edge,
and the edges are the same floats on every machine. One bin lies below, from 0, and one above.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.record import Record
from sim.results.metrics import Requests
from sim.results.sketch import FRACTION_BITS, codes_of

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BIN_BITS: Final = 6
"""Bits of the fraction that tell a bin: 2^6 bins an octave."""
LEAST_S: Final = 2.0**-10
"""Where the bin of all that is shorter ends."""
OCTAVES: Final = 27
"""From `LEAST_S` on; what is longer has one bin."""
BINS: Final = 1 + OCTAVES * 2**BIN_BITS + 1

_DROPPED_BITS: Final = 52 - BIN_BITS
_FIRST: Final = int(np.float64(LEAST_S).view(np.int64)) >> _DROPPED_BITS
"""What is left of `LEAST_S` without those bits: the number of its bin among all floats."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The response times of one deployment in one run, as counts: small where it is sent or kept.

    Attributes:
        packed: The first bin that has any and the counts from there to the last one, as little
            endian 32-bit integers, compressed by zlib; only `together` unpacks it.
    """

    packed: bytes

    @classmethod
    def of(cls, response_s: Floats) -> "Counted":
        """Return the counts of response times, shape `(n,)`, none of them negative or NaN."""
        count = np.bincount(bins_of(response_s), minlength=BINS)
        used = np.flatnonzero(count)
        first, last = (int(used[0]), int(used[-1])) if used.size else (0, -1)
        kept = np.concatenate(([first], count[first : last + 1])).astype("<u4")
        return cls(zlib.compress(kept.tobytes()))


def counted(record: Record) -> tuple[Counted, ...]:
    """Return the counts of every deployment of a run that kept its attempts.

    They are of the requests that `response_s` is of: those that were completed, of those that
    arrived behind the warm-up.
    """
    window = record.scenario.warm_up_s, record.horizon_s
    return tuple(
        Counted.of(Requests.of(deployment).arrived_in(*window).response_times_s())
        for deployment in record.deployments
    )


def together(runs: Sequence[Counted]) -> tuple[Counts, Floats]:
    """Return the counts of runs on the part of the grid that any of them uses.

    Args:
        runs: At least one.

    Returns:
        Counts of shape `(runs, bins)` and the edges of the bins, in seconds, shape `(bins + 1,)`;
        infinite where the bin above the grid is among them.
    """
    unpacked = [np.frombuffer(zlib.decompress(run.packed), "<u4").astype(np.int64) for run in runs]
    used = [(int(one[0]), int(one[0]) + one.size - 1) for one in unpacked if one.size > 1]
    start = min((first for first, _ in used), default=0)
    end = max((end for _, end in used), default=1)
    counts = np.zeros((len(unpacked), end - start), np.int64)
    for row, one in zip(counts, unpacked, strict=True):
        if one.size > 1:
            row[one[0] - start : one[0] - start + one.size - 1] = one[1:]
    return counts, edges_s()[start : end + 1]


def bins_of(response_s: Floats) -> NDArray[np.int32]:
    """Return the numbers of the bins that values lie in, from the lower edge, inclusive."""
    place = ((codes_of(response_s) - 1) >> (FRACTION_BITS - BIN_BITS)) - _FIRST + 1
    found: NDArray[np.int32] = place.clip(0, BINS - 1)
    return found


def edges_s() -> Floats:
    """Return the edges of the grid: 0, those of its bins, infinity; shape `(BINS + 1,)`."""
    inner = (_FIRST + np.arange(BINS - 1, dtype=np.int64)) << _DROPPED_BITS
    return np.concatenate(([0.0], inner.view(np.float64), [np.inf]))
