"""What `sim study --format json` prints: the numbers of every measure of every case."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from pydantic import Field

from sim.results.measures import Measure
from sim.studies.answers.answer import Answer
from sim.studies.estimates.means import Apart
from sim.studies.estimates.number import Number

if TYPE_CHECKING:
    from sim.studies.answers.case_runs import CaseRuns
    from sim.studies.answers.study import Study

SCHEMA: Final = "sim-study/1"
"""Name and version of the form; the version changes when a key does, not when one is added."""


class Undefined(Answer):
    """In how many runs a measure has no value."""

    count: int
    """Runs without a value."""
    reasons: dict[str, int]
    """Why, in words, and in how many runs so."""


class TwoMeans(Answer):
    """The means of two kinds of runs, where one mean of all would say little."""

    kind: str
    """What the runs of the other kind have in common."""
    share: Number
    """Of the runs of the other kind."""
    usual: Number
    """The mean over the runs that are not."""
    other: Number
    """The mean over the runs that are."""


class LostRun(Answer):
    """A run that could not be made."""

    seed: int
    """The run's."""
    why: str
    """What went wrong."""


class CaseReport(Answer):
    """One case: a scenario with its overrides."""

    name: str
    """What tables and pictures call it."""
    overrides: list[str]
    """The words of `--set` that made it."""
    runs: int
    """Replications that there are."""
    measures: dict[str, Number]
    """By address: the mean over runs; of yes/no measures the share of runs."""
    worst: dict[str, Number]
    """By address: what 9 runs in 10 do not exceed towards what is worse, with that end alone."""
    undefined: dict[str, Undefined]
    """By address, where a run has no value."""
    apart: dict[str, TwoMeans]
    """By address, where no mean of all runs is given."""
    cautions: dict[str, list[str]]
    """By address: what to bear in mind with the mean."""
    pooled: dict[str, Number]
    """By address of a percentile of a deployment's response times: that of all requests of all
    runs; empty where the runs come without their counts, as finished single runs do."""
    steady: dict[str, Number]
    """By deployment and series, such as `deployments.ranker.queued`: the mean over runs after the
    warm-up, found once for all runs; empty where the runs come without their series."""
    steady_from_s: dict[str, float]
    """Where that warm-up ends, in all runs, of those that have a steady state."""
    lost: list[LostRun]
    """Runs that could not be made, and that no number knows of."""


class YourValue(Answer):
    """A measure in the run that you saw, beside the sample."""

    value: float | None
    """What it was; null if it had no value."""
    percentile: float | None
    """Share of the runs, in percent, that lie below it, with half of those that are equal."""


class YourRun(Answer):
    """The run of the scenario's own seed, which is not in the sample."""

    seed: int
    """The scenario's."""
    measures: dict[str, YourValue]
    """By address."""


class StudyReport(Answer):
    """A study: replications of one case or of several."""

    form: Literal["sim-study/1"] = Field(SCHEMA, alias="schema")
    """The form of this object."""
    name: str
    """The first case's."""
    seed: int
    """From which the seeds of all runs follow."""
    varies: dict[str, bool]
    """What could differ from run to run, and whether it does."""
    interrupted: bool
    """Whether it ended early."""
    stopped: str | None
    """Why there are so many runs, where no number of runs was asked for: a sentence."""
    cases: list[CaseReport]
    """What was replicated."""
    your_run: YourRun | None
    """The run of the scenario's own seed; null if it could not be made."""


def study_report(study: "Study") -> StudyReport:
    """Return all numbers of a study."""
    return StudyReport(
        name=study.name,
        seed=study.seed,
        varies={aspect.name: aspect.drawn for aspect in study.varies},
        interrupted=study.is_interrupted,
        stopped=study.stopped,
        cases=[_case(study, number) for number in range(len(study.cases))],
        your_run=_your_run(study),
    )


def percentile_of(
    value: float, among: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> float | None:
    """Return the share of values, in percent, that lie below one, with half of the equal ones."""
    known = among[~np.isnan(among)]
    if np.isnan(value) or not known.size:
        return None
    below, equal = int((known < value).sum()), int((known == value).sum())
    return 100 * (below + equal / 2) / known.size


def _case(study: "Study", number: int) -> CaseReport:
    runs = study.cases[number]
    states = study.steady(number)
    estimates = {one.address: study.estimate_of(one, number) for one in runs.case.measures}
    return CaseReport(
        name=runs.name,
        overrides=list(runs.case.overrides),
        runs=len(runs.runs),
        measures={address: found.number for address, found in estimates.items()},
        worst={a: found.worst for a, found in estimates.items() if found.worst is not None},
        undefined=dict(_undefined(runs)),
        apart={
            address: _two_means(found.kind, found.apart)
            for address, found in estimates.items()
            if found.apart is not None
        },
        cautions={a: list(found.cautions) for a, found in estimates.items() if found.cautions},
        pooled={one.address: told for one, told in study.pooled(number).items()},
        steady={state.address: state.mean for state in states},
        steady_from_s={s.address: s.from_s for s in states if s.from_s is not None},
        lost=[LostRun(seed=lost.seed, why=lost.why) for lost in runs.lost],
    )


def _undefined(runs: "CaseRuns") -> Iterator[tuple[str, Undefined]]:
    for measure in runs.case.measures:
        reasons = runs.reasons(measure)
        if reasons:
            yield (
                measure.address,
                Undefined(count=reasons.total(), reasons=dict(sorted(reasons.items()))),
            )


def _two_means(kind: str, found: Apart) -> TwoMeans:
    return TwoMeans(kind=kind, share=found.share, usual=found.usual, other=found.other)


def _your_run(study: "Study") -> YourRun | None:
    yours, first = study.your_run, study.cases[0]
    if yours is None:
        return None

    def value_of(place: int, _measure: Measure) -> YourValue:
        value = float(yours.values[place])
        among = first.values[:, place]
        shown = value if np.isfinite(value) else None
        return YourValue(value=shown, percentile=percentile_of(value, among))

    return YourRun(
        seed=yours.seed,
        measures={
            measure.address: value_of(place, measure)
            for place, measure in enumerate(first.case.measures)
        },
    )
