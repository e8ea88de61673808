"""How fast simulated time goes by: the one place of a live run that knows real time.

Time goes by in pieces that are short to compute, so that commands are never far from their turn.
"""

import time
from typing import Final

from sim.serve.protocol.views import Speed

PIECE_S: Final = 0.02
"""Real seconds that computing a piece is to take."""
TURN_S: Final = 0.02
"""Real seconds between two pieces where the simulation keeps up."""
MOST_BEHIND_S: Final = 0.5
"""Real seconds that a simulation which cannot keep up tries to make up for."""

LEAST_MOST: Final = 50
FIRST_MOST: Final = 1_000
MOST: Final = 50_000
"""Bounds of how many arrivals a piece may have; the most take some hundredths of a second."""


def now_s() -> float:
    """Return real time, in seconds since some instant."""
    return time.perf_counter()


class Pace:
    """How far simulated time may go now."""

    def __init__(self, speed: Speed, at_s: float) -> None:
        """Let time go by from `at_s` on."""
        self.paused = False
        self._speed: Speed = speed
        self._per_second = 10.0
        self.most = FIRST_MOST
        self._since_s, self._at_s = now_s(), at_s
        self._given_up_s = 0.0

    @property
    def speed(self) -> Speed:
        """Simulated seconds per second."""
        return self._speed

    @property
    def is_max(self) -> bool:
        """Whether time goes by as fast as it can be computed."""
        return self._speed == "max"

    def set(self, at_s: float, *, speed: Speed | None = None, paused: bool | None = None) -> None:
        """Let time go by otherwise from now on, which is `at_s`."""
        self._speed = self._speed if speed is None else speed
        self.paused = self.paused if paused is None else paused
        self._since_s, self._at_s = now_s(), at_s
        self._given_up_s = 0.0

    def goal_s(self, at_s: float, most_s: float) -> float:
        """Return the instant that time should have reached, from `at_s` on.

        Args:
            at_s: The simulated instant.
            most_s: Where time stands still at speed max.
        """
        if self.paused:
            return at_s
        if self._speed == "max":
            return max(at_s, most_s)
        goal_s = self._at_s + (now_s() - self._since_s) * self._speed
        most_s = at_s + self._speed * MOST_BEHIND_S
        if goal_s > most_s:
            self._given_up_s += goal_s - most_s
            self._since_s, self._at_s = now_s(), most_s
            return most_s
        if goal_s <= at_s:
            self._given_up_s = 0.0
        return max(at_s, goal_s)

    def behind_s(self, at_s: float) -> float:
        """Return how far simulated time is behind the speed, in simulated seconds.

        Since it kept up last; 0 where it is behind by less than half of what it makes up for
        without anybody noticing, and where no speed is kept: while time stands still and at max.
        """
        if self.paused or self._speed == "max":
            return 0.0
        open_s = self._at_s + (now_s() - self._since_s) * self._speed - at_s
        is_behind = open_s > self._speed * MOST_BEHIND_S / 2
        return open_s + self._given_up_s if is_behind else 0.0

    def piece_s(self, goal_s: float, at_s: float) -> float:
        """Return how far to go at once on the way from `at_s` to `goal_s`."""
        return min(goal_s, at_s + self._per_second * PIECE_S)

    def note(self, advanced_s: float, took_s: float) -> None:
        """Learn from a piece how much can be computed in a real second.

        Where requests stand in a long line, each takes many times as long as usual: so `most`, how
        many arrivals a piece may have, falls at once and rises slowly.
        """
        if took_s > PIECE_S:
            self.most = max(LEAST_MOST, int(self.most * PIECE_S / took_s))
        elif took_s < PIECE_S / 2:
            self.most = min(2 * self.most, MOST)
        if advanced_s > 0:
            found = advanced_s / max(took_s, 1e-6)
            self._per_second = min(max(found, self._per_second / 4, 0.1), 2 * self._per_second)
