"""Folding attempts into a summary while a run goes on: each is seen once, and dropped.

Engines hand over attempts that are over, in any order and in blocks of any size: the result does
not depend on that, to the last bit. What is kept of them is what `result.json` and the picture
say: requests in cells (`sim.results.cells`), answers in the picture's bins, and how many attempts
are in line and running at every evaluation.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.digest import FoldedAttempts
from sim.engines.contract.client import RetryPolicy, retry_policy
from sim.record import AttemptColumns, ControlLog
from sim.results.answers import bin_starts_s, bin_width_s, places
from sim.results.cells import BACKING_OFF, Cells, Edges, Ended
from sim.results.ledger import Ledger, blocks
from sim.results.line import Line
from sim.results.lives import Lives
from sim.results.sketch import Sketch, histograms
from sim.results.stays import evaluations_s
from sim.results.timeline import Window
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.scenario import Scenario
from sim.states import Outcome

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK_ROWS: Final = 2**16
"""Attempts that are looked at at one time."""


class Folding:
    """The attempts of one deployment, folded as they come."""

    def __init__(self, scenario: Scenario, deployment: Deployment, arrival_at_s: Floats) -> None:
        """Begin without any attempt.

        Args:
            scenario: Its horizon and warm-up are used.
            deployment: Its client, evaluation interval and warm-up of replicas are used.
            arrival_at_s: When each request arrives with its first attempt, ascending, shape `(n,)`.
        """
        self._arrival_at_s = arrival_at_s
        self._retry = retry_policy(deployment.client, deployment.service.lost_request)
        self._edges = Edges(arrival_at_s, [], scenario.horizon_s, scenario.warm_up_s)
        self._cells = Cells(self._edges)
        self._answers = _Answers(scenario.horizon_s)
        interval_s = deployment.autoscaler.evaluation_interval_s
        self._counts = _Counts(interval_s, scenario.horizon_s)
        self._line = Line(scenario.warm_up_s)
        self._warm_up_s, self._horizon_s = scenario.warm_up_s, scenario.horizon_s
        self._warmup_s = deployment.replica.warmup.duration_s
        self.follow(ControlLog())

    def follow(self, control: ControlLog) -> None:
        """Know what control of the deployment writes down: the log to which it adds.

        It is called before the first attempt is folded. Rollouts, capacity and the replicas' lives
        are read as far as they have come.
        """
        self._control = control
        self._edges.rollouts = control.rollouts
        lives = Lives(control.transitions, self._warmup_s)
        self._ledger = Ledger(lives, warm_up_s=self._warm_up_s, horizon_s=self._horizon_s)

    def see_line(self, attempts: AttemptColumns, settled_s: float) -> None:
        """See who has stood in line since the last call.

        Args:
            attempts: Those that were not handed over, in order of arrival.
            settled_s: Everything before has happened, and control has seen it.
        """
        self._line.see(attempts, self._control.capacity, settled_s)

    def take(self, attempts: AttemptColumns, settled_s: float) -> None:
        """Fold attempts that are over.

        Args:
            attempts: Each of them handed over once; nothing of the columns is kept.
            settled_s: Everything before has happened, and control has seen it; the attempts
                were over before it.
        """
        for block in blocks(attempts, BLOCK_ROWS):
            self._fold(block)
        self._cells.settle(settled_s)

    def finish(self, attempts: AttemptColumns, backing_off: Ints) -> FoldedAttempts:
        """Fold the rest, and return what has become of all attempts.

        Args:
            attempts: All that have not been handed over.
            backing_off: The requests whose next attempt was still to come at the horizon.
        """
        self.see_line(attempts, self._horizon_s)
        for block in blocks(attempts, BLOCK_ROWS):
            self._fold(block)
        nothing = np.zeros(len(backing_off))
        codes = np.full(len(backing_off), BACKING_OFF, np.int8)
        self._cells.add(Ended(backing_off, codes, nothing, nothing))
        self._cells.finish()
        first, by_outcome, wait, response = self._cells.columns()
        last = np.append(first[1:], len(self._arrival_at_s))[: len(first)] - 1
        at_s, queued, running, abandoned = self._counts.columns()
        return FoldedAttempts(
            first_arrival_at_s=self._arrival_at_s[first],
            last_arrival_at_s=self._arrival_at_s[last],
            by_outcome=by_outcome,
            wait=wait,
            response=response,
            answer_width_s=self._answers.width_s,
            answers=self._answers.by_outcome,
            answer_response=histograms(self._answers.response),
            evaluation_at_s=at_s,
            queued=queued,
            running=running,
            abandoned=abandoned,
            line=self._line.time,
            sums=self._ledger.sums(self._arrival_at_s),
        )

    def _fold(self, block: AttemptColumns) -> None:
        number = block.request.astype(np.int64)
        arrival_at_s = self._arrival_at_s[number]
        self._ledger.add(block, arrival_at_s)
        response_s = block.answered_at_s - arrival_at_s
        self._counts.add(block)
        self._answers.add(block, response_s)
        is_last = ~_is_retried(block, self._retry)
        wait_s = block.start_at_s - block.arrival_at_s
        self._cells.add(Ended(number, block.outcome, wait_s, response_s)[is_last])


def _is_retried(attempts: AttemptColumns, policy: RetryPolicy) -> NDArray[np.bool_]:
    """Return which attempts another one follows, be it after the horizon, shape `(n,)`."""
    retried = np.zeros(len(Outcome), np.bool_)
    retried[list(policy.retried)] = True
    followed: NDArray[np.bool_] = retried[attempts.outcome]
    followed &= attempts.attempt < policy.max_attempts
    return followed


class _Answers:
    """What clients were answered, in the bins of the picture."""

    def __init__(self, horizon_s: float) -> None:
        self.width_s = bin_width_s(horizon_s)
        self._start_at_s = bin_starts_s(Window(0.0, horizon_s), self.width_s)
        count = len(self._start_at_s)
        self.by_outcome = np.zeros((len(Outcome), count), np.int64)
        self.response: list[Sketch] = [Sketch.of(np.empty(0))] * count

    def add(self, block: AttemptColumns, response_s: Floats) -> None:
        is_answered = block.outcome < Outcome.QUEUED
        place = places(block.answered_at_s[is_answered], self._start_at_s)
        outcome = block.outcome[is_answered]
        np.add.at(self.by_outcome, (outcome, place), 1)
        is_completed = outcome == Outcome.COMPLETED
        place, values = place[is_completed], response_s[is_answered][is_completed]
        order = np.argsort(place, kind="stable")
        place, values = place[order], values[order]
        begin = np.flatnonzero(np.diff(place, prepend=-1))
        for number, found in zip(place[begin].tolist(), np.split(values, begin[1:]), strict=False):
            self.response[number] = Sketch.together((self.response[number], Sketch.of(found)))


class _Counts:
    """How many attempts are in line, running and abandoned at every evaluation."""

    def __init__(self, interval_s: float, horizon_s: float) -> None:
        self._interval_s = interval_s
        self._horizon_s = horizon_s
        # One more than there are, where what happens after the last of them is counted.
        self._change = np.zeros((3, int(horizon_s / interval_s) + 3), np.int64)

    def add(self, block: AttemptColumns) -> None:
        """Note where attempts begin and end to be in line, to run, and to be abandoned."""
        queued, running, abandoned = self._change
        begun, answered, released = (
            self._first_evaluation(at_s)
            for at_s in (block.start_at_s, block.answered_at_s, block.released_at_s)
        )
        is_begun = ~np.isnan(block.start_at_s)
        is_answered = ~np.isnan(block.answered_at_s)
        is_late = is_begun & is_answered & ~(block.released_at_s <= block.answered_at_s)
        _count(queued, self._first_evaluation(block.arrival_at_s), 1)
        _count(queued, np.where(is_begun, begun, answered), -1)
        _count(running, begun, 1)
        _count(running, answered[is_begun], -1)
        _count(abandoned, answered[is_late], 1)
        _count(abandoned, released[is_late], -1)

    def columns(self) -> tuple[Floats, Ints, Ints, Ints]:
        """Return the instants of the evaluations, and the three counts at each."""
        at_s = evaluations_s(self._interval_s, self._horizon_s)
        queued, running, abandoned = np.cumsum(self._change, axis=1)[:, : len(at_s)]
        return at_s, queued, running, abandoned

    def _first_evaluation(self, at_s: Floats) -> Ints:
        """Return the number of the first evaluation at or after each instant; never: the last."""
        last, interval_s = self._change.shape[1] - 1, self._interval_s
        number = np.ceil(np.where(np.isnan(at_s), np.inf, at_s / interval_s))
        number = np.minimum(number, last).astype(np.int64)
        number -= (number > 0) & ((number - 1) * interval_s >= at_s)
        number += (number < last) & (number * interval_s < at_s)
        return number


def _count(change: Ints, place: Ints, by: int) -> None:
    if len(place):
        first = int(place.min())
        found = np.bincount(place - first)
        change[first : first + len(found)] += by * found
