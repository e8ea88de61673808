"""What a run keeps of how it went: a few series of each deployment on one grid of time.

Every run of a case has the same grid, so that the runs can be laid over each other. At an instant
of the grid a series has the value that holds after all that happened at it; answers are those of
the bin that begins there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.record import AttemptColumns, DeploymentRecord, Record
from sim.results.answers import bin_starts_s, bin_width_s
from sim.results.metrics import first_arrivals
from sim.results.timeline import Window
from sim.states import LIVE, Outcome, ReplicaState

GRID: Final = 2
"""Number of the definition of grid and series, and of the grid of response times in
`sim.studies.runs.counted`, which a store keeps beside them."""

SERIES: Final = (
    "responsive_replicas",
    "live_replicas",  # what minReplicas and maxReplicas count, on their way among them
    "load_ratio",
    "queued",
    "running",
    "response_mean_s",
    "response_p50_s",
    "response_p99_s",
    "completed",
    "failed",
)
"""Series of a deployment: replicas, load at the evaluation before, attempts in line and on threads;
of the bin that begins here: response times of completed requests, how many, and failed attempts."""

Grid = NDArray[np.float32]
Values = NDArray[np.float64] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Thinned:
    """The series of one deployment in one run: `values` has shape `(len(SERIES), instants)`.

    NaN stands where there is none: load with nothing responsive, response times of no request.
    """

    values: Grid


def grid_at_s(horizon_s: float) -> NDArray[np.float64]:
    """Return the instants of the grid of runs of that length, shape `(n,)`."""
    return bin_starts_s(Window(0.0, horizon_s), bin_width_s(horizon_s))


def thinned(record: Record) -> tuple[Thinned, ...]:
    """Return the series of every deployment of a run that kept its attempts."""
    at_s = grid_at_s(record.horizon_s)
    return tuple(
        Thinned(np.stack(list(_series(deployment, at_s))).astype(np.float32))
        for deployment in record.deployments
    )


def _series(deployment: DeploymentRecord, at_s: NDArray[np.float64]) -> Iterator[Values]:
    """Yield the `SERIES`, each of shape `(instants,)`."""
    yield from _replicas(deployment, at_s)
    yield _held(deployment.ticks.at_s, deployment.ticks.load, at_s, np.nan)
    attempts = deployment.attempts
    arrived, started, answered = (
        _reached(instants, at_s)
        for instants in (attempts.arrival_at_s, attempts.start_at_s, attempts.answered_at_s)
    )
    begun = ~np.isnan(attempts.start_at_s)
    count = at_s.size
    yield _upto(arrived, count) - _upto(np.where(begun, started, answered), count)
    yield _upto(started, count) - _upto(answered[begun], count)
    yield from _answers(attempts, answered, at_s)


def _replicas(deployment: DeploymentRecord, at_s: NDArray[np.float64]) -> Iterator[Values]:
    moves = deployment.control.transitions
    moved_at_s = np.array([move.at_s for move in moves])
    for states in (frozenset({ReplicaState.RESPONSIVE}), LIVE):
        change = np.array(
            [float(move.after in states) - float(move.before in states) for move in moves]
        )
        yield _held(moved_at_s, np.cumsum(change), at_s, 0.0)


def _answers(
    attempts: AttemptColumns, answered: NDArray[np.intp], at_s: NDArray[np.float64]
) -> Iterator[Values]:
    """Yield the series of answers; `answered` has the instants of the grid that they reached."""
    answered_at_s, count = attempts.answered_at_s, at_s.size
    is_inside = at_s.take(answered, mode="clip") != answered_at_s
    places = answered - is_inside  # an answer at the very instant where a bin begins is in it
    since_s = first_arrivals(attempts.request, attempts.arrival_at_s)
    completed = attempts.outcome == Outcome.COMPLETED
    response_s = answered_at_s[completed] - since_s[completed]
    place = places[completed]
    total = np.bincount(place, weights=response_s, minlength=count)
    ordered, response_s = _sorted(place, response_s)
    edge = np.searchsorted(ordered, np.arange(count + 1))
    size = np.diff(edge)
    with np.errstate(invalid="ignore"):
        yield total / size
    for level in (0.5, 0.99):
        # The inverted distribution function, as in every quantile of the report.
        rank = edge[:-1] + np.maximum(np.ceil(size * level - 1), 0).astype(np.intp)
        yield np.where(
            size > 0, np.append(response_s, np.nan)[np.where(size > 0, rank, -1)], np.nan
        )
    yield size
    failed = np.isin(attempts.outcome, _FAILURES)
    yield np.bincount(places[failed], minlength=count)


def _held(
    changed_at_s: NDArray[np.float64],
    value: NDArray[np.float64],
    at_s: NDArray[np.float64],
    before: float,
) -> NDArray[np.float64]:
    """Return the value that a step series holds at each instant, `before` the first change."""
    place = np.searchsorted(changed_at_s, at_s, side="right")
    return np.append(before, value)[place]


def _reached(happened_at_s: NDArray[np.float64], at_s: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the number of the first of `at_s` that is no earlier; their count, if none is.

    NaN, which stands for never, comes behind all of them.
    """
    return np.searchsorted(at_s, happened_at_s, side="left")


def _upto(reached: NDArray[np.intp], count: int) -> NDArray[np.int64]:
    """Return how much had happened at each of `count` instants, from what each one reached."""
    return np.cumsum(np.bincount(reached, minlength=count)[:count])


def _sorted(place: NDArray[np.intp], value: NDArray[np.float64]) -> tuple[NDArray[np.int64], Grid]:
    """Return bins in order, and the values in order within each, as exact as the grid is.

    By one integer a value, of bin and float32: bits of floats that are not negative are in the
    order of the floats. That takes a tenth of what sorting by two keys does.
    """
    key = place.astype(np.int64) << 32 | value.astype(np.float32).view(np.int32)
    key.sort()
    return key >> 32, (key & 0xFFFFFFFF).astype(np.int32).view(np.float32)


_FAILURES: Final = [outcome.value for outcome in Outcome if outcome.is_failure]
