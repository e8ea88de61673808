"""Student's t: half widths of means, for one sample or for many at once.

Everything works along the last axis, so that an experiment over thousands of samples runs through
the very arithmetic that one sample does. scipy.special is loaded rather than scipy.stats, which
takes three times as long to import and calls the same functions.
"""

import math

import numpy as np
from scipy.special import stdtr, stdtrit

from sim.studies.estimates.sample import Floats

LEAST_RUNS = 10
"""Runs below which no interval of a mean is given."""


def t_quantile(runs: int, ratio: float) -> float:
    """Return the *ratio*-quantile of Student's t for the mean of *runs* values."""
    return float(stdtrit(runs - 1, ratio))


def half_width(values: Floats, confidence: float, *, is_one_sided: bool = False) -> Floats:
    """Return the half width of the interval of each mean, infinite for a single value.

    Args:
        values: Shape `(..., runs)`, finite.
        confidence: Of the two-sided interval, or of the one bound if *is_one_sided*.
        is_one_sided: Whether only one end of it is to be used.

    Returns:
        Shape `(...)`: t times the standard deviation (of runs - 1) over the root of runs.

    Source: Student (1908); Law, Simulation Modeling and Analysis, 5th ed., section 4.5.
    """
    runs = values.shape[-1]
    if runs < 2:
        return np.full(values.shape[:-1], np.inf)
    tail = (1 - confidence) / (1 if is_one_sided else 2)
    spread = np.std(values, axis=-1, ddof=1)
    return np.asarray(t_quantile(runs, 1 - tail) * spread / math.sqrt(runs))


def p_of_zero_mean(values: Floats) -> float:
    """Return the two-sided p-value of the t-test that the mean of *values* is 0.

    Args:
        values: Shape `(runs,)`, finite, at least two, not all equal.
    """
    runs = values.size
    t = float(np.mean(values)) / (float(np.std(values, ddof=1)) / math.sqrt(runs))
    return float(2 * stdtr(runs - 1, -abs(t)))


def runs_for(spread: float, wanted: float, confidence: float) -> int | None:
    """Return the least number of runs whose half width is at most *wanted*.

    Args:
        spread: Standard deviation of a run's value, as estimated so far.
        wanted: The half width that is asked for.
        confidence: Of the interval.

    Returns:
        At least 2; None where it would take more than a million.
    """
    if not wanted > 0:
        return None
    low, high = 2, 1_000_000
    if _width(high, spread, confidence) > wanted:
        return None
    while low < high:
        middle = (low + high) // 2
        if _width(middle, spread, confidence) <= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def _width(runs: int, spread: float, confidence: float) -> float:
    return t_quantile(runs, 1 - (1 - confidence) / 2) * spread / math.sqrt(runs)
