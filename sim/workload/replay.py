"""From the rows of a recorded trace to the arrivals of a run.

Owns where a run begins in a trace, which rows come in it, and how often. How traces are read is in
``sim.workload.traces``.
"""

from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.scenario.models.origin import epoch_ns, origin_of
from sim.scenario.models.traffic import TraceTraffic
from sim.workload.drawn_columns import Floats
from sim.workload.traces import TraceRows

_FAR_NS: Final = 2**61


def replay(
    rows: TraceRows,
    traffic: TraceTraffic,
    *,
    horizon_s: float,
    start: datetime,
    copies: np.random.Generator,
) -> tuple[Floats, NDArray[np.int64]]:
    """Return the run's arrivals and the row of each.

    The run begins `offset_s` after the trace's origin; what lies before is left out; then times are
    multiplied by `time_scale`. With a `rate_scale` of f each row comes floor(f) times, at one
    instant, and once more with probability f - floor(f).

    Args:
        rows: The trace.
        traffic: Origin, offset and scales.
        horizon_s: End of the run; nothing at it or after it is returned.
        start: The wall clock at time 0.
        copies: Stream whose draw k decides about row k.

    Returns:
        Ascending instants of shape ``(n,)`` and, of the same shape, indices into *rows*.

    Raises:
        ScenarioError: The origin is an instant, and the trace's times are none.
    """
    ahead_ns = rows.first_ns - _origin_ns(rows, traffic, start)
    at_s = (_later_s(rows.at_s, ahead_ns) - traffic.offset_s) * traffic.time_scale
    whole, rest = divmod(traffic.rate_scale, 1.0)
    count = np.full(at_s.size, int(whole))
    if rest > 0:
        count += copies.random(at_s.size) < rest
    count[(at_s < 0) | (at_s >= horizon_s)] = 0
    row = np.repeat(np.arange(at_s.size), count)
    return at_s[row], row


def _origin_ns(rows: TraceRows, traffic: TraceTraffic, start: datetime) -> int:
    """Return what the trace's instants count from, as nanoseconds from where `first_ns` counts.

    Raises:
        ScenarioError: It is an instant, and the trace's times are none.
    """
    said = traffic.origin or ("start" if rows.is_absolute else "first")
    origin = origin_of(said)
    match origin:
        case "first":
            return rows.first_ns
        case "zero":
            return 0
        case int():
            return origin
        case _:
            if not rows.is_absolute:
                raise _no_dates(traffic, said)
            return epoch_ns(start if origin == "start" else origin)


def _later_s(at_s: Floats, ahead_ns: int) -> Floats:
    """Return instants so much later, in seconds, each rounded once from its nanoseconds.

    The nanoseconds are found again from the seconds: without an error up to 2**51 ns, 26 days.
    """
    if ahead_ns == 0:
        return at_s
    if abs(ahead_ns) > _FAR_NS:  # 73 years: no run has them, and their sum might have no int64
        return at_s + ahead_ns / 1e9
    return (np.rint(at_s * 1e9).astype(np.int64) + ahead_ns) / 1e9


def _no_dates(traffic: TraceTraffic, origin: str) -> ScenarioError:
    message = (
        "is an instant of the calendar, but the times of the file are numbers that do not count "
        "from 1970: write first, zero, or one of the file's numbers with its unit, as in 90s"
    )
    path = ("traffic", traffic.name, "origin")
    return ScenarioError(Problem(message=message, rule="origin", path=path, value=origin))
