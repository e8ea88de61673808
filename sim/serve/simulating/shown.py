"""What a live run shows: its newest view, details on demand, and what has happened since.

Data for JSON only; values of environment variables stand in the API's objects and nowhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from sim.control.deployment import DeploymentControl
from sim.lint.finding import Findings
from sim.lint.linting import lint
from sim.record import Decision, QueueSample, StatusChange, Transition
from sim.serve.protocol.events import (
    DecisionGrounds,
    DecisionMade,
    ReplicaChanged,
    StatusChanged,
    StreamEvent,
)
from sim.serve.protocol.views import (
    ApiDeployment,
    Role,
    ShownDeployment,
    ShownFindings,
    ShownQueue,
    ShownReplica,
    ShownRun,
)
from sim.serve.simulating.counts import Counts, in_flight_by_replica
from sim.serve.simulating.served import ServedDeployment
from sim.serve.simulating.world import World
from sim.states import ReplicaState

MOST_DECISIONS: Final = 1000
"""Decisions that are shown at a time, of each deployment the newest ones."""

_SHOWN: Final = tuple(state for state in ReplicaState if state is not ReplicaState.DELETED)


class Views:
    """Makes views of a world, one after the other."""

    def __init__(self, world: World) -> None:
        """Show `world`."""
        self._world = world
        self._counts: dict[str, Counts] = {}
        self._bodies: dict[str, tuple[tuple[object, ...], ApiDeployment]] = {}

    def view(self) -> ShownRun:
        """Return everything that list, get and the state show, at the instant reached."""
        world = self._world
        return {
            "at_s": world.at_s,
            "deployments": [self._deployment(one) for one in world.served.values()],
            "queues": queues(world),
        }

    @property
    def arrived(self) -> int:
        """The attempts that the newest view has counted, of all deployments."""
        return sum(counts.arrived for counts in self._counts.values())

    def _deployment(self, one: ServedDeployment) -> ShownDeployment:
        rid, name = one.spec.rid, one.spec.name
        counts = self._counts.setdefault(rid, Counts())
        counts.look(self._world.run.attempts(name), self._world.at_s)
        return {
            "name": name,
            "rid": rid,
            "kind": one.spec.kind,
            "modelRid": one.spec.model_rid,
            "branch": one.branch,
            "projectRid": one.spec.project_rid,
            "deployment": self._body(one),
            "counts": counts.to_wire(),
            "replicas": _replicas_by_state(one.control),
        }

    def _body(self, one: ServedDeployment) -> ApiDeployment:
        """Return the API's object, made anew only when something in it has changed."""
        control = one.control
        status = one.status
        key = (control.configuration, one.model_version_rid, status.state, status.is_ready)
        found = self._bodies.get(one.spec.rid)
        if found is None or found[0] != key:
            found = self._bodies[one.spec.rid] = (key, one.to_wire())
        return found[1]


def _replicas_by_state(control: DeploymentControl) -> dict[str, int]:
    total = control.pool.roster.total
    return {state.value: count for state in _SHOWN if (count := total.of(state))}


def queues(world: World) -> list[ShownQueue]:
    """Return what holds for every resource queue; vCPU in cores, GPUs by type in GPUs."""
    return [_queue(world, sample) for sample in world.queue_samples]


def _queue(world: World, sample: QueueSample) -> ShownQueue:
    spec = world.scenario.queues[sample.queue]
    scale = 1000 if sample.gpu_type is None else 1
    return ShownQueue(
        name=spec.name,
        kind=spec.kind,
        gpuType=sample.gpu_type,
        used=sample.used / scale,
        limit=sample.limit / scale,
        waiting=sample.waiting,
        head_since_s=sample.head_since_s,
        cause=sample.cause,
    )


def replicas(world: World, one: ServedDeployment) -> list[ShownReplica]:
    """Return each replica of a deployment that is not deleted, by number."""
    last = {move.replica: move for move in one.control.journal.log.transitions}
    roles: dict[int, Role] = {id(one.control.pending): "pending"}
    for revision in one.control.serving:
        roles[id(revision)] = "active"
    gpu_types = one.control.journal.log.gpu_types
    in_flight = in_flight_by_replica(world.run.attempts(one.spec.name), world.at_s)
    return [
        ShownReplica(
            number=replica.number,
            revision=replica.revision_number,
            role=roles.get(id(replica.revision), "retired"),
            state=replica.state.value,
            since_s=last[replica.number].at_s,
            reason=last[replica.number].words,
            gpuType=gpu_types.get(replica.number),
            in_flight=in_flight.get(replica.number, 0),
        )
        for replica in one.control.pool.roster.replicas
        if replica.state is not ReplicaState.DELETED
    ]


def decisions(one: ServedDeployment) -> list[DecisionMade]:
    """Return the newest decisions about a deployment, in order of time."""
    return [
        _decision(one.spec.name, decision)
        for decision in one.control.journal.log.decisions[-MOST_DECISIONS:]
    ]


def findings(world: World) -> ShownFindings:
    """Return what lint says of the scenario with all that has been commanded, without lines."""
    return cast("ShownFindings", Findings(findings=lint(world.scenario_now)).model_dump())


def _decision(name: str, decision: Decision) -> DecisionMade:
    looked_at = {field: getattr(decision, field) for field in DecisionGrounds.__annotations__}
    grounds = {field: value for field, value in looked_at.items() if value is not None}
    return DecisionMade(
        at_s=decision.at_s,
        kind="decision",
        deployment=name,
        actor=decision.actor,
        action=decision.action,
        reason=decision.words,
        code=decision.reason.code,
        **cast("DecisionGrounds", grounds),
    )


def _transition(name: str, move: Transition) -> ReplicaChanged:
    return ReplicaChanged(
        at_s=move.at_s,
        kind="replica",
        deployment=name,
        replica=move.replica,
        revision=move.revision,
        before=None if move.before is None else move.before.value,
        after=move.after.value,
        reason=move.words,
        code=move.reason.code,
    )


def _status(name: str, status: StatusChange) -> StatusChanged:
    return StatusChanged(
        at_s=status.at_s,
        kind="status",
        deployment=name,
        state=status.state.value,
        isReady=status.is_ready,
    )


@dataclass(slots=True)
class _Told:
    """How much of a deployment's log has been told."""

    transitions: int = 0
    decisions: int = 0
    statuses: int = 0


class News:
    """What has happened since it was asked last, in order of time."""

    def __init__(self, world: World) -> None:
        """Begin with what has happened so far as told."""
        self._world = world
        self._told: dict[str, _Told] = {}
        self.since_last()

    def since_last(self) -> list[StreamEvent]:
        """Return what has happened since the last time.

        An evaluation that only notes that it is held back may come later than it happened: the
        engine looks at many evaluations at once.
        """
        found = [event for one in self._world.served.values() for event in self._of(one)]
        return sorted(found, key=lambda event: event["at_s"])

    def _of(self, one: ServedDeployment) -> Iterator[StreamEvent]:
        name, log = one.spec.name, one.control.journal.log
        told = self._told.setdefault(name, _Told())
        for move in log.transitions[told.transitions :]:
            yield _transition(name, move)
        for decision in log.decisions[told.decisions :]:
            yield _decision(name, decision)
        # The last status of an instant counts: that of the present may still be another.
        is_final = bool(log.statuses) and log.statuses[-1].at_s < self._world.at_s
        final = len(log.statuses) - (not is_final)
        for status in log.statuses[told.statuses : final]:
            yield _status(name, status)
        told.transitions, told.decisions = len(log.transitions), len(log.decisions)
        told.statuses = max(told.statuses, final)
