"""The arithmetic of cores that are shared equally by the requests in their cpu phase.

Pure: it knows instants that it is told and no clock. Every operation on float64 is written in
the order that the model of record fixes, because two engines must agree to the last bit.
"""

import math


class SharedCores:
    """The cpu phases that are in progress on one replica.

    With `n` requests on `c` cores each runs at `min(1, c / n)` cores: while `n <= c` nobody is
    slowed and each keeps the absolute instant of its end; while `n > c` they progress together
    along a virtual time `V` that advances by `c / n` a second, and each ends when `V` reaches
    its finish value. With `c < 1` work is read as `work / c` on one core.

    Source: egalitarian processor sharing with a cap of one server a job; virtual finish values
    as in Demers, Keshav and Shenker, Analysis and Simulation of a Fair Queueing Algorithm (1989).
    """

    __slots__ = ("_frozen", "_mark_at_s", "_scale", "_shared", "_values", "_virtual_s", "cores")

    def __init__(self, cores: float) -> None:
        """Make an idle set of `cores` (above 0)."""
        self._scale = cores if cores < 1.0 else 1.0
        self.cores = max(cores, 1.0)
        self._values: dict[int, float] = {}
        self._shared = False
        self._frozen = False
        self._virtual_s = 0.0
        self._mark_at_s = 0.0

    def __len__(self) -> int:
        """Return how many requests are in their cpu phase."""
        return len(self._values)

    def join(self, at_s: float, number: int, work_s: float) -> None:
        """Begin the cpu phase of the request with start number `number` at `at_s`."""
        work_s = work_s / self._scale
        if self._shared:
            self._advance(at_s)
            self._values[number] = self._virtual_s + work_s
            return
        self._values[number] = work_s if self._frozen else at_s + work_s
        if len(self._values) > self.cores:
            self._share(at_s)

    @property
    def is_contended(self) -> bool:
        """Whether they share now, and are not frozen."""
        return self._shared and not self._frozen

    def next_end(self) -> tuple[float, int] | None:
        """Return the instant of the next end and the start number it belongs to.

        None while nothing is in progress, or while it is frozen.
        """
        if not self._values or self._frozen:
            return None
        number, value_s = min(self._values.items(), key=lambda item: (item[1], item[0]))
        if not self._shared:
            return value_s, number
        rate = self.cores / len(self._values)
        return self._mark_at_s + max(0.0, value_s - self._virtual_s) / rate, number

    def end(self, at_s: float, number: int) -> None:
        """End the phase of `number` at `at_s`, which is the instant that `next_end` gave."""
        value_s = self._values.pop(number)
        if not self._shared:
            return
        self._virtual_s = value_s
        self._mark_at_s = at_s
        if len(self._values) <= self.cores:
            self._shared = False
            for other, finish_s in self._values.items():
                self._values[other] = at_s + max(0.0, finish_s - self._virtual_s)

    def freeze(self, at_s: float) -> None:
        """Stop all progress at `at_s`; what is left of each phase is kept."""
        if self._shared:
            self._advance(at_s)
        else:
            for number, end_at_s in self._values.items():
                self._values[number] = max(0.0, end_at_s - at_s)
        self._frozen = True

    def thaw(self, at_s: float) -> None:
        """Go on at `at_s`."""
        self._frozen = False
        self._mark_at_s = at_s
        if not self._shared:
            for number, left_s in self._values.items():
                self._values[number] = at_s + left_s

    def _advance(self, at_s: float) -> None:
        if not self._frozen:
            rate = self.cores / len(self._values)
            self._virtual_s += (at_s - self._mark_at_s) * rate
            self._mark_at_s = at_s

    def _share(self, at_s: float) -> None:
        """Turn absolute ends (or, frozen, what is left) into finish values from V = 0."""
        self._shared = True
        self._virtual_s = 0.0
        self._mark_at_s = at_s
        if not self._frozen:
            for number, end_at_s in self._values.items():
                self._values[number] = max(0.0, end_at_s - at_s)


def effective_cores(cpu_cores: float, parallelism: float | None) -> float:
    """Return how many cores the requests of a replica can use: its cpu, or less by its code."""
    return min(cpu_cores, math.inf if parallelism is None else parallelism)
