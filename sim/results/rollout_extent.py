"""What there was of a deployment while a rollout went on: at the least, at the most, and too much.

From the PUT until the last old replica was gone, which is later than *full* where old replicas
stay or drain, and until the new revision served, which is later where the old ones go first. Where
that never came, to the rollout's end or to the horizon. Values are those at the ends of instants:
what rises and falls within one does not count.

Source: "What comes out" in docs/model.md.
"""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from sim.record import ControlLog
from sim.results.fleet import of_active
from sim.results.measure import Group, measure
from sim.results.metrics import Spell, billed_spells, spells
from sim.results.steps import align, count_over_time, steps
from sim.results.timeline import Floats, Steps
from sim.states import LIVE, ReplicaState

_RESPONSIVE: Final = frozenset({ReplicaState.RESPONSIVE})


class RolloutExtent(Group):
    """The fewest and the most replicas from the PUT until new ones served in place of old ones."""

    outage_s: float = measure("s", better="less")
    """For how long no RESPONSIVE replica took requests."""
    surge_replica_seconds: float = measure("replica-seconds", better="less")
    """Replicas that held resources beyond the desired count, times their seconds.

    With blue/green, which has none: beyond as many as the old revision had live at the PUT.
    """
    available_min: int = measure("replicas", better="more")
    """The fewest RESPONSIVE replicas that took requests."""
    live_max: int = measure("replicas", better="less")
    """The most live replicas, of all revisions together."""


def rollout_extents(log: ControlLog, horizon_s: float) -> Iterator[RolloutExtent]:
    """Yield the figures of each rollout of a deployment, in order of time."""
    if not log.rollouts:
        return
    holding = _count(list(billed_spells(log.transitions, horizon_s)))
    live = _count(list(spells(log.transitions, LIVE, horizon_s)))
    available = of_active(log, _RESPONSIVE, horizon_s)
    surplus = _surplus(log, holding)
    for record in log.rollouts:
        to_s = record.ended_at_s
        if record.gone_at_s is not None and record.switched_at_s is not None:
            to_s = max(record.gone_at_s, record.switched_at_s)
        planned = record.live_at_put if record.strategy == "blue_green" else 0
        length_s, too_many = _pieces(surplus, record.put_at_s, to_s, horizon_s)
        surge = np.maximum(too_many - planned, 0.0)
        available_s, are_available = _pieces(available, record.put_at_s, to_s, horizon_s)
        are_available = np.nan_to_num(are_available)
        yield RolloutExtent(
            outage_s=math.fsum(available_s[are_available == 0]),
            surge_replica_seconds=math.fsum(surge * length_s),
            available_min=int(are_available.min()),
            live_max=int(_pieces(live, record.put_at_s, to_s, horizon_s)[1].max()),
        )


def _surplus(log: ControlLog, holding: Steps) -> Steps:
    """Return how many replicas hold resources beyond the desired count; blue/green has none."""
    if not log.desired:
        return holding
    at_s = np.array([one.at_s for one in log.desired], np.float64)
    desired = steps(at_s, np.array([one.desired for one in log.desired], np.float64))
    edges = np.union1d(holding.at_s, desired.at_s)
    return Steps(edges, align(holding, edges) - align(desired, edges))


def _count(found: list[Spell]) -> Steps:
    edges = np.array([(one.start_at_s, one.end_at_s) for one in found], np.float64).reshape(-1, 2)
    return count_over_time(edges[:, 0], edges[:, 1])


def _pieces(
    series: Steps, from_s: float, to_s: float | None, horizon_s: float
) -> tuple[Floats, Floats]:
    """Return lengths and values of the pieces of `series` in [from_s, to_s], shape `(m,)` each.

    The last one is the instant `to_s` itself, of no length. Without one they are those in
    [from_s, horizon_s).
    """
    end_s = horizon_s if to_s is None else to_s
    first = np.searchsorted(series.at_s, from_s, side="right")
    inside = series.at_s[first : np.searchsorted(series.at_s, end_s)]
    edges = np.concatenate(([from_s], inside, [end_s]))
    length_s = np.append(np.diff(edges), 0.0)
    whole = len(edges) - (to_s is None)
    return length_s[:whole], align(series, edges[:whole])
