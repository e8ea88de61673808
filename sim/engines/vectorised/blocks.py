"""Memory for the event loop: the arrays of one deployment's state, larger ones, and copies.

Owns shapes, nothing of what the numbers mean (`sim.engines.vectorised.eventloop`).
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.eventloop import Attempts, Ints, State
from sim.engines.vectorised.line import standing

T = TypeVar("T", bound=np.generic)

Checkpoint = tuple[np.ndarray, ...]
"""A copy of every array of a state."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much room a state has; a thread is slot x width + thread number."""

    slots: int
    width: int
    ends: int
    deadlines: int
    retries: int
    ticks: int

    @property
    def threads(self) -> int:
        """How many threads there is room for."""
        return self.slots * self.width


def empty_state(sizes: Sizes) -> State:
    """Return a state at instant 0 with no replica in any slot."""
    state = State(
        i=np.zeros(loop.I_SIZE, dtype=np.int64),
        f=np.zeros(loop.F_SIZE),
        si=np.zeros((loop.S_FIRST + 1, sizes.slots), dtype=np.int64),
        sf=np.zeros((loop.S_NEXT_AT + 1, sizes.slots)),
        ti=np.zeros((loop.T_ORDER + 1, sizes.threads), dtype=np.int64),
        tf=np.zeros((loop.T_ASKED + 1, sizes.threads)),
        line=np.zeros(sizes.threads, dtype=np.int64),
        e_at=np.zeros(sizes.ends),
        e_key=np.zeros(sizes.ends, dtype=np.int64),
        e_thread=np.zeros(sizes.ends, dtype=np.int64),
        d_at=np.zeros(sizes.deadlines),
        d_attempt=np.zeros(sizes.deadlines, dtype=np.int64),
        r_at=np.zeros(sizes.retries),
        r_key=np.zeros(sizes.retries, dtype=np.int64),
        k_seen=np.zeros((loop.K_IN_FLIGHT + 1, sizes.ticks), dtype=np.int64),
        k_last_arrival=np.zeros(sizes.ticks),
    )
    state.si[loop.S_REPLICA] = -1
    state.si[loop.S_FIRST] = np.arange(sizes.slots)
    state.ti[loop.T_SLOT] = np.arange(sizes.threads) // sizes.width
    state.sf[loop.S_NEXT_AT] = loop.NEVER_AT
    state.ti[[loop.T_ATTEMPT, loop.T_START]] = -1
    state.f[loop.LAST_ARRIVAL_AT] = np.nan
    return state


def copied(state: State) -> Checkpoint:
    """Return a checkpoint of `state`."""
    return tuple(array.copy() for array in state)


def restore(state: State, checkpoint: Checkpoint) -> None:
    """Make `state` what it was when the checkpoint, of the same sizes, was taken."""
    for array, before in zip(state, checkpoint, strict=True):
        array[...] = before


def grown(old: State, before: Sizes, after: Sizes) -> State:
    """Return a state with more room and the same content; threads are renumbered."""
    new = empty_state(after)
    for name, source, target in zip(State._fields, old, new, strict=True):
        if name in ("ti", "tf"):
            wide = target.reshape(target.shape[0], after.slots, after.width)
            narrow = source.reshape(source.shape[0], before.slots, before.width)
            wide[:, : before.slots, : before.width] = narrow
        elif name != "line":
            target[..., : source.shape[-1]] = source
    line = standing(old)
    new.i[loop.LINE_HEAD] = 0
    new.line[: line.size] = _renumbered(line, before, after)
    ends = int(old.i[loop.ENDS])
    new.e_thread[:ends] = _renumbered(old.e_thread[:ends], before, after)
    new.ti[loop.T_ORDER] = _renumbered(new.ti[loop.T_ORDER], before, after)
    _note_first_of_larger_blocks(new.si[loop.S_FIRST], before.slots)
    return new


def _note_first_of_larger_blocks(first: Ints, slots: int) -> None:
    """Put the slot that comes first of the old ones into the middles of all blocks that have them.

    The event loop fills a block's middle when a cpu phase begins or ends in it. Where slots double
    twice and nothing does so between, the next phase to begin would find there, for all the old
    slots, one on which nothing runs, and their next end would be forgotten.
    """
    middle = slots
    while middle < first.size:
        first[middle] = first[0]
        middle *= 2


def _renumbered(threads: Ints, before: Sizes, after: Sizes) -> Ints:
    return threads // before.width * after.width + threads % before.width


def empty_attempts(rows: int, changes: int) -> Attempts:
    """Return room for so many attempts, and so many changes to take back."""
    return Attempts(
        ai=np.zeros((loop.A_THREAD + 1, rows), dtype=np.int32),
        ab=np.zeros((loop.A_OUTCOME + 1, rows), dtype=np.int8),
        af=np.zeros((loop.A_RELEASED + 1, rows)),
        ui=np.zeros((loop.U_OUTCOME + 1, changes), dtype=np.int64),
        uf=np.zeros((loop.U_RELEASED + 1, changes)),
    )


def more_attempts(old: Attempts, rows: int, changes: int) -> Attempts:
    """Return the same content with room for at least so many."""
    return Attempts(
        ai=_longer(old.ai, rows),
        ab=_longer(old.ab, rows),
        af=_longer(old.af, rows),
        ui=_longer(old.ui, changes),
        uf=_longer(old.uf, changes),
    )


def _longer(old: NDArray[T], size: int) -> NDArray[T]:
    if old.shape[1] >= size:
        return old
    larger = np.zeros((old.shape[0], size), dtype=old.dtype)
    larger[:, : old.shape[1]] = old
    return larger
