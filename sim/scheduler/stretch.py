"""A stretch of one deployment's requests served at once: from the event loop's state and back.

While control changes nothing, the threads are fixed. A stretch offers all requests of a span to
them (the window kernel, or a heap of threads), asks the certificates how far that is the truth, and
what happened before that instant is written down (`sim.scheduler.settle`) as the event loop would
have. docs/engine.md says why the results are the same to the last bit.
"""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from sim.scheduler import eventloop as loop
from sim.scheduler.certificates import (
    exceeds_at,
    leaves_queue_at,
    queue_overflows_at,
    retries_at,
    ties_at,
)
from sim.scheduler.choice import PathChoice
from sim.scheduler.eventloop import NEVER_AT, Attempts, Floats, Given, Ints, State
from sim.scheduler.flight import Flight, in_flight
from sim.scheduler.given import demanded
from sim.scheduler.windows import Served, serve


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
    """Requests and threads of a stretch.

    Attributes:
        until_s: Where the stretch ends at the latest; what happens there is not part of it.
        flight: What is in flight when it begins, on all replicas.
        queued: Attempts that are in the queue when it begins.
        new: Requests that arrive in it.
        request: The request of each that is offered, the queued ones first, shape ``(n,)``.
        attempt: The attempt of each, shape ``(n,)``.
        from_s: From when on each may start: its arrival, or the beginning, shape ``(n,)``.
        deadline_at_s: When each is answered at the latest, shape ``(n,)``.
        thread: The threads of open replicas in the order of the line, shape ``(threads,)``.
        free_at_s: When each of them is free, shape ``(threads,)``.
        idle_count: How many of them are in the line when it begins.
    """

    until_s: float
    flight: Flight
    queued: Ints
    new: Ints
    request: Ints
    attempt: Ints
    from_s: Floats
    deadline_at_s: Floats
    thread: Ints
    free_at_s: Floats
    idle_count: int


def offer(s: State, g: Given, a: Attempts, until_s: float, most: int) -> Offer:
    """Return what there is to serve from now to `until_s`, or the first `most` requests of it."""
    flight = in_flight(s, g, a)
    until_s = min(until_s, _first_drained_at(s, g, flight), _without_room_at(s, g))
    first = int(s.i[loop.NEXT_REQUEST])
    if first + most < g.arrival.size:
        until_s = min(until_s, float(g.arrival[first + most]))
    last = max(first, int(np.searchsorted(g.arrival, until_s)))
    head, attempts = int(s.i[loop.QUEUE_HEAD]), int(s.i[loop.ATTEMPTS])
    queued = head + np.flatnonzero(a.ab[loop.A_OUTCOME, head:attempts] == loop.QUEUED)
    new = np.arange(first, last)
    request = np.concatenate((a.ai[loop.A_REQUEST, queued], new))
    arrived_s = np.concatenate((a.af[loop.A_ARRIVAL, queued], g.arrival[first:last]))
    thread, free_at_s, idle_count = _line(s, g, flight)
    return Offer(
        until_s=until_s,
        flight=flight,
        queued=queued,
        new=new,
        request=request,
        attempt=np.concatenate((queued, attempts + np.arange(new.size))),
        from_s=np.maximum(arrived_s, s.f[loop.NOW]),
        deadline_at_s=arrived_s + limits(g, request),
        thread=thread,
        free_at_s=free_at_s,
        idle_count=idle_count,
    )


def limits(g: Given, request: Ints) -> Floats | float:
    """Return how long attempts of requests may take."""
    return np.minimum(g.deadline[request], g.timeout) if g.deadline.size else g.timeout


def _first_drained_at(s: State, g: Given, flight: Flight) -> float:
    """Return when first a draining replica's last request ends: control must see it."""
    slot = flight.thread // g.width
    draining = np.flatnonzero((s.si[loop.S_DRAINING] > 0) & (s.si[loop.S_IN_FLIGHT] > 0))
    return min((float(flight.end_s[slot == place].max()) for place in draining), default=NEVER_AT)


def _without_room_at(s: State, g: Given) -> float:
    """Return the instant of the first evaluation for which there is no room."""
    room = s.k_seen.shape[1] - int(s.i[loop.TICKS])
    return float((int(s.i[loop.NEXT_TICK]) + room) * g.tick_interval)


def _line(s: State, g: Given, flight: Flight) -> tuple[Ints, Floats, int]:
    """Return the threads of open replicas in the order in which they are free, and when."""
    places = (s.i[loop.LINE_HEAD] + np.arange(s.i[loop.LINE_LENGTH])) % s.line.size
    idle = s.line[places]
    busy = flight[s.si[loop.S_OPEN, flight.thread // g.width] > 0]
    order = np.lexsort((busy.number, busy.ends_as_wait, busy.end_s))
    thread = np.concatenate((idle, busy.thread[order]))
    now_s = float(s.f[loop.NOW])
    return thread, np.concatenate((np.full(idle.size, now_s), busy.end_s[order])), idle.size


# Serving ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """How the requests of an offer are served if nothing but the threads binds."""

    served: Served
    started: Flight
    in_windows: int


def find(s: State, g: Given, given: Offer, choice: PathChoice, functions: ModuleType) -> Found:
    """Serve what is offered, by windows or, where they do not pay, by a heap of threads."""
    slot = int(np.argmax(s.si[loop.S_OPEN] > 0))
    row, scale = int(s.si[loop.S_ROW, slot]), float(s.sf[loop.S_SCALE, slot])
    size = given.request.size
    wait_s, gpu_s = (
        np.broadcast_to(demanded(g, quantity, row, given.request), size)
        for quantity in (loop.D_WAIT, loop.D_GPU)
    )
    cpu_s = np.broadcast_to(demanded(g, loop.D_CPU, row, given.request) / scale, size)
    work_s = [part for part in (wait_s, cpu_s, gpu_s) if part.any()] or [wait_s]
    served, in_windows = _serve(given, work_s, choice, functions)
    wait_end_s = served.start_at_s + wait_s
    started = Flight(
        thread=given.thread[served.thread],
        attempt=given.attempt,
        number=int(s.i[loop.STARTS]) + np.arange(size),
        start_at_s=served.start_at_s,
        wait_end_s=wait_end_s,
        cpu_end_s=wait_end_s + cpu_s,
        end_s=served.end_at_s,
        has_cpu=cpu_s > 0,
        has_gpu=gpu_s > 0,
        bytes=np.broadcast_to(demanded(g, loop.D_MEMORY, row, given.request), size),
    )
    return Found(served, started, in_windows)


def _serve(
    given: Offer, work_s: list[Floats], choice: PathChoice, functions: ModuleType
) -> tuple[Served, int]:
    """Return who serves whom, and how many of them the windows served."""
    upto = slice(None) if choice.tries_windows() else slice(0)
    served = serve(
        given.from_s[upto],
        [part[upto] for part in work_s],
        given.free_at_s,
        window=choice.window,
        least_final=choice.least_final,
    )
    done, size, threads = served.count, given.request.size, given.thread.size
    if done == size:
        return served, done
    turns = loop.Turns(
        arrival=given.from_s[done:],
        work=np.stack([part[done:] for part in work_s]),
        start=np.empty(size - done),
        end=np.empty(size - done),
        free=np.empty(size - done),
        thread=np.empty(size - done, dtype=np.int64),
        heap_at=served.left_at_s.copy(),
        heap_key=np.arange(threads),
        heap_thread=served.left.copy(),
    )
    functions.serve_in_turn(turns)
    order = np.lexsort((turns.heap_key, turns.heap_at))
    return Served(
        start_at_s=np.concatenate((served.start_at_s, turns.start)),
        end_at_s=np.concatenate((served.end_at_s, turns.end)),
        free_at_s=np.concatenate((served.free_at_s, turns.free)),
        thread=np.concatenate((served.thread, turns.thread)),
        left_at_s=turns.heap_at[order],
        left=turns.heap_thread[order],
    ), done


# How far it is the truth ------------------------------------------------------------------------


def certified_until(s: State, g: Given, a: Attempts, given: Offer, found: Found) -> float:
    """Return the instant before which nothing but the threads bound: at most the stretch's end."""
    started, flight = found.started, given.flight
    everyone = flight.together(started)
    is_running = a.ab[loop.A_OUTCOME, flight.attempt] == loop.RUNNING
    until_s = given.until_s
    if g.queue_capacity >= 0:
        arrival_s = g.arrival[given.new]
        full_at = queue_overflows_at(
            arrival_s, started.start_at_s, given.queued.size, g.queue_capacity
        )
        until_s = min(until_s, full_at)
    until_s = min(until_s, leaves_queue_at(started.start_at_s, given.deadline_at_s))
    if _may_retry(g):
        running = flight[is_running]
        arrived_s = a.af[loop.A_ARRIVAL, running.attempt]
        limit_s = limits(g, a.ai[loop.A_REQUEST, running.attempt])
        until_s = min(
            until_s,
            retries_at(running.end_s, arrived_s + limit_s),
            retries_at(started.end_s, given.deadline_at_s),
        )
    if everyone.has_cpu.any() and (s.si[loop.S_THREADS] > s.sf[loop.S_CORES]).any():
        cores = s.sf[loop.S_CORES].astype(np.int64)
        until_s = min(until_s, exceeds_at(everyone.use_of_cores(g.width), cores))
    if everyone.has_gpu.any():
        until_s = min(until_s, exceeds_at(everyone.use_of_gpus(g.width), _gpu_slots(s, g)))
    room = s.si[loop.S_LIMIT_BYTES] - s.si[loop.S_USED_BYTES] + _held_bytes(g, s, flight)
    if (s.si[loop.S_THREADS] * int(everyone.bytes.max(initial=0)) > room).any():
        until_s = min(until_s, exceeds_at(everyone.use_of_memory(g.width), room))
    is_wait = everyone.ends_as_wait
    if is_wait.any() and not is_wait.all():
        until_s = min(until_s, ties_at(everyone.end_s, is_wait))
    return until_s


def _may_retry(g: Given) -> bool:
    timeouts = [loop.INFERENCE_TIMEOUT, loop.CLIENT_TIMEOUT]
    return g.max_attempts > 1 and bool(g.retried[timeouts].any())


def _gpu_slots(s: State, g: Given) -> Ints:
    """Return how many requests the GPUs in each slot serve at once."""
    serving = np.flatnonzero(s.ti[loop.T_PHASE] == loop.GPU) // g.width
    return np.asarray(s.si[loop.S_GPU_FREE] + np.bincount(serving, minlength=s.si.shape[1]))


def _held_bytes(g: Given, s: State, flight: Flight) -> Ints:
    """Return the memory that requests in flight hold in each slot."""
    held = np.zeros(s.si.shape[1], dtype=np.int64)
    np.add.at(held, flight.thread // g.width, flight.bytes)
    return held
