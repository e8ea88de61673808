"""What a recording holds, in figures: span, rates, gaps, columns, and what to beware of."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.recordings.columnar import kind_of
from sim.recordings.columns import Column, columns_in
from sim.recordings.faults import bad_row
from sim.recordings.known import OWN_TABLE
from sim.recordings.layout import Layout
from sim.recordings.looking import Found, find_out
from sim.recordings.offsets import offsets_in
from sim.recordings.reading import NO_LENGTHS, read_rows
from sim.recordings.response_times import TWICE, sounds_like_response
from sim.recordings.rows import Rows
from sim.recordings.sampling import is_of_numbers
from sim.recordings.selection import Selection
from sim.recordings.series import LEAST_ROWS, tells_of_many
from sim.recordings.stamps import DIGITS, LengthUnit, written

GAP_FACTOR: Final = 50.0
"""A gap is told that is so many times the middle one, and longer than `LEAST_GAP_S`."""
LEAST_GAP_S: Final = 60.0
MOST_GAPS: Final = 5

_SECOND_NS: Final = 10**9


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without a row, from an instant on, which is so long after the first arrival."""

    since: str
    length_s: float
    begins_s: float


@dataclass(frozen=True, slots=True)
class Look:
    """What a recording is, and what it holds.

    Attributes:
        found: Its layout.
        order: Whether its rows stand in order of arrival.
        rows: How many the file has.
        used: How many of them are requests.
        skipped: How many are not, by the reason.
        first: Instant of the earliest arrival, as people write it.
        last: Of the latest.
        span_s: Between the two.
        rate_mean: Rows a second over the span; None for a single instant.
        rate_peak_1s: The most rows in one of the seconds from the first row on.
        rate_peak_1min: The most rows a second in one of the minutes.
        dispersion_1min: Variance over mean of the rows a minute: 1 for a Poisson process.
        gaps: The longest times without a row, longest first.
        columns: Its columns, in the order of the file.
        zone: The offset from UTC that its dates say; None if they say none.
        warnings: What to beware of, a sentence each.
        since_s: Arrivals after the first one, ascending, shape ``(rows,)``.
    """

    found: Found
    order: Literal["sorted", "unsorted"]
    rows: int
    used: int
    skipped: Mapping[str, int]
    first: str
    last: str
    span_s: float
    rate_mean: float | None
    rate_peak_1s: float
    rate_peak_1min: float
    dispersion_1min: float | None
    gaps: tuple[Gap, ...]
    columns: tuple[Column, ...]
    zone: str | None
    since_s: NDArray[np.float64] = field(compare=False, repr=False)
    warnings: tuple[str, ...]


def look(file: Path, found: Found | None = None) -> Look:
    """Return what a recording of requests holds; all of its rows are read.

    Args:
        file: The recording.
        found: What it was found to be; None: it is found out.

    Raises:
        ScenarioError: It does not say when its requests came, or has a bad row.
        OSError: It cannot be read.
    """
    found = found or find_out(file)
    if found.holds != "requests":
        raise ScenarioError(no_requests(file, found))
    rows, told = rows_of(file, found)
    at_ns = arrivals_ns(rows, found)
    in_order = np.sort(at_ns, kind="stable")
    since_s = (in_order - in_order[0]) / _SECOND_NS
    span_s = float(since_s[-1])
    minutes = _counts(since_s, 60.0)
    return Look(
        found=found,
        order="sorted" if np.array_equal(at_ns, in_order) else "unsorted",
        rows=len(at_ns) + sum(rows.skipped.values()),
        used=len(at_ns),
        skipped=rows.skipped,
        first=written(int(in_order[0]), found.unit),
        last=written(int(in_order[-1]), found.unit),
        span_s=span_s,
        rate_mean=len(at_ns) / span_s if span_s else None,
        rate_peak_1s=float(_counts(since_s, 1.0).max()),
        rate_peak_1min=float(minutes.max()) / 60,
        dispersion_1min=_dispersion(minutes, math.floor(span_s / 60) + 1),
        gaps=tuple(_gaps(in_order, found)),
        columns=columns_in(file, found, rows.columns | _durations(rows, found)),
        zone=offsets_in(file, found),
        since_s=since_s,
        warnings=(*told, *_warnings(found, in_order), *_coarse(rows.at_ns)),
    )


def _durations(rows: Rows, found: Found) -> dict[str, NDArray[np.float64]]:
    """Return the durations that were read, as numbers of their unit."""
    unit_ns = 10 ** DIGITS[found.duration_unit]
    return {name: lengths / unit_ns for name, lengths in rows.lengths_ns.items()}


def no_requests(file: Path, found: Found) -> Problem:
    """Return what there is to say of a recording whose rows are no requests."""
    message = f"is {found.format}, which does not say when its requests came"
    if found.holds != "benchmark":
        message = (
            f"is {found.format}: a row holds {found.holds} and is no request; the kind of traffic "
            f"{found.holds} takes it"
        )
    return Problem(message=message, rule="no-requests", file=str(file))


def arrivals_ns(rows: Rows, found: Found) -> NDArray[np.int64]:
    """Return when requests came, in the order of the file: so long before they were over."""
    if found.stamp == "end" and found.duration:
        return rows.at_ns - rows.lengths_ns[found.duration]
    return rows.at_ns


def rows_of(file: Path, found: Found) -> tuple[Rows, list[str]]:
    """Return instants and columns of numbers; of a column that has other things it is told.

    Raises:
        ScenarioError: A row has no instant, or is none.
        OSError: It cannot be read.
    """
    is_needed = found.stamp == "end" and bool(found.duration)
    lengths = {found.duration: found.duration_unit} if is_needed else NO_LENGTHS
    read_already = {found.time, *lengths}
    wanted = [name for name in numeric_columns(file, found) if name not in read_already]
    several = sorted({one for one in found.columns if found.columns.count(one) > 1} - read_already)
    wanted = [name for name in wanted if name not in several]
    told = [f"Several columns are called {name}: none of them can be used." for name in several]
    while (rows := _read_or_tell(file, found, wanted, lengths, told)) is None:
        pass
    if not rows.at_ns.size:
        raise bad_row(file, 1, _no_request(rows, found))
    return rows, told


def _read_or_tell(
    file: Path,
    found: Found,
    wanted: list[str],
    lengths: Mapping[str, LengthUnit],
    told: list[str],
) -> Rows | None:
    """Return the rows; None if a wanted column is no numbers, which is then told, and not wanted.

    Raises:
        ScenarioError: Something else is wrong with a row.
        OSError: It cannot be read.
    """
    try:
        return read_rows(
            file,
            found.layout,
            found.time,
            found.unit,
            wanted,
            lengths=lengths,
            selection=Selection(found.where),
        )
    except ScenarioError as error:
        (problem,) = error.problems
        told_of = problem.message.removeprefix("there is no ")
        bad = next((one for one in wanted if told_of.startswith((f"{one} ", f"{one!r};"))), None)
        if bad is None:
            raise
    wanted.remove(bad)
    where = "" if problem.line is None else f" in line {problem.line}"
    is_missing = problem.message.startswith(f"{bad} is missing")
    told.append(
        f"Column {bad} has nothing{where}: with missing: skip or missing: 0 it is a demand."
        if is_missing
        else f"Column {bad} holds something that is no number{where}."
    )
    return None


def _no_request(rows: Rows, found: Found) -> str:
    if not rows.skipped:
        return "the recording has no row"
    held = " and ".join(f"{name} is {text}" for name, text in found.where.items())
    return f"of {sum(rows.skipped.values()):,} rows none is a request: there is none whose {held}"


def _coarse(at_ns: NDArray[np.int64]) -> Iterator[str]:
    """Yield that instants are whole seconds, where several requests come in one."""
    seconds, rest_ns = np.divmod(at_ns, _SECOND_NS)
    if at_ns.size >= LEAST_ROWS and not rest_ns.any() and np.unique(seconds).size < at_ns.size / 2:
        yield (
            "Instants are whole seconds: when in a second requests came, and in which order, the "
            "file does not say."
        )


def numeric_columns(file: Path, found: Found) -> list[str]:
    """Return the columns whose first rows hold numbers."""
    return [name for name in found.columns if is_of_numbers(file, found.layout, name)]


def _counts(since_s: NDArray[np.float64], width_s: float) -> NDArray[np.int64]:
    """Return how many rows there are in each interval that has any.

    Of ascending times. Those without are not listed: one row of 1970 in a log of today makes 1.7e9
    seconds of them.
    """
    place = np.floor(since_s / width_s)
    ends = np.flatnonzero(np.append(place[1:] != place[:-1], True))
    return np.diff(ends, prepend=-1)


def _dispersion(counts: NDArray[np.int64], intervals: int) -> float | None:
    """Return variance over mean of the counts of so many intervals; None for a single one."""
    if intervals == 1:
        return None
    rows, squares = int(counts.sum()), int((counts**2).sum())
    return (intervals * squares - rows**2) / (intervals * rows)


def _gaps(in_order: NDArray[np.int64], found: Found) -> Iterator[Gap]:
    gaps_s = np.diff(in_order) / _SECOND_NS
    if not gaps_s.size:
        return
    least_s = max(LEAST_GAP_S, GAP_FACTOR * float(np.median(gaps_s)))
    for place in np.argsort(-gaps_s, kind="stable")[:MOST_GAPS]:
        if gaps_s[place] > least_s:
            begins_s = int(in_order[place] - in_order[0]) / _SECOND_NS
            since = written(int(in_order[place]), found.unit)
            yield Gap(since, float(gaps_s[place]), begins_s)


def _warnings(found: Found, in_order: NDArray[np.int64]) -> Iterator[str]:
    gaps = np.diff(in_order)
    if len(in_order) >= LEAST_ROWS and gaps[0] > 0 and bool((gaps == gaps[0]).all()):
        yield (
            f"All rows are {gaps[0] / _SECOND_NS:g} s apart: they look like intervals with counts "
            "or rates, and not like requests."
        )
    others: Sequence[str] = [name for name in found.columns if name != found.time]
    for name in others:
        if tells_of_many(name):
            yield f"Column {name} sounds like a count or a rate: is a row one request?"
        elif sounds_like_response(name):
            yield f"Column {name} sounds like a response time: {TWICE}."
    if found.stamp == "unknown":
        yield (
            "Nothing says whether rows are stamped when requests came or when they were over: most "
            "servers log the end (stamp: end, with duration_column)."
        )


def snippet(file: Path, seen: Look) -> dict[str, Any]:
    """Return the source of traffic that replays a recording, as a scenario has it."""
    found = seen.found
    made: dict[str, Any] = {
        "kind": "trace",
        "path": str(file),
        "format": format_of(file, found.layout),
    }
    made |= written_as(found.layout)
    made |= {"time_column": found.time, "time_unit": found.unit}
    if found.stamp == "end" and found.duration:
        made |= {
            "stamp": "end",
            "duration_column": found.duration,
            "duration_unit": found.duration_unit,
        }
    if found.where:
        made["where"] = dict(found.where)
    if found.format == OWN_TABLE:  # whose instants count from the beginning of its run
        made["origin"] = "zero"
    return made


def format_of(file: Path, layout: Layout) -> str:
    """Return what sources of traffic call the format of a file."""
    return "arrow" if kind_of(file) == "Arrow" else layout.family


def written_as(layout: Layout) -> dict[str, Any]:
    """Return how the rows of a file are written, as sources of traffic say it."""
    made: dict[str, Any] = {}
    if layout.delimiter != ",":
        made["delimiter"] = layout.delimiter
    if layout.decimal != ".":
        made["decimal"] = layout.decimal
    if layout.pattern:
        made["pattern"] = layout.pattern
    if layout.names is not None:
        made["columns"] = list(layout.names)
    if layout.records:
        made["records"] = ".".join(layout.records)
    return made
