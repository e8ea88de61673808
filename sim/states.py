"""The states a replica, a deployment and an attempt can be in, and the legal moves between them.

Owns the words and the tables only. What causes a move is in `sim.control` (replicas,
deployments) and in `sim.engines` (attempts).
"""

from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Final


class ReplicaState(Enum):
    """A replica's state.

    Source: Palantir, Compute modules, "Debug using the replica status", except QUEUED, which
    the platform shows as Starting and which is kept apart here because limits bite in it.
    """

    QUEUED = "QUEUED"
    STARTING = "STARTING"
    STARTED = "STARTED"
    RESPONSIVE = "RESPONSIVE"
    UNRESPONSIVE = "UNRESPONSIVE"
    STARTING_ERROR = "STARTING_ERROR"
    DECOMMISSIONED = "DECOMMISSIONED"
    DELETED = "DELETED"

    def __init__(self, _word: str) -> None:
        """Number the states in order: `code` is what columns hold."""
        self.code = len(type(self).__members__)


_S = ReplicaState

NEXT: Final = MappingProxyType(
    {
        _S.QUEUED: frozenset({_S.STARTING, _S.DELETED}),
        _S.STARTING: frozenset({_S.STARTED, _S.STARTING_ERROR, _S.DELETED}),
        _S.STARTED: frozenset({_S.RESPONSIVE, _S.STARTING_ERROR, _S.DELETED}),
        _S.RESPONSIVE: frozenset({_S.UNRESPONSIVE, _S.STARTING_ERROR, _S.DECOMMISSIONED}),
        _S.UNRESPONSIVE: frozenset({_S.RESPONSIVE, _S.STARTING_ERROR, _S.DECOMMISSIONED}),
        _S.STARTING_ERROR: frozenset({_S.STARTING, _S.DELETED}),
        _S.DECOMMISSIONED: frozenset({_S.DELETED}),
        _S.DELETED: frozenset[ReplicaState](),
    }
)
"""Every legal move of a replica; a replica is created QUEUED, or RESPONSIVE at time 0."""

LIVE: Final = frozenset(ReplicaState) - {_S.DECOMMISSIONED, _S.DELETED}
"""The states that minReplicas and maxReplicas count."""

STARTING_UP: Final = frozenset({_S.QUEUED, _S.STARTING, _S.STARTED})
"""The states that the platform shows as Starting."""

BILLED: Final = frozenset(ReplicaState) - {_S.QUEUED, _S.DELETED}
"""The states in which a replica holds its grant, and in which it is paid for."""


class DeploymentState(Enum):
    """A deployment's state. Source: the API's LiveDeploymentState."""

    ACTIVE = "ACTIVE"
    STARTING = "STARTING"
    DEGRADED = "DEGRADED"
    DISABLED = "DISABLED"
    FAILED = "FAILED"


class Outcome(IntEnum):
    """How an attempt ended, or where it was at the horizon.

    The integer is the code in columns; `kind` is the word in tables and in `result.json`.
    """

    COMPLETED = 0
    RATE_LIMITED = 1
    DISABLED = 2
    QUEUE_FULL = 3
    INFERENCE_TIMEOUT = 4
    CLIENT_TIMEOUT = 5
    OUT_OF_MEMORY = 6
    REPLICA_KILLED = 7
    GRACE_OVER = 8
    QUEUED = 9
    RUNNING = 10

    @property
    def kind(self) -> str:
        """The lower-case word for it."""
        return self.name.lower()

    @property
    def is_failure(self) -> bool:
        """Whether the client was answered with an error."""
        return Outcome.RATE_LIMITED <= self <= Outcome.GRACE_OVER


LOST: Final = frozenset({Outcome.OUT_OF_MEMORY, Outcome.REPLICA_KILLED, Outcome.GRACE_OVER})
"""Requests lost with their replica: answered 503 or InferenceFailure, as the scenario says."""
