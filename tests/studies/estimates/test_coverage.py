"""Intervals hold what they say, by experiment: 4,000 samples of which the truth is known.

A share of 4,000 has a standard error of 0.0034 at 0.95. An interval that is one-sided by mistake
holds 0.90, which is twelve of them below what is asked for here. The experiments are fixed by seed,
so that a test that passes goes on passing; the bounds are those that another seed passes with a
probability above 0.99.
"""

import math

import numpy as np
import pytest

import coverage_experiments as experiments
from coverage_rows import DRAWN
from coverage_table import DOCUMENT, SEED, line, measured
from coverage_table import ROWS as ROWS_OF_TABLE
from drawn_samples import EXPONENTIAL, LOGNORMAL_1, LOGNORMAL_2, NORMAL, STALLING, Law
from sim.random import stream
from sim.studies.estimates.comparison import compare_samples
from sim.studies.estimates.expectation import ShareTest
from sim.studies.estimates.groups import is_split
from sim.studies.estimates.means import mean_of
from sim.studies.estimates.measured import POOLED, SKEWED_MEANS, WRONG_PASSES
from sim.studies.estimates.quantiles import least_runs, quantile_of
from sim.studies.estimates.sample import Sample
from sim.studies.estimates.shares import share_of

REPETITIONS = 4000
ROWS = {row.name: row for row in DRAWN}


def generator(name: str) -> np.random.Generator:
    """Return a test's own generator."""
    return stream(2, name)


@pytest.mark.parametrize("runs", [10, 30, 100])
def test_the_mean_of_normal_runs_is_held_by_95_percent(runs: int) -> None:
    """Student's interval is exact there."""
    found = experiments.of_means(REPETITIONS, generator("mean"), law=NORMAL, runs=runs)

    assert 0.94 <= found <= 0.96


@pytest.mark.parametrize(
    ("law", "low", "high"),
    [
        (EXPONENTIAL, 0.91, 0.94),
        (LOGNORMAL_1, 0.88, 0.92),
        (LOGNORMAL_2, 0.80, 0.85),
        (STALLING, 0.76, 0.81),
    ],
    ids=lambda value: value.words if isinstance(value, Law) else "",
)
def test_the_mean_of_other_runs_is_held_less_often(law: Law, low: float, high: float) -> None:
    """Which is why sentences stand under it, and why a stall takes the mean away.

    Of 30 runs none stalls with the probability 0.95^30 = 0.215, and then the mean is missed.
    """
    found = experiments.of_means(REPETITIONS, generator("mean"), law=law, runs=30)

    assert low <= found <= high


def test_the_experiment_goes_through_what_users_call() -> None:
    """Fifty samples: what the arithmetic on arrays says of them, `mean_of` says of each."""
    values = NORMAL.draw(generator("public"), (50, 30))
    held = [
        number.low is not None and number.high is not None and number.low <= 100.0 <= number.high
        for number in (mean_of(Sample(one, "s", less_is_better=True)) for one in values)
    ]

    assert experiments.holds_mean(values, 100.0).tolist() == held
    assert 40 < sum(held) < 50


def test_shares_are_held_by_95_percent_at_every_number_of_runs() -> None:
    """The exact binomial sum, from 10 runs to 400; drawn samples agree within their error."""
    shares = (0.01, 0.05, 0.1, 0.3, 0.5, 0.77, 0.95)
    least = 1.0
    for runs in range(10, 401):
        for share in shares:
            exact = experiments.exact_of_shares(runs, share, is_one_sided_at_ends=False)
            least = min(least, exact)
    assert least >= 0.95

    for runs in range(10, 401, 30):
        exact = experiments.exact_of_shares(runs, 0.1, is_one_sided_at_ends=False)
        drawn = experiments.of_shares(REPETITIONS, generator(f"{runs}"), share=0.1, runs=runs)
        assert abs(drawn - exact) < 4 * math.sqrt(exact * (1 - exact) / REPETITIONS)
        assert drawn >= 0.94


def test_what_is_printed_at_none_and_at_all_runs_costs_two_percent() -> None:
    """There the interval is one-sided; as one rule with the others it holds 0.925 at the least.

    Just above "at most 1 - 0.05^(1/n)" none of n still happens in 5 %, and 2.5 % is missed at the
    other end.
    """
    above = [(runs, 1 - 0.05 ** (1 / runs) + 1e-9) for runs in range(10, 401)]
    found = [
        experiments.exact_of_shares(runs, share, is_one_sided_at_ends=True) for runs, share in above
    ]

    assert 0.925 <= min(found) < 0.94
    number = share_of(np.zeros(30))
    assert number.high is not None
    assert above[20][1] > number.high > above[20][1] - 2e-9


@pytest.mark.parametrize("q", [0.5, 0.9, 0.95])
def test_quantiles_are_held_by_95_percent_at_every_number_of_runs(q: float) -> None:
    """The exact sum, from the least number of runs to 400; drawn samples agree."""
    for side in ("two", "worse"):
        counts = range(least_runs(q, side), 401)
        exact = [experiments.exact_of_quantiles(q, runs, side) for runs in counts]
        assert min(exact) >= 0.95

        for runs in counts[::60]:
            drawn = experiments.of_quantiles(
                REPETITIONS, generator(f"{q} {runs}"), q=q, runs=runs, side=side
            )
            expected = exact[runs - counts[0]]
            assert abs(drawn - expected) < 4 * math.sqrt(expected * (1 - expected) / REPETITIONS)
            assert drawn >= 0.94


def test_quantiles_with_runs_beyond_are_held() -> None:
    """By `quantile_of`, one run in 20 beyond: 0.967 by the sum; left out, it would be 0.40."""
    rng = generator("beyond")
    held = 0
    for _ in range(1000):
        values = rng.random(200)
        values[rng.random(200) < 0.05] = np.inf
        found = quantile_of(Sample(values, "s", less_is_better=True), 0.9)
        assert found.low is not None
        held += found.low <= 0.9 / 0.95 <= (math.inf if found.high is None else found.high)

    assert held / 1000 == pytest.approx(experiments.exact_of_quantiles(0.9, 200, "two"), abs=0.02)
    dropped = experiments.of_beyond_quantiles(1000, rng, q=0.9, runs=200, is_dropped=True)
    assert dropped < 0.5


def test_a_fresh_sample_mends_what_stopping_does_to_a_rare_stall() -> None:
    """1,000 repetitions, standard error 0.01: stopping early misses the stalls."""
    held = [
        experiments.of_until_precise(
            1000, generator("precise"), law=STALLING, half_width=0.3, is_fresh=is_fresh
        )
        for is_fresh in (False, True)
    ]

    assert held[0] < 0.91  # 0.881 in the table
    assert held[1] > 0.905  # 0.932
    assert held[0] < held[1]


def test_until_precise_holds_the_mean_of_normal_runs() -> None:
    """1,000 repetitions, standard error 0.007: within three of them."""
    found = experiments.of_until_precise(
        1000, generator("normal"), law=NORMAL, half_width=0.02, is_fresh=False
    )

    assert 0.93 <= found <= 0.97


def test_one_cut_for_all_holds_the_steady_mean() -> None:
    """400 repetitions, standard error 0.013: far above no cut, which holds it never."""
    cut, none = (
        experiments.of_steady_means(400, generator("steady"), cut=cut, correlation=0.9)
        for cut in ("one for all", "none")
    )

    assert cut > 0.88
    assert none < 0.1


def test_a_case_and_its_like_have_no_difference() -> None:
    """A whole family of 8 has any verdict in at most 5 % of 1,000: at most 67 by chance in 99 %."""
    found = experiments.of_families(1000, generator("family"))

    assert found <= 0.067


def test_a_case_and_itself_are_identical() -> None:
    """In each of 1,000 repetitions."""
    rng = generator("itself")
    for _ in range(1000):
        same = Sample(rng.normal(0, 1, 30), "s", less_is_better=True)
        assert compare_samples(same, same, family=8).verdict == "identical"


def test_the_best_is_chosen_as_often_as_stated() -> None:
    """300 repetitions at 0.95: at least 0.92 in 99 %."""
    found = experiments.of_selection(300, generator("best"), cases=4, indifference=0.3)

    assert found >= 0.92


def test_the_sequential_tests_keep_their_errors_at_the_border() -> None:
    """By following all probabilities: 0.047 pass and 0.034 fail; drawn ones agree."""
    passed, failed, runs = experiments.exact_of_share_checks(0.9)
    assert passed == pytest.approx(0.047, abs=0.0005)
    assert failed == pytest.approx(0.034, abs=0.0005)

    drawn = experiments.of_share_checks(REPETITIONS, generator("sprt"), share=0.9, test=ShareTest())
    assert drawn[0] == pytest.approx(passed, abs=0.0125)  # 4 standard errors of 0.0031
    assert drawn[1] == pytest.approx(failed, abs=0.0115)
    assert drawn[2] == pytest.approx(runs, abs=4.5)


@pytest.mark.parametrize(("share", "runs"), [(1.0, 36), (0.98, 59), (0.8, 105), (0.5, 8)])
def test_clear_shares_are_decided_after_few_runs(share: float, runs: int) -> None:
    """The mean number of runs, by following all probabilities; drawn ones agree within 5 %."""
    exact = experiments.exact_of_share_checks(share)[2]
    drawn = experiments.of_share_checks(1000, generator("runs"), share=share, test=ShareTest())[2]

    assert exact == pytest.approx(runs, abs=0.6)
    assert drawn == pytest.approx(exact, rel=0.09)  # standard deviations reach 0.7 of the mean


@pytest.mark.parametrize(
    ("law", "most"),
    [(NORMAL, 0.002), (EXPONENTIAL, 0.015), (LOGNORMAL_1, 0.055)],
    ids=lambda value: value.words if isinstance(value, Law) else "",
)
def test_one_kind_of_runs_is_seldom_taken_for_two(law: Law, most: float) -> None:
    """The false alarms of 30 runs."""
    found = experiments.of_split(REPETITIONS, generator("split"), law=law, runs=30)

    assert found <= most


@pytest.mark.parametrize("times", [3.0, 10.0])
@pytest.mark.parametrize("share", [0.05, 0.1])
def test_a_stall_is_told_from_the_other_runs(times: float, share: float) -> None:
    """Of the samples in which one of 30 runs stalled: all but one in 50."""
    rng = generator("stalls")
    values = rng.normal(100.0, 10.0, (REPETITIONS, 30))
    stalled = rng.random(values.shape) < share
    values = np.where(stalled, values * times, values)[stalled.any(axis=1)]

    assert is_split(values).mean() > 0.98


def test_stalls_of_different_lengths_are_told_too() -> None:
    """200 s longer and then as long as chance has it: all but one sample in 50."""
    rng = generator("lengths")
    values = rng.normal(100.0, 10.0, (REPETITIONS, 30))
    stalled = rng.random(values.shape) < 0.1
    longer = values + 200.0 + rng.exponential(1000.0, values.shape)

    assert is_split(np.where(stalled, longer, values)[stalled.any(axis=1)]).mean() > 0.98


@pytest.mark.parametrize("name", ["mean of 30 runs, t: exponential", "p90 over 36 runs: any law"])
def test_rows_of_the_table_can_be_repeated(name: str) -> None:
    """To the last digit: seed, generator and arithmetic are those of the page."""
    row = ROWS[name]

    assert line(row, measured(row)) in DOCUMENT.read_text("utf-8").splitlines()
    assert f"Seed {SEED}, measured on" in DOCUMENT.read_text("utf-8")


def test_the_table_has_every_row_once() -> None:
    """What was added to the rows was measured, and what went is gone."""
    in_table = [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in DOCUMENT.read_text("utf-8").splitlines()
        if row.count("|") == 6
    ]

    assert [cells[:3] for cells in in_table[2:]] == [
        [row.statement, row.of, row.stated] for row in ROWS_OF_TABLE
    ]


def test_figures_beside_intervals_are_those_of_the_table() -> None:
    """To two digits."""
    found = {
        (cells[1], cells[2]): float(cells[4])
        for cells in (
            [cell.strip() for cell in row.split("|")]
            for row in DOCUMENT.read_text("utf-8").splitlines()
            if row.count("|") == 6 and row[-3].isdigit()
        )
    }
    said = {
        **{
            (f"mean of {runs} runs, t", law): held
            for runs, laws in SKEWED_MEANS.items()
            for law, held in laws.items()
        },
        **{
            (f"pooled {name} of 30 runs", "runs differ by a factor, cv 0.5"): held
            for name, held in POOLED.items()
        },
        **{
            (f"a mean just at its limit passes, {runs} runs", law): errors[runs]
            for law, errors in WRONG_PASSES.items()
            for runs in errors
        },
    }

    assert {key: found[key] for key in said} == pytest.approx(said, abs=0.0051)
