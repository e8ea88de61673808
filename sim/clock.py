"""The simulated clock: SimPy's environment, with absolute instants and a written order at each.

SimPy fires a timeout at ``now + delay``; computing that delay as ``t - now`` misses ``t`` by a
rounding error in a few per cent of cases. `Clock.at` takes the instant itself. Items of one
instant come in the order of their rank: first the ten classes of `Order`, then the number inside
the class. SimPy's own events (a process that wakes, an event that succeeded) have priorities 0
and 1, below every rank, so that all that an item sets off is over before the next item begins;
what a deployment does at the end of an item comes between (`after_item_rank`).
"""

import math
from collections.abc import Callable
from enum import IntEnum
from heapq import heappush

import simpy
from simpy.events import EventPriority


class Order(IntEnum):
    """The ten classes of items at one instant, in the order in which they are served."""

    EVENT = 1
    NOTICE = 2
    TIMER = 3
    GRANT = 4
    EVALUATION = 5
    PHASE_END = 6
    WAIT_END = 7
    DEADLINE = 8
    LINE = 9
    ARRIVAL = 10


_CLASS_BITS = 64
_FIRST_FREE = 2
"""SimPy's own events have the priorities below."""


def rank(order: Order, number: int) -> int:
    """Return the place of an item at its instant: by class, then by `number` (below 2^64)."""
    return (order << _CLASS_BITS) | number


class TimerKind(IntEnum):
    """The order of one replica's timers at one instant."""

    CONTAINER_UP = 0
    MODEL_LOADED = 1
    PROBE = 2
    AVAILABLE = 3
    BACKOFF = 4
    STALL = 5
    START_TIMEOUT = 6
    UNRESPONSIVE_GRACE = 7
    GRACE = 8
    SUCCESSOR = 9
    LIFETIME = 10


def timer_rank(deployment: int, replica: int, kind: TimerKind) -> int:
    """Return the rank of a replica's timer: by deployment, replica, kind."""
    return rank(Order.TIMER, (deployment << 36) | (replica << 4) | kind)


def deployment_timer_rank(deployment: int) -> int:
    """Return the rank of a deployment's own timer: after those of its replicas."""
    return rank(Order.TIMER, ((deployment + 1) << 36) - 1)


def after_item_rank(deployment: int) -> int:
    """Return the rank of what belongs to the present item: after all that it sets off.

    It is before every other item of the instant.
    """
    return _FIRST_FREE + deployment


def request_rank(order: Order, deployment: int, number: int) -> int:
    """Return the rank of a phase's end or a deadline: by deployment, then by `number`."""
    return rank(order, (deployment << 48) | number)


def arrival_rank(deployment: int, request: int, attempt: int) -> int:
    """Return the rank of an arrival: by deployment, new ones first, then request and attempt."""
    is_retry = attempt > 1
    return rank(Order.ARRIVAL, (deployment << 48) | (is_retry << 47) | (request << 8) | attempt)


class Clock(simpy.Environment):
    """SimPy's environment whose events are set for absolute instants, with a rank."""

    def at(self, at_s: float, item_rank: int) -> simpy.Event:
        """Return an event that occurs at the instant `at_s`, in the place `item_rank` there."""
        # NOTE: what Timeout.__init__ and Environment.schedule do, with an absolute instant and a
        # rank; SimPy offers no public way to set either.
        event = simpy.Event(self)
        event._ok, event._value = True, None  # noqa: SLF001 - see above
        priority = EventPriority(item_rank)
        heappush(self._queue, (at_s, priority, next(self._eid), event))
        return event

    def peek_place(self) -> tuple[float, int]:
        """Return the instant and the rank of the next item; infinity where there is none."""
        if not self._queue:
            return math.inf, 0
        at_s, priority, *_ = self._queue[0]
        return at_s, int(priority)


class Alarm:
    """A timer that can be set again or cleared; it calls `ring` when it is due.

    What was set before is forgotten: of several settings only the last one rings.
    """

    __slots__ = ("_clock", "_pending", "_ring")

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        """Make an alarm that is not set."""
        self._clock = clock
        self._ring = ring
        self._pending: simpy.Event | None = None

    @property
    def is_set(self) -> bool:
        """Whether it is going to ring."""
        return self._pending is not None

    def set(self, at_s: float, item_rank: int) -> None:
        """Ring at `at_s`, in the place `item_rank` of that instant, and not as set before."""
        event = self._clock.at(at_s, item_rank)
        event.callbacks.append(self._due)
        self._pending = event

    def clear(self) -> None:
        """Do not ring."""
        self._pending = None

    def _due(self, event: simpy.Event) -> None:
        if event is self._pending:
            self._pending = None
            self._ring()
