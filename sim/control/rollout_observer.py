"""Following one rollout: when it switched, was full, was done, and what it waited for.

Observes only: a strategy (`sim.control.strategies`) acts. All rollouts of a deployment are in
`sim.control.rollout_observers`.
Definitions: "What comes out" in docs/model.md.
"""

from collections.abc import Sequence
from typing import Literal

from sim.control.queues import ResourceQueues
from sim.control.replica import Replica
from sim.control.revision import Revision
from sim.reasons import PutAction, Reason
from sim.record import GivenUp, RolloutRecord, WhyNot
from sim.scenario.models.strategies import StrategyKind
from sim.states import ReplicaState
from sim.waiting import Freed, Need, Stall


class RolloutObserver:
    """Sees a rollout from `old` to `new`, as it is written into its record."""

    def __init__(
        self,
        at_s: float,
        cause: PutAction,
        old: Revision,
        new: Revision,
        serving: Sequence[Revision],
        queues: ResourceQueues,
        *,
        strategy: StrategyKind,
        newest: int,
        needs_all: bool,
        stall_after_s: float,
    ) -> None:
        """Begin at the event that caused it, when requests went to `serving`.

        Args:
            at_s: The instant of that event.
            cause: What it was.
            old: The revision that is to be replaced.
            new: The one that is to serve; it may have been there before.
            serving: Those that take requests.
            queues: In which replicas wait.
            strategy: How the rollout goes.
            newest: The highest number of a revision; all up to it but `new` are old ones.
            needs_all: `new` does not switch before all of its replicas are RESPONSIVE.
            stall_after_s: From when on a wait is a stall.
        """
        self.new = new
        self._newest = newest
        self._needs_all = needs_all
        self._stall_after_s = stall_after_s
        self._queues = queues
        self._stall: Stall | None = None
        self._granted: tuple[float, Freed | None] | None = None
        self._given_up_by: GivenUp | None = None
        self._is_cut_short = False
        self._needs: tuple[Need, ...] = ()
        self.record = RolloutRecord(
            put_at_s=at_s,
            cause=cause,
            old_revision=old.number,
            new_revision=new.number,
            threads_at_put=sum(revision.responsive_threads for revision in serving),
            millicores_at_put=sum(revision.responsive_millicores for revision in serving),
            live_at_put=old.tally.live,
            strategy=strategy,
        )

    def is_old(self, revision: Revision) -> bool:
        """Return whether `revision` was there at the event and is not the new one."""
        return revision is not self.new and revision.number <= self._newest

    @property
    def is_followed(self) -> bool:
        """Whether something about it can still change."""
        return self.record.ended == "open"

    # On its way -----------------------------------------------------------------------------

    def take_note(self, at_s: float, *, old_left: bool) -> None:
        """Take note of what holds after an item; `old_left`: an old replica is left."""
        record = self.record
        if record.full_at_s is None and self.new.responsive_threads >= self._full_threads():
            record.full_at_s = at_s
        is_queueing = self.new.tally.of(ReplicaState.QUEUED) > 0
        if self._stall is not None and not is_queueing:
            self._end_stall(at_s)
        if record.gone_at_s is None and not old_left:
            record.gone_at_s = at_s
        if record.switched_at_s is None:
            return
        is_complete = record.full_at_s is not None and not is_queueing and not self._is_cut_short
        if is_complete and record.gone_at_s is not None:
            self._end(at_s, "done")
        elif self._given_up_by is not None and self.new.record.gone_at_s is not None:
            record.given_up_by = self._given_up_by
            is_disabled = self._given_up_by.reason is Reason.DISABLED
            self._end(at_s, "cancelled" if is_disabled else "superseded")

    def switched(self, at_s: float) -> None:
        """Note the switch-over; who is still in line now waits for somebody else."""
        self.record.switched_at_s = at_s
        if self._stall is not None:
            self._end_stall(at_s)
        after_s = self._stall_after_s
        overdue = [r for r in self.new.queued if r.requested_at_s + after_s <= at_s]
        if overdue:
            self._begin_stall(at_s, overdue[0])

    def stalled(self, replica: Replica) -> None:
        """Note that `replica`, of the new revision, is still QUEUED after `stall_after`."""
        if self._stall is None:
            since_s = replica.requested_at_s
            if self.record.switched_at_s is not None:
                since_s = max(since_s, self.record.switched_at_s)
            self._begin_stall(since_s, replica)

    def failed(self, reason: Reason) -> None:
        """Note that a replica of the new revision fell into STARTING_ERROR."""
        if self.record.switched_at_s is None:
            count = self.record.failed_starts.get(reason, 0)
            self.record.failed_starts[reason] = count + 1

    def granted(self, at_s: float, freed_by: Freed | None) -> None:
        """Note a grant to the new revision, and what made it possible."""
        self._granted = at_s, freed_by

    # Its end --------------------------------------------------------------------------------

    def replaced(self, by: GivenUp) -> None:
        """Note that the new revision is to go: a rollout that has switched ends when that is gone.

        Who of it still waits or starts is withdrawn: it can become done only if it had all.
        """
        if self.record.switched_at_s is None:
            self.give_up("cancelled", by)  # a disable: a revision that is not active is given up
            return
        self._given_up_by = by
        is_queueing = self.new.tally.of(ReplicaState.QUEUED) > 0
        self._is_cut_short = is_queueing or self.record.full_at_s is None

    def give_up(self, how: Literal["superseded", "cancelled"], by: GivenUp) -> None:
        """Note that it was given up before it was done; its replicas are still there."""
        self.record.given_up_by = by
        self._judge(Reason.GIVEN_UP_EARLY)
        self._end(by.at_s, how)

    def at_horizon(self) -> None:
        """Note what is left of it when the run ends."""
        queued = self.new.queued
        if queued:
            self.stalled(queued[0])
        self._judge(Reason.STILL_STARTING)

    def finish(self) -> None:
        """Strike out, when all limits of the run are known, what is said of what can never fit.

        That is no stall, and never a deadlock.
        """
        record = self.record
        record.never_fits = self._queues.never_fits(self._needs)
        if record.never_fits is not None:
            record.stalls.clear()
            if record.why_not_switched is not None:
                cause = record.why_not_switched.cause
                record.why_not_switched = WhyNot(Reason.NEVER_FITS, cause)

    def _end(self, at_s: float, how: Literal["done", "superseded", "cancelled"]) -> None:
        self.record.ended = how
        self.record.ended_at_s = at_s
        if self._stall is not None:
            self._end_stall(at_s)

    # Why it did not switch ------------------------------------------------------------------

    def _judge(self, otherwise: Reason) -> None:
        """Say why it has not switched, and whether its stall is a deadlock."""
        if self.record.switched_at_s is not None:
            return
        queued = self.new.queued
        self.record.why_not_switched = self._why_not(queued, otherwise)
        if queued and queued[0].start_request is not None:
            self._needs = queued[0].start_request.asker.needs
        if self._stall is not None and self._needs_the_queued:
            self._stall.is_deadlocked = self._is_deadlocked(queued[0])

    @property
    def _needs_the_queued(self) -> bool:
        """Whether it cannot switch before one of its QUEUED replicas is granted."""
        tally = self.new.tally
        queued = tally.of(ReplicaState.QUEUED)
        if self._needs_all:
            return queued > 0
        return queued == tally.live > 0

    def _why_not(self, queued: list[Replica], otherwise: Reason) -> WhyNot:
        is_starting = any(not replica.has_failed for replica in self.new.starting)
        if self.record.failed_starts and not is_starting:
            return WhyNot(Reason.STARTS_FAILED)
        if self._needs_the_queued and queued[0].start_request is not None:
            request = queued[0].start_request
            _queue, holders = self._queues.holders(request)
            return WhyNot(Reason.STILL_IN_LINE, self._queues.cause(request), holders)
        return WhyNot(otherwise)

    def _is_deadlocked(self, replica: Replica) -> bool:
        """Return whether `replica` would start if all older revisions were gone, and only then.

        What drains goes by itself: if that is enough, it is no deadlock.
        """
        request, new = replica.start_request, self.new
        if request is None:
            return False
        others = new.roster.others(new.number)
        all_of_them = [r.start_request for r in others if r.start_request is not None]
        draining = [r for r in all_of_them if r.owner.state is ReplicaState.DECOMMISSIONED]
        return self._queues.would_start(request, without=all_of_them) and not (
            self._queues.would_start(request, without=draining)
        )

    # Parts ----------------------------------------------------------------------------------

    def _full_threads(self) -> int:
        wanted = self.new.wanted_count * self.new.normal.thread_count
        at_put = self.record.threads_at_put
        return max(min(at_put, wanted) if at_put else wanted, 1)

    def _begin_stall(self, since_s: float, replica: Replica) -> None:
        request = replica.start_request
        if request is None:
            return
        resource, holders = self._queues.holders(request)
        self._stall = Stall(since_s, resource, holders, cause=self._queues.cause(request))
        self.record.stalls.append(self._stall)

    def _end_stall(self, at_s: float) -> None:
        """End the stall; one that began at this instant too was none."""
        stall, self._stall = self._stall, None
        if stall is None:
            return
        stalls = self.record.stalls
        if stall.since_s == at_s:
            stalls.pop()
            if not stalls or stalls[-1].until_s != at_s:
                return
            stall = stalls[-1]
        stall.until_s = at_s
        if self._granted is not None and self._granted[0] == at_s:
            stall.freed_by = self._granted[1]
