"""Numbers of a study in words: no digit that its interval does not bear."""

import math
from typing import Final

from sim.spans import span
from sim.studies.estimates.number import Number

FEW_DIGITS: Final = 3
"""Digits of a number without an interval."""

_SCALES: Final = (
    ("d", 86_400.0, 2 * 86_400.0),
    ("h", 3_600.0, 2 * 3_600.0),
    ("min", 60.0, 120.0),
    ("s", 1.0, 1.0),
)
"""Units of time, their seconds, and from how many seconds on they are used: 90 s are no 1.5 min."""
UNNAMED: Final = frozenset({"ratio", "yes/no", "number"})
"""Units that are not written behind a number."""


def number_words(number: Number) -> str:
    """Return an estimate without its interval: "18.2 s"; a dash where there is none."""
    if number.value is None:
        return "-"
    return worded(number.value, number.unit, half_width(number), near=number.value)


def interval_words(number: Number) -> str:
    """Return the interval of an estimate: "17.5 to 18.9 s", "at most 0.095"; else a dash."""
    if number.low is None and number.high is None:
        return "the same in all" if number.kind == "identical" else "-"
    half, near = half_width(number), number.value
    if number.low is None:
        return f"at most {worded(number.high or 0.0, number.unit, half, near=near)}"
    if number.high is None:
        return f"at least {worded(number.low, number.unit, half, near=near)}"
    scale_of = max(abs(number.low), abs(number.high)) if near is None else near
    low = worded(number.low, number.unit, half, near=scale_of, named=False)
    return f"{low} to {worded(number.high, number.unit, half, near=scale_of)}"


def percent(number: Number) -> Number:
    """Return a share of runs in percent, as people say it."""
    ends = {"value": number.value, "low": number.low, "high": number.high}
    scaled = {name: None if end is None else 100 * end for name, end in ends.items()}
    return number.model_copy(update={**scaled, "unit": "%"})


def half_width(number: Number) -> float | None:
    """Return half of the width of an interval with two ends."""
    if number.low is None or number.high is None:
        return None
    return (number.high - number.low) / 2


def worded(
    value: float,
    unit: str,
    half: float | None = None,
    *,
    near: float | None = None,
    named: bool = True,
) -> str:
    """Return a value with its unit.

    Args:
        value: In `unit`.
        unit: As a measure states it; a ratio and a truth have none.
        half: Half of the width of its interval, which two digits of are given.
        near: What the scale of a time is chosen for, so that both ends of an interval have one.
        named: Whether the unit stands behind it.
    """
    if unit == "s":
        return _time(value, half, value if near is None else near, named=named)
    digits = rounded(value, half)
    return digits if not named or unit in UNNAMED else f"{digits} {unit}"


def rounded(value: float, half: float | None) -> str:
    """Return a value to the digits that half of its interval's width bears: two of that."""
    if half:
        decimals = max(0, 1 - math.floor(math.log10(half)))
    elif value == round(value):
        decimals = 0
    else:
        decimals = max(0, FEW_DIGITS - 1 - math.floor(math.log10(abs(value))))
    words = f"{value:,.{decimals}f}"
    return words.removeprefix("-") if float(words.replace(",", "")) == 0 else words


def _time(value_s: float, half_s: float | None, near_s: float, *, named: bool) -> str:
    if half_s is None and named and value_s >= 0:
        return span(value_s)
    name, size_s = _scale(near_s)
    digits = rounded(value_s / size_s, None if half_s is None else half_s / size_s)
    return f"{digits} {name}" if named else digits


def _scale(near_s: float) -> tuple[str, float]:
    """Return the unit that a time is given in, and its seconds."""
    for name, size_s, from_s in _SCALES:
        if abs(near_s) >= from_s:
            return name, size_s
    return ("ms", 1e-3) if near_s else ("s", 1.0)
