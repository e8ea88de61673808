"""Recorded traces: one row a request, with its time and its columns of numbers.

Owns the reading of the formats; what a run makes of the rows is in ``sim.workload.replay``. A trace
is read as a stream; of each row only the time and the columns that are wanted stay in memory, eight
bytes each. It cannot be mapped into memory instead: all its formats are text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.recordings.faults import bad_row
from sim.recordings.reading import read_rows
from sim.recordings.stamps import DATES
from sim.scenario.models.traffic import TraceTraffic
from sim.workload.drawn_columns import Floats
from sim.workload.even_rows import refuse_even_rows
from sim.workload.source_files import readable

ABSOLUTE_FROM_NS: Final = 10**18
"""Numbers from here on count from 1970: it is 2001-09-09, or 31 years after a 0 of one's own."""


@dataclass(frozen=True, slots=True, eq=False)
class TraceRows:
    """A trace's rows by time; rows of one instant in the file's order.

    Attributes:
        since_ns: Whole nanoseconds after the earliest row, ascending, shape ``(rows,)``.
        columns: The wanted columns by name, in the same order, each of shape ``(rows,)``.
        first_ns: When the earliest row is, in nanoseconds: since 1970-01-01T00:00:00Z if the times
            are absolute, else since the 0 of the file's numbers.
        is_absolute: Whether the times are dates, or numbers that count from 1970.
        row: Which data row of the file each is, from 0, shape ``(rows,)``; None: in their order.
        is_sorted: Whether they stand in the file in another order.
        skipped: How many data rows of the file are none of them, by the reason.
    """

    since_ns: NDArray[np.int64]
    columns: dict[str, Floats]
    first_ns: int
    is_absolute: bool
    row: NDArray[np.int64] | None = None
    is_sorted: bool = False
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def at_s(self) -> Floats:
        """Seconds after the earliest row, each rounded once, shape ``(rows,)``."""
        return self.since_ns / 1e9

    @property
    def in_file(self) -> int:
        """How many data rows the file has."""
        return int(self.since_ns.size) + sum(self.skipped.values())


def read_trace(traffic: TraceTraffic, wanted: Sequence[str] = ()) -> TraceRows:
    """Read the trace that *traffic* names.

    Times are read exactly, to the nanosecond; digits beyond it are rounded. Where they say when
    requests were over the durations are subtracted, in whole nanoseconds. Rows may stand in any
    order: they are sorted by arrival, those of one instant keep the file's order. A time stamp
    without a zone is taken as UTC.

    Args:
        traffic: The scenario's trace source.
        wanted: Names of the columns of numbers to read besides the time.

    Raises:
        ScenarioError: The file is missing or another one than meant, has no such column or no
            row, a row is not what the format says, or all rows are evenly spaced; the problem
            names file and line.
    """
    time_column, time_unit = traffic.times
    lasting, lengths = traffic.duration_column, {}
    if lasting is not None:
        lengths = {lasting: traffic.duration_unit}
    with readable(traffic.file, traffic):
        rows = read_rows(
            traffic.file,
            traffic.layout,
            time_column,
            time_unit,
            wanted,
            lengths=lengths,
            selection=traffic.selection,
            zone=traffic.zone,
        )
    at_ns, found, place = rows.at_ns, rows.columns, rows.place
    if not at_ns.size:
        raise bad_row(traffic.file, 1, _no_row(rows.skipped))
    if lasting is not None:
        at_ns = at_ns - rows.lengths_ns[lasting]
    is_sorted = bool(np.any(at_ns[1:] < at_ns[:-1]))
    if is_sorted:
        order = np.argsort(at_ns, kind="stable")
        at_ns = at_ns[order]
        found = {name: column[order] for name, column in found.items()}
        place = order if place is None else place[order]
    refuse_even_rows(traffic, at_ns)
    first_ns = int(at_ns[0])
    return TraceRows(
        at_ns - first_ns,
        found,
        first_ns=first_ns,
        is_absolute=time_unit in DATES or first_ns >= ABSOLUTE_FROM_NS,
        row=place,
        is_sorted=is_sorted,
        skipped=rows.skipped,
    )


def _no_row(skipped: Mapping[str, int]) -> str:
    """Return what to say of a trace without a row that can be used."""
    if not skipped:
        return "the trace has no row"
    reasons = {"where": "are not meant by `where`", "missing": "lack something"}
    said = " and ".join(f"{count:,} {reasons[name]}" for name, count in skipped.items())
    return f"the trace has no row that is used: of {sum(skipped.values()):,}, {said}"
