"""Exact statements on a share of runs: Clopper and Pearson's interval, none of n, the sign test."""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, betaincinv

from sim.studies.estimates.sample import Floats


def clopper_pearson(
    met: npt.ArrayLike, runs: npt.ArrayLike, confidence: float
) -> tuple[Floats, Floats]:
    """Return both ends of the exact interval of a share, for one count or for many at once.

    Args:
        met: In how many of the runs it was so; shape `(...)`.
        runs: How many runs there were, at least 1; shape `(...)`, or one number for all.
        confidence: Half of what is missing from 1 lies at each end at most.

    Returns:
        Low and high, shape `(...)` each, from 0 to 1.

    Source: Clopper and Pearson, Biometrika 26 (1934), in the form with quantiles of the beta law.
    """
    counts, total = np.asarray(met, dtype=np.float64), np.asarray(runs, dtype=np.float64)
    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):  # the ends at 0 and at 1 are set by `where`
        low = np.where(counts > 0, betaincinv(counts, total - counts + 1, tail), 0.0)
        high = np.where(counts < total, betaincinv(counts + 1, total - counts, 1 - tail), 1.0)
    return low, high


def at_most(runs: int, confidence: float = 0.95) -> float:
    """Return the greatest share that what happened in none of *runs* runs may have.

    One-sided: with a greater share, none in so many runs has a probability below 1 - confidence.

    Source: 1 - (1 - confidence)^(1/n) solves (1 - p)^n = 1 - confidence; the "rule of three".
    """
    return float(1 - (1 - confidence) ** (1 / runs))


def sign_test(first: int, second: int) -> float:
    """Return the two-sided p-value of so many discordant pairs each way, 1 where there are none.

    Source: McNemar (1947) in its exact form: under no difference each way is equally probable.
    """
    pairs = first + second
    return min(1.0, 2 * float(bdtr(min(first, second), pairs, 0.5))) if pairs else 1.0


def discordant_for(alpha: float) -> int:
    """Return how many discordant pairs, all one way, give a p-value of at most *alpha*."""
    pairs = 1
    while sign_test(0, pairs) > alpha:
        pairs += 1
    return pairs


def discordant_at(share: float, alpha: float) -> int | None:
    """Return how many discordant pairs decide if they go on to differ as they did.

    Args:
        share: Of those that go the rarer way, at most 1/2.
        alpha: What the p-value is to be at most.

    Returns:
        None if 10,000 do not decide.
    """
    for pairs in range(discordant_for(alpha), 10_001):
        rarer = math.floor(share * pairs + 1e-9)
        if sign_test(rarer, pairs - rarer) <= alpha:
            return pairs
    return None
