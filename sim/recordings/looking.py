"""What a recording is: found out from its first rows, and held against all of them."""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sim.errors import Problem, ScenarioError
from sim.recordings.columnar import kind_of
from sim.recordings.excel import delimiter_said
from sim.recordings.faults import bad_row, in_words
from sim.recordings.known import KNOWN, Holds, Known, Series, known_by, known_log
from sim.recordings.layout import Family, Layout
from sim.recordings.opening import compression_of, text_stream
from sim.recordings.reading import columns_of
from sim.recordings.sampling import (
    ENOUGH,
    HEAD_ROWS,
    has_even_steps,
    is_mostly_of_numbers,
    is_of_our_days,
    sample,
    unit_of,
)
from sim.recordings.series import rate_unit_told, tells_of_many
from sim.recordings.slow import dotted
from sim.recordings.stamps import NUMBER, LengthUnit, TimeUnit

DELIMITERS: Final = (",", ";", "\t", "|")

TIME_NAMES: Final = (
    *("timestamp", "time", "datetime", "date", "ts", "at", "arrival", "arrival_at_s"),
    *("arrived_at", "arrival_time", "start", "start_time", "started_at", "msec", "offset"),
)
"""What columns of instants are called, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a recording was found to be.

    Attributes:
        format: Its layout in words.
        compression: What it is compressed with; None: nothing.
        layout: How its rows are written.
        holds: What a row is.
        time: The column of its instants; empty: none was found.
        unit: Of these.
        stamp: Whether they are arrivals or ends; "unknown" where nothing says.
        duration: Column of how long requests took; empty: none is known.
        duration_unit: Of these.
        columns: Names of all its columns.
        series: Where the numbers of intervals stand, if it holds any.
        where: What other columns hold in the rows that are requests; none: all are.
    """

    format: str
    compression: str | None
    layout: Layout
    holds: Holds
    time: str
    unit: TimeUnit
    stamp: str
    duration: str = ""
    duration_unit: LengthUnit = "s"
    columns: tuple[str, ...] = field(default=())
    series: Series | None = None
    where: Mapping[str, str] = field(default_factory=dict)


def find_out(file: Path) -> Found:
    """Return what a recording is.

    Raises:
        ScenarioError: It is no recording that is known; the message says what was tried, and what
            comes nearest.
        OSError: It cannot be read.
    """
    family = _family(file)
    # The default log of Envoy begins as an array of JSON does.
    if family in ("csv", "json") and (log := _log_of(file)) is not None:
        return log
    tried = []
    for layout in _layouts(file, family):
        try:
            columns = columns_of(file, layout)
        except (ValueError, ScenarioError):
            columns = []
        tried.append((layout, columns))
        known = known_by(columns or _keys(file, layout), layout)
        if known is not None and (fitting := _fitting(file, known, layout, columns)):
            return _as_known(file, fitting, layout, columns)
    layout, columns = max(tried, key=lambda one: (one[0].names is not None, len(one[1])))
    if layout.family == "csv" and layout.names is None and _has_instant(columns, layout.decimal):
        raise _unknown(file, layout, columns)
    time, unit = _time_of(file, layout, columns)
    if not time:
        raise _unknown(file, layout, columns)
    found = Found(
        format=kind_of(file) or _WORDS[layout.family],
        compression=compression_of(file),
        layout=layout,
        holds="requests",
        time=time,
        unit=unit,
        stamp="unknown",
        columns=tuple(columns),
    )
    return _with_series(file, found)


def _fitting(file: Path, known: Known, layout: Layout, columns: Sequence[str]) -> Known | None:
    """Return the layout with the unit that the file has; None if it is not what its columns say.

    A column called Time says too little: series as columns have even steps and numbers beside, and
    instants that Grafana shows as dates, or as they are in milliseconds.
    """
    if known.where:  # of a tool that writes its instants in any unit
        return replace(known, unit=unit_of(sample(file, layout, known.time)) or known.unit)
    if known.series != Series() or not known.time:
        return known
    others = [name for name in columns if name != known.time]
    unit = unit_of(sample(file, layout, known.time))
    if not others or unit not in ("iso8601", "ms"):
        return None
    if not has_even_steps(file, layout, known.time, unit):
        return None
    if not all(is_mostly_of_numbers(file, layout, name) for name in others):
        return None
    return replace(known, unit=unit)


def _with_series(file: Path, found: Found) -> Found:
    """Return what a table is of which a column counts requests at even steps."""
    column = next((name for name in found.columns if tells_of_many(_last_key(name))), None)
    if column is None or not is_mostly_of_numbers(file, found.layout, column):
        return found
    if not has_even_steps(file, found.layout, found.time, found.unit):
        return found
    unit = rate_unit_told(_last_key(column))
    return replace(
        found,
        holds="counts" if unit is None else "rates",
        series=Series(column, unit=unit or "/s"),
    )


_WORDS: Final[dict[Family, str]] = {
    "csv": "table of text",
    "jsonl": "a JSON object a line",
    "json": "one JSON document",
    "parquet": "Parquet",
    "lines": "lines of a log",
}


def _family(file: Path) -> Family:
    if kind_of(file) is not None:
        return "parquet"
    with text_stream(file) as text:
        head = text.read(2**16).lstrip()
    if not head.startswith(("{", "[")):
        return "csv"
    first = head.split("\n", 1)[0]
    try:
        json.loads(first)
    except ValueError:
        return "json"
    return "json" if first.startswith("[") or "\n" not in head.rstrip("\n") else "jsonl"


def _layouts(file: Path, family: Family) -> Iterator[Layout]:
    """Yield how the rows may be written, the likeliest last."""
    if family == "csv":
        with text_stream(file) as text:
            head = list(islice(text, 20))
        said = delimiter_said(head[0]) if head else None
        head = head if said is None else head[1:]
        delimiter = said or _delimiter(head)
        decimal = "," if delimiter == ";" and _has_decimal_commas(head) else "."
        for known in _headerless(head, delimiter):
            yield Layout("csv", delimiter, decimal, known.names)
        yield Layout("csv", delimiter, decimal)
        first = next(csv.reader(head[:1], delimiter=delimiter), [])
        if _is_row(first, decimal):
            names = tuple(f"column_{number}" for number in range(1, len(first) + 1))
            yield Layout("csv", delimiter, decimal, names)
    elif family == "json":
        yield Layout("json")
        yield from (Layout("json", records=path) for path in _arrays(_document(file)))
    else:
        yield Layout(family)


_HALF_AN_INSTANT: Final = re.compile(r"[0-9]{1,9}\s")
"""Behind a date that ends at a comma: its fraction, and what a line of a log goes on with."""


def _is_row(first: Sequence[str], decimal: str) -> bool:
    """Return whether the first line of a table is no header: an instant stands in it."""
    return _has_instant(first, decimal) and not any(map(_HALF_AN_INSTANT.match, first))


def _has_instant(cells: Sequence[str], decimal: str) -> bool:
    return any(is_of_our_days([cell.replace(decimal, ".", 1)]) for cell in cells)


def _log_of(file: Path) -> Found | None:
    """Return what a log is, None if the file is none that is known."""
    with text_stream(file) as text:
        known = known_log(islice(text, HEAD_ROWS))
    if known is None:
        return None
    layout = Layout("lines", pattern=known.pattern)
    found = _as_known(file, known, layout, columns_of(file, layout))
    return found if known.duration else replace(found, stamp="unknown")


def _delimiter(head: Sequence[str]) -> str:
    """Return what parts the columns: what every line has equally often, and the most of it."""
    counts = {
        mark: {len(row) for row in csv.reader(head, delimiter=mark) if row} for mark in DELIMITERS
    }
    even = [mark for mark, widths in counts.items() if len(widths) == 1 and widths != {1}]
    return max(even or DELIMITERS[:1], key=lambda mark: max(counts[mark], default=0))


def _has_decimal_commas(head: Sequence[str]) -> bool:
    cells = [cell for row in csv.reader(head[1:], delimiter=";") for cell in row]
    return any(re.fullmatch(r"[+-]?\d+,\d+", cell) for cell in cells)


def _headerless(head: Sequence[str], delimiter: str) -> Iterator[Known]:
    """Yield layouts without a header that have as many columns, if the first line is a row."""
    first = next(csv.reader(head[:1], delimiter=delimiter), [])
    if any(NUMBER.fullmatch(cell) for cell in first):
        lines = [line.rstrip("\r\n") for line in head if line.strip()]
        for one in KNOWN:
            if one.names and len(one.names) == len(first):
                like = sum(re.search(one.pattern, line) is not None for line in lines)
                if like >= ENOUGH * len(lines):
                    yield one


def _keys(file: Path, layout: Layout) -> list[str]:
    """Return the keys of a document that is one object; none of anything else."""
    if layout.family != "json" or layout.records:
        return []
    found = _document(file)
    return list(found) if isinstance(found, dict) else []


def _document(file: Path) -> Any:
    """Return what a JSON document holds.

    Raises:
        ScenarioError: It is none.
    """
    with text_stream(file) as text:
        try:
            return json.load(text)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            raise bad_row(file, line, "is not one JSON document") from None


def _arrays(found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield where arrays of objects stand in a document."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from _arrays(value, (*path, key))
    elif isinstance(found, list) and found and isinstance(found[0], dict):
        if path:
            yield path
        yield from _arrays(found[0], (*path, "0"))


def _as_known(file: Path, known: Known, layout: Layout, columns: Sequence[str]) -> Found:
    return Found(
        format=known.name,
        compression=compression_of(file),
        layout=layout,
        holds=known.holds,
        time=known.time,
        unit=known.unit,
        stamp=known.stamp if known.time else "unknown",
        duration=known.duration,
        duration_unit=known.duration_unit,
        columns=tuple(columns),
        series=known.series,
        where=known.where,
    )


def _last_key(name: str) -> str:
    """Return what a column is called whose name may be a path of keys."""
    return name.rpartition(".")[2]


def _time_of(file: Path, layout: Layout, columns: Sequence[str]) -> tuple[str, TimeUnit]:
    """Return the column of instants and its unit; an empty name where no column has any."""
    ranked = sorted(columns, key=_likelihood)
    for name in ranked:
        if _likelihood(name) == len(TIME_NAMES):
            break
        unit = unit_of([dotted(text, layout) for text in sample(file, layout, name)])
        if unit is not None:
            return name, unit
    for name in ranked:  # dates are instants, whatever their column is called
        texts = [dotted(text, layout) for text in sample(file, layout, name)]
        unit = unit_of(texts)
        if unit == "iso8601" or (unit and layout.names and is_of_our_days(texts)):
            return name, unit
    return "", "s"


def _likelihood(name: str) -> int:
    spelt = re.sub(r"[^a-z0-9]+", "_", _last_key(name).lower()).strip("_")
    return TIME_NAMES.index(spelt) if spelt in TIME_NAMES else len(TIME_NAMES)


def _unknown(file: Path, layout: Layout, columns: Sequence[str]) -> ScenarioError:
    """Return what there is to say of a file that is no recording that is known."""
    best = max(KNOWN, key=lambda one: len(one.columns & set(columns)) / len(one.columns))
    shared = best.columns & set(columns)
    lacking = f"for the columns {', '.join(sorted(best.columns - shared))}"
    if shared == best.columns:
        lacking = f"what is in {best.time or 'them'} is not as there"
    near = f"; nearest is {best.name}, but {lacking}" if shared else ""
    read_as = f"read as {_WORDS[layout.family]}, it has "
    read_as += f"the columns {in_words(columns)}, none of them of instants" if columns else "no row"
    message = f"is no recording that is known: {read_as}{near}"
    return ScenarioError(Problem(message=message, rule="unknown-recording", file=str(file)))
