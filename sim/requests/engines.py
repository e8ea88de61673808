"""Request engines behind one small protocol, and the reference one.

With `ReferenceEngine` requests are SimPy processes on the clock of control; with
`sim.scheduler.ahead.VectorisedEngine` each deployment's plane has a clock of its own.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.clock import Alarm, Clock, Order, rank
from sim.record import AttemptColumns
from sim.requests.plane import Notices, Observations, RequestPlane, TakesAttempts
from sim.requests.reference import ReferencePlane
from sim.scenario.deployment import Deployment
from sim.workload.workload import Workload


class Evaluated(Protocol):
    """A deployment's control, as an engine needs it."""

    def evaluate(self) -> None:
        """Carry out the evaluation of this instant."""

    def first_to_act(self, first: int, seen: Observations) -> int | None:
        """Return which of the next evaluations, numbered from `first`, would decide something."""

    def let_pass(self, count: int) -> None:
        """Note that the first `count` of the evaluations looked at have passed."""


class FinishedPlane(RequestPlane, Protocol):
    """A plane that can be asked for what happened."""

    def hand_over_to(self, taker: TakesAttempts) -> None:
        """Hand over attempts when they are over, from time to time; nothing has happened yet.

        `attempt_columns` then returns the others.
        """

    def attempt_columns(self) -> AttemptColumns:
        """Return every attempt that arrived and was not handed over, in order of arrival."""

    def backing_off(self) -> NDArray[np.int64]:
        """Return the numbers of the requests whose next attempt is still to come, ascending."""

    def let_go(self) -> None:
        """Let go of what the requests ask for; nothing more will happen."""

    def served_by(self) -> dict[str, int]:
        """Return how many attempts each path of the engine started."""


class RequestEngine(Protocol):
    """What a run needs of its requests."""

    def plane(self, deployment: Deployment, workload: Workload, notices: Notices) -> FinishedPlane:
        """Make the plane of the next deployment, in file order."""

    def begin(self, controls: Sequence[Evaluated]) -> None:
        """Know who evaluates, by deployment; everything is in its initial condition."""

    def advance(self, until_s: float) -> None:
        """Let everything happen that is due before `until_s`."""

    def finish(self, horizon_s: float) -> None:
        """Note that nothing more will happen; the run has advanced to the horizon."""


class ReferenceEngine:
    """Requests and evaluations are events of the one clock."""

    def __init__(self, clock: Clock, deployments: Sequence[Deployment]) -> None:
        """Make an engine without planes."""
        self._clock = clock
        self._deployments = deployments
        self._count = 0

    def plane(self, deployment: Deployment, workload: Workload, notices: Notices) -> FinishedPlane:
        """Make the plane of the next deployment."""
        index = self._count
        self._count += 1
        return ReferencePlane(self._clock, index, deployment, workload, notices)

    def begin(self, controls: Sequence[Evaluated]) -> None:
        """Set the evaluations on the clock."""
        for index, control in enumerate(controls):
            interval_s = self._deployments[index].autoscaler.evaluation_interval_s
            _Ringing(self._clock, index, interval_s, control.evaluate)

    def advance(self, until_s: float) -> None:
        """Step the clock."""
        while self._clock.peek() < until_s:
            self._clock.step()

    def finish(self, horizon_s: float) -> None:
        """Do nothing: what happened has been noted."""


class _Ringing:
    """Rings evaluation k of one deployment at k x interval, from k = 0 on."""

    def __init__(
        self, clock: Clock, deployment: int, interval_s: float, evaluate: Callable[[], None]
    ) -> None:
        self._interval_s = interval_s
        self._evaluate = evaluate
        self._rank = rank(Order.EVALUATION, deployment)
        self._count = 0
        self._alarm = Alarm(clock, self._ring)
        self._alarm.set(0.0, self._rank)

    def _ring(self) -> None:
        self._count += 1
        self._alarm.set(self._count * self._interval_s, self._rank)
        self._evaluate()
