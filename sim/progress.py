"""How far a job of several phases has come, and how long the rest takes: expected, then measured.

Owns the reckoning alone. What a phase is expected to take is given, and so is the clock: whoever
shows progress lives in real time, and nothing that is simulated does.
"""

from collections.abc import Callable, Mapping
from typing import Final

MEASURED_FROM: Final = 0.02
"""Part of a phase from which on its own pace says more than what was expected of it."""


class Progress:
    """A job on its way through its phases, in their order."""

    def __init__(self, expected_s: Mapping[str, float], clock: Callable[[], float]) -> None:
        """Begin the first phase.

        Args:
            expected_s: What each phase is expected to take, by name, in order.
            clock: Returns the time in seconds since whenever, never less than before.
        """
        self._expected_s = dict(expected_s)
        self._names = list(expected_s)
        self._clock = clock
        self._began_at_s = self._phase_at_s = clock()
        self._phase = self._names[0]
        self._ratio = self._ratio_at_begin = 0.0

    @property
    def phase(self) -> str:
        """The phase that the job is in."""
        return self._phase

    def reach(self, phase: str, ratio: float = 0.0) -> None:
        """Note that so much of *phase* is done, from 0 to 1, and all phases before it are."""
        if phase != self._phase:
            self._phase, self._phase_at_s = phase, self._clock()
            self._ratio_at_begin = ratio
        self._ratio = ratio

    def insert(self, phase: str, expected_s: float) -> None:
        """Begin a phase that nobody expected; the one that it interrupts follows it."""
        self._names.insert(self._names.index(self._phase), phase)
        self._expected_s[phase] = expected_s
        self.reach(phase)

    @property
    def left_s(self) -> float:
        """How long the rest is going to take."""
        place = self._names.index(self._phase)
        later_s = sum(self._expected_s[name] for name in self._names[place + 1 :])
        return self._left_of_phase_s() + later_s

    @property
    def done_ratio(self) -> float:
        """Which part of the job's time has gone by, from 0 to 1."""
        gone_s, left_s = self._clock() - self._began_at_s, self.left_s
        return gone_s / (gone_s + left_s) if gone_s + left_s > 0 else 1.0

    def _left_of_phase_s(self) -> float:
        spent_s = self._clock() - self._phase_at_s
        gained = self._ratio - self._ratio_at_begin
        if gained >= MEASURED_FROM:
            return spent_s * (1 - self._ratio) / gained
        return max(self._expected_s[self._phase] * (1 - self._ratio_at_begin) - spent_s, 0.0)
