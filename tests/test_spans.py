"""Lengths of time as people say them."""

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import spans
from sim.spans import span

SECONDS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400}


def said_s(words: str) -> float:
    """Return the seconds that `words` say, such as "4 min 32 s"."""
    parts = words.split()
    return sum(float(n) * SECONDS[unit] for n, unit in zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (1e-10, "below 1 ns"),
        (1e-9, "1 ns"),
        (1e-5, "10 µs"),
        (0.000_999_6, "1.00 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (1, "1 s"),
        (59.96, "60.0 s"),
        (60, "60 s"),
        (0.1 + 0.2, "300 ms"),  # 0.30000000000000004: rounded in the seventeenth digit, not seen
        (99.94, "99.9 s"),
        (99.96, "1 min 40 s"),
        (100, "1 min 40 s"),
        (119.7, "2 min"),
        (3599.4, "59 min 59 s"),
        (3599.7, "1 h"),
        (84_600, "23 h 30 min"),
        (86_380, "1 d"),
        (86_400, "1 d"),
        (30 * 86_400 + 5400, "30 d 2 h"),
    ],
)
def test_times_are_told_as_people_say_them(seconds: float, expected: str) -> None:
    """Carries go over to the next unit, and no exponent appears."""
    assert span(seconds) == expected


@given(st.floats(min_value=1e-9, max_value=1e9))
def test_what_is_said_is_what_was_meant(seconds: float) -> None:
    """To half of the third digit below 100 s, to half of the smaller unit from there on."""
    words = span(seconds)
    smaller_s = SECONDS[words.split()[-1]] if seconds >= 3600 else 1.0
    unit_s = {1.0: 1, 60: 60, 3600: 3600, 86400: 3600}[smaller_s]
    tolerance_s = 0.005 * seconds if seconds < 99 else 0.5 * unit_s

    assert "e" not in words
    assert abs(said_s(words) - seconds) <= max(tolerance_s * (1 + 1e-9), 0.0051 * min(seconds, 100))


@pytest.mark.parametrize("seconds", [-1e-9, -60.0, math.inf, math.nan])
def test_what_is_no_length_of_time_is_refused(seconds: float) -> None:
    """A negative length would be a fault of whoever asks."""
    with pytest.raises(ValueError, match="no length of time"):
        span(seconds)


def test_the_examples_in_the_documentation_hold() -> None:
    """Those of `span`."""
    found = doctest.testmod(spans)

    assert found.attempted > 0
    assert found.failed == 0
