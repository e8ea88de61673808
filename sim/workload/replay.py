"""From the rows of a recorded trace to the arrivals of a run.

Owns where a run begins in a trace, which rows come in it, and how often. How traces are read is in
``sim.workload.traces``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.scenario.models.origin import epoch_ns, origin_of
from sim.scenario.models.traffic import TraceTraffic
from sim.spans import span
from sim.workload.drawn_columns import Floats
from sim.workload.traces import TraceRows, read_trace
from sim.zones import clock_at

_FAR_NS: Final = 2**61


@dataclass(frozen=True, slots=True)
class TraceUse:
    """What a run makes of the rows of a trace; each is used, before, after or skipped.

    Attributes:
        source: Name of the source of traffic.
        file: The trace, as the scenario names it.
        origin: What its times count from, as `TraceTraffic.origin` has it.
        rows: How many the file has.
        used: Of how many there are requests.
        before: How many lie before the run begins.
        after: How many lie at its end or after it.
        skipped: How many of the others have no request, by the reason.
        begins_at_s: Instant of the run at which the earliest row lies; negative before it.
        ends_at_s: Likewise of the latest row.
        first_at_s: When the first request comes; None if there is none.
        last_at_s: When the last one comes.
        spans: The earliest and the latest row in the file's own time.
    """

    source: str
    file: str
    origin: str
    rows: int
    used: int
    before: int
    after: int
    skipped: Mapping[str, int]
    begins_at_s: float
    ends_at_s: float
    first_at_s: float | None
    last_at_s: float | None
    spans: tuple[str, str]

    def require_rows(self, horizon_s: float, start: datetime) -> None:
        """Return if there are rows within a run of that length.

        Raises:
            ScenarioError: There are none; it says the span of the file and that of the run.
        """
        if self.used or self.skipped.get("rate_scale"):
            return
        first, last = self.spans
        message = (
            f"none of the {self.before + self.after:,} rows of {self.file} lies in the run: they "
            f"are from {first} to {last}, which is {_instant(self.begins_at_s)} to "
            f"{_instant(self.ends_at_s)}; the run is from 0 s to {span(horizon_s)}, by its clock "
            f"from {start.isoformat()} to {clock_at(start, horizon_s).isoformat()} "
            f"(origin: {self.origin})"
        )
        path = ("traffic", self.source, "path")
        raise ScenarioError(Problem(message=message, rule="rows-in-run", path=path))


Picks: TypeAlias = slice | NDArray[np.int64]
"""Which of the rows by time requests are of: a run of them, each once, or one by one."""


class Replay(NamedTuple):
    """The requests of a trace in a run.

    Attributes:
        at_s: Their arrivals, ascending, shape ``(n,)``.
        picks: Which of the rows by time they are of.
        use: What was made of the rows.
    """

    at_s: Floats
    picks: Picks
    use: TraceUse


def replay(
    rows: TraceRows,
    traffic: TraceTraffic,
    *,
    horizon_s: float,
    start: datetime,
    copies: np.random.Generator,
) -> Replay:
    """Return the requests of a trace in a run.

    The run begins `offset_s` after the trace's origin; what lies before is left out; then times are
    multiplied by `time_scale`. With a `rate_scale` of f each row comes floor(f) times, at one
    instant, and once more with probability f - floor(f).

    Args:
        rows: The trace.
        traffic: Origin, offset and scales.
        horizon_s: End of the run; nothing at it or after it is returned.
        start: The wall clock at time 0.
        copies: Stream whose draw k decides about row k.

    Raises:
        ScenarioError: The origin is an instant, and the trace's times are none.
    """
    origin = _origin_said(rows, traffic)
    at_s = _instants_s(rows, traffic, start)
    first, end = (int(place) for place in np.searchsorted(at_s, (0.0, horizon_s)))
    picks, used = _picked(traffic.rate_scale, first, end, at_s.size, copies)
    skipped = dict(rows.skipped)
    if used < end - first:
        skipped["rate_scale"] = end - first - used
    arrives_at_s = at_s[picks]
    use = TraceUse(
        source=traffic.name,
        file=traffic.path,
        origin=origin,
        rows=rows.in_file,
        used=used,
        before=first,
        after=at_s.size - end,
        skipped=skipped,
        begins_at_s=float(at_s[0]),
        ends_at_s=float(at_s[-1]),
        first_at_s=float(arrives_at_s[0]) if used else None,
        last_at_s=float(arrives_at_s[-1]) if used else None,
        spans=_spans(rows),
    )
    return Replay(arrives_at_s, picks, use)


def _picked(
    rate_scale: float, first: int, end: int, row_count: int, copies: np.random.Generator
) -> tuple[Picks, int]:
    """Return which rows requests are of, and of how many rows there are any.

    Each once takes no memory; it is what a trace as it was recorded has.
    """
    if rate_scale == 1:
        return slice(first, end), end - first
    whole, rest = divmod(rate_scale, 1.0)
    count = np.full(row_count, int(whole))
    if rest > 0:
        count += copies.random(row_count) < rest
    count[:first] = 0
    count[end:] = 0
    return np.repeat(np.arange(row_count), count), int(np.count_nonzero(count))


def last_row_at_s(traffic: TraceTraffic, *, start: datetime) -> float:
    """Return where in a run the latest row of a trace lies; negative if that is before it.

    Raises:
        ScenarioError: The file cannot be used, or the origin is an instant and its times are none.
    """
    return float(_instants_s(read_trace(traffic), traffic, start)[-1])


def _instants_s(rows: TraceRows, traffic: TraceTraffic, start: datetime) -> Floats:
    """Return where in a run each row lies, ascending, shape ``(rows,)``; negative before it.

    Raises:
        ScenarioError: The origin is an instant, and the trace's times are none.
    """
    ahead_ns = rows.first_ns - _origin_ns(rows, traffic, start)
    return (_later_s(rows.since_ns, ahead_ns) - traffic.offset_s) * traffic.time_scale


def _origin_said(rows: TraceRows, traffic: TraceTraffic) -> str:
    return traffic.origin or ("start" if rows.is_absolute else "first")


def _origin_ns(rows: TraceRows, traffic: TraceTraffic, start: datetime) -> int:
    """Return what the trace's instants count from, as nanoseconds from where `first_ns` counts.

    Raises:
        ScenarioError: It is an instant, and the trace's times are none.
    """
    said = _origin_said(rows, traffic)
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


def _later_s(since_ns: NDArray[np.int64], ahead_ns: int) -> Floats:
    """Return instants so much later, in seconds.

    Each is rounded once from its nanoseconds where these are below 2**53, which is 104 days.
    """
    if abs(ahead_ns) > _FAR_NS:  # 73 years: no run has them, and their sum might have no int64
        return since_ns / 1e9 + ahead_ns / 1e9
    return (since_ns + ahead_ns) / 1e9


def _spans(rows: TraceRows) -> tuple[str, str]:
    """Return when the earliest and the latest row are, in words: dates, or numbers of the file."""
    both_s = rows.first_ns / 1e9, (rows.first_ns + int(rows.since_ns[-1])) / 1e9
    first, last = (
        datetime.fromtimestamp(at_s, UTC).isoformat() if rows.is_absolute else f"{at_s:,.9g} s"
        for at_s in both_s
    )
    return first, last


def _instant(at_s: float) -> str:
    return span(at_s) if at_s >= 0 else f"{span(-at_s)} before it"


def _no_dates(traffic: TraceTraffic, origin: str) -> ScenarioError:
    message = (
        "is an instant of the calendar, but the times of the file are numbers that do not count "
        "from 1970: write first, zero, or one of the file's numbers with its unit, as in 90s"
    )
    path = ("traffic", traffic.name, "origin")
    return ScenarioError(Problem(message=message, rule="origin", path=path, value=origin))
