"""The vectorised request engine: planes with clocks of their own, and one clock of control.

Each plane looks ahead to its next stop, where control must see or act; the run alternates between
the earliest stop of any plane and the next event of control. Only an event that touches a
deployment makes its plane go back.
"""

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

import numpy as np

from sim.clock import Clock, Order, rank
from sim.engines.contract.engine import Evaluated, RunningPlane
from sim.engines.contract.plane import Answer, Notices
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.compilation import Form
from sim.engines.vectorised.plane import Present, Stop, VectorisedPlane
from sim.scenario.models.deployment import Deployment
from sim.workload.workload import Workload

_FIRST_STRETCH: Final = 16
"""Evaluations that a plane looks ahead at first; doubles while nothing stops it.

What is simulated further than control lets stand is simulated twice; what is simulated in small
pieces costs a checkpoint, and a call of the event loop, for each.
"""


@dataclass(slots=True)
class _Ahead:
    """A deployment as this engine serves it: its plane, and how far that is to look ahead next."""

    plane: VectorisedPlane
    first_stretch_s: float
    stretch_s: float


class VectorisedEngine:
    """Planes with clocks of their own; the clock of control sees only what control must do."""

    def __init__(self, clock: Clock, horizon_s: float) -> None:
        """Make an engine without planes."""
        self._clock = clock
        self._horizon_s = horizon_s
        self._most_ahead: int | None = None
        self._present = Present()
        self._ahead: dict[int, _Ahead] = {}
        self._known: list[tuple[float, int, int, int]] = []
        """A heap with an entry for each plane: instant, class, number of the deployment, version.

        The class is that of its stop, or 0 if it knows of none before the instant. An entry of an
        earlier version is of before the plane was touched, and is dropped when it comes up.
        """
        self._touched: set[int] = set()
        self._form = Form()

    def plane(
        self, number: int, deployment: Deployment, workload: Workload, notices: Notices
    ) -> RunningPlane:
        """Make the plane of a deployment."""
        plane = VectorisedPlane(
            self._present,
            number,
            deployment,
            workload,
            notices,
            self._touched.add,
            self._form,
        )
        plane.most_ahead = self._most_ahead
        interval_s = deployment.autoscaler.evaluation_interval_s
        self._form.expect(workload.arrival_at_s.size + int(self._horizon_s / interval_s))
        first_s = _FIRST_STRETCH * interval_s
        self._ahead[number] = _Ahead(plane, first_s, first_s)
        return plane

    def begin(self, number: int, control: Evaluated) -> None:
        """Let a deployment be evaluated from now on."""
        self._ahead[number].plane.evaluations = control
        self._touched.add(number)

    def advance(self, until_s: float) -> None:
        """Alternate between the earliest stop of a plane and the next event of control."""
        while True:
            limit_s = min(self._clock.peek(), until_s)
            stop = self._next_stop(limit_s)
            if stop is not None:
                self._set(stop)
            elif limit_s < until_s:
                self._step()
            else:
                break

    def finish(self, horizon_s: float) -> None:
        """Bring every plane to the horizon."""
        self._present.at_s, self._present.order = horizon_s, 0
        self._present.deployment = -1
        for ahead in self._ahead.values():
            ahead.plane.catch_up()

    # For live runs (`sim.engines.contract.live`) --------------------------------------------

    def look_ahead_at_most(self, requests: int) -> None:
        """Simulate no deployment for more requests in advance, from now on.

        Results do not depend on that; how long it takes until `advance` returns does.
        """
        self._most_ahead = requests
        for ahead in self._ahead.values():
            ahead.plane.most_ahead = requests

    def before_more_arrive(self, from_s: float, until_s: float, most: int) -> float:
        """Return until when at most so many requests of a deployment arrive, at most `until_s`.

        It is behind `from_s`, however many requests share an instant.
        """
        for ahead in self._ahead.values():
            until_s = min(until_s, ahead.plane.arrival_after(from_s, most))
        return max(until_s, float(np.nextafter(from_s, loop.NEVER_AT)))

    def carry_out_events(self, at_s: float) -> None:
        """Let control carry out what is next on its clock while that is an event at `at_s`."""
        while self._clock.peek_place() < (at_s, rank(Order.NOTICE, 0)):
            self._step()

    def extend(self, horizon_s: float) -> None:
        """Look ahead as far as a later end."""
        self._horizon_s = horizon_s

    def amend(self, deployment: int, workload: Workload) -> None:
        """Let a plane take another workload."""
        self._ahead[deployment].plane.amend(workload)

    def answer(self, deployment: int, request: int) -> Answer | None:
        """Return how a request ended, as far as its plane has looked ahead."""
        return self._ahead[deployment].plane.answer(request)

    # Stops and events -----------------------------------------------------------------------

    def _step(self) -> None:
        present, at_s = self._present, self._clock.peek()
        if at_s > present.at_s:
            present.at_s, present.order, present.deployment = at_s, loop.TICK_CLASS, -1
        self._clock.step()

    def _set(self, stop: Stop) -> None:
        """Let control see a stop: an item of its class at its instant."""
        is_tick = stop.code == loop.SEEN_ENOUGH
        order = Order.EVALUATION if is_tick else Order.NOTICE
        item = self._clock.at(stop.at_s, rank(order, stop.deployment))
        item.callbacks.append(lambda _item: self._reach(stop))
        present = self._present
        present.at_s, present.order, present.deployment = stop.at_s, stop.order, stop.deployment
        self._clock.step()

    def _reach(self, stop: Stop) -> None:
        self._touched.add(stop.deployment)
        self._ahead[stop.deployment].plane.reach(stop)

    def _next_stop(self, limit_s: float) -> Stop | None:
        """Return the earliest stop before `limit_s`, by instant, class and deployment."""
        known = self._known
        for number in self._touched:
            ahead = self._ahead[number]
            ahead.stretch_s = ahead.first_stretch_s
            heappush(known, (ahead.plane.known_until_s, 0, number, ahead.plane.version))
        self._touched.clear()
        while known and known[0][0] < limit_s:
            _at_s, order, number, version = known[0]
            ahead = self._ahead[number]
            plane = ahead.plane
            if version != plane.version:
                heappop(known)
                continue
            # No plane that knows less is left, so this stop is the first of all. It stays in the
            # heap: by reaching it the plane gets another version.
            if order:
                return plane.stop
            heappop(known)
            until_s = min(max(limit_s, plane.known_until_s + ahead.stretch_s), self._horizon_s)
            # As far as it is known it is settled: it was the plane that knows least, and the next
            # event of control is at `limit_s` or later.
            stop = plane.look_ahead(plane.pass_by(until_s))
            if stop is None:
                ahead.stretch_s *= 2
                heappush(known, (plane.known_until_s, 0, number, plane.version))
            else:
                heappush(known, (stop.at_s, stop.order, number, plane.version))
        return None
