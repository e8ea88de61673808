"""The raw record of a run: what the engine writes down while it runs, and nothing derived.

One way only: `sim.control` and `sim.requests` append, `sim.results` and `sim.plots` read. Rows
that are rare (control events) are small frozen objects in lists; rows that are many (attempts,
ticks) are columns.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.scenario.scenario import Scenario
from sim.states import DeploymentState, ReplicaState
from sim.wire.models import RuntimeConfiguration


@dataclass(frozen=True, slots=True)
class Transition:
    """A replica entered state `after` at `at_s`; `before` is None where it was created."""

    at_s: float
    replica: int
    revision: int
    before: ReplicaState | None
    after: ReplicaState
    reason: str


Actor = Literal["autoscaler", "rollout", "queue", "timeline", "replica"]


@dataclass(frozen=True, slots=True)
class Decision:
    """A step that changed something, or the first of a spell in which one was held back.

    The autoscaler's have the numbers of their evaluation, as in `TickColumns`; `load` is None where
    it was not looked at or no replica counted. `since_s` is the instant a timer or a wait began.
    """

    at_s: float
    actor: Actor
    action: str
    reason: str
    load: float | None = None
    busy: int | None = None
    responsive: int | None = None
    live: int | None = None
    threshold: float | None = None
    since_s: float | None = None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The deployment reported `state` and `is_ready` from `at_s` on."""

    at_s: float
    state: DeploymentState
    is_ready: bool


@dataclass(frozen=True, slots=True)
class CapacityChange:
    """What the active revision could serve with from `at_s` on, RESPONSIVE replicas only."""

    at_s: float
    responsive_threads: int
    responsive_millicores: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Grants in a resource queue, grouped.

    `deployment` is the tenant's name, `revision` and `state` None, for a background tenant.
    `amount` is in millicores, or in GPUs.
    """

    deployment: str
    revision: int | None
    state: ReplicaState | None
    replicas: int
    amount: int


@dataclass(slots=True)
class Stall:
    """A spell in which a rollout waited in a resource queue."""

    since_s: float
    resource: str
    holders: tuple[Holder, ...]
    is_deadlocked: bool
    until_s: float | None = None


@dataclass(slots=True)
class RolloutRecord:
    """One rollout, from the event that caused it to the last old replica's deletion."""

    put_at_s: float
    cause: Literal["replace", "publish"]
    old_revision: int
    new_revision: int
    threads_at_put: int
    millicores_at_put: int
    switched_at_s: float | None = None
    full_at_s: float | None = None
    gone_at_s: float | None = None
    ended: Literal["done", "superseded", "cancelled", "open"] = "open"
    ended_at_s: float | None = None
    stalls: list[Stall] = field(default_factory=list)


@dataclass(slots=True)
class RevisionRecord:
    """One revision of a deployment: its configuration and when it was what."""

    number: int
    configuration: RuntimeConfiguration
    model_version_rid: str
    why: str
    created_at_s: float
    active_at_s: float | None = None
    retired_at_s: float | None = None
    gone_at_s: float | None = None


@dataclass(frozen=True, slots=True)
class QueueSample:
    """A resource queue after a change at `at_s`.

    `used` and `limit` are in millicores (`gpu_type` None) or in GPUs of `gpu_type`; `head_since_s`
    and `cause` tell since when the head of the line has waited and why it is not served.
    """

    at_s: float
    queue: int
    gpu_type: str | None
    used: int
    limit: int
    waiting: int
    head_since_s: float | None
    cause: str | None


Integers = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class AttemptColumns:
    """One row an attempt, in order of arrival number; every column has shape `(n,)`.

    `request` is the request's number in the deployment, `attempt` counts from 1. Instants that
    never came, or not before the horizon, are NaN; revision, replica and thread are then -1.
    `outcome` holds codes of `sim.states.Outcome`.

    Columns are read and never written to. So that a day of tens of millions of requests fits into
    memory, integers may be of any signed type that holds them, a column of one value may be held
    once (`numpy.broadcast_to`), and one array may be two columns, such as `released_at_s` where
    nobody left before the answer. Tables have the same types whatever is chosen here.
    """

    request: Integers
    attempt: Integers
    source: Integers
    arrival_at_s: NDArray[np.float64]
    start_at_s: NDArray[np.float64]
    answered_at_s: NDArray[np.float64]
    released_at_s: NDArray[np.float64]
    revision: Integers
    replica: Integers
    thread: Integers
    outcome: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Histograms:
    """Values of several groups, counted by their leading bits (`sim.results.sketch`).

    Those of group g are `code[begin[g] : begin[g + 1]]`, ascending, and as many `count`.
    """

    begin: NDArray[np.int64]
    code: NDArray[np.int32]
    count: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FoldedLengths:
    """A length of time of the completed requests of each cell, c cells.

    `total` has the exact sums, in units of 2^-1074 s, `largest` the largest value in seconds, 0
    where there is none, shape `(c,)`.
    """

    total: tuple[int, ...]
    largest: NDArray[np.float64]
    counted: Histograms


@dataclass(frozen=True, slots=True)
class FoldedAttempts:
    """What is left of the attempts of a run that keeps its summary and not its attempts.

    Requests are in *cells*, stretches of their numbers, in order: c cells, none of them empty. All
    that is asked about windows of time is asked at the edges of cells.

    Attributes:
        first_arrival_at_s: Of each cell, shape `(c,)`, ascending.
        last_arrival_at_s: Of each cell, shape `(c,)`; no two cells share an instant.
        by_outcome: Requests by the outcome of their last attempt, and those whose next one was
            still to come in the last column, shape `(c, outcomes + 1)`.
        wait: From the arrival of the completed attempt to its start.
        response: From the first arrival to the answer.
        answer_width_s: Width of the bins of answers, b of them, from 0 on.
        answers: Attempts that were answered, by outcome and bin, shape `(outcomes, b)`.
        answer_response: The response times of the requests completed in each bin.
        evaluation_at_s: The evaluations of the run, e of them.
        queued: Attempts in line at each evaluation, shape `(e,)`.
        running: Attempts that hold a thread and are waited for, shape `(e,)`.
        abandoned: Attempts that hold a thread for nobody, shape `(e,)`.
    """

    first_arrival_at_s: NDArray[np.float64]
    last_arrival_at_s: NDArray[np.float64]
    by_outcome: NDArray[np.int64]
    wait: FoldedLengths
    response: FoldedLengths
    answer_width_s: float
    answers: NDArray[np.int64]
    answer_response: Histograms
    evaluation_at_s: NDArray[np.float64]
    queued: NDArray[np.int64]
    running: NDArray[np.int64]
    abandoned: NDArray[np.int64]


def no_attempts() -> AttemptColumns:
    """Return the columns of no attempt at all."""
    nothing, never = np.empty(0, np.int32), np.empty(0)
    return AttemptColumns(
        *(nothing, nothing, nothing),
        *(never, never, never, never),
        *(nothing, nothing, nothing),
        np.empty(0, np.int8),
    )


@dataclass(frozen=True, slots=True)
class TickColumns:
    """One row an autoscaler evaluation; every column has shape `(n,)`.

    `responsive` counts the replicas that are RESPONSIVE and took requests before the evaluation,
    `busy` the occupied threads on these, and `load` is `busy` over the threads of these (with
    `count_starting` those on the way too), NaN where `responsive` is 0. `live` is as at `at_s`,
    `threshold` the one for scaling up.
    """

    at_s: NDArray[np.float64]
    load: NDArray[np.float64]
    busy: NDArray[np.int32]
    responsive: NDArray[np.int32]
    live: NDArray[np.int32]
    threshold: NDArray[np.float64]


@dataclass(slots=True)
class ControlLog:
    """What the control plane of one deployment wrote down, each list in order of time.

    `gpu_types` tells, by replica, which type of GPU it was granted; replicas without are absent.
    """

    transitions: list[Transition] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    statuses: list[StatusChange] = field(default_factory=list)
    capacity: list[CapacityChange] = field(default_factory=list)
    revisions: list[RevisionRecord] = field(default_factory=list)
    rollouts: list[RolloutRecord] = field(default_factory=list)
    gpu_types: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """All that happened to one deployment.

    `backing_off` holds the numbers of the requests whose next attempt was still to come at the
    horizon, ascending. `served_by` tells how many requests each path of the engine started: a
    matter of speed, not of results. `folded` is there if attempts were not kept: `attempts` is then
    without rows.
    """

    name: str
    rid: str
    sources: tuple[str, ...]
    attempts: AttemptColumns
    backing_off: NDArray[np.int64]
    ticks: TickColumns
    control: ControlLog
    served_by: dict[str, int] = field(default_factory=dict)
    folded: FoldedAttempts | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The whole run: [0, horizon_s) of `scenario` under `seed`."""

    scenario: Scenario
    seed: int
    engine: str
    deployments: tuple[DeploymentRecord, ...]
    queue_samples: tuple[QueueSample, ...]

    @property
    def horizon_s(self) -> float:
        """Where the run ends; nothing at or after it happened."""
        return self.scenario.horizon_s


NEVER: float = math.nan
"""The instant of what did not happen, in columns."""
