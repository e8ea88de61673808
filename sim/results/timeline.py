"""What a rollout timeline shows, ready to draw: the contract between results and pictures.

`sim.results` fills it from a run's tables, fresh or read back from a run directory, and
`sim.plots` draws it and computes nothing. All instants are seconds since the scenario began.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError
from sim.states import ReplicaState

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the run, `[start_at_s, end_at_s)`; never empty."""

    start_at_s: float
    end_at_s: float

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.end_at_s - self.start_at_s

    def holds(self, at_s: float) -> bool:
        """Return whether the instant lies in it."""
        return self.start_at_s <= at_s < self.end_at_s


@dataclass(frozen=True, slots=True)
class Steps:
    """A step series: `value[i]` holds in `[at_s[i], at_s[i + 1])`, the last to the horizon.

    Both columns have shape `(n,)`; `at_s` ascends strictly; NaN stands for "no value". There is
    no value before the first instant.
    """

    at_s: Floats
    value: Floats


@dataclass(frozen=True, slots=True)
class StateSpan:
    """A replica was in `state` in `[start_at_s, end_at_s)`; never DELETED, never empty."""

    state: ReplicaState
    start_at_s: float
    end_at_s: float


@dataclass(frozen=True, slots=True)
class ReplicaBar:
    """One replica's life, its spans in order and without gaps."""

    replica: int
    revision: int
    spans: tuple[StateSpan, ...]


@dataclass(frozen=True, slots=True)
class RevisionSpan:
    """One revision: why it was made, and when it was created, active and gone.

    `active_at_s` is None if it never took traffic, `retired_at_s` if nothing replaced it, and
    `gone_at_s` if a replica of it was left at the horizon.
    """

    number: int
    why: str
    created_at_s: float
    active_at_s: float | None
    retired_at_s: float | None
    gone_at_s: float | None


@dataclass(frozen=True, slots=True)
class StateCounts:
    """How many replicas are in each state, as steps over shared instants.

    `at_s` has shape `(n,)` and ascends strictly; every array of `counts` has shape `(n,)` and
    holds from its instant to the next. DELETED is left out.
    """

    at_s: Floats
    counts: Mapping[ReplicaState, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class AnswerBins:
    """What clients were answered, in bins of time, by the instant of the answer.

    Bin i is `[start_at_s[i], start_at_s[i] + width_s)`, the last one cut off where the window ends
    that they are made for. `completed` counts the requests completed in the bin; the quantiles are
    of their response times, from first arrival to last answer, NaN where there is none. `failed`
    counts the attempts answered with an error in the bin, by kind, those that are tried again too;
    a kind that never occurred is absent. Every array has shape `(n,)`.
    """

    start_at_s: Floats
    width_s: float
    completed: NDArray[np.int64]
    response_p50_s: Floats
    response_p95_s: Floats
    response_p99_s: Floats
    failed: Mapping[str, NDArray[np.int64]]


MarkKind = Literal[
    "put",
    "publish",
    "switch",
    "full",
    "gone",
    "superseded",
    "cancelled",
    "scale_up",
    "scale_down",
    "start",
    "disable",
    "bounds",
    "fault",
]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one instant; `label` is short enough to stand in a figure.

    `rollout` is the number, from 1, of the deployment's rollout that it is a step of.
    """

    at_s: float
    kind: MarkKind
    label: str
    rollout: int | None = None


@dataclass(frozen=True, slots=True)
class StallSpan:
    """A rollout waited for `resource` in `[start_at_s, end_at_s)`; `holders` in words."""

    start_at_s: float
    end_at_s: float
    resource: str
    holders: str
    is_deadlocked: bool


@dataclass(frozen=True, slots=True)
class Closeup:
    """A window that is drawn enlarged, since the rollouts in it would be slivers in the whole.

    `rollouts` are their numbers, from 1; the first began at `put_at_s`. `answers` are in bins as
    narrow as the window asks for, if the run kept what they are made of.
    """

    window: Window
    rollouts: tuple[int, ...]
    put_at_s: float
    answers: AnswerBins


@dataclass(frozen=True, slots=True)
class DeploymentTimeline:
    """One deployment over the window that is shown.

    `load` and `threshold` are ratios, one value a tick (NaN: nothing responsive). `queued`,
    `running` and `abandoned` count requests: running ones hold a thread and their client still
    waits, abandoned ones hold a thread for a client that was answered. `threads` is the number
    of threads on RESPONSIVE replicas of the active revision. `replicas` is in order of
    (revision, replica), `marks` in order of time. `closeups` lie in the window, in order of time;
    `not_enlarged` counts the rollouts for which there is no closeup though they are slivers.
    `stalls` are all that reach into the window, with their own beginnings and ends.
    """

    name: str
    replicas: tuple[ReplicaBar, ...]
    revisions: tuple[RevisionSpan, ...]
    states: StateCounts
    load: Steps
    threshold: Steps
    queued: Steps
    running: Steps
    abandoned: Steps
    threads: Steps
    answers: AnswerBins
    marks: tuple[Mark, ...]
    stalls: tuple[StallSpan, ...]
    closeups: tuple[Closeup, ...]
    not_enlarged: int


@dataclass(frozen=True, slots=True)
class HolderUse:
    """What one holder has of a queue: a revision of a deployment, or a tenant (`revision` None)."""

    name: str
    revision: int | None
    used: Steps


@dataclass(frozen=True, slots=True)
class QueueTimeline:
    """Use of one resource queue: cores (`gpu_type` None), or GPUs of one type.

    `used` and `limit` are in `unit`; `waiting` counts the replicas in the line, which is the same
    for all types of a queue. What `held` has adds up to `used` at every instant.
    """

    name: str
    unit: Literal["cores", "GPUs"]
    gpu_type: str | None
    used: Steps
    limit: Steps
    waiting: Steps
    held: tuple[HolderUse, ...]


@dataclass(frozen=True, slots=True)
class TimelineData:
    """The whole picture: deployments and queues in file order, all over `window`.

    The run itself is `[0, horizon_s)`. `start` is the wall clock, with its zone, of instant 0: the
    scenario's, for the label alone.
    """

    name: str
    start: datetime
    seed: int
    engine: str
    horizon_s: float
    warm_up_s: float
    window: Window
    deployments: tuple[DeploymentTimeline, ...]
    queues: tuple[QueueTimeline, ...]


class UnknownDeploymentError(SimError):
    """Something is asked of a deployment that the run does not have."""


def check_deployment(name: str, known: Iterable[str]) -> None:
    """Return if *name* is among the *known* names of a run's deployments.

    Raises:
        UnknownDeploymentError: It is not.
    """
    names = list(known)
    if name not in names:
        has = ", ".join(names)
        raise UnknownDeploymentError(f"no deployment is named {name!r}; the run has: {has}")


def pictured_of(deployments: Iterable[tuple[str, int]]) -> str:
    """Return which deployment a picture shows if none is asked for.

    The first that has had more than one revision, or the first of all if none has.

    Args:
        deployments: Each one's name and how many revisions it has had, in file order.
    """
    found = list(deployments)
    return next((name for name, revisions in found if revisions > 1), found[0][0])
