"""Lengths of time, and instants of a run, as people say them."""

import math
from typing import Final

_BELOW_100_S: Final = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
"""Units of times that are shown to three digits, and their seconds."""

_FROM_100_S: Final = (("min", 60, "s", 1, 3600), ("h", 60, "min", 60, 86400))
"""Unit and how many of the part it has; the part, its seconds; up to how many seconds it serves."""


def span(seconds: float) -> str:
    """Return a length of time, or an instant of the run, as people say it.

    Below 100 s there are three digits, and zeros at their end only where the value was rounded:
    "60 s" are sixty seconds, "60.0 s" nearly so. From there on there are two units, the smaller one
    rounded.

    Examples:
        >>> [span(s) for s in (0.0, 0.0123, 7.25, 59.96, 60.0, 0.9996)]
        ['0 s', '12.3 ms', '7.25 s', '60.0 s', '60 s', '1.00 s']
        >>> [span(s) for s in (272.0, 5400.0, 187200.0, 1.5e-5)]
        ['4 min 32 s', '1 h 30 min', '2 d 4 h', '15 µs']

    Raises:
        ValueError: `seconds` is negative, infinite or no number.
    """
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{seconds} s is no length of time")
    if seconds == 0:
        return "0 s"
    if float(f"{seconds:.3g}") < 100:
        return _three_digits(seconds)
    for unit, parts, part, part_s, too_long_s in _FROM_100_S:
        count = round(seconds / part_s)
        if count * part_s < too_long_s:
            return _two_units(count, parts, unit, part)
    return _two_units(round(seconds / 3600), 24, "d", "h")


def _two_units(count: int, parts: int, unit: str, part: str) -> str:
    whole, rest = divmod(count, parts)
    return f"{whole} {unit} {rest} {part}" if rest else f"{whole} {unit}"


def _three_digits(seconds: float) -> str:
    rounded_s = float(f"{seconds:.3g}")
    for unit, size in _BELOW_100_S:
        if rounded_s >= size:
            value = seconds / size
            plain = f"{value:.3g}"
            is_exact = math.isclose(float(plain), value)
            return f"{plain if is_exact else f'{value:#.3g}'.removesuffix('.')} {unit}"
    return "below 1 ns"
