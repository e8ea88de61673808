"""Events that begin rollouts, and what control wrote down of them, in a form to write by hand."""

from typing import Any, Final

from builders import configuration
from sim.reasons import Reason
from sim.record import ControlLog
from sim.states import ReplicaState

Plain = dict[str, Any]

DRAINS: Final = ReplicaState.DECOMMISSIONED
IS_GONE: Final = ReplicaState.DELETED

OTHER = {"memory": "2GiB"}
"""What makes a configuration another one."""


def put(at_s: float, **wire: Any) -> Plain:
    """Return a replace event."""
    return {
        "event": "replace",
        "at_s": at_s,
        "deployment": "a",
        "runtime_configuration": configuration(**wire),
    }


def kill(at_s: float, *numbers: int) -> Plain:
    """Return an event that kills replicas."""
    return {
        "event": "kill",
        "at_s": at_s,
        "deployment": "a",
        "replicas": {"numbers": list(numbers)},
    }


def went(log: ControlLog, revision: int) -> list[tuple[float, int, ReplicaState, Reason]]:
    """Return when which replicas of a revision went, and how."""
    return [
        (move.at_s, move.replica, move.after, move.reason)
        for move in log.transitions
        if move.revision == revision and move.after in (DRAINS, IS_GONE)
    ]


def threads(log: ControlLog) -> list[tuple[float, int]]:
    """Return the threads that took requests, as they changed."""
    return [(change.at_s, change.responsive_threads) for change in log.capacity]


def asked(log: ControlLog) -> list[tuple[float, int, Reason]]:
    """Return when a replica of which revision was asked for, and why; not those of the start."""
    return [
        (move.at_s, move.revision, move.reason)
        for move in log.transitions
        if move.before is None and move.reason is not Reason.THERE_AT_START
    ]


def desired(log: ControlLog) -> list[tuple[float, int]]:
    """Return the desired counts, as they changed."""
    return [(change.at_s, change.desired) for change in log.desired]
