"""How many attempts of a live run arrived, wait, run, and ended how: counted as they end.

An attempt that is over at the instant reached stays as it is, so that only those from the first
one on that was not over are looked at again.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.record import AttemptColumns
from sim.serve.protocol.views import ShownCounts
from sim.states import Outcome

_OUTCOMES = Outcome.QUEUED


@dataclass(slots=True)
class Counts:
    """The attempts of one deployment, up to the instant of the last `look`."""

    arrived: int = 0
    queued: int = 0
    in_flight: int = 0
    ended: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_OUTCOMES, np.int64))
    _settled: int = 0
    _settled_ended: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_OUTCOMES, np.int64))

    def look(self, attempts: AttemptColumns, at_s: float) -> None:
        """Count up to `at_s`, what is due at it left out."""
        self.arrived = int(np.searchsorted(attempts.arrival_at_s, at_s))
        rows = slice(self._settled, self.arrived)
        outcome = attempts.outcome[rows]
        # Of an attempt in line or running the instants to come are NaN: compared, they are not
        # before anything.
        is_over = attempts.answered_at_s[rows] < at_s
        is_begun = attempts.start_at_s[rows] < at_s
        is_held = is_begun & ~(attempts.released_at_s[rows] < at_s)
        self.ended = self._settled_ended + _by_outcome(outcome[is_over])
        self.queued = int(np.count_nonzero(~is_over & ~is_begun))
        self.in_flight = int(np.count_nonzero(is_held))
        open_ = np.flatnonzero(~is_over | is_held)
        count = int(open_[0]) if open_.size else outcome.size
        self._settled_ended = self._settled_ended + _by_outcome(outcome[:count])
        self._settled += count

    def to_wire(self) -> ShownCounts:
        """Return the counts as JSON data; failures by their word."""
        failed = {
            Outcome(code).kind: int(count)
            for code, count in enumerate(self.ended.tolist())
            if count and code != Outcome.COMPLETED
        }
        return {
            "arrived": self.arrived,
            "completed": int(self.ended[Outcome.COMPLETED]),
            "failed": failed,
            "queued": self.queued,
            "in_flight": self.in_flight,
        }


def in_flight_by_replica(attempts: AttemptColumns, at_s: float) -> dict[int, int]:
    """Return how many attempts are on each replica that has any, at `at_s`."""
    is_held = (attempts.start_at_s < at_s) & ~(attempts.released_at_s < at_s)
    replica, count = np.unique(attempts.replica[is_held], return_counts=True)
    return dict(zip(replica.tolist(), count.tolist(), strict=True))


def _by_outcome(outcome: NDArray[np.int8]) -> NDArray[np.int64]:
    return np.bincount(outcome, minlength=_OUTCOMES)[:_OUTCOMES]
