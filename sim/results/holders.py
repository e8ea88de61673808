"""Who holds how much of each resource queue, and since when.

A replica holds what its revision's configuration asks for from leaving QUEUED, or from its
appearance at 0, until it is DELETED; a tenant holds what the scenario's timeline says.

Source: "A grant is held from leaving QUEUED to DELETED" in docs/model.md.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.record import DeploymentRecord, Record
from sim.results.metrics import billed_spells
from sim.results.steps import changes_only, count_over_time, steps
from sim.results.timeline import Steps
from sim.scenario.models.queues import Resource, ResourceQueue, VcpuQueue, amounts
from sim.scenario.models.timeline import TenantEvent
from sim.wire.normal import normalise


@dataclass(frozen=True, slots=True)
class Held:
    """What one holder has of one resource of a queue.

    Attributes:
        queue: Its place in the scenario's list.
        gpu_type: None for cores.
        holder: A deployment's name, or a tenant's.
        revision: None for a tenant.
        amount: In millicores, or in GPUs; from instant 0 on.
    """

    queue: int
    gpu_type: str | None
    holder: str
    revision: int | None
    amount: Steps


def held_in_queues(record: Record) -> Iterator[Held]:
    """Yield what each holder had of each queue, by queue: tenants first, then revisions.

    Needs the run's whole timeline in the scenario. Who never held anything is left out.
    """
    for number, queue in enumerate(record.scenario.queues):
        yield from _tenants(number, queue, record)
        for deployment, spec in zip(record.deployments, record.scenario.deployments, strict=True):
            if queue.name in (spec.queues.vcpu, spec.queues.vgpu):
                yield from _revisions(number, queue, deployment)


def _tenants(number: int, queue: ResourceQueue, record: Record) -> Iterator[Held]:
    uses = {tenant: [(0.0, amounts(use))] for tenant, use in queue.tenants.items()}
    for event in sorted(record.scenario.timeline, key=lambda event: event.at_s):
        if isinstance(event, TenantEvent) and event.queue == queue.name:
            uses.setdefault(event.tenant, [(0.0, {})]).append((event.at_s, amounts(event.use)))
    for tenant, changes in uses.items():
        at_s = np.array([at_s for at_s, _ in changes])
        for resource in _resources(queue):
            amount = np.array([use.get(resource, 0) for _, use in changes], np.float64)
            if amount.any():
                used = changes_only(steps(at_s, amount))
                yield Held(number, _word(resource), tenant, None, used)


def _resources(queue: ResourceQueue) -> tuple[Resource, ...]:
    return (None,) if isinstance(queue, VcpuQueue) else tuple(queue.limits)


def _word(resource: Resource) -> str | None:
    return None if resource is None else resource.value


def _revisions(number: int, queue: ResourceQueue, deployment: DeploymentRecord) -> Iterator[Held]:
    log, is_vcpu = deployment.control, isinstance(queue, VcpuQueue)
    configured = {r.number: normalise(r.configuration) for r in log.revisions}
    grants: dict[int, dict[str | None, list[tuple[float, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for spell in billed_spells(log.transitions, math.inf):
        granted = log.gpu_types.get(spell.replica, _word(configured[spell.revision].gpu_type))
        grants[spell.revision][None if is_vcpu else granted].append(
            (spell.start_at_s, spell.end_at_s)
        )
    for revision, by_type in sorted(grants.items()):
        normal = configured[revision]
        each = normal.cpu_millicores if is_vcpu else normal.gpu_count
        for gpu_type, spans in by_type.items():
            start_at_s, end_at_s = np.array(spans).T
            count = count_over_time(start_at_s, end_at_s)
            if each:
                used = Steps(count.at_s, count.value * each)
                yield Held(number, gpu_type, deployment.name, revision, used)
