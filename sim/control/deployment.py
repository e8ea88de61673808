"""One deployment under control: what events do to it, and what replicas report.

How a rollout goes is its strategy's business (`sim.control.strategies`), how many replicas there
are to be its policy's (`sim.control.policies`); here is what holds for all of them. Decisions are
pure functions elsewhere (`replace`, `policies`, `revision`, `status`), which are carried out and
written down. Requests are reached only through `sim.engines.contract.plane`.
"""

from collections.abc import Callable, Sequence

from sim.clock import Clock
from sim.control.autoscaler import Autoscaler
from sim.control.journal import Journal
from sim.control.lineup import Lineup
from sim.control.pool import Pool
from sim.control.queues import ResourceQueues
from sim.control.replica import Replica
from sim.control.revision import Revision
from sim.control.status import status
from sim.control.strategies.table import STRATEGIES
from sim.engines.contract.plane import Notices, Observations, RequestPlane
from sim.reasons import Action, Actor, Reason
from sim.record import ControlLog, Decision, TickColumns, Transition
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.model_version import Model
from sim.scenario.models.timeline import PublishEvent
from sim.states import Outcome, ReplicaState
from sim.wire.models import RuntimeConfiguration
from sim.wire.normal import normalise
from sim.wire.replacing import Put, words_of


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
        self._clock = clock
        self._spec = deployment
        self._queues = queues
        self._plane = make_plane(self)
        self.journal = Journal(self._plane.catch_up)
        self.pool = Pool(
            clock, index, deployment, queues, self._plane, self.journal, self, seed=seed
        )
        self._autoscaler = Autoscaler(deployment.autoscaler, self.journal.on_the_way())
        self._lineup = Lineup(
            *(clock, deployment, queues, self._plane, self.pool, self.journal, self._autoscaler),
            note=self._take_note,
        )
        strategy = STRATEGIES[type(deployment.rollout.strategy)]
        self._strategy = strategy(self._lineup, deployment.rollout)

    # What others may know -------------------------------------------------------------------

    @property
    def active(self) -> Revision | None:
        """The revision whose bounds are in force, None while it is disabled."""
        return self._lineup.active

    @property
    def pending(self) -> Revision | None:
        """The revision that is to become active, if there is one."""
        return self._lineup.pending

    @property
    def serving(self) -> Sequence[Revision]:
        """The revisions whose RESPONSIVE replicas take requests."""
        return self._lineup.serving

    @property
    def configuration(self) -> RuntimeConfiguration:
        """What the last PUT that was taken asked for."""
        return self._lineup.configuration

    @property
    def model(self) -> Model:
        """The newest model version."""
        return self._lineup.model

    # What the scenario and the API do -------------------------------------------------------

    def create(self) -> None:
        """Bring the deployment into its initial condition, at time 0."""
        initial = self._spec.initial
        if initial.kind == "disabled":
            self._plane.set_enabled(False)
            self._take_note()
            return
        revision = self._lineup.new("created")
        self._lineup.activate(revision)
        if initial.kind == "cold":
            count = max(revision.normal.min_replicas, 1)
            self._strategy.appeared(count)
            self._lineup.request(revision, count, Reason.CREATED)
            return
        self._strategy.appeared(initial.responsive_count)
        for _ in range(initial.responsive_count):
            self.pool.place(revision)
        self._take_note()

    def replace(self, configuration: RuntimeConfiguration) -> Put:
        """Carry out a valid PUT and return what it amounted to."""
        put = self._strategy.meaning_of(normalise(configuration))
        self._note_event("rollout", "replace", put.value)
        if put in (Put.REFUSE_SOURCES, Put.KEEP):
            return put
        self._lineup.configuration = configuration
        if put is not Put.STORE:
            self._strategy.carry_out(put, configuration)
        self._take_note()
        return put

    def publish(self, event: PublishEvent) -> None:
        """Take a new model version on the branch: a rollout with unchanged configuration."""
        self._lineup.model = self.model.published(event)
        if self.active is None:
            self._note_event("rollout", "publish", Reason.PUT_STORED)
            return
        if not self._strategy.replaces(self.model):
            self._note_event("rollout", "publish", Reason.PUT_KEPT)
            return
        self._note_event("rollout", "publish", Reason.ROLLED_OUT)
        self._strategy.roll_out("publish")
        self._take_note()

    def disable(self) -> None:
        """Switch off: fail what is queued, give up what is pending, let replicas go."""
        if self.active is None:
            return
        self._note_event("timeline", "disable", Reason.DISABLED)
        self.journal.not_held("autoscaler", self._clock.now)
        self._strategy.give_up("disable", Reason.DISABLED)
        self._plane.set_enabled(False)
        self._lineup.disable()
        self._take_note()

    def start(self) -> None:
        """Switch on, with the stored configuration; nothing if it is on."""
        if self.active is not None:
            return
        self._note_event("timeline", "start", Reason.STARTED)
        self._plane.set_enabled(True)
        revision = self._lineup.new("started")
        self._lineup.activate(revision)
        count = max(revision.normal.min_replicas, 1)
        self._strategy.appeared(count)
        self._lineup.request(revision, count, Reason.STARTED)
        self._take_note()

    # What the request plane reports (class NOTICE) ------------------------------------------

    def over_memory(self, replica: int) -> None:
        """Kill a replica whose requests took it above its memory limit."""
        self.pool.roster.replicas[replica].kill(Outcome.OUT_OF_MEMORY, Reason.OUT_OF_MEMORY)
        self._take_note()

    def drained(self, replica: int) -> None:
        """Delete a draining replica whose last request ended."""
        self.pool.roster.replicas[replica].drained()
        self._take_note()

    def arrival_at_zero(self) -> None:
        """Scale from zero, at once."""
        self._strategy.arrived_at_zero()
        self._take_note()

    # The autoscaler (class EVALUATION) ------------------------------------------------------

    def evaluate(self) -> None:
        """Carry out one evaluation."""
        if self.active is None:
            return
        now_s, seen = self._clock.now, self._plane.observe()
        fleet = self._strategy.fleet(now_s)
        desired = self._autoscaler.evaluate(now_s, self.active.normal, fleet, seen)
        if desired is not None:
            self._strategy.resize(desired)
            self._take_note()

    def first_to_act(self, first: int, seen: Observations) -> int | None:
        """Return which of the next evaluations would decide something; see `Autoscaler`."""
        if self.active is None:
            return None
        normal = self.active.normal
        return self._autoscaler.first_to_act(first, normal, self._strategy.fleet, seen)

    def let_pass(self, count: int) -> None:
        """Make the first `count` of the evaluations looked at real."""
        self._autoscaler.let_pass(count)

    # What replicas report (`sim.control.replica.Listener`) -------------------------

    def changed(self, replica: Replica, before: ReplicaState | None, reason: Reason) -> None:
        """Do what a replica's change of state entails, inside the item that caused it."""
        self._queues.note_change()
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
        self._lineup.observers.changed(self._clock.now, replica, before, reason)
        if replica.is_responsive:
            if replica.revision in self._lineup.serving:
                self._lineup.is_scaling_from_zero = False
                self.pool.open(replica)
        elif before is ReplicaState.RESPONSIVE:
            self._plane.close(replica.number)
        self._strategy.changed(replica)
        self._take_note()

    def waits_too_long(self, replica: Replica) -> None:
        """Note a stalled rollout."""
        self._lineup.observers.stalled(replica)

    def became_available(self, replica: Replica) -> None:
        """Let the strategy see that a replica counts as available from now on."""
        self._strategy.changed(replica)
        self._take_note()

    def needs_successor(self, replica: Replica) -> None:
        """Request the successor of a replica that nears its end; it may exceed the maximum."""
        revision = replica.revision
        if not self._strategy.keeps(revision):
            return
        if revision.tally.live <= revision.normal.max_replicas:
            self.pool.request(revision, Reason.SUCCESSOR, of=replica.number)
            self._take_note()

    def outlived(self, replica: Replica) -> None:
        """Keep the minimum when a replica has gone at the end of its lifetime."""
        self._strategy.outlived(replica.revision)
        self._take_note()

    # At the horizon -------------------------------------------------------------------------

    def finish(self) -> tuple[ControlLog, TickColumns]:
        """Note what is still open when the run ends, and return what was written down."""
        self._lineup.observers.at_horizon()
        self.journal.judge(self._queues.never_fits)
        return self.journal.log, self._autoscaler.ticks.columns()

    # Writing down ---------------------------------------------------------------------------

    def _note_event(self, actor: Actor, action: Action, what: Reason) -> None:
        """Write down what an event comes to, and which revision on its way it gives up."""
        given_up = self._strategy.gives_up(what)
        details = None if given_up is None else words_of(what, given_up.number)
        self.journal.decided(Decision(self._clock.now, actor, action, what, details))

    def _take_note(self) -> None:
        """Tell plane, journal and observers what holds after an item that changed something."""
        now_s, active, serving = self._clock.now, self.active, self._lineup.serving
        self._plane.set_live_count(self._strategy.count_for_arrivals)
        state, is_ready = status(
            None if active is None else serving,
            is_scaling_from_zero=self._lineup.is_scaling_from_zero,
            failed_after=self._spec.replica.failed_after,
        )
        self.journal.status(now_s, state, is_ready=is_ready)
        self.journal.serving(now_s, active, serving)
        self._lineup.take_note()
