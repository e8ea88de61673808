"""A stretch of one deployment's requests served at once: from the event loop's state and back.

While control changes nothing, the threads are fixed. A stretch offers all requests of a span to
them (the window kernel, or a tournament of threads), asks the certificates how far that is the
truth, and what happened before that instant is written down (`settle`) as the event
loop would have. docs/engine.md says why the results are the same to the last bit.
"""

from dataclasses import dataclass

import numpy as np

from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.certificates import (
    exceeds_at,
    leaves_queue_at,
    queue_overflows_at,
    retries_at,
    ties_at,
)
from sim.engines.vectorised.choice import PathChoice
from sim.engines.vectorised.compilation import Form
from sim.engines.vectorised.eventloop import NEVER_AT, Attempts, Floats, Given, Ints, State
from sim.engines.vectorised.flight import Flight, gpu_slots_used, in_flight, queued_attempts
from sim.engines.vectorised.given import Rows, demanded, limits
from sim.engines.vectorised.line import standing
from sim.engines.vectorised.tournament import Turns
from sim.engines.vectorised.windows import Served, serve


def free_from(s: State, g: Given) -> float:
    """Return the instant from which stretches can be served at once, as far as is known now.

    Infinity where only the event loop will do: it must bring what is in the way to an end.
    """
    is_open, flies = s.si[loop.S_OPEN] > 0, s.si[loop.S_IN_FLIGHT] > 0
    if (
        g.is_fewest
        or g.is_limited
        or not s.i[loop.IS_ENABLED]
        or not s.i[loop.LIVE]
        or s.i[loop.SHARED]
        or s.i[loop.RETRIES]
        or not is_open.any()
        or s.si[loop.S_GPU_LINE].any()
        or s.si[loop.S_FROZEN, is_open | flies].any()
        or not _is_one(s.si[loop.S_ROW, is_open])
        or not _is_one(s.sf[loop.S_SCALE, is_open])
    ):
        return NEVER_AT
    is_cold = is_open & (s.sf[loop.S_FACTOR] != 1)
    warm_at_s = float(s.sf[loop.S_WARM_AT, is_cold].max(initial=0.0))
    if s.i[loop.JOINING]:
        return max(warm_at_s, float(np.nextafter(s.f[loop.JOIN_AT], NEVER_AT)))
    return warm_at_s


def _is_one(values: np.ndarray) -> bool:
    """Return whether all of some values are the same."""
    return bool((values == values[0]).all())


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """Requests and threads of a stretch; n attempts are offered, the queued ones first.

    Attributes:
        until_s: Where the stretch ends at the latest; what happens there is not part of it.
        flight: What is in flight when it begins, on all replicas.
        queued: Attempts that are in the queue when it begins.
        new: Requests that arrive in it.
        attempt: Every attempt that is offered, shape ``(n,)``.
        request: The requests of these attempts.
        from_s: From when on each may start: its arrival, or the beginning, shape ``(n,)``.
        deadline_at_s: When each is answered at the latest, shape ``(n,)``.
        thread: The threads of open replicas in the order of the line, shape ``(threads,)``.
        free_at_s: When each of them is free, shape ``(threads,)``.
        idle_count: How many of them are in the line when it begins.
    """

    until_s: float
    flight: Flight
    queued: Ints
    new: slice
    attempt: Ints
    request: Rows
    from_s: Floats
    deadline_at_s: Floats
    thread: Ints
    free_at_s: Floats
    idle_count: int

    @property
    def new_count(self) -> int:
        """How many requests arrive in it."""
        return int(self.new.stop - self.new.start)


def offer(s: State, g: Given, a: Attempts, until_s: float, most: int) -> Offer:
    """Return what there is to serve from now to `until_s`, or the first `most` requests of it."""
    flight = in_flight(s, g, a)
    until_s = min(until_s, _first_drained_at(s, g, flight), _without_room_at(s, g))
    first = int(s.i[loop.NEXT_REQUEST])
    if first + most < g.arrival.size:
        until_s = min(until_s, float(g.arrival[first + most]))
    new = slice(first, max(first, int(np.searchsorted(g.arrival, until_s))))
    queued = queued_attempts(s, a)
    attempt = s.i[loop.ATTEMPTS] + np.arange(new.stop - first)
    request: Rows = new
    arrived_s = g.arrival[new]
    if queued.size:
        attempt = np.concatenate((queued, attempt))
        request = np.concatenate((a.ai[loop.A_REQUEST, queued], np.arange(first, new.stop)))
        arrived_s = np.concatenate((a.af[loop.A_ARRIVAL, queued], arrived_s))
    thread, free_at_s, idle_count = _line(s, g, flight)
    return Offer(
        until_s=until_s,
        flight=flight,
        queued=queued,
        new=new,
        attempt=attempt,
        request=request,
        from_s=np.maximum(arrived_s, s.f[loop.NOW]),
        deadline_at_s=arrived_s + limits(g, request),
        thread=thread,
        free_at_s=free_at_s,
        idle_count=idle_count,
    )


def _first_drained_at(s: State, g: Given, flight: Flight) -> float:
    """Return when first a draining replica's last request ends: control must see it."""
    slot = flight.thread // g.width
    draining = np.flatnonzero((s.si[loop.S_DRAINING] > 0) & (s.si[loop.S_IN_FLIGHT] > 0))
    return min((float(flight.end_s[slot == one].max()) for one in draining), default=NEVER_AT)


def _without_room_at(s: State, g: Given) -> float:
    """Return the instant of the first evaluation for which there is no room."""
    room = s.k_seen.shape[1] - int(s.i[loop.TICKS])
    return float((int(s.i[loop.NEXT_TICK]) + room) * g.tick_interval)


def _line(s: State, g: Given, flight: Flight) -> tuple[Ints, Floats, int]:
    """Return the threads of open replicas in the order in which they are free, and when."""
    idle = standing(s)
    busy = flight[s.si[loop.S_OPEN, flight.thread // g.width] > 0]
    order = busy.in_line_order()
    thread = np.concatenate((idle, busy.thread[order]))
    now_s = float(s.f[loop.NOW])
    return thread, np.concatenate((np.full(idle.size, now_s), busy.end_s[order])), idle.size


# Serving ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """How requests are served if nothing but the threads binds: those that start in the stretch."""

    served: Served
    started: Flight
    by_windows: bool


def find(s: State, g: Given, offered: Offer, choice: PathChoice, form: Form) -> Found:
    """Serve what is offered, by windows or by a tournament of threads, as `choice` says."""
    slot = int(np.argmax(s.si[loop.S_OPEN] > 0))
    row, scale = int(s.si[loop.S_ROW, slot]), float(s.sf[loop.S_SCALE, slot])
    wait_s, cpu_s, gpu_s = (
        demanded(g, quantity, row, offered.request)
        for quantity in (loop.D_WAIT, loop.D_CPU, loop.D_GPU)
    )
    cpu_s = cpu_s / scale
    size = offered.attempt.size
    work_s = [np.broadcast_to(part, size) for part in (wait_s, cpu_s, gpu_s) if part.any()]
    by_windows = choice.takes_windows(offered.thread.size, offered.queued.size)
    served = (
        _in_windows(offered, work_s, choice.window)
        if by_windows
        else _in_turn(offered, work_s, form)
    )
    count = served.count

    def phase_end(begin_s: Floats, part_s: Floats, *, is_last: bool) -> Floats:
        if is_last:
            return served.end_at_s
        return begin_s + part_s[:count] if part_s.any() else begin_s

    def of_each(column: np.ndarray) -> np.ndarray:
        return np.broadcast_to(column, size)[:count]

    wait_end_s = phase_end(served.start_at_s, wait_s, is_last=not (cpu_s.any() or gpu_s.any()))
    started = Flight(
        thread=offered.thread[served.thread],
        attempt=offered.attempt[:count],
        number=s.i[loop.STARTS] + np.arange(count),
        start_at_s=served.start_at_s,
        wait_end_s=wait_end_s,
        cpu_end_s=phase_end(wait_end_s, cpu_s, is_last=not gpu_s.any()),
        end_s=served.end_at_s,
        has_cpu=of_each(cpu_s > 0),
        has_gpu=of_each(gpu_s > 0),
        bytes=of_each(demanded(g, loop.D_MEMORY, row, offered.request)),
    )
    return Found(served, started, by_windows=by_windows)


def _in_windows(offered: Offer, work_s: list[Floats], window: int | None) -> Served:
    """Return who serves whom in the stretch, found by sorting."""
    return serve(offered.from_s, work_s or [0.0], offered.free_at_s, window=window)


def _in_turn(offered: Offer, work_s: list[Floats], form: Form) -> Served:
    """Return who serves whom in the stretch, found by a tournament of threads."""
    size, threads = offered.attempt.size, offered.thread.size
    turns = Turns(
        arrival=offered.from_s,
        work=_together(work_s, size),
        start=np.empty(size),
        end=np.empty(size),
        free=np.empty(size),
        thread=np.empty(size, dtype=np.int64),
        left_at=offered.free_at_s.copy(),
        left_key=np.arange(threads),
        tree_at=np.empty(2 * threads),
        tree_item=np.empty(2 * threads, dtype=np.int64),
    )
    count = form.tournament.serve_in_turn(turns, offered.until_s)
    line = np.lexsort((turns.left_key, turns.left_at))
    return Served(
        start_at_s=turns.start[:count],
        end_at_s=turns.end[:count],
        free_at_s=turns.free[:count],
        thread=turns.thread[:count],
        left_at_s=turns.left_at[line],
        left=line,
    )


def _together(parts: list[Floats], size: int) -> Floats:
    """Return columns as the rows of an array: that of the first itself if it is the only one."""
    if len(parts) == 1 and parts[0].flags.c_contiguous and parts[0].flags.writeable:
        return parts[0][None]
    return np.stack(parts) if parts else np.empty((0, size))


# How far it is the truth ------------------------------------------------------------------------


def certified_until(s: State, g: Given, a: Attempts, offered: Offer, found: Found) -> float:
    """Return the instant before which nothing but the threads bound: at most the stretch's end."""
    until_s = min(offered.until_s, _queue_binds_at(g, offered, found.started))
    if _may_retry(g):
        until_s = min(until_s, _client_retries_at(g, a, offered, found.started))
    return min(until_s, _replica_binds_at(s, g, offered.flight, found.started))


def _queue_binds_at(g: Given, offered: Offer, started: Flight) -> float:
    """Return when first an attempt finds the queue full, or leaves it because of its deadline."""
    count = started.thread.size
    leaves_at = min(
        leaves_queue_at(started.start_at_s, offered.deadline_at_s[:count]),
        float(offered.deadline_at_s[count:].min(initial=NEVER_AT)),
    )
    if g.queue_capacity < 0:
        return leaves_at
    start_at_s = np.full(offered.attempt.size, NEVER_AT)
    start_at_s[:count] = started.start_at_s
    arrival_s = g.arrival[offered.new]
    return min(
        leaves_at,
        queue_overflows_at(arrival_s, start_at_s, offered.queued.size, g.queue_capacity),
    )


def _client_retries_at(g: Given, a: Attempts, offered: Offer, started: Flight) -> float:
    """Return when first the client of a running request gives up and tries again."""
    running = offered.flight[a.ab[loop.A_OUTCOME, offered.flight.attempt] == loop.RUNNING]
    arrived_s = a.af[loop.A_ARRIVAL, running.attempt]
    limit_s = limits(g, a.ai[loop.A_REQUEST, running.attempt])
    return min(
        retries_at(running.end_s, arrived_s + limit_s),
        retries_at(started.end_s, offered.deadline_at_s[: started.thread.size]),
    )


def _replica_binds_at(s: State, g: Given, flight: Flight, started: Flight) -> float:
    """Return when first cores, GPUs, memory or the order of ends would have mattered."""
    until_s = NEVER_AT
    has_cpu = _any(flight.has_cpu) or _any(started.has_cpu)
    has_gpu = _any(flight.has_gpu) or _any(started.has_gpu)
    room = s.si[loop.S_LIMIT_BYTES] - s.si[loop.S_USED_BYTES]
    room = room + flight.bytes_in(room.size, g.width)
    most = max(int(flight.bytes.max(initial=0)), int(_distinct(started.bytes).max(initial=0)))
    is_tight = bool((s.si[loop.S_THREADS] * most > room).any())
    if not (has_cpu or has_gpu or is_tight):
        return until_s
    everyone = flight.together(started)
    if has_cpu and (s.si[loop.S_THREADS] > s.sf[loop.S_CORES]).any():
        cores = s.sf[loop.S_CORES].astype(np.int64)
        until_s = min(until_s, exceeds_at(everyone.use_of_cores(g.width), cores))
    if has_gpu:
        gpu_slots = s.si[loop.S_GPU_FREE] + gpu_slots_used(s, g)
        until_s = min(until_s, exceeds_at(everyone.use_of_gpus(g.width), gpu_slots))
    if is_tight:
        until_s = min(until_s, exceeds_at(everyone.use_of_memory(g.width), room))
    is_wait = everyone.ends_as_wait
    if is_wait.any() and not is_wait.all():
        until_s = min(until_s, ties_at(everyone.end_s, is_wait))
    return until_s


def _any(column: np.ndarray) -> bool:
    """Return whether any is true."""
    return bool(_distinct(column).any())


def _distinct(column: np.ndarray) -> np.ndarray:
    """Return the one value of a column that holds it for all, or else the column."""
    return column[:1] if column.strides == (0,) else column


def _may_retry(g: Given) -> bool:
    timeouts = [loop.INFERENCE_TIMEOUT, loop.CLIENT_TIMEOUT]
    return g.max_attempts > 1 and bool(g.retried[timeouts].any())
