"""Which path serves a deployment's next requests: a choice of speed that cannot change a result.

Deterministic: it depends on what was simulated, never on a clock.
"""

from typing import Final

FEWEST_COMPILED: Final = 1024
"""Requests for which a stretch pays where the event loop is compiled (by trials)."""

FEWEST_UNCOMPILED: Final = 16
_LEAST_FINAL: Final = 0.5
_FIRST_MOST: Final = 1 << 12
_MOST: Final = 1 << 18
"""A stretch offers so many requests at first and at most: its columns shall stay small."""

_FIRST_PAUSE: Final = 256
_LONGEST_PAUSE: Final = 1 << 17
_OBSTACLE_PAUSE: Final = 4096
_LONGEST_REST: Final = 31


class PathChoice:
    """Remembers how stretches went, and decides when the next one is tried and how."""

    def __init__(self, *, is_compiled: bool) -> None:
        """Know nothing yet but whether the event loop is compiled."""
        self._is_compiled = is_compiled
        self.fewest = FEWEST_COMPILED if is_compiled else FEWEST_UNCOMPILED
        self.window: int | None = None
        self.most = _FIRST_MOST
        self._pause = _FIRST_PAUSE
        self._rest = 0
        self._rest_left = 0

    def pays(self, requests: int) -> bool:
        """Return whether a stretch with so many arrivals is worth its overhead."""
        return requests >= self.fewest

    @property
    def least_final(self) -> float:
        """The share of what windows look at that must become final, or the heap goes on."""
        return _LEAST_FINAL if self._is_compiled else 0.0

    def tries_windows(self) -> bool:
        """Return whether the window kernel goes first, before a tournament of threads."""
        if self._rest_left and self._is_compiled:
            self._rest_left -= 1
            return False
        return True

    def note_windows(self, served: int, offered: int) -> None:
        """Learn that windows served so many; where they do not pay they rest for longer."""
        self._rest = 0 if 2 * served >= offered else min(2 * self._rest + 1, _LONGEST_REST)
        self._rest_left = self._rest

    def note_whole(self) -> None:
        """Learn that all of a stretch was the truth: offer more, and try again soon."""
        self._pause = _FIRST_PAUSE
        self.most = min(2 * self.most, _MOST)

    def pause_after_failure(self) -> int:
        """Return for how many arrivals the event loop takes over, since a certificate failed."""
        self.most = _FIRST_MOST
        pause, self._pause = self._pause, min(4 * self._pause, _LONGEST_PAUSE)
        return pause

    def pause_at_obstacle(self) -> int:
        """Return for how many arrivals the event loop goes on before anyone looks again."""
        return _OBSTACLE_PAUSE
