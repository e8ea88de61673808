"""The share of runs, exactly."""

import numpy as np
import pytest
from scipy import stats

from sim.studies.estimates.binomial import at_most, clopper_pearson, discordant_for, sign_test
from sim.studies.estimates.shares import share_of


@pytest.mark.parametrize("runs", [10, 30, 101])
def test_the_interval_of_a_share_is_scipys_exact_one(runs: int) -> None:
    """For every count but none and all, where one end alone is given."""
    for met in range(1, runs):
        found = share_of(np.arange(runs) < met)
        exact = stats.binomtest(met, runs).proportion_ci(0.95)

        assert (found.low, found.high) == pytest.approx((exact.low, exact.high), rel=1e-9)
        assert (found.value, found.kind, found.confidence) == (met / runs, "clopper_pearson", 0.95)


def test_none_of_n_is_a_one_sided_statement() -> None:
    """At 30 runs: (1 - p)^30 = 0.05 at p = 0.09503; all of n mirrors it."""
    none, everything = share_of(np.zeros(30)), share_of(np.ones(30))

    assert (none.value, none.low) == (0.0, None)
    assert none.high == pytest.approx(0.09503, abs=5e-6)
    assert none.high is not None
    assert (1 - none.high) ** 30 == pytest.approx(0.05, rel=1e-12)
    assert (everything.value, everything.high) == (1.0, None)
    assert everything.low == pytest.approx(1 - none.high, rel=1e-12)


def test_runs_without_a_value_are_counted_out() -> None:
    """3 of 10, while there were 12 runs."""
    found = share_of(np.array([1.0, 1.0, 1.0, *[0.0] * 7, np.nan, np.nan]))

    assert (found.value, found.runs, found.defined) == (0.3, 12, 10)
    exact = stats.binomtest(3, 10).proportion_ci(0.95)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), rel=1e-9)


def test_fewer_than_ten_runs_have_no_interval() -> None:
    """The share is given, and how many runs it takes; of no runs there is no share."""
    found = share_of(np.array([True] * 3 + [False] * 6))
    nothing = share_of(np.array([], dtype=bool))

    assert (found.value, found.low, found.high, found.runs_needed) == (1 / 3, None, None, 10)
    assert found.kind == "none"
    assert (nothing.value, nothing.runs) == (None, 0)


def test_only_truth_values_have_a_share() -> None:
    """A half is neither true nor false."""
    with pytest.raises(ValueError, match="truth values"):
        share_of(np.full(20, 0.5))


def test_many_counts_have_their_ends_at_once() -> None:
    """Arrays give what single counts give, also with a number of runs for each."""
    low, high = clopper_pearson([0, 3, 10], [10, 20, 10], 0.9)

    exact = stats.binomtest(3, 20).proportion_ci(0.9)
    assert (low[1], high[1]) == pytest.approx((exact.low, exact.high), rel=1e-9)
    assert (low[0], high[2]) == (0.0, 1.0)
    assert high[0] == pytest.approx(stats.binomtest(0, 10).proportion_ci(0.9).high, rel=1e-9)


@pytest.mark.parametrize(("one", "other"), [(0, 6), (1, 9), (5, 5), (3, 17), (40, 22)])
def test_the_sign_test_is_the_exact_binomial_one(one: int, other: int) -> None:
    """Two-sided, of a fair coin."""
    exact = float(stats.binomtest(one, one + other, 0.5).pvalue)

    assert sign_test(one, other) == pytest.approx(exact, rel=1e-12)
    assert sign_test(other, one) == sign_test(one, other)


def test_six_discordant_pairs_decide_at_five_percent() -> None:
    """2 / 2^6 = 0.031 and 2 / 2^5 = 0.063; among 8 measures 2 / 2^9 = 0.0039 < 0.00625."""
    assert (discordant_for(0.05), discordant_for(0.05 / 8)) == (6, 9)
    assert sign_test(0, 0) == 1.0
    assert at_most(300) == pytest.approx(0.00994, abs=5e-6)
