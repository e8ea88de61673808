"""The rollouts of one deployment: who is told what about which of them."""

from collections.abc import Sequence

from sim.control.replica import Replica
from sim.control.revision import Revision
from sim.control.rollout_observer import RolloutObserver
from sim.reasons import Reason
from sim.record import GivenUp
from sim.states import ReplicaState


class RolloutObservers:
    """All rollouts, and those about which something can still change."""

    def __init__(self) -> None:
        """Make it empty."""
        self._all: list[RolloutObserver] = []
        self._followed: list[RolloutObserver] = []

    def begin(self, rollout: RolloutObserver) -> None:
        """Follow one more."""
        self._all.append(rollout)
        self._followed.append(rollout)

    def give_up(self, new: Revision, by: GivenUp) -> None:
        """Note that the rollout to `new` is given up, if it is not over."""
        for rollout in self._to(new):
            rollout.give_up("superseded" if by.reason is Reason.SUPERSEDED else "cancelled", by)

    def replaced(self, old: Revision, new: Revision) -> None:
        """Note that `old` is to go, because `new` takes over."""
        for successor in self._to(new):
            record = successor.record
            event = GivenUp(record.put_at_s, record.cause, Reason.SWITCHED, new.number)
            for rollout in self._to(old):
                rollout.replaced(event)

    def disabled(self, at_s: float, active: Revision) -> None:
        """Note that `active` is to go, because the deployment is disabled."""
        for rollout in self._to(active):
            rollout.replaced(GivenUp(at_s, "disable", Reason.DISABLED))

    def switched(self, at_s: float, new: Revision) -> None:
        """Note that `new` has become active."""
        for rollout in self._to(new):
            rollout.switched(at_s)

    def overdue(self, at_s: float, new: Revision) -> bool:
        """Note that the rollout to `new` makes no progress; return whether that is news."""
        rollouts = [one for one in self._to(new) if one.record.progress_exceeded_at_s is None]
        for rollout in rollouts:
            rollout.record.progress_exceeded_at_s = at_s
        return bool(rollouts)

    def stalled(self, replica: Replica) -> None:
        """Note that `replica` is still QUEUED after `stall_after`."""
        for rollout in self._to(replica.revision):
            rollout.stalled(replica)

    def changed(
        self, at_s: float, replica: Replica, before: ReplicaState | None, reason: Reason
    ) -> None:
        """Note that `replica` left `before`: because it was granted, or because a start failed."""
        request = replica.start_request
        for rollout in self._to(replica.revision):
            if replica.state is ReplicaState.STARTING_ERROR:
                rollout.failed(reason)
            elif before is ReplicaState.QUEUED and request is not None and request.is_granted:
                rollout.granted(at_s, request.freed_by)

    def take_note(self, at_s: float, revisions: Sequence[Revision]) -> None:
        """Note what holds after an item; `revisions` are those that are not gone."""
        for rollout in self._followed:
            old_left = any(rollout.is_old(revision) for revision in revisions)
            rollout.take_note(at_s, old_left=old_left)
        self._followed = [rollout for rollout in self._followed if rollout.is_followed]

    def at_horizon(self) -> None:
        """Note what is in line when the run ends, and what was asked for that can never fit."""
        for rollout in self._followed:
            rollout.at_horizon()
        for rollout in self._all:
            rollout.finish()

    def _to(self, new: Revision) -> list[RolloutObserver]:
        return [rollout for rollout in self._followed if rollout.new is new and rollout.is_followed]
