"""What evaluations before this one saw, as sums: averages are one division of two of them.

Integers are added up and divided once, so that an average does not depend on who adds, or in which
order: one evaluation at a time or many at once, it has the same bits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.errors import InvariantError

_SLACK = 1e-9
"""Of an interval, which a window may be short of a whole number of them."""


@dataclass(frozen=True, slots=True)
class Total:
    """What some evaluations saw, added up: occupied threads and all threads of what counted, ..."""

    evaluations: int = 0
    busy: int = 0
    threads: int = 0
    queued: int = 0
    in_flight: int = 0

    @property
    def load(self) -> float | None:
        """Busy threads over all threads, None if no replica counted in any of them."""
        return self.busy / self.threads if self.threads else None


@dataclass(frozen=True, slots=True)
class Past:
    """The latest evaluations, the present one last: as many as `most_s` holds at `interval_s`."""

    interval_s: float = 1.0
    most_s: float = 0.0
    rows: tuple[Total, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether anything is."""
        return self.most_s > 0

    def and_then(self, rows: Sequence[Total]) -> "Past":
        """Return the past after these evaluations too, each a `Total` of its own."""
        if not self.is_kept:
            return self
        kept = (*self.rows, *rows)[-self._count(self.most_s) :]
        return Past(self.interval_s, self.most_s, kept)

    def over(self, window_s: float) -> Total:
        """Return the total of the evaluations less than `window_s` ago, the present one included.

        There may be fewer: the past begins at a switch, or at a change of bounds or scaling.

        Raises:
            InvariantError: The policy did not say that it looks back so far.
        """
        if not 0 < window_s <= self.most_s:
            law = "a policy looks back no further than it says"
            raise InvariantError(law, what=f"{window_s} s, and it says {self.most_s} s")
        rows = self.rows[-self._count(window_s) :]
        return Total(
            evaluations=sum(row.evaluations for row in rows),
            busy=sum(row.busy for row in rows),
            threads=sum(row.threads for row in rows),
            queued=sum(row.queued for row in rows),
            in_flight=sum(row.in_flight for row in rows),
        )

    def _count(self, window_s: float) -> int:
        """Return how many evaluations are less than `window_s` ago: k of them, k - 1 intervals."""
        return max(math.ceil(window_s / self.interval_s - _SLACK), 1)
