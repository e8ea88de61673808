"""Arrivals by rate windows: in each a renewal process, as the ServeGen data describe clients.

Owns the draw of one window and the fit of windows to given arrivals. Windows are independent of
each other; each has a stream of its own, so that a change of one leaves the others as they were.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from sim.scenario.models.distributions import rounded
from sim.workload.drawn_columns import Floats

GapLaw = Literal["Gamma", "Weibull"]

BLOCK_COUNT: Final = 256
"""Gaps drawn at a time; changes the speed and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalWindow:
    """A stretch of time with one arrival rate and one law of the gaps between arrivals.

    Attributes:
        start_at_s: The window is ``[start_at_s, end_at_s)``.
        end_at_s: Its end, finite.
        rate_per_s: Arrivals per second, more than 0.
        law: The law of the gaps.
        shape: The law's shape, more than 0; below 1 the arrivals come in clumps. The scale is
            not asked for: it follows from the rate.
    """

    start_at_s: float
    end_at_s: float
    rate_per_s: float
    law: GapLaw
    shape: float


def window_instants(
    window: RenewalWindow, *, rng: np.random.Generator, block_count: int = BLOCK_COUNT
) -> Floats:
    """Return the arrivals of one window, ascending.

    The gaps have the window's law and shape and the mean ``1 / rate``: the asked rate is the rate.
    Windows restart at their boundaries; no gap spans two of them. A window that began with a whole
    gap, as if a request had come just before it, would be off by ``(cv**2 - 1) / 2`` requests
    on average (four too many in a window of ten with cv 3). So the first gap has the law of the
    time from an arbitrary instant to the next arrival, and the expected number is exactly rate x
    width. The bias that remains: a lull or a clump ends at the boundary, so counts over
    several windows vary somewhat less (cv above 1; more below 1) than without boundaries.

    Args:
        window: The window; one that is cut short by a horizon has the same first arrivals.
        rng: The window's own stream.
        block_count: How many gaps to draw at a time, 1 or more.

    Source: Cox, Renewal Theory (1962), sections 2.3 and 5.2 (the equilibrium process); Xiang et
        al., ServeGen: workload characterization and generation of large language model serving in
        production (2025), the windows.
    """
    start_at_s, end_at_s = window.start_at_s, window.end_at_s
    instant_s = start_at_s + _first_gap_s(window, rng)
    blocks = [np.array([instant_s])]
    while instant_s < end_at_s:
        gap_s = _gaps_s(window, rng, block_count)
        gap_s[0] += instant_s
        blocks.append(np.cumsum(gap_s))
        instant_s = float(blocks[-1][-1])
    arrival_at_s = np.concatenate(blocks)
    return arrival_at_s[: np.searchsorted(arrival_at_s, end_at_s, side="left")]


def gaps(law: GapLaw, shape: float, rng: np.random.Generator, count: int) -> Floats:
    """Return *count* gaps of a law at scale 1, shape ``(count,)``."""
    return rng.standard_gamma(shape, count) if law == "Gamma" else rng.weibull(shape, count)


def _unit_mean(window: RenewalWindow) -> float:
    """Return the mean of the window's law at scale 1."""
    return window.shape if window.law == "Gamma" else rounded(math.gamma(1 + 1 / window.shape))


def _gaps_s(window: RenewalWindow, rng: np.random.Generator, count: int) -> Floats:
    unit = gaps(window.law, window.shape, rng, count)
    return unit / (_unit_mean(window) * window.rate_per_s)


def _first_gap_s(window: RenewalWindow, rng: np.random.Generator) -> float:
    """Return the time from the window's start to its first arrival.

    The gap that holds an arbitrary instant is length-biased, and the instant uniform in it. The
    length-biased Gamma of shape k is the Gamma of shape k + 1; of the Weibull, a Gamma of shape
    1 + 1/k to the power 1/k (rounded, so that the last bits of a maths library do not show).
    """
    shape = window.shape
    if window.law == "Gamma":
        whole = rng.standard_gamma(shape + 1)
    else:
        whole = rounded(rng.standard_gamma(1 + 1 / shape) ** (1 / shape))
    return float(rng.random() * whole / (_unit_mean(window) * window.rate_per_s))
