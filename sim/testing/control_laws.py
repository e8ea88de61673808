"""Laws that the control plane of every run keeps, whatever the scenario.

They look at a `sim.record.Record` only, and raise `sim.errors.InvariantError` where one is broken.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final

from sim.errors import InvariantError
from sim.record import DeploymentRecord, Record, RevisionRecord
from sim.results.metrics import Spell, billed_spells, spells
from sim.states import NEXT, ReplicaState
from sim.wire.normal import NormalConfiguration, normalise

_QUEUED: Final = frozenset({ReplicaState.QUEUED})

_asked_at_s: Final = attrgetter("start_at_s")
_number: Final = attrgetter("number")


def legal_transitions(deployment: DeploymentRecord) -> None:
    """A replica is created QUEUED, or RESPONSIVE at 0, and moves by the table, forward in time."""
    law = "a replica's changes of state follow the table"
    states: dict[int, ReplicaState] = {}
    last_s = 0.0
    for t in deployment.control.transitions:
        what = f"{deployment.name} replica {t.replica}: {t.before} -> {t.after}"
        if t.at_s < last_s or states.get(t.replica) is not t.before:
            raise InvariantError(law, what=what, at_s=t.at_s)
        created = {ReplicaState.QUEUED} | ({ReplicaState.RESPONSIVE} if t.at_s == 0 else set())
        if t.after not in (created if t.before is None else NEXT[t.before]):
            raise InvariantError(law, what=what, at_s=t.at_s)
        states[t.replica], last_s = t.after, t.at_s


def one_pending(deployment: DeploymentRecord) -> None:
    """At every instant at most one revision is pending."""
    pending_until_s = -math.inf
    for revision in sorted(deployment.control.revisions, key=_number):
        if revision.created_at_s < pending_until_s:
            what = f"{deployment.name} revision {revision.number}"
            law = "at most one pending revision"
            raise InvariantError(law, what=what, at_s=revision.created_at_s)
        ended_s = math.inf if revision.retired_at_s is None else revision.retired_at_s
        pending_until_s = ended_s if revision.active_at_s is None else revision.active_at_s


def one_active(record: Record) -> None:
    """At every instant at most one revision serves, as blue/green and recreate have it.

    Where old replicas stay (`old_goes: at_full`) the one before serves too, for `old_goes_after`
    from the switch at the longest, and is gone before the next switch.
    """
    for deployment, spec in zip(record.deployments, record.scenario.deployments, strict=True):
        if spec.rollout.strategy.kind == "rolling":
            continue
        longest_s = 0.0 if spec.rollout.old_goes == "at_switch" else spec.rollout.old_goes_after_s
        earlier_until_s = active_until_s = -math.inf
        for revision in sorted(deployment.control.revisions, key=_number):
            if revision.active_at_s is None:
                continue
            from_s = revision.active_at_s
            stays_too_long = min(active_until_s, record.horizon_s) > from_s + longest_s
            if stays_too_long or earlier_until_s > from_s:
                what = f"{deployment.name} revision {revision.number}"
                raise InvariantError("at most one active revision", what=what, at_s=from_s)
            ended_s = math.inf if revision.retired_at_s is None else revision.retired_at_s
            earlier_until_s, active_until_s = active_until_s, ended_s


def capacity_is_what_is_responsive(deployment: DeploymentRecord) -> None:
    """The capacity written down is that of the RESPONSIVE replicas of what is active."""
    revisions = {revision.number: revision for revision in deployment.control.revisions}
    threads = {n: _normal(revision).thread_count for n, revision in revisions.items()}
    responsive: dict[int, set[int]] = defaultdict(set)
    changes = iter([*deployment.control.capacity, None])
    change, written = next(changes), 0
    for at_s, moves in _by_instant(deployment):
        for replica, number, after in moves:
            mine = responsive[number]
            (mine.add if after is ReplicaState.RESPONSIVE else mine.discard)(replica)
        while change is not None and change.at_s <= at_s:
            written, change = change.responsive_threads, next(changes)
        active = [number for number, r in revisions.items() if _is_active(r, at_s)]
        have = sum(len(responsive[number]) * threads[number] for number in active)
        if have != written:
            what = f"{deployment.name}: {written} threads written down, {have} there"
            raise InvariantError("capacity is what is responsive", what=what, at_s=at_s)


def queues_hold_what_is_granted(record: Record) -> None:
    """What a queue has in use is what its tenants and its granted replicas hold.

    Needs the run's whole timeline in the scenario.
    """
    for index, queue in enumerate(record.scenario.queues):
        changes: dict[float, int] = defaultdict(int)
        for deployment, spec in zip(record.deployments, record.scenario.deployments, strict=True):
            if queue.name in (spec.queues.vcpu, spec.queues.vgpu):
                for at_s, amount in _grants(deployment, is_vcpu=queue.kind == "vcpu"):
                    changes[at_s] += amount
        for at_s, amount in _tenant_changes(record, queue.name):
            changes[at_s] += amount
        samples: dict[float, dict[str | None, int]] = defaultdict(dict)
        for sample in record.queue_samples:
            if sample.queue == index:
                samples[sample.at_s][sample.gpu_type] = sample.used
        held, used = 0, dict[str | None, int]()
        for at_s in sorted({*changes, *samples}):
            held += changes.get(at_s, 0)
            used.update(samples.get(at_s, {}))
            if held != sum(used.values()):
                what = f"{queue.name}: {sum(used.values())} in use, {held} held"
                raise InvariantError("a queue holds what is granted", what=what, at_s=at_s)


def grants_within_limits(record: Record) -> None:
    """Nothing is granted beyond a limit; only tenants and lowered limits lead there."""
    eased_at_s = {
        event.at_s for event in record.scenario.timeline if event.event in ("tenant", "queue_limit")
    } | {0.0}
    used: dict[tuple[int, str | None], int] = {}
    for sample in record.queue_samples:
        key = sample.queue, sample.gpu_type
        grew = sample.used > used.get(key, 0)
        if grew and sample.used > sample.limit and sample.at_s not in eased_at_s:
            what = f"queue {sample.queue}: {sample.used} of {sample.limit}"
            raise InvariantError("grants stay within the limit", what=what, at_s=sample.at_s)
        used[key] = sample.used


def grants_in_order(record: Record) -> None:
    """Of two replicas in one queue the one that asked earlier is granted no later, or never."""
    for queue in record.scenario.queues:
        waits: list[Spell] = []
        for deployment, spec in zip(record.deployments, record.scenario.deployments, strict=True):
            gpus = {r.number: _normal(r).gpu_count for r in deployment.control.revisions}
            in_vgpu = queue.name == spec.queues.vgpu
            if queue.name == spec.queues.vcpu or in_vgpu:
                found = spells(deployment.control.transitions, _QUEUED, math.inf)
                waits += [wait for wait in found if gpus[wait.revision] or not in_vgpu]
        waits.sort(key=_asked_at_s, reverse=True)
        later_granted_s = math.inf
        for asked_s, group in groupby(waits, key=_asked_at_s):
            together = list(group)
            if later_granted_s < max(wait.end_at_s for wait in together):
                what = f"{queue.name}: asked at {asked_s} s, overtaken"
                raise InvariantError(
                    "grants are in order of request", what=what, at_s=later_granted_s
                )
            granted = [w.end_at_s for w in together if w.ended_in is ReplicaState.STARTING]
            later_granted_s = min([later_granted_s, *granted])


def ready_means_responsive(deployment: DeploymentRecord) -> None:
    """`isReady` holds exactly while what is active has a RESPONSIVE replica."""
    capacity = {c.at_s: c.responsive_threads > 0 for c in deployment.control.capacity}
    ready = {s.at_s: s.is_ready for s in deployment.control.statuses}
    has, says = False, False
    for at_s in sorted({*capacity, *ready}):
        has, says = capacity.get(at_s, has), ready.get(at_s, says)
        if has != says:
            what = f"{deployment.name}: isReady is {says}"
            raise InvariantError("ready means that something is responsive", what=what, at_s=at_s)


def _normal(revision: RevisionRecord) -> NormalConfiguration:
    return normalise(revision.configuration)


def _is_active(revision: RevisionRecord, at_s: float) -> bool:
    if revision.active_at_s is None or at_s < revision.active_at_s:
        return False
    return revision.retired_at_s is None or at_s < revision.retired_at_s


def _by_instant(
    deployment: DeploymentRecord,
) -> Iterator[tuple[float, list[tuple[int, int, ReplicaState]]]]:
    moves: dict[float, list[tuple[int, int, ReplicaState]]] = defaultdict(list)
    for t in deployment.control.transitions:
        moves[t.at_s].append((t.replica, t.revision, t.after))
    yield from sorted(moves.items())


def _grants(deployment: DeploymentRecord, *, is_vcpu: bool) -> Iterator[tuple[float, int]]:
    """Yield when replicas took and gave back how much."""
    needs = {
        revision.number: _normal(revision).cpu_millicores
        if is_vcpu
        else _normal(revision).gpu_count
        for revision in deployment.control.revisions
    }
    for held in billed_spells(deployment.control.transitions, math.inf):
        yield held.start_at_s, needs[held.revision]
        if held.ended_in is not None:
            yield held.end_at_s, -needs[held.revision]


def _tenant_changes(record: Record, queue_name: str) -> Iterator[tuple[float, int]]:
    queue = next(queue for queue in record.scenario.queues if queue.name == queue_name)
    holds = {name: _total(use) for name, use in queue.tenants.items()}
    yield 0.0, sum(holds.values())
    for event in sorted(record.scenario.timeline, key=lambda event: event.at_s):
        if event.event == "tenant" and event.queue == queue_name:
            amount = _total(event.use)
            yield event.at_s, amount - holds.get(event.tenant, 0)
            holds[event.tenant] = amount


def _total(use: object) -> int:
    return sum(use.values()) if isinstance(use, dict) else int(str(use))
