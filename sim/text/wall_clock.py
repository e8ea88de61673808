"""Instants of a run with the wall clock beside them."""

from dataclasses import dataclass
from datetime import datetime

from sim.spans import span
from sim.zones import clock_at


@dataclass(frozen=True, slots=True)
class Instants:
    """Says instants of a run: the time since its start, and what a clock on the wall shows then.

    `start` is the wall clock at 0, with its zone by name, or with its offset, which the clock then
    keeps. The date is said where the run goes on after the midnight that follows `start`.
    """

    start: datetime
    horizon_s: float

    def say(self, at_s: float) -> str:
        """Return for example "5 min (08:05:00)", or "1 d 2 h (2026-01-06 10:00:00)"."""
        return f"{span(at_s)} ({self.clock(at_s)})"

    def clock(self, at_s: float) -> str:
        """Return what the clock shows at `at_s`, to the second."""
        shown = clock_at(self.start, round(at_s))
        is_within_a_day = clock_at(self.start, self.horizon_s).date() == self.start.date()
        return f"{shown:%H:%M:%S}" if is_within_a_day else f"{shown:%Y-%m-%d %H:%M:%S}"
