"""What the arrays say happened: attempts as columns, and how requests ended."""

import numpy as np

from sim.engines.contract.plane import Answer
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.eventloop import Attempts, Ints, State
from sim.grains import grain_of
from sim.record import AttemptColumns, Contention, Integers
from sim.states import Outcome


def attempt_columns(s: State, a: Attempts, source: Integers) -> AttemptColumns:
    """Return every attempt that arrived, in order of arrival number.

    Args:
        s: The state.
        a: The attempts.
        source: The source of each request.
    """
    count = int(s.i[loop.ATTEMPTS])
    ints, codes, floats = (rows[:, :count] for rows in (a.ai, a.ab, a.af))
    request = ints[loop.A_REQUEST]
    has_retries = count != int(s.i[loop.NEXT_REQUEST])
    return AttemptColumns(
        request=request,
        attempt=codes[loop.A_ATTEMPT],
        source=source[request] if has_retries else source[:count],
        arrival_at_s=floats[loop.A_ARRIVAL],
        start_at_s=floats[loop.A_START],
        answered_at_s=floats[loop.A_ANSWERED],
        released_at_s=floats[loop.A_RELEASED],
        revision=ints[loop.A_REVISION],
        replica=ints[loop.A_REPLICA],
        thread=ints[loop.A_THREAD],
        outcome=codes[loop.A_OUTCOME],
    )


def backing_off(s: State) -> Ints:
    """Return the numbers of the requests whose next attempt is still to come, ascending."""
    return np.sort(s.r_key[: s.i[loop.RETRIES]] // 256)


def answer(s: State, a: Attempts, request: int, arrival_at_s: float) -> Answer | None:
    """Return how the request of that number ended for its client, None if it has not.

    Args:
        s: The state.
        a: The attempts.
        request: The request's number.
        arrival_at_s: When it arrives with its first attempt: attempts are in order of arrival.
    """
    count = int(s.i[loop.ATTEMPTS])
    if count == s.i[loop.NEXT_REQUEST]:  # nobody has tried again
        rows = np.arange(request, min(request + 1, count))
    else:
        first = int(np.searchsorted(a.af[loop.A_ARRIVAL, :count], arrival_at_s))
        rows = first + np.flatnonzero(a.ai[loop.A_REQUEST, first:count] == request)
    if not rows.size or a.ab[loop.A_OUTCOME, rows[-1]] >= loop.QUEUED or request in backing_off(s):
        return None
    outcome = Outcome(int(a.ab[loop.A_OUTCOME, rows[-1]]))
    return Answer(outcome, float(a.af[loop.A_ANSWERED, rows[-1]]))


def contention(s: State, until_s: float) -> Contention:
    """Return what requests contended for on their replicas, up to `until_s`, which is now."""
    until = grain_of(max(until_s, float(s.f[loop.MEASURED_AT])))

    def length(count: int, grains: int) -> int:
        return int(s.i[grains]) + (until if s.i[count] else 0)

    asked_at_s = s.tf[loop.T_ASKED, s.ti[loop.T_PHASE] == loop.GPU_LINE]
    waiting = int((until_s > np.maximum(asked_at_s, s.f[loop.MEASURED_AT])).sum())
    return Contention(
        cores=length(loop.SHARING, loop.SHARING_GRAINS),
        gpu=length(loop.LINED, loop.LINED_GRAINS),
        gpu_waits=int(s.i[loop.GPU_WAITS]) + waiting,
    )


def served_by(s: State) -> dict[str, int]:
    """Return how many attempts each path started."""
    windows, in_turn = int(s.i[loop.IN_WINDOWS]), int(s.i[loop.IN_TURN])
    rest = int(s.i[loop.STARTS]) - windows - in_turn
    return {"windows": windows, "tournament": in_turn, "event loop": rest}
