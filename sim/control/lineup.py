"""The revisions of one deployment, which of them is what, and the moves between.

The moves are what strategies (`sim.control.strategies`) have in common; which of them comes when is
a strategy's business. Requests are reached only through `sim.engines.contract.plane`.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final, Literal

from sim.clock import Alarm, Clock, after_item_rank, deployment_timer_rank
from sim.control.autoscaler import Autoscaler, fleet_of
from sim.control.journal import Journal
from sim.control.policies.policy import Fleet
from sim.control.pool import Pool
from sim.control.queues import ResourceQueues
from sim.control.replica import Replica
from sim.control.revision import Revision, first_to_go
from sim.control.revisions import Revisions
from sim.control.rollout_observer import RolloutObserver
from sim.control.rollout_observers import RolloutObservers
from sim.engines.contract.plane import RequestPlane
from sim.reasons import PutAction, Reason, RolloutAction
from sim.record import Decision, GivenUp
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.model_version import first_model
from sim.wire.models import RuntimeConfiguration

_number: Final = attrgetter("number")


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
        *,
        note: Callable[[], None],
    ) -> None:
        """Begin without a revision; `note` has what holds written down after an item."""
        self._note = note
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
        self._progress = Alarm(clock, self._note_no_progress)
        self._stall_after_s = deployment.rollout.stall_after_s
        self._strategy = deployment.rollout.strategy.kind
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
        """Make a revision, which is pending from now on, until it is aimed at or takes over."""
        self.pending = self.new(cause)
        return self.pending

    def observe(
        self,
        cause: PutAction,
        old: Revision,
        new: Revision,
        *,
        needs_all: bool = False,
    ) -> None:
        """Follow, and write down, the rollout from `old` to `new` that begins now.

        `needs_all`: requests do not go over before all replicas of `new` are RESPONSIVE.
        """
        observer = RolloutObserver(
            *(self._clock.now, cause, old, new, self.serving, self._queues),
            strategy=self._strategy,
            newest=self._revisions.next_number - 1,
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
        """Write down that requests go to `revision`, the active one, from now on."""
        self.note_step("switch", Reason.RESPONSIVE, f"revision {revision.number} is responsive")
        self.observers.switched(self._clock.now, revision)

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
            self.note_step("leave", why, f"revision {old.number} goes: {why.words}")
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

    # One target, and all that have live replicas serve ---------------------------------------

    def aim_at(self, target: Revision) -> None:
        """Let `target` be the active revision; those that serve go on beside it."""
        self.active, self.pending = target, None
        if target not in self.serving:
            target.record.active_at_s = self._clock.now
            self.serving = sorted((*self.serving, target), key=_number)
        self._autoscaler.reset()
        self.let_empty_go()

    def let_empty_go(self) -> None:
        """Let what has no live replica left serve no more, unless it is active."""
        empty = [r for r in self.serving if r is not self.active and not r.tally.live]
        for revision in empty:
            revision.record.retired_at_s = self._clock.now
        if empty:
            self.serving = [revision for revision in self.serving if revision not in empty]

    def supersede(self, old: Revision, new: Revision, event: PutAction) -> None:
        """Note that `old` is aimed at no more, but `new`: the rollout to it ends, if it is open."""
        by = GivenUp(self._clock.now, event, Reason.SUPERSEDED, new.number)
        self.observers.give_up(old, by)

    def note_desired(self, count: int) -> None:
        """Write down how many replicas there are to be from now on."""
        self._journal.desired(self._clock.now, count)

    def note_step(self, action: RolloutAction, reason: Reason, words: str) -> None:
        """Write down a step of a rollout, with what the active revision has."""
        if self.active is None:
            return
        tally = self.active.tally
        decision = Decision(
            *(self._clock.now, "rollout", action, reason, words),
            responsive=tally.responsive,
            live=tally.live,
        )
        self._journal.decided(decision)

    def expect_progress(self, within_s: float | None) -> None:
        """Say so, once a rollout, if this is not called again `within_s`; None: never."""
        self._progress.clear()
        if within_s is not None:
            rank = deployment_timer_rank(self._pool.index)
            self._progress.set(self._clock.now + within_s, rank)

    def _note_no_progress(self) -> None:
        active = self.active  # a disable has ended the rollout, and a start begins none
        if active is not None and self.observers.overdue(self._clock.now, active):
            words = f"rollout to revision {active.number}: {Reason.NO_PROGRESS.words}"
            self.note_step("overdue", Reason.NO_PROGRESS, words)

    def after_item(self, act: Callable[[], None]) -> Callable[[], None]:
        """Return what has `act` called when the present item is over, before the next one begins.

        An item may change several replicas: `act` is called once, however often it is asked for.
        """

        def ring() -> None:
            act()
            self._note()

        alarm = Alarm(self._clock, ring)

        def ask() -> None:
            if not alarm.is_set:
                alarm.set(self._clock.now, after_item_rank(self._pool.index))

        return ask

    # Replicas come and go -------------------------------------------------------------------

    def request(self, revision: Revision, count: int, reason: Reason) -> None:
        """Request so many replicas of `revision`."""
        for _ in range(count):
            self._pool.request(revision, reason)

    def resize(self, revision: Revision, desired: int) -> None:
        """Request what is missing to the desired number of live replicas, or let some go."""
        self.request(revision, desired - revision.tally.live, Reason.SCALE_UP)
        while revision.tally.live > desired:
            self.take(revision.live, Reason.SCALE_DOWN if desired else Reason.TO_ZERO)

    def scale_active(self, active: Revision, configuration: RuntimeConfiguration) -> None:
        """Change bounds and scaling of the active revision."""
        self.reconfigure(active, configuration)
        self.apply_bounds(active, floor=0)
        if not active.tally.live and self.has_queued:
            self.scale_from_zero(active, Reason.QUEUED_AT_ZERO)

    def scale_pending(self, pending: Revision, configuration: RuntimeConfiguration) -> None:
        """Change bounds and scaling of the pending revision, which may take over by it."""
        pending.reconfigure(configuration)
        self.apply_bounds(pending, floor=1)
        pending.wanted_count = pending.tally.live

    def apply_bounds(self, revision: Revision, *, floor: int) -> None:
        """Bring the live count within the bounds: surplus goes, what is missing is requested."""
        while revision.tally.live > revision.normal.max_replicas:
            self.take(revision.live, Reason.ABOVE_MAX)
        missing = max(revision.normal.min_replicas, floor) - revision.tally.live
        self.request(revision, missing, Reason.BELOW_MIN)

    def scale_from_zero(self, revision: Revision, why: Reason) -> None:
        """Request the first replica of `revision`."""
        self.note_from_zero(why)
        self.request(revision, 1, Reason.FROM_ZERO)

    def note_from_zero(self, why: Reason) -> None:
        """Write down that the first replica is to be requested, because somebody waits."""
        self.is_scaling_from_zero = True
        self._journal.decided(Decision(self._clock.now, "autoscaler", "from_zero", why, live=0))

    def reconfigure(self, active: Revision, configuration: RuntimeConfiguration) -> None:
        """Change bounds and scaling of the active revision, and no replica."""
        active.reconfigure(configuration)
        self._autoscaler.reset()

    def take(self, live: Sequence[Replica], reason: Reason) -> None:
        """Let one of the `live` replicas go, in the order of a scale-down."""
        first_to_go(live, self._plane.in_flight).retire(reason)

    # What holds now -------------------------------------------------------------------------

    @property
    def has_queued(self) -> bool:
        """Whether an attempt waits for a thread."""
        return self._plane.observe().queued > 0

    @property
    def others_left(self) -> bool:
        """Whether a replica of another revision than the active one is not DELETED."""
        return any(r is not self.active and r.tally.left for r in self._revisions.left)

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
