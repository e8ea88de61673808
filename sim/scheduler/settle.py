"""Writing down what a stretch found: everything before an instant, as the event loop would have.

The loop's state and the attempts' rows are brought to just before `cut_s`; what was found from
there on is dropped.
"""

import numpy as np

from sim.scheduler import eventloop as loop
from sim.scheduler.eventloop import Attempts, Given, Ints, State
from sim.scheduler.flight import Flight
from sim.scheduler.stretch import Found, Offer, limits


def settle(s: State, g: Given, a: Attempts, given: Offer, found: Found, cut_s: float) -> None:
    """Let everything happen that is before `cut_s`; there is room for it in every array."""
    started = found.started
    count = int(np.searchsorted(started.start_at_s, cut_s))
    arrived = int(np.searchsorted(g.arrival[given.new], cut_s))
    _see_evaluations(s, g, given, found, cut_s)
    running = given.flight[given.flight.end_s >= cut_s]
    ended = given.flight[given.flight.end_s < cut_s]
    begun = started[np.arange(count)] if count < started.thread.size else started
    _remember(s, a, np.concatenate((given.flight.attempt, given.queued[:count])))
    _write_arrivals(s, a, g, given, arrived)
    _write_starts(s, g, a, begun)
    _write_answers(s, g, a, ended, begun, cut_s)
    s.i[loop.NEXT_REQUEST] += arrived
    s.i[loop.ATTEMPTS] += arrived
    s.i[loop.STARTS] += count
    s.i[loop.IN_WINDOWS] += min(count, found.in_windows)
    s.i[loop.IN_TURN] += count - min(count, found.in_windows)
    s.i[loop.QUEUE_LENGTH] += arrived - count
    waiting = given.queued.size + arrived - count
    if waiting:
        s.i[loop.QUEUE_HEAD] = given.attempt[count]
    else:
        s.i[loop.QUEUE_HEAD] = s.i[loop.ATTEMPTS]
    if arrived:
        s.f[loop.LAST_ARRIVAL_AT] = g.arrival[s.i[loop.NEXT_REQUEST] - 1]
    s.f[loop.NOW] = max(s.f[loop.NOW], float(np.nextafter(cut_s, 0.0)))
    _place_threads(s, g, given, begun, running, cut_s)
    _find_deadlines(s, g, a)


def _see_evaluations(s: State, g: Given, given: Offer, found: Found, cut_s: float) -> None:
    """Note what the evaluations before `cut_s` see."""
    first = int(s.i[loop.NEXT_TICK])
    room = s.k_seen.shape[1] - int(s.i[loop.TICKS])
    at_s = (first + np.arange(room)) * g.tick_interval
    at_s = at_s[: np.searchsorted(at_s, cut_s)]
    arrival_s = g.arrival[given.new]
    started = np.searchsorted(found.started.start_at_s, at_s)
    arrived = np.searchsorted(arrival_s, at_s)
    released = np.searchsorted(found.served.free_at_s, at_s) + np.searchsorted(
        np.sort(found.served.left_at_s), at_s
    )
    is_open = s.si[loop.S_OPEN, given.flight.thread // g.width] > 0
    elsewhere = np.sort(given.flight.end_s[~is_open])
    busy = given.thread.size - np.maximum(released, given.idle_count) + started
    in_flight = busy + elsewhere.size - np.searchsorted(elsewhere, at_s)
    places = slice(int(s.i[loop.TICKS]), int(s.i[loop.TICKS]) + at_s.size)
    s.k_seen[loop.K_BUSY, places] = busy
    s.k_seen[loop.K_QUEUED, places] = given.queued.size + arrived - started
    s.k_seen[loop.K_IN_FLIGHT, places] = in_flight
    earlier_s = np.concatenate(([s.f[loop.LAST_ARRIVAL_AT]], arrival_s))
    s.k_last_arrival[places] = earlier_s[arrived]
    s.i[loop.TICKS] += at_s.size
    s.i[loop.NEXT_TICK] += at_s.size


def _remember(s: State, a: Attempts, attempt: Ints) -> None:
    """Make the present values of earlier attempts' rows something to go back to."""
    attempt = attempt[attempt < s.i[loop.UNDO_BELOW]]
    places = slice(int(s.i[loop.UNDO]), int(s.i[loop.UNDO]) + attempt.size)
    a.ui[loop.U_ATTEMPT, places] = attempt
    a.ui[loop.U_REVISION : loop.U_THREAD + 1, places] = a.ai[loop.A_REVISION :, attempt]
    a.ui[loop.U_OUTCOME, places] = a.ab[loop.A_OUTCOME, attempt]
    a.uf[:, places] = a.af[loop.A_START :, attempt]
    s.i[loop.UNDO] += attempt.size


def _write_arrivals(s: State, a: Attempts, g: Given, given: Offer, arrived: int) -> None:
    """Make a row for each new request, in the queue."""
    first = int(s.i[loop.ATTEMPTS])
    rows = slice(first, first + arrived)
    a.ai[loop.A_REQUEST, rows] = given.new[:arrived]
    a.ai[loop.A_REVISION :, rows] = -1
    a.ab[loop.A_ATTEMPT, rows] = 1
    a.ab[loop.A_OUTCOME, rows] = loop.QUEUED
    a.af[loop.A_ARRIVAL, rows] = g.arrival[given.new[:arrived]]
    a.af[loop.A_START :, rows] = np.nan


def _write_starts(s: State, g: Given, a: Attempts, begun: Flight) -> None:
    """Note where and when requests started."""
    slot = begun.thread // g.width
    a.af[loop.A_START, begun.attempt] = begun.start_at_s
    a.ai[loop.A_REVISION, begun.attempt] = s.si[loop.S_REVISION, slot]
    a.ai[loop.A_REPLICA, begun.attempt] = s.si[loop.S_REPLICA, slot]
    a.ai[loop.A_THREAD, begun.attempt] = begun.thread - slot * g.width
    a.ab[loop.A_OUTCOME, begun.attempt] = loop.RUNNING


def _write_answers(
    s: State, g: Given, a: Attempts, ended: Flight, begun: Flight, cut_s: float
) -> None:
    """Note the ends of services and the deadlines that came before `cut_s`.

    A request that ends at its deadline succeeds; one whose deadline came first is answered then,
    and releases its thread at its own end.
    """
    flying = np.flatnonzero(s.ti[loop.T_ATTEMPT] >= 0)
    attempt = np.concatenate((s.ti[loop.T_ATTEMPT, flying], begun.attempt))
    end_s = np.full(attempt.size, np.inf)
    end_s[flying.size :] = begun.end_s
    # `ended` are those of the flight that ended, in the order of their threads.
    end_s[np.searchsorted(flying, ended.thread)] = ended.end_s
    is_over = end_s < cut_s
    a.af[loop.A_RELEASED, attempt[is_over]] = end_s[is_over]
    is_running = a.ab[loop.A_OUTCOME, attempt] == loop.RUNNING
    request = a.ai[loop.A_REQUEST, attempt]
    deadline_s = a.af[loop.A_ARRIVAL, attempt] + limits(g, request)
    is_late = is_running & (deadline_s < end_s) & (deadline_s < cut_s)
    late = attempt[is_late]
    a.af[loop.A_ANSWERED, late] = deadline_s[is_late]
    is_client = (
        g.deadline[request[is_late]] < g.timeout
        if g.deadline.size
        else np.zeros(late.size, dtype=np.bool_)
    )
    a.ab[loop.A_OUTCOME, late] = np.where(is_client, loop.CLIENT_TIMEOUT, loop.INFERENCE_TIMEOUT)
    is_done = is_running & is_over & ~is_late
    a.af[loop.A_ANSWERED, attempt[is_done]] = end_s[is_done]
    a.ab[loop.A_OUTCOME, attempt[is_done]] = loop.COMPLETED


def _place_threads(
    s: State, g: Given, given: Offer, begun: Flight, running: Flight, cut_s: float
) -> None:
    """Put every thread where it is just before `cut_s`: in the line, or in a phase."""
    was_busy = np.flatnonzero(s.ti[loop.T_ATTEMPT] >= 0)
    slots = s.si.shape[1]
    held = np.zeros(slots, dtype=np.int64)
    np.add.at(held, given.flight.thread // g.width, given.flight.bytes)
    on_gpu = np.bincount(np.flatnonzero(s.ti[loop.T_PHASE] == loop.GPU) // g.width, minlength=slots)
    for threads in (was_busy, given.thread):
        s.ti[loop.T_ATTEMPT, threads] = -1
        s.ti[loop.T_PHASE, threads] = loop.IDLE
        s.ti[loop.T_IN_LINE, threads] = 0
    latest = begun[_last_on_each_thread(begun.thread)]
    _stand_in_line(s, given, latest, cut_s)
    flight = running[~np.isin(running.thread, latest.thread)].together(
        latest[latest.end_s >= cut_s]
    )
    phase, value_s = flight.phase_at(cut_s)
    slot = flight.thread // g.width
    s.ti[loop.T_ATTEMPT, flight.thread] = flight.attempt
    s.ti[loop.T_START, flight.thread] = flight.number
    s.ti[loop.T_PHASE, flight.thread] = phase
    s.ti[loop.T_BYTES, flight.thread] = flight.bytes
    s.tf[loop.T_VALUE, flight.thread] = value_s
    s.si[loop.S_USED_BYTES] -= held
    np.add.at(s.si[loop.S_USED_BYTES], slot, flight.bytes)
    s.si[loop.S_IN_FLIGHT] = np.bincount(slot, minlength=slots)
    s.si[loop.S_CPU_COUNT] = np.bincount(slot[phase == loop.CPU], minlength=slots)
    s.si[loop.S_GPU_FREE] += on_gpu - np.bincount(slot[phase == loop.GPU], minlength=slots)
    kind = np.where(phase == loop.WAIT, loop.WAIT_CLASS, loop.END_CLASS)
    key = kind * loop.KEY + flight.number
    order = np.lexsort((key, value_s))
    s.i[loop.ENDS] = order.size
    s.e_at[: order.size] = value_s[order]
    s.e_key[: order.size] = key[order]
    s.e_thread[: order.size] = flight.thread[order]


def _last_on_each_thread(thread: Ints) -> Ints:
    """Return the place of the last request on each thread that has one, in order."""
    last = np.full(int(thread.max(initial=-1)) + 1, -1)
    last[thread] = np.arange(thread.size)  # of equal indices the last assignment stays
    return np.sort(last[last >= 0])


def _stand_in_line(s: State, given: Offer, latest: Flight, cut_s: float) -> None:
    """Make the line: the idle threads in the order in which they became free."""
    busy = given.flight
    was_busy = np.isin(busy.thread, given.thread) & ~np.isin(busy.thread, latest.thread)
    released = busy[was_busy].together(latest)
    released = released[released.end_s < cut_s]
    order = np.lexsort((released.number, released.ends_as_wait, released.end_s))
    idle = given.thread[: given.idle_count]
    line = np.concatenate((idle[~np.isin(idle, latest.thread)], released.thread[order]))
    s.i[loop.LINE_HEAD], s.i[loop.LINE_LENGTH] = 0, line.size
    s.i[loop.IDLE_COUNT] = line.size
    s.line[: line.size] = line
    s.ti[loop.T_IN_LINE, line] = 1


def _find_deadlines(s: State, g: Given, a: Attempts) -> None:
    """Note which deadlines are still to come."""
    flying = s.ti[loop.T_ATTEMPT, s.ti[loop.T_ATTEMPT] >= 0]
    head, attempts = int(s.i[loop.QUEUE_HEAD]), int(s.i[loop.ATTEMPTS])
    queued = head + np.flatnonzero(a.ab[loop.A_OUTCOME, head:attempts] == loop.QUEUED)
    open_ = np.sort(np.concatenate((flying[a.ab[loop.A_OUTCOME, flying] == loop.RUNNING], queued)))
    if not g.deadline.size:
        s.i[loop.DEADLINE_HEAD] = open_[0] if open_.size else attempts
        return
    deadline_s = a.af[loop.A_ARRIVAL, open_] + limits(g, a.ai[loop.A_REQUEST, open_])
    order = np.argsort(deadline_s, kind="stable")
    s.i[loop.DEADLINES] = order.size
    s.d_at[: order.size] = deadline_s[order]
    s.d_attempt[: order.size] = open_[order]
