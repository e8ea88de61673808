"""What the attempts on a replica must be told by: when it was killed and why, and when it was warm.

The log of transitions may still grow: it is read as far as it has come whenever something is asked.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.reasons import KILLS, Reason
from sim.record import Transition
from sim.results.timeline import Floats
from sim.states import ReplicaState

_DEATHS: Final = KILLS | {Reason.GRACE_OVER}

_Flags = NDArray[np.bool_]
_Numbers = NDArray[np.signedinteger]


class Lives:
    """The lives of one deployment's replicas."""

    def __init__(self, transitions: Sequence[Transition], warmup_s: float) -> None:
        """Follow `transitions`.

        Args:
            transitions: In order of time; more may be added.
            warmup_s: How long a replica is not warm after a start of it has become RESPONSIVE.
        """
        self._transitions = transitions
        self._warmup_s = warmup_s
        self._read = 0
        self._killed: dict[tuple[int, float], Reason] = {}
        self._responsive_at_s: dict[int, list[float]] = defaultdict(list)

    def killed(self, replica: int, at_s: float) -> Reason | None:
        """Return why `replica` was killed at `at_s`, None if it was not killed then."""
        self._read_on()
        return self._killed.get((replica, at_s))

    def are_killed(self, replica: _Numbers, at_s: Floats) -> _Flags:
        """Return whether each of `replica` was killed at the instant of its row, shape `(n,)`."""
        self._read_on()
        instants = np.array([killed_at_s for _, killed_at_s in self._killed], np.float64)
        found: _Flags = np.isin(at_s, instants)
        for row in np.flatnonzero(found).tolist():
            found[row] = (int(replica[row]), float(at_s[row])) in self._killed
        return found

    def are_warming(self, replica: _Numbers, at_s: Floats) -> _Flags:
        """Return whether each of `replica` was not yet warm at the instant of its row.

        It is warm from `warmup_s` after RESPONSIVE on; a recovery does not cool it down, and what
        was there when the run began is warm. Shape `(n,)`.
        """
        self._read_on()
        found = np.zeros(len(at_s), np.bool_)
        if not self._warmup_s:
            return found
        for number, rows in _by_number(replica):
            since_s = np.array([-np.inf, *self._responsive_at_s.get(number, ())])
            last_s = since_s[np.searchsorted(since_s, at_s[rows], side="right") - 1]
            found[rows] = at_s[rows] < last_s + self._warmup_s
        return found

    def _read_on(self) -> None:
        for move in self._transitions[self._read :]:
            if move.reason in _DEATHS:
                self._killed[move.replica, move.at_s] = move.reason
            elif move.after is ReplicaState.RESPONSIVE and move.reason is Reason.PROBE_PASSED:
                self._responsive_at_s[move.replica].append(move.at_s)
        self._read = len(self._transitions)


def _by_number(replica: _Numbers) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield each number in `replica`, with the rows that have it."""
    order = np.argsort(replica, kind="stable")
    numbers, begin = np.unique(replica[order], return_index=True)
    yield from zip(numbers.tolist(), np.split(order, begin[1:]), strict=False)
