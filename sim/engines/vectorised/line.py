"""The line of idle threads: who stands in it, and how threads that become available join it."""

import numpy as np

from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.eventloop import Given, Ints, State


def standing(s: State) -> Ints:
    """Return the threads in the line, from its head on."""
    places = (s.i[loop.LINE_HEAD] + np.arange(s.i[loop.LINE_LENGTH])) % max(s.line.size, 1)
    threads: Ints = s.line[places]
    return threads


def join(s: State, g: Given) -> None:
    """Let the free threads of newly opened replicas into the line.

    By revision, then by thread number, then by replica.
    """
    slots = np.flatnonzero(s.si[loop.S_JOINING])
    number = np.arange(g.width)[:, None]
    threads = slots * g.width + number
    is_free = (s.ti[loop.T_ATTEMPT, threads] < 0) & (s.ti[loop.T_IN_LINE, threads] == 0)
    newcomers = threads[is_free & (number < s.si[loop.S_THREADS, slots])]
    slot, thread = np.divmod(newcomers, g.width)
    order = np.lexsort((s.si[loop.S_REPLICA, slot], thread, s.si[loop.S_REVISION, slot]))
    newcomers = newcomers[order]
    s.si[loop.S_JOINING] = 0
    s.i[loop.JOINING] = 0
    s.ti[loop.T_IN_LINE, newcomers] = 1
    s.i[loop.IDLE_COUNT] += newcomers.size
    if not g.is_fewest:
        line = with_newcomers(standing(s), newcomers)
        s.line[: line.size] = line
        s.i[loop.LINE_HEAD], s.i[loop.LINE_LENGTH] = 0, line.size


def with_newcomers(line: Ints, newcomers: Ints) -> Ints:
    """Return the line when `newcomers` have joined, spread evenly over those who stand in it.

    With m in the line and k newcomers, the x-th comes right behind the ceil(x m / k)-th
    (docs/model.md, "A request's life").
    """
    count = newcomers.size
    behind = -(-np.arange(1, count + 1) * line.size // max(count, 1))
    return np.insert(line, behind, newcomers)
