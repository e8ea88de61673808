"""Blue/green: a pending revision starts beside the active one and takes over as a whole.

Source: Palantir, "Debug upgrades" (a second deployment beside the first; new requests go over when
it is responsive; revert or go forward); readings of where it is silent are in docs/model.md.
"""

from typing import Literal

from sim.control.lineup import Lineup
from sim.control.policies.policy import Fleet
from sim.control.replica import Replica
from sim.control.revision import Revision
from sim.reasons import PutAction, Reason
from sim.scenario.models.model_version import Model
from sim.scenario.models.policies import RolloutPolicy
from sim.scenario.models.replica_number import first_replicas
from sim.wire.models import RuntimeConfiguration
from sim.wire.normal import NormalConfiguration
from sim.wire.replacing import Put, decide_put, gives_up_pending


class BlueGreen:
    """See `sim.control.strategies.strategy` for what each of these is for."""

    def __init__(self, lineup: Lineup, policy: RolloutPolicy) -> None:
        """Make the strategy of a deployment that is not there yet."""
        self._lineup = lineup
        self._policy = policy
        self._needs_all = policy.switch_when == "all"
        self._threads_at_put = 0

    # What events mean -----------------------------------------------------------------------

    def meaning_of(self, wanted: NormalConfiguration) -> Put:
        """Compare with the active and the pending revision."""
        active, pending = self._lineup.active, self._lineup.pending
        return decide_put(
            wanted,
            active=active.normal if active else None,
            pending=pending.normal if pending else None,
            scaling_only=self._policy.scaling_only,
        )

    def gives_up(self, what: Reason) -> Revision | None:
        """Return the pending revision, if it is given up."""
        active, pending = self._lineup.active, self._lineup.pending
        if active and pending and gives_up_pending(what, active.normal, pending.normal):
            return pending
        return None

    def replaces(self, model: Model) -> bool:  # noqa: ARG002 - every one, whichever it is
        """Say yes: to publish is to roll out."""
        return True

    # What events do -------------------------------------------------------------------------

    def appeared(self, count: int) -> None:
        """Do nothing: the active revision has as many replicas as it has."""

    def carry_out(self, put: Put, configuration: RuntimeConfiguration) -> None:
        """Roll out, change one of the two revisions in place, or revert."""
        active, pending = self._lineup.active, self._lineup.pending
        if put is Put.ROLL_OUT:
            self.roll_out("replace")
        elif put is Put.SCALE_PENDING and pending is not None:
            self._lineup.scale_pending(pending, configuration)
        elif put is Put.SCALE_ACTIVE and active is not None:
            self._scale_active(active, configuration)
            self._look_at_leaving()
        elif put is Put.REVERT:
            self.give_up("replace", Reason.REVERTED)

    def roll_out(self, cause: PutAction) -> None:
        """Begin a new revision beside the active one, in place of a pending one."""
        active = self._lineup.active
        if active is None:
            return
        self._lineup.let_leave(Reason.FURTHER_ROLLOUT)
        self.give_up(cause, Reason.SUPERSEDED)
        self._threads_at_put = active.responsive_threads
        revision = self._lineup.begin(cause)
        count = first_replicas(
            self._policy.initial_replicas,
            live=active.tally.live,
            least=revision.normal.min_replicas,
            most=revision.normal.max_replicas,
        )
        revision.wanted_count = count
        self._lineup.observe(cause, active, revision, needs_all=self._needs_all)
        self._lineup.request(revision, count, Reason.ROLLOUT)

    def give_up(self, event: PutAction | Literal["disable"], reason: Reason) -> None:
        """Give up the pending revision; a disable lets the one go too that is leaving."""
        self._lineup.give_up_pending(event, reason)
        if event == "disable":
            self._lineup.let_leave(reason)

    def _scale_active(self, active: Revision, configuration: RuntimeConfiguration) -> None:
        """Change bounds and scaling of the active revision, and of a pending publish with it."""
        lineup, pending = self._lineup, self._lineup.pending
        if pending is not None and self.gives_up(Reason.PUT_IN_PLACE) is None:
            lineup.scale_pending(pending, configuration)
            if active is not lineup.active:
                return
        else:
            self.give_up("replace", Reason.CHANGED_IN_PLACE)
        lineup.scale_active(active, configuration)

    # What replicas and requests ask for -----------------------------------------------------

    def changed(self, replica: Replica) -> None:
        """Switch over if enough of the pending revision is RESPONSIVE by now.

        It may also be enough because another one of it is no longer waited for. After the switch
        it may be enough for the old revision to go.
        """
        revision = replica.revision
        if revision is not self._lineup.pending:
            self._look_at_leaving()
            return
        if replica.is_responsive or not replica.is_live:
            tally = revision.tally
            needed = tally.live if self._needs_all else 1
            if tally.responsive >= max(needed, 1):
                self._switch_to(revision)

    def _switch_to(self, new: Revision) -> None:
        """Give requests to `new`; the old one goes, or stays beside it if it is still of use."""
        old, stay_s = self._lineup.active, None
        may_stay = self._policy.old_goes == "at_full" and old is not None and old.tally.live
        if may_stay and not self._has_enough_threads(new):
            stay_s = self._policy.old_goes_after_s
        self._lineup.hand_over(new, replacing=old, stay_s=stay_s)

    def _has_enough_threads(self, new: Revision) -> bool:
        """Return whether `new` has the threads of the old one at the PUT, or all it may have."""
        most = new.normal.max_replicas * new.normal.thread_count
        return new.responsive_threads >= min(self._threads_at_put, most)

    def _look_at_leaving(self) -> None:
        """Let the old revision go if the new one can do without it, or nothing of it is left."""
        old, new = self._lineup.leaving, self._lineup.active
        if old is None or new is None:
            return
        if not old.tally.live or self._has_enough_threads(new):
            self._lineup.let_leave(Reason.ENOUGH_THREADS)

    def keeps(self, revision: Revision) -> bool:
        """Return whether it is one of the two; to older ones nothing is added."""
        return revision in (self._lineup.active, self._lineup.pending)

    def outlived(self, revision: Revision) -> None:
        """Keep the minimum."""
        if self.keeps(revision):
            missing = revision.normal.min_replicas - revision.tally.live
            self._lineup.request(revision, missing, Reason.BELOW_MIN)

    def arrived_at_zero(self) -> None:
        """Ask for a replica of the active revision, if it still has none."""
        active = self._lineup.active
        if active is not None and not active.tally.live:
            self._lineup.scale_from_zero(active, Reason.ARRIVED_AT_ZERO)

    @property
    def count_for_arrivals(self) -> int:
        """The live replicas of what evaluations see."""
        return sum(revision.tally.live for revision in self._lineup.scaled)

    # What the autoscaler asks for -----------------------------------------------------------

    def fleet(self, at_s: float) -> Fleet:
        """Return the replicas of the active revision."""
        return self._lineup.fleet(at_s)

    def resize(self, desired: int) -> None:
        """Change the number of replicas of the active revision."""
        if self._lineup.active is not None:
            self._lineup.resize(self._lineup.active, desired)
