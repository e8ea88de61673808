"""The replicas of one deployment as columns, by number: what control asks of many of them at once.

A `Replica` lives its own life and is a view of its row here. Control looks at its replicas after
every item that changed one, so how many of a revision are in each state is counted when they
change state; only who they are is searched for.
"""

import math
from array import array
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from sim.states import LIVE, STARTING_UP, ReplicaState

if TYPE_CHECKING:
    from sim.control.replica import Replica

_STATES: Final = tuple(ReplicaState)
_IS_LIVE: Final = tuple(state in LIVE for state in _STATES)
_STARTING_UP: Final = tuple(state.code for state in STARTING_UP)
_RESPONSIVE: Final = ReplicaState.RESPONSIVE.code
_UNRESPONSIVE: Final = ReplicaState.UNRESPONSIVE.code
_DECOMMISSIONED: Final = ReplicaState.DECOMMISSIONED.code


class Tally:
    """How many replicas of one revision are in each state; `live` counts what the bounds count.

    `opened_at_s` is the last instant at which one of them began to take requests.
    """

    __slots__ = ("_counts", "live", "opened_at_s")

    def __init__(self) -> None:
        """Count none."""
        self._counts = [0] * len(_STATES)
        self.live = 0
        self.opened_at_s = -math.inf

    def change(self, code: int, by: int) -> None:
        """Count so many more in the state with `code`."""
        self._counts[code] += by
        if _IS_LIVE[code]:
            self.live += by

    def of(self, state: ReplicaState) -> int:
        """Return how many are in `state`."""
        return self._counts[state.code]

    @property
    def responsive(self) -> int:
        """How many are RESPONSIVE."""
        return self._counts[_RESPONSIVE]

    @property
    def starting(self) -> int:
        """How many the platform shows as Starting."""
        return sum(self._counts[code] for code in _STARTING_UP)

    @property
    def left(self) -> int:
        """How many are not DELETED."""
        return self.live + self._counts[_DECOMMISSIONED]


class Roster:
    """Every replica that a deployment has ever had: its revision, its state and since when, ..."""

    def __init__(self) -> None:
        """Make it empty."""
        self.replicas: list[Replica] = []
        self._revision = array("i")
        self._state = array("b")
        self._entered_at_s = array("d")
        self._requested_at_s = array("d")
        self._opened_at_s = array("d")
        self._failed_starts = array("i")
        self._tallies: list[Tally] = []
        self.total = Tally()
        """The counts of all revisions together."""

    # One replica ----------------------------------------------------------------------------

    def add(self, replica: "Replica", revision: int, at_s: float) -> None:
        """Add the next replica, QUEUED, of `revision`, requested at `at_s`."""
        self.replicas.append(replica)
        self._revision.append(revision)
        self._state.append(ReplicaState.QUEUED.code)
        self._entered_at_s.append(at_s)
        self._requested_at_s.append(at_s)
        self._opened_at_s.append(math.inf)
        self._failed_starts.append(0)
        for tally in (self.tally(revision), self.total):
            tally.change(ReplicaState.QUEUED.code, 1)

    def enter(self, number: int, state: ReplicaState, at_s: float) -> None:
        """Let a replica be in `state` from `at_s` on."""
        for tally in (self._tallies[self._revision[number]], self.total):
            tally.change(self._state[number], -1)
            tally.change(state.code, 1)
        self._state[number] = state.code
        self._entered_at_s[number] = at_s

    def open(self, number: int, at_s: float) -> None:
        """Let a replica take requests, for the first time or again, from `at_s` on."""
        self._opened_at_s[number] = at_s
        self._tallies[self._revision[number]].opened_at_s = at_s

    def note_start(self, number: int, *, failed: bool) -> None:
        """Count one more failed start of a replica in a row, or none any more."""
        self._failed_starts[number] = self._failed_starts[number] + 1 if failed else 0

    def has_failed(self, number: int) -> bool:
        """Return whether the last start of a replica that came to an end failed."""
        return self._failed_starts[number] > 0

    def state(self, number: int) -> ReplicaState:
        """Return the state of a replica."""
        return _STATES[self._state[number]]

    def is_live(self, number: int) -> bool:
        """Return whether the bounds count a replica."""
        return _IS_LIVE[self._state[number]]

    def entered_at_s(self, number: int) -> float:
        """Return since when a replica has been in its state."""
        return self._entered_at_s[number]

    def requested_at_s(self, number: int) -> float:
        """Return when a replica was requested."""
        return self._requested_at_s[number]

    # Those of a revision --------------------------------------------------------------------

    def tally(self, revision: int) -> Tally:
        """Return how many replicas of `revision` are in each state, now and from now on."""
        while revision >= len(self._tallies):
            self._tallies.append(Tally())
        return self._tallies[revision]

    def find(self, revision: int, states: Collection[ReplicaState]) -> list["Replica"]:
        """Return the replicas of `revision` that are in one of `states`, by number."""
        return [self.replicas[number] for number in self._rows(revision, states).tolist()]

    def others(self, revision: int) -> list["Replica"]:
        """Return the replicas of all revisions but one that are not DELETED, by number."""
        if not self.replicas:
            return []
        is_other = np.frombuffer(self._revision, np.intc) != revision
        is_there = np.frombuffer(self._state, np.int8) != ReplicaState.DELETED.code
        return [self.replicas[number] for number in np.flatnonzero(is_other & is_there).tolist()]

    def are_failing(self, revision: int, failed_after: int) -> bool:
        """Return whether all live replicas of `revision` are UNRESPONSIVE or fail to start.

        They fail to start when `failed_after` starts in a row have failed.
        """
        rows = self._rows(revision, LIVE)
        states = np.frombuffer(self._state, np.int8)[rows]
        failed_starts = np.frombuffer(self._failed_starts, np.intc)[rows]
        is_failing = (states == _UNRESPONSIVE) | (failed_starts >= failed_after)
        return bool(is_failing.all())

    def newest_at_s(self, revision: int) -> float | None:
        """Return when the newest live replica of `revision` was requested, None without one."""
        rows = self._rows(revision, LIVE)
        return self._requested_at_s[rows[-1]] if rows.size else None

    def just_opened(self, revision: int, at_s: float) -> int:
        """Return how many RESPONSIVE replicas of `revision` took no request before `at_s`."""
        if self.tally(revision).opened_at_s < at_s:
            return 0
        rows = self._rows(revision, {ReplicaState.RESPONSIVE})
        return int(np.count_nonzero(np.frombuffer(self._opened_at_s)[rows] >= at_s))

    def _rows(self, revision: int, states: Collection[ReplicaState]) -> NDArray[np.intp]:
        """Return the numbers of the replicas of `revision` in one of `states`, ascending."""
        if not self.replicas:
            return np.empty(0, np.intp)
        is_wanted = np.array([state in states for state in _STATES])
        is_own = np.frombuffer(self._revision, np.intc) == revision
        return np.flatnonzero(is_own & is_wanted[np.frombuffer(self._state, np.int8)])
