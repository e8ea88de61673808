"""Instants of the timeline as people say them: the clock that shows it, perhaps with the day.

``"11:00"`` is the first instant, from time 0 on, at which the clock shows it in the zone of the
scenario's `start`; ``"Tue 12:05"`` the first on that day of the week. A zone by name sets its clock
forward and back: what it shows twice is the first of the two, and what it leaves out is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from sim.units import SECONDS_FORM, FileForm, Seconds, format_duration
from sim.zones import instants_of, left_out, zone_of

DAY_S: Final = 86400.0
WEEK_S: Final = 7 * DAY_S
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CLOCK_PATTERN: Final = (
    r"^(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?$"
)


class Shown(NamedTuple):
    """A time as a clock shows it: of every day, or of one day of the week.

    Attributes:
        weekday: Monday is 0; None for every day.
        at_s: Seconds since midnight, or since Monday's midnight where a weekday is named.
    """

    weekday: int | None
    at_s: float


def shown(text: str) -> Shown | None:
    """Return what ``11:00``, ``11:00:30`` or ``Tue 12:05`` means; None for any other form."""
    found = re.match(CLOCK_PATTERN, text)
    if found is None:
        return None
    day, hour, minute, second = found.groups()
    clock_s = int(hour) * 3600 + int(minute) * 60 + int(second or 0)
    weekday = None if day is None else DAYS.index(day)
    return Shown(weekday, (weekday or 0) * DAY_S + clock_s)


INSTANT_FORM: Final = FileForm(
    "Instant",
    {
        "anyOf": [
            dict(SECONDS_FORM.schema),
            {"type": "string", "pattern": CLOCK_PATTERN, "examples": ["11:00", "Tue 12:05"]},
        ]
    },
)


@dataclass(frozen=True, slots=True)
class _LeftOut:
    """Stands where an event has a time that the clock never shows, and why that is."""

    reason: str


def _no_clock(value: Any) -> Any:
    """Refuse what was meant for a clock: by now every time that a clock shows has been read."""
    if isinstance(value, _LeftOut):
        raise PydanticCustomError("instant", "{reason}", {"reason": value.reason})
    if isinstance(value, str) and ":" in value:
        reason = "is no time of day: write 11:00 or Tue 12:05, by the clock of start"
        raise PydanticCustomError("instant", "{reason}", {"reason": reason})
    return value


Instant = Annotated[Seconds, BeforeValidator(_no_clock), INSTANT_FORM]
"""Seconds from time 0; in a scenario file a duration, or the clock that shows it."""


def on_the_clock(text: str, start: datetime) -> float | None:
    """Return how many seconds after `start` the clock shows *text* for the first time.

    Args:
        text: As `shown` takes it.
        start: The wall clock at time 0. An offset from UTC holds for the whole run, and a zone by
            name has that of each instant.

    Returns:
        None if *text* is no such form.

    Raises:
        ValueError: The clock is set forward over that time on the first day that would have it.
    """
    found = shown(text)
    if found is None:
        return None
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    since_s = (start - midnight).total_seconds()
    period_s, first_s = DAY_S, found.at_s
    if found.weekday is not None:
        period_s, first_s = WEEK_S, found.at_s - start.weekday() * DAY_S
    named = zone_of(start)
    if named is None:
        return (first_s - since_s) % period_s
    clock = midnight.replace(tzinfo=None, fold=0) + timedelta(seconds=first_s)
    first = start.astimezone(UTC)  # by their own clock, instants would be an hour off over a change
    while True:
        instants = instants_of(clock, named)
        ahead_s = [(instant.astimezone(UTC) - first).total_seconds() for instant in instants]
        if not instants and clock > start.replace(tzinfo=None):
            raise ValueError(left_out(clock, named))
        if ahead_s and ahead_s[-1] >= 0:
            return next(after_s for after_s in ahead_s if after_s >= 0)
        clock += timedelta(seconds=period_s)


def with_instants(events: Any, start: datetime) -> Any:
    """Return events in the file's form whose `at` is a duration, where it was a clock's."""
    if not isinstance(events, list | tuple):
        return events
    return [_with_instant(event, start) for event in events]


def _with_instant(event: Any, start: datetime) -> Any:
    text = event.get("at") if isinstance(event, Mapping) else None
    try:
        at_s = on_the_clock(text, start) if isinstance(text, str) else None
    except (OverflowError, ValueError) as error:
        return {**event, "at": _LeftOut(str(error))}
    return event if at_s is None else {**event, "at": format_duration(at_s)}
