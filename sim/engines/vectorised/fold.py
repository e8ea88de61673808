"""Dropping attempts that are over: they are handed over to be summed up, the rest moves together.

Attempts have numbers, the places of their rows, and the state refers to them by these. Nothing
that happens later depends on the numbers but for their order, which is kept. Only where there is
no checkpoint: no row is then anything to go back to.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.engines.contract.plane import TakesAttempts
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.eventloop import Attempts, Ints, State
from sim.record import AttemptColumns

LEAST_ROWS: Final = 2**17
"""So many rows there are at least when it is looked which of them are over."""

AHEAD_REQUESTS: Final = 2**17
"""So many requests at the most a plane looks ahead: what is ahead cannot be dropped."""


class Fold:
    """Which attempts of one plane are over, and where they go."""

    def __init__(self, taker: TakesAttempts, source: NDArray[np.int32]) -> None:
        """Begin.

        Args:
            taker: Where attempts go.
            source: Place of each request's source, shape `(n,)`.
        """
        self._taker = taker
        self._source = source
        self._due_rows = LEAST_ROWS

    def is_due(self, s: State) -> bool:
        """Return whether there are enough rows: at least twice as many as were left last time."""
        return int(s.i[loop.ATTEMPTS]) >= self._due_rows

    def fold(self, s: State, a: Attempts, settled_s: float) -> None:
        """Hand over what was over before `settled_s`; there is no checkpoint.

        At `settled_s` itself more may happen: a replica may be killed at the very instant at which
        an attempt on it ended.
        """
        count = int(s.i[loop.ATTEMPTS])
        last_at_s = np.fmax(a.af[loop.A_ANSWERED, :count], a.af[loop.A_RELEASED, :count])
        is_over = _is_over(a, count) & (last_at_s < settled_s)
        over = np.flatnonzero(is_over)
        if 2 * over.size >= count:
            rows = slice(0, over.size) if over.size == over[-1] + 1 else over
            self._taker.see_line(self.rest(s, a), settled_s)
            self._taker.take(attempt_rows(a, rows, self._source), settled_s)
            drop(s, a, is_over)
        self._due_rows = max(LEAST_ROWS, 2 * int(s.i[loop.ATTEMPTS]))

    def rest(self, s: State, a: Attempts) -> AttemptColumns:
        """Return the attempts that were not handed over."""
        return attempt_rows(a, slice(0, int(s.i[loop.ATTEMPTS])), self._source)


def attempt_rows(
    a: Attempts, rows: slice | NDArray[np.intp], source: NDArray[np.int32]
) -> AttemptColumns:
    """Return some rows of the attempts; a stretch of them is not copied."""
    request = a.ai[loop.A_REQUEST, rows]
    return AttemptColumns(
        request=request,
        attempt=a.ab[loop.A_ATTEMPT, rows],
        source=source[request],
        arrival_at_s=a.af[loop.A_ARRIVAL, rows],
        start_at_s=a.af[loop.A_START, rows],
        answered_at_s=a.af[loop.A_ANSWERED, rows],
        released_at_s=a.af[loop.A_RELEASED, rows],
        revision=a.ai[loop.A_REVISION, rows],
        replica=a.ai[loop.A_REPLICA, rows],
        thread=a.ai[loop.A_THREAD, rows],
        outcome=a.ab[loop.A_OUTCOME, rows],
    )


def drop(s: State, a: Attempts, is_over: NDArray[np.bool_]) -> None:
    """Take out the rows of attempts that are over; the others keep their order.

    Args:
        s: No place of it may need an attempt that is over, but for deadlines that were met: these
            are taken out too.
        a: Its rows are moved.
        is_over: Which attempts go, shape `(attempts,)`.
    """
    kept = np.flatnonzero(~is_over)
    for rows in (a.ai, a.ab, a.af):
        rows[:, : kept.size] = rows[:, kept]
    number = np.append(np.cumsum(~is_over) - ~is_over, kept.size)  # of rows that go: the next one's
    heads = [loop.QUEUE_HEAD, loop.DEADLINE_HEAD]
    s.i[heads] = number[s.i[heads]]
    flying = s.ti[loop.T_ATTEMPT] >= 0
    s.ti[loop.T_ATTEMPT, flying] = number[s.ti[loop.T_ATTEMPT, flying]]
    s.i[loop.ATTEMPTS] = kept.size
    _renumber_deadlines(s, is_over, number)


def _renumber_deadlines(s: State, is_over: NDArray[np.bool_], number: Ints) -> None:
    """Keep the deadlines of attempts that are still there; in order, a list is a heap."""
    size = int(s.i[loop.DEADLINES])
    at_s, attempt = s.d_at[:size].copy(), s.d_attempt[:size].copy()
    open_ = np.flatnonzero(~is_over[attempt])
    order = open_[np.lexsort((attempt[open_], at_s[open_]))]
    s.d_at[: order.size], s.d_attempt[: order.size] = at_s[order], number[attempt[order]]
    s.i[loop.DEADLINES] = order.size


def _is_over(a: Attempts, count: int) -> NDArray[np.bool_]:
    """Return which attempts were answered, and released if they were ever started."""
    is_answered = a.ab[loop.A_OUTCOME, :count] < loop.QUEUED
    is_held = np.isnan(a.af[loop.A_RELEASED, :count]) & ~np.isnan(a.af[loop.A_START, :count])
    over: NDArray[np.bool_] = is_answered & ~is_held
    return over
