"""Which path serves a deployment's next requests: a choice of speed that cannot change a result.

A stretch is served by windows from `WINDOWS_FROM_THREADS` threads on, unless somebody waits when it
begins, and wherever nothing is compiled; else by a tournament of threads. Where it was not the
truth to its end, the event loop goes on for a pause, which doubles until a stretch succeeds.

Deterministic: it depends on what was simulated, never on a clock. docs/engine.md has the figures.
"""

from typing import Final

FEWEST_COMPILED: Final = 1024
"""Requests from which on a stretch is tried where the event loop is compiled (by trials). It costs
half a millisecond, some hundred calls of numpy, and 90 ns a request; the loop 150 to 200 ns."""

FEWEST_UNCOMPILED: Final = 16
"""The same where it is not: there the loop takes 100 us a request."""

WINDOWS_FROM_THREADS: Final = 2048
"""Compiled, windows take 0.9 of the tournament's time at 1,280 threads, 0.85 at 3,200 and 0.8 at
10,000 while nobody waits, and as long up to some 600. Near saturation a queue makes them repeat:
1.5 times as long at 1,280 threads and utilisation 0.97, 12 times at 32 threads and 1.1."""

_FIRST_MOST: Final = 1 << 12
"""A stretch offers so many requests at first, and again when the one before was not the truth to
its end: all that is served behind that place is served in vain."""

_MOST: Final = 1 << 18
"""A stretch offers so many requests at most, so that its columns (some 100 bytes a request) stay
small; and a pause is no longer."""


class PathChoice:
    """Remembers how the last stretches went, and says when and how the next one is tried.

    Attributes:
        fewest: Requests from which on a stretch is worth its overhead.
        most: Requests that the next stretch offers at most.
        window: Length of every window, None for one that adapts itself.
    """

    def __init__(self, *, is_compiled: bool) -> None:
        """Know nothing yet but whether event loop and tournament are compiled."""
        self._is_compiled = is_compiled
        self.fewest = FEWEST_COMPILED if is_compiled else FEWEST_UNCOMPILED
        self.window: int | None = None
        self.most = _FIRST_MOST
        self._pause = self.fewest

    def pays(self, requests: int) -> bool:
        """Return whether a stretch with so many arrivals is worth its overhead."""
        return requests >= self.fewest

    def takes_windows(self, threads: int, waiting: int) -> bool:
        """Return whether windows serve a stretch, and not a tournament of threads.

        Args:
            threads: How many threads there are.
            waiting: How many requests wait for one when it begins.
        """
        return not self._is_compiled or (threads >= WINDOWS_FROM_THREADS and not waiting)

    def note_whole(self) -> None:
        """Learn that all of a stretch was the truth: offer more, and try again soon."""
        self._pause = self.fewest
        self.most = min(2 * self.most, _MOST)

    def pause(self) -> int:
        """Return for how many arrivals the event loop takes over before a stretch is tried again.

        It doubles, so that in all no more is spent on tries than some part of the work, and no more
        is left to the event loop than twice what it had to do.
        """
        self.most = _FIRST_MOST
        pause, self._pause = self._pause, min(2 * self._pause, _MOST)
        return pause
