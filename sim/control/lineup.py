"""The revisions of one deployment, which of them is what, and the moves between.

The moves are what strategies (`sim.control.strategies`) have in common; which of them comes when is
a strategy's business. Requests are reached only through `sim.engines.contract.plane`.
"""

from collections.abc import Sequence
from typing import Literal

from sim.clock import Alarm, Clock, deployment_timer_rank
from sim.control.autoscaler import Autoscaler, fleet_of
from sim.control.journal import Journal
from sim.control.policies.policy import Fleet
from sim.control.pool import Pool
from sim.control.queues import ResourceQueues
from sim.control.revision import Revision, first_to_go
from sim.control.revisions import Revisions
from sim.control.rollout_observer import RolloutObserver
from sim.control.rollout_observers import RolloutObservers
from sim.engines.contract.plane import RequestPlane
from sim.reasons import PutAction, Reason
from sim.record import Decision, GivenUp
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.model_version import first_model
from sim.scenario.models.schedule import Bounds
from sim.wire.models import RuntimeConfiguration


class Lineup:
    """Who serves, who is to take over, and what is left of those before.

    Attributes:
        active: The revision whose bounds are in force, None while the deployment is disabled.
        pending: The revision that is to become active, if there is one.
        serving: The revisions whose RESPONSIVE replicas take requests, by number.
        leaving: The one of these that only stays until another one can do without it; the
            autoscaler does not see it.
        is_scaling_from_zero: Whether the first replica was asked for because somebody waits, and
            none has been RESPONSIVE since.
        configuration: What the last PUT that was taken asked for.
        model: The newest model version.
    """

    def __init__(
        self,
        clock: Clock,
        deployment: Deployment,
        queues: ResourceQueues,
        plane: RequestPlane,
        pool: Pool,
        journal: Journal,
        autoscaler: Autoscaler,
    ) -> None:
        """Begin without a revision."""
        self.active: Revision | None = None
        self.pending: Revision | None = None
        self.serving: Sequence[Revision] = ()
        self.leaving: Revision | None = None
        self.is_scaling_from_zero = False
        self.configuration = deployment.runtime_configuration
        self.model = first_model(deployment)
        self.observers = RolloutObservers()
        self._clock = clock
        self._longest_stay = Alarm(clock, lambda: self.let_leave(Reason.STAYED_LONGEST))
        self._stall_after_s = deployment.rollout.stall_after_s
        self._queues = queues
        self._plane = plane
        self._pool = pool
        self._journal = journal
        self._autoscaler = autoscaler
        self._revisions = Revisions(pool.roster, journal)

    # Revisions come -------------------------------------------------------------------------

    def new(self, why: PutAction | Literal["created", "started"]) -> Revision:
        """Return a revision of the configuration and the model that there are now."""
        return self._revisions.new(self._clock.now, why, self.configuration, self.model)

    def activate(self, revision: Revision) -> None:
        """Let `revision` be the active one, and the only one that serves."""
        self.active, self.serving = revision, (revision,)
        revision.record.active_at_s = self._clock.now
        self._autoscaler.reset()

    def begin(self, cause: PutAction) -> Revision:
        """Make a revision, which is pending from now on."""
        self.pending = self.new(cause)
        return self.pending

    def observe(
        self,
        cause: PutAction,
        old: Revision,
        new: Revision,
        *,
        needs_all: bool,
    ) -> None:
        """Follow, and write down, the rollout from `old` to `new` that begins now.

        `needs_all`: requests do not go over before all replicas of `new` are RESPONSIVE.
        """
        observer = RolloutObserver(
            *(self._clock.now, cause, old, new, self.serving, self._queues),
            needs_all=needs_all,
            stall_after_s=self._stall_after_s,
        )
        self.observers.begin(observer)
        self._journal.rollout(observer.record)

    # Requests go over, revisions go ---------------------------------------------------------

    def hand_over(
        self, revision: Revision, *, replacing: Revision | None, stay_s: float | None = None
    ) -> None:
        """Give new and queued requests to `revision`, which was pending.

        The replicas of the one that it is `replacing` go; or they stay and serve beside it until
        `let_leave`, which comes by itself after `stay_s`.
        """
        self.pending = None
        self.activate(revision)
        self.is_scaling_from_zero = False
        if replacing is not None and stay_s is None:
            self.replace(replacing, revision)
        elif replacing is not None and stay_s is not None:
            self.leaving, self.serving = replacing, (replacing, revision)
            self._plane.set_evaluated_from(revision.number)
            rank = deployment_timer_rank(self._pool.index)
            self._longest_stay.set(self._clock.now + stay_s, rank)
        for replica in revision.responsive:
            self._pool.open(replica)
        self.note_switch(revision)

    def note_switch(self, revision: Revision) -> None:
        """Write down that requests go to `revision` from now on, which has begun to serve."""
        now_s, tally = self._clock.now, revision.tally
        self._journal.decided(
            Decision(
                now_s,
                "rollout",
                "switch",
                Reason.RESPONSIVE,
                f"revision {revision.number} is responsive",
                responsive=tally.responsive,
                live=tally.live,
            )
        )
        self.observers.switched(now_s, revision)

    def let_leave(self, why: Reason) -> None:
        """Let the replicas of the revision go that is leaving, if one is, and write down why."""
        self._longest_stay.clear()
        old, new, self.leaving = self.leaving, self.active, None
        if old is None or new is None:
            return
        self.serving = (new,)
        if why is Reason.DISABLED:  # that is written down, and everything goes for it
            self.replace(old, new, why)
            return
        if old.tally.live:
            words = f"revision {old.number} goes: {why.words}"
            tally = new.tally
            decision = Decision(
                *(self._clock.now, "rollout", "leave", why, words),
                responsive=tally.responsive,
                live=tally.live,
            )
            self._journal.decided(decision)
        self.replace(old, new)

    def replace(self, old: Revision, new: Revision, reason: Reason = Reason.SWITCHED) -> None:
        """Let the replicas of `old` go, in whose place `new` is to serve."""
        self.observers.replaced(old, new)
        self.retire(old, reason)

    def give_up_pending(self, event: PutAction | Literal["disable"], reason: Reason) -> None:
        """Let the pending revision go, if there is one, because of an event."""
        given_up, self.pending = self.pending, None
        if given_up is not None:
            new = self._revisions.next_number if reason is Reason.SUPERSEDED else None
            self.observers.give_up(given_up, GivenUp(self._clock.now, event, reason, new))
            self.retire(given_up, reason)

    def disable(self) -> None:
        """Let the active revision go, so that none is."""
        retired, self.active, self.serving = self.active, None, ()
        if retired is not None:
            self.observers.disabled(self._clock.now, retired)
            self.retire(retired, Reason.DISABLED)
        self.is_scaling_from_zero = False
        self._autoscaler.reset()

    def retire(self, revision: Revision, reason: Reason) -> None:
        """Let the replicas of `revision` go."""
        revision.record.retired_at_s = self._clock.now
        for replica in revision.live:
            replica.retire(reason)

    # A schedule of bounds -------------------------------------------------------------------

    def constrain(self, override: Bounds | None) -> None:
        """Let a schedule give the bounds of revisions, those to come too, and act on nothing."""
        self._revisions.constrain(override)

    @property
    def bounded(self) -> Sequence[Revision]:
        """The revisions that have replicas which bounds concern, or may get some.

        In the order in which a change of bounds comes to them: what the pending one asks for
        stands ahead in the queues.
        """
        return [r for r in (self.pending, self.leaving, self.active) if r is not None]

    # Replicas come and go -------------------------------------------------------------------

    def request(self, revision: Revision, count: int, reason: Reason) -> None:
        """Request so many replicas of `revision`."""
        for _ in range(count):
            self._pool.request(revision, reason)

    def resize(self, revision: Revision, desired: int) -> None:
        """Request what is missing to the desired number of live replicas, or let some go."""
        self.request(revision, desired - revision.tally.live, Reason.SCALE_UP)
        while revision.tally.live > desired:
            first_to_go(revision.live, self._plane.in_flight).retire(
                Reason.SCALE_DOWN if desired else Reason.TO_ZERO
            )

    def scale_active(self, active: Revision, configuration: RuntimeConfiguration) -> None:
        """Change bounds and scaling of the active revision."""
        active.reconfigure(configuration)
        self.fit_active(active)

    def fit_active(self, active: Revision) -> None:
        """Bring the active revision within its bounds, which have changed."""
        self._autoscaler.reset()
        self.apply_bounds(active, floor=0)
        if not active.tally.live and self._plane.observe().queued:
            self.scale_from_zero(active, Reason.QUEUED_AT_ZERO)

    def scale_pending(self, pending: Revision, configuration: RuntimeConfiguration) -> None:
        """Change bounds and scaling of the pending revision, which may take over by it."""
        pending.reconfigure(configuration)
        self.fit_pending(pending)

    def fit_pending(self, pending: Revision) -> None:
        """Bring the pending revision within its bounds, which have changed."""
        self.apply_bounds(pending, floor=1)
        pending.wanted_count = pending.tally.live

    def apply_bounds(self, revision: Revision, *, floor: int) -> None:
        """Bring the live count within the bounds: surplus goes, what is missing is requested."""
        self.cut(revision)
        missing = max(revision.in_force.min_replicas, floor) - revision.tally.live
        self.request(revision, missing, Reason.BELOW_MIN)

    def cut(self, revision: Revision) -> None:
        """Let the replicas go that are above the maximum."""
        while revision.tally.live > revision.in_force.max_replicas:
            first_to_go(revision.live, self._plane.in_flight).retire(Reason.ABOVE_MAX)

    def scale_from_zero(self, revision: Revision, why: Reason) -> None:
        """Request the first replica of `revision`."""
        self.is_scaling_from_zero = True
        self._journal.decided(Decision(self._clock.now, "autoscaler", "from_zero", why, live=0))
        self.request(revision, 1, Reason.FROM_ZERO)

    # What holds now -------------------------------------------------------------------------

    @property
    def scaled(self) -> Sequence[Revision]:
        """The revisions whose replicas evaluations see: those that serve and are not leaving."""
        if self.leaving is None:
            return self.serving
        return [revision for revision in self.serving if revision is not self.leaving]

    def fleet(self, at_s: float) -> Fleet:
        """Return the replicas that serve, or would, as evaluations from `at_s` on see them."""
        return fleet_of(self.scaled, at_s)

    def take_note(self) -> None:
        """Take note of what holds after an item."""
        now_s = self._clock.now
        self._revisions.forget_gone(now_s, (self.active, self.pending))
        self.observers.take_note(now_s, self._revisions.left)
