"""Traffic by intervals: so many requests in each, or a rate in each."""

from abc import abstractmethod
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, Strict, model_validator
from typing_extensions import override

from sim.recordings.layout import Layout
from sim.recordings.selection import Missing
from sim.recordings.stamps import TimeUnit
from sim.scenario.models.distributions import MAX_CV, MIN_CV, gamma_shape, weibull_shape
from sim.scenario.models.samples import MAX_INLINE_VALUES
from sim.scenario.models.table_source import TableSource
from sim.scenario.models.where import WhereHolds
from sim.units import Count, Factor, PerSecond, PositiveSeconds, Seconds

RateUnit = Literal["/s", "/min", "/h", "/d"]

_Cv = Annotated[float, Strict(), Field(ge=MIN_CV, le=MAX_CV)]


class IntervalTraffic(TableSource):
    """Numbers of intervals: in the scenario, in a column of a file, or in one row of a file."""

    every_s: PositiveSeconds | None = None
    """Length of each interval; absent: the even step of a file's times."""
    at_s: Seconds = 0.0
    """Start of the first interval since the start of the run."""
    offset_s: Seconds = 0.0
    """The run begins this far into the intervals."""
    path: str | None = None
    """The file, relative to the scenario file."""
    format: Literal["csv", "jsonl", "json", "parquet", "arrow"] | None = None
    """CSV, an object a line, one JSON document, Parquet, or Arrow; absent: jsonl for files of that
    name, else csv."""
    column: str | None = None
    """Column of the numbers, where each row of the file is an interval."""
    time_column: str | None = None
    """Column of the starts of the intervals; absent: they follow each other."""
    time_unit: TimeUnit = "s"
    """Unit of the starts."""
    row: Count | None = None
    """Which row of the file has the numbers, from 0, where each column is an interval."""
    where: WhereHolds | None = None
    """Which row of the file has the numbers, by what its other columns hold; with `column`: which
    rows are intervals, of a file with several series below each other."""
    first_column: str | None = None
    """Column of the first interval of a row; absent: 1, of columns 1, 2, 3 and so on."""
    last_column: str | None = None
    """Column of the last interval of a row; absent: the last one that follows in number."""
    missing: Missing = "refuse"
    """What an empty cell is: `refuse` it, `skip` the interval, or take it as `0` requests."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        kind = type(self).model_fields["kind"].default
        forms = (
            self.given is not None,
            self.column is not None,
            self.row is not None or (self.where is not None and self.column is None),
        )
        if sum(forms) != 1 or (self.row is not None and self.where is not None):
            msg = (
                f"takes one of: {kind}, column of a file, or row or where of a file in which "
                "each column is an interval"
            )
            raise ValueError(msg)
        if forms[0] != (self.path is None):
            msg = f"takes path with column, row or where, and without {kind}"
            raise ValueError(msg)
        if self.time_column is not None and self.column is None:
            msg = "time_column goes with column"
            raise ValueError(msg)
        if self.every_s is None and self.time_column is None:
            msg = "every is needed: how long is an interval?"
            raise ValueError(msg)
        if (self.first_column is None) != (self.last_column is None):
            msg = "first_column and last_column go together"
            raise ValueError(msg)
        if self.first_column is not None and not forms[2]:
            msg = "first_column and last_column go with row or where"
            raise ValueError(msg)
        return self

    @property
    @abstractmethod
    def given(self) -> tuple[float, ...] | None:
        """The numbers that stand in the scenario; None where a file has them."""

    @property
    def file(self) -> Path | None:
        """The file named by `path`, resolved; None for numbers in the scenario."""
        return None if self.path is None else (self._base_dir or Path()) / self.path

    @property
    def layout(self) -> Layout:
        """How the rows of its file are written."""
        is_of_lines = (self.path or "").lower().endswith(".jsonl")
        form = self.format or ("jsonl" if is_of_lines else "csv")
        return self.layout_of("parquet" if form == "arrow" else form)


class CountsTraffic(IntervalTraffic):
    """Exactly so many requests in each interval."""

    kind: Literal["counts"] = "counts"
    counts: (
        Annotated[tuple[Count, ...], Field(min_length=1, max_length=MAX_INLINE_VALUES)] | None
    ) = None
    """Requests of each interval. Or `path`."""
    within: Literal["uniform", "evenly", "gamma", "weibull"] = "uniform"
    """How they lie in their interval: drawn uniformly, in the middles of equal parts, or with
    drawn gaps that fill the interval."""
    cv: _Cv | None = None
    """Standard deviation of a gap over its mean, with gamma and weibull."""

    @model_validator(mode="after")
    def _cv_of_drawn_gaps(self) -> Self:
        _require_cv_where_gaps_are_drawn(self.cv, self.within, "within")
        return self

    @property
    @override
    def given(self) -> tuple[float, ...] | None:
        return self.counts


class RatesTraffic(IntervalTraffic):
    """A rate in each interval: a Poisson process, or one with gaps of another law."""

    kind: Literal["rates"] = "rates"
    rates: (
        Annotated[tuple[PerSecond, ...], Field(min_length=1, max_length=MAX_INLINE_VALUES)] | None
    ) = None
    """Rate of each interval. Or `path`."""
    unit: RateUnit | None = None
    """Unit of a file's rates."""
    rate_scale: Factor = 1.0
    """Every rate is multiplied by this."""
    law: Literal["exponential", "gamma", "weibull"] = "exponential"
    """Law of the gaps between arrivals; exponential is Poisson."""
    cv: _Cv | None = None
    """Standard deviation of a gap over its mean, with gamma and weibull."""

    @model_validator(mode="after")
    def _unit_of_a_file(self) -> Self:
        _require_cv_where_gaps_are_drawn(self.cv, self.law, "law")
        if (self.unit is None) != (self.path is None):
            msg = f"unit goes with path: one of {', '.join(get_args(RateUnit))}"
            raise ValueError(msg)
        return self

    @property
    @override
    def given(self) -> tuple[float, ...] | None:
        return self.rates


def gap_shape(law: str, cv: float | None) -> float:
    """Return the shape of the law of gaps called *law*, which for exponential gaps is 1."""
    if cv is None:
        return 1.0
    return weibull_shape(cv) if law == "weibull" else gamma_shape(cv)


def _require_cv_where_gaps_are_drawn(cv: float | None, law: str, key: str) -> None:
    if (cv is not None) != (law in {"gamma", "weibull"}):
        msg = f"cv goes with {key} gamma and {key} weibull"
        raise ValueError(msg)
