"""Recreate: all old replicas go, and when the last of them is gone the new ones are asked for.

Source: Kubernetes, "Deployments", strategy Recreate; that draining replicas are waited for, what
zero means and what happens meanwhile is in docs/model.md.
"""

from typing_extensions import override

from sim.control.lineup import Lineup
from sim.control.revision import Revision
from sim.control.strategies.toward_target import TowardTarget
from sim.reasons import PutAction, Reason
from sim.scenario.models.policies import RolloutPolicy


class Recreate(TowardTarget):
    """See `sim.control.strategies.strategy` for what each of the public methods is for.

    The desired count is never 0 while old replicas are waited for: those that are not gone have
    something in flight, and the last replica goes only when nothing is.
    """

    def __init__(self, lineup: Lineup, policy: RolloutPolicy) -> None:
        """Make the strategy of a deployment that is not there yet."""
        super().__init__(lineup, policy)
        self._is_waiting = False

    @override
    def appeared(self, count: int) -> None:
        """Wait for nobody: a start asks at once, whatever still drains."""
        self._is_waiting = False
        super().appeared(count)

    @override
    def roll_out(self, cause: PutAction) -> None:
        """Let all other replicas go, and wait until they are gone."""
        self._is_waiting = True
        super().roll_out(cause)

    @override
    def keeps(self, revision: Revision) -> bool:
        """Return whether it is the target, and nobody is waited for."""
        return not self._is_waiting and super().keeps(revision)

    @override
    def _begin(self, target: Revision) -> None:
        for revision in self._lineup.serving:
            if revision is not target:
                self._lineup.retire(revision, Reason.RECREATED)

    @override
    def _follow(self, target: Revision, more: Reason, fewer: Reason) -> None:
        """Let the target have as many, unless it is still to ask."""
        if not self._is_waiting:
            self._resize(target, self.desired, more, fewer)

    @override
    def _settle(self, target: Revision) -> None:
        """Ask for the new replicas when the last old one is gone; replace one that outlived."""
        if self._is_waiting and not self._lineup.others_left:
            self._is_waiting = False
            words = f"revision {target.number} asks for its replicas: {Reason.ALL_GONE.words}"
            self._lineup.note_step("recreate", Reason.ALL_GONE, words)
            self._resize(target, self.desired, Reason.ROLLOUT, Reason.ABOVE_MAX)
        elif not self._is_waiting:
            self._resize(target, self.desired, Reason.BELOW_DESIRED, Reason.ABOVE_MAX)
