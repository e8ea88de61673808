"""Rolling: new replicas take the place of old ones step by step, within two limits.

Source: Kubernetes 1.28, Deployment controller, strategy RollingUpdate (`reconcileNewReplicaSet`,
`reconcileOldReplicaSets`, `cleanupUnhealthyReplicas`, `scaleDownOldReplicaSetsForRollingUpdate`,
`scale`, `ResolveFenceposts`). Where docs/model.md differs from it, it says so.
"""

from collections import Counter

from typing_extensions import override

from sim.control.lineup import Lineup
from sim.control.revision import Revision
from sim.control.strategies.sharing import Share, shared
from sim.control.strategies.toward_target import TowardTarget
from sim.reasons import Reason
from sim.scenario.models.policies import RolloutPolicy
from sim.scenario.models.strategies import RollingStrategy


class Rolling(TowardTarget):
    """See `sim.control.strategies.strategy` for what each of the public methods is for."""

    def __init__(self, lineup: Lineup, policy: RolloutPolicy) -> None:
        """Make the strategy of a deployment that is not there yet.

        Raises:
            TypeError: The policy's strategy is another one.
        """
        super().__init__(lineup, policy)
        if not isinstance(policy.strategy, RollingStrategy):
            raise TypeError(f"rolling is asked for, and the settings are of {policy.strategy.kind}")
        self._settings = policy.strategy
        self._is_rolling = False
        self._most: dict[int, int] = {}
        """By revision: desired count and surge when its size was last changed, or shared."""
        self._sizes: dict[int, int] = {}
        """By revision: its size when progress was last looked at."""
        self._highest = (0, 0)
        """The most live and the most available replicas that the target has had."""

    # The limits -----------------------------------------------------------------------------

    @property
    def _most_live(self) -> int:
        """How many replicas of all revisions may be live."""
        return self.desired + self._settings.limits(self.desired)[0]

    @property
    def _least_available(self) -> int:
        """How many replicas of all revisions the steps leave available."""
        return self.desired - self._settings.limits(self.desired)[1]

    # Beginning and end ----------------------------------------------------------------------

    @override
    def appeared(self, count: int) -> None:
        """Begin with that desired count, and no rollout."""
        super().appeared(count)
        self._is_rolling = False
        if self._lineup.active is not None:
            self._most = {self._lineup.active.number: self._most_live}

    @override
    def _begin(self, target: Revision) -> None:
        self._is_rolling = True
        self._most.setdefault(target.number, self._most_live)
        self._sizes = {revision.number: self._size(revision) for revision in self._lineup.serving}
        self._highest = self._size(target), self._available(target)
        self._lineup.expect_progress(self._settings.progress_deadline_s)

    # Sharing --------------------------------------------------------------------------------

    @override
    def _follow(self, target: Revision, more: Reason, fewer: Reason) -> None:
        """Share a change of the desired count among the revisions that have replicas.

        One alone gets all of it, be it an old one; where there is none, the target does.
        """
        there = {one.number: one for one in self._lineup.serving if one.tally.live}
        if len(there) > 1:
            shares = [Share(n, self._size(one), self._most[n]) for n, one in there.items()]
            for number, size in shared(shares, self._most_live if self.desired else 0):
                self._resize(there[number], size, more, fewer)
        else:
            (alone,) = there.values() or (target,)
            there[alone.number] = alone
            self._resize(alone, self.desired, more, fewer)
        self._most |= dict.fromkeys(there, self._most_live)

    # Steps ----------------------------------------------------------------------------------

    @override
    def _settle(self, target: Revision) -> None:
        """Take steps until none changes anything, and look for progress."""
        changes: Counter[int] = Counter()
        while self._step(target, changes):
            pass
        if not self._is_rolling:
            return
        if changes:
            words = ", ".join(f"revision {n} {by:+d}" for n, by in sorted(changes.items()))
            self._lineup.note_step("roll", Reason.STEP, words)
        self._look_for_progress(target)

    def _step(self, target: Revision, changes: Counter[int]) -> bool:
        """Take the first step that changes something, and return whether there is one."""
        size = self._size(target)
        old = [one for one in self._lineup.serving if one is not target and one.tally.live]
        live = size + sum(self._size(one) for one in old)
        if size > self.desired:
            self._change(target, self.desired - size, changes)
        elif size < self.desired and live < self._most_live:
            self._change(target, min(self.desired - size, self._most_live - live), changes)
        else:
            return bool(old) and self._take_old(target, old, live, changes)
        return True

    def _take_old(
        self, target: Revision, old: list[Revision], live: int, changes: Counter[int]
    ) -> bool:
        """Take what is not available, then what the limit allows; return whether anything was.

        A new replica that is not available yet counts as missing, however many there are.
        """
        new_available = self._available(target)
        left = live - self._least_available - (self._size(target) - new_available)
        available = {one.number: self._available(one) for one in old}
        spare = new_available + sum(available.values()) - self._least_available
        taken = False
        for one in old:
            count = min(self._size(one) - available[one.number], left)
            if count > 0:
                self._change(one, -count, changes)
                left, taken = left - count, True
        for one in old:
            count = min(self._size(one), left, spare)
            if count > 0:
                self._change(one, -count, changes)
                left, spare, taken = left - count, spare - count, True
        return taken

    def _change(self, revision: Revision, by: int, changes: Counter[int]) -> None:
        more = Reason.ROLLOUT if self._is_rolling else Reason.BELOW_DESIRED
        self._resize(revision, self._size(revision) + by, more, Reason.ROLLED)
        self._most[revision.number] = self._most_live
        changes[revision.number] += by

    # Progress -------------------------------------------------------------------------------

    def _look_for_progress(self, target: Revision) -> None:
        """Wait for the deadline anew if there is progress, and no more when all is done.

        Progress is a new highest count of the target, live or available, or a replica less of an
        old revision.
        """
        sizes = {one.number: self._size(one) for one in self._lineup.serving}
        size, available = sizes.pop(target.number), self._available(target)
        if size == available == self.desired and not any(sizes.values()):
            self._is_rolling = False
            self._lineup.expect_progress(None)
            return
        before = self._highest
        self._highest = max(before[0], size), max(before[1], available)
        is_less = any(
            sizes.get(number, 0) < earlier
            for number, earlier in self._sizes.items()
            if number != target.number
        )
        self._sizes = sizes
        if is_less or self._highest != before:
            self._lineup.expect_progress(self._settings.progress_deadline_s)

    # Counts ---------------------------------------------------------------------------------

    def _size(self, revision: Revision) -> int:
        """Return how many live replicas count of `revision`."""
        return len(self._counted(revision)) if self._successors else revision.tally.live

    def _available(self, revision: Revision) -> int:
        """Return how many of these are available."""
        if not self._successors and not self._settings.min_ready_s:
            return revision.tally.responsive
        return sum(replica.is_available for replica in self._counted(revision))
