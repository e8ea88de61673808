"""Adding up attempts, each once, in any order and in blocks of any size, without rounding.

The same whether a run keeps its attempts or folds them as they come: what comes out is to the last
bit the same.
"""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.digest import AttemptSums, LostAttempts
from sim.reasons import Reason
from sim.record import AttemptColumns
from sim.results.lives import Lives
from sim.results.sums import in_units
from sim.results.timeline import Floats
from sim.states import LOST, Outcome

_LOST: Final = [int(outcome) for outcome in LOST]

_LOST_FOR: Final = {
    Outcome.OUT_OF_MEMORY: Reason.OUT_OF_MEMORY,
    Outcome.REPLICA_KILLED: Reason.KILLED,
    Outcome.GRACE_OVER: Reason.GRACE_OVER,
}
"""Why an attempt was lost, by its outcome; a replica may also be killed for being UNRESPONSIVE."""


def blocks(attempts: AttemptColumns, rows: int) -> Iterator[AttemptColumns]:
    """Yield the attempts in blocks of at most `rows`."""
    for start in range(0, len(attempts.request), rows):
        yield _some(attempts, slice(start, start + rows))


class Ledger:
    """The attempts of the requests that first arrived at or after the warm-up, added up."""

    def __init__(self, lives: Lives, *, warm_up_s: float, horizon_s: float) -> None:
        """Begin without any attempt.

        Args:
            lives: Those of the replicas that serve them.
            warm_up_s: From when on requests are measured.
            horizon_s: Where what has not ended is cut off.
        """
        self._lives = lives
        self._warm_up_s = warm_up_s
        self._horizon_s = horizon_s
        self._made = 0
        self._served = 0
        self._thread = 0
        self._abandoned_thread = 0
        self._failed_while_warming = 0
        self._lost: dict[Reason, LostAttempts] = {}
        self._last_completed_at_s: float | None = None
        self._last_failed_at_s: float | None = None

    def add(self, block: AttemptColumns, first_arrival_at_s: Floats) -> None:
        """Add attempts; all that happens to their replicas up to their ends has been written down.

        Args:
            block: Each attempt is in one block alone.
            first_arrival_at_s: When the request of each attempt arrived first, shape `(n,)`.
        """
        is_measured = first_arrival_at_s >= self._warm_up_s
        measured = block if is_measured.all() else _some(block, is_measured)
        self._made += len(measured.request)
        is_failed = (measured.outcome > Outcome.COMPLETED) & (measured.outcome < Outcome.QUEUED)
        self._last_completed_at_s = _latest(
            self._last_completed_at_s, measured.answered_at_s[measured.outcome == Outcome.COMPLETED]
        )
        self._last_failed_at_s = _latest(self._last_failed_at_s, measured.answered_at_s[is_failed])
        is_begun = ~np.isnan(measured.start_at_s)
        self._add_begun(measured if is_begun.all() else _some(measured, is_begun))
        failed = _some(measured, is_begun & is_failed)
        is_warming = self._lives.are_warming(failed.replica, failed.start_at_s)
        self._failed_while_warming += int(np.count_nonzero(is_warming))

    def sums(self, arrival_at_s: Floats) -> AttemptSums:
        """Return what was added up.

        Args:
            arrival_at_s: When each request arrived first, in any order, shape `(requests,)`.
        """
        last_s = self._last_completed_at_s
        is_behind = arrival_at_s >= self._warm_up_s if last_s is None else arrival_at_s > last_s
        next_s = float(arrival_at_s.min(where=is_behind, initial=np.inf))
        return AttemptSums(
            made=self._made,
            served=self._served,
            thread=self._thread,
            abandoned_thread=self._abandoned_thread,
            failed_while_warming=self._failed_while_warming,
            lost=self._lost,
            last_completed_at_s=last_s,
            last_failed_at_s=self._last_failed_at_s,
            next_arrival_at_s=next_s if next_s < np.inf else None,
        )

    def _add_begun(self, begun: AttemptColumns) -> None:
        """Add what attempts that were started did with their threads."""
        is_lost = np.isin(begun.outcome, _LOST)
        is_over = ~np.isnan(begun.released_at_s)
        end_at_s = np.where(is_over, begun.released_at_s, self._horizon_s)
        self._thread += in_units(end_at_s - begun.start_at_s)
        is_late = begun.answered_at_s < end_at_s
        self._abandoned_thread += in_units(end_at_s[is_late] - begun.answered_at_s[is_late])
        late = _some(begun, is_late & is_over)
        is_killed = self._lives.are_killed(late.replica, late.released_at_s)
        self._served += int(np.count_nonzero(is_over & ~is_lost))
        self._served -= int(np.count_nonzero(is_killed))
        self._add_lost(_some(begun, is_lost))

    def _add_lost(self, lost: AttemptColumns) -> None:
        rows = (lost.replica.tolist(), lost.answered_at_s.tolist(), lost.outcome.tolist())
        for replica, at_s, outcome in zip(*rows, strict=True):
            reason = _LOST_FOR[Outcome(outcome)]
            if reason is Reason.KILLED:
                reason = self._lives.killed(replica, at_s) or reason
            before = self._lost.get(reason, LostAttempts(0, at_s, at_s))
            self._lost[reason] = LostAttempts(
                before.count + 1, min(before.first_at_s, at_s), max(before.last_at_s, at_s)
            )


def _some(attempts: AttemptColumns, rows: slice | NDArray[np.bool_]) -> AttemptColumns:
    columns: dict[str, NDArray[Any]] = {
        column.name: getattr(attempts, column.name)[rows] for column in fields(attempts)
    }
    return AttemptColumns(**columns)


def _latest(known_s: float | None, at_s: Floats) -> float | None:
    """Return the largest of instants, of which one may be known already."""
    if not len(at_s):
        return known_s
    return float(at_s.max(initial=-np.inf if known_s is None else known_s))
