"""Resource queues: FIFO lines for vCPU and vGPU, with limits and background tenants.

A start request stands in every queue that it needs, from one instant on, and holds nothing while
it waits. It is granted when it heads all its queues and fits in all of them: all or nothing, so
that no two requests can wait for each other. A head that does not fit blocks those behind it.

Source: Palantir, Resource queues (FIFO by creation, limits on concurrent use); head-of-line
blocking and the all-or-nothing grant are assumptions, see docs/model.md.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Final, Protocol, cast

from sim.clock import Alarm, Clock, Order, rank
from sim.reasons import Reason
from sim.record import Holder, QueueSample
from sim.scenario.queues import ResourceQueue, VcpuQueue
from sim.states import ReplicaState
from sim.wire.models import GpuType

Resource = GpuType | None
"""What a queue limits: a type of GPU, or vCPU (None), counted in millicores."""

_NAMED_AT_MOST: Final = 3
"""Holders of a queue that a reason names."""


def amounts(use: int | Mapping[GpuType, int]) -> dict[Resource, int]:
    """Return amounts by resource: millicores of vCPU, or GPUs by type."""
    return {None: use} if isinstance(use, int) else cast("dict[Resource, int]", dict(use))


class Owner(Protocol):
    """The replica that a start request is for."""

    @property
    def deployment_name(self) -> str:
        """The deployment's name."""

    @property
    def revision_number(self) -> int:
        """The revision's number."""

    @property
    def state(self) -> ReplicaState:
        """The replica's state now."""

    def granted(self) -> None:
        """The request is granted: the replica may start."""

    def waiting(self, reason: Reason, cause: str) -> None:
        """The request was not granted at the instant it was made; `cause` says more in words."""


@dataclass(slots=True, eq=False)
class StartRequest:
    """One replica's request for its vCPU and its GPUs; `gpu_type` None takes any type."""

    owner: Owner
    millicores: int
    gpu_count: int
    gpu_type: GpuType | None
    queues: tuple["_Queue", ...]
    created_at_s: float
    granted_gpu_type: GpuType | None = None
    is_granted: bool = False
    is_reported: bool = False


@dataclass(slots=True, eq=False)
class _Queue:
    """One line, what it limits, and who holds it.

    `arrived` are those in line who came since the queues last settled. The line is an
    `OrderedDict`, whose first key is found at once however many have left from the front.
    """

    index: int
    name: str
    limits: dict[Resource, int | None]
    tenants: dict[str, dict[Resource, int]] = field(default_factory=dict)
    line: OrderedDict[StartRequest, None] = field(default_factory=OrderedDict)
    arrived: list[StartRequest] = field(default_factory=list)
    granted: dict[StartRequest, None] = field(default_factory=dict)
    used: dict[Resource, int] = field(default_factory=dict)

    @property
    def head(self) -> StartRequest | None:
        return next(iter(self.line), None)

    def need(self, request: StartRequest) -> int:
        return request.millicores if None in self.limits else request.gpu_count

    def held_by(self, request: StartRequest) -> tuple[Resource, int]:
        return (None if None in self.limits else request.granted_gpu_type), self.need(request)

    def place_for(self, request: StartRequest) -> tuple[bool, Resource]:
        """Return whether `request` fits now, and where: the first type in file order that does."""
        if None in self.limits:
            wanted: Sequence[Resource] = (None,)
        else:
            wanted = (request.gpu_type,) if request.gpu_type else tuple(self.limits)
        for resource in wanted:
            limit = self.limits.get(resource, 0)
            if limit is None or self.used.get(resource, 0) + self.need(request) <= limit:
                return True, resource
        return False, None

    def holders(self) -> Iterator[Holder]:
        """Yield who holds it, grouped by deployment, revision and state, then the tenants."""
        groups: dict[tuple[str, int, int], list[StartRequest]] = {}
        for request in self.granted:
            owner = request.owner
            key = owner.deployment_name, owner.revision_number, owner.state.code
            groups.setdefault(key, []).append(request)
        for (name, revision, _code), requests in groups.items():
            amount = sum(map(self.need, requests))
            yield Holder(name, revision, requests[0].owner.state, len(requests), amount)
        for tenant, use in self.tenants.items():
            if sum(use.values()):
                yield Holder(tenant, None, None, 0, sum(use.values()))


class ResourceQueues:
    """All resource queues of a scenario, and the line of those who need none of them."""

    def __init__(self, clock: Clock, specs: Sequence[ResourceQueue]) -> None:
        """Make the queues in file order, held by their tenants, without start requests."""
        self._clock = clock
        self._queues = [_from_spec(index, spec) for index, spec in enumerate(specs)]
        self._unlimited = _Queue(len(specs), "unlimited", {None: None})
        every = (*self._queues, self._unlimited)
        self._alarms = [Alarm(clock, self._grants_of(queue)) for queue in every]
        self._settled = Alarm(clock, self._settle)
        self._samples: list[QueueSample] = []
        self._last: dict[tuple[int, str | None], QueueSample] = {}
        self._held_by: dict[int, tuple[Holder, ...]] = {}
        self._poke()

    @property
    def samples(self) -> tuple[QueueSample, ...]:
        """Every change of every queue, in order of time."""
        return tuple(self._samples)

    @property
    def newest(self) -> Sequence[QueueSample]:
        """The newest sample of every queue, and type of GPU, in file order."""
        return tuple(self._last.values())

    def request(
        self,
        owner: Owner,
        *,
        vcpu_queue: str | None,
        vgpu_queue: str | None,
        millicores: int,
        gpu_count: int,
        gpu_type: GpuType | None,
    ) -> StartRequest:
        """Stand at the tail of every queue needed. Granted, if it fits, in class GRANT."""
        names = {vcpu_queue, vgpu_queue if gpu_count else None} - {None}
        queues = tuple(queue for queue in self._queues if queue.name in names)
        request = StartRequest(
            owner=owner,
            millicores=millicores,
            gpu_count=gpu_count,
            gpu_type=gpu_type,
            queues=queues or (self._unlimited,),
            created_at_s=self._clock.now,
        )
        for queue in request.queues:
            queue.line[request] = None
            queue.arrived.append(request)
        self._poke()
        return request

    def grant_now(self, request: StartRequest) -> None:
        """Grant `request` out of turn: a replica that is there when the run begins."""
        self._grant(request)

    def give_up(self, request: StartRequest) -> None:
        """Leave the lines, or release what was granted."""
        for queue in request.queues:
            queue.line.pop(request, None)
            if request.is_granted:
                resource, amount = queue.held_by(request)
                queue.used[resource] -= amount
                del queue.granted[request]
        self._poke()

    def set_limit(self, name: str, limits: dict[Resource, int]) -> None:
        """Change the limits of queue `name`; what is in use stays, even above the limit."""
        queue = self._named(name)
        queue.limits = {**queue.limits, **limits}
        self._poke()

    def set_tenant(self, name: str, tenant: str, use: dict[Resource, int]) -> None:
        """Let `tenant` hold exactly `use` of queue `name` from now on, even above the limit."""
        queue = self._named(name)
        for resource, amount in queue.tenants.get(tenant, {}).items():
            queue.used[resource] -= amount
        queue.tenants[tenant] = use
        for resource, amount in use.items():
            queue.used[resource] = queue.used.get(resource, 0) + amount
        self._poke()

    def blocking(self, request: StartRequest) -> "_Queue":
        """Return the queue that a waiting `request` waits for.

        Who is not at the head of a line waits for what the head of that line waits for; who
        heads all its lines waits for the first queue in which it does not fit.
        """
        for queue in request.queues:
            head = queue.head
            if head is not None and head is not request:
                return self.blocking(head)
        unfit = (queue for queue in request.queues if not queue.place_for(request)[0])
        return next(unfit, request.queues[0])

    def holders(self, request: StartRequest) -> tuple[str, tuple[Holder, ...]]:
        """Return the name of the queue that blocks `request`, and who holds it, grouped."""
        queue = self.blocking(request)
        if queue.index not in self._held_by:
            self._held_by[queue.index] = tuple(queue.holders())
        return queue.name, self._held_by[queue.index]

    def note_change(self) -> None:
        """Note that an owner of a granted request has changed its state: groups are others now."""
        self._held_by.clear()

    def _named(self, name: str) -> _Queue:
        return next(queue for queue in self._queues if queue.name == name)

    def _poke(self) -> None:
        """Look at every queue once more at this instant, in file order."""
        self._held_by.clear()
        now_s = self._clock.now
        for index, alarm in enumerate((*self._alarms, self._settled)):
            if not alarm.is_set:
                alarm.set(now_s, rank(Order.GRANT, index))

    def _grants_of(self, queue: _Queue) -> Callable[[], None]:
        def grant_from_the_head() -> None:
            while (head := queue.head) is not None and self._is_grantable(head):
                self._grant(head)
                head.owner.granted()

        return grant_from_the_head

    @staticmethod
    def _is_grantable(request: StartRequest) -> bool:
        return all(
            queue.head is request and queue.place_for(request)[0] for queue in request.queues
        )

    def _grant(self, request: StartRequest) -> None:
        for queue in request.queues:
            _fits, resource = queue.place_for(request)
            if resource is not None:
                request.granted_gpu_type = resource
        for queue in request.queues:
            resource, amount = queue.held_by(request)
            queue.used[resource] = queue.used.get(resource, 0) + amount
            queue.granted[request] = None
            queue.line.pop(request)
        request.is_granted = True
        self._poke()

    def _settle(self) -> None:
        """When all queues have granted what they can: tell those who must wait, and sample."""
        for queue in (*self._queues, self._unlimited):
            arrived, queue.arrived = queue.arrived, []
            for request in arrived:
                if request in queue.line and not request.is_reported:
                    request.is_reported = True
                    request.owner.waiting(*self._cause(request))
        for queue in self._queues:
            self._sample(queue)

    def _cause(self, request: StartRequest) -> tuple[Reason, str]:
        blocking = self.blocking(request)
        ahead = next((q.head for q in request.queues if q.head is not request), None)
        if ahead is not None:
            return Reason.BEHIND, f"behind others in line; {self._shortage(blocking)}"
        return Reason.NO_ROOM, self._shortage(blocking)

    @staticmethod
    def _shortage(queue: _Queue) -> str:
        head = queue.head
        if head is None:
            return f"queue {queue.name}"
        unit = "vCPU" if None in queue.limits else f"{head.gpu_type or 'GPU'}"
        scale = 1000 if None in queue.limits else 1
        wanted: Sequence[Resource] = (head.gpu_type,) if head.gpu_type else tuple(queue.limits)
        free = max(((queue.limits.get(r) or 0) - queue.used.get(r, 0) for r in wanted), default=0)
        need = queue.need(head)
        return f"queue {queue.name} has {free / scale:g} {unit} free, {need / scale:g} needed"

    def _sample(self, queue: _Queue) -> None:
        head = queue.head
        cause = self._cause(head)[1] if head is not None else None
        since_s = head.created_at_s if head is not None else None
        for resource, limit in queue.limits.items():
            sample = QueueSample(
                at_s=self._clock.now,
                queue=queue.index,
                gpu_type=None if resource is None else resource.value,
                used=queue.used.get(resource, 0),
                limit=limit or 0,
                waiting=len(queue.line),
                head_since_s=since_s,
                cause=cause,
            )
            self._append_change(sample)

    def _append_change(self, sample: QueueSample) -> None:
        key = (sample.queue, sample.gpu_type)
        last = self._last.get(key)
        if last is None or _content(last) != _content(sample):
            self._samples.append(sample)
            self._last[key] = sample


def names_of_holders(holders: Sequence[Holder]) -> str:
    """Return the names of who holds a queue, or "nobody".

    Of more than three revisions and tenants the three that hold most are named, and the others
    counted: many wait where many hold, so that their reasons must not grow with their number.
    """
    names = [
        holder.deployment
        if holder.revision is None
        else f"{holder.deployment} revision {holder.revision}"
        for holder in holders
    ]
    held: dict[str, int] = {}
    for name, holder in zip(names, holders, strict=True):
        held[name] = held.get(name, 0) + holder.amount
    others = len(held) - _NAMED_AT_MOST
    if others <= 0:
        return ", ".join(names) or "nobody"
    largest = nlargest(_NAMED_AT_MOST, held, key=held.__getitem__)
    return f"{', '.join(largest)} and {others} other{'s' if others > 1 else ''}"


def _content(sample: QueueSample) -> tuple[object, ...]:
    return sample.used, sample.limit, sample.waiting, sample.head_since_s, sample.cause


def _from_spec(index: int, spec: ResourceQueue) -> _Queue:
    limits: dict[Resource, int | None]
    tenants: dict[str, dict[Resource, int]]
    if isinstance(spec, VcpuQueue):
        limits = {None: spec.limit_millicores}
        tenants = {name: amounts(millicores) for name, millicores in spec.tenants.items()}
    else:
        limits = cast("dict[Resource, int | None]", {**spec.limits})
        tenants = {name: amounts(use) for name, use in spec.tenants.items()}
    queue = _Queue(index, spec.name, limits, tenants)
    for use in tenants.values():
        for resource, amount in use.items():
            queue.used[resource] = queue.used.get(resource, 0) + amount
    return queue
