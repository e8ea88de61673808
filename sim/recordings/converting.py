"""A recording in one form, whatever it was written in: the same arrivals, as Parquet.

Rows stand in order of arrival, those of one instant as in the recording, so that the trace replays
to the same requests bit for bit; dates that say no offset stand as in the recording. Texts stay
behind: they may hold addresses of people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import ScenarioError
from sim.recordings.looking import find_out
from sim.recordings.measuring import arrivals_ns, no_requests, rows_of
from sim.recordings.stamps import DATES

DATE_COLUMN: Final = "arrival"
"""Arrivals of a recording that has dates: instants to the nanosecond, in UTC; of dates that say no
offset what the clock showed."""
NUMBER_COLUMN: Final = "arrival_ns"
"""Arrivals of one that has numbers: whole nanoseconds since their 0."""
OWN_COLUMNS: Final = (DATE_COLUMN, NUMBER_COLUMN, "source", "row")
"""Names that no column of a recording keeps."""


@dataclass(frozen=True, slots=True, eq=False)
class Converted:
    """A recording in the one form.

    Attributes:
        table: A row a request, by arrival: when it came, the recording's columns of numbers, the
            recording's name as `source`, its `row` there, from 0.
        left_out: Why columns are not in it that might have been, a sentence each.
    """

    table: pa.Table
    left_out: tuple[str, ...]

    def content(self) -> bytes:
        """Return it as Parquet; the same table is the same bytes under one version of Arrow."""
        sink = pa.BufferOutputStream()
        pq.write_table(
            self.table, sink, compression="zstd", use_dictionary=["source"], store_schema=False
        )
        found: bytes = sink.getvalue().to_pybytes()
        return found


def convert(file: Path) -> Converted:
    """Return a recording in the one form.

    Arrivals are the rows' instants, or where these are ends the instants minus the durations,
    which stay as whole nanoseconds in a column of the duration's name with ``_ns`` behind it.

    Raises:
        ScenarioError: It is no recording that is known, holds no requests, or has a bad row.
        OSError: It cannot be read.
    """
    found = find_out(file)
    if found.holds != "requests":
        raise ScenarioError(no_requests(file, found))
    rows, told = rows_of(file, found)
    at_ns = arrivals_ns(rows, found)
    is_clock = found.unit == "iso8601" and not rows.says_offset
    # Of a clock the order of rows tells the two times of a doubled hour apart.
    order = np.argsort(at_ns, kind="stable")
    if is_clock:
        order = np.arange(at_ns.size)
    is_date = found.unit in DATES
    columns: dict[str, Any] = {
        DATE_COLUMN if is_date else NUMBER_COLUMN: pa.array(
            at_ns[order],
            pa.timestamp("ns", None if is_clock else "UTC") if is_date else pa.int64(),
        )
    }
    measured = {f"{name}_ns": lengths for name, lengths in rows.lengths_ns.items()} | rows.columns
    for name, values in measured.items():
        if name not in OWN_COLUMNS:
            columns[name] = pa.array(values[order])
    shown_as = file.name.encode(errors="replace").decode()  # no UTF-8: as the shell shows it
    columns["source"] = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(len(at_ns), np.int32)), pa.array([shown_as])
    )
    place = order if rows.place is None else rows.place[order]
    columns["row"] = pa.array(place.astype(np.int64))
    return Converted(pa.table(columns), (*told, *_taken(rows.columns)))


def _taken(columns: dict[str, Any]) -> Iterator[str]:
    for name in columns:
        if name in OWN_COLUMNS:
            yield f"Column {name} is left out: the converted trace has one of that name itself."
