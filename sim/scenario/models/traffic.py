"""Traffic: where requests come from. A deployment's sources are added up.

Models only; the arrival instants they mean are computed in ``sim.workload``.
"""

import math
import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, Strict, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sim.recordings.layout import Family, Layout
from sim.recordings.selection import Missing, Selection
from sim.recordings.stamps import DATES, LengthUnit, TimeUnit
from sim.scenario.models.distributions import MAX_CV, MIN_CV, gamma_shape, weibull_shape
from sim.scenario.models.intervals import CountsTraffic, RatesTraffic
from sim.scenario.models.origin import Origin, origin_of
from sim.scenario.models.samples import MAX_INLINE_VALUES
from sim.scenario.models.source import FileSource, Source
from sim.scenario.models.spec import Spec
from sim.scenario.models.table_source import TableSource
from sim.scenario.models.wall_clock import CLOCK_PATTERN, DAY_S, WEEK_S, Shown, shown
from sim.scenario.models.where import WhereHolds
from sim.scenario.models.zone import ZoneName
from sim.units import Factor, Flag, PerSecond, PositiveSeconds, Seconds


class InstantsTraffic(Source):
    """Requests at the given instants."""

    kind: Literal["instants"] = "instants"
    at_s: Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=MAX_INLINE_VALUES)]
    """Instants since the start of the run, ascending; more than 10,000 belong in a trace."""

    @field_validator("at_s")
    @classmethod
    def _ascending(cls, at_s: tuple[float, ...]) -> tuple[float, ...]:
        return _require_ascending(at_s)


class PoissonTraffic(Source):
    """A Poisson process: independent arrivals at a constant rate."""

    kind: Literal["poisson"] = "poisson"
    rate_per_s: PerSecond
    """Mean arrivals per time."""


class RatePoint(Spec):
    """A rate at an instant of the run."""

    at_s: Seconds
    """Instant since the start of the run."""
    rate_per_s: PerSecond
    """Rate at that instant."""


class PiecewiseTraffic(Source):
    """A Poisson process whose rate is linear between points.

    Zero before the first point, constant after the last. Two points at one instant are a step.
    """

    kind: Literal["piecewise"] = "piecewise"
    points: Annotated[tuple[RatePoint, ...], Field(min_length=1, max_length=MAX_INLINE_VALUES)]
    """Points by time."""

    @field_validator("points")
    @classmethod
    def _ascending(cls, points: tuple[RatePoint, ...]) -> tuple[RatePoint, ...]:
        _require_ascending(tuple(point.at_s for point in points))
        return points


class CyclePoint(Spec):
    """A rate at a time of the day, or of the week."""

    at: Annotated[str, Field(pattern=CLOCK_PATTERN)]
    """``08:00`` in a daily cycle, ``Mon 08:00`` in a weekly one; seconds may follow."""
    rate_per_s: PerSecond
    """Rate at that time."""

    @property
    def weekday(self) -> int | None:
        """Day of the week, Monday is 0; None where the point names none."""
        return self._shown.weekday

    @property
    def at_s(self) -> float:
        """Seconds since midnight, or since Monday's midnight where a weekday is named."""
        return self._shown.at_s

    @property
    def _shown(self) -> Shown:
        found = shown(self.at)
        if found is None:
            raise ValueError(f"{self.at!r} is no time of day")
        return found


class CycleTraffic(Source):
    """A Poisson process whose rate repeats every day or week, by the clock of the scenario's start.

    Linear between points, and from the last point of a period to the first of the next.
    """

    kind: Literal["cycle"] = "cycle"
    period: Literal["day", "week"]
    """Whether the points are times of the day or of the week."""
    points: Annotated[tuple[CyclePoint, ...], Field(min_length=1, max_length=MAX_INLINE_VALUES)]
    """Points by time."""

    @property
    def period_s(self) -> float:
        """Length of the period."""
        return DAY_S if self.period == "day" else WEEK_S

    @model_validator(mode="after")
    def _spelt_for_the_period(self) -> Self:
        weekly = self.period == "week"
        for number, point in enumerate(self.points):
            if (point.weekday is not None) != weekly:
                want = "a weekday and a time, as in Mon 08:00" if weekly else "a time, as in 08:00"
                msg = (
                    f"points[{number}].at is {point.at!r}: in a {self.period}'s cycle write {want}"
                )
                raise ValueError(msg)
        _require_ascending(tuple(point.at_s for point in self.points))
        return self


class BurstsTraffic(Source):
    """A Poisson process that switches between two rates: a Markov-modulated Poisson process.

    Spells of base and burst are exponential and alternate; the first spell at time 0 is base with
    the long-run probability ``mean_base / (mean_base + mean_burst)``.
    """

    kind: Literal["bursts"] = "bursts"
    base_rate_per_s: PerSecond
    """Rate between bursts."""
    burst_rate_per_s: PerSecond
    """Rate during a burst."""
    mean_base_s: PositiveSeconds
    """Mean time between bursts."""
    mean_burst_s: PositiveSeconds
    """Mean length of a burst."""


class RateWindow(Spec):
    """A rate, and the law of the gaps between arrivals, from an instant on."""

    at_s: Seconds
    """Start of the window since the start of the run; it lasts until the next one's start, the last
    one until the end of the run."""
    rate_per_s: PerSecond
    """Mean arrivals per time; the gaps' scale follows from it."""
    law: Literal["exponential", "gamma", "weibull"] = "exponential"
    """Law of the gaps between arrivals."""
    cv: Annotated[float, Strict(), Field(ge=MIN_CV, le=MAX_CV)] = 1.0
    """Standard deviation of a gap over its mean; 1 for exponential gaps."""

    @model_validator(mode="after")
    def _exponential_has_cv_1(self) -> Self:
        if self.law == "exponential" and self.cv != 1:
            msg = f"cv is {self.cv:g}, but exponential gaps have cv 1: name another law"
            raise ValueError(msg)
        return self

    @property
    def shape(self) -> float:
        """Shape parameter of the gaps' law (no unit)."""
        match self.law:
            case "gamma":
                return gamma_shape(self.cv)
            case "weibull":
                return weibull_shape(self.cv)
            case "exponential":
                return 1.0


class WindowsTraffic(FileSource):
    """A renewal process whose rate and gap law change from window to window.

    The windows stand here, or in a CSV without header in the ServeGen format: start in seconds,
    rate per second, cv, gap law (Gamma, Weibull, or empty for an idle window), shape, scale. The
    last window of a file is as long as the one before it.
    """

    kind: Literal["windows"] = "windows"
    rows: (
        Annotated[tuple[RateWindow, ...], Field(min_length=1, max_length=MAX_INLINE_VALUES)] | None
    ) = None
    """The windows by start. Or `path`."""
    path: str | None = None
    """CSV of windows, relative to the scenario file."""
    offset_s: Seconds = 0.0
    """The run begins this far into the windows."""
    rate_scale: Factor = 1.0
    """Every rate is multiplied by this."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.rows is None) == (self.path is None):
            msg = "takes either rows or path"
            raise ValueError(msg)
        if self.rows is not None:
            starts = tuple(row.at_s for row in self.rows)
            _require_ascending(starts)
            if len(set(starts)) < len(starts):
                msg = "two rows start at the same instant"
                raise ValueError(msg)
        return self

    @property
    def file(self) -> Path | None:
        """The file named by `path`, resolved; None for windows in the scenario."""
        return None if self.path is None else (self._base_dir or Path()) / self.path


_TRACE_TIMES: Final[dict[str, tuple[str, TimeUnit]]] = {
    "azure": ("TIMESTAMP", "iso8601"),
    "mooncake": ("timestamp", "ms"),
}


class TraceTraffic(TableSource):
    """Replays the requests of a recorded trace, one row a request.

    Instants count from `origin`. The run begins `offset` later, what lies before is left out; then
    times are multiplied by `time_scale`.
    """

    kind: Literal["trace"] = "trace"
    path: str
    """The trace, relative to the scenario file."""
    format: Literal["azure", "mooncake", "csv", "jsonl", "json", "parquet", "arrow", "lines"]
    """Azure LLM inference CSV, Mooncake JSONL, or any table: CSV, an object a line, one JSON
    document, Parquet, Arrow's files and streams, lines of a log."""
    pattern: str | None = None
    """Regular expression whose named groups are the columns of a line of a log."""
    time_column: str | None = None
    """Column of arrival times; needed for csv and jsonl, known for the others."""
    time_unit: TimeUnit | None = None
    """Unit of the times; absent: what the format has, seconds for csv and jsonl."""
    stamp: Literal["arrival", "end"] = "arrival"
    """What a row's time is: when the request came, or when it was over, as most servers log it."""
    duration_column: str | None = None
    """Column of how long requests took; needed with `stamp: end`, whose arrivals are the time
    minus it."""
    duration_unit: LengthUnit = "s"
    """Unit of the durations."""
    time_scale: Factor = 1.0
    """Times are multiplied by this: 0.5 replays twice as fast."""
    rate_scale: Factor = 1.0
    """Requests per row on average: 0.1 keeps a tenth of the rows, 2 doubles each."""
    origin: Origin | None = None
    """What the trace's times count from: its `first` row, the `zero` of its numbers, the scenario's
    `start`, or an instant; absent: `start` where the scenario says one and the times are dates or
    seconds since 1970, else `first`."""
    offset_s: Seconds = 0.0
    """The run begins so long after the origin, in the trace's own time."""
    where: WhereHolds | None = None
    """Only rows are requests whose other columns hold this, such as `{status: 200}`; as it is
    written in the file."""
    missing: Missing = "refuse"
    """What becomes of rows that lack a number that is used, or the time: the file is refused, they
    are left out, or the number is 0."""
    zone: ZoneName | None = None
    """Zone whose clock dates show that say no offset from UTC, such as Europe/Berlin; absent: the
    scenario's `zone`, else UTC."""
    evenly_spaced: Flag = False
    """Whether rows that come at even intervals, or beside counts or rates, are requests all the
    same; such a file is refused otherwise."""

    @model_validator(mode="after")
    def _origin_of_such_times(self) -> Self:
        is_of_numbers = self.origin == "zero" or isinstance(origin_of(self.origin or "first"), int)
        if is_of_numbers and self.times[1] in DATES:
            msg = (
                f"origin is {self.origin}, but the times are dates, which have no 0: write first, "
                "start, or a date and time with its zone"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _zone_of_dates(self) -> Self:
        if self.zone is not None and self.times[1] not in DATES:
            msg = f"zone goes with dates, and the times are numbers of {self.times[1]}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _duration_where_it_is_needed(self) -> Self:
        if self.stamp == "end" and self.duration_column is None:
            msg = "duration_column is needed with stamp end: name the column of durations"
            raise ValueError(msg)
        if self.stamp == "arrival" and self.duration_column is not None:
            msg = (
                "duration_column is of no use with stamp arrival: write stamp: end if requests are "
                "logged when they are over, else leave it out"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _pattern_of_lines(self) -> Self:
        if (self.format == "lines") != (self.pattern is not None):
            msg = "pattern goes with format lines: a regular expression with named groups"
            raise ValueError(msg)
        try:
            is_one = bool(re.compile(self.pattern or "(?P<a>)").groupindex)
        except re.error as error:
            msg = f"pattern is no regular expression: {error}"
            raise ValueError(msg) from None
        if not is_one:
            msg = "pattern has no named groups, which are the columns: (?P<time>...)"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _time_column_known(self) -> Self:
        if self.time_column is None and self.format not in _TRACE_TIMES:
            msg = (
                f"time_column is needed with format {self.format}: name the column of arrival times"
            )
            raise ValueError(msg)
        return self

    @property
    def layout(self) -> Layout:
        """How its rows are written."""
        families: dict[str, Family] = {"azure": "csv", "mooncake": "jsonl", "arrow": "parquet"}
        family = families.get(self.format) or self.format
        return self.layout_of(family, self.pattern or "")  # type: ignore[arg-type]  # the other five

    @property
    def selection(self) -> Selection:
        """Which of its rows are meant."""
        return Selection(self.where or {}, self.missing)

    @property
    def times(self) -> tuple[str, TimeUnit]:
        """Column of arrival times and its unit, with the format's defaults filled in."""
        column, unit = _TRACE_TIMES.get(self.format, (self.time_column or "", "s"))
        return self.time_column or column, self.time_unit or unit

    @property
    def file(self) -> Path:
        """The trace's path, resolved against the scenario's directory."""
        return (self._base_dir or Path()) / self.path


Traffic = Annotated[
    InstantsTraffic
    | PoissonTraffic
    | PiecewiseTraffic
    | CycleTraffic
    | BurstsTraffic
    | WindowsTraffic
    | CountsTraffic
    | RatesTraffic
    | TraceTraffic,
    Field(discriminator="kind"),
]
"""One source of requests."""


def _require_ascending(at_s: tuple[float, ...]) -> tuple[float, ...]:
    last = -math.inf
    for number, instant in enumerate(at_s):
        if instant < last:
            reason = f"times must ascend: number {number + 1} is before number {number}"
            raise PydanticCustomError("not_ascending", "{reason}", {"reason": reason})
        last = instant
    return at_s
