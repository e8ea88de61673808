"""The request plane on arrays: it runs ahead of control, and takes back what control changes.

A `VectorisedPlane` serves one deployment. Its state is *settled* up to an instant, and usually
*ahead* of it: what lies between was simulated as if control did nothing. When control touches the
plane, it goes back to its checkpoint and runs to that very instant again. Draws belong to numbers
of requests, so going back leaves no trace. docs/engine.md has a drawing of these states.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.engines.contract.engine import Evaluated
from sim.engines.contract.plane import Answer, Notices, Observation, ServingShape, TakesAttempts
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.arrays import ArrayRequests
from sim.engines.vectorised.compilation import Form
from sim.engines.vectorised.eventloop import Ints
from sim.engines.vectorised.fold import AHEAD_REQUESTS, Fold
from sim.engines.vectorised.outcomes import (
    answer,
    attempt_columns,
    backing_off,
    contention,
    served_by,
)
from sim.errors import InvariantError
from sim.record import AttemptColumns, Contention
from sim.scenario.models.deployment import Deployment
from sim.states import Outcome
from sim.workload.workload import Workload

_FIRST_AHEAD: Final = 128
"""Half of the requests that a plane looks ahead for when control has just touched it.

It doubles while control does not, up to `most_ahead`: what is simulated in advance and then thrown
away, by one Replace after the other, costs more than all else.
"""
_AFTER_ALL: Final = 99
"""A class after all classes: everything at the instant has happened."""


@dataclass(slots=True)
class Present:
    """How far the run is, over all deployments.

    Everything before `at_s` has happened; at it, items that come before (`order`, `deployment`),
    in the order of the model.
    """

    at_s: float = 0.0
    order: int = loop.TICK_CLASS
    deployment: int = -1

    def limit_for(self, deployment: int) -> int:
        """Return the class below which the items of `deployment` at `at_s` have happened."""
        return self.order + 1 if deployment < self.deployment else self.order


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a plane must let control see or act: by instant, class, deployment.

    `code` is why the loop returned, or SEEN_ENOUGH for an evaluation that decides something.
    """

    at_s: float
    order: int
    deployment: int
    code: int


class VectorisedPlane:
    """The requests of one deployment; `sim.engines.contract.plane` says what control asks of it."""

    def __init__(
        self,
        present: Present,
        index: int,
        deployment: Deployment,
        workload: Workload,
        notices: Notices,
        touched: Callable[[int], None],
        form: Form,
    ) -> None:
        """Make a plane without replicas; `touched` is told whenever what is ahead is forgotten."""
        self.index = index
        self.version = 0
        self.stop: Stop | None = None
        self.evaluations: Evaluated | None = None
        self.most_ahead: int | None = None
        self._ahead = _FIRST_AHEAD
        self._note_touch = touched
        self._present = present
        self._notices = notices
        self._interval_s = deployment.autoscaler.evaluation_interval_s
        self._requests = ArrayRequests(deployment, workload, form)
        self._position = (0.0, 0)
        """What has been simulated: all before an instant, and at it the items of classes below."""
        self._ticks_looked_at = 0
        self._is_stopped = False
        """Whether control sees a stop: it is in the middle of an instant then."""
        self._arrival_at_s = workload.arrival_at_s
        self._source = workload.source
        self._fold: Fold | None = None

    # What the run asks for ------------------------------------------------------------------

    def measure_from(self, at_s: float) -> None:
        """Count contention from `at_s` on only; nothing has happened yet."""
        self._requests.state.f[loop.MEASURED_AT] = at_s

    def hand_over_to(self, taker: TakesAttempts) -> None:
        """Hand over attempts when they are over, from time to time; nothing has happened yet."""
        self._fold = Fold(taker, self._source)
        self.most_ahead = self._ahead = AHEAD_REQUESTS
        self._requests.begin_small()

    @property
    def known_until_s(self) -> float:
        """How far ahead the plane has looked."""
        return self._position[0]

    def look_ahead(self, until_s: float) -> Stop | None:
        """Run ahead to `until_s` as if control did nothing; return where it must act before that.

        The stop, once found, stays until control has touched the plane.
        """
        if self.stop is None and self.known_until_s < until_s:
            self._is_stopped = False
            # A checkpoint costs a copy of the state, some 20 us. The old one goes on to be of use
            # while control can still act before what is known; once the present is behind that,
            # all of it is settled, and nobody goes back further than to here.
            if not self._requests.has_checkpoint or self._present.at_s > self.known_until_s:
                self._pass_ticks()
                self._requests.mark()
            self._run_ahead(until_s)
        return self.stop

    def pass_by(self, until_s: float) -> float:
        """Know that control will touch the plane at no instant before `known_until_s`.

        What is over may go then. Return how far to look ahead, at most to `until_s`: what is ahead
        cannot go.
        """
        fold, requests = self._fold, self._requests
        if fold is not None and fold.is_due(requests.state):
            self._pass_ticks()
            requests.forget_checkpoint()
            fold.fold(requests.state, requests.attempts, self.known_until_s)
        if self.most_ahead is None:
            return until_s
        self._ahead = min(2 * self._ahead, self.most_ahead)
        number = int(requests.state.i[loop.NEXT_REQUEST]) + self._ahead
        if number >= self._arrival_at_s.size:
            return until_s
        least_s = float(np.nextafter(self.known_until_s, loop.NEVER_AT))
        return min(until_s, max(float(self._arrival_at_s[number]), least_s))

    def arrival_after(self, at_s: float, most: int) -> float:
        """Return when the next request arrives behind `most` from `at_s` on."""
        number = int(np.searchsorted(self._arrival_at_s, at_s)) + most
        is_there = number < self._arrival_at_s.size
        return float(self._arrival_at_s[number]) if is_there else loop.NEVER_AT

    def reach(self, stop: Stop) -> None:
        """Be at the stop, which is the present, and let control see it."""
        if stop.code == loop.SEEN_ENOUGH:
            self._go_to(stop.at_s, loop.TICK_CLASS)
            self._requests.state.i[loop.NEXT_TICK] += 1
            self._is_stopped = True
            if self.evaluations is not None:
                self.evaluations.evaluate()
            return
        self._pass_ticks()
        self._forget_ahead()
        self._is_stopped = True
        replica = self._requests.replica_in(int(self._requests.state.i[loop.NOTICE_SLOT]))
        if stop.code == loop.OVER_MEMORY:
            self._notices.over_memory(replica)
        elif stop.code == loop.DRAINED:
            self._requests.forget(replica)
            self._notices.drained(replica)
        else:
            self._notices.arrival_at_zero()

    # What control asks for ------------------------------------------------------------------

    def catch_up(self) -> None:
        """Be at the present: no further, no less far."""
        # At a stop of its own the plane stands between two items of one instant, which no bound by
        # class describes: it is where control is.
        if self._is_stopped and self._present.deployment == self.index:
            return
        self._is_stopped = False
        self._go_to(self._present.at_s, self._present.limit_for(self.index))

    def _now(self) -> ArrayRequests:
        """Return the requests at the present: whatever control asks for is asked of them."""
        self.catch_up()
        return self._requests

    def set_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - the one thing it sets
        """Let attempts in, or answer them `disabled`; disabling fails those queued, in order."""
        requests = self._now()
        requests.state.i[loop.IS_ENABLED] = int(enabled)
        if not enabled:
            requests.fail_queued(Outcome.DISABLED)

    def set_live_count(self, live_count: int) -> None:
        """Tell how many replicas there are or will be: at 0 an arrival is told to control."""
        if live_count != self._requests.state.i[loop.LIVE]:
            self._now().state.i[loop.LIVE] = live_count

    def set_evaluated_from(self, revision: int) -> None:
        """Let evaluations count busy threads of `revision` and newer ones only."""
        self._now().state.i[loop.EVALUATED_FROM] = revision

    def open(self, replica: int, shape: ServingShape, warm_at_s: float) -> None:
        """Give `replica` requests from now on; its free threads join the line in class LINE."""
        self._now().open(replica, shape, warm_at_s, self._present.at_s)

    def close(self, replica: int) -> None:
        """Give `replica` no more requests; those running go on."""
        requests = self._now()
        if requests.holds(replica):
            requests.close(replica)

    def drain(self, replica: int) -> int:
        """Close `replica` and return its requests in flight; the notice `drained` follows."""
        self.close(replica)
        requests = self._now()
        if not requests.holds(replica):
            return 0
        in_flight = requests.drain(replica)
        if not in_flight:
            requests.forget(replica)
        return in_flight

    def kill(self, replica: int, outcome: Outcome) -> None:
        """Fail all requests in flight on `replica` with `outcome`."""
        self.close(replica)
        requests = self._now()
        if requests.holds(replica):
            requests.kill(replica, outcome)

    def freeze(self, replica: int) -> None:
        """Stop all progress of the requests on `replica`."""
        requests = self._now()
        if requests.holds(replica):
            requests.freeze(replica)

    def thaw(self, replica: int) -> None:
        """Let the requests on `replica` go on."""
        requests = self._now()
        if requests.holds(replica):
            requests.thaw(replica)

    def in_flight(self, replica: int) -> int:
        """Return the number of requests in flight on `replica`."""
        requests = self._now()
        return requests.in_flight(replica) if requests.holds(replica) else 0

    def observe(self) -> Observation:
        """Return what an evaluation sees now."""
        return self._now().observe()

    # More requests --------------------------------------------------------------------------

    def amend(self, workload: Workload) -> None:
        """Take another workload; its requests before the present are those of the one before."""
        self._now().amend(workload)
        self._arrival_at_s, self._source = workload.arrival_at_s, workload.source

    def answer(self, request: int) -> Answer | None:
        """Return how the request of that number ended, as far as the plane has looked ahead."""
        state, attempts = self._requests.state, self._requests.attempts
        return answer(state, attempts, request, float(self._arrival_at_s[request]))

    # At the horizon -------------------------------------------------------------------------

    def attempt_columns(self) -> AttemptColumns:
        """Return every attempt that arrived and was not handed over, in order of arrival."""
        state, attempts = self._requests.state, self._requests.attempts
        if self._fold is not None:
            return self._fold.rest(state, attempts)
        return attempt_columns(state, attempts, self._source)

    def backing_off(self) -> Ints:
        """Return the numbers of the requests whose next attempt is still to come, ascending."""
        return backing_off(self._requests.state)

    def contention(self, horizon_s: float) -> Contention:
        """Return what requests contended for on their replicas; it has come to the horizon."""
        return contention(self._requests.state, horizon_s)

    def let_go(self) -> None:
        """Let go of what the requests ask for; nothing more will happen."""
        self._requests.let_go()
        del self._arrival_at_s, self._source, self._fold

    def served_by(self) -> dict[str, int]:
        """Return how many attempts each path started."""
        return served_by(self._requests.state)

    # Ahead and back -------------------------------------------------------------------------

    def _run_ahead(self, until_s: float) -> None:
        """Simulate as if control did nothing, to the first stop or to `until_s`."""
        requests = self._requests
        while True:
            code = requests.run(until_s, 0)
            acts = self._look_at_ticks()
            if acts is not None:
                # The loop ran past it, since it does not know what evaluations decide: the state
                # is of use only to be taken back, by `reach`.
                at_s = acts * self._interval_s
                self.stop = Stop(at_s, loop.TICK_CLASS, self.index, loop.SEEN_ENOUGH)
                self._position = until_s, _AFTER_ALL
                return
            if code == loop.REACHED:
                self._position = until_s, 0
                return
            if code != loop.SEEN_ENOUGH:
                now_s = float(requests.state.f[loop.NOW])
                order = int(requests.state.i[loop.HIGHEST_CLASS])
                self.stop = Stop(now_s, order, self.index, code)
                self._position = now_s, order + 1
                return
            requests.grow()

    def _look_at_ticks(self) -> int | None:
        """Return the number of the first new evaluation that decides something, if any."""
        if self.evaluations is None:
            return None
        known, state = self._ticks_looked_at, self._requests.state
        seen = self._requests.observations(known)
        first = int(state.i[loop.NEXT_TICK]) - len(seen)
        self._ticks_looked_at = known + len(seen)
        acts = self.evaluations.first_to_act(first, seen) if seen else None
        return None if acts is None else first + acts

    def _go_to(self, at_s: float, order: int) -> None:
        """Be where everything before `at_s` has happened and, at it, items of classes below."""
        if self._position == (at_s, order) and not self._requests.has_checkpoint:
            return  # most calls: control asks for several things in one item
        is_beyond = self._position > (at_s, order)
        if is_beyond and not self._requests.has_checkpoint:
            law = "a plane without a checkpoint is not ahead of the present"
            raise InvariantError(law, what=f"deployment {self.index}", at_s=at_s)
        # Back to the checkpoint and forward again costs up to twice what lay ahead. That is why a
        # plane that was touched looks ahead for few requests first (`_FIRST_AHEAD`).
        if is_beyond:
            self._requests.go_back()
        self._requests.forget_checkpoint()
        while (code := self._requests.run(at_s, order)) == loop.SEEN_ENOUGH:
            self._requests.grow()
        if code != loop.REACHED:
            law = "control has seen every stop before the present"
            raise InvariantError(law, what=f"deployment {self.index}", at_s=at_s)
        # On a way that was taken back the evaluations were looked at, and those up to here saw then
        # what they see now. On a way that is new they are still to be looked at.
        if not is_beyond:
            self._look_at_ticks()
        self._pass_ticks()
        self._forget_ahead()
        self._position = at_s, order
        self._requests.be_at(at_s)

    def _pass_ticks(self) -> None:
        """Make the evaluations of the settled time known to the autoscaler."""
        if self.evaluations is not None:
            self.evaluations.let_pass(int(self._requests.state.i[loop.TICKS]))
        self._requests.state.i[loop.TICKS] = 0
        self._ticks_looked_at = 0

    def _forget_ahead(self) -> None:
        """Forget what was ahead: control may change anything now."""
        self._requests.forget_checkpoint()
        self.stop = None
        self._ahead = _FIRST_AHEAD
        self.version += 1
        self._note_touch(self.index)
