"""Quantiles over runs by order statistics, and runs that lie beyond every value."""

from typing import get_args

import numpy as np
import pytest
from scipy import stats

from sim.studies.estimates.quantiles import Side, least_runs, quantile_of, ranks
from sim.studies.estimates.sample import Sample


def durations(values: list[float] | np.typing.NDArray[np.float64]) -> Sample:
    """Return seconds, of which less is better."""
    return Sample(np.array(values, dtype=np.float64), "s", less_is_better=True)


SHUFFLED = np.random.default_rng(4).permutation(np.arange(1.0, 73.0))
"""1 to 72 in an order by chance: a value is its rank."""


@pytest.mark.parametrize(
    ("q", "side", "runs"),
    [
        *((0.9, "two", 36), (0.95, "two", 72), (0.99, "two", 368)),
        *((0.9, "worse", 29), (0.95, "worse", 59), (0.99, "worse", 299)),
        *((0.5, "two", 6), (0.1, "two", 36), (0.5, "worse", 5)),
    ],
)
def test_the_least_number_of_runs_is_computed(q: float, side: Side, runs: int) -> None:
    """The greatest of n values has to be an end: q^n at most 0.025, or 0.05 one-sided."""
    assert least_runs(q, side) == runs


@pytest.mark.parametrize("side", get_args(Side))
@pytest.mark.parametrize("q", [0.5, 0.9, 0.95])
def test_below_the_least_number_scipy_has_no_end_either(q: float, side: Side) -> None:
    """One run fewer leaves scipy's interval open; so many close it."""
    alternative = "two-sided" if side == "two" else "less"

    def ends(runs: int) -> list[float]:
        found = stats.quantile_test(np.arange(float(runs)), p=q, alternative=alternative)
        interval = found.confidence_interval(0.95)
        return [interval.low, interval.high] if side == "two" else [interval.high]

    assert np.isfinite(ends(least_runs(q, side))).all()
    assert not np.isfinite(ends(least_runs(q, side) - 1)).all()


def test_the_interval_is_that_of_scipys_quantile_test() -> None:
    """On the values themselves, in the order of the runs."""
    found = quantile_of(durations(SHUFFLED), 0.9)

    interval = stats.quantile_test(SHUFFLED, p=0.9).confidence_interval(0.95)
    assert (found.low, found.high) == (interval.low, interval.high)
    assert (found.kind, found.confidence, found.defined) == ("order", 0.95, 72)
    assert found.value == 65.0  # 0.9 x 72 = 64.8: the first rank that reaches it


def test_the_estimate_is_the_least_value_that_enough_runs_do_not_exceed() -> None:
    """Of 40 values, 36 are nine tenths exactly: rounding does not make it the 37th."""
    assert quantile_of(durations(np.arange(1.0, 41.0)), 0.9).value == 36.0
    assert quantile_of(durations(np.arange(1.0, 42.0)), 0.9).value == 37.0


def test_towards_worse_only_one_end_is_given() -> None:
    """At the full confidence: the least rank whose share above has 0.05 at most."""
    found = quantile_of(durations(SHUFFLED), 0.9, "worse")

    tails = stats.binom.cdf(np.arange(72), 72, 0.9)  # P(at most k - 1 values below the quantile)
    assert (found.low, found.high) == (None, float(np.argmax(tails >= 0.95) + 1))


def test_where_more_is_better_worse_is_below() -> None:
    """The same values mirrored: 9 runs of 10 have at least the 10 %-quantile."""
    mirrored = Sample(-SHUFFLED, "1/s", less_is_better=False)
    less = quantile_of(durations(SHUFFLED), 0.9)
    more = quantile_of(mirrored, 0.9)

    assert less.low is not None
    assert less.high is not None
    assert less.value is not None
    assert (more.value, more.low, more.high) == (-less.value, -less.high, -less.low)
    bound = quantile_of(mirrored, 0.9, "worse")
    assert (bound.high, bound.low) == (None, -70.0)


def test_what_lies_beyond_is_worse_than_every_value() -> None:
    """Three of 36 rollouts never ended: the estimate stands, the worse end does not."""
    values = np.concatenate([np.arange(1.0, 34.0), [np.inf] * 3])
    found = quantile_of(durations(values), 0.9)

    assert (found.value, found.low, found.high) == (33.0, 29.0, None)
    assert found.refused == (
        "the worse end lies beyond every value, as the measure does in 3 of 36 runs"
    )
    assert found.defined == 33


def test_beyond_is_worse_also_where_more_is_better() -> None:
    """It takes the lower end away, which is the worse one."""
    values = np.concatenate([-np.arange(1.0, 34.0), [np.inf] * 3])
    found = quantile_of(Sample(values, "1/s", less_is_better=False), 0.9)

    assert (found.value, found.low, found.high) == (-33.0, None, -29.0)


@pytest.mark.parametrize(
    ("beyond", "value", "low", "starts"),
    [
        (4, None, 29.0, "this quantile and the worse end lie beyond"),
        (20, None, None, "the interval lies beyond"),
    ],
)
def test_the_more_runs_lie_beyond_the_less_is_left(
    beyond: int, value: float | None, low: float | None, starts: str
) -> None:
    """With 4 of 36 the 33rd value is the estimate and lies beyond; with 20 the 29th does too."""
    values = np.concatenate([np.arange(1.0, 37.0 - beyond), [np.inf] * beyond])
    found = quantile_of(durations(values), 0.9)

    assert (found.value, found.low, found.high) == (value, low, None)
    assert found.refused is not None
    assert found.refused.startswith(starts)


def test_runs_with_nothing_to_measure_are_left_out() -> None:
    """Of 40 runs 36 have a value: as many as it takes, and not one fewer."""
    values = np.concatenate([np.arange(1.0, 37.0), [np.nan] * 4])
    enough = quantile_of(durations(values), 0.9)
    few = quantile_of(durations(values[1:]), 0.9)

    assert (enough.low, enough.high, enough.runs, enough.defined) == (29.0, 36.0, 40, 36)
    assert (few.low, few.high, few.runs_needed, few.defined) == (None, None, 36, 35)
    assert few.refused == "the interval of this quantile takes 36 runs with a value"


def test_equal_values_have_no_interval() -> None:
    """Nor have runs that all lie beyond, which have no value either."""
    same = quantile_of(durations([2.0] * 50), 0.9)
    never = quantile_of(durations([np.inf] * 50), 0.9)

    assert (same.value, same.low, same.kind) == (2.0, None, "identical")
    assert same.refused == "the same in all 50 runs; a run that differs is at most 1 in 17"
    assert (never.value, never.kind) == (None, "identical")
    assert never.refused is not None
    assert never.refused.startswith("beyond every value: the same in all 50 runs")


@pytest.mark.parametrize("q", [0.0, 1.0, -0.1, 90.0])
def test_a_quantile_lies_between_0_and_1(q: float) -> None:
    """Neither end of the values is one."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile_of(durations([1.0, 2.0]), q)


def test_ranks_are_refused_below_the_least_number() -> None:
    """They would be open."""
    with pytest.raises(ValueError, match="35 runs are too few"):
        ranks(35, 0.9, "two", 0.95)
    assert quantile_of(durations([]), 0.9).refused == "no run has a value"
