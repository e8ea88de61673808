"""The event loop: the requests of one deployment, item by item, over plain arrays.

Exact and sequential for all of the model (docs/model.md, "A request's life"). Written in the subset
of Python that Numba compiles; in small runs, and where Numba is absent, the same source runs as it
is, slower, with the same bits (`compilation`). All that is compiled together stands in this module,
the constants too, because Numba's cache on disk does not see an edit in another file.

The state is one `State`: named views of two blocks (float64 and int64), so that a checkpoint is two
copies. `run` processes items in the order of the model until a bound, or until control must see
something. Times are in seconds, memory in bytes; `thread` is slot x width + thread number, a slot
being a place for one replica.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engines.vectorised.jit import decorators

compiled, inlined = decorators(__name__)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


# Why `run` returned -----------------------------------------------------------------------------

REACHED = 0
GROW = 1
OVER_MEMORY = 2
DRAINED = 3
AT_ZERO = 4
SEEN_ENOUGH = 5
JOIN = 6

# Phases of a thread -----------------------------------------------------------------------------

IDLE, WAIT, CPU, GPU_LINE, GPU = 0, 1, 2, 3, 4

# Outcomes, as in sim.states.Outcome ---------------------------------------------------------------

COMPLETED, RATE_LIMITED, DISABLED, QUEUE_FULL = 0, 1, 2, 3
INFERENCE_TIMEOUT, CLIENT_TIMEOUT = 4, 5
QUEUED, RUNNING = 9, 10

# Places in `State.i` and `State.f` --------------------------------------------------------------

(
    ATTEMPTS,  # attempts that have arrived
    NEXT_REQUEST,  # requests whose first attempt has arrived
    STARTS,  # starts so far
    QUEUE_HEAD,  # no attempt before this one is queued
    QUEUE_LENGTH,
    LINE_HEAD,
    LINE_LENGTH,
    IDLE_COUNT,  # threads that could take a request now
    ENDS,  # size of the heap of phase ends
    DEADLINES,  # size of the heap of deadlines
    DEADLINE_HEAD,  # with one timeout for all: no attempt before this one has a deadline to come
    RETRIES,  # size of the heap of retries
    IS_ENABLED,
    LIVE,  # live replicas of the evaluated revisions
    EVALUATED_FROM,  # the number of the first revision whose busy threads evaluations count
    JOINING,  # whether newly opened replicas are about to join the line
    SHARED,  # replicas whose cores are shared
    NOTICE_SLOT,  # whom the notice concerns
    TICKS,  # evaluations seen since the last reset of this number
    NEXT_TICK,  # number of the next evaluation
    UNDO,  # changes of earlier attempts that can be taken back
    UNDO_BELOW,  # attempts with a lower number are earlier ones
    HIGHEST_CLASS,  # highest class of an item at NOW so far
    IN_WINDOWS,  # starts that the window kernel found
    IN_TURN,  # starts that a tournament of threads found
    SHARING,  # replicas whose cores are shared and that do not hang
    SHARING_GRAINS,  # for how long there were any, see `_contend`
    LINED,  # replicas where somebody waits for a GPU and that do not hang
    LINED_GRAINS,
    GPU_WAITS,  # waits for a GPU that are over and took time
    I_SIZE,
) = range(31)

NOW, TAT_AT, LAST_ARRIVAL_AT, JOIN_AT, MEASURED_AT, F_SIZE = range(6)

GRAINS_PER_S, LAST_S = 2.0**32, 2.0**30  # as in sim.grains

TICK_CLASS, END_CLASS, WAIT_CLASS, DEADLINE_CLASS, LINE_CLASS, ARRIVAL_CLASS = 5, 6, 7, 8, 9, 10

KEY = 1 << 48
_NO_CLASS = 99
NEVER_AT = np.inf


# Rows of `State.si` and `State.sf`: of each slot, a place for a replica
(
    S_REPLICA,
    S_REVISION,
    S_ROW,
    S_THREADS,
    S_GPU_FREE,
    S_GPU_LINE,
    S_LIMIT_BYTES,
    S_USED_BYTES,
    S_OPEN,
    S_DRAINING,
    S_FROZEN,
    S_SHARED,
    S_CPU_COUNT,
    S_IN_FLIGHT,
    S_JOINING,
    S_FIRST,  # a tree over slots, see `_note_next`
) = range(16)
(
    S_CORES,
    S_SCALE,
    S_WARM_AT,
    S_FACTOR,
    S_VIRTUAL,
    S_MARK,
    S_NEXT_AT,
) = range(7)

# Rows of `State.ti` and `State.tf`: of each thread
(
    T_ATTEMPT,
    T_START,
    T_PHASE,
    T_BYTES,
    T_IN_LINE,
    T_SLOT,
    T_ORDER,  # in a slot's places: its threads in their cpu phase, see `_insert`
) = range(7)
(
    T_VALUE,
    T_ASKED,
) = range(2)

# Rows of `State.k_seen`: what each evaluation sees
K_BUSY, K_QUEUED, K_IN_FLIGHT = range(3)

# Rows of `Attempts.ai`, `ab` and `af`: of each attempt; of `ui` and `uf`: of each change
(
    A_REQUEST,
    A_REVISION,
    A_REPLICA,
    A_THREAD,
) = range(4)
A_ATTEMPT, A_OUTCOME = range(2)
(
    A_ARRIVAL,
    A_START,
    A_ANSWERED,
    A_RELEASED,
) = range(4)
(
    U_ATTEMPT,
    U_REVISION,
    U_REPLICA,
    U_THREAD,
    U_OUTCOME,
) = range(5)
(
    U_START,
    U_ANSWERED,
    U_RELEASED,
) = range(3)

# Rows of `Given.begin` and `Given.step`
D_WAIT, D_CPU, D_GPU, D_MEMORY = range(4)


class State(NamedTuple):
    """All that changes while requests are served, but for the attempts' columns.

    `i`, `f`: scalars; `si`, `sf` of shape `(rows, slots)`; `ti`, `tf` of shape `(rows, threads)`;
    `line`: a ring of threads; `e_...`, `d_...`, `r_...`: binary heaps of phase ends, deadlines and
    retries; `k_...`: what evaluations saw. A phase's value (T_VALUE) is its absolute end while it
    runs at full speed, what is left of it while its replica is frozen, and its finish value while
    cores are shared. Few arrays, because Numba passes each of them on as seven arguments.
    """

    i: Ints
    f: Floats
    si: Ints
    sf: Floats
    ti: Ints
    tf: Floats
    line: Ints
    e_at: Floats
    e_key: Ints
    e_thread: Ints
    d_at: Floats
    d_attempt: Ints
    r_at: Floats
    r_key: Ints
    k_seen: Ints
    k_last_arrival: Floats


class Attempts(NamedTuple):
    """The attempts' columns (see `sim.record.AttemptColumns`), and what can be taken back.

    `ai`, `ab`, `af` of shape `(rows, attempts)`; `ui`, `uf` hold earlier values of the attempts
    that U_ATTEMPT names, of shape `(rows, changes)`.
    """

    ai: NDArray[np.int32]
    ab: NDArray[np.int8]
    af: Floats
    ui: Ints
    uf: Floats


class Given(NamedTuple):
    """What does not change: the requests, and the settings of service and client.

    `demand` and `memory` hold one column after the other; that of quantity q in set s (one for
    each model version's demands) begins at `begin[q, s]` and goes on by `step[q, s]`, 0 where all
    requests ask for the same. `retry_wait` has shape `(attempts, n)`; `deadline` is empty without
    client deadlines; `retried` is 1 for outcomes tried again.
    """

    arrival: Floats
    demand: Floats
    memory: Ints
    begin: Ints
    step: Ints
    deadline: Floats
    retry_wait: Floats
    retried: Ints
    width: int
    max_attempts: int
    queue_capacity: int
    is_fewest: bool
    is_limited: bool
    limit_interval: float
    limit_tolerance: float
    timeout: float
    tick_interval: float


# Heaps: by time, then by key ----------------------------------------------------------------------


@compiled
def _push(at: Floats, key: Ints, size: int, item_at: float, item_key: int) -> None:
    """Put an item into a heap of `size` items."""
    node = size
    while node > 0:
        above = (node - 1) >> 1
        if at[above] < item_at or (at[above] == item_at and key[above] <= item_key):
            break
        at[node] = at[above]
        key[node] = key[above]
        node = above
    at[node] = item_at
    key[node] = item_key


@compiled
def _pop(at: Floats, key: Ints, size: int) -> None:
    """Take the least item out of a heap of `size` items."""
    last = size - 1
    item_at, item_key = at[last], key[last]
    node = 0
    while True:
        below = 2 * node + 1
        if below >= last:
            break
        right = below + 1
        if right < last and (
            at[right] < at[below] or (at[right] == at[below] and key[right] < key[below])
        ):
            below = right
        if item_at < at[below] or (item_at == at[below] and item_key <= key[below]):
            break
        at[node] = at[below]
        key[node] = key[below]
        node = below
    at[node] = item_at
    key[node] = item_key


@compiled
def _push_end(s: State, order: int, thread: int) -> None:
    """Let `thread` end its phase at its value, in class `order` by start number."""
    size = s.i[ENDS]
    item_at = s.tf[T_VALUE, thread]
    item_key = order * KEY + s.ti[T_START, thread]
    node = size
    while node > 0:
        above = (node - 1) >> 1
        if s.e_at[above] < item_at or (s.e_at[above] == item_at and s.e_key[above] <= item_key):
            break
        s.e_at[node] = s.e_at[above]
        s.e_key[node] = s.e_key[above]
        s.e_thread[node] = s.e_thread[above]
        node = above
    s.e_at[node] = item_at
    s.e_key[node] = item_key
    s.e_thread[node] = thread
    s.i[ENDS] = size + 1


@compiled
def _pop_end(s: State) -> None:
    """Take the first of the phase ends out."""
    last = s.i[ENDS] - 1
    s.i[ENDS] = last
    item_at, item_key, item_thread = s.e_at[last], s.e_key[last], s.e_thread[last]
    node = 0
    while True:
        below = 2 * node + 1
        if below >= last:
            break
        right = below + 1
        if right < last and (
            s.e_at[right] < s.e_at[below]
            or (s.e_at[right] == s.e_at[below] and s.e_key[right] < s.e_key[below])
        ):
            below = right
        if item_at < s.e_at[below] or (item_at == s.e_at[below] and item_key <= s.e_key[below]):
            break
        s.e_at[node] = s.e_at[below]
        s.e_key[node] = s.e_key[below]
        s.e_thread[node] = s.e_thread[below]
        node = below
    s.e_at[node] = item_at
    s.e_key[node] = item_key
    s.e_thread[node] = item_thread


@inlined
def _is_due(s: State) -> bool:
    """Return whether the first of the phase ends still means something; those of cpu do not."""
    thread = s.e_thread[0]
    order, number = s.e_key[0] // KEY, s.e_key[0] % KEY
    if (
        s.ti[T_START, thread] != number
        or s.tf[T_VALUE, thread] != s.e_at[0]
        or s.si[S_FROZEN, s.ti[T_SLOT, thread]]
    ):
        return False
    return bool(s.ti[T_PHASE, thread] == (WAIT if order == WAIT_CLASS else GPU))


# The three phases -----------------------------------------------------------------------------


@inlined
def _grain(s: State) -> int:
    """Return the grain of now, or of the instant from which on contention is measured."""
    return int(min(max(s.f[NOW], s.f[MEASURED_AT]), LAST_S) * GRAINS_PER_S)


@inlined
def _contend(s: State, count: int, length: int) -> None:
    """Let one replica more be among those that `count` counts.

    `length` is for how long there were any: ends less beginnings, so that while there are some
    the present is to be added.
    """
    if s.i[count] == 0:
        s.i[length] -= _grain(s)
    s.i[count] += 1


@inlined
def _rest(s: State, count: int, length: int) -> None:
    """Let one replica less be among those that `count` counts."""
    s.i[count] -= 1
    if s.i[count] == 0:
        s.i[length] += _grain(s)


@inlined
def _note_gpu_wait(s: State, thread: int) -> None:
    """Count that `thread` waited for a GPU until now, if that took time."""
    s.i[GPU_WAITS] += s.f[NOW] > max(s.tf[T_ASKED, thread], s.f[MEASURED_AT])


@inlined
def _insert(s: State, base: int, count: int, thread: int) -> None:
    """Let `thread` in among the `count` threads of its slot that are in their cpu phase.

    They stand in T_ORDER from place `base` on, those that end first at the end: by value, then by
    start number.
    """
    value, number = s.tf[T_VALUE, thread], s.ti[T_START, thread]
    place = base + count
    while place > base:
        other = s.ti[T_ORDER, place - 1]
        if s.tf[T_VALUE, other] > value or (
            s.tf[T_VALUE, other] == value and s.ti[T_START, other] > number
        ):
            break
        s.ti[T_ORDER, place] = other
        place -= 1
    s.ti[T_ORDER, place] = thread


@compiled
def _note_next(s: State, g: Given, slot: int) -> None:
    """Find when the next cpu phase ends in `slot`, and which slot's is the first of all.

    S_FIRST, at 0, is the slot that comes first, by instant and start number; in the middle of each
    block of 2, 4, 8 ... slots, the one that comes first in that block. There are 2^n slots; when
    they become more, the middles of the larger blocks are filled (`blocks.grown`).
    """
    count = s.si[S_CPU_COUNT, slot]
    at = NEVER_AT
    if count and not s.si[S_FROZEN, slot]:
        at = s.tf[T_VALUE, s.ti[T_ORDER, slot * g.width + count - 1]]
        if s.si[S_SHARED, slot]:
            rate = s.sf[S_CORES, slot] / count
            left = max(0.0, at - s.sf[S_VIRTUAL, slot])
            at = s.sf[S_MARK, slot] + left / rate
    s.sf[S_NEXT_AT, slot] = at
    first, half = slot, 1
    while half < s.si.shape[1]:
        beside = slot & -half ^ half  # where the other half of the block begins
        other = beside if half == 1 else s.si[S_FIRST, beside + (half >> 1)]
        other_at = s.sf[S_NEXT_AT, other]
        is_tie = (other_at == at) & (at < NEVER_AT)
        if is_tie and _next_number(s, g, other) < _next_number(s, g, first):
            at = NEVER_AT
        first += (other - first) * (other_at < at)
        at = min(at, other_at)
        s.si[S_FIRST, (slot | half) & -half] = first
        half *= 2
    s.si[S_FIRST, 0] = first


@inlined
def _next_number(s: State, g: Given, slot: int) -> int:
    """Return the start number of the request in `slot` whose cpu phase ends next."""
    return int(s.ti[T_START, s.ti[T_ORDER, slot * g.width + s.si[S_CPU_COUNT, slot] - 1]])


@inlined
def _rearrange(s: State, g: Given, slot: int) -> None:
    """Put the threads in their cpu phase in order again: values that differed may now be equal."""
    base = slot * g.width
    for count in range(1, s.si[S_CPU_COUNT, slot]):
        _insert(s, base, count, s.ti[T_ORDER, base + count])


@compiled
def _advance(s: State, slot: int, at: float) -> None:
    """Bring the virtual time of shared cores up to `at`."""
    if not s.si[S_FROZEN, slot]:
        rate = s.sf[S_CORES, slot] / s.si[S_CPU_COUNT, slot]
        s.sf[S_VIRTUAL, slot] += (at - s.sf[S_MARK, slot]) * rate
        s.sf[S_MARK, slot] = at


@compiled
def _begin_cpu(s: State, g: Given, slot: int, thread: int, work: float) -> None:
    now = s.f[NOW]
    work = work / s.sf[S_SCALE, slot]
    base, count = slot * g.width, s.si[S_CPU_COUNT, slot]
    if s.si[S_SHARED, slot]:
        _advance(s, slot, now)
        s.tf[T_VALUE, thread] = s.sf[S_VIRTUAL, slot] + work
    else:
        s.tf[T_VALUE, thread] = work if s.si[S_FROZEN, slot] else now + work
    s.ti[T_PHASE, thread] = CPU
    _insert(s, base, count, thread)
    count += 1
    s.si[S_CPU_COUNT, slot] = count
    if count > s.sf[S_CORES, slot] and not s.si[S_SHARED, slot]:
        s.si[S_SHARED, slot] = 1
        s.i[SHARED] += 1
        s.sf[S_VIRTUAL, slot] = 0.0
        s.sf[S_MARK, slot] = now
        if not s.si[S_FROZEN, slot]:
            _contend(s, SHARING, SHARING_GRAINS)
            for place in range(base, base + count):
                other = s.ti[T_ORDER, place]
                s.tf[T_VALUE, other] = max(0.0, s.tf[T_VALUE, other] - now)
            _rearrange(s, g, slot)
    _note_next(s, g, slot)


@compiled
def _end_cpu(s: State, g: Given, slot: int, thread: int) -> None:
    """End the cpu phase of `thread`, the next one to end in `slot`, now."""
    now = s.f[NOW]
    s.ti[T_PHASE, thread] = IDLE
    count = s.si[S_CPU_COUNT, slot] - 1
    s.si[S_CPU_COUNT, slot] = count
    if s.si[S_SHARED, slot]:
        s.sf[S_VIRTUAL, slot] = s.tf[T_VALUE, thread]
        s.sf[S_MARK, slot] = now
        if count <= s.sf[S_CORES, slot]:
            s.si[S_SHARED, slot] = 0
            s.i[SHARED] -= 1
            _rest(s, SHARING, SHARING_GRAINS)
            for place in range(slot * g.width, slot * g.width + count):
                other = s.ti[T_ORDER, place]
                left = max(0.0, s.tf[T_VALUE, other] - s.sf[S_VIRTUAL, slot])
                s.tf[T_VALUE, other] = now + left
            _rearrange(s, g, slot)
    _note_next(s, g, slot)


@compiled
def list_cpu(s: State, g: Given) -> None:
    """Note anew who is in the cpu phase and ends next, in every slot; cores are not shared."""
    for slot in range(s.si.shape[1]):
        if s.si[S_CPU_COUNT, slot] or s.sf[S_NEXT_AT, slot] < NEVER_AT:
            base, count = slot * g.width, 0
            for thread in range(base, base + s.si[S_THREADS, slot]):
                if s.ti[T_PHASE, thread] == CPU:
                    _insert(s, base, count, thread)
                    count += 1
            _note_next(s, g, slot)


@compiled
def _occupy_gpu(s: State, slot: int, thread: int, work: float) -> None:
    s.si[S_GPU_FREE, slot] -= 1
    s.ti[T_PHASE, thread] = GPU
    if s.si[S_FROZEN, slot]:
        s.tf[T_VALUE, thread] = work
    else:
        s.tf[T_VALUE, thread] = s.f[NOW] + work
        _push_end(s, END_CLASS, thread)


@compiled
def _begin_gpu(s: State, slot: int, thread: int, work: float) -> None:
    if s.si[S_GPU_FREE, slot] > 0:
        _occupy_gpu(s, slot, thread, work)
    else:
        s.ti[T_PHASE, thread] = GPU_LINE
        s.tf[T_ASKED, thread] = s.f[NOW]
        if not s.si[S_GPU_LINE, slot] and not s.si[S_FROZEN, slot]:
            _contend(s, LINED, LINED_GRAINS)
        s.si[S_GPU_LINE, slot] += 1


@compiled
def _free_gpu(s: State, g: Given, a: Attempts, slot: int) -> None:
    """Give a freed GPU slot to the head of the replica's line: by time, then start number."""
    s.si[S_GPU_FREE, slot] += 1
    if not s.si[S_GPU_LINE, slot]:
        return
    first = -1
    for thread in range(slot * g.width, slot * g.width + s.si[S_THREADS, slot]):
        if s.ti[T_PHASE, thread] == GPU_LINE and (
            first < 0
            or s.tf[T_ASKED, thread] < s.tf[T_ASKED, first]
            or (
                s.tf[T_ASKED, thread] == s.tf[T_ASKED, first]
                and s.ti[T_START, thread] < s.ti[T_START, first]
            )
        ):
            first = thread
    s.si[S_GPU_LINE, slot] -= 1
    if not s.si[S_GPU_LINE, slot]:
        _rest(s, LINED, LINED_GRAINS)
    _note_gpu_wait(s, first)
    _occupy_gpu(s, slot, first, _gpu_work(s, g, a, slot, first))


@inlined
def _demand(g: Given, quantity: int, row: int, request: int) -> float:
    return float(g.demand[g.begin[quantity, row] + g.step[quantity, row] * request])


@inlined
def _factor(s: State, a: Attempts, slot: int, thread: int) -> float:
    started = a.af[A_START, s.ti[T_ATTEMPT, thread]]
    return s.sf[S_FACTOR, slot] if started < s.sf[S_WARM_AT, slot] else 1.0


@inlined
def _cpu_work(s: State, g: Given, a: Attempts, slot: int, thread: int) -> float:
    request = int(a.ai[A_REQUEST, s.ti[T_ATTEMPT, thread]])
    work = _demand(g, D_CPU, s.si[S_ROW, slot], request)
    return float(work * _factor(s, a, slot, thread))


@inlined
def _gpu_work(s: State, g: Given, a: Attempts, slot: int, thread: int) -> float:
    request = int(a.ai[A_REQUEST, s.ti[T_ATTEMPT, thread]])
    work = _demand(g, D_GPU, s.si[S_ROW, slot], request)
    return float(work * _factor(s, a, slot, thread))


# The line ---------------------------------------------------------------------------------------


@compiled
def _stand(s: State, g: Given, thread: int) -> None:
    """Let `thread` in at the tail."""
    s.ti[T_IN_LINE, thread] = 1
    s.i[IDLE_COUNT] += 1
    if not g.is_fewest:
        tail = s.i[LINE_HEAD] + s.i[LINE_LENGTH]
        s.line[tail - s.line.size if tail >= s.line.size else tail] = thread
        s.i[LINE_LENGTH] += 1


@compiled
def _leave_line(s: State, g: Given, slot: int) -> None:
    """Take all threads of `slot` out; the others keep their order."""
    for thread in range(slot * g.width, slot * g.width + s.si[S_THREADS, slot]):
        if s.ti[T_IN_LINE, thread]:
            s.ti[T_IN_LINE, thread] = 0
            s.i[IDLE_COUNT] -= 1
    if g.is_fewest:
        return
    size, head, kept = s.line.size, s.i[LINE_HEAD], 0
    for place in range(s.i[LINE_LENGTH]):
        thread = s.line[(head + place) % size]
        if s.ti[T_SLOT, thread] != slot:
            s.line[(head + kept) % size] = thread
            kept += 1
    s.i[LINE_LENGTH] = kept


@compiled
def _take(s: State, g: Given) -> int:
    """Take out the thread that serves the next request."""
    s.i[IDLE_COUNT] -= 1
    if not g.is_fewest:
        head = s.i[LINE_HEAD]
        thread = s.line[head]
        s.i[LINE_HEAD] = head + 1 if head + 1 < s.line.size else 0
        s.i[LINE_LENGTH] -= 1
        s.ti[T_IN_LINE, thread] = 0
        return int(thread)
    best = best_idle = -1
    for slot in range(s.si.shape[1]):
        if not s.si[S_OPEN, slot]:
            continue
        idle = -1
        waiting = 0
        for thread in range(slot * g.width, slot * g.width + s.si[S_THREADS, slot]):
            if s.ti[T_IN_LINE, thread]:
                waiting += 1
                if idle < 0:
                    idle = thread
        if idle < 0:
            continue
        taken = s.si[S_THREADS, slot] - waiting
        if best >= 0:
            best_taken = s.si[S_THREADS, best] - _standing(s, g, best)
            if taken > best_taken or (
                taken == best_taken and s.si[S_REPLICA, slot] > s.si[S_REPLICA, best]
            ):
                continue
        best, best_idle = slot, idle
    s.ti[T_IN_LINE, best_idle] = 0
    return best_idle


@compiled
def _standing(s: State, g: Given, slot: int) -> int:
    count = 0
    for thread in range(slot * g.width, slot * g.width + s.si[S_THREADS, slot]):
        count += s.ti[T_IN_LINE, thread]
    return count


# The life of an attempt -------------------------------------------------------------------------


@inlined
def _remember(s: State, a: Attempts, attempt: int) -> None:
    """Make the present values of an earlier attempt's row something to go back to."""
    if attempt < s.i[UNDO_BELOW]:
        column = s.i[UNDO]
        a.ui[U_ATTEMPT, column] = attempt
        a.uf[U_START, column] = a.af[A_START, attempt]
        a.uf[U_ANSWERED, column] = a.af[A_ANSWERED, attempt]
        a.uf[U_RELEASED, column] = a.af[A_RELEASED, attempt]
        a.ui[U_REVISION, column] = a.ai[A_REVISION, attempt]
        a.ui[U_REPLICA, column] = a.ai[A_REPLICA, attempt]
        a.ui[U_THREAD, column] = a.ai[A_THREAD, attempt]
        a.ui[U_OUTCOME, column] = a.ab[A_OUTCOME, attempt]
        s.i[UNDO] = column + 1


@compiled
def _answer(s: State, g: Given, a: Attempts, attempt: int, outcome: int) -> None:
    """Answer now, and let the client try again if it does."""
    now = s.f[NOW]
    a.af[A_ANSWERED, attempt] = now
    a.ab[A_OUTCOME, attempt] = outcome
    tried = int(a.ab[A_ATTEMPT, attempt])
    if g.retried[outcome] and tried < g.max_attempts:
        request = int(a.ai[A_REQUEST, attempt])
        retry_at = now + g.retry_wait[tried - 1, request]
        _push(s.r_at, s.r_key, s.i[RETRIES], retry_at, request * 256 + tried + 1)
        s.i[RETRIES] += 1


@compiled
def _arrive(s: State, g: Given, a: Attempts, request: int, tried: int) -> int:
    """Bring one attempt; return AT_ZERO if control must see it, else REACHED."""
    now = s.f[NOW]
    attempt = s.i[ATTEMPTS]
    s.i[ATTEMPTS] = attempt + 1
    a.ai[A_REQUEST, attempt] = request
    a.ab[A_ATTEMPT, attempt] = tried
    a.af[A_ARRIVAL, attempt] = now
    a.af[A_START, attempt] = a.af[A_ANSWERED, attempt] = a.af[A_RELEASED, attempt] = np.nan
    a.ai[A_REVISION, attempt] = a.ai[A_REPLICA, attempt] = a.ai[A_THREAD, attempt] = -1
    s.f[LAST_ARRIVAL_AT] = now
    if not s.i[IS_ENABLED]:
        _answer(s, g, a, attempt, DISABLED)
        return REACHED
    if g.is_limited:
        earliest = max(s.f[TAT_AT], now)
        if earliest - now > g.limit_tolerance:
            _answer(s, g, a, attempt, RATE_LIMITED)
            return REACHED
        s.f[TAT_AT] = earliest + g.limit_interval
    notice = AT_ZERO if s.i[LIVE] == 0 else REACHED
    if 0 <= g.queue_capacity <= s.i[QUEUE_LENGTH] and not s.i[IDLE_COUNT]:
        _answer(s, g, a, attempt, QUEUE_FULL)
        return notice
    a.ab[A_OUTCOME, attempt] = QUEUED
    s.i[QUEUE_LENGTH] += 1
    if g.deadline.size:
        _push(s.d_at, s.d_attempt, s.i[DEADLINES], now + _limit(g, request), attempt)
        s.i[DEADLINES] += 1
    return notice


@inlined
def _limit(g: Given, request: int) -> float:
    """Return how long an attempt may take: the client's deadline if it is the shorter one."""
    if g.deadline.size and g.deadline[request] < g.timeout:
        return float(g.deadline[request])
    return g.timeout


@compiled
def _expire(s: State, g: Given, a: Attempts, attempt: int) -> None:
    _remember(s, a, attempt)
    if a.ab[A_OUTCOME, attempt] == QUEUED:
        s.i[QUEUE_LENGTH] -= 1
    is_client = g.deadline.size > 0 and g.deadline[a.ai[A_REQUEST, attempt]] < g.timeout
    _answer(s, g, a, attempt, CLIENT_TIMEOUT if is_client else INFERENCE_TIMEOUT)


@compiled
def _start(s: State, g: Given, a: Attempts) -> int:
    """Let the head of the line take the head of the queue; OVER_MEMORY if that was too much."""
    attempt = s.i[QUEUE_HEAD]
    while a.ab[A_OUTCOME, attempt] != QUEUED:
        attempt += 1
    s.i[QUEUE_HEAD] = attempt + 1
    s.i[QUEUE_LENGTH] -= 1
    _remember(s, a, attempt)
    thread = _take(s, g)
    slot = s.ti[T_SLOT, thread]
    now = s.f[NOW]
    a.ab[A_OUTCOME, attempt] = RUNNING
    a.af[A_START, attempt] = now
    a.ai[A_REVISION, attempt] = s.si[S_REVISION, slot]
    a.ai[A_REPLICA, attempt] = s.si[S_REPLICA, slot]
    a.ai[A_THREAD, attempt] = thread - slot * g.width
    request = int(a.ai[A_REQUEST, attempt])
    row = s.si[S_ROW, slot]
    s.ti[T_ATTEMPT, thread] = attempt
    s.ti[T_START, thread] = s.i[STARTS]
    s.i[STARTS] += 1
    s.ti[T_BYTES, thread] = g.memory[g.begin[D_MEMORY, row] + g.step[D_MEMORY, row] * request]
    s.si[S_USED_BYTES, slot] += s.ti[T_BYTES, thread]
    s.si[S_IN_FLIGHT, slot] += 1
    s.ti[T_PHASE, thread] = IDLE
    if s.si[S_USED_BYTES, slot] > s.si[S_LIMIT_BYTES, slot]:
        s.i[NOTICE_SLOT] = slot
        return OVER_MEMORY
    factor = s.sf[S_FACTOR, slot] if now < s.sf[S_WARM_AT, slot] else 1.0
    wait = _demand(g, D_WAIT, row, request) * factor
    cpu = _demand(g, D_CPU, row, request) * factor
    gpu = _demand(g, D_GPU, row, request) * factor
    if wait > 0 or (cpu == 0 and gpu == 0):
        s.ti[T_PHASE, thread] = WAIT
        if s.si[S_FROZEN, slot]:
            s.tf[T_VALUE, thread] = wait
        else:
            s.tf[T_VALUE, thread] = now + wait
            _push_end(s, WAIT_CLASS, thread)
    elif cpu > 0:
        _begin_cpu(s, g, slot, thread, cpu)
    else:
        _begin_gpu(s, slot, thread, gpu)
    return REACHED


@compiled
def _release(s: State, g: Given, a: Attempts, slot: int, thread: int) -> int:
    """End the service on `thread`; DRAINED if that was the last on a draining replica."""
    attempt = s.ti[T_ATTEMPT, thread]
    _remember(s, a, attempt)
    a.af[A_RELEASED, attempt] = s.f[NOW]
    s.ti[T_ATTEMPT, thread] = -1
    s.ti[T_PHASE, thread] = IDLE
    s.si[S_USED_BYTES, slot] -= s.ti[T_BYTES, thread]
    s.si[S_IN_FLIGHT, slot] -= 1
    if a.ab[A_OUTCOME, attempt] == RUNNING:
        _answer(s, g, a, attempt, COMPLETED)
    if s.si[S_OPEN, slot]:
        _stand(s, g, thread)
    elif s.si[S_DRAINING, slot] and s.si[S_IN_FLIGHT, slot] == 0:
        s.i[NOTICE_SLOT] = slot
        return DRAINED
    return REACHED


@compiled
def _end_phase(s: State, g: Given, a: Attempts, slot: int, thread: int) -> int:
    """End the phase of `thread` now, and begin the next one or end the service."""
    phase = s.ti[T_PHASE, thread]
    if phase == CPU:
        _end_cpu(s, g, slot, thread)
    elif phase == GPU:
        s.ti[T_PHASE, thread] = IDLE
        _free_gpu(s, g, a, slot)
        return _release(s, g, a, slot, thread)
    else:
        cpu = _cpu_work(s, g, a, slot, thread)
        if cpu > 0:
            _begin_cpu(s, g, slot, thread, cpu)
            return REACHED
    gpu = _gpu_work(s, g, a, slot, thread)
    if gpu > 0:
        _begin_gpu(s, slot, thread, gpu)
        return REACHED
    return _release(s, g, a, slot, thread)


# The loop ---------------------------------------------------------------------------------------


@compiled
def _note_evaluation(s: State) -> None:
    """Note what the evaluation at this instant sees.

    Threads that are about to join the line belong to replicas that were opened at this instant.
    """
    column = s.i[TICKS]
    busy = in_flight = 0
    for slot in range(s.si.shape[1]):
        in_flight += s.si[S_IN_FLIGHT, slot]
        is_evaluated = s.si[S_REVISION, slot] >= s.i[EVALUATED_FROM]
        if is_evaluated and s.si[S_OPEN, slot] and not s.si[S_JOINING, slot]:
            busy += s.si[S_IN_FLIGHT, slot]
    s.k_seen[K_BUSY, column] = busy
    s.k_seen[K_QUEUED, column] = s.i[QUEUE_LENGTH]
    s.k_seen[K_IN_FLIGHT, column] = in_flight
    s.k_last_arrival[column] = s.f[LAST_ARRIVAL_AT]
    s.i[TICKS] = column + 1
    s.i[NEXT_TICK] += 1


@inlined
def _room(s: State, a: Attempts) -> int:
    """Return for how many items there is room in every array, whatever they are."""
    room = min(a.ai.shape[1] - s.i[ATTEMPTS], a.ui.shape[1] - 1 - s.i[UNDO])
    room = min(room, s.e_at.size - s.line.size - s.i[ENDS])
    room = min(room, s.r_at.size - s.line.size - 1 - s.i[RETRIES])
    return int(min(room, s.d_at.size - s.i[DEADLINES]) if s.d_at.size else room)


@inlined
def _next_end(s: State, g: Given) -> tuple[float, int, int]:
    """Return instant and class of the first end of a phase, and its slot if that is of cpu."""
    while s.i[ENDS] and not _is_due(s):
        _pop_end(s)
    slot = s.si[S_FIRST, 0]
    cpu_at = s.sf[S_NEXT_AT, slot]
    if not s.i[ENDS]:
        return cpu_at, END_CLASS if cpu_at < NEVER_AT else _NO_CLASS, slot
    at, key = s.e_at[0], s.e_key[0]
    if cpu_at < at or (cpu_at == at and END_CLASS * KEY + _next_number(s, g, slot) < key):
        return cpu_at, END_CLASS, slot
    return at, key // KEY, -1


@inlined
def _next_deadline(s: State, g: Given, a: Attempts, until_at: float) -> tuple[float, int]:
    """Return instant and attempt of the first deadline if it is not after `until_at`.

    Those that were answered are forgotten then.
    """
    if g.deadline.size:
        while s.i[DEADLINES] and a.ab[A_OUTCOME, s.d_attempt[0]] < QUEUED:
            _pop(s.d_at, s.d_attempt, s.i[DEADLINES])
            s.i[DEADLINES] -= 1
        if not s.i[DEADLINES]:
            return NEVER_AT, -1
        return s.d_at[0], s.d_attempt[0]
    head = s.i[DEADLINE_HEAD]
    while head < s.i[ATTEMPTS]:
        at = a.af[A_ARRIVAL, head] + g.timeout
        if at > until_at or a.ab[A_OUTCOME, head] >= QUEUED:
            return at, head
        head += 1
        s.i[DEADLINE_HEAD] = head
    return NEVER_AT, -1


@inlined
def _next_at_line(s: State) -> float:
    """Return when threads join the line or a request starts next."""
    if s.i[JOINING]:
        return float(s.f[JOIN_AT])
    if s.i[QUEUE_LENGTH] and s.i[IDLE_COUNT]:
        return float(s.f[NOW])
    return NEVER_AT


@inlined
def _next_arrival(s: State, g: Given) -> tuple[float, int]:
    """Return when the next attempt arrives, and its request if it is a new one, else -1."""
    at, request = NEVER_AT, -1
    if s.i[NEXT_REQUEST] < g.arrival.size:
        request = s.i[NEXT_REQUEST]
        at = g.arrival[request]
    if s.i[RETRIES] and s.r_at[0] < at:
        return s.r_at[0], -1
    return at, request


@inlined
def _next_item(s: State, g: Given, a: Attempts) -> tuple[float, int, int]:
    """Return the next item: its instant, its class, and whom it concerns.

    That is, by class: the slot on whose cores it ends or -1; the attempt that expires; the request
    that is new or -1.
    """
    at, order, whom = _next_end(s, g)
    line_at = _next_at_line(s)
    if line_at < at or (line_at == at and order > LINE_CLASS):
        at, order = line_at, LINE_CLASS
    arrival_at, request = _next_arrival(s, g)
    if arrival_at < at:
        at, order, whom = arrival_at, ARRIVAL_CLASS, request
    deadline_at, attempt = _next_deadline(s, g, a, at)
    if deadline_at < at or (deadline_at == at and order > DEADLINE_CLASS):
        at, order, whom = deadline_at, DEADLINE_CLASS, attempt
    return at, order, whom


@inlined
def _process(s: State, g: Given, a: Attempts, order: int, whom: int) -> int:
    """Process the next item, now; return why control must see it, else REACHED."""
    if order == END_CLASS and whom >= 0:
        thread = s.ti[T_ORDER, whom * g.width + s.si[S_CPU_COUNT, whom] - 1]
        return _end_phase(s, g, a, whom, thread)
    if order <= WAIT_CLASS:
        thread = s.e_thread[0]
        _pop_end(s)
        return _end_phase(s, g, a, s.ti[T_SLOT, thread], thread)
    if order == DEADLINE_CLASS:
        _expire(s, g, a, whom)
        return REACHED
    if order == LINE_CLASS:
        return JOIN if s.i[JOINING] else _start(s, g, a)
    if whom >= 0:
        s.i[NEXT_REQUEST] = whom + 1
        code = _arrive(s, g, a, whom, 1)
        if code == REACHED and s.i[QUEUE_LENGTH] == 1 and s.i[IDLE_COUNT] and not g.deadline.size:
            return _start(s, g, a)  # nothing else can come first
        return code
    key = s.r_key[0]
    _pop(s.r_at, s.r_key, s.i[RETRIES])
    s.i[RETRIES] -= 1
    return _arrive(s, g, a, key // 256, key % 256)


@inlined
def _reach(s: State, at: float, order: int) -> None:
    """Let now be the instant of an item of class `order`."""
    if at > s.f[NOW]:
        s.f[NOW] = at
        s.i[HIGHEST_CLASS] = order
    elif order > s.i[HIGHEST_CLASS]:
        s.i[HIGHEST_CLASS] = order


@compiled
def run(s: State, g: Given, a: Attempts, until_at: float, until_class: int) -> int:
    """Process items in the order of the model, up to a bound.

    Everything before `until_at` happens, and at it the items of classes below `until_class`.
    Returns REACHED at the bound, GROW when an array is full (make it larger and go on),
    SEEN_ENOUGH when there is no room for another evaluation, JOIN when threads of newly opened
    replicas join the line next, and OVER_MEMORY, DRAINED or AT_ZERO right after an item that
    control must see.
    """
    room = 0
    while True:
        if room == 0:
            room = _room(s, a)
            if room <= 0:
                return GROW
        room -= 1
        at, order, whom = _next_item(s, g, a)
        tick_at = s.i[NEXT_TICK] * g.tick_interval
        is_tick = tick_at <= at
        if is_tick:
            at, order = tick_at, TICK_CLASS
        if at > until_at or (at == until_at and order >= until_class):
            return REACHED
        if is_tick:
            if s.i[TICKS] == s.k_seen.shape[1]:
                return SEEN_ENOUGH
            _note_evaluation(s)
            continue
        _reach(s, at, order)
        code = _process(s, g, a, order, whom)
        if code != REACHED:
            return code


# What control does --------------------------------------------------------------------------------


@compiled
def fail_queued(s: State, g: Given, a: Attempts, outcome: int) -> None:
    """Answer everything queued with `outcome`, in order."""
    for attempt in range(s.i[QUEUE_HEAD], s.i[ATTEMPTS]):
        if a.ab[A_OUTCOME, attempt] == QUEUED:
            s.i[QUEUE_LENGTH] -= 1
            _answer(s, g, a, attempt, outcome)


@compiled
def close(s: State, g: Given, slot: int) -> None:
    """Give the replica in `slot` no more requests."""
    s.si[S_OPEN, slot] = 0
    s.si[S_JOINING, slot] = 0
    _leave_line(s, g, slot)


@inlined
def _leave_contention(s: State, slot: int) -> None:
    """Let the replica in `slot`, which does not hang, hold back nobody any more."""
    if s.si[S_SHARED, slot]:
        _rest(s, SHARING, SHARING_GRAINS)
    if s.si[S_GPU_LINE, slot]:
        _rest(s, LINED, LINED_GRAINS)


@compiled
def kill(s: State, g: Given, a: Attempts, slot: int, outcome: int) -> None:
    """Fail everything in flight in `slot` with `outcome`, and leave the slot empty."""
    for thread in range(slot * g.width, slot * g.width + s.si[S_THREADS, slot]):
        attempt = s.ti[T_ATTEMPT, thread]
        if attempt >= 0:
            a.af[A_RELEASED, attempt] = s.f[NOW]
            if a.ab[A_OUTCOME, attempt] == RUNNING:
                _answer(s, g, a, attempt, outcome)
            s.ti[T_ATTEMPT, thread] = -1
        if s.ti[T_PHASE, thread] == GPU_LINE:
            _note_gpu_wait(s, thread)
        s.ti[T_PHASE, thread] = IDLE
        s.ti[T_START, thread] = -1
    if not s.si[S_FROZEN, slot]:
        _leave_contention(s, slot)
    if s.si[S_SHARED, slot]:
        s.si[S_SHARED, slot] = 0
        s.i[SHARED] -= 1
    s.si[S_CPU_COUNT, slot] = 0
    s.si[S_IN_FLIGHT, slot] = 0
    s.si[S_GPU_LINE, slot] = 0
    _note_next(s, g, slot)
    s.si[S_DRAINING, slot] = 0
    s.si[S_REPLICA, slot] = -1


@compiled
def freeze(s: State, g: Given, slot: int) -> None:
    """Stop all progress in `slot` now; what is left of each phase is kept."""
    now = s.f[NOW]
    _leave_contention(s, slot)
    if s.si[S_SHARED, slot]:
        _advance(s, slot, now)
    s.si[S_FROZEN, slot] = 1
    for thread in range(slot * g.width, slot * g.width + s.si[S_THREADS, slot]):
        phase = s.ti[T_PHASE, thread]
        if phase in (WAIT, GPU) or (phase == CPU and not s.si[S_SHARED, slot]):
            s.tf[T_VALUE, thread] = max(0.0, s.tf[T_VALUE, thread] - now)
    _rearrange(s, g, slot)
    _note_next(s, g, slot)


@compiled
def thaw(s: State, g: Given, slot: int) -> None:
    """Let everything in `slot` go on from now."""
    now = s.f[NOW]
    s.si[S_FROZEN, slot] = 0
    if s.si[S_SHARED, slot]:
        _contend(s, SHARING, SHARING_GRAINS)
    if s.si[S_GPU_LINE, slot]:
        _contend(s, LINED, LINED_GRAINS)
    s.sf[S_MARK, slot] = now
    for thread in range(slot * g.width, slot * g.width + s.si[S_THREADS, slot]):
        phase = s.ti[T_PHASE, thread]
        if phase in (WAIT, GPU) or (phase == CPU and not s.si[S_SHARED, slot]):
            s.tf[T_VALUE, thread] = now + s.tf[T_VALUE, thread]
            if phase != CPU:
                _push_end(s, WAIT_CLASS if phase == WAIT else END_CLASS, thread)
    _rearrange(s, g, slot)
    _note_next(s, g, slot)
