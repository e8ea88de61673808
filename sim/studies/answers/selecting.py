"""The best of several cases: runs are drawn until one is left, or as many as may be were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.results.measures import Measure
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.study import Study, runs_of
from sim.studies.estimates.groups import smaller_group
from sim.studies.estimates.number import Number
from sim.studies.estimates.selection import FIRST_RUNS, Selection, best_of
from sim.studies.estimates.shares import share_of
from sim.studies.runs.sampling import Sampling
from sim.studies.runs.seeds import replication_seeds
from sim.studies.runs.varying import is_drawn
from sim.units import parse_duration

STEP: Final = 10
"""Runs of each case that is left between two looks; no number of workers changes it."""

CEILING: Final = 300
"""Runs of a case at the most, where the comparison is not of more."""


@dataclass(frozen=True, slots=True)
class Best:
    """The choice of the best case.

    Attributes:
        measure: By whose mean.
        indifference: In its unit: cases within that of the best are equally good.
        confidence: That the chosen one is the best, if it is better by the indifference.
        selection: How far the choice came.
        shares: Where no case may be chosen by its mean: of each case the share of runs that are of
            the other kind; empty elsewhere.
        kind: What those runs have in common.
        is_tie: Whether the cases that are left do not differ in any run.
    """

    measure: Measure
    indifference: float
    confidence: float
    selection: Selection
    shares: tuple[Number, ...] = ()
    kind: str = ""
    is_tie: bool = False


def indifference_in_words(words: str, measure: Measure) -> float:
    """Return a difference in a measure's unit: "0.2s" of one in seconds, "0.01" of a ratio.

    Raises:
        ScenarioError: It is no positive amount of that unit.
    """
    try:
        found = parse_duration(words) if measure.unit == "s" else float(words)
    except ValueError:
        found = 0.0
    if not 0 < found < np.inf:
        example = "0.2s" if measure.unit == "s" else f"0.5 (in {measure.unit})"
        message = f"{words!r} is no indifference for {measure.address}: write one such as {example}"
        raise ScenarioError(
            Problem(message=message, rule="impossible-indifference", path=("--indifference",))
        )
    return found


def require_choosable(measure: Measure, cases: Sequence[str]) -> None:
    """Return if a case can be the best by a measure.

    Raises:
        ScenarioError: Neither way of it is better, it is a truth, or a case does not have it.
    """
    why = ""
    if measure.kind == "yes/no":
        why = "is a truth, which has no mean: ask for its share with --of"
    elif measure.better is None:
        why = "has no better way"
    elif cases:
        why = f"is no measure of {', '.join(cases)}"
    if why:
        message = f"{measure.address} {why}"
        raise ScenarioError(Problem(message=message, rule="no-best", path=("--best",)))


def best_case(
    study: Study,
    sampling: Sampling,
    measure: Measure,
    indifference: float,
    *,
    confidence: float = 0.95,
) -> Best:
    """Return which case of a study has the best mean, after more runs of those that are left.

    A look is taken after `FIRST_RUNS` runs and then every `STEP`, so that the answer is the same
    with any number of workers.

    Args:
        study: Its runs are the first ones.
        sampling: Makes the others.
        measure: One that all cases have.
        indifference: In the measure's unit.
        confidence: Of the choice.

    Raises:
        ScenarioError: A file that a scenario names cannot be used, or the store cannot.
    """
    cases, runs = list(study.cases), FIRST_RUNS
    left = tuple(range(len(cases)))
    ceiling = max(CEILING, study.runs)
    while True:
        seeds = replication_seeds(study.seed, runs)
        drawn = [place for place in left if is_drawn(cases[place].case.scenario)]
        sampling.make([(cases[place].case, seed) for seed in seeds for place in drawn])
        for place in drawn:
            cases[place] = runs_of(cases[place].case, sampling, seeds)
        values, flags = _values(cases, measure, runs)
        if sampling.is_interrupted:
            why = "it was interrupted"
            none = Selection(None, left, (None,) * len(cases), study.runs, why)
            return Best(measure, indifference, confidence, none)
        selection = best_of(
            values,
            indifference,
            less_is_better=measure.better == "less",
            flags=flags,
            confidence=confidence,
        )
        if selection.refused:
            return _ranked(cases, measure, indifference, confidence, selection)
        is_tie = selection.best is None and _are_same(values[list(selection.left)])
        if selection.best is not None or is_tie or runs >= ceiling:
            return Best(measure, indifference, confidence, selection, is_tie=is_tie)
        left, runs = selection.left, runs + STEP


def _values(
    cases: Sequence[CaseRuns], measure: Measure, runs: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the measure and which runs stalled, shape `(cases, runs)`, NaN where there is none."""
    values = np.full((len(cases), runs), np.nan)
    flags = np.zeros((len(cases), runs), np.bool_)
    for place, case in enumerate(cases):
        if not case.runs:
            continue
        columns = (
            [number for number in case.numbers if number < runs]
            if is_drawn(case.case.scenario)
            else slice(None)
        )
        count = len(columns) if isinstance(columns, list) else 1
        values[place, columns] = case.sample(measure).values[:count]
        flags[place, columns] = case.stood_still(measure)[:count]
    return values, flags


def _are_same(values: NDArray[np.float64]) -> bool:
    """Return whether the cases that are left do not differ in any run: more runs tell no more."""
    return bool((values == values[0]).all())


def _ranked(
    cases: Sequence[CaseRuns],
    measure: Measure,
    indifference: float,
    confidence: float,
    selection: Selection,
) -> Best:
    """Give the share of runs of the other kind: those that stalled, have no value, or lie far."""
    stalled = [case.stood_still(measure) for case in cases]
    undefined = [~np.isfinite(case.sample(measure).values) for case in cases]
    if any(of.any() and not of.all() for of in stalled):
        other, kind = stalled, "in which a rollout stalled or did not end"
    elif any(of.any() for of in undefined):
        other, kind = undefined, "without a value"
    else:
        other = [smaller_group(case.sample(measure).values) for case in cases]
        kind = "far from the others"
    shares = tuple(share_of(of, confidence) for of in other)
    return Best(measure, indifference, confidence, selection, shares, kind)
