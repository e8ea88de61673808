"""What holds between the engine's arrays at every moment, worked out from the threads alone.

A thread has an attempt, a phase and the value of that phase. All else that a state holds (who is in
the line, which end is the next, what is counted) follows from these. Each law here says how, slot
by slot and thread by thread, without the short cuts by which the event loop keeps it up to date.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from sim.engines.contract.plane import ServingShape
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.arrays import ArrayRequests
from sim.engines.vectorised.eventloop import Attempts, Floats, Given, Ints, State
from sim.engines.vectorised.given import limits
from sim.engines.vectorised.line import standing
from sim.states import Outcome

End = tuple[float, int]
"""Of a phase: its instant or value, and the start number of its request."""

NO_END: End = (loop.NEVER_AT, -1)


class Read:
    """A state, read one slot and one thread at a time."""

    def __init__(self, state: State, shapes: dict[int, ServingShape]) -> None:
        """Read a state whose replicas have these shapes, by number."""
        self.s = state
        self.shapes = shapes
        self.slots = range(state.si.shape[1])
        self.width: int = state.ti.shape[1] // len(self.slots)

    def of(self, row: int, slot: int) -> int:
        """Return what a slot has in a row of `State.si`."""
        return int(self.s.si[row, slot])

    def threads(self, slot: int) -> range:
        """Return the threads of a slot, those that its replica does not have too."""
        return range(slot * self.width, (slot + 1) * self.width)

    def in_phase(self, slot: int, phase: int) -> list[int]:
        """Return the threads of a slot that are in a phase."""
        return [n for n in self.threads(slot) if self.s.ti[loop.T_PHASE, n] == phase]

    def busy(self, slot: int) -> list[int]:
        """Return the threads of a slot that have an attempt."""
        return [n for n in self.threads(slot) if self.s.ti[loop.T_ATTEMPT, n] >= 0]

    def end(self, thread: int) -> End:
        """Return value and start number of a thread's phase."""
        return float(self.s.tf[loop.T_VALUE, thread]), int(self.s.ti[loop.T_START, thread])

    def next_cpu_end(self, slot: int) -> End:
        """Return when the next cpu phase of a slot ends, and whose that is."""
        there = [self.end(thread) for thread in self.in_phase(slot, loop.CPU)]
        if not there or self.of(loop.S_FROZEN, slot):
            return NO_END
        value, number = min(there)
        if self.of(loop.S_SHARED, slot):
            virtual, mark, cores = (
                float(self.s.sf[row, slot]) for row in (loop.S_VIRTUAL, loop.S_MARK, loop.S_CORES)
            )
            value = mark + max(0.0, value - virtual) / (cores / len(there))
        return value, number


# Of a state --------------------------------------------------------------------------------------


def slots_and_threads_are_numbered(x: Read) -> bool:
    """A power of two of slots, all equally wide, and each thread in the slot that it is in."""
    slots, threads = len(x.slots), x.s.ti.shape[1]
    is_whole = slots & (slots - 1) == 0 and threads == slots * x.width
    slot = np.arange(threads) // x.width
    return is_whole and threads == x.s.line.size and bool((x.s.ti[loop.T_SLOT] == slot).all())


def nothing_runs_where_nothing_is(x: Read) -> bool:
    """Not in empty slots, on threads that the replica does not have, or on idle ones."""
    is_idle = x.s.ti[loop.T_ATTEMPT] < 0
    if (x.s.ti[loop.T_PHASE, is_idle] != loop.IDLE).any():
        return False
    for slot in x.slots:
        is_empty = x.of(loop.S_REPLICA, slot) < 0
        beyond = x.threads(slot)[0 if is_empty else x.of(loop.S_THREADS, slot) :]
        if is_empty and (x.of(loop.S_OPEN, slot) or x.of(loop.S_DRAINING, slot)):
            return False
        if x.s.ti[loop.T_IN_LINE, beyond].any() or not is_idle[beyond].all():
            return False
    return True


def counts_are_those_of_the_threads(x: Read) -> bool:
    """Requests in flight, in their cpu phase, waiting for a GPU; GPUs and memory that are left."""
    is_right = []
    for slot in x.slots:
        on_cpu, waiting = len(x.in_phase(slot, loop.CPU)), len(x.in_phase(slot, loop.GPU_LINE))
        is_shared = on_cpu > x.s.sf[loop.S_CORES, slot]
        found = [x.of(row, slot) for row in (loop.S_IN_FLIGHT, loop.S_CPU_COUNT, loop.S_SHARED)]
        is_right += [found == [len(x.busy(slot)), on_cpu, is_shared]]
        is_right += [x.of(loop.S_GPU_LINE, slot) == waiting]
        if x.of(loop.S_REPLICA, slot) >= 0:
            shape = x.shapes[x.of(loop.S_REPLICA, slot)]
            held = int(x.s.ti[loop.T_BYTES, x.busy(slot)].sum())
            free = shape.gpu_slots - len(x.in_phase(slot, loop.GPU))
            is_right += [x.of(loop.S_USED_BYTES, slot) == shape.model_memory_bytes + held]
            is_right += [x.of(loop.S_GPU_FREE, slot) == free, not (waiting and free)]
    return all(is_right) and x.s.i[loop.SHARED] == x.s.si[loop.S_SHARED].sum()


def cpu_phases_stand_in_the_order_of_their_ends(x: Read) -> bool:
    """Those of a slot, each once, the last to end first."""
    for slot in x.slots:
        base = slot * x.width
        listed = x.s.ti[loop.T_ORDER, base : base + x.of(loop.S_CPU_COUNT, slot)].tolist()
        if listed != sorted(x.in_phase(slot, loop.CPU), key=x.end, reverse=True):
            return False
    return True


def every_block_knows_whose_cpu_phase_ends_first(x: Read) -> bool:
    """In the middle of each block of 2, 4, 8 ... slots stands one; at 0 that of all."""
    ends = [x.next_cpu_end(slot) for slot in x.slots]
    if [at_s for at_s, _ in ends] != x.s.sf[loop.S_NEXT_AT].tolist():
        return False
    blocks, size = {0: x.slots}, 2
    while size <= len(x.slots):
        blocks |= {begin + size // 2: x.slots[begin : begin + size] for begin in x.slots[::size]}
        size *= 2
    firsts = x.s.si[loop.S_FIRST].tolist()
    return all(
        firsts[place] in block and ends[firsts[place]] == min(ends[slot] for slot in block)
        for place, block in blocks.items()
    )


def idle_threads_of_open_replicas_may_take_requests(x: Read) -> bool:
    """All of them and no others; those of replicas that are about to join, not yet."""
    marked = set(np.flatnonzero(x.s.ti[loop.T_IN_LINE]).tolist())
    wanted = {
        thread
        for slot in x.slots
        if x.of(loop.S_OPEN, slot) and not x.of(loop.S_JOINING, slot)
        for thread in x.threads(slot)[: x.of(loop.S_THREADS, slot)]
        if x.s.ti[loop.T_ATTEMPT, thread] < 0
    }
    return marked == wanted and x.s.i[loop.IDLE_COUNT] == len(marked)


def ends_of_waits_and_on_gpus_are_in_a_heap(x: Read) -> bool:
    """Each of them; what is frozen has none until it goes on."""
    size = int(x.s.i[loop.ENDS])
    ends = _pairs(x.s.e_at[:size], x.s.e_key[:size])
    wanted = {
        ((value, order * loop.KEY + number), thread)
        for slot in x.slots
        for phase, order in ((loop.WAIT, loop.WAIT_CLASS), (loop.GPU, loop.END_CLASS))
        for thread in x.in_phase(slot, phase)
        for value, number in (x.end(thread),)
        if not x.of(loop.S_FROZEN, slot)
    }
    there = set(zip(ends, x.s.e_thread[:size].tolist(), strict=True))
    return _is_heap(ends) and wanted <= there


def retries_are_in_a_heap(x: Read) -> bool:
    """By instant, then by request and attempt."""
    size = int(x.s.i[loop.RETRIES])
    return _is_heap(_pairs(x.s.r_at[:size], x.s.r_key[:size]))


def _pairs(at_s: Floats, key: Ints) -> list[tuple[float, int]]:
    return list(zip(at_s.tolist(), key.tolist(), strict=True))


def _is_heap(items: list[tuple[float, int]]) -> bool:
    """Return whether nothing comes before what stands above it."""
    return all(items[(n - 1) // 2] <= items[n] for n in range(1, len(items)))


OF_A_STATE: tuple[Callable[[Read], bool], ...] = (
    slots_and_threads_are_numbered,
    nothing_runs_where_nothing_is,
    counts_are_those_of_the_threads,
    cpu_phases_stand_in_the_order_of_their_ends,
    every_block_knows_whose_cpu_phase_ends_first,
    idle_threads_of_open_replicas_may_take_requests,
    ends_of_waits_and_on_gpus_are_in_a_heap,
    retries_are_in_a_heap,
)
"""They hold for a checkpoint too."""


# Of a state and its attempts ---------------------------------------------------------------------


def the_line_is_of_those_who_may_take_requests(x: Read, g: Given, _: Attempts) -> bool:
    """Each of them once, where threads stand in a line."""
    marked = np.flatnonzero(x.s.ti[loop.T_IN_LINE]).tolist()
    return g.is_fewest or sorted(standing(x.s).tolist()) == marked


def what_is_written_is_as_wide_as_what_is_read(x: Read, g: Given, a: Attempts) -> bool:
    """The loop reckons with the width of the state; rows are there for all that arrived."""
    return g.width == x.width and int(x.s.i[loop.ATTEMPTS]) <= a.ai.shape[1]


def a_busy_thread_has_an_attempt_that_says_so(x: Read, _: Given, a: Attempts) -> bool:
    """Replica and thread stand in the attempt's row, and it was not released."""
    for slot in x.slots:
        for thread in x.busy(slot):
            row = int(x.s.ti[loop.T_ATTEMPT, thread])
            place = [x.of(loop.S_REVISION, slot), x.of(loop.S_REPLICA, slot), thread % x.width]
            written = a.ai[[loop.A_REVISION, loop.A_REPLICA, loop.A_THREAD], row].tolist()
            if written != place or not np.isnan(a.af[loop.A_RELEASED, row]):
                return False
    held = np.isnan(a.af[loop.A_RELEASED]) & ~np.isnan(a.af[loop.A_START])
    in_flight = int(x.s.si[loop.S_IN_FLIGHT].sum())
    return in_flight == int(held[: x.s.i[loop.ATTEMPTS]].sum())


def the_queue_is_of_those_who_wait(x: Read, _: Given, a: Attempts) -> bool:
    """None of them before the head of the queue, and as many as are counted."""
    waiting = np.flatnonzero(a.ab[loop.A_OUTCOME, : x.s.i[loop.ATTEMPTS]] == Outcome.QUEUED)
    is_behind = bool((waiting >= x.s.i[loop.QUEUE_HEAD]).all())
    return is_behind and x.s.i[loop.QUEUE_LENGTH] == waiting.size


def who_has_no_answer_has_a_deadline(x: Read, g: Given, a: Attempts) -> bool:
    """In a heap, or, where all may take equally long, not before the head of a list."""
    count = int(x.s.i[loop.ATTEMPTS])
    open_ = np.flatnonzero(a.ab[loop.A_OUTCOME, :count] >= Outcome.QUEUED)
    if not g.deadline.size:
        return bool((open_ >= x.s.i[loop.DEADLINE_HEAD]).all())
    size = int(x.s.i[loop.DEADLINES])
    there = _pairs(x.s.d_at[:size], x.s.d_attempt[:size])
    deadline_s = a.af[loop.A_ARRIVAL, open_] + limits(g, a.ai[loop.A_REQUEST, open_])
    return _is_heap(there) and set(_pairs(deadline_s, open_)) <= set(there)


OF_ATTEMPTS: tuple[Callable[[Read, Given, Attempts], bool], ...] = (
    the_line_is_of_those_who_may_take_requests,
    what_is_written_is_as_wide_as_what_is_read,
    a_busy_thread_has_an_attempt_that_says_so,
    the_queue_is_of_those_who_wait,
    who_has_no_answer_has_a_deadline,
)


# During runs -------------------------------------------------------------------------------------

WATCHED = (
    *("run", "_serve_at_once", "go_back", "mark", "forget_checkpoint", "grow", "_resize"),
    *("open", "close", "drain", "forget", "kill", "freeze", "thaw", "fail_queued", "amend"),
)
"""What is done with a deployment's arrays; afterwards every law holds."""


def broken_law(requests: ArrayRequests, shapes: dict[int, ServingShape]) -> str | None:
    """Return the name of a law that does not hold, and where, or None.

    Args:
        requests: Of one deployment, with its state, its checkpoint if it has one, and attempts.
        shapes: Of its replicas, by number.
    """
    states = {"state": Read(requests._s, shapes)}
    if requests._checkpoint is not None:
        states["checkpoint"] = Read(State(*requests._checkpoint), shapes)
    for name, read in states.items():
        for law in OF_A_STATE:
            if not law(read):
                return f"{law.__name__}, in the {name}"
    for of_attempts in OF_ATTEMPTS:
        if not of_attempts(states["state"], requests._g, requests._a):
            return of_attempts.__name__
    return None


@contextmanager
def laws_checked() -> Iterator[Counter[str]]:
    """Check every law after all that is done; yield the number of times that each was done.

    Raises:
        AssertionError: A law does not hold; it is named, with what was done before.
    """
    done: Counter[str] = Counter()
    shapes: defaultdict[ArrayRequests, dict[int, ServingShape]] = defaultdict(dict)

    def checked(name: str) -> Callable[..., Any]:
        act = getattr(ArrayRequests, name)

        def act_and_check(requests: ArrayRequests, *arguments: Any, **settings: Any) -> Any:
            if name == "open":
                replica, shape, *_ = arguments
                shapes[requests][replica] = shape
            found = act(requests, *arguments, **settings)
            done[name] += 1
            broken = broken_law(requests, shapes[requests])
            assert broken is None, f"after {name}, not so: {broken}"
            return found

        return act_and_check

    with pytest.MonkeyPatch.context() as patch:
        for name in WATCHED:
            patch.setattr(ArrayRequests, name, checked(name))
        yield done
