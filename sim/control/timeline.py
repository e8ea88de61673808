"""Carrying out the scenario's timeline, each event in its place of class EVENT."""

from collections.abc import Callable, Sequence
from functools import partial

from sim.clock import FIRST_CALL, Clock, Order, rank
from sim.control.deployment import DeploymentControl
from sim.control.faults import selected
from sim.control.queues import ResourceQueues
from sim.control.replica import Replica
from sim.reasons import Reason, TimelineAction
from sim.record import Decision
from sim.scenario.models.queues import Resource, amounts
from sim.scenario.models.timeline import (
    DisableEvent,
    FailStartsEvent,
    HangEvent,
    KillEvent,
    PublishEvent,
    QueueLimitEvent,
    ReplaceEvent,
    ScheduleEvent,
    SlowStartsEvent,
    StartEvent,
    TenantEvent,
    TimelineEvent,
)
from sim.spans import span
from sim.states import Outcome


class Timeline:
    """The events of a scenario, set on the clock."""

    def __init__(
        self,
        clock: Clock,
        events: Sequence[TimelineEvent],
        deployments: Sequence[DeploymentControl],
        queues: ResourceQueues,
    ) -> None:
        """Set every event for its instant, ordered there by its place in the file."""
        self._clock = clock
        self._deployments = {deployment.name: deployment for deployment in deployments}
        self._queues = queues
        self._count = 0
        for event in events:
            self.add(event)
        self._count = FIRST_CALL

    def add(self, event: TimelineEvent) -> None:
        """Set one more event for its instant, behind those that were set before."""
        self._set(event.at_s, self._count, partial(self._carry_out, event, self._count))
        self._count += 1

    def add_act(self, at_s: float, act: Callable[[], None]) -> None:
        """Set something for an instant that no event of a scenario does."""
        self._set(at_s, self._count, act)
        self._count += 1

    def add_deployment(self, deployment: DeploymentControl) -> None:
        """Let events from now on concern one more deployment."""
        self._deployments[deployment.name] = deployment

    def _set(self, at_s: float, number: int, act: Callable[[], None]) -> None:
        item = self._clock.at(at_s, rank(Order.EVENT, number))
        item.callbacks.append(lambda _item: act())

    def _carry_out(self, event: TimelineEvent, number: int) -> None:
        match event:
            case QueueLimitEvent() | TenantEvent():
                self._change_queue(event)
            case ReplaceEvent():
                self._deployments[event.deployment].replace(event.runtime_configuration)
            case PublishEvent():
                self._deployments[event.deployment].publish(event)
            case DisableEvent():
                self._deployments[event.deployment].disable()
            case StartEvent():
                self._deployments[event.deployment].start()
            case ScheduleEvent():
                self._deployments[event.deployment].set_schedule(event.schedule)
            case KillEvent():
                self._kill(event)
            case HangEvent():
                self._hang(event, number)
            case FailStartsEvent() | SlowStartsEvent():
                self._disturb_starts(event)

    def _change_queue(self, event: QueueLimitEvent | TenantEvent) -> None:
        if isinstance(event, TenantEvent):
            self._queues.set_tenant(event.queue, event.tenant, amounts(event.use))
        else:
            self._queues.set_limit(event.queue, _limits(event))

    def _kill(self, event: KillEvent) -> None:
        deployment = self._deployments[event.deployment]
        replicas = selected(event.replicas, deployment.pool.roster.replicas, deployment.active)
        hit = _replicas(replicas)
        self._note(deployment, "kill", f"{hit} {'is' if len(replicas) == 1 else 'are'} killed")
        for replica in replicas:
            replica.kill(Outcome.REPLICA_KILLED, Reason.KILLED)

    def _hang(self, event: HangEvent, number: int) -> None:
        deployment = self._deployments[event.deployment]
        replicas = selected(event.replicas, deployment.pool.roster.replicas, deployment.active)
        hit = [replica for replica in replicas if replica.hang(number)]
        self._note(deployment, "hang", f"{_replicas(hit)} {'hangs' if len(hit) == 1 else 'hang'}")
        if event.for_s is not None:
            self._set(event.at_s + event.for_s, number, partial(_thaw, hit, number))

    def _disturb_starts(self, event: FailStartsEvent | SlowStartsEvent) -> None:
        deployment = self._deployments[event.deployment]
        until_s = event.at_s + event.for_s
        if isinstance(event, FailStartsEvent):
            deployment.pool.start_faults.fail_until(until_s)
            self._note(deployment, "fail_starts", f"starts fail until {span(until_s)}")
        else:
            deployment.pool.start_faults.slow_until(until_s, event.factor)
            reason = f"starts take {event.factor:g} times as long until {span(until_s)}"
            self._note(deployment, "slow_starts", reason)

    def _note(self, deployment: DeploymentControl, action: TimelineAction, words: str) -> None:
        decision = Decision(self._clock.now, "timeline", action, Reason.FAULT, words)
        deployment.journal.decided(decision)


def _limits(event: QueueLimitEvent) -> dict[Resource, int]:
    return amounts(event.limit_millicores or 0 if event.limits is None else event.limits)


def _thaw(replicas: Sequence[Replica], fault: int) -> None:
    for replica in replicas:
        replica.thaw(fault)


def _replicas(replicas: Sequence[Replica]) -> str:
    """Return "replica 3", "replicas 1, 2", or "no replicas"."""
    if not replicas:
        return "no replicas"
    numbers = ", ".join(str(replica.number) for replica in replicas)
    return f"replica {numbers}" if len(replicas) == 1 else f"replicas {numbers}"
