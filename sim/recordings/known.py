"""Layouts that tools write, known by their columns: one line a layout.

Source: the documentation of each tool, as named in docs/traces.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from sim.recordings.layout import Family, Layout
from sim.recordings.stamps import LengthUnit, TimeUnit

Holds = Literal["requests", "counts", "rates", "windows", "benchmark"]
"""What a row is: a request; how many there were, or how many a second; a rate with a law of gaps; a
run of a benchmark that does not say when its requests came."""


@dataclass(frozen=True, slots=True)
class Series:
    """Where the series of a file stand whose rows or columns are intervals.

    Attributes:
        column: Of the numbers; empty: each but that of instants is a series of its own.
        by: Column that names the series of a row; empty: rows are of one series.
        inner: Key of the array with the intervals of a row, which is a series; empty: there is
            none.
        every_s: Length of an interval, of which a row has many; None: a row is one, and its
            starts tell how long.
        unit: Of rates.
    """

    column: str = ""
    by: str = ""
    inner: str = ""
    every_s: float | None = None
    unit: str = "/s"


@dataclass(frozen=True, slots=True)
class Known:
    """A layout that a tool writes.

    Attributes:
        name: As `sim trace look` calls it.
        family: How it is written.
        columns: It has all of these.
        time: Which of them has the instants; empty: none has.
        unit: Of the instants.
        stamp: Whether a row's instant is when a request came, or when it was over; or nobody says.
        duration: Column of how long requests took; empty: none has.
        duration_unit: Of these.
        names: Of its columns, where its text has no header.
        records: Keys that lead to the array of its document.
        holds: What a row is.
        pattern: Of a log: what finds its columns in a line; of a text without a header: what its
            lines are like.
        series: Where the numbers of intervals stand, if it holds any.
        where: What other columns hold in the rows that are requests; none: all are.
    """

    name: str
    family: Family
    columns: frozenset[str]
    time: str = ""
    unit: TimeUnit = "s"
    stamp: Literal["arrival", "end", "unknown"] = "arrival"
    duration: str = ""
    duration_unit: LengthUnit = "s"
    names: tuple[str, ...] | None = None
    records: tuple[str, ...] = ()
    holds: Holds = "requests"
    pattern: str = ""
    series: Series | None = None
    where: Mapping[str, str] = field(default_factory=dict)


def _columns(*names: str) -> frozenset[str]:
    return frozenset(names)


VEGETA: Final = (
    *("timestamp", "code", "latency", "bytes_out", "bytes_in", "error"),
    *("body", "attack", "seq", "method", "url", "headers"),
)
"""Columns of `vegeta encode --to csv`, which writes no header."""

SERVEGEN: Final = ("start", "rate", "cv", "law", "shape", "scale")
"""Columns of the windows of ServeGen's chunks, which have no header."""
OWN_TABLE: Final = "sim, table of requests"

KNOWN: Final[tuple[Known, ...]] = (
    Known(OWN_TABLE, "parquet", _columns("request", "attempt", "arrival_at_s"), "arrival_at_s"),
    Known(OWN_TABLE, "csv", _columns("request", "attempt", "arrival_at_s"), "arrival_at_s"),
    Known(
        "sim, converted trace",
        "parquet",
        _columns("arrival", "source", "row"),
        "arrival",
        "iso8601",
    ),
    Known(
        "sim, converted trace",
        "parquet",
        _columns("arrival_ns", "source", "row"),
        "arrival_ns",
        "ns",
    ),
    Known(
        "Azure LLM inference trace",
        "csv",
        _columns("TIMESTAMP", "ContextTokens", "GeneratedTokens"),
        "TIMESTAMP",
        "iso8601",
    ),
    Known(
        "Azure Functions 2021",
        "csv",
        _columns("app", "func", "end_timestamp", "duration"),
        "end_timestamp",
        stamp="end",
        duration="duration",
    ),
    Known(
        "Azure Functions 2019, invocations per minute",
        "csv",
        _columns("HashFunction", "Trigger", "1", "1440"),
        holds="counts",
        series=Series(every_s=60.0),
    ),
    Known(
        "BurstGPT",
        "csv",
        _columns("Timestamp", "Model", "Request tokens", "Response tokens"),
        "Timestamp",
    ),
    Known(
        "Mooncake",
        "jsonl",
        _columns("timestamp", "input_length", "output_length"),
        "timestamp",
        "ms",
    ),
    Known(
        "hey, CSV",
        "csv",
        _columns("response-time", "DNS+dialup", "status-code", "offset"),
        "offset",
        duration="response-time",
    ),
    Known(
        "vegeta, CSV",
        "csv",
        frozenset(VEGETA),
        "timestamp",
        "ns",
        duration="latency",
        duration_unit="ns",
        names=VEGETA,
    ),
    Known(
        "vegeta, JSON",
        "jsonl",
        _columns("attack", "seq", "timestamp", "latency"),
        "timestamp",
        "iso8601",
        duration="latency",
        duration_unit="ns",
    ),
    Known(
        "k6, CSV",
        "csv",
        _columns("metric_name", "timestamp", "metric_value"),
        "timestamp",
        stamp="end",
        duration="metric_value",
        duration_unit="ms",
        where={"metric_name": "http_req_duration"},
    ),
    Known(
        "k6, JSON",
        "jsonl",
        _columns("metric", "type", "data.type", "data.contains"),
        "data.time",
        "iso8601",
        stamp="end",
        duration="data.value",
        duration_unit="ms",
        where={"metric": "http_req_duration", "type": "Point"},
    ),
    Known(
        "Locust, stats history",
        "csv",
        _columns("Timestamp", "User Count", "Requests/s"),
        "Timestamp",
        holds="rates",
        series=Series("Requests/s", by="Name"),
    ),
    Known(
        "nginx, JSON",
        "jsonl",
        _columns("msec", "request_time"),
        "msec",
        stamp="end",
        duration="request_time",
    ),
    Known(
        "Envoy, JSON",
        "jsonl",
        _columns("start_time", "duration", "response_code"),
        "start_time",
        "iso8601",
        duration="duration",
        duration_unit="ms",
    ),
    Known(
        "GenAI-Perf, profile export",
        "json",
        _columns("timestamp", "response_timestamps"),
        "timestamp",
        "ns",
        records=("experiments", "0", "requests"),
    ),
    Known(
        "vLLM, benchmark of serving",
        "json",
        _columns("request_rate", "input_lens", "ttfts"),
        holds="benchmark",
    ),
    Known(
        "Grafana, series as columns",
        "csv",
        _columns("Time"),
        "Time",
        "iso8601",
        holds="rates",
        series=Series(),
    ),
    Known(
        "Grafana, series in rows",
        "csv",
        _columns("Series", "Time", "Value"),
        "Time",
        "iso8601",
        holds="rates",
        series=Series("Value", by="Series"),
    ),
    Known(
        "Prometheus, range query",
        "json",
        _columns("values"),
        "0",
        holds="rates",
        records=("data", "result"),
        series=Series("1", inner="values"),
    ),
    Known(
        "CloudWatch, metric statistics",
        "json",
        _columns("Timestamp", "Sum", "Unit"),
        "Timestamp",
        "iso8601",
        records=("Datapoints",),
        holds="counts",
        series=Series("Sum"),
    ),
    Known(
        "CloudWatch, metric statistics",
        "json",
        _columns("Timestamp", "SampleCount", "Unit"),
        "Timestamp",
        "iso8601",
        records=("Datapoints",),
        holds="counts",
        series=Series("SampleCount"),
    ),
    Known(
        "ServeGen, windows",
        "csv",
        frozenset(SERVEGEN),
        "start",
        names=SERVEGEN,
        holds="windows",
        pattern=r"^[0-9.]+,[0-9.]+,[0-9.]*,(?:Gamma|Weibull)?,[0-9.]*,[0-9.]*$",
    ),
    Known(
        "AIPerf, profile export",
        "jsonl",
        _columns("metadata.request_start_ns", "metadata.request_end_ns"),
        "metadata.request_start_ns",
        "ns",
    ),
)


def known_by(columns: Iterable[str], layout: Layout) -> Known | None:
    """Return the layout that a file with these columns has; None if it is none that is known."""
    has = frozenset(columns)
    found = [
        one
        for one in KNOWN
        if one.family == layout.family
        and one.columns <= has
        and one.records in ((), layout.records)
    ]
    return max(found, key=lambda one: len(one.columns), default=None)
