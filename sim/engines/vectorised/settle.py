"""Writing down what a stretch found: everything before an instant, as the event loop would have.

The loop's state and the attempts' rows are brought to just before `cut_s`; what was found from
there on is dropped. It is written whole columns at a time, which takes a fixed 0.25 ms and 45 ns a
request (32 threads), where the event loop takes 150 to 200 ns for all that a request needs. The
loop goes on from `cut_s`, so all that it keeps is made anew here: the line, the heap of ends and
the deadlines. Only what it can list by itself, the order of cpu phases, is left to `list_cpu`.
"""

import numpy as np

from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.eventloop import Attempts, Floats, Given, Ints, State
from sim.engines.vectorised.flight import (
    Flight,
    evaluated_slots,
    gpu_slots_used,
    queued_attempts,
)
from sim.engines.vectorised.given import Rows, consecutive, limits
from sim.engines.vectorised.stretch import Found, Offer

_COMPLETED, _RUNNING = np.int8(loop.COMPLETED), np.int8(loop.RUNNING)


def settle(s: State, g: Given, a: Attempts, offered: Offer, found: Found, cut_s: float) -> None:
    """Let everything happen that is before `cut_s`; there is room for it in every array."""
    # Starts and arrivals ascend, so what is before the cut is the first part of either.
    count = int(np.searchsorted(found.started.start_at_s, cut_s))
    arrived = int(np.searchsorted(g.arrival[offered.new], cut_s))
    begun = found.started[:count]
    waiting = offered.queued.size + arrived - count
    _see_evaluations(s, g, offered, found, cut_s)
    # Before the rows are written: whoever goes back needs what stood there.
    _remember(s, a, np.concatenate((offered.flight.attempt, offered.queued[:count])))
    _write_arrivals(s, a, g, offered, arrived, waiting)
    rows = consecutive(begun.attempt)
    _write_starts(s, g, a, begun, rows)
    _write_ends(g, a, begun, rows, offered.deadline_at_s[:count], cut_s)
    _write_ends_of_earlier(g, a, offered.flight, cut_s)
    s.i[loop.NEXT_REQUEST] += arrived
    s.i[loop.ATTEMPTS] += arrived
    s.i[loop.STARTS] += count
    s.i[loop.IN_WINDOWS if found.by_windows else loop.IN_TURN] += count
    s.i[loop.QUEUE_LENGTH] = waiting
    s.i[loop.QUEUE_HEAD] = offered.attempt[count] if waiting else s.i[loop.ATTEMPTS]
    if arrived:
        s.f[loop.LAST_ARRIVAL_AT] = g.arrival[s.i[loop.NEXT_REQUEST] - 1]
    # Just before the cut, at which nothing has happened: the loop may begin there with any class.
    s.f[loop.NOW] = max(s.f[loop.NOW], float(np.nextafter(cut_s, 0.0)))
    _place_threads(s, g, offered, begun, cut_s)
    _find_deadlines(s, g, a)


def _see_evaluations(s: State, g: Given, offered: Offer, found: Found, cut_s: float) -> None:
    """Note what the evaluations before `cut_s` see."""
    first = int(s.i[loop.NEXT_TICK])
    room = s.k_seen.shape[1] - int(s.i[loop.TICKS])
    at_s = (first + np.arange(room)) * g.tick_interval
    at_s = at_s[: np.searchsorted(at_s, cut_s)]
    arrival_s = g.arrival[offered.new]
    started = np.searchsorted(found.started.start_at_s, at_s)
    arrived = np.searchsorted(arrival_s, at_s)
    # A thread is busy from its start to its release, and each start takes what was released before:
    # those that are not taken are idle. So busy are all, less the released, plus the started.
    released = np.searchsorted(found.served.free_at_s, at_s) + np.searchsorted(
        np.sort(found.served.left_at_s), at_s
    )
    is_open = s.si[loop.S_OPEN, offered.flight.thread // g.width] > 0
    elsewhere = np.sort(offered.flight.end_s[~is_open])
    busy = offered.thread.size - np.maximum(released, offered.idle_count) + started
    in_flight = busy + elsewhere.size - np.searchsorted(elsewhere, at_s)
    is_seen = evaluated_slots(s)
    if not is_seen[s.si[loop.S_OPEN] > 0].all():
        busy = _busy_in(is_seen, g.width, offered.flight, found.started, at_s)
    columns = slice(int(s.i[loop.TICKS]), int(s.i[loop.TICKS]) + at_s.size)
    s.k_seen[loop.K_BUSY, columns] = busy
    s.k_seen[loop.K_QUEUED, columns] = offered.queued.size + arrived - started
    s.k_seen[loop.K_IN_FLIGHT, columns] = in_flight
    earlier_s = np.concatenate(([s.f[loop.LAST_ARRIVAL_AT]], arrival_s))
    s.k_last_arrival[columns] = earlier_s[arrived]
    s.i[loop.TICKS] += at_s.size
    s.i[loop.NEXT_TICK] += at_s.size


def _busy_in(
    slots: np.ndarray, width: int, flight: Flight, started: Flight, at_s: Floats
) -> np.ndarray:
    """Return how many threads of some slots are busy just before each instant.

    Args:
        slots: Whether the threads of each slot are meant, shape ``(slots,)``.
        width: Threads of a slot.
        flight: What is in flight when the stretch begins.
        started: What starts in it.
        at_s: The instants, ascending.
    """
    before = flight[slots[flight.thread // width]]
    during = started[slots[started.thread // width]]
    end_s = np.sort(np.concatenate((before.end_s, during.end_s)))
    begun = before.end_s.size + np.searchsorted(during.start_at_s, at_s)
    return np.asarray(begun - np.searchsorted(end_s, at_s))


def _remember(s: State, a: Attempts, attempt: Ints) -> None:
    """Make the present values of earlier attempts' rows something to go back to."""
    attempt = attempt[attempt < s.i[loop.UNDO_BELOW]]
    columns = slice(int(s.i[loop.UNDO]), int(s.i[loop.UNDO]) + attempt.size)
    a.ui[loop.U_ATTEMPT, columns] = attempt
    a.ui[loop.U_REVISION : loop.U_THREAD + 1, columns] = a.ai[loop.A_REVISION :, attempt]
    a.ui[loop.U_OUTCOME, columns] = a.ab[loop.A_OUTCOME, attempt]
    a.uf[:, columns] = a.af[loop.A_START :, attempt]
    s.i[loop.UNDO] += attempt.size


def _write_arrivals(
    s: State, a: Attempts, g: Given, offered: Offer, arrived: int, waiting: int
) -> None:
    """Make a row for each new request; the last `waiting` attempts are in the queue.

    What else is in the rows of those that start is written with their starts and ends.
    """
    first = int(s.i[loop.ATTEMPTS])
    rows = slice(first, first + arrived)
    request = offered.new.start
    a.ai[loop.A_REQUEST, rows] = np.arange(request, request + arrived)
    a.ab[loop.A_ATTEMPT, rows] = 1
    a.af[loop.A_ARRIVAL, rows] = g.arrival[request : request + arrived]
    queued = slice(max(first, rows.stop - waiting), rows.stop)
    a.ai[loop.A_REVISION :, queued] = -1
    a.ab[loop.A_OUTCOME, queued] = loop.QUEUED
    a.af[loop.A_START :, queued] = np.nan


def _write_starts(s: State, g: Given, a: Attempts, begun: Flight, rows: Rows) -> None:
    """Note where and when requests started, in their rows."""
    slot, number = np.divmod(np.arange(s.ti.shape[1]), g.width)
    columns = {
        loop.A_REVISION: s.si[loop.S_REVISION, slot],
        loop.A_REPLICA: s.si[loop.S_REPLICA, slot],
        loop.A_THREAD: number,
    }
    for column, of_thread in columns.items():
        a.ai[column, rows] = of_thread.astype(a.ai.dtype)[begun.thread]
    a.af[loop.A_START, rows] = begun.start_at_s


def _write_ends(
    g: Given, a: Attempts, running: Flight, rows: Rows, deadline_s: Floats, cut_s: float
) -> None:
    """Note the ends and the deadlines of running requests that came before `cut_s`.

    A request that ends at its deadline succeeds; one whose deadline came first is answered then,
    and releases its thread at its own end.
    """
    is_over = running.end_s < cut_s
    released_s = np.where(is_over, running.end_s, np.nan)
    a.af[loop.A_RELEASED, rows] = released_s
    a.af[loop.A_ANSWERED, rows] = released_s
    a.ab[loop.A_OUTCOME, rows] = np.where(is_over, _COMPLETED, _RUNNING)
    is_late = (deadline_s < running.end_s) & (deadline_s < cut_s)
    if not is_late.any():
        return
    late = running.attempt[is_late]
    a.af[loop.A_ANSWERED, late] = deadline_s[is_late]
    a.ab[loop.A_OUTCOME, late] = loop.INFERENCE_TIMEOUT
    if g.deadline.size:
        is_client = g.deadline[a.ai[loop.A_REQUEST, late]] < g.timeout
        a.ab[loop.A_OUTCOME, late[is_client]] = loop.CLIENT_TIMEOUT


def _write_ends_of_earlier(g: Given, a: Attempts, flight: Flight, cut_s: float) -> None:
    """Note the same for requests in flight, some of which were answered at their deadlines."""
    is_running = a.ab[loop.A_OUTCOME, flight.attempt] == loop.RUNNING
    running = flight[is_running]
    limit_s = limits(g, a.ai[loop.A_REQUEST, running.attempt])
    deadline_s = a.af[loop.A_ARRIVAL, running.attempt] + limit_s
    _write_ends(g, a, running, running.attempt, deadline_s, cut_s)
    answered = flight[~is_running & (flight.end_s < cut_s)]
    a.af[loop.A_RELEASED, answered.attempt] = answered.end_s


def _place_threads(s: State, g: Given, offered: Offer, begun: Flight, cut_s: float) -> None:
    """Put every thread where it is just before `cut_s`: in the line, or in a phase."""
    slots = s.si.shape[1]
    gpu_slots = s.si[loop.S_GPU_FREE] + gpu_slots_used(s, g)
    without_bytes = s.si[loop.S_USED_BYTES] - offered.flight.bytes_in(slots, g.width)
    for threads in (offered.flight.thread, offered.thread):
        s.ti[loop.T_ATTEMPT, threads] = -1
        s.ti[loop.T_PHASE, threads] = loop.IDLE
        s.ti[loop.T_IN_LINE, threads] = 0
    # Of all that a thread served only the last may still run; those in flight at first that no
    # start came after are still theirs.
    latest = begun[_last_on_each_thread(begun.thread)]
    was_taken = np.zeros(s.ti.shape[1], dtype=np.bool_)
    was_taken[latest.thread] = True
    known = offered.flight[~was_taken[offered.flight.thread]].together(latest)
    idle = offered.thread[: offered.idle_count]
    _stand_in_line(s, g, idle[~was_taken[idle]], known[known.end_s < cut_s])
    flight = known[known.end_s >= cut_s]
    phase, value_s = flight.phase_at(cut_s)
    slot = flight.thread // g.width
    s.ti[loop.T_ATTEMPT, flight.thread] = flight.attempt
    s.ti[loop.T_START, flight.thread] = flight.number
    s.ti[loop.T_PHASE, flight.thread] = phase
    s.ti[loop.T_BYTES, flight.thread] = flight.bytes
    s.tf[loop.T_VALUE, flight.thread] = value_s
    s.si[loop.S_USED_BYTES] = without_bytes + flight.bytes_in(slots, g.width)
    s.si[loop.S_IN_FLIGHT] = np.bincount(slot, minlength=slots)
    s.si[loop.S_CPU_COUNT] = np.bincount(slot[phase == loop.CPU], minlength=slots)
    s.si[loop.S_GPU_FREE] = gpu_slots - np.bincount(slot[phase == loop.GPU], minlength=slots)
    kind = np.where(phase == loop.WAIT, loop.WAIT_CLASS, loop.END_CLASS)
    key = kind * loop.KEY + flight.number
    order = np.lexsort((key, value_s))  # what is in order is a heap
    s.i[loop.ENDS] = order.size
    s.e_at[: order.size] = value_s[order]
    s.e_key[: order.size] = key[order]
    s.e_thread[: order.size] = flight.thread[order]


def _last_on_each_thread(thread: Ints) -> Ints:
    """Return the place of the last request on each thread that has one, in order."""
    last = np.full(int(thread.max(initial=-1)) + 1, -1)
    last[thread] = np.arange(thread.size)  # of equal indices the last assignment stays
    return np.sort(last[last >= 0])


def _stand_in_line(s: State, g: Given, idle: Ints, released: Flight) -> None:
    """Make the line: the threads that stayed idle, and open ones in the order of their release."""
    is_open = s.si[loop.S_OPEN, released.thread // g.width] > 0
    joined = released[is_open]
    line = np.concatenate((idle, joined.thread[joined.in_line_order()]))
    s.i[loop.LINE_HEAD], s.i[loop.LINE_LENGTH] = 0, line.size
    s.i[loop.IDLE_COUNT] = line.size
    s.line[: line.size] = line
    s.ti[loop.T_IN_LINE, line] = 1


def _find_deadlines(s: State, g: Given, a: Attempts) -> None:
    """Note which deadlines are still to come."""
    flying = s.ti[loop.T_ATTEMPT, s.ti[loop.T_ATTEMPT] >= 0]
    running = flying[a.ab[loop.A_OUTCOME, flying] == loop.RUNNING]
    open_ = np.sort(np.concatenate((running, queued_attempts(s, a))))
    if not g.deadline.size:
        s.i[loop.DEADLINE_HEAD] = open_[0] if open_.size else s.i[loop.ATTEMPTS]
        return
    deadline_s = a.af[loop.A_ARRIVAL, open_] + limits(g, a.ai[loop.A_REQUEST, open_])
    order = np.argsort(deadline_s, kind="stable")
    s.i[loop.DEADLINES] = order.size
    s.d_at[: order.size] = deadline_s[order]
    s.d_attempt[: order.size] = open_[order]
