"""Resource queues: FIFO lines for vCPU and vGPU, with limits and background tenants.

A start request stands in every queue that it needs, from one instant on, and holds nothing while
it waits. It is granted when it heads all its queues and fits in all of them: all or nothing, so
that no two requests can wait for each other. A head that does not fit blocks those behind it.

Source: Palantir, Resource queues (FIFO by creation, limits on concurrent use); head-of-line
blocking and the all-or-nothing grant are assumptions, see docs/model.md.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from sim.clock import Alarm, Clock, Order, rank
from sim.control.causes import blocker, cause, never_fits, short_queue
from sim.control.dry_run import DryRun
from sim.control.line import Owner, Queue, StartRequest, leaving, queue_of
from sim.reasons import Reason
from sim.record import QueueSample
from sim.scenario.models.queues import Resource, ResourceQueue
from sim.waiting import Cause, Freed, Holder, Need, NeverFits
from sim.wire.models import GpuType

_HolderKey = tuple[int, tuple[Resource, ...]]
"""A queue's index, and the resources of it that are asked about."""


class ResourceQueues:
    """All resource queues of a scenario, and the line of those who need none of them."""

    def __init__(self, clock: Clock, specs: Sequence[ResourceQueue]) -> None:
        """Make the queues in file order, held by their tenants, without start requests."""
        self._clock = clock
        self._queues = [queue_of(index, spec) for index, spec in enumerate(specs)]
        self._unlimited = Queue(len(specs), "unlimited", {None: None})
        self._every = (*self._queues, self._unlimited)
        self._alarms = [Alarm(clock, self._grants_of(queue)) for queue in self._every]
        self._settled = Alarm(clock, self._settle)
        self._samples: list[QueueSample] = []
        self._last: dict[tuple[int, str | None], QueueSample] = {}
        self._held_by: dict[_HolderKey, tuple[Holder, ...]] = {}
        self._request_count = 0
        self._freed: Freed | None = None
        self._freed_for: dict[StartRequest, Freed] = {}
        self._poke()

    @property
    def samples(self) -> tuple[QueueSample, ...]:
        """Every change of every queue, in order of time."""
        return tuple(self._samples)

    @property
    def newest(self) -> Sequence[QueueSample]:
        """The newest sample of every queue, and type of GPU, in file order."""
        return tuple(self._last.values())

    # What replicas do -----------------------------------------------------------------------

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
            serial=self._request_count,
            created_at_s=self._clock.now,
        )
        self._request_count += 1
        for queue in request.queues:
            queue.join(request)
        self._poke()
        return request

    def grant_now(self, request: StartRequest) -> None:
        """Grant `request` out of turn: a replica that is there when the run begins."""
        self._grant(request)

    def give_up(self, request: StartRequest, why: Reason, at_last: Reason) -> None:
        """Leave the lines, or release what was granted.

        Args:
            request: Whose.
            why: Why its replica had to go.
            at_last: How it came to its end; the same where it went at once.
        """
        self._note_freed(leaving(request.owner, why, at_last, was_waiting=not request.is_granted))
        for queue in request.queues:
            if request.is_granted:
                queue.give_back(request)
            else:
                queue.leave(request)
        self._poke()

    def note_change(self) -> None:
        """Note that an owner of a granted request has changed its state: groups are others now."""
        self._held_by.clear()

    # What the timeline does -----------------------------------------------------------------

    def set_limit(self, name: str, limits: dict[Resource, int]) -> None:
        """Change the limits of queue `name`; what is in use stays, even above the limit."""
        self._note_freed(Freed(Reason.LIMIT_RAISED))
        self._named(name).set_limits(limits)
        for other in self._queues:
            other.measure_line()
        self._poke()

    def set_tenant(self, name: str, tenant: str, use: dict[Resource, int]) -> None:
        """Let `tenant` hold exactly `use` of queue `name` from now on, even above the limit."""
        self._note_freed(Freed(Reason.TENANT_LEFT, tenant))
        self._named(name).set_tenant(tenant, use)
        self._poke()

    # Why somebody waits ---------------------------------------------------------------------

    def holders(self, request: StartRequest) -> tuple[str, tuple[Holder, ...]]:
        """Return the name of the queue that blocks `request`, and who holds what is short there.

        Nobody does where the limit is too low for it whoever holds what.
        """
        short = blocker(request)
        queue = short_queue(short)
        if short.is_oversized:
            return queue.name, ()
        key = queue.index, tuple(queue.wanted(short))
        if key not in self._held_by:
            self._held_by[key] = tuple(queue.holders(key[1]))
        return queue.name, self._held_by[key]

    def cause(self, request: StartRequest) -> Cause:
        """Return why `request`, which stands in line, waits."""
        return cause(request)

    def never_fits(self, needs: Iterable[Need]) -> NeverFits | None:
        """Return which need, if any, is above the largest limit that there has been by now."""
        return never_fits(self._queues, needs)

    def would_start(self, request: StartRequest, *, without: Collection[StartRequest]) -> bool:
        """Return whether `request` would be granted if those `without` held nothing and were gone.

        Those ahead of it in line are granted before it, and may leave too little.
        """
        return any(granted is request for granted in DryRun(self._every, without=without).grants())

    # Grants ---------------------------------------------------------------------------------

    def _named(self, name: str) -> Queue:
        return next(queue for queue in self._queues if queue.name == name)

    def _poke(self) -> None:
        """Look at every queue once more at this instant, in file order."""
        self._held_by.clear()
        now_s = self._clock.now
        for index, alarm in enumerate((*self._alarms, self._settled)):
            if not alarm.is_set:
                alarm.set(now_s, rank(Order.GRANT, index))

    def _note_freed(self, freed: Freed) -> None:
        """Note what is about to change, after a look at what the changes before it made possible.

        Of several changes at one instant the first that is enough for a grant is what made it
        possible, though grants come after all of them.
        """
        if self._freed is not None and self._freed != freed:
            for request in DryRun(self._every).grants():
                self._freed_for.setdefault(request, self._freed)
        self._freed = freed

    def _grants_of(self, queue: Queue) -> Callable[[], None]:
        def grant_from_the_head() -> None:
            while (head := queue.head) is not None and self._is_grantable(head):
                if head.is_reported:
                    head.freed_by = self._freed_for.get(head, self._freed)
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
            queue.take(request, queue.held_by(request)[0])
        request.is_granted = True
        self._poke()

    # When all queues have granted what they can ---------------------------------------------

    def _settle(self) -> None:
        """Tell those who must wait, and sample."""
        self._freed = None
        self._freed_for.clear()
        for queue in self._every:
            arrived, queue.arrived = queue.arrived, []
            for request in arrived:
                if request in queue.line and not request.is_reported:
                    request.is_reported = True
                    request.owner.waiting(cause(request))
        for queue in self._queues:
            self._sample(queue)

    def _sample(self, queue: Queue) -> None:
        head = queue.head
        words = cause(head).words if head is not None else None
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
                cause=words,
            )
            self._append_change(sample)

    def _append_change(self, sample: QueueSample) -> None:
        key = (sample.queue, sample.gpu_type)
        last = self._last.get(key)
        if last is None or _content(last) != _content(sample):
            self._samples.append(sample)
            self._last[key] = sample


def _content(sample: QueueSample) -> tuple[object, ...]:
    return sample.used, sample.limit, sample.waiting, sample.head_since_s, sample.cause
