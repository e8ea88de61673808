"""The rows of the table of coverage: what is measured, on what, and what is said of it.

Rows through the simulator are rows too: their `measure` replicates a scenario whose truth is known
instead of drawing values. They have a table of their own, which `coverage_table.ROWS` joins.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from coverage_experiments import (
    Cut,
    of_beyond_quantiles,
    of_families,
    of_mean_limits,
    of_means,
    of_pooled,
    of_quantiles,
    of_requests_of_one_run,
    of_selection,
    of_share_checks,
    of_share_differences,
    of_shares,
    of_split,
    of_steady_means,
    of_until_precise,
    of_variance_factors,
)
from drawn_samples import EXPONENTIAL, LOGNORMAL_1, LOGNORMAL_2, NORMAL, STALLING, Law
from sim.studies.estimates.expectation import ShareTest


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    Attributes:
        statement: What is said, in words; part of the row's name.
        of: The law, or the case.
        stated: What is said of it: the least coverage, or the greatest share of errors.
        measure: Repetitions and a generator -> the share that was found.
        repetitions: How often.
    """

    statement: str
    of: str
    stated: str
    measure: Callable[[int, np.random.Generator], float]
    repetitions: int = 4000

    @property
    def name(self) -> str:
        """What the row's generator is called after."""
        return f"{self.statement}: {self.of}"


LAWS = (NORMAL, EXPONENTIAL, LOGNORMAL_1, LOGNORMAL_2, STALLING)


def _means() -> tuple[Row, ...]:
    """Return the rows on the mean; no law but the normal one has an exact interval."""
    return tuple(
        Row(f"mean of {runs} runs, t", law.words, "0.95", partial(of_means, law=law, runs=runs))
        for law in LAWS
        for runs in (10, 30, 100)
    )


def _shares() -> tuple[Row, ...]:
    return tuple(
        Row(
            f"share, {runs} runs",
            f"{share:g} of the runs",
            "at least 0.95",
            partial(of_shares, share=share, runs=runs),
        )
        for share, runs in ((0.05, 30), (0.5, 30), (0.05, 300))
    )


def _quantiles() -> tuple[Row, ...]:
    two = partial(of_quantiles, q=0.9, runs=36, side="two")
    one = partial(of_quantiles, q=0.9, runs=29, side="worse")
    beyond = partial(of_beyond_quantiles, q=0.9, is_dropped=False)
    dropped = partial(of_beyond_quantiles, q=0.9, is_dropped=True)
    stalls = "one in 20 beyond, as worse than all"
    without = "one in 20 beyond, left out: never done"
    return (
        Row("p90 over 36 runs", "any law", "at least 0.95", two),
        Row("p90 over 29 runs, worse end", "any law", "at least 0.95", one),
        *(
            Row(f"p90 over {runs} runs", words, stated, partial(experiment, runs=runs))
            for words, stated, experiment in (
                (stalls, "at least 0.95", beyond),
                (without, "", dropped),
            )
            for runs in (60, 200)
        ),
    )


def _until_precise() -> tuple[Row, ...]:
    def rows(law: Law, wanted: float, repetitions: int) -> tuple[Row, ...]:
        return tuple(
            Row(
                f"mean until within {100 * wanted:g} %",
                f"{law.words}{', as many fresh runs' if is_fresh else ''}",
                "0.95",
                partial(of_until_precise, law=law, half_width=wanted, is_fresh=is_fresh),
                repetitions,
            )
            for is_fresh in (False, True)
        )

    return (
        *rows(NORMAL, 0.02, 4000),
        *rows(EXPONENTIAL, 0.1, 4000),
        *rows(LOGNORMAL_1, 0.1, 4000),
        *rows(STALLING, 0.3, 4000),
    )


def _pooled() -> tuple[Row, ...]:
    never = partial(of_requests_of_one_run, q=0.99)
    return (
        *(
            Row(
                f"pooled p{100 * q:g} of 30 runs",
                "runs differ by a factor, cv 0.5",
                "0.95",
                partial(of_pooled, q=q, runs=30),
            )
            for q in (0.9, 0.99)
        ),
        Row("p99 by the requests of one run: never done", "the same", "", never),
    )


def _steady() -> tuple[Row, ...]:
    cuts: tuple[tuple[Cut, str, str], ...] = (
        ("one for all", "one cut for all", "0.95"),
        ("each its own", "each run its own cut: never done", ""),
        ("none", "no cut", ""),
    )
    return tuple(
        Row(
            "mean after the warm-up, 30 runs",
            f"correlation {correlation:g}, {words}",
            stated,
            partial(of_steady_means, cut=cut, correlation=correlation),
            1000,
        )
        for correlation in (0.5, 0.9)
        for cut, words, stated in cuts
    )


def _comparisons() -> tuple[Row, ...]:
    return (
        Row("any verdict of 8 measures", "two cases alike", "at most 0.05", of_families, 1000),
        *(
            Row(
                f"difference of shares, {runs} runs",
                f"{gone:g} only in the first, {come:g} only in the second",
                "at least 0.95",
                partial(of_share_differences, gone=gone, come=come, runs=runs),
            )
            for gone, come, runs in ((0.05, 0.0, 120), (0.3, 0.1, 100))
        ),
        *(
            Row(
                "factor of variance, 30 runs",
                "exponential" if is_skewed else "normal",
                "0.95",
                partial(of_variance_factors, runs=30, is_skewed=is_skewed),
            )
            for is_skewed in (False, True)
        ),
        Row(
            "the best of 4 is chosen",
            "normal, better by the indifference",
            "at least 0.95",
            partial(of_selection, cases=4, indifference=0.3),
            1000,
        ),
    )


def _checks() -> tuple[Row, ...]:
    at_border = partial(of_share_checks, share=0.9, test=ShareTest())
    return (
        Row(
            "a share of exactly 90 % passes",
            "sequential test, 300 runs at most",
            "at most 0.05",
            lambda repetitions, rng: at_border(repetitions, rng)[0],
        ),
        Row(
            "a share of exactly 90 % fails",
            "sequential test, 300 runs at most",
            "at most 0.05",
            lambda repetitions, rng: at_border(repetitions, rng)[1],
        ),
        *(
            Row(
                f"a mean just at its limit passes, {runs} runs",
                law.words,
                "0.05",
                partial(of_mean_limits, law=law, runs=runs),
            )
            for law in (NORMAL, LOGNORMAL_2, STALLING)
            for runs in (30, 300)
        ),
    )


def _groups() -> tuple[Row, ...]:
    return tuple(
        Row("30 runs are taken for two groups", law.words, "", partial(of_split, law=law, runs=30))
        for law in LAWS
    )


DRAWN: tuple[Row, ...] = (
    *_means(),
    *_shares(),
    *_quantiles(),
    *_until_precise(),
    *_pooled(),
    *_steady(),
    *_comparisons(),
    *_checks(),
    *_groups(),
)
"""All rows on drawn values."""
