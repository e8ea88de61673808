"""Instants as they are written, to whole nanoseconds: as decimals, never as floats.

A float of the size of the epoch has steps of 240 ns, which would change the last digits of nearly
every arrival.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

LengthUnit = Literal["s", "ms", "us", "ns"]
TimeUnit = Literal[LengthUnit, "iso8601", "clf"]

DATES: Final[frozenset[TimeUnit]] = frozenset({"iso8601", "clf"})
"""Units of dates, which count from the epoch; the others are numbers."""

DIGITS: Final = MappingProxyType({"s": 9, "ms": 6, "us": 3, "ns": 0})
"""Decimals of a number of the unit that are whole nanoseconds."""

NUMBER: Final = re.compile(
    r"[+-]?(?:[0-9]{1,25}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,2})?", re.ASCII
)
"""A number as recordings write it; no infinity, no "not a number"."""

_STAMP: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,]([0-9]{1,9}))?"
    r" ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?",
    re.ASCII,
)
_CLF: Final = re.compile(
    r"([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{4})", re.ASCII
)
MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
"""Of the common log format, in English whatever the server speaks."""

LATEST_NS: Final = 2**62
"""Instants beyond it, some 146 years, are no instants of a recording."""

NO_STAMP: Final = "the time must be a date and time such as 2023-11-16 18:17:03.97996"


_WITHIN: Final = "within 146 years of 1970"


class NoInstantError(ValueError):
    """A text is no instant; the message says what would be one."""


def nanoseconds(text: str, unit: TimeUnit) -> tuple[int, bool]:
    """Return an instant in whole nanoseconds, and whether it says its offset from UTC.

    A date and time counts from the epoch, one without an offset as if it were UTC. Digits beyond
    the nanosecond are rounded, halves to the even neighbour.

    Raises:
        NoInstantError: It is none.
    """
    if unit == "iso8601":
        return _stamp_ns(text.strip())
    if unit == "clf":
        return _stamp_ns(from_clf(text.strip()))
    if not NUMBER.fullmatch(text.strip()):
        raise NoInstantError(f"the time must be a number of {unit}")
    at_ns = Decimal(text.strip()).scaleb(DIGITS[unit])
    if abs(at_ns) > LATEST_NS:
        raise NoInstantError(
            f"the time must be a number of {unit} {_WITHIN}: is it in ms, us or ns?"
        )
    return int(at_ns.to_integral_value()), False


def written(at_ns: int, unit: TimeUnit) -> str:
    """Return an instant as people write it: a date where it counts from the epoch, else seconds."""
    if unit not in DATES and abs(at_ns) < 9 * 10**17:
        return f"{at_ns / 10**9:.9g} s"
    second, rest_ns = divmod(at_ns, 10**9)
    clock = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    fraction = f"{rest_ns:09d}".rstrip("0")
    return f"{clock:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}Z"


def from_clf(text: str) -> str:
    """Return an instant of the common log format, such as 01/May/2024:12:00:00 +0200, as ISO 8601.

    Raises:
        NoInstantError: It is none.
    """
    found = _CLF.fullmatch(text)
    if found is None or found[2] not in MONTHS:
        raise NoInstantError("the time must be written as in 01/May/2024:12:00:00 +0200")
    day, month, year, clock, offset = found.groups()
    return f"{year}-{MONTHS.index(month) + 1:02}-{day}T{clock}{offset}"


def _stamp_ns(text: str) -> tuple[int, bool]:
    found = _STAMP.fullmatch(text)
    if found is None:
        raise NoInstantError(NO_STAMP)
    date, minutes, seconds, fraction, zone = found.groups()
    # A leap second is the first instant of the next minute, as POSIX counts it.
    is_leap = seconds == ":60"
    offset = "+00:00" if zone in (None, "Z", "UTC") else zone
    try:
        clock = datetime.fromisoformat(
            f"{date}T{minutes}{':59' if is_leap else seconds or ':00'}{offset}"
        )
    except ValueError:  # such as 30 February
        raise NoInstantError(NO_STAMP) from None
    second = int(clock.timestamp()) + is_leap
    if abs(second) > LATEST_NS // 10**9:
        raise NoInstantError(f"{NO_STAMP}, {_WITHIN}")
    return second * 10**9 + int((fraction or "0").ljust(9, "0")), zone is not None
