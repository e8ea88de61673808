"""Schedules of bounds: how many replicas a deployment has at least and at most, by the clock.

Owns what a schedule says and what it comes to at an instant of a run. What a change of bounds does
is control's business (`sim.control.schedule`).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Final, Literal, NamedTuple, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.models.spec import Spec
from sim.scenario.models.zone import ZoneName
from sim.units import Count, FileForm, PositiveCount
from sim.zones import clock_at, first_instant, zone

Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME_PATTERN: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
_TIME_FORM: Final = FileForm(
    "TimeOfDay",
    {
        "type": "string",
        "pattern": _TIME_PATTERN,
        "examples": ["07:45", "19:00"],
    },
)
_DAYS_BACK: Final = 2
"""A window may have begun the day before, and clocks of zones are up to a day apart."""
_DAYS_AHEAD: Final = 16
"""A day of the week comes within seven; one that has no such hour, or is left out, a week later."""


def _time_of_day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(_TIME_PATTERN, value):
        return value
    reason = "must be a time of day from 00:00 to 23:59:59, as in 07:45"
    raise PydanticCustomError("time_of_day", "{reason}", {"reason": reason})


TimeOfDay = Annotated[str, BeforeValidator(_time_of_day), _TIME_FORM]
"""What a clock shows: `07:45` or `07:45:30`."""


class Bounds(NamedTuple):
    """The fewest and the most live replicas that a revision may have."""

    min_replicas: int
    max_replicas: int


class ScheduleEntry(Spec):
    """Bounds that hold on some days, from one time of the clock up to another."""

    min_count: Count
    """Fewest live replicas, in place of minReplicas."""
    max_count: PositiveCount
    """Most live replicas, in place of maxReplicas."""
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] | None = None
    """Days on which it begins; absent: every day."""
    from_time: Annotated[TimeOfDay, Field(alias="from")]
    """When it begins on each of these days."""
    to_time: Annotated[TimeOfDay, Field(alias="to")]
    """When it ends: on that day or, if that is not later than `from`, on the next one."""
    zone: ZoneName | None = None
    """Whose clock; absent: the one of the scenario's `start`."""

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.min_count > self.max_count:
            msg = f"min must be at most max, but {self.min_count} is above {self.max_count}"
            raise ValueError(msg)
        return self

    @property
    def bounds(self) -> Bounds:
        """What it puts in place of the bounds of configurations."""
        return Bounds(self.min_count, self.max_count)


Schedule: TypeAlias = tuple[ScheduleEntry, ...]
"""The first entry that covers an instant gives the bounds; none: the configuration does."""


class ScheduledBounds:
    """A schedule on the time of a run."""

    def __init__(self, schedule: Sequence[ScheduleEntry], start: datetime) -> None:
        """Put `schedule` on the time of a run that begins when the clock shows `start`."""
        self._entries = [
            (entry, start.tzinfo if entry.zone is None else zone(entry.zone)) for entry in schedule
        ]
        self._start = start

    def at(self, at_s: float) -> Bounds | None:
        """Return the bounds that hold at an instant; None for those of the configuration."""
        for entry, clock_zone in self._entries:
            windows = self._windows(entry, clock_zone, at_s)
            if any(from_s <= at_s < to_s for from_s, to_s in windows):
                return entry.bounds
        return None

    def next_after(self, at_s: float) -> float | None:
        """Return the first instant after `at_s` at which an entry begins or ends; None: never.

        What holds from then on may be what held before.
        """
        ends = (
            edge_s
            for entry, clock_zone in self._entries
            for window in self._windows(entry, clock_zone, at_s)
            for edge_s in window
            if edge_s > at_s and window[0] < window[1]
        )
        return min(ends, default=None)

    def _windows(
        self, entry: ScheduleEntry, clock_zone: tzinfo | None, at_s: float
    ) -> Iterator[tuple[float, float]]:
        """Yield when `entry` covers time around `at_s`, [from, to) in seconds since the start."""
        begins, ends = time.fromisoformat(entry.from_time), time.fromisoformat(entry.to_time)
        nights = timedelta(days=ends <= begins)
        try:
            today = clock_at(self._start, at_s).astimezone(clock_zone).date()
        except OverflowError:  # the calendar ends with the year 9999
            return
        for ahead in range(-_DAYS_BACK, _DAYS_AHEAD):
            try:
                day = today + timedelta(days=ahead)
                if entry.days is None or _WEEKDAYS[day.weekday()] in entry.days:
                    yield (
                        self._instant_s(day, begins, clock_zone),
                        self._instant_s(day + nights, ends, clock_zone),
                    )
            except OverflowError:  # on the calendar's first or last days
                continue

    def _instant_s(self, day: date, shown: time, clock_zone: tzinfo | None) -> float:
        """Return when the clock shows a time of a day, in seconds since the start."""
        instant = first_instant(datetime.combine(day, shown), clock_zone or UTC)
        return (instant - self._start).total_seconds()
