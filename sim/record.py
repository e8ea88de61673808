"""The raw record of a run: what the engine writes down while it runs, and nothing derived.

One way only: `sim.control` and `sim.engines` append, `sim.results` and `sim.plots` read. Rows
that are rare (control events) are small frozen objects in lists; rows that are many (attempts,
ticks) are columns.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.digest import FoldedAttempts
from sim.errors import Problem, ScenarioError
from sim.reasons import Action, Actor, PutAction, Reason
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.strategies import StrategyKind
from sim.states import DeploymentState, ReplicaState
from sim.waiting import Cause, Holder, NeverFits, Stall, Wait
from sim.wire.models import RuntimeConfiguration
from sim.workload.replay import TraceUse


@dataclass(frozen=True, slots=True)
class Transition:
    """A replica entered state `after` at `at_s`; `before` is None where it was created.

    `of` is the number of the replica whose successor it is, where `reason` is SUCCESSOR.
    """

    at_s: float
    replica: int
    revision: int
    before: ReplicaState | None
    after: ReplicaState
    reason: Reason
    of: int | None = None

    @property
    def words(self) -> str:
        """The reason as people read it."""
        return self.reason.words if self.of is None else f"{self.reason.words} of replica {self.of}"


@dataclass(frozen=True, slots=True)
class Decision:
    """A step that changed something, or a spell in which one was held back.

    `details` are words that say more than the reason's own. The autoscaler's have the numbers of
    their evaluation, as in `TickColumns`; `load` is None where it was not looked at or no replica
    counted. `since_s` is the instant a timer or a wait began, `until_s` the one at which the spell
    ended: None for a step, and for a spell that was not over at the end of the run.
    """

    at_s: float
    actor: Actor
    action: Action
    reason: Reason
    details: str | None = None
    load: float | None = None
    busy: int | None = None
    responsive: int | None = None
    live: int | None = None
    threshold: float | None = None
    since_s: float | None = None
    until_s: float | None = None

    @property
    def words(self) -> str:
        """The reason as people read it."""
        return self.details or self.reason.words


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The deployment reported `state` and `is_ready` from `at_s` on."""

    at_s: float
    state: DeploymentState
    is_ready: bool


@dataclass(frozen=True, slots=True)
class CapacityChange:
    """What the deployment could serve with from `at_s` on.

    That is, RESPONSIVE replicas of the revisions that take requests.
    """

    at_s: float
    responsive_threads: int
    responsive_millicores: int


@dataclass(frozen=True, slots=True)
class BoundsChange:
    """The bounds in force for the active revision from `at_s` on.

    A change in place overwrites the configuration of its revision; what held before is here.
    """

    at_s: float
    min_replicas: int
    max_replicas: int


@dataclass(frozen=True, slots=True)
class DesiredChange:
    """The desired count was `desired` replicas from `at_s` on; blue/green has none."""

    at_s: float
    desired: int


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What ended a rollout: an event for `revision`, None where the event made none.

    `reason` is what it meant for the rollout: SUPERSEDED, REVERTED, CHANGED_IN_PLACE, SWITCHED (to
    that revision, after it had switched itself) or DISABLED.
    """

    at_s: float
    event: Literal["replace", "publish", "disable"]
    reason: Reason
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a rollout never switched; `cause` and `holders` where it was still in line."""

    reason: Reason
    cause: Cause | None = None
    holders: tuple[Holder, ...] = ()


@dataclass(slots=True)
class RolloutRecord:
    """One rollout, from the event that caused it to the last old replica's deletion.

    `live_at_put` counts the live replicas of the old revision then.
    `progress_exceeded_at_s` is when a rolling one had made no progress for its deadline.
    `failed_starts` counts how often its replicas fell into STARTING_ERROR before the switch.
    """

    put_at_s: float
    cause: PutAction
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
    failed_starts: dict[Reason, int] = field(default_factory=dict)
    why_not_switched: WhyNot | None = None
    given_up_by: GivenUp | None = None
    never_fits: NeverFits | None = None
    progress_exceeded_at_s: float | None = None
    live_at_put: int = field(kw_only=True)
    strategy: StrategyKind = field(kw_only=True)


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
    bounds: list[BoundsChange] = field(default_factory=list)
    desired: list[DesiredChange] = field(default_factory=list)
    revisions: list[RevisionRecord] = field(default_factory=list)
    rollouts: list[RolloutRecord] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    gpu_types: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contention:
    """What requests contended for on their replicas, from the end of the warm-up to the horizon.

    `cores` is for how long at least one replica that did not hang shared its cores, `gpu` for how
    long somebody waited for a place on the GPUs of one: in grains (`sim.grains`). `gpu_waits`
    counts the waits for such a place that took time.
    """

    cores: int = 0
    gpu: int = 0
    gpu_waits: int = 0


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """All that happened to one deployment.

    `kept` is what the run kept of the attempts: their columns, or what they were folded into.
    `backing_off` holds the numbers of the requests whose next attempt was still to come at the
    horizon, ascending. `served_by` tells how many requests each path of the engine started: a
    matter of speed, not of results. `traces` tells what the run made of the rows of each trace,
    `rows` which row of its trace each request is of, by its number: -1 where it was drawn, None
    where all were, or no attempts were kept.
    """

    name: str
    rid: str
    sources: tuple[str, ...]
    kept: AttemptColumns | FoldedAttempts
    backing_off: NDArray[np.int64]
    ticks: TickColumns
    control: ControlLog
    contention: Contention = Contention()
    served_by: dict[str, int] = field(default_factory=dict)
    traces: tuple[TraceUse, ...] = ()
    rows: NDArray[np.int64] | None = None

    @property
    def attempts(self) -> AttemptColumns:
        """The attempts of a run that kept them.

        Raises:
            ScenarioError: They were folded.
        """
        if isinstance(self.kept, FoldedAttempts):
            message = (
                "there are no attempts: this run kept its summary and not its attempts; run it "
                'with keep="attempts"'
            )
            raise ScenarioError(Problem(message=message, rule="attempts-not-kept"))
        return self.kept


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

    @property
    def keeps_attempts(self) -> bool:
        """Whether the run kept its attempts, and not their summary alone."""
        return all(isinstance(one.kept, AttemptColumns) for one in self.deployments)


NEVER: float = math.nan
"""The instant of what did not happen, in columns."""
