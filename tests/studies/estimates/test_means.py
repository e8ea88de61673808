"""The mean over runs, the sentences under it, and when it is not given."""

import numpy as np
import pytest
from scipy import stats

from sim.studies.estimates.cautions import (
    cautions,
    skewness,
    under_a_limit_of_a_mean,
    under_a_pooled_percentile,
)
from sim.studies.estimates.groups import is_split, smaller_group
from sim.studies.estimates.means import apart, mean_of
from sim.studies.estimates.sample import Sample
from sim.studies.estimates.student import runs_for
from sim.studies.estimates.words import one_in, rare


def sample(*values: float) -> Sample:
    """Return seconds, of which less is better."""
    return Sample(np.array(values, dtype=np.float64), "s", less_is_better=True)


def drawn(runs: int, seed: int = 1) -> Sample:
    """Return normal values around 100."""
    values = np.random.default_rng(seed).normal(100.0, 10.0, runs)
    return Sample(values, "s", less_is_better=True)


@pytest.mark.parametrize(("runs", "confidence"), [(10, 0.95), (30, 0.95), (57, 0.9), (300, 0.99)])
def test_the_interval_of_a_mean_is_students(runs: int, confidence: float) -> None:
    """The same ends as scipy's one-sample test gives, which shares no code with ours."""
    of = drawn(runs)
    found = mean_of(of, confidence)

    interval = stats.ttest_1samp(of.values, 0.0).confidence_interval(confidence)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-12)
    assert found.value == pytest.approx(float(np.mean(of.values)), rel=1e-15)
    assert (found.kind, found.unit, found.runs, found.defined) == ("t", "s", runs, runs)
    assert (found.confidence, found.refused, found.runs_needed) == (confidence, None, None)


def test_fewer_than_ten_runs_have_a_mean_and_no_interval() -> None:
    """It says how many runs it takes."""
    found = mean_of(sample(1.0, 2.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 12.0))

    assert (found.value, found.low, found.high, found.kind) == (6.0, None, None, "none")
    assert (found.runs_needed, found.confidence) == (10, None)
    assert found.refused == "the interval of a mean takes 10 runs with a value"


def test_equal_values_have_no_interval() -> None:
    """With 0.905^30 = 0.05, a run that differs is at most 1 in 10.5."""
    found = mean_of(sample(*[3.0] * 30))

    assert (found.value, found.low, found.high, found.kind) == (3.0, None, None, "identical")
    assert found.refused == "the same in all 30 runs; a run that differs is at most 1 in 10"


def test_values_that_rounding_tells_apart_are_equal() -> None:
    """0.1 + 0.2 is 0.3 but for the last digit, which is no spread."""
    found = mean_of(sample(*[0.1 + 0.2, 0.3] * 20))

    assert (found.kind, found.low) == ("identical", None)


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ([np.inf], "no mean: beyond every value in 1 of 31 runs"),
        ([np.nan, np.nan], "no mean of all: nothing to measure in 2 of 32 runs"),
        ([1000.0], "no mean of all: 1 of 31 runs lie far from the others"),
    ],
)
def test_a_joint_mean_is_refused_where_kinds_of_runs_mix(values: list[float], refused: str) -> None:
    """One run beyond, without a value or far from all others takes the mean away."""
    found = mean_of(sample(*drawn(30).values, *values))

    assert (found.value, found.low, found.high, found.kind) == (None, None, None, "none")
    assert found.refused is not None
    assert found.refused.startswith(refused)


def test_no_runs_and_no_values_have_no_mean() -> None:
    """Both are said, and neither is an error."""
    assert mean_of(sample()).refused == "there are no runs"
    none = mean_of(sample(*[np.nan] * 12))
    assert (none.refused, none.defined) == ("there was nothing to measure in any of 12 runs", 0)


def test_truth_values_have_no_mean() -> None:
    """They have a share, which has another interval."""
    with pytest.raises(ValueError, match="share_of"):
        mean_of(Sample(np.array([1.0, 0.0]), "yes/no"))


def test_both_kinds_are_given_apart_with_their_share() -> None:
    """Of 32 runs two lie beyond: the mean of 30, none of the two, and 1/16 with its interval."""
    usual = drawn(30)
    found = apart(sample(*usual.values, np.inf, np.inf))

    assert found.usual.value == mean_of(usual).value
    assert (found.usual.low, found.usual.high) == (mean_of(usual).low, mean_of(usual).high)
    assert (found.other.value, found.other.refused) == (None, "no run has a value")
    exact = stats.binomtest(2, 32).proportion_ci(0.95)
    assert (found.share.value, found.share.kind) == (2 / 32, "clopper_pearson")
    assert (found.share.low, found.share.high) == pytest.approx((exact.low, exact.high), rel=1e-9)


def test_the_kinds_are_those_that_are_told() -> None:
    """Flags decide, such as which rollouts stalled: here the first 12 of 30."""
    of = drawn(30)
    flags = np.arange(30) < 12
    found = apart(of, flags)

    assert found.other.value == pytest.approx(float(of.values[:12].mean()))
    assert found.usual.value == pytest.approx(float(of.values[12:].mean()))
    assert (found.other.defined, found.usual.defined) == (12, 18)
    with pytest.raises(ValueError, match="3 flags for 30 runs"):
        apart(of, flags[:3])


def test_without_flags_the_far_runs_are_the_other_kind() -> None:
    """Two runs at 1,000 among 28 near 100: a mean of 1,000 that has no interval."""
    found = apart(sample(*drawn(28).values, 1000.0, 1000.5))

    assert (found.other.value, found.other.runs) == (1000.25, 2)
    assert found.usual.runs == 28
    assert found.share.value == 2 / 30


@pytest.mark.parametrize(
    ("values", "split"),
    [
        ([1.0, 1.5, 2.0, 2.5, 3.0, 7.1], True),  # gap 4.1, twice the range of 2
        ([1.0, 1.5, 2.0, 2.5, 3.0, 6.9], False),  # 3.9
        ([-7.1, -3.0, -2.5, -2.0, -1.5, -1.0], True),
        ([0.0, 0.0, 0.0, 0.0, 0.0, 1.0], True),
        ([0.0, 0.5, 1.0, 3.1, 3.2, 3.3], True),  # of two equally large the wider: gap 2.1, range 1
        ([0.0, 0.5, 1.0, 2.9, 3.0, 3.1], False),  # 1.9
        ([1.0, 1.5, 2.0, 2.5, 3.0, 9.0, 15.5, 30.0], True),  # at 6; 14.5 is the widest gap
        ([1.0, 2.0, 300.0, 4.0], False),  # too few to tell
        ([2.0] * 8, False),
    ],
)
def test_two_groups_are_told_by_a_wide_gap(values: list[float], *, split: bool) -> None:
    """More than twice as wide as the larger group; whichever way the values point."""
    assert bool(is_split(np.array(values))) is split
    assert bool(is_split(-np.array(values))) is split


def test_the_smaller_group_is_found_on_either_side() -> None:
    """Low outliers are as far as high ones; one group has no smaller one."""
    assert smaller_group(np.array([9.0, 1.0, 9.5, 9.2, 9.1, 9.3])).tolist() == [
        *(False, True, False, False, False, False)
    ]
    assert smaller_group(np.array([9.0, 99.0, 9.5, 9.2, 9.1, 9.3])).nonzero()[0].tolist() == [1]
    stalls = smaller_group(np.array([9.0, 9.5, 9.2, 90.0, 9.1, 9.3, 400.0, 9.6, 9.05]))
    assert stalls.nonzero()[0].tolist() == [3, 6]  # also where one is far from the other
    assert not smaller_group(np.array([9.0, 9.1, 9.5, 9.2, 9.1, 9.3])).any()


@pytest.mark.parametrize(
    ("runs", "in_words"),
    [
        (1, "fewer than 95 % of the runs may not have happened in this run"),  # 1 - 0.05
        (10, "fewer than 1 run in 3 may not have happened in these 10"),  # 0.259 is 1 in 3.86
        (30, "fewer than 1 run in 10 may not have happened in these 30"),  # 0.0950 is 1 in 10.5
        (300, "fewer than 1 run in 100 may not have happened in these 300"),  # 0.00994
    ],
)
def test_under_every_mean_stands_what_may_not_have_happened(runs: int, in_words: str) -> None:
    """With the number of this very sample."""
    assert rare(runs) == f"something that happens in {in_words}"


def test_shares_are_rounded_so_that_at_most_stays_true() -> None:
    """0.0953 is at most 1 in 10, and not at most 1 in 11."""
    assert [one_in(ratio) for ratio in (0.0953, 0.5, 0.51)] == ["1 in 10", "1 in 2", "51 %"]


def test_a_skewed_sample_has_the_measured_coverage_beside_it() -> None:
    """Exponential quantiles are skewed by about 2, normal ones by nothing."""
    places = (np.arange(40) + 0.5) / 40
    skewed = sample(*stats.expon.ppf(places))
    straight = sample(*stats.norm.ppf(places))

    assert skewness(skewed.values) == pytest.approx(float(stats.skew(skewed.values)), rel=1e-12)
    assert cautions(straight) == (rare(40),)
    assert cautions(skewed) == (
        rare(40),
        "skewness 1.6: at 30 runs of skewed values, intervals of 0.95 held the mean in "
        "0.93 (exponential), 0.90 (lognormal, cv 1), 0.84 (lognormal, cv 2)",
    )


def test_nothing_stands_under_a_mean_that_is_not_given() -> None:
    """Nor under truth values."""
    assert cautions(sample(*drawn(30).values, np.inf)) == ()
    assert cautions(Sample(np.ones(30), "yes/no")) == ()


def test_other_estimates_have_their_measured_figures_beside_them() -> None:
    """By the size in the table that the sample reaches."""
    assert under_a_pooled_percentile() == (
        "intervals of 0.95 held a pooled percentile in 0.94 (p90) and 0.87 (p99) of the samples "
        "of 30 runs",
    )
    assert under_a_limit_of_a_mean(299)[0].startswith("at 30 runs, a mean just at its limit")
    assert "0.12 (lognormal, cv 2)" in under_a_limit_of_a_mean(300)[0]


def test_the_number_of_runs_for_a_half_width_is_the_least() -> None:
    """One run fewer is wider than asked for, by scipy's own quantile of t."""

    def width(runs: int) -> float:
        return float(stats.t.ppf(0.975, runs - 1) * 10.0 / runs**0.5)

    found = runs_for(10.0, 2.0, 0.95)
    assert found is not None
    assert width(found) <= 2.0 < width(found - 1)
    assert runs_for(10.0, 0.0, 0.95) is None
    assert runs_for(10.0, 1e-6, 0.95) is None
