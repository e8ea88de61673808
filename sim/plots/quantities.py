"""Numbers and times as they are written beside an axis: units chosen, ticks at round values."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.results.timeline import Floats, Window

MAX_INTERVALS: Final = 12
"""Most intervals between ticks of a time axis as wide as a page."""
MAX_CHARACTERS: Final = 6
"""Most characters of a tick's label: more would run together."""

MAX_LOG_TICKS: Final = 6
"""Most ticks of a logarithmic axis."""

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0
_DAY_S: Final = 86400.0


@dataclass(frozen=True, slots=True)
class TimeScale:
    """The unit of a time axis, its length in seconds, and the distance of its ticks in seconds."""

    unit: str
    unit_s: float
    step_s: float

    def number(self, since_s: float) -> str:
        """Return a time in this unit, without the unit."""
        return f"{since_s / self.unit_s:.12g}"


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The ticks of a time axis over `window`: their labels count from `origin_at_s`."""

    window: Window
    origin_at_s: float
    scale: TimeScale

    def ticks_s(self) -> Floats:
        """Return the instants of the ticks in the window, its end too, ascending."""
        return self.origin_at_s + self._since_s()

    def labels(self) -> list[str]:
        """Return what is written at the ticks."""
        return [self.scale.number(since_s) for since_s in self._since_s()]

    def _since_s(self) -> Floats:
        step_s = self.scale.step_s
        first = math.ceil((self.window.start_at_s - self.origin_at_s) / step_s - 1e-9)
        last = math.floor((self.window.end_at_s - self.origin_at_s) / step_s + 1e-9)
        return np.arange(first, last + 1, dtype=np.float64) * step_s


def time_axis(
    window: Window, *, origin_at_s: float = 0.0, intervals: int = MAX_INTERVALS
) -> TimeAxis:
    """Return a time axis of at most *intervals* intervals that counts from *origin_at_s*.

    Where labels would be too long for that, which is so deep inside of a long run, it counts from
    the beginning of the window.
    """
    scale = time_scale(window.length_s, intervals=intervals)
    axis = TimeAxis(window, origin_at_s, scale)
    if max(map(len, axis.labels()), default=0) > MAX_CHARACTERS:
        return TimeAxis(window, window.start_at_s, scale)
    return axis


_UNITS: Final = (
    # unit, its seconds, the longest horizon in seconds, steps in units
    ("s", 1.0, 3 * _MINUTE_S, (1, 2, 5, 10, 15, 20, 30, 60)),
    ("min", _MINUTE_S, 3 * _HOUR_S, (0.25, 0.5, 1, 2, 5, 10, 15, 20, 30, 60)),
    ("h", _HOUR_S, 4 * _DAY_S, (0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 24)),
    ("d", _DAY_S, math.inf, (0.5, 1, 2, 7, 14, 28)),
)


def time_scale(length_s: float, *, intervals: int = MAX_INTERVALS) -> TimeScale:
    """Return the scale of a time axis of *length_s*, of at most *intervals* steps."""
    unit, unit_s, _, steps = next(row for row in _UNITS if length_s <= row[2])
    for step in steps:
        if intervals / 3 <= length_s / (step * unit_s) <= intervals:
            return TimeScale(unit, unit_s, step * unit_s)
    return TimeScale(unit, unit_s, round_step(length_s / unit_s / intervals) * unit_s)


def round_step(at_least: float) -> float:
    """Return the least of 1, 2 and 5 times a power of ten that is not below *at_least*."""
    power = 10.0 ** math.floor(math.log10(at_least))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= at_least * (1 - 1e-12))


def duration_words(duration_s: float) -> str:
    """Return a duration in the largest unit of which it has at least one, as in "10 min"."""
    for unit, unit_s, *_ in reversed(_UNITS):
        if duration_s >= unit_s:
            return f"{duration_s / unit_s:.4g} {unit}"
    return f"{duration_s:.4g} s"


def instant_words(at_s: float) -> str:
    """Return an instant of the run as clocks show it: "9.25 s", "1 h 20 min 5 s", "12 d 8 h"."""
    if round(at_s, 2) < _MINUTE_S:
        return f"{round(at_s, 2):g} s"
    rest = round(at_s)
    words = []
    for unit, unit_s, *_ in reversed(_UNITS):
        count, rest = divmod(rest, round(unit_s))
        if count:
            words.append(f"{count} {unit}")
    return " ".join(words)


def count_words(count: float, _position: int | None = None) -> str:
    """Return a number of things as a tick label: 950, 1.5k, 20k, 3M.

    The second argument is what matplotlib tells a formatter besides the value.
    """
    for suffix, size in (("M", 1e6), ("k", 1e3)):
        if abs(count) >= size:
            return f"{count / size:.4g}{suffix}"
    return f"{count:.4g}"


def response_unit(longest_s: float) -> tuple[str, float]:
    """Return the unit for response times up to *longest_s*, and its length in seconds."""
    return ("ms", 1e-3) if longest_s < 1 else ("s", 1.0)


def log_ticks(low: float, high: float) -> list[float]:
    """Return at most `MAX_LOG_TICKS` round values in `[low, high]` for a logarithmic axis.

    Each decade has 1, 2 and 5 if there is room, else 1 and 3, else 1, else every so many have 1.
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    ticks: list[float] = []
    for digits in ((1, 2, 5), (1, 3), (1,)):
        ticks = [d * 10.0**p for p in range(first, last + 1) for d in digits]
        ticks = [t for t in ticks if low <= t <= high]
        if len(ticks) <= MAX_LOG_TICKS:
            return ticks
    return ticks[:: math.ceil(len(ticks) / MAX_LOG_TICKS)]
