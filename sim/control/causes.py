"""Why a start request waits: what is short where, and who stands ahead of it.

Questions about the queues as they are; nothing here changes them.
"""

from collections.abc import Iterable, Sequence

from sim.control.line import Queue, StartRequest
from sim.reasons import Reason
from sim.scenario.models.queues import Resource
from sim.waiting import Cause, Need, NeverFits, Shortage


def blocker(request: StartRequest) -> StartRequest:
    """Return whose need is short while `request` waits: its own, or that of one ahead of it.

    Who exceeds a limit waits for nothing else. Who stands behind such a one waits for what that one
    waits for, whoever is in between; else who is not at the head of a line waits for what the head
    of that line waits for.
    """
    while not request.is_oversized and (behind := _behind(request)) is not None:
        request = behind[1]
    return request


def short_queue(request: StartRequest) -> Queue:
    """Return the first queue in which `request`, which nobody else blocks, does not fit."""
    unfit = (queue for queue in request.queues if queue.exceeds(request))
    full = (queue for queue in request.queues if not queue.place_for(request)[0])
    return next(unfit, None) or next(full, request.queues[0])


def cause(request: StartRequest) -> Cause:
    """Return why a waiting `request` is not granted now."""
    behind = None if request.is_oversized else _behind(request)
    if behind is None:
        queue = short_queue(request)
        reason = Reason.ABOVE_LIMIT if request.is_oversized else Reason.NO_ROOM
        own = _shortage(queue, request)
        return Cause(reason, queue.name, own, own)
    line, ahead = behind
    first = blocker(ahead)
    return Cause(
        reason=Reason.BEHIND,
        line=line.name,
        own=_shortage(line, request),
        shortage=_shortage(short_queue(first), first),
        ahead=ahead.asker,
        first=None if first is ahead else first.asker,
    )


def never_fits(queues: Iterable[Queue], needs: Iterable[Need]) -> NeverFits | None:
    """Return the first of a replica's `needs` that is above the largest limit, if any is.

    The largest is that of the run when the run is over: it is judged then.
    """
    by_name = {queue.name: queue for queue in queues}
    for need in needs:
        largest = by_name[need.queue].largest_of(need)
        if largest is not None and need.amount > largest[1]:
            return NeverFits(need, *largest)
    return None


def _behind(request: StartRequest) -> tuple[Queue, StartRequest] | None:
    """Return in which line `request` stands behind whom, None where it heads all of them."""
    for queue in request.queues:
        if (oversized := queue.oversized_before(request)) is not None:
            return queue, oversized
    for queue in request.queues:
        if (head := queue.head) is not None and head is not request:
            return queue, head
    return None


def _shortage(queue: Queue, request: StartRequest) -> Shortage:
    resources: Sequence[Resource] = queue.wanted(request)
    limits = {resource: queue.limits.get(resource) or 0 for resource in resources}
    free = {resource: limits[resource] - queue.used.get(resource, 0) for resource in resources}
    nearest = max(resources, key=limits.__getitem__ if queue.exceeds(request) else free.__getitem__)
    return Shortage(
        need=queue.need_of(request),
        gpu_type=_type(nearest),
        free=max(free[nearest], 0),
        limit=limits[nearest],
    )


def _type(resource: Resource) -> str | None:
    return None if resource is None else resource.value
