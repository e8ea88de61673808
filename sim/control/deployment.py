"""One deployment under control: its revisions, what events do to them, what replicas report.

Decisions are pure functions elsewhere (`replace`, `policies`, `revision`, `status`); here they
are carried out and written down. Requests are reached only through `sim.requests.plane`.
"""

from collections.abc import Callable
from typing import Literal

from sim.clock import Clock
from sim.control.autoscaler import Autoscaler
from sim.control.journal import Journal
from sim.control.pool import Pool
from sim.control.queues import ResourceQueues
from sim.control.replace import Put, decide_put, gives_up_pending, words_of
from sim.control.replica import Replica
from sim.control.revision import Revision, first_model, first_to_go
from sim.control.revisions import Revisions
from sim.control.rollout import Rollout
from sim.control.rollouts import Rollouts
from sim.control.status import status
from sim.reasons import Reason
from sim.record import Actor, ControlLog, Decision, GivenUp, TickColumns, Transition
from sim.requests.plane import Notices, Observations, RequestPlane
from sim.scenario.deployment import Deployment
from sim.scenario.timeline import PublishEvent
from sim.states import Outcome, ReplicaState
from sim.wire.models import RuntimeConfiguration
from sim.wire.normal import normalise


class DeploymentControl:
    """The control plane of one deployment."""

    def __init__(
        self,
        clock: Clock,
        index: int,
        deployment: Deployment,
        queues: ResourceQueues,
        make_plane: Callable[[Notices], RequestPlane],
        seed: int,
    ) -> None:
        """Make a deployment that is not there yet; `create` follows."""
        self.name = deployment.name
        self.journal = Journal()
        self.active: Revision | None = None
        self.pending: Revision | None = None
        self._clock = clock
        self._spec = deployment
        self._queues = queues
        self._plane = make_plane(self)
        self.pool = Pool(
            clock, index, deployment, queues, self._plane, self.journal, self, seed=seed
        )
        self._autoscaler = Autoscaler(deployment.autoscaler, self.journal)
        self.configuration = deployment.runtime_configuration
        self.model = first_model(deployment)
        self._revisions = Revisions(self.pool.roster, self.journal)
        self._rollouts = Rollouts()
        self._is_scaling_from_zero = False

    # What the scenario and the API do -------------------------------------------------------

    def create(self) -> None:
        """Bring the deployment into its initial condition, at time 0."""
        initial = self._spec.initial
        if initial.kind == "disabled":
            self._plane.set_enabled(False)
            self._look()
            return
        revision = self._new_revision("created")
        self._activate(revision)
        if initial.kind == "cold":
            self._request(revision, max(revision.normal.min_replicas, 1), Reason.CREATED)
            return
        for _ in range(initial.responsive_count):
            self.pool.place(revision)
        self._look()

    def replace(self, configuration: RuntimeConfiguration) -> Put:
        """Carry out a valid PUT and return what it amounted to."""
        self._plane.catch_up()
        wanted = normalise(configuration)
        put = decide_put(
            wanted,
            active=self.active.normal if self.active else None,
            pending=self.pending.normal if self.pending else None,
            scaling_only=self._spec.rollout.scaling_only,
        )
        self._note_event("rollout", "replace", put.value)
        if put in (Put.REFUSE_SOURCES, Put.KEEP):
            return put
        self.configuration = configuration
        if put is Put.ROLL_OUT:
            self._roll_out("replace")
        elif put is Put.SCALE_PENDING and self.pending is not None:
            self._scale_pending(self.pending, configuration)
        elif put is Put.SCALE_ACTIVE and self.active is not None:
            self._scale_in_place(self.active, configuration)
        elif put is Put.REVERT:
            self._give_up_pending("replace", Reason.REVERTED)
        self._look()
        return put

    def publish(self, event: PublishEvent) -> None:
        """Take a new model version on the branch: a rollout with unchanged configuration."""
        self._plane.catch_up()
        self.model = self.model.published(event)
        if self.active is None:
            self._note_event("rollout", "publish", Reason.PUT_STORED)
            return
        self._note_event("rollout", "publish", Reason.ROLLED_OUT)
        self._roll_out("publish")
        self._look()

    def disable(self) -> None:
        """Switch off: fail what is queued, give up what is pending, let replicas go."""
        self._plane.catch_up()
        if self.active is None:
            return
        self._note_event("timeline", "disable", Reason.DISABLED)
        self.journal.not_held("autoscaler", self._clock.now)
        self._give_up_pending("disable", Reason.DISABLED)
        self._plane.set_enabled(False)
        retired, self.active = self.active, None
        self._rollouts.disabled(self._clock.now, retired)
        self._retire_revision(retired, Reason.DISABLED)
        self._is_scaling_from_zero = False
        self._autoscaler.reset()
        self._look()

    def start(self) -> None:
        """Switch on, with the stored configuration; nothing if it is on."""
        self._plane.catch_up()
        if self.active is not None:
            return
        self._note_event("timeline", "start", Reason.STARTED)
        self._plane.set_enabled(True)
        revision = self._new_revision("started")
        self._activate(revision)
        self._request(revision, max(revision.normal.min_replicas, 1), Reason.STARTED)
        self._look()

    def catch_up(self) -> None:
        """Let everything happen that comes before the present; then something may be written."""
        self._plane.catch_up()

    # What the request plane reports (class NOTICE) ------------------------------------------

    def over_memory(self, replica: int) -> None:
        """Kill a replica whose requests took it above its memory limit."""
        self.pool.roster.replicas[replica].kill(Outcome.OUT_OF_MEMORY, Reason.OUT_OF_MEMORY)
        self._look()

    def drained(self, replica: int) -> None:
        """Delete a draining replica whose last request ended."""
        self.pool.roster.replicas[replica].drained()
        self._look()

    def arrival_at_zero(self) -> None:
        """Scale from zero, at once."""
        if self.active is not None and not self.active.tally.live:
            self._scale_from_zero(self.active, Reason.ARRIVED_AT_ZERO)
            self._look()

    # The autoscaler (class EVALUATION) ------------------------------------------------------

    def evaluate(self) -> None:
        """Carry out one evaluation."""
        if self.active is None:
            return
        active, seen = self.active, self._plane.observe()
        desired = self._autoscaler.evaluate(self._clock.now, active, seen)
        if desired != active.tally.live:
            self._scale(active, desired)
            self._look()

    def first_to_act(self, first: int, seen: Observations) -> int | None:
        """Return which of the next evaluations would decide something; see `Autoscaler`."""
        if self.active is None:
            return None
        return self._autoscaler.first_to_act(first, self.active, seen)

    def let_pass(self, count: int) -> None:
        """Make the first `count` of the evaluations looked at real."""
        self._autoscaler.let_pass(count)

    # What replicas report (`sim.control.replica.Listener`) -------------------------

    def changed(self, replica: Replica, before: ReplicaState | None, reason: Reason) -> None:
        """Do what a replica's change of state entails, inside the item that caused it."""
        self._queues.note_change()
        self._plane.catch_up()
        self.journal.transition(
            Transition(
                self._clock.now,
                replica.number,
                replica.revision.number,
                before,
                replica.state,
                reason,
                replica.predecessor if before is None else None,
            )
        )
        request = replica.start_request
        if request is not None and request.granted_gpu_type is not None:
            self.journal.log.gpu_types[replica.number] = request.granted_gpu_type.value
        revision = replica.revision
        self._rollouts.changed(self._clock.now, replica, before, reason)
        if replica.is_responsive:
            if revision is self.pending:
                self._switch_when_due(revision)
            elif revision is self.active:
                self._is_scaling_from_zero = False
                self.pool.open(replica)
        elif before is ReplicaState.RESPONSIVE:
            self._plane.close(replica.number)
        if revision is self.pending and not replica.is_live:
            self._switch_when_due(revision)
        self._look()

    def waits_too_long(self, replica: Replica) -> None:
        """Note a stalled rollout."""
        self._plane.catch_up()
        self._rollouts.stalled(replica)

    def needs_successor(self, replica: Replica) -> None:
        """Request the successor of a replica that nears its end; it may exceed the maximum."""
        revision = replica.revision
        if revision not in (self.active, self.pending):
            return
        if revision.tally.live <= revision.normal.max_replicas:
            self.pool.request(revision, Reason.SUCCESSOR, of=replica.number)
            self._look()

    def outlived(self, replica: Replica) -> None:
        """Keep the minimum when a replica has gone at the end of its lifetime."""
        revision = replica.revision
        if revision in (self.active, self.pending):
            missing = revision.normal.min_replicas - revision.tally.live
            self._request(revision, missing, Reason.BELOW_MIN)
            self._look()

    # At the horizon -------------------------------------------------------------------------

    def finish(self) -> tuple[ControlLog, TickColumns]:
        """Note what is still open when the run ends, and return what was written down."""
        self._rollouts.at_horizon()
        self.journal.judge(self._queues.never_fits)
        return self.journal.log, self._autoscaler.ticks.columns()

    # Steps ----------------------------------------------------------------------------------

    def _note_event(self, actor: Actor, action: str, what: Reason) -> None:
        """Write down what an event comes to, and which pending revision it gives up."""
        active, pending = self.active, self.pending
        details = None
        if active and pending and gives_up_pending(what, active.normal, pending.normal):
            details = words_of(what, pending.number)
        self.journal.decided(Decision(self._clock.now, actor, action, what, details))

    def _new_revision(self, why: Literal["created", "started", "replace", "publish"]) -> Revision:
        return self._revisions.new(self._clock.now, why, self.configuration, self.model)

    def _request(self, revision: Revision, count: int, reason: Reason) -> None:
        for _ in range(count):
            self.pool.request(revision, reason)

    def _activate(self, revision: Revision) -> None:
        self.active = revision
        revision.record.active_at_s = self._clock.now
        self._autoscaler.reset()

    def _roll_out(self, cause: Literal["replace", "publish"]) -> None:
        """Begin a new revision beside the active one, in place of a pending one."""
        if self.active is None:
            return
        self._give_up_pending(cause, Reason.SUPERSEDED)
        revision = self._new_revision(cause)
        self.pending = revision
        bounds = revision.normal
        count = max(bounds.min_replicas, 1)
        if self._spec.rollout.initial_replicas == "current":
            count = min(max(self.active.tally.live, count), bounds.max_replicas)
        revision.wanted_count = count
        policy = self._spec.rollout
        rollout = Rollout(self._clock.now, cause, self.active, revision, policy, self._queues)
        self._rollouts.begin(rollout)
        self.journal.log.rollouts.append(rollout.record)
        self._request(revision, count, Reason.ROLLOUT)

    def _give_up_pending(
        self, event: Literal["replace", "publish", "disable"], reason: Reason
    ) -> None:
        given_up, self.pending = self.pending, None
        if given_up is not None:
            new = self._revisions.next_number if reason is Reason.SUPERSEDED else None
            self._rollouts.give_up(given_up, GivenUp(self._clock.now, event, reason, new))
            self._retire_revision(given_up, reason)

    def _retire_revision(self, revision: Revision, reason: Reason) -> None:
        revision.record.retired_at_s = self._clock.now
        for replica in revision.live:
            replica.retire(reason)

    def _scale_in_place(self, active: Revision, configuration: RuntimeConfiguration) -> None:
        """Change bounds and scaling of the active revision, and of a pending publish with it."""
        pending, what = self.pending, Reason.PUT_IN_PLACE
        if pending is not None and not gives_up_pending(what, active.normal, pending.normal):
            self._scale_pending(pending, configuration)
            if active is not self.active:
                return
        else:
            self._give_up_pending("replace", Reason.CHANGED_IN_PLACE)
        active.reconfigure(configuration)
        self._autoscaler.reset()
        self._apply_bounds(active, floor=0)
        if not active.tally.live and self._plane.observe().queued:
            self._scale_from_zero(active, Reason.QUEUED_AT_ZERO)

    def _scale_pending(self, pending: Revision, configuration: RuntimeConfiguration) -> None:
        """Change bounds and scaling of the pending revision, which may take over by it."""
        pending.reconfigure(configuration)
        self._apply_bounds(pending, floor=1)
        pending.wanted_count = pending.tally.live

    def _apply_bounds(self, revision: Revision, *, floor: int) -> None:
        """Bring the live count within the bounds: surplus goes, what is missing is requested."""
        while revision.tally.live > revision.normal.max_replicas:
            first_to_go(revision.live, self._plane.in_flight).retire(Reason.ABOVE_MAX)
        missing = max(revision.normal.min_replicas, floor) - revision.tally.live
        self._request(revision, missing, Reason.BELOW_MIN)

    def _scale(self, revision: Revision, desired: int) -> None:
        """Request what is missing to the desired number of live replicas, or let some go."""
        self._request(revision, desired - revision.tally.live, Reason.SCALE_UP)
        while revision.tally.live > desired:
            first_to_go(revision.live, self._plane.in_flight).retire(
                Reason.SCALE_DOWN if desired else Reason.TO_ZERO
            )

    def _scale_from_zero(self, revision: Revision, why: Reason) -> None:
        self._is_scaling_from_zero = True
        self.journal.decided(Decision(self._clock.now, "autoscaler", "from_zero", why, live=0))
        self._request(revision, 1, Reason.FROM_ZERO)

    def _switch_when_due(self, revision: Revision) -> None:
        """Switch over if enough of the pending revision is RESPONSIVE."""
        tally = revision.tally
        needed = tally.live if self._spec.rollout.switch_when == "all" else 1
        if tally.responsive >= max(needed, 1):
            self._switch(revision)

    def _switch(self, revision: Revision) -> None:
        """Give new and queued requests to `revision`; the replicas of the old one go."""
        old, self.pending = self.active, None
        self._activate(revision)
        self._is_scaling_from_zero = False
        self.journal.decided(
            Decision(
                self._clock.now,
                "rollout",
                "switch",
                Reason.RESPONSIVE,
                f"revision {revision.number} is responsive",
                responsive=revision.tally.responsive,
                live=revision.tally.live,
            )
        )
        if old is not None:
            self._rollouts.replaced(old, revision)
            self._retire_revision(old, Reason.SWITCHED)
        for replica in revision.responsive:
            self.pool.open(replica)
        self._rollouts.switched(self._clock.now, revision)

    # After every item that changed something ------------------------------------------------

    def _look(self) -> None:
        """Tell plane, journal and rollouts what holds now."""
        now_s, active = self._clock.now, self.active
        self._plane.set_live_count(active.tally.live if active else 0)
        self._report_status()
        self.journal.serving(now_s, active)
        self._revisions.forget_gone(now_s, (active, self.pending))
        self._rollouts.look(now_s, self._revisions.left)

    def _report_status(self) -> None:
        state, is_ready = status(
            self.active,
            is_scaling_from_zero=self._is_scaling_from_zero,
            failed_after=self._spec.replica.failed_after,
        )
        self.journal.status(self._clock.now, state, is_ready=is_ready)
