"""The reference request engine: every request is a SimPy process, written to be read.

It is the oracle for faster engines and the definition of the model in code. One `ReferencePlane`
serves one deployment. A request's client is one process (`_request`: attempts, retries); each
attempt that gets a thread has a second one (`_serve`: wait, cpu, gpu), because the client may
leave at its deadline while the thread goes on.
"""

from collections import deque
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy

from sim.clock import Alarm, Clock, Order, arrival_rank, rank, request_rank
from sim.engines.contract.client import retry_policy
from sim.engines.contract.plane import Answer, Notices, Observation, ServingShape, TakesAttempts
from sim.engines.reference.admission import RateLimiter
from sim.engines.reference.contention import DeploymentContention
from sim.engines.reference.dispatch import Dispatch, FewestInFlight, Thread, ThreadLine
from sim.engines.reference.serving import Attempt, ServingReplica
from sim.record import AttemptColumns, Contention
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.quantities import RequestDemands
from sim.states import Outcome
from sim.workload.demands import Demands
from sim.workload.workload import Workload

Process = Generator[simpy.Event, Any, None]


class ReferencePlane:
    """The requests of one deployment, from arrival to answer. See `sim.engines.contract.plane`."""

    def __init__(
        self,
        clock: Clock,
        deployment_index: int,
        deployment: Deployment,
        workload: Workload,
        notices: Notices,
    ) -> None:
        """Make a plane without replicas and begin to bring its arrivals."""
        self._clock = clock
        self._index = deployment_index
        self._service = deployment.service
        self._retry = retry_policy(deployment.client, deployment.service.lost_request)
        self._workload = workload
        self._notices = notices
        self._enabled = True
        self._live_count = 0
        self._evaluated_from = 0
        limit = deployment.service.rate_limit
        self._limiter = RateLimiter(limit.rate_per_s, limit.burst) if limit else None
        self._attempts: list[Attempt] = []
        self._queue: deque[Attempt] = deque()
        self._replicas: dict[int, ServingReplica] = {}
        self._thread_counts: dict[int, int] = {}
        self._dispatch: Dispatch = (
            ThreadLine()
            if deployment.service.dispatch == "line"
            else FewestInFlight(self._thread_counts)
        )
        self._joining: dict[int, ServingReplica] = {}
        self._demands: dict[int, Demands] = {}
        self._asked: dict[int, RequestDemands] = {}
        self._next_request = 0
        self._start_count = 0
        self._backing_off: set[int] = set()
        self._last_arrival_at_s: float | None = None
        self._contention = DeploymentContention()
        self._join_alarm = Alarm(clock, self._join_line)
        self._start_alarm = Alarm(clock, self._start_one)
        self._arrival_alarm = Alarm(clock, self._bring)
        self._expect_arrival()

    # What control asks for ------------------------------------------------------------------

    def catch_up(self) -> None:
        """Do nothing: requests are on the clock of control."""

    def set_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - the one thing it sets
        """Let attempts in, or answer them `disabled`; disabling fails those queued, in order."""
        self._enabled = enabled
        if not enabled:
            while self._queue:
                self._answer(self._queue.popleft(), Outcome.DISABLED)

    def set_live_count(self, live_count: int) -> None:
        """Tell how many replicas there are or will be: at 0 an arrival is told to control."""
        self._live_count = live_count

    def set_evaluated_from(self, revision: int) -> None:
        """Let evaluations count busy threads of `revision` and newer ones only."""
        self._evaluated_from = revision

    def open(self, replica: int, shape: ServingShape, warm_at_s: float) -> None:
        """Give `replica` requests from now on; its free threads join the line in class LINE."""
        serving = self._replicas.get(replica)
        if serving is None:
            serving = ServingReplica(
                self._clock, self._index, replica, shape, warm_at_s, self._contention
            )
            self._replicas[replica] = serving
            self._thread_counts[replica] = shape.thread_count
            if shape.revision not in self._demands:
                self._asked[shape.revision] = shape.demands
                self._demands[shape.revision] = self._workload.demands(shape.demands)
        serving.is_open, serving.opened_at_s = True, self._clock.now
        self._joining[replica] = serving
        if not self._join_alarm.is_set:
            self._join_alarm.set(self._clock.now, self._line_rank(0))

    def close(self, replica: int) -> None:
        """Give `replica` no more requests; those running go on."""
        serving = self._replicas.get(replica)
        if serving is not None:
            serving.is_open = False
            serving.idle.clear()
            self._joining.pop(replica, None)
            self._dispatch.remove_replica(replica)

    def drain(self, replica: int) -> int:
        """Close `replica` and return its requests in flight; the notice `drained` follows."""
        self.close(replica)
        serving = self._replicas.get(replica)
        if serving is None:
            return 0
        serving.is_draining = True
        if not serving.running:
            self._forget(replica)
        return len(serving.running)

    def kill(self, replica: int, outcome: Outcome) -> None:
        """Fail all requests in flight on `replica` with `outcome`, by start number."""
        self.close(replica)
        serving = self._replicas.get(replica)
        if serving is None:
            return
        serving.stop()
        for attempt in serving.running.values():
            attempt.released_at_s = self._clock.now
            if attempt.is_waited_for:
                self._answer(attempt, outcome)
        self._forget(replica)

    def freeze(self, replica: int) -> None:
        """Stop all progress of the requests on `replica`."""
        if replica in self._replicas:
            self._replicas[replica].freeze()

    def thaw(self, replica: int) -> None:
        """Let the requests on `replica` go on."""
        if replica in self._replicas:
            self._replicas[replica].thaw()

    def in_flight(self, replica: int) -> int:
        """Return the number of requests in flight on `replica`."""
        serving = self._replicas.get(replica)
        return len(serving.running) if serving else 0

    def observe(self) -> Observation:
        """Return what an evaluation sees now."""
        replicas, now_s = self._replicas.values(), self._clock.now
        counted = [one for one in replicas if one.is_counted(now_s, self._evaluated_from)]
        return Observation(
            busy=sum(len(serving.running) for serving in counted),
            queued=len(self._queue),
            in_flight=sum(len(serving.running) for serving in replicas),
            last_arrival_at_s=self._last_arrival_at_s,
        )

    # More requests ---------------------------------------------------------------------------

    def amend(self, workload: Workload) -> None:
        """Take another workload; its requests before the present are those of the one before."""
        self._workload = workload
        for revision, asked in self._asked.items():
            self._demands[revision] = workload.demands(asked)
        self._expect_arrival()

    def answer(self, request: int) -> Answer | None:
        """Return how the request of that number ended, None if it has not."""
        tried = [attempt for attempt in self._attempts if attempt.request == request]
        if not tried or tried[-1].outcome is None or request in self._backing_off:
            return None
        return Answer(tried[-1].outcome, tried[-1].answered_at_s)

    # The life of a request ------------------------------------------------------------------

    def _expect_arrival(self) -> None:
        request, arrival_at_s = self._next_request, self._workload.arrival_at_s
        if request < arrival_at_s.size:
            at_s = float(arrival_at_s[request])
            self._arrival_alarm.set(at_s, arrival_rank(self._index, request, 1))

    def _bring(self) -> None:
        """Bring the next new request, which then lives in a process of its own."""
        request = self._next_request
        self._next_request += 1
        self._expect_arrival()
        self._clock.process(self._request(request))

    def _request(self, request: int) -> Process:
        """Make attempts until one is answered with something that is not tried again."""
        number = 1
        while True:
            attempt = self._arrive(request, number)
            refusal = self._admit()
            if refusal is None:
                self._queue.append(attempt)
                self._set_deadline(attempt)
                self._want_start()
            else:
                self._answer(attempt, refusal)
            outcome = yield attempt.answered
            if not self._retry.is_retried(outcome, number):
                return
            retry_at_s = self._clock.now + self._workload.retry_wait_s(request, number)
            number += 1
            self._backing_off.add(request)
            yield self._clock.at(retry_at_s, arrival_rank(self._index, request, number))
            self._backing_off.discard(request)

    def _arrive(self, request: int, number: int) -> Attempt:
        attempt = Attempt(
            request=request,
            attempt=number,
            number=len(self._attempts),
            arrival_at_s=self._clock.now,
            answered=self._clock.event(),
        )
        self._attempts.append(attempt)
        self._last_arrival_at_s = self._clock.now
        return attempt

    def _admit(self) -> Outcome | None:
        """Return why the attempt that arrives now is refused, or None."""
        if not self._enabled:
            return Outcome.DISABLED
        if self._limiter is not None and not self._limiter.accepts(self._clock.now):
            return Outcome.RATE_LIMITED
        if self._live_count == 0:
            self._notify(self._notices.arrival_at_zero)
        capacity = self._service.queue_capacity
        is_full = capacity is not None and len(self._queue) >= capacity
        if is_full and not self._dispatch.idle_count:
            return Outcome.QUEUE_FULL
        return None

    def _set_deadline(self, attempt: Attempt) -> None:
        limit_s, outcome = self._service.timeout_s, Outcome.INFERENCE_TIMEOUT
        deadlines_s = self._workload.deadline_s
        if deadlines_s is not None and deadlines_s[attempt.request] < limit_s:
            limit_s, outcome = float(deadlines_s[attempt.request]), Outcome.CLIENT_TIMEOUT
        attempt.deadline = Alarm(self._clock, lambda: self._expire(attempt, outcome))
        attempt.deadline.set(
            attempt.arrival_at_s + limit_s,
            request_rank(Order.DEADLINE, self._index, attempt.number),
        )

    def _expire(self, attempt: Attempt, outcome: Outcome) -> None:
        """Leave the queue; a running attempt is abandoned: answered, while its thread goes on."""
        if attempt.start_number < 0:
            self._queue.remove(attempt)
        self._answer(attempt, outcome)

    def _answer(self, attempt: Attempt, outcome: Outcome) -> None:
        attempt.answered_at_s = self._clock.now
        attempt.outcome = outcome
        if attempt.deadline is not None:
            attempt.deadline.clear()
        attempt.answered.succeed(outcome)

    # The line: threads join, then one start -------------------------------------------------

    def _line_rank(self, step: int) -> int:
        return rank(Order.LINE, (self._index << 1) | step)

    def _want_start(self) -> None:
        if self._queue and self._dispatch.idle_count and not self._start_alarm.is_set:
            self._start_alarm.set(self._clock.now, self._line_rank(1))

    def _join_line(self) -> None:
        """Let free threads of newly opened replicas in: by revision, thread number, replica."""
        newcomers: list[tuple[int, Thread]] = []
        for serving in self._joining.values():
            threads = serving.threads_out_of_line()
            serving.idle.update(threads)
            newcomers += [(serving.shape.revision, Thread(t, serving.replica)) for t in threads]
        self._joining.clear()
        self._dispatch.add_together([thread for _, thread in sorted(newcomers)])
        self._want_start()

    def _start_one(self) -> None:
        """Let the head of the line take the head of the queue."""
        if not (self._queue and self._dispatch.idle_count):
            return
        attempt = self._queue.popleft()
        thread, replica = self._dispatch.take()
        serving = self._replicas[replica]
        attempt.start_number = self._start_count
        self._start_count += 1
        attempt.start_at_s = self._clock.now
        attempt.revision = serving.shape.revision
        attempt.replica = replica
        attempt.thread = thread
        demands = self._demands[serving.shape.revision]
        if serving.admit(attempt, int(demands.memory_bytes[attempt.request])):
            self._clock.process(self._serve(attempt, serving, demands))
        else:
            self._notify(lambda: self._notices.over_memory(replica))
        self._want_start()

    def _serve(self, attempt: Attempt, serving: ServingReplica, demands: Demands) -> Process:
        """Hold the thread for wait, then cpu, then gpu; a phase of length 0 is left out.

        A request without any phase ends in class WAIT_END of the instant it started. If its
        replica is killed this process is never resumed.
        """
        factor = serving.factor_at(self._clock.now)
        wait_s = float(demands.wait_s[attempt.request]) * factor
        cpu_s = float(demands.cpu_s[attempt.request]) * factor
        gpu_s = float(demands.gpu_s[attempt.request]) * factor
        if wait_s > 0 or cpu_s == gpu_s == 0:
            yield serving.waits.begin(attempt.start_number, wait_s)
        if cpu_s > 0:
            yield serving.cpu.begin(attempt.start_number, cpu_s)
        if gpu_s > 0:
            yield serving.gpu.begin(attempt.start_number, gpu_s)
        self._end(attempt, serving)

    def _end(self, attempt: Attempt, serving: ServingReplica) -> None:
        attempt.released_at_s = self._clock.now
        serving.release(attempt)
        if attempt.is_waited_for:
            self._answer(attempt, Outcome.COMPLETED)
        if serving.is_open:
            serving.idle.add(attempt.thread)
            self._dispatch.add(Thread(attempt.thread, serving.replica))
            self._want_start()
        elif serving.is_draining and not serving.running:
            self._forget(serving.replica)
            self._notify(lambda: self._notices.drained(serving.replica))

    def _forget(self, replica: int) -> None:
        del self._replicas[replica]
        del self._thread_counts[replica]

    def _notify(self, notice: Callable[[], None]) -> None:
        """Make `notice` the next item: class NOTICE of this instant."""
        event = self._clock.at(self._clock.now, rank(Order.NOTICE, self._index))
        event.callbacks.append(lambda _event: notice())

    # At the horizon -------------------------------------------------------------------------

    def hand_over_to(self, taker: TakesAttempts) -> None:
        """Do nothing: attempts are objects here, and all of them are there to the end."""

    def measure_from(self, at_s: float) -> None:
        """Count contention from `at_s` on only; nothing has happened yet."""
        self._contention.measure_from(at_s)

    def contention(self, horizon_s: float) -> Contention:
        """Return what requests contended for on their replicas; nothing more will happen."""
        for serving in self._replicas.values():
            for asked_at_s in serving.gpu.waiting_since_s:
                self._contention.note_gpu_wait(asked_at_s, horizon_s)
        return self._contention.until(horizon_s)

    def attempt_columns(self) -> AttemptColumns:
        """Return every attempt that arrived, in order of arrival number."""
        attempts = self._attempts
        count = len(attempts)
        request = np.fromiter((a.request for a in attempts), np.int64, count)
        return AttemptColumns(
            request=request,
            attempt=np.fromiter((a.attempt for a in attempts), np.int16, count),
            source=self._workload.source[request],
            arrival_at_s=np.fromiter((a.arrival_at_s for a in attempts), np.float64, count),
            start_at_s=np.fromiter((a.start_at_s for a in attempts), np.float64, count),
            answered_at_s=np.fromiter((a.answered_at_s for a in attempts), np.float64, count),
            released_at_s=np.fromiter((a.released_at_s for a in attempts), np.float64, count),
            revision=np.fromiter((a.revision for a in attempts), np.int32, count),
            replica=np.fromiter((a.replica for a in attempts), np.int32, count),
            thread=np.fromiter((a.thread for a in attempts), np.int32, count),
            outcome=np.fromiter((a.outcome_at_horizon for a in attempts), np.int8, count),
        )

    def backing_off(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the numbers of the requests whose next attempt is still to come, ascending."""
        return np.array(sorted(self._backing_off), dtype=np.int64)

    def let_go(self) -> None:
        """Do nothing: what the requests ask for is small beside the processes."""

    def served_by(self) -> dict[str, int]:
        """Return how many attempts were started: each by its own process."""
        return {"reference": self._start_count}
