"""Shares decided run by run, and means at a limit."""

import numpy as np
import pytest
from scipy import stats

from sim.errors import ScenarioError
from sim.studies.estimates.expectation import (
    ShareCheck,
    ShareTest,
    least_runs_without_a_miss,
    mean_within,
)
from sim.studies.estimates.sample import Floats, Sample


def after(met: list[bool], **given: float) -> ShareCheck:
    """Return a check that was given so many runs."""
    check = ShareCheck(ShareTest(**given))  # type: ignore[arg-type]  # by names
    for one in met:
        check.add(is_met=one)
    return check


@pytest.mark.parametrize(("share", "runs"), [(0.8, 17), (0.9, 36), (0.95, 73), (0.99, 373)])
def test_runs_without_a_miss_pass_at_the_least_number(share: float, runs: int) -> None:
    """Each multiplies the odds by (1 - (1 - q) / 5) / q: one run fewer stays below 20."""
    ratio = (1 - (1 - share) / 5) / share
    assert ratio ** (runs - 1) < 20 <= ratio**runs

    assert least_runs_without_a_miss(share) == runs
    check = after([True] * (runs - 1), share=share, ceiling_runs=400)
    assert check.decision == "undecided"
    assert check.add(is_met=True) == "pass"
    assert (check.runs, check.met) == (runs, runs)


def test_misses_fail() -> None:
    """At 90 % a miss makes the odds of 70 % three times as high: 3 x 3 x 3 = 27 is above 20."""
    assert after([False] * 2).decision == "undecided"
    check = after([False] * 3)

    assert (check.decision, check.runs, check.why) == ("fail", 3, "met in 0 of 3 runs")


def test_runs_after_the_deciding_one_change_nothing() -> None:
    """They are kept by whoever drew them, and not used."""
    check = after([True] * 36 + [False] * 50)

    assert (check.decision, check.runs, check.met, check.is_over) == ("pass", 36, 36, True)
    assert check.more_runs is None


def test_the_order_of_the_runs_decides() -> None:
    """Three misses first fail what 36 good runs first pass: both are right 19 times of 20."""
    assert after([False] * 3 + [True] * 36).decision == "fail"
    assert after([True] * 36 + [False] * 3).decision == "pass"


def test_at_the_ceiling_it_says_what_would_decide() -> None:
    """286 of 300: the odds are at 1.79 of ln 20 = 3.00, so about 190 runs more."""
    missed = set(range(20, 300, 20))
    check = after([run not in missed for run in range(300)])

    evidence = 286 * np.log(0.98 / 0.9) + 14 * np.log(0.02 / 0.1)
    assert (check.decision, check.is_over, check.met) == ("undecided", True, 286)
    assert check.more_runs == np.ceil((np.log(20) - evidence) * 300 / evidence)
    assert check.why == ("after 300 runs: met in 286; about 190 more would decide at this share")


def test_between_the_alternatives_it_is_too_close() -> None:
    """At 90 % itself neither 98 % nor 70 % is the likelier: no number of runs is foretold."""
    check = after([run % 10 != 3 for run in range(300)])

    assert (check.decision, check.more_runs) == ("undecided", None)
    assert check.why == "after 300 runs: met in 270; too close to 90 % to be decided"


def test_a_share_below_the_alternative_is_foretold_to_fail() -> None:
    """Two of three, early: the odds of 70 % grow, and it says how many runs that takes."""
    check = after([False, False, True, True, True, True])

    evidence = 4 * np.log(0.7 / 0.9) + 2 * np.log(3)
    assert check.decision == "undecided"
    assert check.more_runs == np.ceil((np.log(20) - evidence) * 6 / evidence)
    assert ShareCheck().why == "met in 0 of 0 runs"
    assert ShareCheck().more_runs is None


def test_confidence_moves_the_bound() -> None:
    """At 99 % it is ln 100: 55 runs without a miss, since 0.08516 x 54 is just below 4.605."""
    assert least_runs_without_a_miss(0.9, 0.99) == 55
    assert after([True] * 54, confidence=0.99).decision == "undecided"
    assert after([True] * 55, confidence=0.99).decision == "pass"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ceiling_runs": 35}, "90 % of runs takes at least 36 runs to be decided (got 35"),
        ({"share": 0.99}, "99 % of runs takes at least 373 runs to be decided (got 300"),
        ({"share": 1.0}, "lies above 2/3 and below 1"),
        ({"share": 0.5}, "lies above 2/3 and below 1"),
        ({"confidence": 1.0}, "a confidence lies between 0 and 1"),
    ],
)
def test_what_cannot_be_decided_is_refused(given: dict[str, float], message: str) -> None:
    """With the number that it takes."""
    with pytest.raises(ScenarioError) as refused:
        ShareTest(**given)  # type: ignore[arg-type]  # by names, as a file has them

    assert message in str(refused.value)


def limited(values: Floats) -> Sample:
    """Return durations."""
    return Sample(values, "s", less_is_better=True)


@pytest.mark.parametrize("is_upper", [True, False])
@pytest.mark.parametrize("distance", [-0.6, -0.5, 0.0, 0.5, 0.6])
def test_a_mean_is_decided_by_two_one_sided_t_tests(distance: float, *, is_upper: bool) -> None:
    """Scipy's two one-sided p-values at 5 %: pass, fail, or neither."""
    values = np.random.default_rng(4).normal(0.0, 3.0, 100)
    values += 10.0 - values.mean()
    limit = 10.0 + distance
    less = stats.ttest_1samp(values, limit, alternative="less").pvalue < 0.05
    greater = stats.ttest_1samp(values, limit, alternative="greater").pvalue < 0.05
    expected = "undecided"
    if less or greater:
        expected = "pass" if less == is_upper else "fail"

    found = mean_within(limited(values), limit, is_upper=is_upper)
    assert found.decision == expected
    assert found.observed.kind == "t"


def test_equal_values_are_decided_by_their_value() -> None:
    """At the limit itself they meet it."""
    same = limited(np.full(300, 2.0))

    assert mean_within(same, 2.0, is_upper=True).decision == "pass"
    assert mean_within(same, 2.0, is_upper=False).decision == "pass"
    assert mean_within(same, 1.9, is_upper=True).decision == "fail"


def test_without_a_joint_mean_nothing_is_decided() -> None:
    """A stall among the runs, or too few of them."""
    values = np.random.default_rng(4).normal(0.0, 3.0, 100)
    values[3] = np.inf
    stalled = mean_within(limited(values), 50.0, is_upper=True)
    few = mean_within(limited(np.arange(5.0)), 50.0, is_upper=True)

    assert stalled.decision == "undecided"
    assert stalled.why.startswith("no mean: beyond every value in 1 of 100 runs")
    assert few.decision == "undecided"
    assert few.why == "the interval of a mean takes 10 runs with a value"
