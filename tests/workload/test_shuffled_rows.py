"""The rows of a trace in any order and in any form are the same arrivals, to the last bit."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recording_forms import FORMS, numbers
from sim.recordings.layout import Layout
from sim.scenario.models.traffic import TraceTraffic
from sim.workload.traces import TraceRows, read_trace

TABLES = st.lists(
    st.tuples(numbers(7), numbers(2)), min_size=1, max_size=8, unique_by=lambda row: float(row[0])
).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows)))


def said(layout: Layout) -> dict[str, Any]:
    """The fields of a source of traffic that say how a table is written."""
    fields: dict[str, Any] = {"format": layout.family, "delimiter": layout.delimiter}
    fields |= {"decimal": layout.decimal, "columns": layout.names}
    fields |= {"pattern": layout.pattern or None, "records": ".".join(layout.records) or None}
    return fields


def read(folder: Path, form: str, rows: list[tuple[str, str]]) -> TraceRows:
    """A table in one of its forms, as a trace."""
    layout, written = FORMS[form]
    file = folder / "recording"
    file.write_bytes(written(rows))
    fields = said(layout) | {"name": "t", "path": str(file), "time_column": "at"}
    return read_trace(TraceTraffic(**fields, evenly_spaced=True), ["size"])


@pytest.mark.parametrize("form", FORMS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables=TABLES)
def test_shuffled_rows_are_the_same_arrivals_in_every_form(
    tmp_path: Path, form: str, tables: tuple[list[tuple[str, str]], list[tuple[str, str]]]
) -> None:
    """What each asks for goes with it; the row of the file is the one in which it stands."""
    rows, shuffled = tables
    whole = read(tmp_path, "csv", sorted(rows, key=lambda row: float(row[0])))
    found = read(tmp_path, form, shuffled)

    assert found.first_ns == whole.first_ns
    assert found.since_ns.tobytes() == whole.since_ns.tobytes()
    assert found.columns["size"].tobytes() == whole.columns["size"].tobytes()
    order = sorted(range(len(shuffled)), key=lambda place: float(shuffled[place][0]))
    assert (order if found.row is None else found.row.tolist()) == order
