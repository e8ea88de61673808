"""What a recording of counts or rates holds: its series, and the source that makes traffic of one.

Where a file has several series the one with the most requests is taken, and it is said so.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.recordings.cells import cells_of
from sim.recordings.faults import bad_row
from sim.recordings.intervals import (
    Numbers,
    interval_columns,
    read_column,
    read_row,
)
from sim.recordings.known import Series
from sim.recordings.looking import Found
from sim.recordings.measuring import format_of, written_as
from sim.recordings.opening import text_stream
from sim.recordings.series import tells_of_many
from sim.recordings.slow import array_of, dotted
from sim.recordings.stamps import NUMBER, written

INTERVALS: Final = frozenset({"counts", "rates", "windows"})
"""What a row may hold that is no request."""

MOST_SERIES: Final = 12
"""Names of series that a warning has."""

LEAST_OF_A_COUNTER: Final = 4
"""Fewer numbers may well ascend."""

_UNIT_S: Final = {"/s": 1.0, "/min": 60.0}

_SECOND_NS: Final = 10**9


@dataclass(frozen=True, slots=True)
class SeriesLook:
    """What a recording of intervals is, and what the series in it holds that is taken.

    Attributes:
        found: Its layout.
        series_count: How many series it has.
        series: Their names; none where they have none.
        taken: The name of the one that the figures are of.
        order: Whether its intervals stand in order of time.
        intervals: How many there are.
        missing: How many of these have no number.
        every_s: How long each is; None: they differ.
        requests: Of all intervals: as counted, or as many as the rates give on average.
        rate_mean: Requests a second, over the intervals and what lies between them.
        rate_peak: The highest in an interval.
        peak_at: Start of that interval, as people write it.
        first: Start of the earliest interval.
        last: End of the latest.
        span_s: Between the two.
        warnings: What to beware of, a sentence each.
        source: The source of traffic, as a scenario has it.
        since_s: Starts of the intervals after the first, ascending, shape ``(intervals,)``.
        length_s: How long each is, likewise.
        rate_per_s: Requests a second in each; likewise.
    """

    found: Found
    series_count: int
    series: tuple[str, ...]
    taken: str
    order: str
    intervals: int
    missing: int
    every_s: float | None
    requests: float
    rate_mean: float
    rate_peak: float
    peak_at: str
    first: str
    last: str
    span_s: float
    warnings: tuple[str, ...]
    source: Mapping[str, Any]
    since_s: NDArray[np.float64] = field(compare=False, repr=False)
    length_s: NDArray[np.float64] = field(compare=False, repr=False)
    rate_per_s: NDArray[np.float64] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Taken:
    """One series of a file.

    Attributes:
        count: How many the file has.
        names: Of all; none where they have no names.
        name: Of this one.
        numbers: It itself.
        keys: Where a source of traffic finds it.
    """

    count: int
    names: tuple[str, ...]
    name: str
    numbers: Numbers
    keys: Mapping[str, Any]


def look_at_series(file: Path, found: Found) -> SeriesLook:
    """Return what a recording of intervals holds; all of its rows are read.

    Args:
        file: The recording.
        found: What it was found to be, with a member of `INTERVALS` in its rows.

    Raises:
        ScenarioError: It has a bad row, or does not say how long its intervals are.
        OSError: It cannot be read.
    """
    series = found.series or Series("rate")  # windows have a rate too
    taken = _taken(file, found, series)
    numbers = taken.numbers
    value = numbers.value
    if found.holds == "counts" and (value != np.floor(value)).any():
        place = int(np.argmax(value != np.floor(value)))
        message = f"interval {place} has {value[place]:g}, which is no whole number of requests"
        raise ScenarioError(Problem(message=message, rule="intervals", file=str(file)))
    order = np.arange(value.size)
    every_ns, at_ns = round((series.every_s or 0) * _SECOND_NS), numbers.at_ns
    if at_ns is None:
        at_ns = order * every_ns
    else:
        order = np.argsort(at_ns, kind="stable")
        at_ns = at_ns[order]
        every_ns = _step_ns(file, found, at_ns)
    lengths_s = _lengths_s(found, at_ns, every_ns)
    requests = value[order]
    if found.holds != "counts":
        requests = requests * lengths_s / _UNIT_S[series.unit]
    per_s = requests / lengths_s
    span_s = (at_ns[-1] - at_ns[0]) / _SECOND_NS + lengths_s[-1]
    is_even = bool((np.diff(at_ns) == every_ns).all())
    return SeriesLook(
        found=found,
        series_count=taken.count,
        series=taken.names,
        taken=taken.name,
        order="sorted" if (np.diff(order) > 0).all() else "unsorted",
        intervals=value.size,
        missing=int(numbers.is_missing.sum()),
        every_s=every_ns / _SECOND_NS if is_even or found.holds != "windows" else None,
        requests=float(requests.sum()),
        rate_mean=float(requests.sum() / span_s),
        rate_peak=float(per_s.max()),
        peak_at=written(int(at_ns[per_s.argmax()]), found.unit),
        first=written(int(at_ns[0]), found.unit),
        last=written(int(at_ns[-1]) + round(lengths_s[-1] * _SECOND_NS), found.unit),
        span_s=float(span_s),
        warnings=tuple(_warnings(found, series, taken, at_ns, value[order], every_ns)),
        source=_source(file, found, series, taken, every_ns, needs_every=not is_even),
        since_s=(at_ns - at_ns[0]) / _SECOND_NS,
        length_s=lengths_s,
        rate_per_s=per_s,
    )


def _taken(file: Path, found: Found, series: Series) -> _Taken:
    if series.inner:
        return _of_arrays(file, found, series)
    if series.by:
        return _of_rows(file, found, series)
    if not found.time:
        return _of_one_row(file, found)
    return _of_columns(file, found, series)


def _of_columns(file: Path, found: Found, series: Series) -> _Taken:
    """Return the column with the most, or the one that is known."""
    names = [series.column]
    if not series.column:
        names = [name for name in found.columns if name != found.time]
    read = {name: _column(file, found, name) for name in names}
    name = max(read, key=lambda one: read[one].value.sum())
    shown = () if series.column else tuple(names)
    return _Taken(len(names), shown, name, read[name], {"column": name})


def _of_rows(file: Path, found: Found, series: Series) -> _Taken:
    """Return the series with the most of those that stand below each other."""
    totals: defaultdict[str, float] = defaultdict(float)
    for _, (name, text) in cells_of(file, found.layout, [series.by, series.column]):
        totals[name] += _size(dotted(text, found.layout))
    if not totals:
        raise bad_row(file, 1, "the file has no row")
    name = max(totals, key=lambda one: totals[one])
    where = {series.by: name} if len(totals) > 1 else {}
    numbers = _column(file, found, series.column, where)
    keys = {"column": series.column, **({"where": where} if where else {})}
    return _Taken(len(totals), tuple(totals), name, numbers, keys)


def _of_arrays(file: Path, found: Found, series: Series) -> _Taken:
    """Return the array with the most: each row of the document has one."""
    place = int(series.column)
    with text_stream(file) as text:
        rows = array_of(text, found.layout, file)
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not isinstance(row.get("metric", {}), dict):
            raise bad_row(file, number, "is no series: an object with metric and values")
    totals = [_size_of_array(row.get(series.inner), place) for row in rows]
    names = tuple(_labels(row.get("metric", {})) for row in rows)
    number = max(range(len(rows)), key=lambda one: totals[one])
    records = (*found.layout.records, str(number), series.inner)
    inside = replace(found, layout=replace(found.layout, records=records))
    numbers = _column(file, inside, series.column)
    keys = {"records": ".".join(records), "column": series.column}
    return _Taken(len(names), names, names[number], numbers, keys)


def _of_one_row(file: Path, found: Found) -> _Taken:
    """Return the row with the most."""
    names = interval_columns(file, found.layout)
    totals = [_total(texts) for _, texts in cells_of(file, found.layout, names)]
    if not totals:
        raise bad_row(file, 1, "the file has no row")
    number = max(range(len(totals)), key=lambda one: totals[one])
    numbers = read_row(file, found.layout, row=number, missing="skip")
    return _Taken(len(totals), (), f"row {number}", numbers, {"row": number})


def _column(
    file: Path, found: Found, column: str, where: Mapping[str, str] | None = None
) -> Numbers:
    return read_column(
        file,
        found.layout,
        column,
        time=found.time,
        unit=found.unit,
        where=where,
        missing="skip",
    )


def _size(text: Any) -> float:
    """Return a number, to compare series by; 0 for what is none, which reading will refuse."""
    return float(text) if isinstance(text, str) and NUMBER.fullmatch(text.strip()) else 0.0


def _size_of_array(rows: Any, place: int) -> float:
    """Return the sum of the numbers at a place of each row, to compare series by."""
    if not isinstance(rows, list):
        return 0.0
    return sum(_size(row[place]) for row in rows if isinstance(row, list) and len(row) > place)


def _total(texts: Sequence[str]) -> float:
    """Return the sum of a row of numbers; all at once, for there are 1,440 in each of 50,000."""
    try:
        return float(np.nansum(np.array(texts, np.float64)))
    except ValueError:  # an empty cell, or a fault that reading will refuse
        return sum(map(_size, texts))


def _labels(metric: Mapping[str, Any]) -> str:
    """Return the name of a series as Prometheus writes it."""
    pairs = [f'{key}="{value}"' for key, value in metric.items() if key != "__name__"]
    return f"{metric.get('__name__', '')}{{{', '.join(pairs)}}}"


def _step_ns(file: Path, found: Found, at_ns: NDArray[np.int64]) -> int:
    """Return the shortest step between starts, in order of time.

    Raises:
        ScenarioError: There is one interval only, or two begin at once.
    """
    step_ns = np.diff(at_ns)
    if not step_ns.size:
        message = (
            "has one interval only, so nothing says how long it is: write a source of "
            f"{found.holds} with every"
        )
    elif step_ns.min() == 0:
        at = written(int(at_ns[step_ns.argmin()]), found.unit)
        message = f"has two intervals that begin at {at}: which is meant is not known"
    else:
        return int(step_ns.min())
    raise ScenarioError(Problem(message=message, rule="intervals", file=str(file)))


def _lengths_s(found: Found, at_ns: NDArray[np.int64], every_ns: int) -> NDArray[np.float64]:
    """Return how long each interval is; a window lasts up to the next, the last as long again."""
    if found.holds != "windows":
        return np.full(at_ns.size, every_ns / _SECOND_NS)
    steps_ns = np.diff(at_ns)
    return np.append(steps_ns, steps_ns[-1]) / _SECOND_NS


def _warnings(
    found: Found,
    series: Series,
    taken: _Taken,
    at_ns: NDArray[np.int64],
    value: NDArray[np.float64],
    every_ns: int,
) -> Iterator[str]:
    """Yield what to beware of; instants and numbers are in order of time."""
    if taken.count > 1:
        named = f": {_list(taken.names)}" if taken.names else ""
        yield (
            f"The file has {taken.count:,} series, of which {taken.name} is taken, which has the "
            f"most{named}."
        )
    if count := int(taken.numbers.is_missing.sum()):
        yield f"Intervals without a number: {count:,}; missing: skip leaves them out."
    steps = np.diff(at_ns) / max(every_ns, 1)
    if found.holds != "windows" and (steps != np.round(steps)).any():
        yield (
            f"Starts are from {steps.min() * every_ns / _SECOND_NS:g} to "
            f"{steps.max() * every_ns / _SECOND_NS:g} s apart: each interval is as long as the "
            "shortest step, and nothing comes between them."
        )
    elif found.holds != "windows" and (left_out := int(steps.sum() - steps.size)):
        yield f"Intervals that the file leaves out: {left_out:,}; nothing comes in them."
    if found.holds == "rates" and not tells_of_many(series.column):
        yield (
            "Nothing says the unit of the numbers: requests a second are taken (unit: /s), and not "
            "requests a minute or counts."
        )
    grows = np.diff(value)
    if value.size >= LEAST_OF_A_COUNTER and (grows >= 0).all() and grows.any():
        yield (
            "The numbers never fall, as those of a counter: of a total since a start rates are "
            "needed, such as rate() in Prometheus."
        )


def _list(names: Sequence[str]) -> str:
    more = len(names) - MOST_SERIES
    return ", ".join(names[:MOST_SERIES]) + (f", and {more:,} more" if more > 0 else "")


def _source(
    file: Path,
    found: Found,
    series: Series,
    taken: _Taken,
    every_ns: int,
    *,
    needs_every: bool,
) -> dict[str, Any]:
    if found.holds == "windows":
        return {"kind": "windows", "path": str(file)}
    made = {"kind": found.holds, "path": str(file), "format": format_of(file, found.layout)}
    made |= {**written_as(found.layout), **taken.keys}
    if found.time:
        made |= {"time_column": found.time, "time_unit": found.unit}
    if needs_every or not found.time:
        made["every"] = f"{every_ns / _SECOND_NS:.9f}".rstrip("0").rstrip(".") + "s"
    if found.holds == "rates":
        made["unit"] = series.unit
    if taken.numbers.is_missing.any():
        made["missing"] = "skip"
    return made
