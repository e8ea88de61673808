"""How long attempts stood in line for a thread while something served.

An attempt stands in line from its arrival until it starts or is answered. Nobody does while a
thread is idle, so while something is RESPONSIVE and takes requests it is the threads that it waits
for. While nothing is, it waits for a replica, which is not counted here.

Lengths are in grains (`sim.grains`): they are the same however the attempts are handed over.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.digest import LineTime
from sim.grains import grains_of
from sim.record import AttemptColumns, CapacityChange

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK_ROWS: Final = 2**13
"""Attempts that are looked at at one time: so few that their columns stay in the cache."""


class ServingTime:
    """For how long something was RESPONSIVE and took requests, from an instant on."""

    def __init__(self, capacity: Sequence[CapacityChange], from_s: float) -> None:
        """Know the capacity of the active revision, as it changed, and where to begin."""
        at_s = np.array([-np.inf, *(change.at_s for change in capacity)])
        self._from_s = from_s
        self._at_s = at_s
        self._grain = grains_of(np.maximum(at_s, from_s))
        self._serves = np.array([0, *(change.responsive_threads > 0 for change in capacity)])
        self._passed = np.append(0, np.cumsum(np.diff(self._grain) * self._serves[:-1]))

    def until(self, at_s: Floats) -> Ints:
        """Return for how many grains something served before each instant, of shape `(n,)`.

        Where something serves it grows with time, else it stands still.
        """
        place = self._place_of(at_s)
        since = grains_of(np.maximum(at_s, self._from_s)) - self._grain[place]
        found: Ints = self._passed[place] + since * self._serves[place]
        return found

    def _place_of(self, at_s: Floats) -> Ints | np.intp:
        """Return which change was the last before each instant, or for all if it is the same."""
        ends_s = at_s.min(), at_s.max()
        first, last = np.searchsorted(self._at_s, ends_s, side="right") - 1
        return first if first == last else np.searchsorted(self._at_s, at_s, side="right") - 1


class Line:
    """The line of one deployment, seen piece by piece from 0 on."""

    def __init__(self, from_s: float) -> None:
        """Begin, counting what is at `from_s` or later."""
        self._from_s = from_s
        self._seen_until_s = 0.0
        self._grains = 0
        self._waits = 0

    @property
    def time(self) -> LineTime:
        """What has been seen so far."""
        return LineTime(self._grains, self._waits)

    def see(
        self, attempts: AttemptColumns, capacity: Sequence[CapacityChange], until_s: float
    ) -> None:
        """See the line from where it was seen last up to `until_s`.

        Args:
            attempts: In order of arrival: at least all that have stood in line since then. What
                they did at `until_s` or later may be known or not.
            capacity: All changes before `until_s`.
            until_s: Everything before has happened.
        """
        serving = ServingTime(capacity, self._from_s)
        since = covered = int(serving.until(np.array([self._seen_until_s]))[0])
        for start in range(0, len(attempts.arrival_at_s), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            arrival_at_s, left_at_s = _in_line(attempts, rows, until_s)
            if np.array_equal(arrival_at_s, left_at_s):
                continue
            begin, end = serving.until(arrival_at_s), serving.until(left_at_s)
            self._waits += int(((begin >= since) & (end > begin)).sum())
            upto = np.maximum.accumulate(np.append(covered, end))
            self._grains += int((upto[1:] - np.maximum(begin, upto[:-1])).sum())
            covered = int(upto[-1])
        self._seen_until_s = until_s


def _in_line(attempts: AttemptColumns, rows: slice, until_s: float) -> tuple[Floats, Floats]:
    """Return when attempts joined the line, and when they left it, or `until_s` if later."""
    arrival_at_s, left_at_s = attempts.arrival_at_s[rows], attempts.start_at_s[rows]
    never_started = np.isnan(left_at_s)
    if never_started.any():
        left_at_s = np.where(never_started, attempts.answered_at_s[rows], left_at_s)
    return arrival_at_s, np.fmin(left_at_s, until_s)
