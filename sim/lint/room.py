"""What a resource queue has over time: its limits, and what its tenants hold of them.

Both follow from the scenario alone, whatever the replicas do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from sim.errors import DataPath
from sim.scenario.models.queues import Resource, ResourceQueue, VcpuQueue, amounts
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import QueueLimitEvent, TenantEvent
from sim.wire.normal import NormalConfiguration


@dataclass(frozen=True, slots=True)
class Room:
    """What holds in a queue from an instant on, when all events of that instant have happened.

    Attributes:
        at_s: The instant.
        limits: How much may be in use, by resource: millicores, or GPUs by type.
        held: How much of it the tenants hold.
        events: The places in the timeline of the events that made it so.
    """

    at_s: float
    limits: Mapping[Resource, int]
    held: Mapping[Resource, int]
    events: tuple[int, ...]

    def free(self, resource: Resource) -> int:
        """Return what the tenants leave; below 0 where they hold more than the limit."""
        return self.limits.get(resource, 0) - self.held.get(resource, 0)


@dataclass(frozen=True, slots=True)
class QueueHistory:
    """A queue over the whole run.

    Attributes:
        place: Its place among the scenario's queues.
        name: What deployments call it.
        kind: What it limits.
        rooms: What holds, from each instant at which it changes on, by time; the first from 0.
    """

    place: int
    name: str
    kind: Literal["vcpu", "vgpu"]
    rooms: Sequence[Room]

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What it ever limits: all GPU types that it has at some time, or vCPU."""
        return tuple(dict.fromkeys(r for room in self.rooms for r in room.limits))

    def largest(self, resource: Resource) -> int:
        """Return the largest limit that it ever has."""
        return max(room.limits.get(resource, 0) for room in self.rooms)

    def between(self, from_s: float, to_s: float) -> Sequence[Room]:
        """Return what holds at some instant of [from_s, to_s), by time."""
        last = max(number for number, room in enumerate(self.rooms) if room.at_s <= from_s)
        later = [room for room in self.rooms[last + 1 :] if room.at_s < to_s]
        return [self.rooms[last], *later]

    def need(self, normal: NormalConfiguration) -> int:
        """Return how much of one resource a replica takes; 0: it does not stand in this queue."""
        return normal.cpu_millicores if self.kind == "vcpu" else normal.gpu_count

    def wanted(self, normal: NormalConfiguration) -> tuple[Resource, ...]:
        """Return the resources of which a replica takes one."""
        if self.kind == "vcpu":
            return (None,)
        return self.resources if normal.gpu_type is None else (normal.gpu_type,)

    def limit_path(self, resource: Resource) -> DataPath:
        """Return where its limit is written."""
        if resource is None:
            return ("queues", self.place, "limit")
        return ("queues", self.place, "limits", resource.value)


def history_of(scenario: Scenario, place: int) -> QueueHistory:
    """Return the history of the queue at *place*."""
    queue = scenario.queues[place]
    limits, tenants = _at_first(queue)
    rooms = [Room(0.0, dict(limits), _sum(tenants), ())]
    events = [
        (number, event)
        for number, event in enumerate(scenario.timeline)
        if isinstance(event, QueueLimitEvent | TenantEvent) and event.queue == queue.name
    ]
    events.sort(key=lambda pair: pair[1].at_s)
    for at_s, together in groupby(events, key=lambda pair: pair[1].at_s):
        numbers = []
        for number, event in together:
            numbers.append(number)
            if isinstance(event, TenantEvent):
                tenants[event.tenant] = amounts(event.use)
            elif event.limits is not None:
                limits.update(amounts(event.limits))
            else:
                limits[None] = event.limit_millicores or 0
        rooms.append(Room(at_s, dict(limits), _sum(tenants), tuple(numbers)))
    return QueueHistory(place, queue.name, queue.kind, rooms)


def _at_first(queue: ResourceQueue) -> tuple[dict[Resource, int], dict[str, dict[Resource, int]]]:
    if isinstance(queue, VcpuQueue):
        held = {name: amounts(millicores) for name, millicores in queue.tenants.items()}
        return amounts(queue.limit_millicores), held
    return amounts(queue.limits), {name: amounts(use) for name, use in queue.tenants.items()}


def _sum(tenants: Mapping[str, Mapping[Resource, int]]) -> dict[Resource, int]:
    total: dict[Resource, int] = {}
    for use in tenants.values():
        for resource, amount in use.items():
            total[resource] = total.get(resource, 0) + amount
    return total
