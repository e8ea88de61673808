"""Carrying out a schedule of bounds: a change wherever an entry begins or ends, on the clock."""

from collections.abc import Callable
from datetime import datetime

from sim.clock import Alarm, Clock, bounds_rank
from sim.scenario.models.schedule import Bounds, Schedule, ScheduledBounds


class BoundsSchedule:
    """The schedule of one deployment.

    At an instant it says once what holds, behind the timeline's events: what these make of the
    schedule is one change, too.
    """

    def __init__(
        self,
        clock: Clock,
        start: datetime,
        schedule: Schedule,
        deployment: int,
        change: Callable[[Bounds | None], None],
    ) -> None:
        """Make a schedule that says nothing before `begin`.

        Args:
            clock: The simulated clock.
            start: What the clock on the wall shows at 0.
            schedule: The entries.
            deployment: The deployment's place among all.
            change: Called with what holds from the present on, which may have held before; None:
                the bounds of configurations.
        """
        self._clock = clock
        self._start = start
        self._bounds = ScheduledBounds(schedule, start)
        self._rank = bounds_rank(deployment)
        self._change = change
        self._alarm = Alarm(clock, self._ring)

    def begin(self) -> Bounds | None:
        """Return what holds now, and follow the clock from now on."""
        self._wait()
        return self._bounds.at(self._clock.now)

    def set(self, schedule: Schedule) -> None:
        """Follow other entries, from this instant on."""
        self._bounds = ScheduledBounds(schedule, self._start)
        self._alarm.set(self._clock.now, self._rank)

    def _ring(self) -> None:
        self._wait()
        self._change(self._bounds.at(self._clock.now))

    def _wait(self) -> None:
        next_s = self._bounds.next_after(self._clock.now)
        if next_s is not None:
            self._alarm.set(next_s, self._rank)
