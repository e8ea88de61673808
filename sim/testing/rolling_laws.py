"""Laws of deployments that roll: what their steps never do, judged from the record alone."""

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final

from sim.errors import InvariantError
from sim.reasons import Reason
from sim.record import ControlLog, DeploymentRecord, Record, Transition
from sim.scenario.models.strategies import RollingStrategy
from sim.states import LIVE, ReplicaState

_at_s: Final = attrgetter("at_s")


def live_within_the_surge(record: Record) -> None:
    """At the end of every instant, live replicas are at most desired count and surge.

    One that has a live successor does not count, nor do those whose place that took in turn.
    """
    for deployment, strategy in _rolling(record):
        live: set[int] = set()
        predecessors: dict[int, int] = {}
        for at_s, moves, desired in _by_instant(deployment.control):
            for move in moves:
                (live.add if move.after in LIVE else live.discard)(move.replica)
                if move.of is not None:
                    predecessors[move.replica] = move.of
            counted = len(live - set(_earlier(live, predecessors)))
            most = desired + strategy.limits(desired)[0]
            if counted > most:
                what = f"{deployment.name}: {counted} live, and {most} may be"
                raise InvariantError("live replicas are within the surge", what=what, at_s=at_s)


def steps_leave_enough_available(record: Record) -> None:
    """No step takes an available replica where no more are available than must be.

    What shares a change of the desired count may, and where that changes the least of its instant
    counts.
    """
    for deployment, strategy in _rolling(record):
        since_s: dict[int, float] = {}
        earlier = 0
        for at_s, moves, desired in _by_instant(deployment.control):
            least = min(n - strategy.limits(n)[1] for n in (earlier, desired))
            earlier = desired
            for move in moves:
                was_s = since_s.pop(move.replica, math.inf)
                if move.after is ReplicaState.RESPONSIVE:
                    since_s[move.replica] = -math.inf if move.before is None else at_s
                elif move.reason is Reason.ROLLED and was_s + strategy.min_ready_s < at_s:
                    left = sum(s + strategy.min_ready_s <= at_s for s in since_s.values())
                    if left < least:
                        law = "steps leave enough available"
                        what = f"{deployment.name} replica {move.replica}: {left} of {least}"
                        raise InvariantError(law, what=what, at_s=at_s)


def _earlier(live: set[int], predecessors: dict[int, int]) -> Iterator[int]:
    """Yield the replicas in whose place live ones are, step by step."""
    for replica in live:
        earlier = predecessors.get(replica)
        while earlier is not None:
            yield earlier
            earlier = predecessors.get(earlier)


def _rolling(record: Record) -> Iterator[tuple[DeploymentRecord, RollingStrategy]]:
    for deployment, spec in zip(record.deployments, record.scenario.deployments, strict=True):
        if isinstance(spec.rollout.strategy, RollingStrategy):
            yield deployment, spec.rollout.strategy


def _by_instant(log: ControlLog) -> Iterator[tuple[float, list[Transition], int]]:
    """Yield the instants at which replicas changed, with the desired count at their ends."""
    changes = defaultdict[float, int](int, {one.at_s: one.desired for one in log.desired})
    desired, left = 0, sorted(changes)
    for at_s, moves in groupby(log.transitions, _at_s):
        while left and left[0] <= at_s:
            desired = changes[left.pop(0)]
        yield at_s, list(moves), desired
