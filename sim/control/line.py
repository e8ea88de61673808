"""One resource queue: its line, its limits, its tenants, and who holds what of it.

What there is to know about one queue. When it is looked at, what is granted, and who is told is
`sim.control.queues`; why somebody waits is `sim.control.causes`.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, cast

from sim.reasons import Reason
from sim.scenario.models.queues import Resource, ResourceQueue, VcpuQueue, amounts
from sim.states import ReplicaState
from sim.waiting import Asker, Cause, Freed, Holder, Need
from sim.wire.models import GpuType


class Owner(Protocol):
    """The replica that a start request is for."""

    @property
    def deployment_name(self) -> str:
        """The deployment's name."""

    @property
    def revision_number(self) -> int:
        """The revision's number."""

    @property
    def number(self) -> int:
        """Its own number in the deployment."""

    @property
    def state(self) -> ReplicaState:
        """The replica's state now."""

    def granted(self) -> None:
        """The request is granted: the replica may start."""

    def waiting(self, cause: Cause) -> None:
        """The request was not granted at the instant it was made."""


@dataclass(slots=True, eq=False)
class StartRequest:
    """One replica's request for its vCPU and its GPUs; `gpu_type` None takes any type.

    `serial` counts requests in the order in which they were made. `freed_by` says what made the
    grant possible, of one that had to wait.
    """

    owner: Owner
    millicores: int
    gpu_count: int
    gpu_type: GpuType | None
    queues: tuple["Queue", ...]
    serial: int
    created_at_s: float
    granted_gpu_type: GpuType | None = None
    is_granted: bool = False
    is_reported: bool = False
    freed_by: Freed | None = None

    @property
    def is_oversized(self) -> bool:
        """Whether it exceeds a limit as it is now, whoever holds what."""
        return any(queue.exceeds(self) for queue in self.queues)

    @property
    def asker(self) -> Asker:
        """The replica, and what it needs."""
        owner = self.owner
        needs = tuple(queue.need_of(self) for queue in self.queues if queue.is_limited)
        return Asker(owner.deployment_name, owner.revision_number, owner.number, needs)


@dataclass(slots=True, eq=False)
class Queue:
    """One line, what it limits, and who holds it.

    `arrived` are those in line who came since the queues last settled, `oversized` those who exceed
    a limit of one of their queues, in order. The line is an `OrderedDict`, whose first key is found
    at once however many have left from the front. `largest` has the largest limits that there have
    been.
    """

    index: int
    name: str
    limits: dict[Resource, int | None]
    tenants: dict[str, dict[Resource, int]] = field(default_factory=dict)
    line: OrderedDict[StartRequest, None] = field(default_factory=OrderedDict)
    oversized: OrderedDict[StartRequest, None] = field(default_factory=OrderedDict)
    arrived: list[StartRequest] = field(default_factory=list)
    granted: dict[StartRequest, None] = field(default_factory=dict)
    used: dict[Resource, int] = field(default_factory=dict)
    largest: dict[Resource, int | None] = field(init=False)

    def __post_init__(self) -> None:
        """Count what the tenants hold."""
        self.largest = dict(self.limits)
        for use in self.tenants.values():
            for resource, amount in use.items():
                self.used[resource] = self.used.get(resource, 0) + amount

    @property
    def kind(self) -> Literal["vcpu", "vgpu"]:
        """What it limits."""
        return "vcpu" if None in self.limits else "vgpu"

    @property
    def head(self) -> StartRequest | None:
        """The first in line."""
        return next(iter(self.line), None)

    # What a request asks of it --------------------------------------------------------------

    def need(self, request: StartRequest) -> int:
        """Return how much: millicores, or GPUs."""
        return request.millicores if self.kind == "vcpu" else request.gpu_count

    @property
    def is_limited(self) -> bool:
        """Whether it is a queue of the scenario, and not the line of those who stand in none."""
        return any(limit is not None for limit in self.limits.values())

    def need_of(self, request: StartRequest) -> Need:
        """Return how much, of what."""
        asked = request.gpu_type if self.kind == "vgpu" else None
        gpu_type = None if asked is None else asked.value
        return Need(self.name, self.kind, gpu_type, self.need(request))

    def wanted(self, request: StartRequest) -> Sequence[Resource]:
        """Return the resources of which one is to be granted, in the order of preference."""
        if self.kind == "vcpu":
            return (None,)
        return (request.gpu_type,) if request.gpu_type else tuple(self.limits)

    def place_for(
        self, request: StartRequest, used: Mapping[Resource, int] | None = None
    ) -> tuple[bool, Resource]:
        """Return whether `request` fits, and where: the first type in file order that does.

        Args:
            request: It need not be the head.
            used: What is in use; None: what is now.
        """
        used = self.used if used is None else used
        for resource in self.wanted(request):
            limit = self.limits.get(resource, 0)
            if limit is None or used.get(resource, 0) + self.need(request) <= limit:
                return True, resource
        return False, None

    def exceeds(self, request: StartRequest) -> bool:
        """Return whether `request` would not fit if nobody held anything."""
        return not self.place_for(request, {})[0]

    def held_by(self, request: StartRequest) -> tuple[Resource, int]:
        """Return what a granted request holds."""
        return (None if self.kind == "vcpu" else request.granted_gpu_type), self.need(request)

    # Its line -------------------------------------------------------------------------------

    def join(self, request: StartRequest) -> None:
        """Let `request` stand at the tail."""
        self.line[request] = None
        self.arrived.append(request)
        if request.is_oversized:
            self.oversized[request] = None

    def leave(self, request: StartRequest) -> None:
        """Let `request` leave the line, if it stands in it."""
        self.line.pop(request, None)
        self.oversized.pop(request, None)

    def measure_line(self) -> None:
        """Look who is oversized, after a limit has changed: of this queue or of another."""
        self.oversized = OrderedDict.fromkeys(r for r in self.line if r.is_oversized)

    def oversized_before(self, request: StartRequest) -> StartRequest | None:
        """Return the first that stands ahead of `request` and exceeds a limit, if there is one."""
        first = next(iter(self.oversized), None)
        return first if first is not None and first.serial < request.serial else None

    # Who holds it ---------------------------------------------------------------------------

    def take(self, request: StartRequest, resource: Resource) -> None:
        """Give `request` its amount of `resource`."""
        self.used[resource] = self.used.get(resource, 0) + self.need(request)
        self.granted[request] = None
        self.leave(request)

    def give_back(self, request: StartRequest) -> None:
        """Take back what `request` holds."""
        resource, amount = self.held_by(request)
        self.used[resource] -= amount
        del self.granted[request]

    def set_tenant(self, tenant: str, use: Mapping[Resource, int]) -> None:
        """Let `tenant` hold exactly `use`."""
        for resource, amount in self.tenants.get(tenant, {}).items():
            self.used[resource] -= amount
        self.tenants[tenant] = dict(use)
        for resource, amount in use.items():
            self.used[resource] = self.used.get(resource, 0) + amount

    def set_limits(self, limits: Mapping[Resource, int]) -> None:
        """Change the limits of these resources; `measure_line` of every queue must follow."""
        self.limits = {**self.limits, **limits}
        for resource, limit in limits.items():
            known = self.largest.get(resource, 0)
            if known is not None and limit > known:
                self.largest[resource] = limit

    def largest_of(self, need: Need) -> tuple[str | None, int] | None:
        """Return the largest limit that one replica with this need may meet, and its type of GPU.

        None where there is no limit.
        """
        known = {None if r is None else r.value: limit for r, limit in self.largest.items()}
        if self.kind == "vgpu" and need.gpu_type is not None:
            known = {need.gpu_type: known.get(need.gpu_type, 0)}
        limits = {name: limit for name, limit in known.items() if limit is not None}
        if len(limits) < len(known):
            return None
        name = max(limits, key=limits.__getitem__)
        return name, limits[name]

    def holders(self, resources: Sequence[Resource]) -> Iterator[Holder]:
        """Yield who holds any of `resources`: by deployment, revision and state, then tenants."""
        groups: dict[tuple[str, int, int], list[StartRequest]] = {}
        for request in self.granted:
            if self.held_by(request)[0] in resources:
                owner = request.owner
                key = owner.deployment_name, owner.revision_number, owner.state.code
                groups.setdefault(key, []).append(request)
        for (name, revision, _code), requests in groups.items():
            amount = sum(map(self.need, requests))
            yield Holder(name, revision, requests[0].owner.state, len(requests), amount)
        for tenant, use in self.tenants.items():
            if held := sum(use.get(resource, 0) for resource in resources):
                yield Holder(tenant, None, None, 0, held)


def queue_of(index: int, spec: ResourceQueue) -> Queue:
    """Return the queue of a scenario, held by its tenants."""
    limits: dict[Resource, int | None]
    tenants: dict[str, dict[Resource, int]]
    if isinstance(spec, VcpuQueue):
        limits = {None: spec.limit_millicores}
        tenants = {name: amounts(millicores) for name, millicores in spec.tenants.items()}
    else:
        limits = cast("dict[Resource, int | None]", {**spec.limits})
        tenants = {name: amounts(use) for name, use in spec.tenants.items()}
    return Queue(index, spec.name, limits, tenants)


def leaving(owner: Owner, reason: Reason, at_last: Reason, *, was_waiting: bool) -> Freed:
    """Return what goes with a replica; `at_last` is how it came to its end."""
    return Freed(
        reason=reason,
        deployment=owner.deployment_name,
        revision=owner.revision_number,
        at_last=None if at_last is reason else at_last,
        was_waiting=was_waiting,
    )
