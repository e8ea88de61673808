"""A tournament of threads: which thread serves which request, where nothing else binds.

It finds what the window kernel finds (`windows`), one request after the other: the threads play for
who is free first, and whoever is free again plays those who lost on its way up, one match a level.
Written, like the event loop, in the subset of Python that Numba compiles (`compilation`).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engines.vectorised.jit import decorators

compiled, inlined = decorators(__name__)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_THREAD_BITS = 24
"""Of an item's number, for the thread; what is left holds places for 2^39 requests."""


class Turns(NamedTuple):
    """Requests to be served in turn, and who served them.

    `work`, of shape `(phases, n)`, is what each does in turn. `start`, `end`, `free` (when the
    thread became free) and `thread` are filled. `left_at`, `left_key`, of shape `(threads,)`: when
    each thread is free, and its place among those that are free then, before the first request
    and, in the end, after the last. `tree_...`: room for two numbers a thread.
    """

    arrival: Floats
    work: Floats
    start: Floats
    end: Floats
    free: Floats
    thread: Ints
    left_at: Floats
    left_key: Ints
    tree_at: Floats
    tree_item: Ints


@inlined
def _is_before(at: float, item: int, other_at: float, other_item: int) -> bool:
    # Without a branch that would be guessed wrong every other time.
    return (at < other_at) | ((at == other_at) & (item < other_item))


@compiled
def _begin_tournament(t: Turns) -> None:
    """Let the threads play for who is free first, and write down who lost each match.

    An item is a place in the line and a thread, in one number. The match at node k is between the
    winners of the matches at 2 k and 2 k + 1; thread j begins at the number of threads + j.
    """
    size = t.left_at.size
    for thread in range(size):
        t.tree_at[size + thread] = t.left_at[thread]
        t.tree_item[size + thread] = t.left_key[thread] << _THREAD_BITS | thread
    for node in range(size - 1, 0, -1):
        best = 2 * node
        if _is_before(
            t.tree_at[best + 1], t.tree_item[best + 1], t.tree_at[best], t.tree_item[best]
        ):
            best += 1
        t.tree_at[node], t.tree_item[node] = t.tree_at[best], t.tree_item[best]
    t.tree_at[0], t.tree_item[0] = t.tree_at[1], t.tree_item[1]
    for node in range(1, size):
        loser = 2 * node + (t.tree_item[2 * node] == t.tree_item[node])
        t.tree_at[node], t.tree_item[node] = t.tree_at[loser], t.tree_item[loser]


@compiled
def serve_in_turn(t: Turns, until_at: float) -> int:
    """Serve requests in order by threads of which each is held for its service alone.

    Returns how many: those that start before `until_at`. A tournament tells who is free first: a
    thread that is free again plays those who lost on its way up, one match a level.
    """
    arrival, work, start, end, free, thread = t.arrival, t.work, t.start, t.end, t.free, t.thread
    tree_at, tree_item = t.tree_at, t.tree_item
    size, count = t.left_at.size, arrival.size
    _begin_tournament(t)
    at, item = tree_at[0], tree_item[0]
    for n in range(arrival.size):
        started = max(arrival[n], at)
        if started >= until_at:
            count = n
            break
        which = item & ((1 << _THREAD_BITS) - 1)
        free[n], start[n], thread[n] = at, started, which
        at = started
        for phase in range(work.shape[0]):
            at += work[phase, n]
        end[n] = at
        item = (size + n) << _THREAD_BITS | which
        node = (size + which) >> 1
        while node > 0:
            other_at, other_item = tree_at[node], tree_item[node]
            is_beaten = _is_before(other_at, other_item, at, item)
            tree_at[node] = at if is_beaten else other_at
            tree_item[node] = item if is_beaten else other_item
            at = other_at if is_beaten else at
            item = other_item if is_beaten else item
            node >>= 1
    tree_at[0], tree_item[0] = at, item
    for node in range(size):
        which = tree_item[node] & ((1 << _THREAD_BITS) - 1)
        t.left_at[which], t.left_key[which] = tree_at[node], tree_item[node] >> _THREAD_BITS
    return count
