"""One desired count and one target: what recreate and rolling have in common.

The *target* is the revision last aimed at; there is none that is pending. The *desired count*
belongs to the deployment: events and the autoscaler change it, and never replicas; the strategy
makes replicas follow. Source: docs/model.md, "Strategies".
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Literal

from sim.control.lineup import Lineup
from sim.control.policies.policy import Fleet
from sim.control.replica import Replica
from sim.control.revision import Revision
from sim.reasons import PutAction, Reason
from sim.scenario.models.model_version import Model
from sim.scenario.models.policies import RolloutPolicy
from sim.wire.models import RuntimeConfiguration
from sim.wire.normal import NormalConfiguration, differs_only_in_scaling, normalise
from sim.wire.replacing import Put, decide_put


class TowardTarget(ABC):
    """See `sim.control.strategies.strategy` for what each of the public methods is for.

    Attributes:
        desired: The desired count.
    """

    def __init__(self, lineup: Lineup, policy: RolloutPolicy) -> None:
        """Make the strategy of a deployment that is not there yet."""
        self.desired = 0
        self._lineup = lineup
        self._policy = policy
        self._has_switched = True
        self._successors: list[Replica] = []
        """The live ones."""
        self._predecessors: dict[int, int] = {}
        """Of which replica one is the successor, by number, for all that ever were."""
        self._settle_after_item = lineup.after_item(self._settle_if_enabled)

    # What strategies of this kind do differently --------------------------------------------

    @abstractmethod
    def _begin(self, target: Revision) -> None:
        """Begin to replace all other revisions by `target`, which has just been set."""

    @abstractmethod
    def _follow(self, target: Revision, more: Reason, fewer: Reason) -> None:
        """Make replicas follow the desired count, which has changed.

        Args:
            target: The revision that is aimed at, or is about to be.
            more: Why replicas are asked for, if any are.
            fewer: Why replicas go, if any do.
        """

    @abstractmethod
    def _settle(self, target: Revision) -> None:
        """Do what is to be done after an item that changed a replica or the desired count."""

    # What events mean -----------------------------------------------------------------------

    def meaning_of(self, wanted: NormalConfiguration) -> Put:
        """Compare with the target."""
        target = self._lineup.active
        return decide_put(
            wanted,
            active=target.normal if target else None,
            pending=None,
            scaling_only=self._policy.scaling_only,
        )

    def gives_up(self, what: Reason) -> Revision | None:  # noqa: ARG002 - none, whatever it is
        """Return None: nothing is ever pending."""
        return None

    def replaces(self, model: Model) -> bool:
        """Return whether the target has another one."""
        target = self._lineup.active
        return target is not None and target.model != model

    # What events do -------------------------------------------------------------------------

    def appeared(self, count: int) -> None:
        """Begin with that desired count."""
        self.desired = count
        self._note_desired()

    def carry_out(self, put: Put, configuration: RuntimeConfiguration) -> None:
        """Set a new target, or change the one that there is in place."""
        target = self._lineup.active
        if put is Put.ROLL_OUT:
            self.roll_out("replace")
        elif put is Put.SCALE_ACTIVE and target is not None:
            self._lineup.reconfigure(target, configuration)
            self._bring_within(target)
            if not self.desired and self._lineup.has_queued:
                self._leave_zero(target, Reason.QUEUED_AT_ZERO)

    def roll_out(self, cause: PutAction) -> None:
        """Aim at the configuration and the model that there are now."""
        lineup, old = self._lineup, self._lineup.active
        if old is None:
            return
        new = self._returning() or lineup.begin(cause)
        new.reconfigure(lineup.configuration)
        new.wanted_count = self._within(new.normal)
        lineup.supersede(old, new, cause)
        lineup.observe(cause, old, new)
        self._bring_within(new)
        lineup.aim_at(new)
        self._has_switched = False
        self._begin(new)
        self._note_switch()
        self._settle_after_item()

    def give_up(self, event: PutAction | Literal["disable"], reason: Reason) -> None:
        """Let old replicas go that serve beside the target, for the deployment is disabled."""
        for revision in self._lineup.serving:
            if revision is not self._lineup.active and event == "disable":
                self._lineup.retire(revision, reason)
        self._has_switched = True

    # What replicas and requests ask for -----------------------------------------------------

    def changed(self, replica: Replica) -> None:
        """Note who serves, and settle what follows when the item is over."""
        if replica.predecessor is not None:
            self._predecessors[replica.number] = replica.predecessor
            others = [one for one in self._successors if one is not replica]
            self._successors = [one for one in (*others, replica) if one.is_live]
        self._lineup.let_empty_go()
        self._note_switch()
        self._settle_after_item()

    def keeps(self, revision: Revision) -> bool:
        """Return whether it is the target."""
        return revision is self._lineup.active

    def outlived(self, revision: Revision) -> None:  # noqa: ARG002 - it is looked at anyway
        """Let what is missing be asked for when the item is over."""
        self._settle_after_item()

    def arrived_at_zero(self) -> None:
        """Make the desired count 1, if it still is 0."""
        target = self._lineup.active
        if target is not None and not self.desired:
            self._leave_zero(target, Reason.ARRIVED_AT_ZERO)

    @property
    def count_for_arrivals(self) -> int:
        """The desired count."""
        return self.desired

    # What the autoscaler asks for -----------------------------------------------------------

    def fleet(self, at_s: float) -> Fleet:
        """Return the replicas of all revisions; the count that may change is the desired one."""
        return replace(self._lineup.fleet(at_s), live=self.desired)

    def resize(self, desired: int) -> None:
        """Change the desired count."""
        target, fewer = self._lineup.active, Reason.SCALE_DOWN if desired else Reason.TO_ZERO
        if target is not None:
            self._set_desired(target, desired, more=Reason.SCALE_UP, fewer=fewer)

    # The desired count ----------------------------------------------------------------------

    def _within(self, bounds: NormalConfiguration) -> int:
        return min(max(self.desired, bounds.min_replicas), bounds.max_replicas)

    def _bring_within(self, target: Revision) -> None:
        """Bring the desired count within the bounds of what is aimed at, or is about to be."""
        desired = self._within(target.normal)
        self._set_desired(target, desired, more=Reason.BELOW_MIN, fewer=Reason.ABOVE_MAX)

    def _leave_zero(self, target: Revision, why: Reason) -> None:
        self._lineup.note_from_zero(why)
        self._set_desired(target, 1, more=Reason.FROM_ZERO, fewer=Reason.FROM_ZERO)

    def _set_desired(self, target: Revision, desired: int, *, more: Reason, fewer: Reason) -> None:
        if desired == self.desired:
            return
        self.desired = desired
        self._note_desired()
        self._follow(target, more, fewer)
        self._settle_after_item()

    def _note_desired(self) -> None:
        if self._lineup.active is not None:
            self._lineup.active.wanted_count = self.desired
            self._lineup.note_desired(self.desired)

    # Replicas of a revision -----------------------------------------------------------------

    def _returning(self) -> Revision | None:
        """Return a revision that still has replicas and is what is to be aimed at, None if none.

        Of equal ones the oldest. Bounds and scaling may differ if they can change in place.
        """
        lineup, wanted = self._lineup, normalise(self._lineup.configuration)
        in_place = self._policy.scaling_only == "in_place"
        for revision in lineup.serving:
            is_same = revision.normal == wanted or (
                in_place and differs_only_in_scaling(wanted, revision.normal)
            )
            is_old = revision is not lineup.active and revision.tally.live > 0
            if is_old and is_same and revision.model == lineup.model:
                return revision
        return None

    def _counted(self, revision: Revision) -> list[Replica]:
        """Return its live replicas by number, without those that have a live successor.

        Or a live successor of one: a chain of them takes one place.
        """
        succeeded: set[int] = set()
        for one in self._successors:
            earlier = self._predecessors.get(one.number) if one.is_live else None
            while earlier is not None:
                succeeded.add(earlier)
                earlier = self._predecessors.get(earlier)
        return [one for one in revision.live if one.number not in succeeded]

    def _resize(self, revision: Revision, wanted: int, more: Reason, fewer: Reason) -> None:
        """Ask for replicas of `revision`, or let some go, until it has so many.

        What is not available goes before what is, each in the order of a scale-down.
        """
        counted = self._counted(revision)
        self._lineup.request(revision, wanted - len(counted), more)
        while len(counted) > wanted:
            waiting = [one for one in counted if not one.is_available]
            self._lineup.take(waiting or counted, fewer)
            counted = self._counted(revision)

    # The end of an item ---------------------------------------------------------------------

    def _note_switch(self) -> None:
        """Note the target's first RESPONSIVE replica since it was set."""
        target = self._lineup.active
        if not self._has_switched and target is not None and target.tally.responsive:
            self._has_switched = True
            self._lineup.note_switch(target)

    def _settle_if_enabled(self) -> None:
        if self._lineup.active is not None:
            self._settle(self._lineup.active)
