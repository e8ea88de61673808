"""Quantiles over runs by order statistics: "9 rollouts of 10 are done within"."""

from functools import cache
from typing import Literal

import numpy as np

from sim.studies.estimates.number import Kind, Number
from sim.studies.estimates.sample import Floats, Sample
from sim.studies.estimates.words import runs_in_words, same_in_all

Side = Literal["two", "worse"]
"""An interval with two ends, or the one bound towards what is worse."""


def quantile_of(sample: Sample, q: float, side: Side = "two", confidence: float = 0.95) -> Number:
    """Return the value that a share *q* of the runs do not exceed towards what is worse.

    Where less is better (or neither way is), that is the q-quantile: 9 rollouts of 10 are done
    within it. Where more is better it is the (1 - q)-quantile: 9 runs of 10 have at least that.
    A run that lies *beyond* is worse than every value; one with nothing to measure is left out,
    and the number says how many had a value.

    Args:
        sample: Of the runs.
        q: Above 0 and below 1.
        side: "worse" gives only the end towards what is worse, at the full confidence.
        confidence: Of the interval.

    Returns:
        Kind "order". An end, or the value, that lies beyond every value is null, and *refused* says
        "beyond". Without an interval below `least_runs`.

    Raises:
        ValueError: *q* is not between 0 and 1.
    """
    least = least_runs(q, side, confidence)
    worse = _towards_worse(sample)
    runs = worse.size
    if runs == 0:
        return _refused(sample, None, "no run has a value", least)
    value = _finite(sample, worse[_rank(q, runs) - 1])
    if runs > 1 and np.all(worse == worse[0]):
        word = "beyond every value: " if value is None else ""
        return _refused(sample, value, word + same_in_all(runs), None, kind="identical")
    if runs < least:
        few = f"the interval of this quantile takes {least:,} runs with a value"
        return _refused(sample, value, few, least)
    low, high = ranks(runs, q, side, confidence)
    better_end = None if low is None else _finite(sample, worse[low])
    worse_end = _finite(sample, worse[high])
    is_mirrored = sample.less_is_better is False
    return Number(
        value=value,
        low=worse_end if is_mirrored else better_end,
        high=better_end if is_mirrored else worse_end,
        confidence=confidence,
        runs=sample.runs,
        defined=sample.finite.size,
        kind="order",
        unit=sample.unit,
        refused=_beyond(sample, worse[_rank(q, runs) - 1], worse[0 if low is None else low])
        if worse_end is None
        else None,
    )


@cache
def ranks(runs: int, q: float, side: Side, confidence: float) -> tuple[int | None, int]:
    """Return which of the sorted values are the ends, from 0; the first is None if one-sided.

    Raises:
        ValueError: There are fewer than `least_runs`.

    Source: Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2, by scipy, which is
        given the places of the values instead of the values.
    """
    from scipy.stats import quantile_test  # noqa: PLC0415 - takes as long to load as all else here

    if runs < least_runs(q, side, confidence):
        raise ValueError(f"{runs} runs are too few")
    # "less" is the alternative whose interval is bounded above.
    alternative = "two-sided" if side == "two" else "less"
    found = quantile_test(np.arange(runs, dtype=np.float64), p=q, alternative=alternative)
    interval = found.confidence_interval(confidence)
    return (int(interval.low) if side == "two" else None), int(interval.high)


@cache
def least_runs(q: float, side: Side = "two", confidence: float = 0.95) -> int:
    """Return the least number of runs in which the interval has the ends that it is to have.

    The greatest of n values is an upper end if q^n, the probability that all lie below the
    quantile, is at most what may be missed there: 0.05 for "worse", 0.025 for each of two ends.

    Raises:
        ValueError: *q* is not between 0 and 1.
    """
    if not 0 < q < 1:
        raise ValueError(f"a quantile is between 0 and 1, not {q}")
    # 0.95 is a little less than nineteen twentieths: a margin of 1e-12 keeps rounding out of it.
    missed = (1 - confidence) / (2 if side == "two" else 1) * (1 + 1e-12)
    rarer = max(q, 1 - q) if side == "two" else q
    runs = 1
    while rarer**runs > missed:
        runs += 1
    return runs


def _rank(q: float, runs: int) -> int:
    """Return which of *runs* sorted values, from 1, is the least that a share *q* do not exceed."""
    return max(1, int(np.ceil(q * runs * (1 - 1e-12))))


def _towards_worse(sample: Sample) -> Floats:
    """Return the values that there are, sorted, turned so that greater is worse."""
    values = sample.values[~np.isnan(sample.values)]
    is_mirrored = sample.less_is_better is False
    turned = np.where(np.isinf(values), np.inf, -values if is_mirrored else values)
    return np.sort(turned)


def _finite(sample: Sample, worse: float) -> float | None:
    """Return a turned value as it was measured, or None if it lies beyond."""
    if np.isinf(worse):
        return None
    return float(-worse if sample.less_is_better is False else worse)


def _beyond(sample: Sample, value: float, better_end: float) -> str:
    if np.isinf(better_end):
        what = "the interval lies beyond every value"
    elif np.isinf(value):
        what = "this quantile and the worse end lie beyond every value"
    else:
        what = "the worse end lies beyond every value"
    return f"{what}, as the measure does in {sample.beyond:,} of {runs_in_words(sample.runs)}"


def _refused(
    sample: Sample,
    value: float | None,
    why: str,
    runs_needed: int | None,
    kind: Kind = "none",
) -> Number:
    return Number(
        value=value,
        runs=sample.runs,
        defined=sample.finite.size,
        kind=kind,
        unit=sample.unit,
        refused=why,
        runs_needed=runs_needed,
    )
