"""Time zones by name, and what their clocks show, in summer and in winter.

The zones are those of the package `tzdata`, not the system's: a system may have none, and two
systems different ones, which would give different runs. A text names a zone as RFC 9557 does:
``2026-03-02T09:00[Europe/Berlin]``.
"""

import difflib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from typing_extensions import override

DAY_S: Final = 86400
_A_SECOND: Final = timedelta(seconds=1)
_NAMED: Final = re.compile(r"(.+?)\[([^\[\]]+)\]")
_DATA: Final = "tzdata"
FORM: Final = (
    "must be a date and time with a zone, as in 2026-01-05T08:00[Europe/Berlin] or "
    "2026-01-05T08:00:00+01:00"
)
"""What to say about a text that is none."""


class _Zone(ZoneInfo):
    """A zone of the package, which can be copied and sent to another process by its name."""

    @override
    def __reduce__(self) -> tuple[Callable[[str], ZoneInfo], tuple[str]]:
        return zone, (str(self.key),)


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone called *name*, such as Europe/Berlin.

    Raises:
        ValueError: There is none; the message has the nearest name.
    """
    known = files(_DATA).joinpath("zones").read_text("utf-8").split()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise ValueError(
            f"names no time zone: {name}{f'; did you mean {near[0]}?' if near else ''}"
        )
    with files(_DATA).joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return _Zone.from_file(rules, key=name)


def read_clock(text: str) -> datetime:
    """Return the date and time in *text*, with its zone, or with its offset from UTC alone.

    ``2026-03-02T09:00[Europe/Berlin]``, ``2026-03-02T09:00+01:00[Europe/Berlin]`` or
    ``2026-03-02T09:00+01:00``. Of two instants at which the clock of the zone shows the same, the
    first is meant, unless the offset says the second. With ``Z`` and a zone it is the time of UTC.

    Raises:
        ValueError: It has no such form, there is no such zone, or the clock of the zone never
            shows this, or not with this offset.

    Source: RFC 9557, section 3; of two instants the first, as PEP 495 has it with fold 0.
    """
    found = _NAMED.fullmatch(text)
    if found is None:
        return _read(text)
    said, named = _read(found[1]), zone(found[2])
    if found[1].endswith("Z"):
        return said.astimezone(named)
    shown = said.replace(tzinfo=None)
    instants = instants_of(shown, named)
    if not instants:
        raise ValueError(left_out(shown, named))
    if said.tzinfo is None:
        return instants[0]
    for instant in instants:
        if instant.utcoffset() == said.utcoffset():
            return instant
    raise ValueError(
        f"has an offset that {named.key} has not then: write {instants[0].isoformat()}"
    )


def written_clock(clock: datetime) -> str:
    """Return the text that `read_clock` reads as *clock* again."""
    named = zone_of(clock)
    return clock.isoformat() if named is None else f"{clock.isoformat()}[{named.key}]"


def zone_of(clock: datetime) -> ZoneInfo | None:
    """Return the zone that *clock* has by name; None if it has an offset alone."""
    return clock.tzinfo if isinstance(clock.tzinfo, ZoneInfo) else None


def instants_of(shown: datetime, named: ZoneInfo) -> list[datetime]:
    """Return the instants at which the clock of a zone shows *shown*, a date and time alone.

    One; two where the clock is set back; none where it is set forward.
    """
    first, second = (shown.replace(tzinfo=named, fold=fold) for fold in (0, 1))
    both = [first] if first.utcoffset() == second.utcoffset() else [first, second]
    return [one for one in both if _seen_from_utc(one) == shown]


def first_instant(shown: datetime, clock_zone: tzinfo) -> datetime:
    """Return the first instant, in UTC, at which a clock shows *shown* or is already beyond it.

    Of a time that the clock shows twice that is the first one; of a time that it leaves out, the
    instant at which it is set forward.

    Args:
        shown: A date and time alone, in whole seconds.
        clock_zone: Whose clock: a zone by name, or an offset.
    """
    first, second = (shown.replace(tzinfo=clock_zone, fold=fold) for fold in (0, 1))
    if _seen_from_utc(first) == shown:
        return first.astimezone(UTC)
    # PEP 495: a time that is left out is read with the offset before the change for fold 0, which
    # is an instant after it, and with the offset after the change for fold 1, an instant before.
    before, after = second.astimezone(UTC), first.astimezone(UTC)
    while after - before > _A_SECOND:
        middle = before + (after - before) // _A_SECOND // 2 * _A_SECOND
        if middle.astimezone(clock_zone).replace(tzinfo=None) < shown:
            before = middle
        else:
            after = middle
    return after


def left_out(shown: datetime, named: ZoneInfo) -> str:
    """Return what to say about a date and time that the clock of a zone never shows."""
    instead = _seen_from_utc(shown.replace(tzinfo=named))
    return (
        f"is an instant that there is not: the clock of {named.key} is set forward over "
        f"{shown:%Y-%m-%d %H:%M:%S}, and {instead:%H:%M:%S} is as long after midnight"
    )


def clock_at(start: datetime, at_s: float) -> datetime:
    """Return what the clock that shows *start* at 0 shows `at_s` seconds later."""
    if zone_of(start) is None:
        return start + timedelta(seconds=at_s)
    return (start.astimezone(UTC) + timedelta(seconds=at_s)).astimezone(start.tzinfo)


def clock_changes(start: datetime, until_s: float) -> Iterator[tuple[float, float]]:
    """Yield when a clock is set forward or back before `until_s`, and by how much since *start*.

    Args:
        start: What it shows at 0.
        until_s: Seconds since then.

    Yields:
        Seconds since *start*, above 0, and by how many seconds it is ahead from then on of a clock
        that has kept the offset of *start*; less than 0 where it is behind.
    """
    if zone_of(start) is None:
        return
    second = start.astimezone(UTC).replace(microsecond=0)  # clocks are set at whole seconds
    into_s = start.microsecond / 1e6
    last_s = min(int(until_s + 1), int((datetime.max.replace(tzinfo=UTC) - second).total_seconds()))

    def ahead_s(after_s: int) -> float:
        offset = (second + timedelta(seconds=after_s)).astimezone(start.tzinfo).utcoffset()
        return ((offset or timedelta()) - (start.utcoffset() or timedelta())).total_seconds()

    begin_s, shift_s = 0, 0.0
    while begin_s < last_s:
        end_s = min(begin_s + DAY_S, last_s)  # no zone's clock is set twice in a day
        if ahead_s(end_s) != shift_s:
            while end_s - begin_s > 1:
                middle_s = (begin_s + end_s) // 2
                if ahead_s(middle_s) == shift_s:
                    begin_s = middle_s
                else:
                    end_s = middle_s
            begin_s, shift_s = end_s, ahead_s(end_s)
            if begin_s - into_s < until_s:
                yield begin_s - into_s, shift_s
        else:
            begin_s = end_s


def _read(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(FORM) from None


def _seen_from_utc(instant: datetime) -> datetime:
    """Return the date and time that the clock shows at an instant, whatever *instant* says."""
    return instant.astimezone(UTC).astimezone(instant.tzinfo).replace(tzinfo=None, fold=0)
