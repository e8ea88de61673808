"""Grants on paper: what the resource queues would grant, if some of the replicas were not there.

The same rule as in `sim.control.queues`: who heads all its queues and fits in all of them is
granted. Nothing is changed, and lines are read only as far as grants go.
"""

from collections.abc import Collection, Iterator, Sequence

from sim.control.line import Queue, StartRequest
from sim.scenario.models.queues import Resource


class DryRun:
    """The queues as they are now, without some of the requests."""

    def __init__(self, queues: Sequence[Queue], *, without: Collection[StartRequest] = ()) -> None:
        """Give back what `without` hold, and take them out of the lines."""
        self._gone = set(without)
        self._queues = queues
        self._lines = [iter(queue.line) for queue in queues]
        self._used: list[dict[Resource, int]] = [dict(queue.used) for queue in queues]
        self._place = {queue.index: place for place, queue in enumerate(queues)}
        for request in self._gone:
            if request.is_granted:
                self._book(request, -1)
        self._heads = [self._next(place) for place in range(len(queues))]

    def grants(self) -> Iterator[StartRequest]:
        """Yield what would be granted now, one after another, until nothing more fits."""
        is_moving = True
        while is_moving:
            is_moving = False
            for place in range(len(self._queues)):
                while (head := self._heads[place]) is not None and self._is_grantable(head):
                    self._grant(head)
                    is_moving = True
                    yield head

    def _is_grantable(self, request: StartRequest) -> bool:
        return all(
            self._heads[self._place[queue.index]] is request
            and queue.place_for(request, self._used[self._place[queue.index]])[0]
            for queue in request.queues
        )

    def _grant(self, request: StartRequest) -> None:
        for queue in request.queues:
            place = self._place[queue.index]
            _fits, resource = queue.place_for(request, self._used[place])
            self._used[place][resource] = self._used[place].get(resource, 0) + queue.need(request)
            self._heads[place] = self._next(place)

    def _next(self, place: int) -> StartRequest | None:
        return next((request for request in self._lines[place] if request not in self._gone), None)

    def _book(self, request: StartRequest, sign: int) -> None:
        for queue in request.queues:
            resource, amount = queue.held_by(request)
            self._used[self._place[queue.index]][resource] += sign * amount
