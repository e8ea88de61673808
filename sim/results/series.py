"""The step series of a deployment: every change, or thinned as files and pictures have them.

Of the attempts of a day there are millions of changes, which nobody reads one by one. Thinned,
their counts are kept as they are where something else happened: at the evaluations of the
autoscaler, and whenever replicas, resource queues or decisions change. Everything else changes
seldom, and is thinned nowhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np

from sim.digest import FoldedAttempts
from sim.record import AttemptColumns, DeploymentRecord, Record
from sim.results.folded import folded_series
from sim.results.stays import Stays, evaluations_s, stays_of
from sim.results.steps import (
    changes_only,
    count_at,
    count_over_time,
    count_states,
    only_while,
    steps,
)
from sim.results.timeline import Floats, Steps

MILLICORES_PER_CORE: Final = 1000

STATE_SERIES: Final = "replicas_"
"""What the name of a series of replicas in a state begins with; the state follows in capitals."""


def exact_series(deployment: DeploymentRecord) -> dict[str, Steps]:
    """Return the series of a deployment by name, a step for every change.

    Where attempts were not kept, those of attempts are as they are at the evaluations.
    """
    if isinstance(deployment.kept, FoldedAttempts):
        counted = folded_series(deployment.kept)
    else:
        stays = _stays(deployment.attempts)
        counted = {name: count_over_time(*stay) for name, stay in stays.items()}
    return _together(deployment, counted)


def thinned_series(record: Record) -> Iterator[dict[str, Steps]]:
    """Yield the series of each deployment by name, those of attempts at `thinned_at_s`.

    Between two of these instants a count may have been higher or lower than it is said to be.
    Where attempts were not kept, they are as they are at the evaluations.
    """
    for place, deployment in enumerate(record.deployments):
        if isinstance(deployment.kept, FoldedAttempts):
            yield exact_series(deployment)
        else:
            at_s = thinned_at_s(record, place)
            stays = _stays(deployment.attempts)
            counted = {name: count_at(at_s, *stay) for name, stay in stays.items()}
            yield _together(deployment, counted)


def thinned_at_s(record: Record, place: int) -> Floats:
    """Return when attempts are counted where series are thinned: ascending, shape `(n,)`.

    At 0, at every evaluation, and at every change of a replica and decision of the deployment and
    of any resource queue.
    """
    control = record.deployments[place].control
    interval_s = record.scenario.deployments[place].autoscaler.evaluation_interval_s
    changes = (control.transitions, control.decisions, record.queue_samples)
    changed_at_s = [_floats(row.at_s for row in rows) for rows in changes]
    return np.unique(np.concatenate([evaluations_s(interval_s, record.horizon_s), *changed_at_s]))


def _together(deployment: DeploymentRecord, counted: Mapping[str, Steps]) -> dict[str, Steps]:
    """Return all series in their order, given those of attempts."""
    ticks, control = deployment.ticks, deployment.control
    at_s = _floats(c.at_s for c in control.capacity)
    threads = _floats(c.responsive_threads for c in control.capacity)
    cores = _floats(c.responsive_millicores / MILLICORES_PER_CORE for c in control.capacity)
    responsive_threads = changes_only(steps(at_s, threads))
    moves = control.transitions
    states = count_states(
        [t.at_s for t in moves], [t.before for t in moves], [t.after for t in moves]
    )
    return {
        "load_ratio": only_while(steps(ticks.at_s, ticks.load), responsive_threads),
        "threshold_ratio": changes_only(steps(ticks.at_s, ticks.threshold)),
        **counted,
        "responsive_threads": responsive_threads,
        "responsive_cores": changes_only(steps(at_s, cores)),
        **{
            STATE_SERIES + state.value: changes_only(Steps(states.at_s, count.astype(np.float64)))
            for state, count in states.counts.items()
        },
    }


def _stays(attempts: AttemptColumns) -> dict[str, Stays]:
    return stays_of(
        arrival_at_s=attempts.arrival_at_s,
        start_at_s=attempts.start_at_s,
        answered_at_s=attempts.answered_at_s,
        released_at_s=attempts.released_at_s,
    )


def _floats(values: Iterable[float]) -> Floats:
    return np.array(list(values), np.float64)
