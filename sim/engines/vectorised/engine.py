"""The vectorised request engine: planes with clocks of their own, and one clock of control.

Each plane looks ahead to its next stop, where control must see or act; the run alternates between
the earliest stop of any plane and the next event of control. Only an event that touches a
deployment makes its plane go back.
"""

from heapq import heappop, heappush
from typing import Final

import numpy as np

from sim.clock import Clock, Order, rank
from sim.engines.contract.engine import Evaluated, RunningPlane
from sim.engines.contract.plane import Notices
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.compilation import EventLoop
from sim.engines.vectorised.plane import Present, Stop, VectorisedPlane
from sim.scenario.models.deployment import Deployment
from sim.workload.workload import Workload

_FIRST_STRETCH: Final = 16
"""Evaluations that a plane looks ahead at first; doubles while nothing stops it."""


class VectorisedEngine:
    """Planes with clocks of their own; the clock of control sees only what control must do."""

    def __init__(self, clock: Clock, horizon_s: float, most_ahead: int | None = None) -> None:
        """Make an engine without planes; none will look ahead for more than `most_ahead` requests.

        Results do not depend on that; how long it takes until `advance` returns does.
        """
        self._clock = clock
        self._horizon_s = horizon_s
        self._most_ahead = most_ahead
        self._present = Present()
        self._planes: list[VectorisedPlane] = []
        self._stretch_s: list[float] = []
        self._first_stretch_s: list[float] = []
        self._controls: list[Evaluated] = []
        self._known: list[tuple[float, int, int, int]] = []
        self._touched: set[int] = set()
        self._event_loop = EventLoop()

    def plane(self, deployment: Deployment, workload: Workload, notices: Notices) -> RunningPlane:
        """Make the plane of the next deployment."""
        index = len(self._planes)
        plane = VectorisedPlane(
            self._present,
            index,
            deployment,
            workload,
            notices,
            self._touched.add,
            self._event_loop,
        )
        plane.most_ahead = self._most_ahead
        interval_s = deployment.autoscaler.evaluation_interval_s
        self._event_loop.expect(workload.arrival_at_s.size + int(self._horizon_s / interval_s))
        self._planes.append(plane)
        self._first_stretch_s.append(_FIRST_STRETCH * interval_s)
        self._stretch_s.append(_FIRST_STRETCH * interval_s)
        return plane

    def begin(self, control: Evaluated) -> None:
        """Let the next deployment be evaluated from now on."""
        self._event_loop.decide()
        index = len(self._controls)
        self._controls.append(control)
        self._planes[index].evaluations = control
        self._touched.add(index)

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

    def bounded(self, from_s: float, until_s: float, most: int) -> float:
        """Return until when at most so many requests of a plane arrive, and look ahead for no more.

        It is behind `from_s`, however many requests share an instant.
        """
        self._most_ahead = most
        for plane in self._planes:
            plane.most_ahead = most
            until_s = min(until_s, plane.arrival_after(from_s, most))
        return max(until_s, float(np.nextafter(from_s, loop.NEVER_AT)))

    def carry_out_events(self, at_s: float) -> None:
        """Let control carry out what is next on its clock while that is an event at `at_s`."""
        while self._clock.peek_place() < (at_s, rank(Order.NOTICE, 0)):
            self._step()

    def extend(self, horizon_s: float) -> None:
        """Look ahead as far as a later end."""
        self._horizon_s = horizon_s

    def finish(self, horizon_s: float) -> None:
        """Bring every plane to the horizon."""
        self._present.at_s, self._present.order = horizon_s, 0
        self._present.deployment = -1
        for plane in self._planes:
            plane.catch_up()

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
        plane = self._planes[stop.deployment]
        plane.reach(stop)
        self._touched.add(stop.deployment)
        if stop.code == loop.SEEN_ENOUGH:
            self._controls[stop.deployment].evaluate()

    def _next_stop(self, limit_s: float) -> Stop | None:
        """Return the earliest stop before `limit_s`, by instant, class and deployment."""
        known, planes = self._known, self._planes
        for index in self._touched:
            plane = planes[index]
            self._stretch_s[index] = self._first_stretch_s[index]
            heappush(known, (plane.known_until_s, 0, index, plane.version))
        self._touched.clear()
        while known and known[0][0] < limit_s:
            _at_s, order, index, version = known[0]
            plane = planes[index]
            if version != plane.version:
                heappop(known)
                continue
            if order:
                return plane.stop
            heappop(known)
            stretch_s = self._stretch_s[index]
            until_s = min(max(limit_s, plane.known_until_s + stretch_s), self._horizon_s)
            # What is known of it is settled: no event and no other plane comes before that.
            stop = plane.look_ahead(plane.pass_by(until_s))
            if stop is None:
                self._stretch_s[index] = 2 * stretch_s
                heappush(known, (plane.known_until_s, 0, index, plane.version))
            else:
                heappush(known, (stop.at_s, stop.order, index, plane.version))
        return None
