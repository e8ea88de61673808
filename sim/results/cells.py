"""Requests summed up in cells: stretches of their numbers, whose figures add up exactly.

Windows of time are windows of numbers, since requests are numbered in order of arrival. All edges
of the windows that a summary asks about are edges of cells. An edge is known in time, as a rule:
a rollout's PUT and its end are known before any request behind them arrives. Only where "before" a
rollout begins is known late, when the rollout is over. Therefore the requests of the recent past
are kept one by one, 25 bytes each, and those of the recent past of a PUT until the start of its
"before" is known, or known to be further back. Where it is further back it is moved back to the
nearest edge of a grid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.digest import FoldedLengths
from sim.record import RolloutRecord
from sim.results.rollout_windows import AFTER_S, before_starts_at_s, followed_to
from sim.results.sketch import Sketch, histograms
from sim.results.sums import in_units
from sim.states import Outcome

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BACKING_OFF: Final = len(Outcome)
"""Where requests are counted whose next attempt was still to come."""

RECENT_REQUESTS: Final = 2**19
"""So many requests before a PUT, "before" begins exactly where it should."""

GRID_REQUESTS: Final = 2**14
"""Further back it begins at most so many requests too early."""


@dataclass(slots=True)
class Edges:
    """Where cells are cut.

    Attributes:
        arrival_at_s: When each request arrives with its first attempt, ascending, shape `(n,)`.
        rollouts: The deployment's; control adds to it while the run goes on.
        horizon_s: End of the run.
        warm_up_s: From when on requests are measured.
        grid: Edges that are always there: ascending, no two requests of one instant apart.
    """

    arrival_at_s: Floats
    rollouts: Sequence[RolloutRecord]
    horizon_s: float
    warm_up_s: float
    grid: Ints = field(init=False)

    def __post_init__(self) -> None:
        """Lay the grid."""
        every = self.arrival_at_s[::GRID_REQUESTS]
        self.grid = np.unique(np.searchsorted(self.arrival_at_s, every))

    def number_at(self, at_s: float) -> int:
        """Return the number of the first request that arrives at `at_s` or later."""
        return int(np.searchsorted(self.arrival_at_s, at_s))

    def known(self, *, is_over: bool) -> Ints:
        """Return all edges that are known now, ascending; the last cell ends with the requests.

        Args:
            is_over: Whether nothing more will happen: what is open then ends at the horizon.
        """
        numbers = [self.number_at(self.warm_up_s)]
        for place, rollout in enumerate(self.rollouts):
            put = self.number_at(rollout.put_at_s)
            numbers.append(put)
            if not (is_over or _is_over(rollout)):
                continue
            end_at_s = followed_to(rollout, self.horizon_s)
            after_at_s = min(end_at_s + AFTER_S, self.horizon_s)
            numbers += [self.number_at(end_at_s), self.number_at(after_at_s)]
            start = self.number_at(before_starts_at_s(self.rollouts, place, self.horizon_s))
            if put - start < RECENT_REQUESTS:
                numbers.append(start)
        edges = np.union1d(self.grid, np.array(numbers, np.int64))
        return edges[edges < len(self.arrival_at_s)]

    def settled_below(self, now_s: float) -> int:
        """Return the number below which no edge will become known after `now_s`."""
        limit = self.number_at(now_s) - RECENT_REQUESTS
        for rollout in self.rollouts:
            if not _is_over(rollout):
                put_at_s = rollout.put_at_s
                oldest = max(self.number_at(put_at_s) - RECENT_REQUESTS, 0)
                since_s = float(self.arrival_at_s[oldest]) if oldest else 0.0
                if now_s - put_at_s <= put_at_s - since_s:
                    limit = min(limit, oldest)
        return max(limit, 0)


def _is_over(rollout: RolloutRecord) -> bool:
    """Whether it is known where the window "during" ends."""
    return rollout.full_at_s is not None or rollout.ended_at_s is not None


@dataclass(frozen=True, slots=True)
class Ended:
    """Requests with what became of them, a row each, in any order; n of them.

    `outcome` holds codes of `sim.states.Outcome`, or BACKING_OFF. Lengths are in seconds and mean
    something for completed requests only.
    """

    number: Ints
    outcome: NDArray[np.int8]
    wait_s: Floats
    response_s: Floats

    def __len__(self) -> int:
        return len(self.number)

    def __getitem__(self, rows: NDArray[Any] | slice) -> "Ended":
        return Ended(
            self.number[rows], self.outcome[rows], self.wait_s[rows], self.response_s[rows]
        )

    def by_number(self) -> "Ended":
        """Return the same rows in order of their numbers."""
        if np.all(self.number[1:] > self.number[:-1]):
            return self
        return self[np.argsort(self.number, kind="stable")]


class Lengths:
    """The figures of one length of time, as far as they have come."""

    __slots__ = ("largest", "sketch", "total")

    def __init__(self) -> None:
        """Begin with no value."""
        self.total = 0
        self.largest = 0.0
        self.sketch = Sketch.of(np.empty(0))

    def add(self, values: Floats) -> None:
        """Add `values`, shape `(n,)`, in seconds."""
        if len(values):
            self.total += in_units(values)
            self.largest = max(self.largest, float(values.max()))
            self.sketch = Sketch.together((self.sketch, Sketch.of(values)))


class _Cell:
    __slots__ = ("by_outcome", "response", "wait")

    def __init__(self) -> None:
        self.by_outcome = np.zeros(BACKING_OFF + 1, np.int64)
        self.wait = Lengths()
        self.response = Lengths()

    def add(self, ended: Ended) -> None:
        self.by_outcome += np.bincount(ended.outcome, minlength=len(self.by_outcome))
        is_completed = ended.outcome == Outcome.COMPLETED
        self.wait.add(ended.wait_s[is_completed])
        self.response.add(ended.response_s[is_completed])


class Cells:
    """All cells of a deployment, and the requests of the recent past."""

    def __init__(self, edges: Edges) -> None:
        """Begin without any request."""
        self._edges = edges
        self._cells: dict[int, _Cell] = {}
        self._recent: list[Ended] = []
        self._recent_count = 0

    @property
    def kept(self) -> int:
        """How many requests are kept one by one now."""
        return self._recent_count

    def add(self, ended: Ended) -> None:
        """Add requests, each once; its columns are kept."""
        self._recent.append(ended.by_number())
        self._recent_count += len(ended)

    def settle(self, now_s: float) -> None:
        """Sum up what no window that is still unknown at `now_s` can cut."""
        self._sum_up(self._edges.settled_below(now_s), self._edges.known(is_over=False))

    def finish(self) -> None:
        """Sum up everything; nothing more will happen."""
        self._sum_up(len(self._edges.arrival_at_s), self._edges.known(is_over=True))

    def _sum_up(self, below: int, edges: Ints) -> None:
        kept: list[Ended] = []
        for block in self._recent:
            count = int(np.searchsorted(block.number, below))
            for first, part in _by_cell(block[:count], edges):
                self._cells.setdefault(first, _Cell()).add(part)
            if count < len(block):
                rest = block[count:]
                kept.append(rest[np.arange(len(rest))] if count else rest)  # a copy of these alone
        self._recent = kept
        self._recent_count = sum(map(len, kept))

    def columns(self) -> tuple[Ints, NDArray[np.int64], FoldedLengths, FoldedLengths]:
        """Return each cell's first number, requests by outcome, waits and response times."""
        first = np.array(sorted(self._cells), np.int64)
        cells = [self._cells[number] for number in first.tolist()]
        none = np.empty((0, BACKING_OFF + 1), np.int64)
        return (
            first,
            np.concatenate([none, *(cell.by_outcome[np.newaxis] for cell in cells)]),
            _lengths([cell.wait for cell in cells]),
            _lengths([cell.response for cell in cells]),
        )


def _by_cell(block: Ended, edges: Ints) -> Iterator[tuple[int, Ended]]:
    """Yield the rows of each cell, with the number at which it begins; `block` is in order."""
    if not len(block):
        return
    cuts = np.unique(np.searchsorted(block.number, edges)).tolist()
    for start, end in pairwise((*(cut for cut in cuts if cut < len(block)), len(block))):
        place = int(np.searchsorted(edges, block.number[start], side="right")) - 1
        yield int(edges[place]), block[start:end]


def _lengths(found: Sequence[Lengths]) -> FoldedLengths:
    return FoldedLengths(
        total=tuple(lengths.total for lengths in found),
        largest=np.array([lengths.largest for lengths in found], np.float64),
        counted=histograms([lengths.sketch for lengths in found]),
    )
