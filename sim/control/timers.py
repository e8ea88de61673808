"""The timers of one replica on the simulated clock."""

from collections.abc import Callable, Collection
from functools import partial

import simpy

from sim.clock import Clock, TimerKind, timer_rank


class Timers:
    """At most one timer of each kind; what was set before is forgotten when it is set again.

    A replica has eleven kinds and sets few of them, and a fleet has many replicas: only those that
    are set take room.
    """

    __slots__ = ("_clock", "_deployment", "_replica", "_set")

    def __init__(self, clock: Clock, deployment: int, replica: int) -> None:
        """Make them not set."""
        self._clock = clock
        self._deployment = deployment
        self._replica = replica
        self._set: dict[TimerKind, simpy.Event] = {}

    def is_set(self, kind: TimerKind) -> bool:
        """Return whether the timer is going to ring."""
        return kind in self._set

    def set(self, kind: TimerKind, at_s: float, ring: Callable[[], None]) -> None:
        """Call `ring` at `at_s`, in the place of `kind` at that instant."""
        event = self._clock.at(at_s, timer_rank(self._deployment, self._replica, kind))
        event.callbacks.append(partial(self._due, kind, ring))
        self._set[kind] = event

    def clear(self, kind: TimerKind) -> None:
        """Do not ring."""
        self._set.pop(kind, None)

    def clear_all(self, *, but: Collection[TimerKind] = ()) -> None:
        """Let only the kinds in `but` ring."""
        self._set = {kind: event for kind, event in self._set.items() if kind in but}

    def _due(self, kind: TimerKind, ring: Callable[[], None], event: simpy.Event) -> None:
        if self._set.get(kind) is event:
            del self._set[kind]
            ring()
