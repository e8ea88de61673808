"""The reference engine: requests and evaluations are events of the clock of control."""

from collections.abc import Callable

from sim.clock import Alarm, Clock, Order, rank
from sim.engines.contract.engine import Evaluated, RunningPlane
from sim.engines.contract.plane import Notices
from sim.engines.reference.plane import ReferencePlane
from sim.scenario.models.deployment import Deployment
from sim.workload.workload import Workload


class ReferenceEngine:
    """Requests and evaluations are events of the one clock."""

    def __init__(self, clock: Clock) -> None:
        """Make an engine without planes."""
        self._clock = clock
        self._intervals_s: list[float] = []
        self._begun = 0

    def plane(self, deployment: Deployment, workload: Workload, notices: Notices) -> RunningPlane:
        """Make the plane of the next deployment."""
        index = len(self._intervals_s)
        self._intervals_s.append(deployment.autoscaler.evaluation_interval_s)
        return ReferencePlane(self._clock, index, deployment, workload, notices)

    def begin(self, control: Evaluated) -> None:
        """Set the evaluations of the next deployment on the clock."""
        interval_s = self._intervals_s[self._begun]
        _Ringing(self._clock, self._begun, interval_s, control.evaluate)
        self._begun += 1

    def advance(self, until_s: float) -> None:
        """Step the clock."""
        while self._clock.peek() < until_s:
            self._clock.step()

    def bounded(self, from_s: float, until_s: float, most: int) -> float:  # noqa: ARG002 - a protocol
        """Return `until_s`: this engine is for comparisons, and nobody waits for it."""
        return until_s

    def carry_out_events(self, at_s: float) -> None:
        """Step the clock while what comes next is an event at `at_s`."""
        while self._clock.peek_place() < (at_s, rank(Order.NOTICE, 0)):
            self._clock.step()

    def extend(self, horizon_s: float) -> None:
        """Do nothing: the clock has no end."""

    def finish(self, horizon_s: float) -> None:
        """Do nothing: what happened has been noted."""


class _Ringing:
    """Rings evaluation k of one deployment at k x interval, from the present on."""

    def __init__(
        self, clock: Clock, deployment: int, interval_s: float, evaluate: Callable[[], None]
    ) -> None:
        self._interval_s = interval_s
        self._evaluate = evaluate
        self._rank = rank(Order.EVALUATION, deployment)
        self._count = int(clock.now / interval_s)
        while self._count * interval_s < clock.now:
            self._count += 1
        self._alarm = Alarm(clock, self._ring)
        self._alarm.set(self._count * interval_s, self._rank)

    def _ring(self) -> None:
        self._count += 1
        self._alarm.set(self._count * self._interval_s, self._rank)
        self._evaluate()
