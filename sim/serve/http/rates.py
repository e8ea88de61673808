"""How much each user may ask: requests in any minute, and requests at a time."""

import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sim.serve.http.answers import Empty
from sim.serve.http.tokens import UserLimits

WINDOW_S: Final = 60.0


class RateLimits:
    """Counts the requests of each user; a limit that is None does not count."""

    def __init__(self, limits: UserLimits) -> None:
        self._limits = limits
        self._began_at_s: dict[str, deque[float]] = {}
        self._running: dict[str, int] = {}

    @contextmanager
    def admit(self, user: str) -> Iterator[None]:
        """Count a request of *user* while it is being answered.

        Raises:
            Empty: 429, with the seconds after which there is room; the request is not counted.
        """
        self._count_in_window(user)
        most = self._limits.concurrent
        running = self._running.get(user, 0)
        if most is not None and running >= most:
            raise Empty(429, retry_after_s=1)
        self._running[user] = running + 1
        try:
            yield
        finally:
            self._running[user] -= 1

    def _count_in_window(self, user: str) -> None:
        most = self._limits.requests_per_minute
        if most is None:
            return
        now_s = time.monotonic()
        began_at_s = self._began_at_s.setdefault(user, deque())
        while began_at_s and began_at_s[0] <= now_s - WINDOW_S:
            began_at_s.popleft()
        if len(began_at_s) >= most:
            wait_s = began_at_s[0] + WINDOW_S - now_s
            raise Empty(429, retry_after_s=max(1, math.ceil(wait_s)))
        began_at_s.append(now_s)
