"""Writing down what control does: every change once, every spell of being held back once."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from copy import copy
from dataclasses import replace
from operator import attrgetter
from typing import Final, TypeVar

from sim.control.revision import Revision
from sim.record import (
    BoundsChange,
    CapacityChange,
    ControlLog,
    Decision,
    DesiredChange,
    RevisionRecord,
    RolloutRecord,
    StatusChange,
    Transition,
)
from sim.states import DeploymentState
from sim.waiting import Freed, Need, NeverFits, Wait
from sim.wire.models import GpuType

_Change = TypeVar("_Change", CapacityChange, BoundsChange)
_CAPACITY: Final = attrgetter("responsive_threads", "responsive_millicores")
_BOUNDS: Final = attrgetter("min_replicas", "max_replicas")


class Journal:
    """The one writer of a deployment's `ControlLog`.

    A request plane may have evaluations that decide nothing between it and the present: they are
    written down when it passes them (`Autoscaler.let_pass`). So whatever is written lets it catch
    up first. Every change that control makes begins with something that is written down, or asked
    of the plane, which then catches up too: nobody has to remember it.

    Attributes:
        log: What was written down, to be read.
    """

    def __init__(self, catch_up: Callable[[], None]) -> None:
        """Begin an empty log; `catch_up` brings the request plane to the present."""
        self.log = ControlLog()
        self._catch_up = catch_up
        self._spells: dict[Hashable, int] = {}
        self._waiting: dict[int, Wait] = {}

    def on_the_way(self) -> "Journal":
        """Return a journal into the same log for what is written down while the plane catches up.

        That is what evaluations see, each at its own instant.
        """
        journal = copy(self)
        journal._catch_up = _stay  # noqa: SLF001 - of its own class
        return journal

    # Replicas and revisions -----------------------------------------------------------------

    def transition(self, transition: Transition) -> None:
        """Note that a replica changed its state."""
        self._present().transitions.append(transition)

    def got_gpu(self, replica: int, gpu_type: GpuType) -> None:
        """Note which type of GPU `replica` was granted."""
        self._present().gpu_types[replica] = gpu_type.value

    def revision(self, record: RevisionRecord) -> None:
        """Note that there is one more revision, whose record goes on to change."""
        self._present().revisions.append(record)

    def rollout(self, record: RolloutRecord) -> None:
        """Note that a rollout begins, whose record goes on to change."""
        self._present().rollouts.append(record)

    # Decisions ------------------------------------------------------------------------------

    def decided(self, decision: Decision) -> None:
        """Note a step that changed something."""
        self._present().decisions.append(decision)

    def held(self, who: Hashable, decision: Decision) -> None:
        """Note that `who` wanted to act and was held, unless for the same reason as before."""
        decisions = self._present().decisions
        place = self._spells.get(who)
        if place is not None and decisions[place].reason is decision.reason:
            return
        self.not_held(who, decision.at_s)
        self._spells[who] = len(decisions)
        decisions.append(decision)

    def not_held(self, who: Hashable, at_s: float) -> None:
        """End the spell of `who` at `at_s`, if it was in one."""
        decisions = self._present().decisions
        place = self._spells.pop(who, None)
        if place is not None:
            decisions[place] = replace(decisions[place], until_s=at_s)

    # Waits in resource queues ---------------------------------------------------------------

    def waits(self, wait: Wait) -> None:
        """Note that a replica waits in a resource queue from now on."""
        self._present().waits.append(wait)
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

    # What holds after an item ---------------------------------------------------------------

    def status(self, at_s: float, state: DeploymentState, *, is_ready: bool) -> None:
        """Note the status after an item; of several at one instant the last one counts."""
        statuses = self._present().statuses
        if statuses and statuses[-1].at_s == at_s:
            statuses.pop()
        if not statuses or (statuses[-1].state, statuses[-1].is_ready) != (state, is_ready):
            statuses.append(StatusChange(at_s, state, is_ready))

    def serving(self, at_s: float, active: Revision | None, serving: Sequence[Revision]) -> None:
        """Note what there is to serve with, and the bounds; the last at one instant.

        A disabled deployment has neither: nothing serves, and no bounds are in force.
        """
        log = self._present()
        held = (
            sum(revision.responsive_threads for revision in serving),
            sum(revision.responsive_millicores for revision in serving),
        )
        _note(log.capacity, CapacityChange, _CAPACITY, at_s, held)
        if active is not None:
            bounds = active.normal.min_replicas, active.normal.max_replicas
            _note(log.bounds, BoundsChange, _BOUNDS, at_s, bounds)

    def desired(self, at_s: float, count: int) -> None:
        """Note how many replicas there are to be from now on, after the event that says so."""
        self._present().desired.append(DesiredChange(at_s, count))

    def _present(self) -> ControlLog:
        """Return the log, to write into, when all that comes before the present stands in it."""
        self._catch_up()
        return self.log


def _stay() -> None:
    """Do not catch up."""


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
