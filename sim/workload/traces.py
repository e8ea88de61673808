"""Recorded traces: one row a request, with its time and its columns of numbers.

Owns the reading of the formats and the rules from a trace's rows to a run's arrivals. A trace is
read as a stream; of each row only the time and the columns that are wanted stay in memory, eight
bytes each. It cannot be mapped into memory instead: all its formats are text.
"""

import csv
import json
import re
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TextIO, assert_never

import numpy as np
from numpy.typing import NDArray

from sim.scenario.models.source import TimeUnit
from sim.scenario.models.traffic import TraceTraffic
from sim.workload.drawn_columns import Floats
from sim.workload.even_rows import refuse_even_rows
from sim.workload.source_files import bad_row, opened

Row = tuple[int, list[str]]
"""A row's 1-based line, and the texts of the wanted columns."""

_NS_PER: Final = MappingProxyType({"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1})
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,25}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_STAMP: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
_LATEST_NS: Final = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class TraceRows:
    """A trace's rows by time; rows of one instant in the file's order.

    Attributes:
        at_s: Seconds after the earliest row, ascending, shape ``(rows,)``.
        columns: The wanted columns by name, in the same order, each of shape ``(rows,)``.
        are_in_file_order: Whether the file was in order of time already.
    """

    at_s: Floats
    columns: dict[str, Floats]
    are_in_file_order: bool = True


def read_trace(traffic: TraceTraffic, wanted: Sequence[str] = ()) -> TraceRows:
    """Read the trace that *traffic* names.

    Times are read exactly, to the nanosecond; digits beyond it are rounded. Rows may stand in any
    order: they are sorted by time, those of one instant keep the file's order. A time stamp
    without a zone is taken as UTC; only differences count.

    Args:
        traffic: The scenario's trace source.
        wanted: Names of the columns of numbers to read besides the time.

    Raises:
        ScenarioError: The file is missing or another one than meant, has no such column or no
            row, a row is not what the format says, or all rows are evenly spaced; the problem
            names file and line.
    """
    time_column, time_unit = traffic.times
    file = traffic.file
    at_ns = array("q")
    columns = {name: array("d") for name in wanted}
    with opened(file, traffic) as text:
        names = [time_column, *wanted]
        for line, (time, *numbers) in _rows(traffic, text, names):
            at_ns.append(_nanoseconds(time, time_unit, file=file, line=line))
            for (name, column), number in zip(columns.items(), numbers, strict=True):
                column.append(_number(number, name, file=file, line=line))
    if not at_ns:
        raise bad_row(file, 1, "the trace has no row")
    instants_ns = np.frombuffer(at_ns, dtype=np.int64)
    found = {name: np.frombuffer(column, dtype=np.float64) for name, column in columns.items()}
    is_sorted = not np.any(instants_ns[1:] < instants_ns[:-1])
    if not is_sorted:
        order = np.argsort(instants_ns, kind="stable")
        instants_ns = instants_ns[order]
        found = {name: column[order] for name, column in found.items()}
    refuse_even_rows(traffic, instants_ns)
    return TraceRows((instants_ns - instants_ns[0]) / 1e9, found, is_sorted)


def replay(
    rows: TraceRows, traffic: TraceTraffic, *, horizon_s: float, copies: np.random.Generator
) -> tuple[Floats, NDArray[np.int64]]:
    """Return the run's arrivals and the row of each.

    The run begins `offset_s` into the trace; what lies before is left out; then times are
    multiplied by `time_scale`. With a `rate_scale` of f each row comes floor(f) times, at one
    instant, and once more with probability f - floor(f).

    Args:
        rows: The trace.
        traffic: Offset and scales.
        horizon_s: End of the run; nothing at it or after it is returned.
        copies: Stream whose draw k decides about row k.

    Returns:
        Ascending instants of shape ``(n,)`` and, of the same shape, indices into *rows*.
    """
    at_s = (rows.at_s - traffic.offset_s) * traffic.time_scale
    whole, rest = divmod(traffic.rate_scale, 1.0)
    count = np.full(at_s.size, int(whole))
    if rest > 0:
        count += copies.random(at_s.size) < rest
    count[(at_s < 0) | (at_s >= horizon_s)] = 0
    row = np.repeat(np.arange(at_s.size), count)
    return at_s[row], row


def _rows(traffic: TraceTraffic, text: TextIO, names: Sequence[str]) -> Iterator[Row]:
    match traffic.format:
        case "azure" | "csv":
            return _csv_rows(text, names, file=traffic.file)
        case "mooncake" | "jsonl":
            return _jsonl_rows(text, names, file=traffic.file)
        case _:
            assert_never(traffic.format)


def _csv_rows(text: TextIO, names: Sequence[str], *, file: Path) -> Iterator[Row]:
    reader = csv.reader(text, strict=True)
    try:
        header = next(reader, [])
        absent = [name for name in names if name not in header]
        if absent:
            raise bad_row(
                file, 1, f"there is no column {absent[0]!r}; columns: {', '.join(header)}"
            )
        places = [header.index(name) for name in names]
        for row in reader:
            if not row:  # a blank line
                continue
            if len(row) != len(header):
                message = f"the row has {len(row)} fields, the header {len(header)}"
                raise bad_row(file, reader.line_num, message, value=",".join(row))
            yield reader.line_num, [row[place] for place in places]
    except csv.Error as error:
        raise bad_row(file, reader.line_num, f"is not CSV: {error}") from None


def _jsonl_rows(text: TextIO, names: Sequence[str], *, file: Path) -> Iterator[Row]:
    for line, content in enumerate(text, start=1):
        if not content.strip():
            continue
        try:
            found = json.loads(content, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            raise bad_row(file, line, "is not JSON", value=content.strip()) from None
        if not isinstance(found, dict):
            raise bad_row(file, line, "is not a JSON object", value=content.strip())
        yield line, [_json_text(found, name, file=file, line=line) for name in names]


def _json_text(found: dict[str, Any], name: str, *, file: Path, line: int) -> str:
    if name not in found:
        raise bad_row(file, line, f"there is no {name!r}; keys: {', '.join(found)}")
    value = found[name]
    if not isinstance(value, str):
        raise bad_row(file, line, f"{name} must be a number or a time stamp", value=repr(value))
    return value


def _nanoseconds(text: str, unit: TimeUnit, *, file: Path, line: int) -> int:
    if unit == "iso8601":
        return _stamp_ns(text, file=file, line=line)
    at_ns = Decimal(text) * _NS_PER[unit] if _NUMBER.fullmatch(text.strip()) else None
    if at_ns is None or abs(at_ns) > _LATEST_NS:
        raise bad_row(file, line, f"the time must be a number of {unit}", value=text)
    return int(at_ns.to_integral_value())


def _stamp_ns(text: str, *, file: Path, line: int) -> int:
    found = _STAMP.fullmatch(text.strip())
    second = None
    if found is not None:
        with suppress(ValueError):  # such as 30 February
            zone = found[4] or "+00:00"
            second = datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}").timestamp()
    if found is None or second is None:
        message = "the time must be a date and time such as 2023-11-16 18:17:03.97996"
        raise bad_row(file, line, message, value=text)
    return int(second) * _NS_PER["s"] + int((found[3] or "0").ljust(9, "0"))


def _number(text: str, name: str, *, file: Path, line: int) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        raise bad_row(file, line, f"{name} must be a number", value=text)
    return float(text)
