"""What the instants of a recorded trace count from.

Owns the words and instants that `origin` takes. Where a run begins in a trace, once its file is
read, is decided in ``sim.workload.alignment``.
"""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from sim.units import DURATION_UNITS, MAX_TEXT_LENGTH, NUMBER, FileForm
from sim.zones import FORM, read_clock

OriginWord: TypeAlias = Literal["first", "zero", "start"]
_WORDS: Final[tuple[OriginWord, ...]] = get_args(OriginWord)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_NS: Final = 2**62
_UNIT_S: Final = MappingProxyType(
    {**DURATION_UNITS, "us": Fraction(1, 10**6), "ns": Fraction(1, 10**9)}
)
"""Seconds in a unit: those of durations, and those that times of traces have besides."""
_NUMBER: Final = re.compile(rf"({NUMBER}) ?([a-z]+)", re.ASCII)
_FORM: Final = (
    "must be first, zero, start, a date and time with a zone, as in 2026-01-05T08:00:00+01:00, or "
    "a number of the file with its unit, as in 90s"
)


def epoch_ns(instant: datetime) -> int:
    """Return the nanoseconds from 1970-01-01T00:00:00Z to *instant*, exactly."""
    return (instant - _EPOCH) // timedelta(microseconds=1) * 1000


def origin_of(text: str) -> OriginWord | datetime | int:
    """Return what an `origin` says: a word, an instant, or nanoseconds since the file's own 0.

    Raises:
        ValueError: It is none of these.
    """
    for word in _WORDS:
        if text == word:
            return word
    if text[4:5] == "-" and text[:4].isdigit():
        instant = read_clock(text)
        if instant.utcoffset() is None:
            raise ValueError(FORM)
        return instant
    found = _NUMBER.fullmatch(text) if len(text) <= MAX_TEXT_LENGTH else None
    if found is None or found[2] not in _UNIT_S:
        raise ValueError(_FORM)
    origin_ns = Fraction(found[1]) * _UNIT_S[found[2]] * 10**9  # as a float 1970 is too far away
    if abs(origin_ns) > _LATEST_NS:
        raise ValueError(_FORM)
    return round(origin_ns)


def _readable(text: str) -> str:
    try:
        origin_of(text)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError("origin", "{reason}", {"reason": str(error)}) from None
    return text


Origin: TypeAlias = Annotated[
    str,
    AfterValidator(_readable),
    FileForm(
        "Origin",
        {"type": "string", "examples": ["start", "2026-01-05T08:00:00+01:00", "90s"]},
    ),
]
"""A word, a date and time with its zone, or a number of the file with its unit."""
