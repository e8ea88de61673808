"""Records made by hand: one small run whose every figure can be worked out on paper.

The story of `replace_story`, 200 s: two replicas of two threads and one core each serve `api`. A
PUT at 100 s asks for one new replica, which waits in queue `cpu` until a tenant leaves at 110 s and
turns responsive at 140 s; the rollout switches and is full there. Old replica 0 goes at once, old
replica 1 when its last request ends at 160 s. Nine requests arrive; `ATTEMPTS` lists them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.reasons import Reason
from sim.record import (
    AttemptColumns,
    BoundsChange,
    CapacityChange,
    ControlLog,
    Decision,
    DeploymentRecord,
    QueueSample,
    Record,
    RevisionRecord,
    RolloutRecord,
    StatusChange,
    TickColumns,
    Transition,
)
from sim.scenario.models.scenario import Scenario
from sim.states import DeploymentState, Outcome, ReplicaState
from sim.waiting import Holder, Stall

NAN = float("nan")

_S = ReplicaState


@dataclass(frozen=True)
class Attempt:
    """One row of the record; the defaults are those of an attempt that never held a thread."""

    request: int
    arrival_at_s: float
    outcome: Outcome
    start_at_s: float = NAN
    answered_at_s: float = NAN
    released_at_s: float = NAN
    attempt: int = 1
    revision: int = -1
    replica: int = -1
    thread: int = -1


def completed(
    request: int, arrival_at_s: float, start_at_s: float, end_at_s: float, attempt: int = 1
) -> Attempt:
    """Return an attempt that was served on replica 0."""
    return Attempt(
        request, arrival_at_s, Outcome.COMPLETED, start_at_s, end_at_s, end_at_s, attempt, 0, 0, 0
    )


ATTEMPTS = (
    completed(0, 10, 10, 12),
    completed(1, 70, 71, 75),
    completed(2, 105, 106, 116),
    Attempt(3, 120, Outcome.QUEUE_FULL, answered_at_s=120, released_at_s=120),
    completed(3, 121, 125, 130, attempt=2),
    replace(completed(4, 138, 139, 160), replica=1),
    Attempt(5, 150, Outcome.INFERENCE_TIMEOUT, 150, 170, 180, 1, 1, 2, 0),
    Attempt(6, 185, Outcome.RUNNING, 186, NAN, NAN, 1, 1, 2, 1),
    Attempt(7, 190, Outcome.QUEUED),
    Attempt(8, 191, Outcome.RATE_LIMITED, answered_at_s=191, released_at_s=191),
)

SCENARIO = {
    "name": "replace story",
    "seed": 3,
    "horizon": "200s",
    "queues": [{"kind": "vcpu", "name": "cpu", "limit": 3, "tenants": {"nightly": 1}}],
    "deployments": [
        {
            "name": "api",
            "initial": {"responsive": 2},
            "runtimeConfiguration": {
                "minReplicas": 1,
                "maxReplicas": 2,
                "cpu": 1.0,
                "memory": "4GiB",
                "threadCount": 2,
                "environmentVariables": {"TOKEN": "secret-value"},
            },
        }
    ],
}


def attempt_columns(rows: Sequence[Attempt]) -> AttemptColumns:
    """Return `rows` as the columns of a record."""
    return AttemptColumns(
        request=np.array([row.request for row in rows], np.int64),
        attempt=np.array([row.attempt for row in rows], np.int16),
        source=np.zeros(len(rows), np.int32),
        arrival_at_s=np.array([row.arrival_at_s for row in rows], np.float64),
        start_at_s=np.array([row.start_at_s for row in rows], np.float64),
        answered_at_s=np.array([row.answered_at_s for row in rows], np.float64),
        released_at_s=np.array([row.released_at_s for row in rows], np.float64),
        revision=np.array([row.revision for row in rows], np.int32),
        replica=np.array([row.replica for row in rows], np.int32),
        thread=np.array([row.thread for row in rows], np.int32),
        outcome=np.array([row.outcome for row in rows], np.int8),
    )


def tick_columns(loads: Sequence[tuple[float, float]]) -> TickColumns:
    """Return evaluations at the given instants with the given loads."""
    count = len(loads)
    return TickColumns(
        at_s=np.array([at_s for at_s, _ in loads], np.float64),
        load=np.array([load for _, load in loads], np.float64),
        busy=np.zeros(count, np.int32),
        responsive=np.ones(count, np.int32),
        live=np.ones(count, np.int32),
        threshold=np.full(count, 0.75),
    )


def deployment(
    attempts: Sequence[Attempt] = (),
    *,
    name: str = "api",
    backing_off: Sequence[int] = (),
    control: ControlLog | None = None,
    loads: Sequence[tuple[float, float]] = (),
) -> DeploymentRecord:
    """Return the record of one deployment, by default one to which nothing happened."""
    return DeploymentRecord(
        name=name,
        rid="ri.foundry-ml-live.main.live-deployment.api",
        sources=("poisson0",),
        kept=attempt_columns(attempts),
        backing_off=np.array(backing_off, np.int64),
        ticks=tick_columns(loads),
        control=ControlLog() if control is None else control,
    )


WHY = {
    _S.QUEUED: Reason.ROLLOUT,
    _S.STARTING: Reason.GRANTED,
    _S.STARTED: Reason.CONTAINER_UP,
    _S.RESPONSIVE: Reason.PROBE_PASSED,
    _S.UNRESPONSIVE: Reason.PROBES_MISSED,
    _S.STARTING_ERROR: Reason.KILLED,
    _S.DECOMMISSIONED: Reason.SWITCHED,
    _S.DELETED: Reason.LAST_REQUEST_ENDED,
}
"""A reason for which a replica may enter each state."""


def life(replica: int, revision: int, *moves: tuple[float, ReplicaState]) -> list[Transition]:
    """Return the transitions of a replica that enters the given states at the given instants."""
    (at_s, first), *rest = moves
    why = Reason.THERE_AT_START if first is _S.RESPONSIVE else WHY[first]
    return course(replica, revision, (at_s, first, why), *((s, to, WHY[to]) for s, to in rest))


def course(
    replica: int, revision: int, *moves: tuple[float, ReplicaState, Reason]
) -> list[Transition]:
    """Return the transitions of a replica that enters states at instants for reasons."""
    before = [None, *(state for _, state, _ in moves)]
    return [
        Transition(at_s, replica, revision, left, state, reason)
        for left, (at_s, state, reason) in zip(before, moves, strict=False)
    ]


def scenario(**changes: object) -> Scenario:
    """Return the scenario of the story, with other values under some of its keys."""
    return Scenario.from_file_form({**SCENARIO, **changes})


def replace_story(*, stalls: Sequence[Stall] = (), **changes: object) -> Record:
    """Return the record of the story above; `changes` are to its scenario."""
    spec = scenario(**changes)
    configuration = spec.deployments[0].runtime_configuration
    transitions = [
        *life(0, 0, (0, _S.RESPONSIVE), (140, _S.DECOMMISSIONED), (140, _S.DELETED)),
        *life(1, 0, (0, _S.RESPONSIVE), (140, _S.DECOMMISSIONED), (160, _S.DELETED)),
        *life(2, 1, (100, _S.QUEUED), (110, _S.STARTING), (130, _S.STARTED), (140, _S.RESPONSIVE)),
    ]
    control = ControlLog(
        transitions=sorted(transitions, key=lambda move: move.at_s),
        decisions=[
            Decision(5, "autoscaler", "held", Reason.UP_TIMER, None, 0.75, 3, 2, 2, 0.75, 5),
            Decision(100, "rollout", "replace", Reason.ROLLED_OUT),
            Decision(100, "queue", "held", Reason.NO_ROOM, "replica 2 waits in cpu", since_s=100),
            Decision(140, "rollout", "switch", Reason.RESPONSIVE, responsive=1, live=1),
            Decision(180, "autoscaler", "up", Reason.LOAD_HIGH, None, 1.0, 2, 1, 1, 0.75, 120),
            Decision(190, "timeline", "kill", Reason.FAULT, "1 replica"),
        ],
        statuses=[StatusChange(0, DeploymentState.ACTIVE, is_ready=True)],
        capacity=[CapacityChange(0, 4, 2000), CapacityChange(140, 2, 1000)],
        bounds=[BoundsChange(0, 1, 2)],
        revisions=[
            RevisionRecord(0, configuration, "ri.v", "created", 0, 0, 140, 160),
            RevisionRecord(1, configuration, "ri.v", "replace", 100, 140),
        ],
        rollouts=[
            RolloutRecord(
                *(100, "replace", 0, 1, 4, 2000, 140, 140, 160, "done", 160, list(stalls)),
                live_at_put=2,
                strategy="blue_green",
            )
        ],
    )
    return Record(
        scenario=spec,
        seed=7,
        engine="reference",
        deployments=(
            deployment(
                ATTEMPTS,
                backing_off=[8],
                control=control,
                loads=[(0, 0.0), (5, 0.75), (10, NAN)],
            ),
        ),
        queue_samples=(
            QueueSample(0, 0, None, 3000, 3000, 0, None, None),
            QueueSample(100, 0, None, 3000, 3000, 1, 100, "0 vCPU free, 1 needed"),
            QueueSample(110, 0, None, 3000, 3000, 0, None, None),
            QueueSample(140, 0, None, 2000, 3000, 0, None, None),
            QueueSample(160, 0, None, 1000, 3000, 0, None, None),
        ),
    )


def stall(*, is_deadlocked: bool = False, until_s: float | None = 110) -> Stall:
    """Return a stall of the story's rollout, held by the old revision and a tenant."""
    holders = (
        Holder("api", 0, _S.RESPONSIVE, 2, 2000),
        Holder("nightly", None, None, 0, 1000),
    )
    return Stall(100, "cpu", holders, is_deadlocked=is_deadlocked, until_s=until_s)
