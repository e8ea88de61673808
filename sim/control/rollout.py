"""Following one rollout: when it switched, was full, was done, and what it waited for.

Observes only; `sim.control.deployment` acts. Definitions: model section 8 in docs/model.md.
"""

from collections.abc import Sequence
from typing import Literal

from sim.control.queues import ResourceQueues
from sim.control.replica import Replica
from sim.control.revision import Revision
from sim.record import RolloutRecord, Stall
from sim.states import ReplicaState


class Rollout:
    """A rollout from `old` to `new`, as it is written into its record."""

    def __init__(
        self,
        at_s: float,
        cause: Literal["replace", "publish"],
        old: Revision,
        new: Revision,
        queues: ResourceQueues,
    ) -> None:
        """Begin at the event that caused it."""
        self.old = old
        self.new = new
        self._queues = queues
        self._stall: Stall | None = None
        self.record = RolloutRecord(
            put_at_s=at_s,
            cause=cause,
            old_revision=old.number,
            new_revision=new.number,
            threads_at_put=old.responsive_threads,
            millicores_at_put=old.responsive_millicores,
        )

    @property
    def is_followed(self) -> bool:
        """Whether something about it can still change."""
        return self.record.ended == "open"

    def look(self, at_s: float, *, older_left: bool) -> None:
        """Take note of what holds after an item; `older_left`: an older replica is left."""
        record = self.record
        if record.full_at_s is None and self.new.responsive_threads >= self._full_threads():
            record.full_at_s = at_s
        is_queueing = self.new.tally.of(ReplicaState.QUEUED) > 0
        if self._stall is not None and not is_queueing:
            self._end_stall(at_s)
        if record.switched_at_s is None:
            return
        if record.gone_at_s is None and not older_left:
            record.gone_at_s = at_s
        if record.full_at_s is not None and record.gone_at_s is not None and not is_queueing:
            self.end(at_s, "done")

    def switched(self, at_s: float, stall_after_s: float) -> None:
        """Note the switch-over; who is still in line now waits for somebody else."""
        self.record.switched_at_s = at_s
        if self._stall is not None:
            self._end_stall(at_s)
        overdue = [r for r in self.new.queued if r.requested_at_s + stall_after_s <= at_s]
        if overdue:
            self._begin_stall(at_s, overdue[0])

    def stalled(self, replica: Replica) -> None:
        """Note that `replica`, of the new revision, is still QUEUED after `stall_after`."""
        if self._stall is None:
            since_s = replica.requested_at_s
            if self.record.switched_at_s is not None:
                since_s = max(since_s, self.record.switched_at_s)
            self._begin_stall(since_s, replica)

    def end(self, at_s: float, how: Literal["done", "superseded", "cancelled"]) -> None:
        """Note that it is over."""
        self.record.ended = how
        self.record.ended_at_s = at_s
        if self._stall is not None:
            self._end_stall(at_s)

    def at_horizon(self) -> None:
        """Note the stall of those that are in line when the run ends."""
        queued = self.new.queued
        if self.is_followed and queued:
            self.stalled(queued[0])

    def _full_threads(self) -> int:
        wanted = self.new.wanted_count * self.new.normal.thread_count
        at_put = self.record.threads_at_put
        return max(min(at_put, wanted) if at_put else wanted, 1)

    def _begin_stall(self, since_s: float, replica: Replica) -> None:
        if replica.start_request is None:
            return
        resource, holders = self._queues.holders(replica.start_request)
        is_deadlocked = self.record.switched_at_s is None and all(
            (holder.deployment, holder.revision) == (replica.deployment_name, self.old.number)
            for holder in holders
        )
        self._stall = Stall(since_s, resource, holders, is_deadlocked=is_deadlocked)
        self.record.stalls.append(self._stall)

    def _end_stall(self, at_s: float) -> None:
        if self._stall is not None:
            self._stall.until_s = at_s
            self._stall = None


class Rollouts:
    """The rollouts of one deployment about which something can still change."""

    def __init__(self, stall_after_s: float) -> None:
        """Make it empty."""
        self._stall_after_s = stall_after_s
        self._followed: list[Rollout] = []

    def begin(self, rollout: Rollout) -> None:
        """Follow one more."""
        self._followed.append(rollout)

    def end(self, at_s: float, new: Revision, how: Literal["superseded", "cancelled"]) -> None:
        """Note that the rollout to `new` was given up."""
        for rollout in self._to(new):
            rollout.end(at_s, how)

    def switched(self, at_s: float, new: Revision) -> None:
        """Note that `new` has become active."""
        for rollout in self._to(new):
            rollout.switched(at_s, self._stall_after_s)

    def stalled(self, replica: Replica) -> None:
        """Note that `replica` is still QUEUED after `stall_after`."""
        for rollout in self._to(replica.revision):
            rollout.stalled(replica)

    def look(self, at_s: float, revisions: Sequence[Revision]) -> None:
        """Note what holds after an item; `revisions` are those that are not gone."""
        for rollout in self._followed:
            older_left = any(revision.number < rollout.new.number for revision in revisions)
            rollout.look(at_s, older_left=older_left)
        self._followed = [rollout for rollout in self._followed if rollout.is_followed]

    def at_horizon(self) -> None:
        """Note what is in line when the run ends."""
        for rollout in self._followed:
            rollout.at_horizon()

    def _to(self, new: Revision) -> list[Rollout]:
        return [rollout for rollout in self._followed if rollout.new is new and rollout.is_followed]
