"""One deployment's requests on arrays, at one place in time.

Owns the blocks, the columns and the slots, and makes room when something is full. Where that place
is, and how to get back from it, is the business of `sim.engines.vectorised.plane`.
"""

from functools import cached_property

import numpy as np

from sim.engines.contract.plane import Observation, Observations, ServingShape
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.blocks import (
    Checkpoint,
    Sizes,
    copied,
    empty_attempts,
    empty_state,
    grown,
    more_attempts,
    restore,
)
from sim.engines.vectorised.choice import PathChoice
from sim.engines.vectorised.compilation import Form
from sim.engines.vectorised.eventloop import Attempts, State
from sim.engines.vectorised.flight import evaluated_slots
from sim.engines.vectorised.given import GivenRequests
from sim.engines.vectorised.line import join
from sim.engines.vectorised.settle import settle
from sim.engines.vectorised.stretch import Offer, certified_until, find, free_from, offer
from sim.scenario.models.deployment import Deployment
from sim.states import Outcome
from sim.workload.workload import Workload

_FIRST_ROWS = 1024
_FIRST_ROOM = 64
_FIRST_UNDO = 256


class ArrayRequests:
    """The state of the event loop with room that grows, and replicas by number."""

    def __init__(self, deployment: Deployment, workload: Workload, form: Form) -> None:
        """Make it without replicas and without attempts, at instant 0."""
        self._given = GivenRequests(deployment, workload)
        self._slot_of: dict[int, int] = {}
        self._checkpoint: Checkpoint | None = None
        self._form = form
        self._sizes = Sizes(
            slots=1,
            width=1,
            ends=_FIRST_ROOM,
            deadlines=0 if workload.deadline_s is None else _FIRST_ROWS,
            retries=_FIRST_ROOM,
            ticks=_FIRST_ROOM,
        )
        self._s = empty_state(self._sizes)
        self._s.i[loop.IS_ENABLED] = 1
        self._a = empty_attempts(self._given.count + 1, _FIRST_UNDO)
        self._g = self._given.for_loop(self._sizes.width)

    @property
    def state(self) -> State:
        """The state now; its arrays are replaced when they grow."""
        return self._s

    def begin_small(self) -> None:
        """Have room for few attempts, at the beginning, instead of for all."""
        self._a = empty_attempts(_FIRST_ROWS, _FIRST_UNDO)

    @cached_property
    def _choice(self) -> PathChoice:
        return PathChoice(is_compiled=self._form.is_compiled)

    @property
    def attempts(self) -> Attempts:
        """The attempts' columns now; its arrays are replaced when they grow."""
        return self._a

    # Time -----------------------------------------------------------------------------------

    def run(self, until_s: float, order: int) -> int:
        """Process items up to a bound; see `sim.engines.vectorised.eventloop.run`.

        What a stretch can serve at once is not gone through item by item. Never returns GROW or
        JOIN.
        """
        while True:
            pause_s = self._serve_at_once(until_s)
            bound = (pause_s, 0) if pause_s < until_s else (until_s, order)
            code: int = self._form.event_loop.run(self._s, self._g, self._a, *bound)
            if code == loop.JOIN:
                join(self._s, self._g)
            elif code == loop.GROW:
                self.grow()
            elif code != loop.REACHED or pause_s >= until_s:
                return code
            else:
                self.be_at(pause_s)

    def _serve_at_once(self, until_s: float) -> float:
        """Serve stretches at once as far as that goes; return when it may go on, at the latest.

        From now to that instant the event loop is to do the work.
        """
        s, g, choice = self._s, self._g, self._choice
        while True:
            first = int(s.i[loop.NEXT_REQUEST])
            if not choice.pays(int(np.searchsorted(g.arrival, until_s)) - first):
                return until_s
            from_s = free_from(s, g)
            if from_s > s.f[loop.NOW]:
                return min(from_s, self._arrival_after(choice.pause()))
            offered = offer(s, g, self._a, until_s, choice.most)
            if not choice.pays(offered.new_count):
                return min(until_s, _after(offered.until_s))
            self._make_room_for(offered)
            s = self._s
            found = find(s, g, offered, choice, self._form)
            cut_s = certified_until(s, g, self._a, offered, found)
            if cut_s > s.f[loop.NOW]:
                settle(s, g, self._a, offered, found, cut_s)
                self._form.event_loop.list_cpu(s, g)
            if cut_s < offered.until_s:
                choice.note_part()
                return max(_after(cut_s), self._arrival_after(choice.pause()))
            choice.note_whole()

    def _arrival_after(self, count: int) -> float:
        """Return the instant after that at which so many requests more have arrived."""
        number = int(self._s.i[loop.NEXT_REQUEST]) + count
        arrival_s = self._g.arrival
        return _after(float(arrival_s[number])) if number < arrival_s.size else loop.NEVER_AT

    def _make_room_for(self, offered: Offer) -> None:
        """Make room in every array for all that a stretch may write."""
        s, a = self._s, self._a
        rows = int(s.i[loop.ATTEMPTS]) + offered.new_count + 1
        changes = int(s.i[loop.UNDO]) + offered.queued.size + offered.flight.thread.size + 2
        if rows > a.ai.shape[1] or changes > a.ui.shape[1]:
            rows = rows + rows // 4 if rows > a.ai.shape[1] else rows
            self._a = more_attempts(a, rows, 2 * changes)
        if self._sizes.deadlines:
            unanswered = offered.attempt.size + offered.flight.thread.size
            self._resize(deadlines=max(self._sizes.deadlines, unanswered + 1))

    def be_at(self, at_s: float) -> None:
        """Let now be `at_s`, at which nothing has happened yet, if it is earlier."""
        if at_s > self._s.f[loop.NOW]:
            self._s.f[loop.NOW] = at_s
            self._s.i[loop.HIGHEST_CLASS] = 0

    @property
    def has_checkpoint(self) -> bool:
        """Whether there is something to go back to."""
        return self._checkpoint is not None

    def mark(self) -> None:
        """Make the present state the checkpoint."""
        self._s.i[loop.UNDO] = 0
        self._s.i[loop.UNDO_BELOW] = self._s.i[loop.ATTEMPTS]
        self._checkpoint = copied(self._s)

    def forget_checkpoint(self) -> None:
        """Make what has happened since the checkpoint final."""
        self._checkpoint = None
        self._s.i[loop.UNDO] = 0
        self._s.i[loop.UNDO_BELOW] = 0

    def go_back(self) -> None:
        """Be at the checkpoint; rows of attempts that were there get their values back."""
        if self._checkpoint is None:
            return
        a = self._a
        undo = int(self._s.i[loop.UNDO])
        row, earliest = np.unique(a.ui[loop.U_ATTEMPT, :undo], return_index=True)
        a.ai[loop.A_REVISION :, row] = a.ui[loop.U_REVISION : loop.U_OUTCOME, earliest]
        a.ab[loop.A_OUTCOME, row] = a.ui[loop.U_OUTCOME, earliest]
        a.af[loop.A_START :, row] = a.uf[:, earliest]
        restore(self._s, self._checkpoint)

    def observe(self) -> Observation:
        """Return what an evaluation sees now."""
        s = self._s
        last_arrival_at_s = float(s.f[loop.LAST_ARRIVAL_AT])
        is_counted = evaluated_slots(s) & (s.si[loop.S_JOINING] == 0)
        return Observation(
            busy=int(s.si[loop.S_IN_FLIGHT, is_counted].sum()),
            queued=int(s.i[loop.QUEUE_LENGTH]),
            in_flight=int(s.si[loop.S_IN_FLIGHT].sum()),
            last_arrival_at_s=None if np.isnan(last_arrival_at_s) else last_arrival_at_s,
        )

    def observations(self, first: int) -> Observations:
        """Return what the evaluations noted so far saw, from number `first` of them on."""
        s, count = self._s, int(self._s.i[loop.TICKS])
        seen = s.k_seen[:, first:count].copy()
        return Observations(
            busy=seen[loop.K_BUSY],
            queued=seen[loop.K_QUEUED],
            in_flight=seen[loop.K_IN_FLIGHT],
            last_arrival_at_s=s.k_last_arrival[first:count].copy(),
        )

    # Replicas -------------------------------------------------------------------------------

    def replica_in(self, slot: int) -> int:
        """Return the number of the replica in `slot`."""
        return int(self._s.si[loop.S_REPLICA, slot])

    def holds(self, replica: int) -> bool:
        """Return whether `replica` has been opened and not forgotten."""
        return replica in self._slot_of

    def open(self, replica: int, shape: ServingShape, warm_at_s: float, at_s: float) -> None:
        """Let `replica` serve from `at_s` on."""
        slot = self._slot_of.get(replica)
        if slot is None:
            slot = self._free_slot(shape.thread_count)
            self._slot_of[replica] = slot
            self._furnish(slot, replica, shape, warm_at_s)
        self._s.si[loop.S_OPEN, slot] = 1
        self._s.si[loop.S_JOINING, slot] = 1
        self._s.i[loop.JOINING] = 1
        self._s.f[loop.JOIN_AT] = at_s

    def close(self, replica: int) -> None:
        """Take its threads out of the line."""
        self._form.event_loop.close(self._s, self._g, self._slot_of[replica])

    def drain(self, replica: int) -> int:
        """Let `replica` empty itself; return how many requests it has in flight."""
        slot = self._slot_of[replica]
        self._s.si[loop.S_DRAINING, slot] = 1
        return int(self._s.si[loop.S_IN_FLIGHT, slot])

    def in_flight(self, replica: int) -> int:
        """Return the number of requests in flight on `replica`."""
        return int(self._s.si[loop.S_IN_FLIGHT, self._slot_of[replica]])

    def forget(self, replica: int) -> None:
        """Empty the slot of `replica`, on which nothing is in flight."""
        slot = self._slot_of.pop(replica)
        self._s.si[loop.S_REPLICA, slot] = -1
        self._s.si[loop.S_DRAINING, slot] = 0

    def kill(self, replica: int, outcome: Outcome) -> None:
        """Fail what is in flight on `replica`, and forget it."""
        self._make_room(retries=self._sizes.width)
        self._form.event_loop.kill(self._s, self._g, self._a, self._slot_of.pop(replica), outcome)

    def freeze(self, replica: int) -> None:
        """Stop all progress on `replica`."""
        self._form.event_loop.freeze(self._s, self._g, self._slot_of[replica])

    def thaw(self, replica: int) -> None:
        """Let everything on `replica` go on, if it was frozen."""
        slot = self._slot_of[replica]
        if self._s.si[loop.S_FROZEN, slot]:
            self._make_room(ends=self._sizes.width)
            self._form.event_loop.thaw(self._s, self._g, slot)

    def fail_queued(self, outcome: Outcome) -> None:
        """Answer everything queued with `outcome`."""
        self._make_room(retries=int(self._s.i[loop.QUEUE_LENGTH]))
        self._form.event_loop.fail_queued(self._s, self._g, self._a, outcome)

    # More requests --------------------------------------------------------------------------

    def amend(self, workload: Workload) -> None:
        """Take another workload; the requests that have arrived are the same in it."""
        self._given.amend(workload)
        self._g = self._given.for_loop(self._sizes.width)

    def let_go(self) -> None:
        """Let go of what the requests ask for."""
        del self._given, self._g

    # Room -----------------------------------------------------------------------------------

    def grow(self) -> None:
        """Make room in whatever is full."""
        s, a, sizes = self._s, self._a, self._sizes
        rows, undo = a.ai.shape[1], a.ui.shape[1]
        if s.i[loop.ATTEMPTS] >= rows or s.i[loop.UNDO] >= undo - 1:
            rows = 2 * rows if s.i[loop.ATTEMPTS] >= rows else rows
            undo = 2 * undo if s.i[loop.UNDO] >= undo - 1 else undo
            self._a = more_attempts(a, rows, undo)
        line = sizes.threads
        ticks_full = s.i[loop.TICKS] >= sizes.ticks
        self._resize(
            ends=2 * sizes.ends + line if s.i[loop.ENDS] + line >= sizes.ends else sizes.ends,
            retries=2 * sizes.retries + line
            if s.i[loop.RETRIES] + line + 1 >= sizes.retries
            else sizes.retries,
            deadlines=2 * sizes.deadlines
            if s.i[loop.DEADLINES] >= sizes.deadlines
            else sizes.deadlines,
            ticks=2 * sizes.ticks if ticks_full else sizes.ticks,
        )

    def _make_room(self, *, ends: int = 0, retries: int = 0) -> None:
        sizes, s = self._sizes, self._s
        line = sizes.threads
        self._resize(
            ends=max(sizes.ends, int(s.i[loop.ENDS]) + ends + line + 1),
            retries=max(sizes.retries, int(s.i[loop.RETRIES]) + retries + line + 2),
        )

    def _resize(self, **changed: int) -> None:
        sizes = self._sizes
        wanted = Sizes(
            **{field: changed.get(field, getattr(sizes, field)) for field in Sizes.__slots__}
        )
        if wanted == sizes:
            return
        if self._checkpoint is not None:
            self._checkpoint = grown(State(*self._checkpoint), sizes, wanted)
        self._s = grown(self._s, sizes, wanted)
        self._sizes = wanted
        if wanted.width != sizes.width:
            self._g = self._given.for_loop(self._sizes.width)

    def _free_slot(self, threads: int) -> int:
        """Return an empty slot with room for so many threads."""
        sizes = self._sizes
        empty = np.flatnonzero(self._s.si[loop.S_REPLICA] < 0)
        width = max(sizes.width, threads)
        slots = sizes.slots if empty.size else 2 * sizes.slots
        line = slots * width
        self._resize(
            slots=slots,
            width=width,
            ends=max(sizes.ends, int(self._s.i[loop.ENDS]) + 2 * line),
            retries=max(sizes.retries, int(self._s.i[loop.RETRIES]) + line + 2),
        )
        return int(empty[0]) if empty.size else sizes.slots

    def _furnish(self, slot: int, replica: int, shape: ServingShape, warm_at_s: float) -> None:
        """Put an idle replica into `slot`."""
        s = self._s
        s.si[: loop.S_FIRST, slot] = 0
        s.sf[:, slot] = 0.0
        s.si[loop.S_REPLICA, slot] = replica
        s.si[loop.S_REVISION, slot] = shape.revision
        s.si[loop.S_ROW, slot] = self._row(shape)
        s.si[loop.S_THREADS, slot] = shape.thread_count
        s.si[loop.S_GPU_FREE, slot] = shape.gpu_slots
        s.si[loop.S_LIMIT_BYTES, slot] = shape.memory_limit_bytes
        s.si[loop.S_USED_BYTES, slot] = shape.model_memory_bytes
        s.sf[loop.S_NEXT_AT, slot] = loop.NEVER_AT
        s.sf[loop.S_CORES, slot] = max(shape.cores, 1.0)
        s.sf[loop.S_SCALE, slot] = min(shape.cores, 1.0)
        s.sf[loop.S_WARM_AT, slot] = warm_at_s
        s.sf[loop.S_FACTOR, slot] = shape.warmup_factor

    def _row(self, shape: ServingShape) -> int:
        """Return which set of demands a revision's requests have."""
        row, is_new = self._given.row(shape.demands)
        if is_new:
            self._g = self._given.for_loop(self._sizes.width)
        return row


def _after(at_s: float) -> float:
    """Return the next instant that there is."""
    return float(np.nextafter(at_s, loop.NEVER_AT))
