"""What is left of the attempts of a run that keeps their summary alone, exactly summed up.

`sim.results.folding` makes it while the run goes on; the `Record` has it in the place of attempts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.reasons import Reason


@dataclass(frozen=True, slots=True)
class Histograms:
    """Values of several groups, counted by their leading bits (`sim.results.sketch`).

    Those of group g are `code[begin[g] : begin[g + 1]]`, ascending, and as many `count`.
    """

    begin: NDArray[np.int64]
    code: NDArray[np.int32]
    count: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FoldedLengths:
    """A length of time of the completed requests of each cell, c cells.

    `total` has the exact sums, in units of 2^-1074 s, `largest` the largest value in seconds, 0
    where there is none, shape `(c,)`.
    """

    total: tuple[int, ...]
    largest: NDArray[np.float64]
    counted: Histograms


@dataclass(frozen=True, slots=True)
class LineTime:
    """What attempts waited for threads, from the end of the warm-up to the horizon.

    Attributes:
        grains: For how long at least one stood in line while something served (`sim.grains`).
        waits: How many stood in line while something served, for some time.
    """

    grains: int
    waits: int


@dataclass(frozen=True, slots=True)
class LostAttempts:
    """Attempts that were lost with their replicas for one reason: how many, first and last when."""

    count: int
    first_at_s: float
    last_at_s: float


@dataclass(frozen=True, slots=True)
class AttemptSums:
    """The attempts of the requests that are measured, summed up exactly.

    Attributes:
        made: How many there were.
        served: How many a thread served to their end, for whoever still waited.
        thread: Sum of the times for which they held a thread, in units of 2^-1074 s.
        abandoned_thread: The part of it after the client had been answered, in the same units.
        failed_while_warming: Those that failed after a start on a replica that was not warm.
        lost: Those lost with their replicas, by reason; a reason that never occurred is absent.
        last_completed_at_s: The last instant at which one was completed, None if none was.
        last_failed_at_s: The last instant at which one was answered with a failure.
        next_arrival_at_s: The first arrival of a request behind `last_completed_at_s`, None if
            there was none; the first of all where nothing was completed.
    """

    made: int
    served: int
    thread: int
    abandoned_thread: int
    failed_while_warming: int
    lost: Mapping[Reason, LostAttempts]
    last_completed_at_s: float | None
    last_failed_at_s: float | None
    next_arrival_at_s: float | None


@dataclass(frozen=True, slots=True)
class FoldedAttempts:
    """What is left of the attempts of a run that keeps its summary and not its attempts.

    Requests are in *cells*, stretches of their numbers, in order: c cells, none of them empty. All
    that is asked about windows of time is asked at the edges of cells.

    Attributes:
        first_arrival_at_s: Of each cell, shape `(c,)`, ascending.
        last_arrival_at_s: Of each cell, shape `(c,)`; no two cells share an instant.
        by_outcome: Requests by the outcome of their last attempt, and those whose next one was
            still to come in the last column, shape `(c, outcomes + 1)`.
        wait: From the arrival of the completed attempt to its start.
        response: From the first arrival to the answer.
        answer_width_s: Width of the bins of answers, b of them, from 0 on.
        answers: Attempts that were answered, by outcome and bin, shape `(outcomes, b)`.
        answer_response: The response times of the requests completed in each bin.
        evaluation_at_s: The evaluations of the run, e of them.
        queued: Attempts in line at each evaluation, shape `(e,)`.
        running: Attempts that hold a thread and are waited for, shape `(e,)`.
        abandoned: Attempts that hold a thread for nobody, shape `(e,)`.
        line: What they waited for threads.
        sums: All attempts of the requests that are measured.
    """

    first_arrival_at_s: NDArray[np.float64]
    last_arrival_at_s: NDArray[np.float64]
    by_outcome: NDArray[np.int64]
    wait: FoldedLengths
    response: FoldedLengths
    answer_width_s: float
    answers: NDArray[np.int64]
    answer_response: Histograms
    evaluation_at_s: NDArray[np.float64]
    queued: NDArray[np.int64]
    running: NDArray[np.int64]
    abandoned: NDArray[np.int64]
    line: LineTime
    sums: AttemptSums
