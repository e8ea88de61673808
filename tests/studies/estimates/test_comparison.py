"""Two cases run by run: verdicts, the family, rare events, pairs that are left out."""

import numpy as np
import pytest
from scipy import stats

from sim.studies.estimates.comparison import Comparison, compare_samples
from sim.studies.estimates.sample import Floats, Sample
from sim.studies.estimates.variance_factor import variance_factor_of


def seconds(values: Floats, *, less_is_better: bool | None = True) -> Sample:
    """Return durations."""
    return Sample(values, "s", less_is_better=less_is_better)


def yes_no(flags: Floats) -> Sample:
    """Return what is better not to happen."""
    return Sample(flags, "yes/no", less_is_better=True)


def pairs(runs: int, shift: float, seed: int = 3) -> tuple[Floats, Floats]:
    """Return runs that share most of their chance, the second shifted."""
    rng = np.random.default_rng(seed)
    first = rng.normal(100.0, 10.0, runs)
    return first, first + rng.normal(shift, 3.0, runs)


def ends(found: Comparison) -> tuple[float, float]:
    """Return both ends of the interval of the difference."""
    assert found.difference.low is not None
    assert found.difference.high is not None
    return found.difference.low, found.difference.high


@pytest.mark.parametrize("family", [1, 8])
def test_numbers_are_compared_by_the_paired_t_test(family: int) -> None:
    """Scipy's p times the family, and its interval at 1 - 0.05 / family."""
    first, second = pairs(30, 1.2)
    found = compare_samples(seconds(first), seconds(second), family=family)

    exact = stats.ttest_rel(second, first)
    interval = exact.confidence_interval(1 - 0.05 / family)
    assert found.p_value == pytest.approx(min(1.0, exact.pvalue * family), rel=1e-9)
    assert ends(found) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert found.half_width == pytest.approx((interval.high - interval.low) / 2, rel=1e-9)
    assert found.difference.value == pytest.approx(float((second - first).mean()))
    assert found.difference.confidence == 1 - 0.05 / family
    assert found.ratio == pytest.approx(float(second.mean() / first.mean()))
    assert (found.pairs, found.dropped.none, found.dropped.beyond_in_both) == (30, 0, 0)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("family", [1, 5])
def test_verdict_and_interval_are_one_thing(seed: int, family: int) -> None:
    """A verdict is given exactly where 0 lies outside the interval."""
    first, second = pairs(25, 1.5, seed)
    found = compare_samples(seconds(first), seconds(second), family=family)

    low, high = ends(found)
    assert (found.verdict == "no_difference_found") == (low <= 0 <= high)
    if low > 0:
        assert found.verdict == "worse"


@pytest.mark.parametrize(
    ("shift", "less_is_better", "verdict"),
    [
        (-5.0, True, "better"),
        (5.0, True, "worse"),
        (-5.0, False, "worse"),
        (5.0, False, "better"),
        (5.0, None, None),
        (0.0, True, "no_difference_found"),
    ],
)
def test_a_verdict_knows_which_way_is_better(
    shift: float, *, less_is_better: bool | None, verdict: str | None
) -> None:
    """Where neither way is, the difference stands without one."""
    first, second = pairs(30, shift)
    found = compare_samples(
        seconds(first, less_is_better=less_is_better),
        seconds(second, less_is_better=less_is_better),
    )

    assert found.verdict == verdict


def test_the_family_takes_a_verdict_away() -> None:
    """A p-value of 0.02 is a verdict alone, and none among eight."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0.0, 1.0, 30)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    shift = float(stats.t.ppf(0.99, 29)) / 30**0.5  # two-sided p = 0.02
    first = seconds(rng.normal(100.0, 10.0, 30))
    second = seconds(first.values + noise + shift)

    alone, one_of_eight = (compare_samples(first, second, family=size) for size in (1, 8))
    assert alone.p_value == pytest.approx(0.02, rel=1e-6)
    assert alone.verdict == "worse"
    assert one_of_eight.p_value == pytest.approx(0.16, rel=1e-6)
    assert one_of_eight.verdict == "no_difference_found"
    assert one_of_eight.why.startswith("no difference found in 30 runs; the interval reaches")


def test_the_runs_that_would_find_the_difference_are_foretold() -> None:
    """Spread 1, difference 0.1: first at n = 387 is t / sqrt(n) at most 0.1."""
    noise = np.linspace(-1.0, 1.0, 40)
    noise = noise / noise.std(ddof=1) + 0.1
    first = seconds(np.random.default_rng(0).normal(100.0, 10.0, 40))
    found = compare_samples(first, seconds(first.values + noise))

    expected = next(
        runs for runs in range(2, 500) if stats.t.ppf(0.975, runs - 1) / runs**0.5 <= 0.1
    )
    assert found.verdict == "no_difference_found"
    assert found.runs_needed == pytest.approx(expected, abs=1)


def test_identical_runs_have_p_1_and_no_interval() -> None:
    """Also where they lie beyond in the same runs."""
    first, _ = pairs(30, 0.0)
    first[4] = np.inf
    found = compare_samples(seconds(first), seconds(first.copy()), family=8)

    assert (found.verdict, found.p_value, found.why) == (
        "identical",
        1.0,
        "identical in all 30 runs",
    )
    assert (found.difference.value, found.difference.low) == (0.0, None)
    assert (found.pairs, found.dropped.beyond_in_both) == (29, 1)
    never = compare_samples(seconds(np.full(30, np.inf)), seconds(np.full(30, np.inf)))
    assert (never.verdict, never.difference.value, never.pairs) == ("identical", None, 0)


def test_rounding_is_no_difference() -> None:
    """The last digit of each value moved up: identical, and not worse in all 30 runs."""
    first, _ = pairs(30, 0.0)
    found = compare_samples(seconds(first), seconds(np.nextafter(first, np.inf)))
    shifted = compare_samples(seconds(first), seconds(first + 0.1))  # rounds, run by run

    assert found.verdict == "identical"
    assert shifted.difference.kind == "identical"
    assert shifted.difference.value == pytest.approx(0.1)


def test_an_equal_difference_is_judged_by_its_sign() -> None:
    """All 30 runs 2 s slower: no spread and no interval, but 2 / 2^30 by chance."""
    first, _ = pairs(30, 0.0)
    found = compare_samples(seconds(np.round(first)), seconds(np.round(first) + 2))

    assert (found.verdict, found.difference.value, found.difference.low) == ("worse", 2.0, None)
    assert found.p_value == pytest.approx(2 / 2**30)
    few = compare_samples(seconds(np.round(first[:5])), seconds(np.round(first[:5]) + 2))
    assert (few.verdict, few.p_value, few.runs_needed) == ("undecided", 2 / 2**5, 6)


@pytest.mark.parametrize("family", [1, 8])
@pytest.mark.parametrize(("gone", "come"), [(6, 0), (12, 1), (3, 3), (2, 11), (1, 0), (20, 9)])
def test_truth_values_are_compared_by_their_discordant_pairs(
    gone: int, come: int, family: int
) -> None:
    """The exact test of McNemar: scipy's fair coin on the pairs that differ, times the family."""
    first, second = np.zeros(100), np.zeros(100)
    first[:gone] = 1
    second[gone : gone + come] = 1
    both = np.arange(100) >= 90
    first[both] = second[both] = 1
    found = compare_samples(yes_no(first), yes_no(second), family=family)

    exact = min(1.0, float(stats.binomtest(gone, gone + come, 0.5).pvalue) * family)
    assert found.p_value == pytest.approx(exact, rel=1e-9)
    assert found.difference.value == pytest.approx((come - gone) / 100)
    low, high = ends(found)
    decided = found.verdict in {"better", "worse"}
    assert decided == (exact <= 0.05) == (not low <= 0 <= high)
    if decided:
        assert found.verdict == ("better" if gone > come else "worse")


def test_a_stall_of_one_in_20_takes_about_120_runs() -> None:
    """Six pairs one way decide; after 40 runs there are two, and it says so."""
    stalls = np.arange(120) % 20 == 7
    early = compare_samples(yes_no(stalls[:40].astype(float)), yes_no(np.zeros(40)))
    late = compare_samples(yes_no(stalls.astype(float)), yes_no(np.zeros(120)))

    assert (early.verdict, early.runs_needed) == ("undecided", 120)
    assert early.why == "they differ in 2 of 40 runs; about 120 runs would decide at this share"
    assert (late.verdict, late.p_value) == ("better", 2 / 2**6)


def test_many_discordant_pairs_both_ways_are_no_difference() -> None:
    """17 of them could have told; eight are too few in a family of 8, whichever way they go."""
    first, second = np.zeros(100), np.zeros(100)
    first[:9] = 1
    second[9:17] = 1
    found = compare_samples(yes_no(first), yes_no(second))
    few = compare_samples(yes_no(first), yes_no(np.roll(first, 4)), family=8)

    assert found.verdict == "no_difference_found"
    assert found.half_width is not None
    assert (few.verdict, few.pairs) == ("undecided", 100)  # four each way, and nine are the least


def test_what_lies_beyond_on_one_side_is_a_discordant_pair() -> None:
    """Durations that did not end are no part of a mean; what ended is given apart."""
    first, second = pairs(30, -1.0)
    stalled = first.copy()
    stalled[[4, 9]] = np.inf
    found = compare_samples(seconds(stalled), seconds(second))

    assert (found.verdict, found.p_value, found.runs_needed) == ("undecided", 0.5, 90)
    assert (found.difference.value, found.ratio) == (None, None)
    assert found.apart is not None
    kept = np.delete(second - first, [4, 9])
    interval = stats.ttest_1samp(kept, 0.0).confidence_interval(0.95)
    assert found.apart.low == pytest.approx(interval.low, rel=1e-9)
    assert found.apart.defined == 28


@pytest.mark.parametrize("less_is_better", [True, False])
@pytest.mark.parametrize(
    ("shift", "beyond", "verdict"),
    [
        (-9.0, "first", "better"),  # 30 of 30 better: 2 / 2^30
        (9.0, "second", "worse"),
        (9.0, "first", "undecided"),  # what ended is worse, what did not is better
        (0.0, "first", "undecided"),
    ],
)
def test_one_run_beyond_does_not_hide_what_all_runs_show(
    shift: float, beyond: str, verdict: str, *, less_is_better: bool
) -> None:
    """If it points the way of the other pairs, their order decides; else it stays open."""
    first, second = pairs(30, 0.0)
    second = second + shift
    if not less_is_better:
        first, second = -first, -second
    (first if beyond == "first" else second)[4] = np.inf
    found = compare_samples(
        seconds(first, less_is_better=less_is_better),
        seconds(second, less_is_better=less_is_better),
    )

    assert found.verdict == verdict
    if verdict == "undecided":
        assert (found.p_value, found.runs_needed) == (1.0, 180)
    else:
        assert found.p_value is not None
        assert found.p_value <= 2 * stats.binom.cdf(1, 30, 0.5)


@pytest.mark.parametrize("less_is_better", [True, False])
def test_beyond_is_worse_whichever_way_is_better(*, less_is_better: bool) -> None:
    """Seven runs that ended in the first do not in the second."""
    first, _ = pairs(40, 0.0)
    second = first.copy()
    second[:7] = np.inf
    found = compare_samples(
        seconds(first, less_is_better=less_is_better),
        seconds(second, less_is_better=less_is_better),
    )

    assert (found.verdict, found.p_value) == ("worse", 2 / 2**7)


def test_pairs_without_a_value_are_dropped_and_counted() -> None:
    """Two beyond in both, one without a value on one side: 27 of 30 pairs are left."""
    first, second = pairs(30, -5.0)
    first[[1, 2]] = second[[1, 2]] = np.inf
    second[3] = np.nan
    found = compare_samples(seconds(first), seconds(second))

    exact = stats.ttest_rel(np.delete(second, [1, 2, 3]), np.delete(first, [1, 2, 3]))
    assert (found.pairs, found.dropped.beyond_in_both, found.dropped.none) == (27, 2, 1)
    assert found.p_value == pytest.approx(exact.pvalue, rel=1e-9)
    assert found.difference.runs == 30


def test_no_pair_at_all_is_undecided() -> None:
    """What has a value in the one has none in the other."""
    first, second = np.array([1.0, np.nan] * 10), np.array([np.nan, 1.0] * 10)
    found = compare_samples(seconds(first), seconds(second))

    assert (found.verdict, found.p_value, found.pairs, found.dropped.none) == (
        *("undecided", None),
        *(0, 20),
    )


def test_no_verdict_rests_on_the_mean_of_a_rare_stall() -> None:
    """Two of 30 took 3,000 s longer, the others differ at random: 6 such pairs take 90 runs."""
    first, second = pairs(30, 0.0)
    stalled = first.copy()
    stalled[[4, 9]] += 3000.0
    found = compare_samples(seconds(stalled), seconds(second))

    assert (found.verdict, found.runs_needed) == ("undecided", 90)
    assert (found.difference.value, found.ratio) == (None, None)
    assert found.why.startswith("2 of 30 runs differ far from the others")
    assert found.apart is not None
    assert found.apart.defined == 28
    assert found.variance_factor.low is None


@pytest.mark.parametrize(
    ("shift", "verdict"),
    [(-5.0, "better"), (5.0, "undecided")],
)
def test_rare_and_typical_runs_that_agree_are_a_verdict(shift: float, verdict: str) -> None:
    """Typical runs 5 s quicker and stalls gone: better. 5 s slower and stalls gone: open."""
    first, second = pairs(30, 0.0)
    second = first + shift
    second += np.linspace(-1, 1, 30)
    first[[4, 9]] += 3000.0
    found = compare_samples(seconds(first), seconds(second))

    assert found.verdict == verdict


def test_few_pairs_have_no_interval() -> None:
    """One run each has no more than a difference."""
    first, second = pairs(9, 5.0)
    nine = compare_samples(seconds(first), seconds(second))
    one = compare_samples(seconds(first[:1]), seconds(second[:1]))

    assert (nine.verdict, nine.p_value, nine.runs_needed) == ("undecided", None, 10)
    assert nine.difference.low is None
    assert (one.why, one.difference.value) == ("one run each: no interval", second[0] - first[0])


def test_only_pairs_are_compared() -> None:
    """Not two lengths, units or directions; and a family is not empty."""
    first = seconds(np.arange(10.0))
    for other in (
        seconds(np.arange(9.0)),
        yes_no(np.zeros(10)),
        seconds(np.arange(10.0), less_is_better=False),
    ):
        with pytest.raises(ValueError, match="no pairs"):
            compare_samples(first, other)
    with pytest.raises(ValueError, match="family"):
        compare_samples(first, first, family=0)


@pytest.mark.parametrize("seed", range(5))
def test_the_factor_is_the_variance_that_pairs_save(seed: int) -> None:
    """The variances added up, over that of the differences: numpy's, and about 5 by design."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 2, 200)
    first, second = shared + rng.normal(0, 1, 200), shared + rng.normal(0, 1, 200)
    found = variance_factor_of(first, second)

    exact = (np.var(first, ddof=1) + np.var(second, ddof=1)) / np.var(second - first, ddof=1)
    assert found.value == pytest.approx(float(exact), rel=1e-9)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 5.0 < found.high  # (5 + 5) / 2; misses at 5 %, not in these five


def test_the_interval_of_the_factor_is_where_the_correlation_test_stops_rejecting() -> None:
    """Pitman: at an end w, the sums and w-scaled differences are just correlated at 5 %."""
    rng = np.random.default_rng(1)
    shared = rng.normal(0, 2, 40)
    first, second = shared + rng.normal(0, 1, 40), shared + rng.normal(0, 1, 40)
    found = variance_factor_of(first, second)

    sums, differences = first + second, second - first
    for end in (found.low, found.high):
        assert end is not None
        scale = (2 * end - 1) ** 0.5
        one, other = sums - scale * differences, sums + scale * differences
        assert stats.pearsonr(one, other).pvalue == pytest.approx(0.05, rel=1e-6)


def test_runs_of_shifted_seeds_save_nothing() -> None:
    """The second case uses the seed of the next run: the factor's interval holds 1."""
    first, second = pairs(200, 0.0)
    found = variance_factor_of(first[1:], second[:-1])

    assert found.low is not None
    assert found.high is not None
    assert found.low < 1.0 < found.high < 1.5
    paired = variance_factor_of(first, second)
    assert paired.low is not None
    assert paired.low > 5


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        (np.arange(20.0) + 1, "all differences are equal"),
        (20 - np.arange(20.0), "all sums are equal"),
        (np.where(np.arange(20) == 3, 5000.0, np.arange(20.0) + np.arange(20) % 3), "a few pairs"),
    ],
)
def test_the_factor_is_not_given_from_nothing(second: Floats, refused: str) -> None:
    """Equal differences leave nothing to divide by; one far pair would be all of it."""
    found = variance_factor_of(np.arange(20.0), second)

    assert found.low is None
    assert found.refused is not None
    assert found.refused.startswith(refused)
    assert variance_factor_of(np.arange(9.0), second[:9]).runs_needed == 10
