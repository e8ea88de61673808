"""How often intervals hold what they say they hold: one function an experiment.

Each draws samples of which the truth is known, has the arithmetic of `sim.studies.estimates` make
the intervals, and counts. All are given the number of repetitions and a generator of their own.
"""

import math
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr
from scipy.stats import binom

from drawn_samples import (
    STALLS,
    Floats,
    Law,
    pooled_quantile,
    pooled_values,
    warming_series,
)
from sim.studies.estimates.binomial import at_most, clopper_pearson
from sim.studies.estimates.comparison import compare_samples
from sim.studies.estimates.expectation import ShareCheck, ShareTest
from sim.studies.estimates.groups import is_split
from sim.studies.estimates.pooled import ends
from sim.studies.estimates.precision import Precision, first_precise
from sim.studies.estimates.quantiles import Side, ranks
from sim.studies.estimates.sample import Sample
from sim.studies.estimates.selection import best_of
from sim.studies.estimates.steady import warm_up_cut
from sim.studies.estimates.student import half_width
from sim.studies.estimates.variance_factor import variance_factor_of

Generator = np.random.Generator
CONFIDENCE = 0.95

Cut = Literal["one for all", "each its own", "none"]
"""Where series are cut: all at one instant, each by itself, or not at all."""


def holds_mean(values: Floats, mean: float) -> npt.NDArray[np.bool_]:
    """Tell of each sample whether Student's interval holds the mean."""
    return np.asarray(np.abs(values.mean(axis=-1) - mean) <= half_width(values, CONFIDENCE))


def of_means(repetitions: int, rng: Generator, *, law: Law, runs: int) -> float:
    """Return the coverage of the mean, whether or not it would be refused."""
    return float(holds_mean(law.draw(rng, (repetitions, runs)), law.mean).mean())


def of_given_means(repetitions: int, rng: Generator, *, law: Law, runs: int) -> float:
    """Return the coverage of the mean among the samples of which it is given."""
    values = law.draw(rng, (repetitions, runs))
    return float(holds_mean(values, law.mean)[~is_split(values)].mean())


def of_split(repetitions: int, rng: Generator, *, law: Law, runs: int) -> float:
    """Return the share of samples that are taken for two groups."""
    return float(is_split(law.draw(rng, (repetitions, runs))).mean())


def of_shares(repetitions: int, rng: Generator, *, share: float, runs: int) -> float:
    """Return the coverage of the two-sided interval of a share, by drawing."""
    low, high = clopper_pearson(np.arange(runs + 1), runs, CONFIDENCE)
    met = rng.binomial(runs, share, repetitions)
    return float(((low[met] <= share) & (share <= high[met])).mean())


def exact_of_shares(runs: int, share: float, *, is_one_sided_at_ends: bool) -> float:
    """Return the coverage of the interval of a share, by the sum of binomial probabilities.

    Args:
        runs: How many runs.
        share: The true one.
        is_one_sided_at_ends: As it is printed, with the one-sided statement at none and at all of
            the runs; else Clopper and Pearson's own ends there.
    """
    low, high = _share_ends(runs, is_one_sided_at_ends)
    holds = (low <= share) & (share <= high)
    return float(binom.pmf(np.arange(runs + 1), runs, share)[holds].sum())


@cache
def _share_ends(runs: int, is_one_sided: bool) -> tuple[Floats, Floats]:  # noqa: FBT001 - a key of the cache
    low, high = clopper_pearson(np.arange(runs + 1), runs, CONFIDENCE)
    if is_one_sided:
        high[0], low[-1] = at_most(runs, CONFIDENCE), 1 - at_most(runs, CONFIDENCE)
    return low, high


def of_quantiles(repetitions: int, rng: Generator, *, q: float, runs: int, side: Side) -> float:
    """Return the coverage of a quantile of uniform values, which stand for every law."""
    values = np.sort(rng.random((repetitions, runs)), axis=1)
    low, high = ranks(runs, q, side, CONFIDENCE)
    from_below = values[:, low] <= q if low is not None else True
    return float((from_below & (q <= values[:, high])).mean())


def exact_of_quantiles(q: float, runs: int, side: Side) -> float:
    """Return the same by the sum of binomial probabilities: how many values lie below it."""
    low, high = ranks(runs, q, side, CONFIDENCE)
    return float(bdtr(high, runs, q) - (0.0 if low is None else bdtr(low, runs, q)))


def of_pooled(
    repetitions: int, rng: Generator, *, q: float, runs: int, requests: int = 200
) -> float:
    """Return the coverage of a pooled percentile."""
    truth = pooled_quantile(q)
    edges = np.concatenate([[0.0], np.geomspace(0.5, 100.0, 250)])
    held = 0
    for start in range(0, repetitions, 100):
        shape = (min(100, repetitions - start), runs)
        values = pooled_values(rng, shape, requests)
        bins = np.minimum(np.searchsorted(edges, values, side="right") - 1, edges.size - 2)
        rows = np.arange(shape[0] * runs)[:, None] * (edges.size - 1)
        flat = np.bincount((rows + bins.reshape(-1, requests)).ravel(), minlength=rows.size * 250)
        low, high = ends(flat.reshape(*shape, 250), q, CONFIDENCE)
        held += int(((edges[low] <= truth) & (truth <= edges[high])).sum())
    return held / repetitions


def of_requests_of_one_run(
    repetitions: int, rng: Generator, *, q: float, requests: int = 2000
) -> float:
    """Return the coverage of order statistics of the requests of one run, which nobody may use."""
    truth = pooled_quantile(q)
    values = np.sort(pooled_values(rng, (repetitions,), requests), axis=1)
    low, high = ranks(requests, q, "two", CONFIDENCE)
    assert low is not None
    return float(((values[:, low] <= truth) & (truth <= values[:, high])).mean())


def of_steady_means(
    repetitions: int,
    rng: Generator,
    *,
    cut: Cut,
    correlation: float,
    runs: int = 30,
    instants: int = 300,
) -> float:
    """Return the coverage of the mean of the steady state, 10, by where the series are cut.

    With one cut for all, of those that are not refused; a run that would be is cut at the half.
    """
    held, given = 0, 0
    for _ in range(repetitions):
        series = warming_series(rng, (runs,), instants, correlation)
        cuts: list[int | None] = [0] * runs
        if cut == "one for all":
            cuts = [warm_up_cut(series.mean(axis=0))] * runs
            if cuts[0] is None:
                continue
        elif cut == "each its own":
            cuts = [warm_up_cut(one) for one in series]
        kept = [instants // 2 if at is None else at for at in cuts]
        means = np.array([one[at:].mean() for one, at in zip(series, kept, strict=True)])
        held += bool(holds_mean(means, 10.0))
        given += 1
    return held / given


def of_until_precise(
    repetitions: int, rng: Generator, *, law: Law, half_width: float, is_fresh: bool
) -> float:
    """Return the coverage of the mean where the number of runs was found by the precision.

    Args:
        repetitions: How many times.
        rng: The generator.
        law: Of a run's value.
        half_width: The share of the mean that is asked for.
        is_fresh: Whether the interval is of as many new runs.
    """
    precision = Precision(half_width=half_width, ceiling_runs=2400)
    held = 0
    for _ in range(repetitions):
        values = law.draw(rng, (precision.ceiling_runs,))
        found = first_precise(values, precision)
        runs = precision.ceiling_runs if found is None else _barrier_after(found, precision)
        sample = law.draw(rng, (runs,)) if is_fresh else values[:runs]
        held += bool(holds_mean(sample, law.mean))
    return held / repetitions


def _barrier_after(found: int, precision: Precision) -> int:
    """Return the barrier at which the look-ahead of the run *found* is over."""
    end = found + math.floor(precision.look_ahead * max(1, found / 100))
    return min(-(-end // precision.round_runs) * precision.round_runs, precision.ceiling_runs)


def of_families(repetitions: int, rng: Generator, *, family: int = 8, runs: int = 30) -> float:
    """Return how often a family of measures has any verdict although the cases are alike.

    The runs of both cases share a part of their chance, as common seeds have them do; measures are
    normal and lognormal by turns, one is a yes or no, and one lies beyond in some runs.
    """
    wrong = 0
    for _ in range(repetitions):
        verdicts = set()
        for measure in range(family):
            a, b = _alike(rng, measure, runs)
            verdicts.add(compare_samples(a, b, family=family).verdict)
        wrong += bool(verdicts & {"better", "worse"})
    return wrong / repetitions


def _alike(rng: Generator, measure: int, runs: int) -> tuple[Sample, Sample]:
    """Return two samples of one law whose runs are correlated in pairs."""
    shared, own = rng.normal(0, 1, runs), rng.normal(0, 1, (2, runs))
    normal = (shared + own) / math.sqrt(2)
    if measure == 0:
        values, unit = (normal > 1.3).astype(np.float64), "yes/no"
    else:
        values, unit = (np.exp(normal * 0.8) if measure % 2 else normal), "s"
    if measure == 1:
        values = np.where(normal > 1.8, np.inf, values)
    return Sample(values[0], unit, less_is_better=True), Sample(
        values[1], unit, less_is_better=True
    )


def of_share_differences(
    repetitions: int, rng: Generator, *, gone: float, come: float, runs: int
) -> float:
    """Return the coverage of the difference of two shares of paired runs."""
    held = 0
    for _ in range(repetitions):
        kinds = rng.random(runs)
        is_gone, is_come = kinds < gone, kinds > 1 - come
        a = Sample(is_gone.astype(np.float64), "yes/no", less_is_better=True)
        b = Sample(is_come.astype(np.float64), "yes/no", less_is_better=True)
        found = compare_samples(a, b).difference
        low, high = found.low, found.high
        if low is None or high is None:  # no pair differs: nothing is said, and nothing is wrong
            held += 1
            continue
        held += low <= come - gone <= high
    return held / repetitions


def of_variance_factors(repetitions: int, rng: Generator, *, runs: int, is_skewed: bool) -> float:
    """Return the coverage of the factor of variance saved."""
    correlation, held = 0.8, 0
    for _ in range(repetitions):
        if is_skewed:
            parts = rng.exponential(1, (3, runs))
            a = correlation**0.5 * parts[0] + (1 - correlation) ** 0.5 * parts[1]
            b = correlation**0.5 * parts[0] + (1 - correlation) ** 0.5 * parts[2]
        else:
            a = rng.normal(0, 1, runs)
            b = correlation * a + math.sqrt(1 - correlation**2) * rng.normal(0, 1, runs)
        found = variance_factor_of(a, b)
        if found.low is not None and found.high is not None:
            held += found.low <= 1 / (1 - correlation) <= found.high
    return held / repetitions


def of_selection(repetitions: int, rng: Generator, *, cases: int, indifference: float) -> float:
    """Return how often the best case is chosen, all others being worse by the indifference.

    Runs have a standard deviation of 1 of their own, and as much that all cases share.
    """
    right = 0
    for _ in range(repetitions):
        values = rng.normal(0, 1, (cases, 1500)) + rng.normal(0, 1, 1500)
        values[0] -= indifference
        right += best_of(values, indifference, less_is_better=True).best == 0
    return right / repetitions


def of_share_checks(
    repetitions: int, rng: Generator, *, share: float, test: ShareTest
) -> tuple[float, float, float]:
    """Return how often a share passes and fails, and the mean number of runs, by drawing."""
    passed, failed, runs = 0, 0, 0
    for _ in range(repetitions):
        check = ShareCheck(test)
        for is_met in rng.random(test.ceiling_runs) < share:
            check.add(is_met=bool(is_met))
            if check.is_over:
                break
        passed += check.decision == "pass"
        failed += check.decision == "fail"
        runs += check.runs
    return passed / repetitions, failed / repetitions, runs / repetitions


def exact_of_share_checks(
    share: float, q: float = 0.9, ceiling_runs: int = 300
) -> tuple[float, float, float]:
    """Return the same by following the probability of every count that is still open.

    The ratios of likelihoods are written out here once more: products, where the test adds
    logarithms.
    """
    counts = np.arange(ceiling_runs + 1)
    open_to = np.zeros(ceiling_runs + 1)
    open_to[0] = 1.0
    passed = failed = mean_runs = 0.0
    better, worse = 1 - (1 - q) / 5, 1 - 3 * (1 - q)
    for run in range(1, ceiling_runs + 1):
        mean_runs += float(open_to.sum())
        open_to = (1 - share) * open_to + share * np.concatenate([[0.0], open_to[:-1]])
        missed = np.maximum(run - counts, 0)
        is_passed = (better / q) ** counts * ((1 - better) / (1 - q)) ** missed >= 20
        is_failed = (worse / q) ** counts * ((1 - worse) / (1 - q)) ** missed >= 20
        passed += float(open_to[is_passed].sum())
        failed += float(open_to[is_failed & np.logical_not(is_passed)].sum())
        open_to[is_passed | is_failed] = 0.0
    return passed, failed, mean_runs


def of_mean_limits(repetitions: int, rng: Generator, *, law: Law, runs: int) -> float:
    """Return how often a mean that is just at its upper limit passes."""
    values = law.draw(rng, (repetitions, runs))
    half = half_width(values, CONFIDENCE, is_one_sided=True)
    return float((values.mean(axis=-1) + half < law.mean).mean())


def of_beyond_quantiles(
    repetitions: int, rng: Generator, *, q: float, runs: int, is_dropped: bool
) -> float:
    """Return the coverage of a quantile where one run in 20 lies beyond every value.

    Args:
        repetitions: How many times.
        rng: The generator.
        q: The quantile.
        runs: How many runs.
        is_dropped: Whether runs without a value are left out, as nobody should.
    """
    truth = q / (1 - STALLS)  # of the uniform values of the others
    values = rng.random((repetitions, runs))
    values[rng.random(values.shape) < STALLS] = np.inf
    held = 0
    for one in values:
        kept = np.sort(one[np.isfinite(one)] if is_dropped else one)
        low, high = ranks(kept.size, q, "two", CONFIDENCE)
        assert low is not None
        held += bool(kept[low] <= truth <= kept[high])
    return held / repetitions
