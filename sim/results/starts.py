"""How starts of replicas went: how many became responsive, failed or were killed, and why.

Over the whole run, and over all revisions. A *start* begins with STARTING; a replica whose start
failed, or that was killed, starts again.
"""

import math
from collections import Counter
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from sim.reasons import Reason
from sim.record import Transition
from sim.results.measure import Group, Tally, measure
from sim.results.metrics import replica_seconds, spells
from sim.states import ReplicaState

FAILED: Final = MappingProxyType(
    {
        "start_timeout": Reason.START_TIMEOUT,
        "model_memory": Reason.MODEL_MEMORY,
        "gpu_missing": Reason.GPU_MISSING,
        "fault": Reason.START_FAULT,
    }
)
"""Why starts fail, by the key of the figure."""

KILLED: Final = MappingProxyType(
    {
        "out_of_memory": Reason.OUT_OF_MEMORY,
        "fault": Reason.KILLED,
        "unresponsive": Reason.UNRESPONSIVE,
        "grace_over": Reason.GRACE_OVER,
    }
)
"""Why replicas are killed, by the key of the figure."""

_STARTING_ERROR: Final = frozenset({ReplicaState.STARTING_ERROR})


class FailedStarts(Tally):
    """Starts that failed, by why."""

    start_timeout: int = measure("starts", better="less")
    """Took `start_timeout`."""
    model_memory: int = measure("starts", better="less")
    """The model takes more memory than the replica has."""
    gpu_missing: int = measure("starts", better="less")
    """The model needs a GPU and the replica has none."""
    fault: int = measure("starts", better="less")
    """The timeline lets starts fail."""


class KilledReplicas(Tally):
    """How often replicas were killed, while they started, served or drained, by why."""

    out_of_memory: int = measure("replicas", better="less")
    """The requests on it took it above its memory limit."""
    fault: int = measure("replicas", better="less")
    """The timeline kills it."""
    unresponsive: int = measure("replicas", better="less")
    """It was UNRESPONSIVE for longer than `unresponsive_grace`."""
    grace_over: int = measure("replicas", better="less")
    """It was to go, and had not ended its requests within `grace`."""


class StartTimes(Group):
    """How long starts took that became RESPONSIVE: from STARTING on; null where none did."""

    mean: float | None = measure("s", better="less")
    max: float | None = measure("s", better="less")


class Starts(Group):
    """What became of the replicas that were asked for."""

    requested: int = measure("replicas")
    """Replicas that were asked for; those that were there when the run began are not among them."""
    begun: int = measure("starts")
    """Starts that began, those after a back-off too."""
    responsive: int = measure("starts", better="more")
    """Starts that became RESPONSIVE."""
    took_s: StartTimes
    failed: FailedStarts
    killed: KilledReplicas
    backoff_s: float = measure("s", better="less")
    """Time that replicas were in STARTING_ERROR, waiting to start again: replicas times seconds."""
    from_zero: int = measure("steps")
    """How often a replica was asked for because there was none and somebody waited."""
    from_zero_served: int = measure("steps", better="more")
    """How many of these replicas became RESPONSIVE, at their first start or a later one."""


def starts(transitions: Sequence[Transition], horizon_s: float) -> Starts:
    """Return how the starts went.

    Args:
        transitions: In order of time, as in the record.
        horizon_s: Where the run ended.
    """
    reasons = Counter(move.reason for move in transitions)
    asked = [move for move in transitions if move.before is None]
    from_zero = {move.replica for move in asked if move.reason is Reason.FROM_ZERO}
    served = {move.replica for move in transitions if move.reason is Reason.PROBE_PASSED}
    return Starts(
        requested=sum(move.after is ReplicaState.QUEUED for move in asked),
        begun=sum(move.after is ReplicaState.STARTING for move in transitions),
        responsive=reasons[Reason.PROBE_PASSED],
        took_s=_took_s(transitions),
        failed=FailedStarts(**{key: reasons[reason] for key, reason in FAILED.items()}),
        killed=KilledReplicas(**{key: reasons[reason] for key, reason in KILLED.items()}),
        backoff_s=float(replica_seconds(list(spells(transitions, _STARTING_ERROR, horizon_s)))),
        from_zero=len(from_zero),
        from_zero_served=len(from_zero & served),
    )


def _took_s(transitions: Sequence[Transition]) -> StartTimes:
    begun_at_s: dict[int, float] = {}
    took_s: list[float] = []
    for move in transitions:
        if move.after is ReplicaState.STARTING:
            begun_at_s[move.replica] = move.at_s
        elif move.reason is Reason.PROBE_PASSED and move.replica in begun_at_s:
            took_s.append(move.at_s - begun_at_s[move.replica])
    if not took_s:
        return StartTimes(mean=None, max=None)
    return StartTimes(mean=math.fsum(took_s) / len(took_s), max=max(took_s))
