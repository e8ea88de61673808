"""The replicas of the active revision over time, while the deployment was enabled."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.record import ControlLog
from sim.results.metrics import Spell, spells
from sim.results.steps import align, count_over_time, steps
from sim.results.timeline import Floats, Steps
from sim.states import LIVE, ReplicaState

_QUEUED: Final = frozenset({ReplicaState.QUEUED})
_RESPONSIVE: Final = frozenset({ReplicaState.RESPONSIVE})


@dataclass(frozen=True, slots=True)
class Fleet:
    """Pieces of time in which nothing of this changed, m of them, in order; none of no length.

    Attributes:
        length_s: How long each piece is, shape `(m,)`.
        live: Replicas that the bounds count, shape `(m,)`.
        queued: Those of them that wait for resources, shape `(m,)`.
        responsive: Those of them that are RESPONSIVE, shape `(m,)`.
        max_replicas: The bound in force, shape `(m,)`; NaN where none was written down.
    """

    length_s: Floats
    live: Floats
    queued: Floats
    responsive: Floats
    max_replicas: Floats

    @classmethod
    def of(cls, log: ControlLog, horizon_s: float) -> "Fleet":
        """Return what a deployment's control wrote down about its active revisions."""
        counts = [_of_active(log, states, horizon_s) for states in (LIVE, _QUEUED, _RESPONSIVE)]
        bounds = steps(
            np.array([one.at_s for one in log.bounds], np.float64),
            np.array([one.max_replicas for one in log.bounds], np.float64),
        )
        lines = [*counts, bounds]
        edges = np.unique(np.concatenate([*(line.at_s for line in lines), [horizon_s]]))
        edges = edges[edges <= horizon_s]
        values = [align(line, edges[:-1]) for line in lines]
        is_enabled = ~np.isnan(values[0])
        return cls(np.diff(edges)[is_enabled], *(value[is_enabled] for value in values))


def _of_active(log: ControlLog, states: frozenset[ReplicaState], horizon_s: float) -> Steps:
    """Return how many replicas of the active revision are in `states`, NaN while there is none."""
    by_revision: dict[int, list[Spell]] = {}
    for spell in spells(log.transitions, states, horizon_s):
        by_revision.setdefault(spell.revision, []).append(spell)
    at_s, value = [np.empty(0)], [np.empty(0)]
    for revision in log.revisions:
        if revision.active_at_s is None:
            continue
        until_s = horizon_s if revision.retired_at_s is None else revision.retired_at_s
        own = by_revision.get(revision.number, [])
        line = count_over_time(
            np.array([spell.start_at_s for spell in own], np.float64),
            np.array([spell.end_at_s for spell in own], np.float64),
        )
        inside = (line.at_s > revision.active_at_s) & (line.at_s < until_s)
        instants = np.array([revision.active_at_s, *line.at_s[inside]])
        at_s += [instants, np.array([until_s])]
        value += [align(line, instants), np.array([np.nan])]
    return steps(np.concatenate(at_s), np.concatenate(value))
