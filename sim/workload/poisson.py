"""Poisson arrivals whose rate changes over time: one mechanism for every kind of them.

Owns the rate as a piecewise-linear function of time and the arrivals drawn from it. Which rate a
kind of traffic means is said in `sim.workload.rate_pieces`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.workload.drawn_columns import Collected, Floats

Pieces = NDArray[np.intp] | int
"""The piece of each of some instants, or the one piece that all of them are in."""

FIRST_BLOCK_COUNT: Final = 64
BLOCK_COUNT: Final = 16_384
"""Candidates drawn at a time, in the end; changes the speed and nothing else."""


@dataclass(frozen=True, slots=True, eq=False)
class RatePieces:
    """A rate of arrivals over time: linear in each piece, zero outside them.

    Attributes:
        edge_at_s: Strictly ascending ends of the pieces, shape ``(m + 1,)``: piece j is
            ``[edge_at_s[j], edge_at_s[j + 1])``. The last may be infinite if its piece is constant.
        from_per_s: The rate at the start of each piece, shape ``(m,)``.
        to_per_s: The rate just before the end of each piece, shape ``(m,)``.
    """

    edge_at_s: Floats
    from_per_s: Floats
    to_per_s: Floats

    @property
    def majorant_per_s(self) -> Floats:
        """The larger of each piece's two ends, shape ``(m,)``: the rate never exceeds it."""
        return np.maximum(self.from_per_s, self.to_per_s)

    @property
    def is_sloping(self) -> NDArray[np.bool_]:
        """Whether the rate changes within each piece, shape ``(m,)``."""
        return np.not_equal(self.from_per_s, self.to_per_s)

    def at(self, instant_s: Floats, piece: Pieces) -> Floats:
        """Return the rate at each of *instant_s*, which lies in the sloping piece of *piece*."""
        start_at_s, end_at_s = self.edge_at_s[piece], self.edge_at_s[piece + 1]
        from_per_s, to_per_s = self.from_per_s[piece], self.to_per_s[piece]
        part = (instant_s - start_at_s) / (end_at_s - start_at_s)
        return from_per_s + (to_per_s - from_per_s) * part

    def mean_count(self, until_s: float) -> float:
        """Return how many arrivals there are on average before `until_s`: the rate's integral."""
        width_s = np.diff(np.minimum(self.edge_at_s, until_s))
        part = width_s / np.diff(self.edge_at_s)  # 0 in a piece without end, which is constant
        mean_per_s = self.from_per_s + (self.to_per_s - self.from_per_s) * part / 2
        return float(np.sum(mean_per_s * width_s))


def poisson_instants(
    rates: RatePieces,
    *,
    horizon_s: float,
    arrival: np.random.Generator,
    thinning: np.random.Generator,
    block_count: int = BLOCK_COUNT,
) -> Floats:
    """Return the arrivals of a Poisson process with rate *rates*, ascending, all < *horizon_s*.

    A Poisson process of rate 1 in operational time u is mapped to time through the inverse of
    ``M(t)``, the integral of the majorant: the candidates. Candidate k stays if
    ``U[k] * majorant < rate`` at its instant; in a piece of constant rate every one stays. So
    draw k of either stream belongs to candidate k whatever the block size or the horizon, and the
    arrivals of a shorter horizon are the first of those of a longer one.

    Only additions, multiplications and divisions stand between the draws and the instants: their
    results do not depend on the processor.

    Args:
        rates: The rate, in pieces that begin at 0 or later.
        horizon_s: End of the run; nothing at it or after it is returned.
        arrival: Stream of the candidates.
        thinning: Stream that thins them where the rate is not constant.
        block_count: How many candidates to draw at a time at most, 1 or more.

    Source: Cinlar, Introduction to Stochastic Processes (1975), ch. 4 section 7 (operational
        time); Lewis and Shedler, Simulation of nonhomogeneous Poisson processes by thinning (1979).
    """
    majorant_per_s = rates.majorant_per_s
    mass = _masses(rates.edge_at_s, majorant_per_s)
    has_slopes = bool(rates.is_sloping.any())
    kept = Collected(_candidate_count(rates, mass, horizon_s))
    for operational in _unit_rate(arrival, limit=float(mass[-1]), block_count=block_count):
        piece = _pieces(mass, operational)
        instant_s = rates.edge_at_s[piece] + (operational - mass[piece]) / majorant_per_s[piece]
        instant_s = np.minimum(instant_s, rates.edge_at_s[piece + 1])  # where rounding oversteps
        stays: NDArray[np.bool_] | None = None
        if has_slopes:
            level_per_s = thinning.random(instant_s.size) * majorant_per_s[piece]
            stays = _thinned(rates, instant_s, piece, level_per_s)
        inside = int(np.searchsorted(instant_s, horizon_s, side="left"))
        kept.add(instant_s[:inside] if stays is None else instant_s[:inside][stays[:inside]])
        if inside < instant_s.size:
            break
    return kept.whole()


def _pieces(mass: Floats, operational: Floats) -> Pieces:
    """Return the piece of each of *operational*, which ascends."""
    if operational.size == 0:
        return 0
    first, last = np.searchsorted(mass, operational[[0, -1]], side="right") - 1
    if first == last:
        return int(first)
    return np.searchsorted(mass, operational, side="right") - 1


def _thinned(
    rates: RatePieces, instant_s: Floats, piece: Pieces, level_per_s: Floats
) -> NDArray[np.bool_] | None:
    """Return which candidates stay; None: all of them."""
    is_sloping = rates.is_sloping[piece]
    if isinstance(piece, int):
        return level_per_s < rates.at(instant_s, piece) if is_sloping else None
    stays = np.ones(instant_s.size, dtype=np.bool_)
    at_s, where = instant_s[is_sloping], piece[is_sloping]
    stays[is_sloping] = level_per_s[is_sloping] < rates.at(at_s, where)
    return stays


def _candidate_count(rates: RatePieces, mass: Floats, horizon_s: float) -> float:
    """Return the integral of the majorant up to the horizon."""
    edge_at_s = rates.edge_at_s
    place = int(np.searchsorted(edge_at_s, horizon_s, side="left")) - 1
    if place < 0:
        return 0.0
    if place == edge_at_s.size - 1:
        return float(mass[-1])
    return float(mass[place] + rates.majorant_per_s[place] * (horizon_s - edge_at_s[place]))


def _masses(edge_at_s: Floats, majorant_per_s: Floats) -> Floats:
    """Return the integral of the majorant up to each edge, shape ``(m + 1,)``."""
    width_s = np.diff(edge_at_s)
    mass = np.zeros(edge_at_s.size)
    np.multiply(majorant_per_s, width_s, out=mass[1:], where=majorant_per_s > 0)  # not 0 * inf
    return np.cumsum(mass)


def _unit_rate(rng: np.random.Generator, *, limit: float, block_count: int) -> Iterator[Floats]:
    """Yield the instants of a Poisson process of rate 1 below *limit*, block by block."""
    reached, count = 0.0, FIRST_BLOCK_COUNT
    while reached < limit:
        count = min(2 * count, block_count)
        gap = rng.standard_exponential(count)
        gap[0] += reached  # so the sums are those of one long block
        instant = np.cumsum(gap)
        reached = float(instant[-1])
        yield instant[: np.searchsorted(instant, limit, side="left")]
