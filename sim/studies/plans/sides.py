"""What a plan shows of the runs without an event and of those with it."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from sim.results.holder_words import holders_in_words
from sim.results.measures import CORES, Measure
from sim.results.summary import report
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.estimating import estimate
from sim.studies.estimates.comparison import Comparison
from sim.studies.estimates.means import mean_of
from sim.studies.estimates.number import Number
from sim.studies.estimates.sample import Sample
from sim.studies.plans.judging import Subject
from sim.studies.plans.plan_report import Difference, Side, StalledOn
from sim.studies.runs.series import SERIES

OF_DEPLOYMENTS: Final = (
    ("failed_ratio",),
    ("response_s", "mean"),
    ("response_s", "p99"),
    ("compute_seconds_per_day",),
)
"""Measures of the deployment on both sides."""

OF_ROLLOUTS: Final[tuple[tuple[str, ...], ...]] = (
    ("duration_s",),
    ("stalled",),
    ("dip_ratio",),
    ("before", "response_s", "mean"),
    ("before", "response_s", "p99"),
    ("during", "response_s", "mean"),
    ("during", "response_s", "p99"),
    ("after", "response_s", "mean"),
    ("after", "response_s", "p99"),
)
"""Measures of the event's rollout."""

END: Final = 10
"""The end of a run is the last of so many parts of it."""


def side_of(runs: CaseRuns, subject: Subject, *, has_event: bool) -> Side:
    """Return what is shown of the runs of one side.

    Args:
        runs: The runs.
        subject: The event.
        has_event: Whether they are those with it, so that its rollout has measures.
    """
    measures = list(_measures(runs, subject, has_event=has_event))
    found = {one.address: estimate(runs, one) for one in measures}
    return Side(
        runs=len(runs.runs),
        measures={address: one.number for address, one in found.items()},
        worst={address: one.worst for address, one in found.items() if one.worst is not None},
        at_end_s=_at_end_s(runs, subject) if runs.runs else None,
    )


def differences_of(comparisons: Mapping[Measure, Comparison]) -> dict[str, Difference]:
    """Return comparisons by the addresses of their measures."""
    return {
        measure.address: Difference(
            difference=found.difference,
            ratio=found.ratio,
            p_value=found.p_value,
            verdict=found.verdict,
            why=found.why,
        )
        for measure, found in comparisons.items()
    }


def stall_probability(then: CaseRuns, subject: Subject) -> Number:
    """Return the share of runs in which the event's rollout stalled."""
    return estimate(then, subject.of_rollout(then, "stalled")).number


def stalled_on(scenario: Scenario, then: CaseRuns, subject: Subject) -> list[StalledOn]:
    """Return what the rollout waited for in the first run in which it stalled.

    That run is made once more here, since runs that come from workers bring their measures alone.
    """
    stalled = then.sample(subject.of_rollout(then, "stalled")).values == 1
    if not stalled.any():
        return []
    seed = then.runs[int(stalled.argmax())].seed
    found = report(simulate_record(scenario, seed=seed))
    deployment = next(one for one in found.deployments if one.name == subject.deployment)
    rollout = next(one for one in deployment.rollouts if one.number == subject.number)
    entries = [
        StalledOn(
            queue=stall.resource,
            short=CORES if stall.short is None else stall.short.gpu_type or stall.short.unit,
            holders=holders_in_words(stall.holders),
            is_deadlocked=stall.is_deadlocked,
            seed=seed,
        )
        for stall in rollout.stalls
    ]
    return list({(one.queue, one.short): one for one in reversed(entries)}.values())[::-1]


def _measures(runs: CaseRuns, subject: Subject, *, has_event: bool) -> Iterator[Measure]:
    for steps in OF_DEPLOYMENTS:
        yield subject.measure(runs, *steps)
    if has_event and subject.effect == "rollout":
        for of_rollout in OF_ROLLOUTS:
            yield subject.of_rollout(runs, *of_rollout)


def _at_end_s(runs: CaseRuns, subject: Subject) -> Number:
    """Return the mean response time of the requests answered in the last tenth of a run."""
    names = [one.name for one in runs.case.scenario.deployments]
    place = names.index(subject.deployment)
    response, completed = SERIES.index("response_mean_s"), SERIES.index("completed")
    values = []
    for run in runs.runs:
        series = run.thinned[place].values
        last = series[:, -max(1, series.shape[1] // END) :].astype(np.float64)
        counts = np.where(np.isnan(last[response]), 0.0, last[completed])
        total = counts.sum()
        values.append(float(np.nansum(last[response] * counts) / total) if total else np.nan)
    return mean_of(Sample(np.array(values), "s", less_is_better=True))
