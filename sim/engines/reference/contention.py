"""For how long requests contended for what their replicas have: cores, and places on GPUs.

A replica's cores are contended for while more requests are in their cpu phase than it has cores,
so that they share; its GPUs while a request waits for a place on them. While a replica hangs it is
the hang that holds its requests, so it does not count. Abandoned requests count: they take cores
and places as others do.
"""

from sim.clock import Clock
from sim.grains import grain_of
from sim.record import Contention


class Contended:
    """The time in which one replica or more of a deployment is contended for, in grains."""

    def __init__(self) -> None:
        """Begin with none, measuring from 0 on."""
        self.from_s = 0.0
        self._replicas = 0
        self._grains = 0

    def change(self, at_s: float, by: int) -> None:
        """Count one replica more (`by` is 1) or less (-1) from `at_s` on."""
        had_any = self._replicas > 0
        self._replicas += by
        if had_any != (self._replicas > 0):
            self._grains -= by * self._grain(at_s)

    def grains(self, until_s: float) -> int:
        """Return how long there were any, up to `until_s`, which is not before the last change."""
        return self._grains + (self._grain(until_s) if self._replicas else 0)

    def _grain(self, at_s: float) -> int:
        return grain_of(max(at_s, self.from_s))


class Contenders:
    """The requests of one replica, which contend or do not."""

    __slots__ = ("_clock", "_contended", "_is_contended")

    def __init__(self, clock: Clock, contended: Contended) -> None:
        """Do not contend yet."""
        self._clock = clock
        self._contended = contended
        self._is_contended = False

    def note(self, *, is_contended: bool) -> None:
        """Know whether they contend from now on."""
        if is_contended != self._is_contended:
            self._is_contended = is_contended
            self._contended.change(self._clock.now, 1 if is_contended else -1)


class DeploymentContention:
    """What is contended for on all replicas of one deployment.

    `gpu_waits` counts the waits for a place on a GPU that are over, and that took time.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.cores = Contended()
        self.gpu = Contended()
        self.gpu_waits = 0

    def measure_from(self, at_s: float) -> None:
        """Count only what is at `at_s` or later; nothing has happened yet."""
        self.cores.from_s = self.gpu.from_s = at_s

    def note_gpu_wait(self, asked_at_s: float, until_s: float) -> None:
        """Know of a wait for a place on a GPU that is over at `until_s`."""
        self.gpu_waits += until_s > max(asked_at_s, self.gpu.from_s)

    def until(self, until_s: float) -> Contention:
        """Return what was counted up to `until_s`, by which every wait is over."""
        return Contention(self.cores.grains(until_s), self.gpu.grains(until_s), self.gpu_waits)
