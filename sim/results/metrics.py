"""Figures of merit of requests and replicas.

Definitions:

* A *request* arrives with its first attempt and ends as its last attempt does. Its response time
  runs from that first arrival to the final answer, retries and the waits between them included;
  it exists for completed requests only.
* Its *wait* is that of the attempt that was completed: from the attempt's arrival to its start.
* A quantile is the inverted distribution function: the smallest value seen that at least the
  fraction q of all values do not exceed. It is always a value that occurred (Hyndman and Fan,
  Sample quantiles in statistical packages, 1996, definition 1).
* Sums are exactly rounded, so that means do not depend on the order of rows or the processor.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.record import AttemptColumns, DeploymentRecord, Transition
from sim.results.requests import FailedRequests, Figures, RequestCounts, no_figures
from sim.results.sums import exact_sum
from sim.results.timeline import Floats
from sim.states import BILLED, Outcome, ReplicaState

QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

BLOCK_ROWS: Final = 2**16
"""Rows of a column of requests that have copies at one time."""


class Measured(Protocol):
    """Requests that can be counted and measured, be their attempts kept or folded."""

    @property
    def from_s(self) -> float:
        """The requests are those that arrived at this instant or later."""

    def arrived_in(self, start_at_s: float, end_at_s: float) -> "Measured":
        """Return the requests that arrived in `[start_at_s, end_at_s)`."""

    def counts(self) -> RequestCounts:
        """Return how many arrived, and where they are: the parts add up to `arrived`."""

    def wait_figures(self) -> Figures:
        """Return the figures of the waits of completed requests."""

    def response_figures(self) -> Figures:
        """Return the figures of the response times of completed requests."""


def counts_of(by_code: NDArray[np.int64], *, backing_off: int) -> RequestCounts:
    """Return where requests are.

    Args:
        by_code: Requests by the outcome of their last attempt, shape `(outcomes,)`.
        backing_off: Requests whose next attempt was still to come, which are none of those.
    """
    return RequestCounts(
        arrived=int(by_code.sum()) + backing_off,
        completed=int(by_code[Outcome.COMPLETED]),
        failed=FailedRequests(**{o.kind: int(by_code[o]) for o in Outcome if o.is_failure}),
        queued=int(by_code[Outcome.QUEUED]),
        running=int(by_code[Outcome.RUNNING]),
        backing_off=backing_off,
    )


def figures(values: Floats) -> Figures:
    """Return mean, quantiles and maximum of `values`, shape `(n,)`."""
    return _figures_of_scratch(values.copy())


def quantiles(values: Floats) -> Floats:
    """Return the three `QUANTILES` of `values`, shape `(n,)` with n > 0; shape `(3,)`."""
    return _quantiles_of_scratch(values.copy())


def _figures_of_scratch(values: Floats) -> Figures:
    """Return the figures of `values`, and leave these in another order."""
    if len(values) == 0:
        return no_figures()
    mean = exact_sum(values) / len(values)
    largest = float(values.max())
    found = _quantiles_of_scratch(values)
    return Figures(mean=mean, max=largest, **dict(zip(QUANTILES, found.tolist(), strict=True)))


def _quantiles_of_scratch(values: Floats) -> Floats:
    """Select in place: a copy of a day of requests is hundreds of megabytes."""
    levels = np.array(list(QUANTILES.values()))
    found: Floats = np.quantile(values, levels, method="inverted_cdf", overwrite_input=True)
    return found


Rows = slice | NDArray[np.integer[Any]]
"""Some rows of the attempts: a stretch of them, or their numbers."""


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests of one deployment, in order of their numbers; n of them.

    Nothing is copied from the columns of attempts before it is asked for, and figures are made from
    one column at a time.

    Attributes:
        attempts: All attempts.
        first: The rows of the requests' first attempts.
        last: The rows of their last ones; the same where nobody tried again.
        is_backing_off: Whether another attempt was still to come, shape `(n,)`.
        from_s: They arrived at this instant or later.
    """

    attempts: AttemptColumns
    first: Rows
    last: Rows
    is_backing_off: NDArray[np.bool_]
    from_s: float = 0.0

    @classmethod
    def of(cls, deployment: DeploymentRecord) -> "Requests":
        """Return the requests that the attempts of `deployment` belong to."""
        attempts = deployment.attempts
        first, last, numbers = _first_and_last(attempts.request)
        waiting = deployment.backing_off
        is_backing_off = np.zeros(len(numbers), np.bool_)
        if len(numbers):
            place = np.searchsorted(numbers, waiting).clip(max=len(numbers) - 1)
            is_backing_off[place[numbers[place] == waiting]] = True
        return cls(attempts, first, last, is_backing_off)

    def __len__(self) -> int:
        return len(self.is_backing_off)

    def arrived_in(self, start_at_s: float, end_at_s: float) -> "Requests":
        """Return the requests that arrived in `[start_at_s, end_at_s)`."""
        arrival_at_s = self.arrival_at_s
        chosen: slice | NDArray[np.intp]
        if np.all(arrival_at_s[1:] >= arrival_at_s[:-1]):
            chosen = slice(*np.searchsorted(arrival_at_s, (start_at_s, end_at_s)).tolist())
        else:
            chosen = np.flatnonzero((arrival_at_s >= start_at_s) & (arrival_at_s < end_at_s))
        return Requests(
            self.attempts,
            _some(self.first, chosen),
            _some(self.last, chosen),
            self.is_backing_off[chosen],
            start_at_s,
        )

    @property
    def arrival_at_s(self) -> Floats:
        """When each arrived with its first attempt, shape `(n,)`."""
        return self.attempts.arrival_at_s[self.first]

    @property
    def outcome(self) -> NDArray[np.int8]:
        """Codes of `sim.states.Outcome` of the last attempts, shape `(n,)`."""
        return self.attempts.outcome[self.last]

    def counts(self) -> RequestCounts:
        """Return how many arrived, and where they are: the parts add up to `arrived`."""
        by_code = np.zeros(len(Outcome), np.int64)
        for start in range(0, len(self), BLOCK_ROWS):
            outcome = _part(self.attempts.outcome, self.last, start)
            is_settled = ~self.is_backing_off[start : start + BLOCK_ROWS]
            by_code += np.bincount(outcome[is_settled], minlength=len(Outcome))
        return counts_of(by_code, backing_off=int(self.is_backing_off.sum()))

    def wait_figures(self) -> Figures:
        """Return the figures of the waits of completed requests."""
        return _figures_of_scratch(self._lengths_s(self.last, self.attempts.start_at_s))

    def response_figures(self) -> Figures:
        """Return the figures of the response times of completed requests."""
        return _figures_of_scratch(self.response_times_s())

    def response_times_s(self) -> Floats:
        """Return the response times of completed requests, shape `(completed,)`: a new array."""
        return self._lengths_s(self.first, self.attempts.answered_at_s)

    def _lengths_s(self, since: Rows, until_at_s: Floats) -> Floats:
        """Return the time from the arrival of an attempt to an instant of the last one.

        Of completed requests only.
        """
        length_s, count = np.empty(len(self)), 0
        for start in range(0, len(self), BLOCK_ROWS):
            arrival_at_s = _part(self.attempts.arrival_at_s, since, start)
            outcome = _part(self.attempts.outcome, self.last, start)
            passed_s = _part(until_at_s, self.last, start) - arrival_at_s
            found = passed_s[outcome == Outcome.COMPLETED]
            length_s[count : count + len(found)] = found
            count += len(found)
        return length_s[:count]


def _first_and_last(
    request: NDArray[np.integer[Any]],
) -> tuple[Rows, Rows, NDArray[np.integer[Any]]]:
    """Return the rows of the first and last attempt of each request, and the requests' numbers."""
    if np.all(request[1:] > request[:-1]):
        rows = slice(0, len(request))
        return rows, rows, request
    row = np.arange(len(request), dtype=np.min_scalar_type(-len(request)))
    first = np.full(request.max(initial=-1) + 1, -1, row.dtype)
    last = first.copy()
    last[request] = row  # of several values for one place the last one stays
    first[request[::-1]] = row[::-1]
    numbers = np.flatnonzero(first >= 0)
    return first[numbers], last[numbers], numbers


def first_arrivals(request: NDArray[np.integer[Any]], arrival_at_s: Floats) -> Floats:
    """Return when the request of each attempt arrived with its first one, shape `(n,)`.

    Args:
        request: The requests that attempts belong to, in order of arrival, shape `(n,)`.
        arrival_at_s: When the attempts arrived, shape `(n,)`.
    """
    if np.all(request[1:] > request[:-1]):  # each came once
        return arrival_at_s
    first = np.empty(request.max() + 1)
    first[request[::-1]] = arrival_at_s[::-1]  # of several values for one place the last stays
    found: Floats = first[request]
    return found


def _part(column: NDArray[Any], rows: Rows, start: int) -> NDArray[Any]:
    """Return the values of `column` in a block of `rows`."""
    if isinstance(rows, slice):
        return column[rows][start : start + BLOCK_ROWS]
    return column[rows[start : start + BLOCK_ROWS]]


def _some(rows: Rows, chosen: Rows) -> Rows:
    """Return those of `rows` that `chosen` numbers among them."""
    if not isinstance(rows, slice):
        return rows[chosen]
    if isinstance(chosen, slice):
        return slice(rows.start + chosen.start, rows.start + chosen.stop)
    shifted: Rows = rows.start + chosen
    return shifted


@dataclass(frozen=True, slots=True)
class Spell:
    """`replica` of `revision` was in one of some states in `[start_at_s, end_at_s)`.

    `ended_in` is the state it left them for, None if it was in them at the horizon.
    """

    replica: int
    revision: int
    start_at_s: float
    end_at_s: float
    ended_in: ReplicaState | None


def spells(
    transitions: Sequence[Transition], states: frozenset[ReplicaState], horizon_s: float
) -> Iterator[Spell]:
    """Yield every unbroken spell of a replica in `states`, by replica.

    Args:
        transitions: In order of time, as in the record.
        states: The states that count as one.
        horizon_s: Where spells without an end are cut off.
    """
    since: dict[int, float] = {}
    open_revisions: dict[int, int] = {}
    for move in transitions:
        if move.after in states and move.replica not in since:
            since[move.replica] = move.at_s
            open_revisions[move.replica] = move.revision
        elif move.after not in states and move.replica in since:
            start_at_s = since.pop(move.replica)
            yield Spell(move.replica, move.revision, start_at_s, move.at_s, move.after)
    for replica, start_at_s in since.items():
        yield Spell(replica, open_revisions[replica], start_at_s, horizon_s, None)


def billed_spells(transitions: Sequence[Transition], horizon_s: float) -> Iterator[Spell]:
    """Yield when replicas were paid for: from STARTING to DELETED, restarts included."""
    return spells(transitions, BILLED, horizon_s)


def replica_seconds(billed: Sequence[Spell]) -> Fraction:
    """Return the exact sum of the lengths of `billed` spells, in replicas times seconds."""
    return sum((Fraction(s.end_at_s) - Fraction(s.start_at_s) for s in billed), Fraction(0))
