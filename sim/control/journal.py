"""Writing down what control does: every change once, every spell of being held back once."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final, TypeVar

from sim.control.revision import Revision
from sim.record import (
    BoundsChange,
    CapacityChange,
    ControlLog,
    Decision,
    StatusChange,
    Transition,
)
from sim.states import DeploymentState
from sim.waiting import Freed, Need, NeverFits, Wait

_Change = TypeVar("_Change", CapacityChange, BoundsChange)
_CAPACITY: Final = attrgetter("responsive_threads", "responsive_millicores")
_BOUNDS: Final = attrgetter("min_replicas", "max_replicas")


class Journal:
    """The one writer of a deployment's `ControlLog`."""

    def __init__(self) -> None:
        """Begin an empty log."""
        self.log = ControlLog()
        self._spells: dict[Hashable, int] = {}
        self._waiting: dict[int, Wait] = {}

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

    def waits(self, wait: Wait) -> None:
        """Note that a replica waits in a resource queue from now on."""
        self.log.waits.append(wait)
        self._waiting[wait.asker.replica] = wait

    def granted(self, replica: int, at_s: float, freed_by: Freed | None) -> None:
        """End the wait of `replica`, if it waits, with a grant that `freed_by` made possible."""
        wait = self._waiting.pop(replica, None)
        if wait is not None:
            wait.until_s, wait.ended, wait.freed_by = at_s, "granted", freed_by

    def withdrawn(self, replica: int, at_s: float) -> None:
        """End the wait of `replica`, if it waits, without a grant."""
        wait = self._waiting.pop(replica, None)
        if wait is not None:
            wait.until_s, wait.ended = at_s, "withdrawn"

    def judge(self, never_fits: Callable[[Iterable[Need]], NeverFits | None]) -> None:
        """Note which waits were for what can never fit, when all limits of the run are known."""
        for wait in self.log.waits:
            wait.judge(never_fits)

    def status(self, at_s: float, state: DeploymentState, *, is_ready: bool) -> None:
        """Note the status after an item; of several at one instant the last one counts."""
        statuses = self.log.statuses
        if statuses and statuses[-1].at_s == at_s:
            statuses.pop()
        if not statuses or (statuses[-1].state, statuses[-1].is_ready) != (state, is_ready):
            statuses.append(StatusChange(at_s, state, is_ready))

    def serving(self, at_s: float, active: Revision | None, serving: Sequence[Revision]) -> None:
        """Note what there is to serve with, and the bounds; the last at one instant.

        A disabled deployment has neither: nothing serves, and no bounds are in force.
        """
        held = (
            sum(revision.responsive_threads for revision in serving),
            sum(revision.responsive_millicores for revision in serving),
        )
        _note(self.log.capacity, CapacityChange, _CAPACITY, at_s, held)
        if active is not None:
            bounds = active.normal.min_replicas, active.normal.max_replicas
            _note(self.log.bounds, BoundsChange, _BOUNDS, at_s, bounds)


def _note(
    changes: list[_Change],
    kind: Callable[[float, int, int], _Change],
    read: Callable[[_Change], tuple[int, int]],
    at_s: float,
    values: tuple[int, int],
) -> None:
    """Add a change to `values` unless they hold already; of several at one instant the last one."""
    if changes and changes[-1].at_s == at_s:
        changes.pop()
    if not changes or read(changes[-1]) != values:
        changes.append(kind(at_s, *values))
