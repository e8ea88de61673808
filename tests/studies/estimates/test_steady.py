"""The cut after the warm-up, and the mean after it."""

import numpy as np
import pytest
from scipy import stats

from sim.studies.estimates.steady import steady_mean_of, warm_up_cut


def by_hand(series: list[float]) -> int:
    """Return the cut by the definition, in plain loops: least error of the rest, by fives."""
    batches = [sum(series[i : i + 5]) / 5 for i in range(0, len(series) - 4, 5)]
    errors = {}
    for cut in range(len(batches) // 2 + 1):
        rest = batches[cut:]
        mean = sum(rest) / len(rest)
        errors[cut] = sum((one - mean) ** 2 for one in rest) / len(rest) ** 2
    return 5 * min(errors, key=errors.__getitem__)


@pytest.mark.parametrize("seed", range(20))
def test_the_cut_is_that_of_the_definition(seed: int) -> None:
    """On series that rise from 0 and stay noisy."""
    rng = np.random.default_rng(seed)
    series = 10 * (1 - np.exp(-np.arange(203) / 15)) + rng.normal(0, 0.5, 203)

    assert warm_up_cut(series) == by_hand(series.tolist())


def test_a_step_is_cut_off_where_it_ends() -> None:
    """37 instants at 0 and then 3 and 5 by turns: the batch of 35 to 39 is mixed, so 40."""
    series = np.array([0.0] * 37 + [3.0, 5.0] * 60)

    assert warm_up_cut(series) == 40


def test_a_series_that_goes_on_rising_has_no_cut() -> None:
    """The rule would cut as late as it may."""
    assert warm_up_cut(np.arange(200.0)) is None
    assert warm_up_cut(np.arange(19.0)) is None


def test_all_runs_are_cut_at_one_instant() -> None:
    """The mean is that of scipy on the rests of all runs from the cut of their average on."""
    rng = np.random.default_rng(8)
    series = 10 * (1 - np.exp(-np.arange(400) / 15)) + rng.normal(0, 2, (30, 400))
    cut = by_hand(series.mean(axis=0).tolist())

    found = steady_mean_of(series, unit="s")

    means = series[:, cut:].mean(axis=1)
    interval = stats.ttest_1samp(means, 0.0).confidence_interval(0.95)
    assert cut > 0
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-12)
    assert (found.kind, found.unit, found.runs) == ("t", "s", 30)


def test_too_few_runs_and_unsettled_series_have_no_steady_mean() -> None:
    """Each says why."""
    few = steady_mean_of(np.ones((29, 100)), unit="s")
    rising = steady_mean_of(np.arange(100.0) + np.arange(30.0)[:, None], unit="s")

    assert (few.value, few.runs_needed) == (None, 30)
    assert few.refused == "the mean of the steady state takes 30 runs"
    assert rising.value is None
    assert rising.refused is not None
    assert rising.refused.startswith("the series has not settled")
