"""Writing down what control does: every change once, every spell of being held back once."""

from collections.abc import Hashable
from dataclasses import replace

from sim.record import CapacityChange, ControlLog, Decision, StatusChange, Transition
from sim.states import DeploymentState


class Journal:
    """The one writer of a deployment's `ControlLog`."""

    def __init__(self) -> None:
        """Begin an empty log."""
        self.log = ControlLog()
        self._spells: dict[Hashable, int] = {}

    def transition(self, transition: Transition) -> None:
        """Note that a replica changed its state."""
        self.log.transitions.append(transition)

    def decided(self, decision: Decision) -> None:
        """Note a step that changed something."""
        self.log.decisions.append(decision)

    def held(self, who: Hashable, decision: Decision) -> None:
        """Note that `who` wanted to act and was held, unless for the same reason as before."""
        place = self._spells.get(who)
        if place is not None and self.log.decisions[place].reason is decision.reason:
            return
        self.not_held(who, decision.at_s)
        self._spells[who] = len(self.log.decisions)
        self.decided(decision)

    def not_held(self, who: Hashable, at_s: float) -> None:
        """End the spell of `who` at `at_s`, if it was in one."""
        place = self._spells.pop(who, None)
        if place is not None:
            decisions = self.log.decisions
            decisions[place] = replace(decisions[place], until_s=at_s)

    def status(self, at_s: float, state: DeploymentState, *, is_ready: bool) -> None:
        """Note the status after an item; of several at one instant the last one counts."""
        statuses = self.log.statuses
        if statuses and statuses[-1].at_s == at_s:
            statuses.pop()
        if not statuses or (statuses[-1].state, statuses[-1].is_ready) != (state, is_ready):
            statuses.append(StatusChange(at_s, state, is_ready))

    def capacity(self, at_s: float, threads: int, millicores: int) -> None:
        """Note what the active revision can serve with; the last at one instant counts."""
        changes = self.log.capacity
        if changes and changes[-1].at_s == at_s:
            changes.pop()
        last = changes[-1] if changes else None
        if last is None or (last.responsive_threads, last.responsive_millicores) != (
            threads,
            millicores,
        ):
            changes.append(CapacityChange(at_s, threads, millicores))
