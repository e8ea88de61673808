"""How many runs common random numbers save in a comparison, with an interval."""

import math

import numpy as np

from sim.studies.estimates.groups import is_split
from sim.studies.estimates.number import Number
from sim.studies.estimates.rounding import is_constant
from sim.studies.estimates.sample import Floats
from sim.studies.estimates.student import LEAST_RUNS, t_quantile


def variance_factor_of(a: Floats, b: Floats, confidence: float = 0.95) -> Number:
    """Return (variance of a + variance of b) / (variance of b - a): 1 where seeds save nothing.

    It is (1 + w) / 2, where w is the variance of the pairs' sums over that of their differences.
    The interval is that of a ratio of variances of two correlated normal variables, which is exact
    for normal pairs and too narrow for skewed ones.

    Args:
        a: Shape `(pairs,)`, finite.
        b: The same of the second case.
        confidence: Of the interval.

    Source: Morgan, Biometrika 31 (1939), and Pitman in the same volume: the test that the sum and
        the difference of two variables are uncorrelated, inverted.
    """
    pairs = a.size
    sums, differences = a + b, b - a
    if pairs < LEAST_RUNS:
        few = f"the factor takes {LEAST_RUNS} pairs with both values"
        return _number(None, pairs, few, runs_needed=LEAST_RUNS)
    if is_constant(differences):
        return _number(None, pairs, "all differences are equal: nothing is left to vary")
    ratio = float(np.var(sums, ddof=1) / np.var(differences, ddof=1))
    if is_constant(sums):
        return _number((1 + ratio) / 2, pairs, "all sums are equal: the seeds save nothing")
    if is_split(differences) or is_split(sums):
        return _number((1 + ratio) / 2, pairs, "a few pairs make up most of what varies")
    correlation = float(np.corrcoef(sums, differences)[0, 1])
    t = t_quantile(pairs - 1, 1 - (1 - confidence) / 2)  # pairs - 2 degrees of freedom
    middle = 1 + 2 * (1 - min(1.0, correlation**2)) * t**2 / (pairs - 2)
    reach = math.sqrt(middle**2 - 1)
    return Number(
        value=(1 + ratio) / 2,
        low=(1 + ratio * (middle - reach)) / 2,
        high=(1 + ratio * (middle + reach)) / 2,
        confidence=confidence,
        runs=pairs,
        defined=pairs,
        kind="t",
        unit="ratio",
    )


def _number(
    value: float | None, pairs: int, refused: str, *, runs_needed: int | None = None
) -> Number:
    return Number(
        value=value,
        runs=pairs,
        defined=pairs,
        kind="none",
        unit="ratio",
        refused=refused,
        runs_needed=runs_needed,
    )
