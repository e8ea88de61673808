"""What is asked of a measure of a run, in words: ``ranker.response_s.p99 < 2s``.

Owns the grammar: address, operator, limit. Which measures there are, and in what unit each is, is
known where runs are told, and is not asked here.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from sim.addresses import steps_of
from sim.units import MAX_TEXT_LENGTH, NUMBER, parse_duration, parse_rate

LimitKind = Literal["duration", "rate", "percentage", "truth", "number"]
"""How a limit is written: ``2s``, ``20/s``, ``1%``, ``yes`` or ``no``, ``0.99``."""

OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
    }
)
"""What may stand between a measure and its limit."""

MAX_LENGTH: Final = 500
"""Of a condition, in characters."""

_TRUTHS: Final[Mapping[str, float]] = MappingProxyType({"no": 0.0, "yes": 1.0})
_PARTS: Final = re.compile(r"([^<>=!]+?)\s*([<>=!]+)\s*([^<>=!]*)")
_NUMBER: Final = re.compile(NUMBER, re.ASCII)
_WITH_UNIT: Final = re.compile(rf"({NUMBER}) ?[A-Za-z].*", re.ASCII)
_EXAMPLE: Final = "ranker.response_s.p99 < 2s"


@dataclass(frozen=True, slots=True)
class Condition:
    """A measure, and where its value is to lie.

    Attributes:
        address: The measure's, as written: its first parts may be left out.
        operator: A key of `OPERATORS`.
        limit: In seconds, events a second, as a ratio, as 1 for yes and 0 for no, or the number
            itself, by its kind.
        kind: How the limit is written.
    """

    address: str
    operator: str
    limit: float
    kind: LimitKind

    def is_met_by(self, value: float) -> bool:
        """Return whether a value meets it: of a run without a value, infinite or NaN, it is not.

        A duration that did not end is worse than every value, so that it does not meet "> 10s"
        either.
        """
        return math.isfinite(value) and OPERATORS[self.operator](value, self.limit)


def parse_condition(text: str) -> Condition:
    """Return the condition in *text*.

    Raises:
        ValueError: It is none; the message says what to write.
    """
    parts = _PARTS.fullmatch(text.strip())
    if parts is None or len(text) > MAX_LENGTH:
        raise ValueError(f"is no condition: write a measure, an operator, a limit: {_EXAMPLE}")
    address, written, limit = parts.groups()
    if written not in OPERATORS:
        raise ValueError(f"has the unknown operator {written}: write one of {' '.join(OPERATORS)}")
    if steps_of(address) is None:
        raise ValueError(f"has no address of a measure: {address} is none; write {_EXAMPLE}")
    value, kind = _limit(limit.strip())
    if kind == "truth" and written != "==":
        raise ValueError(f"asks whether it is {written} {limit.strip()}: write == yes or == no")
    return Condition(address, written, value, kind)


def _limit(text: str) -> tuple[float, LimitKind]:
    """Return a limit and how it is written.

    Raises:
        ValueError: It is none.
    """
    if text in _TRUTHS:
        return _TRUTHS[text], "truth"
    number = text.removesuffix("%").rstrip()
    if len(text) <= MAX_TEXT_LENGTH and _NUMBER.fullmatch(number):
        value = float(number)
        if not math.isfinite(value):
            raise ValueError(f"has a limit that is too large: {text}")
        return (value, "number") if number == text else (value / 100, "percentage")
    if _WITH_UNIT.fullmatch(text):
        return _parsed(parse_duration, text), "duration"
    if "/" in text:
        return _parsed(parse_rate, text), "rate"
    said = f"has no limit that is known: {text}" if text else "has no limit"
    raise ValueError(f"{said}; write 2s, 1%, 0.99, 20/s, yes or no")


def _parsed(parse: Callable[[str], float], text: str) -> float:
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"has a limit that {error}") from None
