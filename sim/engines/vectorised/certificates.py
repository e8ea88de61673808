"""Certificates: cheap checks that nothing but the threads bound the requests of a stretch.

The window kernel knows threads, arrivals and services. Each function here looks at what it found
and returns the first instant at which something else would have bound, or infinity. Everything
before that instant is the truth, since what happens depends on nothing later. A check may see a
danger where there is none, never the other way round: then the event loop does the work.
"""

from dataclasses import dataclass

import numpy as np

from sim.engines.vectorised.eventloop import NEVER_AT, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """Requests that use something of a replica from one instant to another.

    Attributes:
        slot: Which replica, shape ``(n,)``.
        from_s: When each begins; minus infinity for those that have it already.
        until_s: When each ends.
        amount: How much each uses, shape ``(n,)``.
    """

    slot: Ints
    from_s: Floats
    until_s: Floats
    amount: Ints


def queue_overflows_at(
    arrival_at_s: Floats, start_at_s: Floats, waiting: int, capacity: int
) -> float:
    """Return when first an attempt arrives that finds no idle thread and a full queue.

    Args:
        arrival_at_s: Of the new requests, ascending.
        start_at_s: Of those that waited before, `waiting` of them, and then of the new ones.
        waiting: See `start_at_s`.
        capacity: How many may wait.
    """
    number = waiting + np.arange(arrival_at_s.size)
    started = np.minimum(np.searchsorted(start_at_s, arrival_at_s, side="right"), number)
    is_full = (start_at_s[waiting:] > arrival_at_s) & (number - started >= capacity)
    return _first(arrival_at_s, is_full)


def leaves_queue_at(start_at_s: Floats, deadline_at_s: Floats) -> float:
    """Return when first a deadline passes before its request starts: it would leave the queue."""
    too_late = start_at_s >= deadline_at_s
    return float(deadline_at_s[too_late].min(initial=NEVER_AT))


def retries_at(end_at_s: Floats, deadline_at_s: Floats) -> float:
    """Return when first a running request is abandoned by a client who then tries again."""
    is_abandoned = deadline_at_s < end_at_s
    return float(deadline_at_s[is_abandoned].min(initial=NEVER_AT))


def exceeds_at(use: Use, limit: Ints) -> float:
    """Return when first the amounts in use in a slot are together above its limit.

    Used are half-open intervals: an end comes before the beginnings of its instant. Those without
    length count, all of one instant together. `limit` has shape ``(slots,)``.
    """
    is_empty = use.until_s == use.from_s
    at_s = np.concatenate((use.from_s, use.until_s))
    slot = np.concatenate((use.slot, use.slot))
    amount = np.concatenate((use.amount, -use.amount))
    turn = np.concatenate((np.ones(is_empty.size, dtype=np.int64), 2 * is_empty.astype(np.int64)))
    order = np.lexsort((turn, at_s, slot))
    in_use = np.cumsum(amount[order])  # what a slot uses adds up to nothing: the next begins at 0
    return float(at_s[order][in_use > limit[slot[order]]].min(initial=NEVER_AT))


def ties_at(released_at_s: Floats, is_wait: Ints) -> float:
    """Return when first threads become free together by ends of different classes.

    At one instant the ends of cpu and gpu phases come before those of waits, whichever request
    started first; the kernel knows starts only.
    """
    order = np.argsort(released_at_s, kind="stable")
    in_order_s, kind = released_at_s[order], is_wait[order]
    differs = (in_order_s[1:] == in_order_s[:-1]) & (kind[1:] != kind[:-1])
    return _first(in_order_s[1:], differs)


def _first(at_s: Floats, is_so: np.ndarray) -> float:
    """Return the first of ascending instants at which it is so."""
    place = int(is_so.argmax()) if is_so.size else 0
    return float(at_s[place]) if is_so.size and is_so[place] else NEVER_AT
