"""Instants of the timeline as people say them: the clock that shows it, perhaps with the day.

``"11:00"`` is the first instant, from time 0 on, at which the clock shows it in the zone of the
scenario's `start`; ``"Tue 12:05"`` the first on that day of the week.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from sim.units import SECONDS_FORM, FileForm, Seconds, format_duration

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


def _no_clock(value: Any) -> Any:
    """Refuse what was meant for a clock: by now every time that a clock shows has been read."""
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
        start: The wall clock at time 0, whose distance from UTC holds for the whole run.

    Returns:
        None if *text* is no such form.
    """
    found = shown(text)
    if found is None:
        return None
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    since_s = (start - midnight).total_seconds()
    if found.weekday is None:
        return (found.at_s - since_s) % DAY_S
    return (found.at_s - since_s - start.weekday() * DAY_S) % WEEK_S


def with_instants(events: Any, start: datetime) -> Any:
    """Return events in the file's form whose `at` is a duration, where it was a clock's."""
    if not isinstance(events, list | tuple):
        return events
    return [_with_instant(event, start) for event in events]


def _with_instant(event: Any, start: datetime) -> Any:
    text = event.get("at") if isinstance(event, Mapping) else None
    at_s = on_the_clock(text, start) if isinstance(text, str) else None
    return event if at_s is None else {**event, "at": format_duration(at_s)}
