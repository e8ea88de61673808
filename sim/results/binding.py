"""Which limit binds: the share of time in which each was what held requests or replicas back.

All shares are of the measured time, from the end of the warm-up to the horizon, and exact but for
instants being rounded down to grains (`sim.grains`). Each is of the union over all replicas and
requests of the deployment: time in which a limit held back two of them counts once. Several limits
may bind at one time, so that shares add up to more than 1.

Definitions:

* *threads*: an attempt stands in line although something is RESPONSIVE and takes requests, so that
  no thread is idle (`sim.results.line`). While nothing is, it waits for a replica and not for a
  thread.
* *cores*: on a replica more requests are in their cpu phase than it has cores, so that they share
  them; `cpu_parallelism` is such a limit too. A request alone on less than one core is as fast as
  it can be there, and shares nothing.
* *gpu*: on a replica a request waits for a place on its GPUs.
* *memory*: a replica that was killed for want of memory, or whose model did not fit, is not
  RESPONSIVE again yet, and not gone.
* *queue_limit*: a replica is QUEUED: a resource queue has no room for it, or for who is before it.
* *max_replicas*: the autoscaler would have added a replica and was held at maxReplicas, from the
  evaluation that said so to the first that did not.

What requests hold counts on every replica, on those that drain too, and requests that were
abandoned hold it as others do. A replica that hangs holds its requests itself: what is short on it
counts for cores and GPUs again when it goes on.

Source: these are our own figures, over states that the model defines (docs/model.md).
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from sim.digest import FoldedAttempts, LineTime
from sim.grains import grain_of, grains_of
from sim.reasons import Reason
from sim.record import Decision, DeploymentRecord, Transition
from sim.results.line import Line
from sim.results.measure import Group, measure
from sim.results.metrics import spells
from sim.states import ReplicaState

Interval = tuple[float, float]
"""A stretch of time, in seconds: from the first instant to just before the second."""


class Binding(Group):
    """Shares of the measured time in which a limit held something back; None if that is empty.

    The waits are those that took time; one that began in the warm-up and went on counts.
    """

    threads: float | None = measure("ratio", better="less")
    cores: float | None = measure("ratio", better="less")
    gpu: float | None = measure("ratio", better="less")
    memory: float | None = measure("ratio", better="less")
    queue_limit: float | None = measure("ratio", better="less")
    max_replicas: float | None = measure("ratio", better="less")
    thread_waits: int = measure("attempts", better="less")
    """Attempts that stood in line while something served."""
    gpu_waits: int = measure("attempts", better="less")
    """Attempts that waited for a place on the GPUs of their replica."""


def binding(deployment: DeploymentRecord, *, warm_up_s: float, horizon_s: float) -> Binding:
    """Return which limits bound in `[warm_up_s, horizon_s)`, and for which share of it."""
    whole = grain_of(horizon_s) - grain_of(warm_up_s)
    control, contention = deployment.control, deployment.contention
    line = _line(deployment, warm_up_s, horizon_s)

    def share(grains: int) -> float | None:
        return grains / whole if whole > 0 else None

    def share_of(intervals: Iterable[Interval]) -> float | None:
        return share(union_grains(intervals, warm_up_s, horizon_s))

    return Binding(
        threads=share(line.grains),
        cores=share(contention.cores),
        gpu=share(contention.gpu),
        memory=share_of(_short_of_memory(control.transitions, horizon_s)),
        queue_limit=share_of(_queued(control.transitions, horizon_s)),
        max_replicas=share_of(_at_max(control.decisions, horizon_s)),
        thread_waits=line.waits,
        gpu_waits=contention.gpu_waits,
    )


def union_grains(intervals: Iterable[Interval], from_s: float, until_s: float) -> int:
    """Return for how many grains of `[from_s, until_s)` at least one of `intervals` lasted."""
    begin_s, end_s = np.array(sorted(intervals), np.float64).reshape(-1, 2).T
    begin, end = (grains_of(np.clip(at_s, from_s, until_s)) for at_s in (begin_s, end_s))
    upto = np.maximum.accumulate(np.append(grain_of(from_s), end))
    return int(np.maximum(upto[1:] - np.maximum(begin, upto[:-1]), 0).sum())


def _line(deployment: DeploymentRecord, warm_up_s: float, horizon_s: float) -> LineTime:
    if isinstance(deployment.kept, FoldedAttempts):
        return deployment.kept.line
    line = Line(warm_up_s)
    line.see(deployment.attempts, deployment.control.capacity, horizon_s)
    return line.time


def _queued(transitions: Sequence[Transition], horizon_s: float) -> Iterator[Interval]:
    """Yield when replicas were QUEUED."""
    for spell in spells(transitions, frozenset({ReplicaState.QUEUED}), horizon_s):
        yield spell.start_at_s, spell.end_at_s


def _short_of_memory(transitions: Sequence[Transition], horizon_s: float) -> Iterator[Interval]:
    """Yield when replicas were not RESPONSIVE any more, or yet, for want of memory."""
    since_s: dict[int, float] = {}
    for move in transitions:
        if move.after in (ReplicaState.RESPONSIVE, ReplicaState.DELETED):
            if move.replica in since_s:
                yield since_s.pop(move.replica), move.at_s
        elif move.reason in (Reason.OUT_OF_MEMORY, Reason.MODEL_MEMORY):
            since_s.setdefault(move.replica, move.at_s)
    for at_s in since_s.values():
        yield at_s, horizon_s


def _at_max(decisions: Sequence[Decision], horizon_s: float) -> Iterator[Interval]:
    """Yield when the autoscaler was held at maxReplicas."""
    for decision in decisions:
        if decision.reason is Reason.AT_MAX:
            yield decision.at_s, horizon_s if decision.until_s is None else decision.until_s
