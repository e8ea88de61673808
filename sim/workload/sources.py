"""One source's arrivals, whatever its kind of traffic."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.random import stream
from sim.scenario.models.intervals import CountsTraffic, RatesTraffic
from sim.scenario.models.moved_rows import CUT, LACKING, UNSORTED, moved_by
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.traffic import (
    BurstsTraffic,
    CycleTraffic,
    InstantsTraffic,
    PiecewiseTraffic,
    PoissonTraffic,
    TraceTraffic,
    Traffic,
    WindowsTraffic,
)
from sim.workload.column_loads import ColumnLoad, column_load
from sim.workload.counted import counted_instants
from sim.workload.drawn_columns import Collected, Floats
from sim.workload.intervals import counted_intervals, rate_windows
from sim.workload.poisson import RatePieces, poisson_instants
from sim.workload.rate_pieces import bursts_rates, cycle_rates, piecewise_rates, poisson_rates
from sim.workload.rate_windows import renewal_windows
from sim.workload.renewal import RenewalWindow, window_instants
from sim.workload.replay import Picks, TraceUse, replay
from sim.workload.traces import TraceRows, read_trace


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStreams:
    """The random streams of one source: ``{deployment}/{source}/{purpose}``."""

    seed: int
    deployment: str
    source: str

    def of(self, purpose: str) -> np.random.Generator:
        """Return the stream for *purpose*, from its first draw."""
        return stream(self.seed, f"{self.deployment}/{self.source}/{purpose}")


class SourceArrivals:
    """The arrivals of one source, and for a trace the columns of the row behind each.

    Attributes:
        streams: The source's random streams.
        at_s: The arrivals, ascending, until they are handed over.
        count: How many there are.
        use: Of a trace: what the run makes of its rows; else None.
    """

    def __init__(
        self,
        traffic: Traffic,
        *,
        streams: SourceStreams,
        horizon_s: float,
        start: datetime,
        wanted: Collection[str] = (),
    ) -> None:
        """Draw or read the arrivals in ``[0, horizon_s)``.

        Args:
            traffic: The source.
            streams: Its random streams.
            horizon_s: End of the run.
            start: The wall clock at time 0, for cycles and traces.
            wanted: Columns of a trace that will be asked for; others cost another reading.

        Raises:
            ScenarioError: A file of the source is missing, not the one meant, or has a bad row.
        """
        self.streams = streams
        self._traffic = traffic
        self._trace: _Behind | None = None
        self.use: TraceUse | None = None
        if isinstance(traffic, TraceTraffic):
            rows = read_trace(traffic, sorted(wanted))
            self.at_s, picks, self.use = replay(
                rows,
                traffic,
                horizon_s=horizon_s,
                start=start,
                copies=streams.of("copies"),
            )
            self._trace = _Behind.of(rows, picks)
        else:
            self.at_s = _instants(traffic, streams=streams, horizon_s=horizon_s, start=start)
        self.count = int(self.at_s.size)

    def hand_over(self) -> Floats:
        """Return the arrivals and keep only their number, so that nothing is held twice."""
        at_s, self.at_s = self.at_s, self.at_s[:0].copy()
        return at_s

    @property
    def moved(self) -> str | None:
        """What makes request k another than row k of the trace; None where nothing does."""
        if self._trace is None or self.use is None:
            return None
        if self._trace.is_sorted:
            return UNSORTED
        if self.use.skipped.get("missing"):
            return LACKING
        if self.use.used and self.use.before > 0:
            return CUT
        return moved_by(self._traffic)

    @property
    def is_trace(self) -> bool:
        """Whether the requests have columns."""
        return self._trace is not None

    def load(self, demands: RequestDemands) -> ColumnLoad | None:
        """Return what demands from columns occupy; None where there are none, or few rows.

        The columns must have been wanted.
        """
        behind = self._trace
        if behind is None:
            return None
        return column_load(behind.columns, behind.used, behind.span_s, demands)

    def rows(self) -> NDArray[np.int64] | None:
        """Return the data row of the file behind each request, from 0; None where it is no trace.

        Shape ``(count,)``.
        """
        if self._trace is None:
            return None
        of_rows = self._trace.row
        return (np.arange(self._trace.row_count) if of_rows is None else of_rows)[self._trace.picks]

    def columns(self, names: Collection[str]) -> Mapping[str, Floats]:
        """Return columns of a trace by name, a value a request, each of the shape of ``at_s``.

        They are not to be written to.

        Raises:
            ScenarioError: The trace has no such column, or something that is no number in it; or
                rows lack it that have requests by now.
        """
        behind = self._trace
        if not isinstance(self._traffic, TraceTraffic) or behind is None:
            return {}
        if not set(names) <= set(behind.columns):
            again = read_trace(self._traffic, sorted({*names, *behind.columns}))
            lacking = behind.row_count - again.since_ns.size
            if lacking:
                raise _lacking(self._traffic, names, lacking, behind.row_count)
            behind = self._trace = _Behind.of(again, behind.picks)
        return {name: behind.columns[name][behind.picks] for name in names}


@dataclass(frozen=True, slots=True, eq=False)
class _Behind:
    """What stays in memory of the rows behind a trace's requests: all but their instants.

    Attributes:
        picks: Which of the rows by time requests are of.
        used: From the first of these to the last.
        span_s: Between the two, as they were recorded.
        columns: The columns of all rows by time.
        row: Which data row of the file each of them is; None: in their order.
        row_count: How many there are.
        is_sorted: Whether they stand in the file in another order.
    """

    picks: Picks
    used: slice
    span_s: float
    columns: Mapping[str, Floats]
    row: NDArray[np.int64] | None
    row_count: int
    is_sorted: bool

    @classmethod
    def of(cls, rows: TraceRows, picks: Picks) -> "_Behind":
        used = picks if isinstance(picks, slice) else _around(picks)
        since_ns = rows.since_ns[used]
        span_s = float(since_ns[-1] - since_ns[0]) / 1e9 if since_ns.size else 0.0
        row_count = int(rows.since_ns.size)
        return cls(picks, used, span_s, rows.columns, rows.row, row_count, rows.is_sorted)


def _around(picks: NDArray[np.int64]) -> slice:
    return slice(int(picks[0]), int(picks[-1]) + 1) if picks.size else slice(0, 0)


def _lacking(
    traffic: TraceTraffic, names: Collection[str], lacking: int, whole: int
) -> ScenarioError:
    message = (
        f"in {lacking:,} of its {whole:,} rows something of {', '.join(sorted(names))} is missing, "
        "which only what comes later in the run asks for: rows are left out before it begins; "
        "write `missing: 0`, or leave the rows out by `where`"
    )
    return ScenarioError(
        Problem(message=message, rule="missing", path=("traffic", traffic.name, "missing"))
    )


def _instants(
    traffic: InstantsTraffic
    | PoissonTraffic
    | PiecewiseTraffic
    | CycleTraffic
    | BurstsTraffic
    | WindowsTraffic
    | CountsTraffic
    | RatesTraffic,
    *,
    streams: SourceStreams,
    horizon_s: float,
    start: datetime,
) -> Floats:
    match traffic:
        case InstantsTraffic():
            at_s = np.array(traffic.at_s, dtype=np.float64)
            if not (at_s[:-1] <= at_s[1:]).all():  # to look costs a tenth of sorting again
                at_s.sort()
            return at_s[: np.searchsorted(at_s, horizon_s)]
        case WindowsTraffic():
            windows = renewal_windows(traffic, horizon_s=horizon_s)
            return _of_windows(windows, streams=streams)
        case RatesTraffic():
            return _of_windows(rate_windows(traffic, horizon_s=horizon_s), streams=streams)
        case CountsTraffic():
            return _of_counts(traffic, streams=streams, horizon_s=horizon_s)
        case PoissonTraffic():
            rates = poisson_rates(traffic)
        case PiecewiseTraffic():
            rates = piecewise_rates(traffic)
        case CycleTraffic():
            rates = cycle_rates(traffic, start=start, horizon_s=horizon_s)
        case BurstsTraffic():
            rates = bursts_rates(traffic, horizon_s=horizon_s, state=streams.of("state"))
        case _:
            assert_never(traffic)
    return _of_rates(rates, streams=streams, horizon_s=horizon_s)


def _of_rates(rates: RatePieces, *, streams: SourceStreams, horizon_s: float) -> Floats:
    return poisson_instants(
        rates,
        horizon_s=horizon_s,
        arrival=streams.of("arrival"),
        thinning=streams.of("thinning"),
    )


def _of_counts(traffic: CountsTraffic, *, streams: SourceStreams, horizon_s: float) -> Floats:
    """Return the intervals' arrivals in the run; interval k has the stream ``arrival k``."""
    found = Collected()
    intervals = counted_intervals(traffic, horizon_s=horizon_s)
    for place, start_at_s, end_at_s, count in intervals:
        at_s = counted_instants(
            traffic,
            start_at_s=start_at_s,
            end_at_s=end_at_s,
            count=count,
            rng=streams.of(f"arrival {place}"),
        )
        if start_at_s < 0 or end_at_s > horizon_s:
            at_s = at_s[np.searchsorted(at_s, 0.0) : np.searchsorted(at_s, horizon_s)]
        found.add(at_s)
    return found.whole()


def _of_windows(windows: Iterable[tuple[int, RenewalWindow]], *, streams: SourceStreams) -> Floats:
    """Return the windows' arrivals; window k has the stream ``arrival k``."""
    found = Collected()
    for place, window in windows:
        found.add(window_instants(window, rng=streams.of(f"arrival {place}")))
    return found.whole()
