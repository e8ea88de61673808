"""What holds for every wait and every rollout: their laws, and deadlocks by the definition."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.reasons import Reason
from sim.record import DeploymentRecord, Record, RolloutRecord
from sim.results.metrics import Spell, spells
from sim.results.summary import summary
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import QueueLimitEvent, TenantEvent
from sim.simulation.run import simulate_record
from sim.states import ReplicaState
from sim.testing import check_invariants, scenarios
from sim.waiting import Need
from sim.wire.normal import normalise

QUEUED = frozenset({ReplicaState.QUEUED})
GRANTED = frozenset(ReplicaState) - {ReplicaState.QUEUED, ReplicaState.DELETED}
EVER = float("inf")


def tight_scenarios(max_deployments: int = 2) -> st.SearchStrategy[Scenario]:
    """Draw scenarios with limits so tight, and so many events, that replicas wait in most."""
    return scenarios(max_deployments=max_deployments, max_events=8)


@settings(max_examples=settings().max_examples // 2)
@given(scenario=tight_scenarios())
def test_every_run_keeps_the_laws_of_waiting(scenario: Scenario) -> None:
    """The public ones, and what can be said with the scenario at hand."""
    record = simulate_record(scenario, engine="reference")

    check_invariants(record)
    the_entries_of_the_summary_are_the_waits(record)
    what_ended_a_wait_happened_at_that_instant(record)
    what_can_never_fit_is_above_every_limit(record)


def the_entries_of_the_summary_are_the_waits(record: Record) -> None:
    """Each replica that waited is in one entry of one queue, and in one of a rollout at most."""
    found = summary(record)

    told = Counter(
        (entry["deployment"], replica, entry["since_s"], entry["until_s"], entry["ended"])
        for queue in found["queues"]
        for entry in queue["waits"]
        for replica in entry["replicas"]
    )
    waited = Counter(
        (deployment.name, w.asker.replica, w.since_s, w.until_s, w.ended)
        for deployment in record.deployments
        for w in deployment.control.waits
        if w.since_s != w.until_s
    )
    assert told == waited
    for deployment in found["deployments"]:
        own = Counter(
            (wait["deployment"], replica, wait["since_s"], wait["until_s"], wait["ended"])
            for rollout in deployment["rollouts"]
            for wait in rollout["waited_for"]
            for replica in wait["replicas"]
        )
        assert own <= told


def what_ended_a_wait_happened_at_that_instant(record: Record) -> None:
    """A replica of that revision was deleted for that reason then, or an event was."""
    events = {(event.at_s, event.event) for event in record.scenario.timeline}
    ended = {
        (deployment.name, move.revision, move.at_s, reason)
        for deployment in record.deployments
        for move in deployment.control.transitions
        if move.after is ReplicaState.DELETED
        for reason in (move.reason, _retired_for(deployment, move.replica))
    }

    for deployment in record.deployments:
        for wait in deployment.control.waits:
            freed, at_s = wait.freed_by, wait.until_s
            assert (freed is not None) == (wait.ended == "granted")
            if freed is None or at_s is None:
                continue
            if freed.reason is Reason.LIMIT_RAISED:
                assert (at_s, "queue_limit") in events
            elif freed.reason is Reason.TENANT_LEFT:
                assert (at_s, "tenant") in events
            else:
                assert (freed.deployment, freed.revision, at_s, freed.reason) in ended
                last = freed.at_last or freed.reason
                assert (freed.deployment, freed.revision, at_s, last) in ended


def _retired_for(deployment: DeploymentRecord, replica: int) -> Reason:
    """Return why a replica had to go: of its last two moves the first that began its end."""
    moves = [move for move in deployment.control.transitions if move.replica == replica]
    return next(
        move.reason
        for move in moves
        if move.after in (ReplicaState.DECOMMISSIONED, ReplicaState.DELETED)
    )


def what_can_never_fit_is_above_every_limit(record: Record) -> None:
    """By the limits of the scenario alone: what one replica asks for is above each of them."""
    for deployment in record.deployments:
        for wait in deployment.control.waits:
            never = any(_never(record, need) for need in wait.asker.needs)
            assert never == (wait.reason is Reason.NEVER_FITS)
            if wait.reason is Reason.BEHIND_NEVER_FITS:
                assert wait.cause.blocked_by is not None
                assert any(_never(record, need) for need in wait.cause.blocked_by.needs)


def _never(record: Record, need: Need) -> bool:
    """Return whether no limit that a queue has in the run is enough for a need."""
    name, gpu_type, amount = need.queue, need.gpu_type, need.amount
    (queue,) = (queue for queue in record.scenario.queues if queue.name == name)
    limits: dict[str | None, list[int]] = {}
    if queue.kind == "vcpu":
        limits[None] = [queue.limit_millicores]
    else:
        for kind, limit in queue.limits.items():
            limits[kind.value] = [limit]
    for event in record.scenario.timeline:
        if isinstance(event, QueueLimitEvent) and event.queue == name:
            if event.limit_millicores is not None:
                limits[None].append(event.limit_millicores)
            for kind, limit in (event.limits or {}).items():
                limits.setdefault(kind.value, []).append(limit)
    if queue.kind == "vgpu" and gpu_type is not None:
        limits = {gpu_type: limits.get(gpu_type, [0])}
    return all(limit < amount for each in limits.values() for limit in each)


@settings(max_examples=settings().max_examples // 2)
@given(scenario=tight_scenarios(max_deployments=1))
def test_deadlocks_are_those_of_the_definition(scenario: Scenario) -> None:
    """At the horizon, from the log of transitions and the scenario alone, for one deployment."""
    record = simulate_record(scenario, engine="reference")
    (deployment,) = record.deployments

    for rollout in deployment.control.rollouts:
        if rollout.ended != "open" or not rollout.stalls or rollout.switched_at_s is not None:
            continue
        assert rollout.stalls[-1].is_deadlocked == _is_deadlock(record, rollout)


def _is_deadlock(record: Record, rollout: RolloutRecord) -> bool:
    (deployment,), (spec,) = record.deployments, record.scenario.deployments
    moves, new = deployment.control.transitions, rollout.new_revision
    queued = [s for s in spells(moves, QUEUED, EVER) if s.ended_in is None]
    held = [s for s in spells(moves, GRANTED, EVER) if s.ended_in is None]
    mine = [s for s in held if s.revision == new]
    first = min((s.replica for s in queued if s.revision == new), default=None)
    draining = frozenset({ReplicaState.DECOMMISSIONED})
    leaving = {s.replica for s in spells(moves, draining, EVER) if s.ended_in is None}
    if first is None or (mine and spec.rollout.switch_when == "first"):
        return False
    return _starts(record, first, [s for s in queued if s.revision >= new], mine) and not _starts(
        record, first, queued, [s for s in held if s.replica not in leaving]
    )


def _starts(record: Record, wanted: int, line: list[Spell], held: list[Spell]) -> bool:
    """Return whether replica `wanted` of those in line is granted, with `held` holding."""
    (deployment,), (spec,) = record.deployments, record.scenario.deployments
    normal = {r.number: normalise(r.configuration) for r in deployment.control.revisions}
    free = _free_of_tenants(record)
    for spell in held:
        shape = normal[spell.revision]
        free[spec.queues.vcpu, None] = free.get((spec.queues.vcpu, None), 0) - shape.cpu_millicores
        if shape.gpu_count:
            key = spec.queues.vgpu, deployment.control.gpu_types[spell.replica]
            free[key] -= shape.gpu_count
    for spell in sorted(line, key=lambda s: s.replica):
        shape = normal[spell.revision]
        cpu = spec.queues.vcpu, None
        gpu = next(
            (
                key
                for key in free
                if shape.gpu_count
                and key[0] == spec.queues.vgpu
                and (shape.gpu_type is None or shape.gpu_type.value == key[1])
                and free[key] >= shape.gpu_count
            ),
            None,
        )
        if free[cpu] < shape.cpu_millicores or (shape.gpu_count and gpu is None):
            return False  # all stand in the vCPU line: who does not fit there blocks them
        if spell.replica == wanted:
            return True
        free[cpu] -= shape.cpu_millicores
        if gpu is not None:
            free[gpu] -= shape.gpu_count
    return False


def _free_of_tenants(record: Record) -> dict[tuple[str | None, str | None], int]:
    """Return the limits at the end of the run less what tenants hold, by queue and type."""
    free: dict[tuple[str | None, str | None], int] = {}
    tenants: dict[tuple[str, str], int] = {}
    for queue in record.scenario.queues:
        if queue.kind == "vcpu":
            free[queue.name, None] = queue.limit_millicores
            tenants |= {(queue.name, name): use for name, use in queue.tenants.items()}
        else:
            free |= {(queue.name, kind.value): limit for kind, limit in queue.limits.items()}
    for event in sorted(record.scenario.timeline, key=lambda event: event.at_s):
        if isinstance(event, QueueLimitEvent) and event.limit_millicores is not None:
            free[event.queue, None] = event.limit_millicores
        elif isinstance(event, TenantEvent) and isinstance(event.use, int):
            tenants[event.queue, event.tenant] = event.use
    for (queue_name, _), use in tenants.items():
        free[queue_name, None] -= use
    return free
