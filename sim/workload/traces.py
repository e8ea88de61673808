"""Recorded traces: one row a request, with its time and its columns of numbers.

Owns the reading of the formats and the rules from a trace's rows to a run's arrivals. A trace is
read as a stream; of each row only the time and the columns that are wanted stay in memory, eight
bytes each. It cannot be mapped into memory instead: all its formats are text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.recordings.faults import bad_row
from sim.recordings.reading import read_rows
from sim.scenario.models.traffic import TraceTraffic
from sim.workload.drawn_columns import Floats
from sim.workload.source_files import readable


@dataclass(frozen=True, slots=True, eq=False)
class TraceRows:
    """A trace's rows by time; rows of one instant in the file's order.

    Attributes:
        at_s: Seconds after the earliest row, ascending, shape ``(rows,)``.
        columns: The wanted columns by name, in the same order, each of shape ``(rows,)``.
    """

    at_s: Floats
    columns: dict[str, Floats]


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
            row, or a row is not what the format says; the problem names file and line.
    """
    time_column, time_unit = traffic.times
    with readable(traffic.file, traffic):
        rows = read_rows(traffic.file, traffic.layout, time_column, time_unit, wanted)
    at_ns, found = rows.at_ns, rows.columns
    if not at_ns.size:
        raise bad_row(traffic.file, 1, "the trace has no row")
    if np.any(at_ns[1:] < at_ns[:-1]):
        order = np.argsort(at_ns, kind="stable")
        at_ns = at_ns[order]
        found = {name: column[order] for name, column in found.items()}
    return TraceRows((at_ns - at_ns[0]) / 1e9, found)


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
