"""Requests in flight, as arrays: which thread each holds, and when each of its phases ends."""

from dataclasses import dataclass

import numpy as np

from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.certificates import Use
from sim.engines.vectorised.eventloop import Attempts, Floats, Given, Ints, State
from sim.engines.vectorised.given import demanded

_BEFORE = -np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Flight:
    """Requests that hold a thread, each column of shape ``(n,)``.

    A phase that is left out ends when the one before it ends; minus infinity: before the stretch.

    Attributes:
        thread: The thread, slot x width + thread number.
        attempt: Number of the attempt.
        number: Start number.
        start_at_s: When it started.
        wait_end_s: When its wait ends.
        cpu_end_s: When its cpu phase ends if no cores are shared.
        end_s: When its service ends if it does not wait for a GPU.
        has_cpu: Whether it has a cpu phase that is not over.
        has_gpu: Whether it has a gpu phase.
        bytes: Memory that it holds.
    """

    thread: Ints
    attempt: Ints
    number: Ints
    start_at_s: Floats
    wait_end_s: Floats
    cpu_end_s: Floats
    end_s: Floats
    has_cpu: np.ndarray
    has_gpu: np.ndarray
    bytes: Ints

    def __getitem__(self, which: np.ndarray | slice) -> "Flight":
        """Return some of them."""
        return Flight(*(getattr(self, column)[which] for column in Flight.__slots__))

    def together(self, other: "Flight") -> "Flight":
        """Return these and then others."""
        columns = (
            np.concatenate((getattr(self, column), getattr(other, column)))
            for column in Flight.__slots__
        )
        return Flight(*columns)

    @property
    def ends_as_wait(self) -> np.ndarray:
        """Whether the end of its service is the end of a wait phase."""
        return np.asarray(~(self.has_cpu | self.has_gpu))

    def in_line_order(self) -> Ints:
        """Return their places in the order in which their threads join the line."""
        return np.lexsort((self.number, self.ends_as_wait, self.end_s))

    def bytes_in(self, slots: int, width: int) -> Ints:
        """Return the memory that they hold in each slot, shape ``(slots,)``."""
        held = np.zeros(slots, dtype=np.int64)
        np.add.at(held, self.thread // width, self.bytes)
        return held

    def phase_at(self, at_s: float) -> tuple[Ints, Floats]:
        """Return in which phase each is just before `at_s`, and when that phase ends."""
        in_wait, in_cpu = self.wait_end_s >= at_s, self.cpu_end_s >= at_s
        phase = np.where(in_wait, loop.WAIT, np.where(in_cpu, loop.CPU, loop.GPU))
        end_s = np.where(in_wait, self.wait_end_s, np.where(in_cpu, self.cpu_end_s, self.end_s))
        return phase, end_s

    def use_of_cores(self, width: int) -> Use:
        """Return who uses a core of which slot, and when."""
        some = self[self.has_cpu]
        ones = np.ones(some.thread.size, dtype=np.int64)
        return Use(some.thread // width, some.wait_end_s, some.cpu_end_s, ones)

    def use_of_gpus(self, width: int) -> Use:
        """Return who uses a place on the GPUs of which slot, and when."""
        some = self[self.has_gpu]
        ones = np.ones(some.thread.size, dtype=np.int64)
        return Use(some.thread // width, some.cpu_end_s, some.end_s, ones)

    def use_of_memory(self, width: int) -> Use:
        """Return who uses how much memory of which slot, and when."""
        return Use(self.thread // width, self.start_at_s, self.end_s, self.bytes)


def in_flight(s: State, g: Given, a: Attempts) -> Flight:
    """Return all requests in flight; no cores are shared, nobody waits for a GPU."""
    thread = np.flatnonzero(s.ti[loop.T_ATTEMPT] >= 0)
    slot, attempt = thread // g.width, s.ti[loop.T_ATTEMPT, thread]
    phase, value = s.ti[loop.T_PHASE, thread], s.tf[loop.T_VALUE, thread]
    is_warm = a.af[loop.A_START, attempt] >= s.sf[loop.S_WARM_AT, slot]
    factor = np.where(is_warm, 1.0, s.sf[loop.S_FACTOR, slot])
    request, row = a.ai[loop.A_REQUEST, attempt].astype(np.int64), s.si[loop.S_ROW, slot]
    cpu_s, gpu_s = np.zeros(thread.size), np.zeros(thread.size)
    for number in np.unique(row):
        of_row = row == number
        cpu_s[of_row] = demanded(g, loop.D_CPU, number, request[of_row])
        gpu_s[of_row] = demanded(g, loop.D_GPU, number, request[of_row])
    cpu_s, gpu_s = cpu_s * factor / s.sf[loop.S_SCALE, slot], gpu_s * factor
    wait_end_s = np.where(phase == loop.WAIT, value, _BEFORE)
    cpu_end_s = np.where(phase == loop.WAIT, value + cpu_s, value)
    cpu_end_s[phase == loop.GPU] = _BEFORE
    return Flight(
        thread=thread,
        attempt=attempt,
        number=s.ti[loop.T_START, thread],
        start_at_s=np.full(thread.size, _BEFORE),
        wait_end_s=wait_end_s,
        cpu_end_s=cpu_end_s,
        end_s=np.where(phase == loop.GPU, value, cpu_end_s + gpu_s),
        has_cpu=(cpu_s > 0) & (phase != loop.GPU),
        has_gpu=gpu_s > 0,
        bytes=s.ti[loop.T_BYTES, thread],
    )


def evaluated_slots(s: State) -> np.ndarray:
    """Return which slots have a replica that takes requests and whose threads evaluations see."""
    is_open = s.si[loop.S_OPEN] > 0
    return np.asarray(is_open & (s.si[loop.S_REVISION] >= s.i[loop.EVALUATED_FROM]))


def gpu_slots_used(s: State, g: Given) -> Ints:
    """Return how many requests are on the GPUs of each slot."""
    serving = np.flatnonzero(s.ti[loop.T_PHASE] == loop.GPU) // g.width
    return np.bincount(serving, minlength=s.si.shape[1])


def queued_attempts(s: State, a: Attempts) -> Ints:
    """Return the attempts in the queue, in order."""
    head, attempts = int(s.i[loop.QUEUE_HEAD]), int(s.i[loop.ATTEMPTS])
    return head + np.flatnonzero(a.ab[loop.A_OUTCOME, head:attempts] == loop.QUEUED)
