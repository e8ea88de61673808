"""Runs of two cases under the same seeds: which are pairs, and which draws are the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.results.measures import Measure
from sim.scenario.models.scenario import Scenario
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.estimates.comparison import Comparison, Verdict, compare_samples
from sim.studies.estimates.number import Number
from sim.studies.estimates.sample import Sample
from sim.studies.estimates.student import LEAST_RUNS
from sim.studies.runs.varying import is_drawn

Rows = NDArray[np.int64]

ONE_EACH: Final = "one run each: no intervals"
"""What is said of two runs, each the only one of its case."""

ALWAYS: Final = "nothing is drawn in either case, so that it is the same in every run"
"""What is said of two cases that have one run because it can only go one way."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pairs of two cases.

    Attributes:
        first: The case that the other is compared with.
        second: The other.
        rows: The rows of their values that are pairs, one array each, of one shape `(pairs,)`.
        only: What is said where each case has one run by its nature; empty elsewhere.
    """

    first: CaseRuns
    second: CaseRuns
    rows: tuple[Rows, Rows]
    only: str = ""

    def samples(self, measure: Measure) -> tuple[Sample, Sample]:
        """Return what a measure that both have was in each pair."""
        return self._paired(self.first, 0, measure), self._paired(self.second, 1, measure)

    def _paired(self, runs: CaseRuns, which: int, measure: Measure) -> Sample:
        sample = runs.sample(measure)
        return Sample(sample.values[self.rows[which]], sample.unit, sample.less_is_better)

    def compared(self, measure: Measure, *, family: int, confidence: float) -> Comparison:
        """Return what the second case is against the first in a measure that both have."""
        a, b = self.samples(measure)
        stalled = (
            self.first.stood_still(measure)[self.rows[0]],
            self.second.stood_still(measure)[self.rows[1]],
        )
        found = compare_samples(a, b, family=family, confidence=confidence, flags=stalled)
        return _of_one_pair(found, a, b, self.only) if self.only else found


def paired(first: CaseRuns, second: CaseRuns, *, single: bool = False) -> Pairing:
    """Return the pairs of two cases: the replications of one number, which have one seed.

    A case of which nothing is drawn has one run, which is what all of its runs would be: it is a
    pair with each run of the other.

    Args:
        first: What the other is compared with.
        second: The other.
        single: Whether they are two runs that somebody has made, with whatever seeds.
    """
    one_run = (np.zeros(1, np.int64), np.zeros(1, np.int64))
    if single:
        return Pairing(first, second, one_run, ONE_EACH)
    varies = is_drawn(first.case.scenario), is_drawn(second.case.scenario)
    if not any(varies) and first.runs and second.runs:
        return Pairing(first, second, one_run, ALWAYS)
    if all(varies):
        _, in_first, in_second = np.intersect1d(
            first.numbers, second.numbers, assume_unique=True, return_indices=True
        )
        return Pairing(first, second, (in_first, in_second))
    many = np.arange(len(first.runs if varies[0] else second.runs))
    same = np.zeros(many.size if first.runs and second.runs else 0, np.int64)
    many = many[: same.size]
    return Pairing(first, second, (many, same) if varies[0] else (same, many))


def streams(scenario: Scenario) -> tuple[str, ...]:
    """Return what the random streams of a run are called after: deployments and their sources.

    Streams of one name draw the same under one seed, whatever else differs between two cases.
    """
    return tuple(_streams(scenario))


def _streams(scenario: Scenario) -> Iterator[str]:
    for deployment in scenario.deployments:
        yield deployment.name
        yield from (f"{deployment.name}/{source.name}" for source in deployment.traffic)


def only_in(first: Scenario, second: Scenario) -> tuple[str, ...]:
    """Return the streams of a scenario that another does not have: what they draw has no pair."""
    others = set(streams(second))
    return tuple(name for name in streams(first) if name not in others)


def _of_one_pair(found: Comparison, a: Sample, b: Sample, why: str) -> Comparison:
    """Return the comparison of one pair, of which there is a difference and no interval."""
    first, second = float(a.values[0]), float(b.values[0])
    is_known = bool(np.isfinite(first) and np.isfinite(second))
    number = Number(
        value=second - first if is_known else None,
        runs=1,
        defined=int(is_known),
        kind="identical" if why == ALWAYS else "none",
        unit=found.difference.unit,
        refused=why,
    )
    update: dict[str, object] = {"difference": number, "half_width": None, "p_value": None}
    if found.verdict != "identical":
        is_decided = why == ALWAYS and not np.isnan([first, second]).any()
        update["verdict"] = _verdict(first, second, a) if is_decided else "undecided"
        update["runs_needed"] = None if why == ALWAYS else LEAST_RUNS
        update["why"] = why
    return found.model_copy(update=update)


def _verdict(first: float, second: float, measured: Sample) -> Verdict | None:
    """Return the verdict on a difference that every run would have."""
    is_less_better = measured.less_is_better
    if np.isinf([first, second]).any():
        is_less_better = True  # what lies beyond is worse, whichever way is better
    if is_less_better is None:
        return None
    return "better" if (second < first) == is_less_better else "worse"
