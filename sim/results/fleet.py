"""The replicas of what is active over time, while the deployment was enabled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.record import ControlLog, RevisionRecord
from sim.results.metrics import spells
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
        live: Live replicas of all that serve, shape `(m,)`.
        bounded: Those of them that the bounds in force count, which are all but old ones that stay
            beside new ones, shape `(m,)`.
        queued: Those of them that wait for resources, shape `(m,)`.
        responsive: Those of them that are RESPONSIVE, shape `(m,)`.
        max_replicas: The bound in force, shape `(m,)`; NaN where none was written down.
    """

    length_s: Floats
    live: Floats
    bounded: Floats
    queued: Floats
    responsive: Floats
    max_replicas: Floats

    @classmethod
    def of(cls, log: ControlLog, horizon_s: float) -> "Fleet":
        """Return what a deployment's control wrote down about its active revisions."""
        live, queued, responsive = (
            of_active(log, states, horizon_s) for states in (LIVE, _QUEUED, _RESPONSIVE)
        )
        counts = [live, of_active(log, LIVE, horizon_s, but_leaving=True), queued, responsive]
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


def of_active(
    log: ControlLog,
    states: frozenset[ReplicaState],
    horizon_s: float,
    *,
    but_leaving: bool = False,
) -> Steps:
    """Return how many replicas of active revisions are in `states`, NaN while none is active.

    `but_leaving`: those are left out that stay beside the ones that took over from them.
    """
    active_s = {
        revision.number: (
            revision.active_at_s,
            _until(revision, horizon_s, but_leaving=but_leaving),
        )
        for revision in log.revisions
        if revision.active_at_s is not None
    }
    spans_s = []
    for spell in spells(log.transitions, states, horizon_s):
        begun_s, until_s = active_s.get(spell.revision, (horizon_s, horizon_s))
        start_s, end_s = max(spell.start_at_s, begun_s), min(spell.end_at_s, until_s)
        if start_s < end_s:
            spans_s.append((start_s, end_s))
    count, active = _count(spans_s), _count([*active_s.values()])
    edges = np.array([*active_s.values()], np.float64).ravel()
    at_s = np.union1d(edges, count.at_s)
    return Steps(at_s, np.where(align(active, at_s) > 0, align(count, at_s), np.nan))


def _until(revision: RevisionRecord, horizon_s: float, *, but_leaving: bool) -> float:
    ends_at_s = (revision.leaving_at_s if but_leaving else None, revision.retired_at_s)
    return next((at_s for at_s in ends_at_s if at_s is not None), horizon_s)


def _count(spans_s: Sequence[tuple[float, float]]) -> Steps:
    """Return how many of the intervals hold each instant."""
    edges = np.array(spans_s, np.float64).reshape(-1, 2)
    return count_over_time(edges[:, 0], edges[:, 1])
