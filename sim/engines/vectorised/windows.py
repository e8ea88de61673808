"""The window kernel: which thread serves which request, for thousands of requests in a few sorts.

While the set of threads is fixed, the n-th request to start takes the n-th thread that becomes
free, whatever thread that is. The starts T of a window of requests are therefore the least solution
of ``T = max(A, first of sort(free ++ T + S))``, A being their arrivals and S their services: it is
reached from below by repeating the right-hand side. docs/engine.md has the proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LARGEST_WINDOW: Final = 1 << 15
_THREADS_A_WINDOW: Final = 4
"""A window that had to be repeated is as long as so many times the threads (the best of trials)."""

_CHUNK: Final = 1 << 14
_ENOUGH: Final = 2
"""A window goes on when more than one in so many of its requests no longer change,"""

_LEAST_GAIN: Final = 16
"""or when a repetition added no more than one in so many."""

_BUCKETS: Final = 1 << 16
_LEAST_SPAN_S: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """Who served the first `count` requests, and when.

    Attributes:
        start_at_s: When each started, shape ``(count,)``, ascending.
        end_at_s: When its service ends, shape ``(count,)``.
        free_at_s: When the thread that serves it became free, shape ``(count,)``, ascending.
        thread: Index of that thread, shape ``(count,)``.
        left_at_s: When each thread is free after that, shape ``(threads,)``, in the line's order.
        left: Index of each of those threads.
    """

    start_at_s: Floats
    end_at_s: Floats
    free_at_s: Floats
    thread: Ints
    left_at_s: Floats
    left: Ints

    @property
    def count(self) -> int:
        """How many requests were served."""
        return self.start_at_s.size


def serve(
    arrival_at_s: Floats,
    service_s: Sequence[Floats | float],
    free_at_s: Floats,
    *,
    window: int | None = None,
) -> Served:
    """Serve requests in order of arrival by threads in order of becoming free.

    Args:
        arrival_at_s: Arrivals, ascending and not before 0, shape ``(n,)``.
        service_s: What is added to a start, one term after the other, each of shape ``(n,)`` or
            one number: a service that is one sum would round otherwise.
        free_at_s: When each thread is or becomes free, ascending: the line, and its ties.
        window: Length of every window, instead of one that adapts itself.
    """
    count, threads = arrival_at_s.size, free_at_s.size
    start_at_s, end_at_s, taken_at_s = np.empty(count), np.empty(count), np.empty(count)
    taken = np.empty(count, dtype=np.int64)
    short = window or max(_THREADS_A_WINDOW * threads, 256)
    longest = window or max(_LARGEST_WINDOW, short)
    size = window or max(short, min(_LARGEST_WINDOW, count) // 8)
    least_service_s = max(float(np.min(term)) for term in service_s) if count else 0.0
    numbers = np.arange(threads + count)
    # An item is a thread as it was at first, or `threads + n`: the one that request n releases.
    # Which thread that is, is found at the end for all of them: a window needs only the instants.
    free_s, item = free_at_s, numbers[:threads]
    first = 0
    start_s = arrival_at_s[:0]
    repeats = False
    while first < count:
        # The window has the requests from `first` to `last`. Those before `begun` were in the one
        # before, which left better starts of them; the others begin with the best lower bound that
        # there is: none starts before the one that came before it, nor before any thread is free.
        begun = first + start_s.size
        last = max(min(first + size, count), begun)
        earliest_s = max(start_s[-1], free_s[0]) if start_s.size else free_s[0]
        later_s = np.maximum(arrival_at_s[begun:last], earliest_s)
        start_s = np.concatenate((np.maximum(start_s, free_s[0]), later_s))
        terms = [t[first:last] if isinstance(t, np.ndarray) else t for t in service_s]
        # A window that follows one that was repeated will be too. To repeat starts alone costs a
        # fifth of a repetition with places at 320 threads and a ninth at 3,200; the last one has
        # places, and says what is final.
        if repeats:
            start_s = _improved(start_s, arrival_at_s[first:last], terms, free_s)
        released_s = _released(free_s, start_s, terms)
        ends_s = released_s[threads:]
        in_order_s, order = _sorted(released_s)
        better_s = np.maximum(arrival_at_s[first:last], in_order_s[: last - first])
        final = _unchanged(start_s, better_s)
        # Only where a service may be lost in rounding can starts that stay the same be wrong. Half
        # of the least one, so that it does not matter to which side a sum was rounded.
        if start_s[-1] + least_service_s / 2 <= start_s[-1]:
            final = _causal(order[:final], threads)
        upto = first + final
        start_at_s[first:upto], end_at_s[first:upto] = start_s[:final], ends_s[:final]
        taken_at_s[first:upto] = in_order_s[:final]
        if final:
            # Request n took the n-th item of the sorted list; what stands behind is free later.
            items = np.concatenate((item, numbers[threads + first : threads + upto]))
            taken[first:upto] = items[order[:final]]
            stays, free_s = order[final:], in_order_s[final:]
            if upto < last:
                # When the others end is not known yet: their releases are found again next time.
                is_known = stays < threads + final
                stays, free_s = stays[is_known], free_s[is_known]
            item = items[stays]
        start_s = better_s[final:]
        # Short ones where requests wait for one another, since the tail of a window that is not
        # final is sorted again; long ones where all is final at once: fewer calls of numpy.
        repeats = upto < last
        size = short if repeats else min(2 * size, longest)
        first = upto
    thread = _threads(taken, threads)
    return Served(
        start_at_s=start_at_s,
        end_at_s=end_at_s,
        free_at_s=taken_at_s,
        thread=thread,
        left_at_s=free_s,
        left=_holder(item, thread, threads),
    )


def _improved(
    start_s: Floats, arrival_s: Floats, terms: Sequence[Floats | float], free_s: Floats
) -> Floats:
    """Return better starts of a window.

    The order at the beginning is almost that of each repetition, and sorts what it almost sorts in
    little time. Places are not wanted here: whoever uses the starts sorts once more.
    """
    released_s = _released(free_s, start_s, terms)
    order = _nearly(released_s)
    count = start_s.size
    final = 0
    while True:
        in_order_s = released_s[order]
        in_order_s.sort(kind="stable")
        better_s = np.maximum(arrival_s, in_order_s[:count])
        before, final = final, _unchanged(start_s, better_s)
        start_s = better_s
        if final > count // _ENOUGH or final - before <= count // _LEAST_GAIN:
            return start_s
        released_s = _released(free_s, start_s, terms)


def _released(free_s: Floats, start_s: Floats, terms: Sequence[Floats | float]) -> Floats:
    """Return when threads become free: the free ones, and those of requests that start so."""
    released_s = np.concatenate((free_s, start_s))
    for term in terms:
        released_s[free_s.size :] += term
    return released_s


def _unchanged(start_s: Floats, better_s: Floats) -> int:
    """Return how many starts come before the first that changed: they are known to be right."""
    changed = start_s != better_s
    first = int(changed.argmax())
    return first if changed[first] else start_s.size


def _causal(order: Ints, threads: int) -> int:
    """Return how many requests come before the first that takes what a later one releases.

    Where a service takes no time, or is lost in rounding, starts that do not change need not be
    right: a request would start because it, or a later one, ends.
    """
    wrong = np.flatnonzero(order >= threads + np.arange(order.size))
    return int(wrong[0]) if wrong.size else order.size


def _sorted(at_s: Floats) -> tuple[Floats, Ints]:
    """Return instants in order and their places, those of one instant in their present order."""
    nearly = _nearly(at_s)
    nearly_s = at_s[nearly]
    rest = nearly_s.argsort(kind="stable")
    return nearly_s[rest], nearly[rest]


def _nearly(at_s: Floats) -> Ints:
    """Return the places of instants almost in order, those of one instant in their present order.

    Rounded to 16 bits they are sorted by their digits, without comparing any two. What is left to
    do is little for a sort that finds what is in order already, and those of numpy that are called
    stable are both. Only the time that this takes depends on how the instants are spread.
    """
    after_s = at_s - at_s[0]
    span_s = after_s.max()
    if not _LEAST_SPAN_S < span_s < np.inf:
        return np.arange(at_s.size)
    after_s *= (_BUCKETS - 1) / span_s
    digits: NDArray[np.uint16] = after_s.astype(np.uint16)
    return digits.argsort(kind="stable")


def _threads(taken: Ints, threads: int) -> Ints:
    """Return the thread of each request from the item that it took.

    Item t below `threads` is that thread as it was at first, item ``threads + n`` the thread that
    request n released. Chains inside a chunk are followed by doubling.
    """
    thread = np.empty(taken.size, dtype=np.int64)
    for first in range(0, taken.size, _CHUNK):
        item = taken[first : first + _CHUNK]
        before = item - (threads + first)
        leads = np.where(before >= 0, before, np.arange(item.size))
        while True:
            further = leads[leads]
            if np.array_equal(further, leads):
                break
            leads = further
        thread[first : first + _CHUNK] = _holder(item[leads], thread, threads)
    return thread


def _holder(item: Ints, thread: Ints, threads: int) -> Ints:
    """Return the thread that each item is, by those of the requests before."""
    if not thread.size:
        return item
    return np.where(item < threads, item, thread[np.maximum(item - threads, 0)])
