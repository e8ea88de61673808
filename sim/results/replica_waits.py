"""How replicas fared in the lines of resource queues."""

from collections.abc import Sequence

import numpy as np

from sim.record import Transition
from sim.results.measure import Group, measure
from sim.results.metrics import figures, spells
from sim.results.requests import Figures
from sim.states import ReplicaState


class ReplicaWaits(Group):
    """Replicas that were QUEUED, by how that ended."""

    granted: int = measure("replicas")
    """They got what they asked for."""
    withdrawn: int = measure("replicas")
    """They were not wanted any more."""
    waiting: int = measure("replicas", better="less")
    """They stood in line when the run ended."""
    wait_s: Figures
    """Of those that were granted."""


def replica_waits(transitions: Sequence[Transition], horizon_s: float) -> ReplicaWaits:
    """Return how replicas fared in resource queues.

    Args:
        transitions: In order of time, as in the record.
        horizon_s: Where the run ended.
    """
    found = list(spells(transitions, frozenset({ReplicaState.QUEUED}), horizon_s))
    granted = [s for s in found if s.ended_in is ReplicaState.STARTING]
    waiting = sum(s.ended_in is None for s in found)
    return ReplicaWaits(
        granted=len(granted),
        withdrawn=len(found) - len(granted) - waiting,
        waiting=waiting,
        wait_s=figures(np.array([s.end_at_s - s.start_at_s for s in granted], np.float64)),
    )
