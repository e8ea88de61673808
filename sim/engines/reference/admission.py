"""Whether an arriving attempt is let in: the rate limit."""


class RateLimiter:
    """The generic cell rate algorithm: `rate_per_s` on average, `burst` at once.

    Source: ITU-T I.371 (virtual scheduling). An arrival at t is accepted if
    max(tat, t) - t <= (burst - 1) / rate; then tat = max(tat, t) + 1 / rate; at first tat = 0.
    """

    __slots__ = ("_interval_s", "_tat_at_s", "_tolerance_s")

    def __init__(self, rate_per_s: float, burst: float) -> None:
        """Make a limiter that has seen nothing."""
        self._interval_s = 1 / rate_per_s
        self._tolerance_s = (burst - 1) / rate_per_s
        self._tat_at_s = 0.0

    def accepts(self, at_s: float) -> bool:
        """Return whether an attempt at `at_s` is accepted, and count it if so."""
        earliest_at_s = max(self._tat_at_s, at_s)
        if earliest_at_s - at_s > self._tolerance_s:
            return False
        self._tat_at_s = earliest_at_s + self._interval_s
        return True
