"""One replica's life: the state machine of the model, driven by timers on the simulated clock.

Owns a replica's state, its timers and its start request. What a change of state means for the
rest of the deployment is the `Listener`'s business (`sim.control.deployment`).
"""

from sim.clock import Clock, TimerKind
from sim.control.line import StartRequest
from sim.control.revision import Revision
from sim.control.roster import Roster
from sim.control.starts import StartPlan
from sim.control.surroundings import Listener, Workplace
from sim.control.timers import Timers
from sim.errors import InvariantError
from sim.reasons import Reason
from sim.scenario.models.replica import ReplicaBehaviour
from sim.states import BILLED, NEXT, Outcome, ReplicaState
from sim.waiting import Cause

_NO_PLAN = StartPlan(0.0, 0.0, None, None)


class Replica:
    """A replica of `revision`, number `number` in its deployment (from 0, never used again).

    What control asks of many replicas at once is in the `Roster`, of which this is a view.
    """

    __slots__ = (
        "_behaviour",
        "_clock",
        "_failure_count",
        "_hangs",
        "_is_ageing",
        "_is_loaded",
        "_leaves_for",
        "_listener",
        "_plan",
        "_probe_index",
        "_probe_streak",
        "_roster",
        "_started_at_s",
        "_timers",
        "_workplace",
        "number",
        "predecessor",
        "revision",
        "start_count",
        "start_request",
        "warm_at_s",
    )

    def __init__(
        self,
        clock: Clock,
        deployment_index: int,
        roster: Roster,
        revision: Revision,
        behaviour: ReplicaBehaviour,
        workplace: Workplace,
        listener: Listener,
    ) -> None:
        """Make the next replica of `roster`; `enter_queue` or `appear_responsive` comes next."""
        self.number = len(roster.replicas)
        self.revision = revision
        self.predecessor: int | None = None
        self.start_request: StartRequest | None = None
        self.start_count = 0
        self.warm_at_s = clock.now
        self._clock = clock
        self._behaviour = behaviour
        self._workplace = workplace
        self._listener = listener
        self._roster = roster
        self._plan = _NO_PLAN
        self._started_at_s = clock.now
        self._is_loaded = False
        self._leaves_for: Reason | None = None
        self._hangs: frozenset[int] = frozenset()
        self._probe_index = 0
        self._probe_streak = 0
        self._is_ageing = False
        self._failure_count = 0  # since one RESPONSIVE spell of `backoff.healthy_s`
        self._timers = Timers(clock, deployment_index, self.number)
        roster.add(self, revision.number, clock.now)

    # What others may know -------------------------------------------------------------------

    @property
    def state(self) -> ReplicaState:
        """The state now."""
        return self._roster.state(self.number)

    @property
    def is_live(self) -> bool:
        """Whether the bounds count it."""
        return self._roster.is_live(self.number)

    @property
    def is_responsive(self) -> bool:
        """Whether it may be given requests, if its revision is active."""
        return self.state is ReplicaState.RESPONSIVE

    @property
    def is_available(self) -> bool:
        """Whether it has been RESPONSIVE for `min_ready` without a break."""
        return self.is_responsive and not self._timers.is_set(TimerKind.AVAILABLE)

    @property
    def has_failed(self) -> bool:
        """Whether the last of its starts that came to an end failed."""
        return self._roster.has_failed(self.number)

    @property
    def requested_at_s(self) -> float:
        """When it was requested."""
        return self._roster.requested_at_s(self.number)

    @property
    def is_hanging(self) -> bool:
        """Whether a fault has frozen it."""
        return bool(self._hangs)

    @property
    def deployment_name(self) -> str:
        """The name of its deployment."""
        return self._workplace.name

    @property
    def revision_number(self) -> int:
        """The number of its revision."""
        return self.revision.number

    # Its beginning --------------------------------------------------------------------------

    def enter_queue(self, reason: Reason, stall_after_s: float) -> None:
        """Be created QUEUED: the start request was made at this instant."""
        self._listener.changed(self, None, reason)
        self._timers.set(TimerKind.STALL, self._clock.now + stall_after_s, self._stall)

    def appear_responsive(self) -> None:
        """Be there, RESPONSIVE and warm, when the run begins."""
        self._roster.enter(self.number, ReplicaState.RESPONSIVE, self._clock.now)
        self._is_loaded = True
        self.start_count = 1
        self._started_at_s = self._clock.now
        self._listener.changed(self, None, Reason.THERE_AT_START)
        self._begin_ageing()

    def granted(self) -> None:
        """Leave the resource queue."""
        self._workplace.note_grant(self)
        self._begin_start()

    def waiting(self, cause: Cause) -> None:
        """Not granted at once."""
        self._workplace.note_wait(self, cause)

    # What others may do to it ---------------------------------------------------------------

    def retire(self, reason: Reason) -> None:
        """Go, because it is no longer wanted: finish what is in flight first, if it serves."""
        if self.state in (ReplicaState.DECOMMISSIONED, ReplicaState.DELETED):
            return
        self._leaves_for = reason
        if self.state not in (ReplicaState.RESPONSIVE, ReplicaState.UNRESPONSIVE):
            self._delete(reason)
            return
        self._enter(ReplicaState.DECOMMISSIONED, reason)
        if self._workplace.drain(self) == 0:
            self._delete(Reason.NOTHING_IN_FLIGHT)
        else:
            self._timers.set(
                TimerKind.GRACE, self._clock.now + self._behaviour.grace_s, self._grace_over
            )

    def drained(self) -> None:
        """Go, because the last request in flight ended."""
        self._delete(Reason.LAST_REQUEST_ENDED)

    def kill(self, outcome: Outcome, reason: Reason) -> None:
        """Die now: what is in flight is lost; it starts again unless it was to go anyway."""
        if self.state in (ReplicaState.RESPONSIVE, ReplicaState.UNRESPONSIVE):
            self._fail(reason, outcome)
        elif self.state in (ReplicaState.STARTING, ReplicaState.STARTED):
            self._fail(reason, None)
        elif self.state is ReplicaState.DECOMMISSIONED:
            self._workplace.lose_requests(self, outcome)
            self._delete(reason)

    def hang(self, fault: int) -> bool:
        """Freeze because of `fault`; return whether there is something to freeze."""
        if self.state not in BILLED or self.state is ReplicaState.STARTING_ERROR:
            return False
        self._hangs |= {fault}
        if len(self._hangs) == 1:
            self._workplace.freeze(self)
            self._watch_probes()
        return True

    def thaw(self, fault: int) -> None:
        """Go on, if `fault` still freezes it (a restart ends it too) and nothing else does."""
        if fault in self._hangs:
            self._hangs -= {fault}
            if not self._hangs:
                self._workplace.thaw(self)

    # A start --------------------------------------------------------------------------------

    def _begin_start(self) -> None:
        now_s = self._clock.now
        self._plan = self._workplace.plan_start(self)
        self.start_count += 1
        self._is_loaded = False
        is_first = self.start_count == 1
        self._enter(ReplicaState.STARTING, Reason.GRANTED if is_first else Reason.BACKOFF_OVER)
        self._timers.set(
            TimerKind.CONTAINER_UP, now_s + self._plan.container_up_after_s, self._container_up
        )
        self._timers.set(
            TimerKind.START_TIMEOUT, now_s + self._behaviour.start_timeout_s, self._start_timed_out
        )

    def _container_up(self) -> None:
        if self._plan.container_fault is not None:
            self._fail(self._plan.container_fault, None)
            return
        self._started_at_s = self._clock.now
        self._enter(ReplicaState.STARTED, Reason.CONTAINER_UP)
        self._timers.set(
            TimerKind.MODEL_LOADED, self._clock.now + self._plan.model_load_s, self._model_loaded
        )

    def _model_loaded(self) -> None:
        if self._plan.model_fault is not None:
            self._fail(self._plan.model_fault, None)
            return
        self._is_loaded = True
        self._watch_probes()

    def _start_timed_out(self) -> None:
        self._fail(Reason.START_TIMEOUT, None)

    # Probes ---------------------------------------------------------------------------------

    def _watch_probes(self) -> None:
        """Make sure that the next probe that can change something rings.

        A RESPONSIVE replica that does not hang passes every probe, before its model is loaded a
        replica misses every one, and one that drains is past them: such probes change nothing and
        need no event.
        """
        if self._timers.is_set(TimerKind.PROBE) or not self._is_loaded or not self.is_live:
            return
        period_s = self._behaviour.probe.period_s
        first_at_s = self._started_at_s + self._behaviour.probe.delay_s
        index = max(int((self._clock.now - first_at_s) / period_s) - 1, self._probe_index, 0)
        while first_at_s + index * period_s < self._clock.now:
            index += 1
        self._probe_index = index
        self._timers.set(TimerKind.PROBE, first_at_s + index * period_s, self._probe)

    def _probe(self) -> None:
        self._probe_index += 1
        is_responsive = self.state is ReplicaState.RESPONSIVE
        passed = not self.is_hanging
        self._probe_streak = self._probe_streak + 1 if passed != is_responsive else 0
        probe = self._behaviour.probe
        if is_responsive and self._probe_streak >= probe.failure_threshold:
            self._become_unresponsive()
        elif not is_responsive and self._probe_streak >= probe.success_threshold:
            self._become_responsive()
        if self.state is not ReplicaState.RESPONSIVE or self.is_hanging or self._probe_streak:
            self._watch_probes()

    def _become_responsive(self) -> None:
        is_first_of_start = self.state is ReplicaState.STARTED
        self._timers.clear(TimerKind.START_TIMEOUT)
        self._timers.clear(TimerKind.UNRESPONSIVE_GRACE)
        self._roster.note_start(self.number, failed=False)
        if is_first_of_start:
            self.warm_at_s = self._clock.now + self._behaviour.warmup.duration_s
        self._enter(
            ReplicaState.RESPONSIVE,
            Reason.PROBE_PASSED if is_first_of_start else Reason.PROBES_PASS_AGAIN,
        )
        min_ready_s = self._workplace.min_ready_s
        if min_ready_s:
            self._timers.set(TimerKind.AVAILABLE, self._clock.now + min_ready_s, self._ready_long)
        if not self._is_ageing:
            self._begin_ageing()

    def _ready_long(self) -> None:
        self._listener.became_available(self)

    def _become_unresponsive(self) -> None:
        self._forgive_if_healthy()
        self._timers.clear(TimerKind.AVAILABLE)
        self._enter(ReplicaState.UNRESPONSIVE, Reason.PROBES_MISSED)
        self._timers.set(
            TimerKind.UNRESPONSIVE_GRACE,
            self._clock.now + self._behaviour.unresponsive_grace_s,
            self._unresponsive_too_long,
        )

    def _unresponsive_too_long(self) -> None:
        self._fail(Reason.UNRESPONSIVE, Outcome.REPLICA_KILLED)

    # Failure --------------------------------------------------------------------------------

    def _fail(self, reason: Reason, lost: Outcome | None) -> None:
        """Fall into STARTING_ERROR and start again after a back-off that doubles.

        The first back-off is `backoff.initial_s`; failures since it was last healthy double it.
        `lost` is how requests in flight end; None for a start that failed.
        """
        self._timers.clear_all(but=(TimerKind.SUCCESSOR, TimerKind.LIFETIME))
        if lost is None:
            self._roster.note_start(self.number, failed=True)
        self._forgive_if_healthy()
        backoff = self._behaviour.backoff
        delay_s = min(backoff.initial_s * 2.0 ** min(self._failure_count, 64), backoff.max_s)
        self._failure_count += 1
        self._hangs = frozenset()
        self._is_loaded = False
        self._enter(ReplicaState.STARTING_ERROR, reason, lost=lost)
        self._timers.set(TimerKind.BACKOFF, self._clock.now + delay_s, self._begin_start)

    def _forgive_if_healthy(self) -> None:
        if self.is_responsive:
            since_s = self._roster.entered_at_s(self.number)
            if self._clock.now >= since_s + self._behaviour.backoff.healthy_s:
                self._failure_count = 0

    # Its end --------------------------------------------------------------------------------

    def _stall(self) -> None:
        if self.state is ReplicaState.QUEUED:
            self._listener.waits_too_long(self)

    def _grace_over(self) -> None:
        self._workplace.lose_requests(self, Outcome.GRACE_OVER)
        self._delete(Reason.GRACE_OVER)

    def _begin_ageing(self) -> None:
        """Set the two timers of the lifetime, at the first RESPONSIVE."""
        self._is_ageing = True
        lifetime_s = self._workplace.draw_lifetime_s(self)
        if lifetime_s is None:
            return
        now_s = self._clock.now
        successor_in_s = max(0.0, lifetime_s - self._behaviour.start_timeout_s)
        self._timers.set(TimerKind.SUCCESSOR, now_s + successor_in_s, self._successor_due)
        self._timers.set(TimerKind.LIFETIME, now_s + lifetime_s, self._lifetime_over)

    def _successor_due(self) -> None:
        self._listener.needs_successor(self)

    def _lifetime_over(self) -> None:
        self.retire(Reason.LIFETIME_OVER)
        self._listener.outlived(self)

    def _delete(self, reason: Reason) -> None:
        self._timers.clear_all()
        self._enter(ReplicaState.DELETED, reason)
        self._workplace.release(self, self._leaves_for or reason, reason)

    # Bookkeeping ----------------------------------------------------------------------------

    def _enter(self, state: ReplicaState, reason: Reason, *, lost: Outcome | None = None) -> None:
        before = self.state
        if state not in NEXT[before]:
            what = f"{self.deployment_name} replica {self.number}: {before.name} -> {state.name}"
            law = "a replica's changes of state follow the table"
            raise InvariantError(law, what=what, at_s=self._clock.now)
        if state is ReplicaState.DECOMMISSIONED:
            self._timers.clear_all()
        if lost is not None:
            self._workplace.lose_requests(self, lost)
        self._roster.enter(self.number, state, self._clock.now)
        self._probe_streak = 0
        if state is ReplicaState.STARTED:
            self._probe_index = 0
        self._listener.changed(self, before, reason)
