"""Which rows of a recording are read: by what other columns hold, and by what they lack."""

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.recordings.asked import Asked
from sim.recordings.fast import read_fast
from sim.recordings.layout import Layout
from sim.recordings.reading import read_rows
from sim.recordings.rows import Rows
from sim.recordings.selection import Missing, Selection
from sim.recordings.slow import read_slowly
from sim.recordings.stamps import LengthUnit
from sim.recordings.tables import NotReadError

Cells = tuple[str, str, str, str]
"""Instant, status, size and duration of a row; "" is missing."""

NAMES = ("at", "status", "size", "took")
TOOK: dict[str, LengthUnit] = {"took": "s"}


def csv_text(rows: Sequence[Cells], delimiter: str = ",") -> str:
    """The rows below a header."""
    return "".join(f"{delimiter.join(row)}\n" for row in (NAMES, *rows))


def jsonl(rows: Sequence[Cells]) -> str:
    """The rows as objects, without the keys that are missing; the status is a text."""
    return "".join(
        json.dumps(
            {
                name: cell if name == "status" else float(cell)
                for name, cell in zip(NAMES, row, strict=True)
                if cell
            }
        )
        + "\n"
        for row in rows
    )


def document(rows: Sequence[Cells]) -> str:
    """The rows as one document, what is missing as null; the status is a number."""
    objects = (
        dict(zip(NAMES, [float(cell) if cell else None for cell in row], strict=True))
        | {"status": int(row[1])}
        for row in rows
    )
    return json.dumps(list(objects))


def as_columns(rows: Sequence[Cells]) -> pa.Table:
    """The rows as columns of numbers with nulls."""
    columns = {
        name: [
            (int if name == "status" else float)(row[place]) if row[place] else None for row in rows
        ]
        for place, name in enumerate(NAMES)
    }
    types = [("at", pa.float64()), ("status", pa.int64()), ("size", pa.float64())]
    return pa.table(columns, pa.schema([*types, ("took", pa.float64())]))


def parquet(rows: Sequence[Cells]) -> bytes:
    """As Parquet."""
    sink = pa.BufferOutputStream()
    pq.write_table(as_columns(rows), sink)
    return bytes(sink.getvalue())


def arrow(rows: Sequence[Cells], opened: Callable[..., Any]) -> bytes:
    """As a file or a stream of Arrow."""
    sink, table = pa.BufferOutputStream(), as_columns(rows)
    with opened(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


COLUMNAR = {"parquet", "arrow file", "arrow stream"}

FORMS: dict[str, tuple[Layout, Callable[[Sequence[Cells]], bytes]]] = {
    "csv": (Layout("csv"), lambda rows: csv_text(rows).encode()),
    "gzip": (Layout("csv"), lambda rows: gzip.compress(csv_text(rows).encode())),
    "semicolon": (
        Layout("csv", delimiter=";", decimal=","),
        lambda rows: csv_text(rows, ";").replace(".", ",").encode(),
    ),
    "jsonl": (Layout("jsonl"), lambda rows: jsonl(rows).encode()),
    "json": (Layout("json"), lambda rows: document(rows).encode()),
    "parquet": (Layout("parquet"), parquet),
    "arrow file": (Layout("parquet"), lambda rows: arrow(rows, pa.ipc.new_file)),
    "arrow stream": (Layout("parquet"), lambda rows: arrow(rows, pa.ipc.new_stream)),
    "log": (
        Layout("lines", pattern=r"^at=(?P<at>\S*) s=(?P<status>\S*) (?P<size>\S*) (?P<took>\S*)$"),
        lambda rows: "".join(
            f"at={a} s={s} {z or '-'} {t or '-'}\n" for a, s, z, t in rows
        ).encode(),
    ),
}

CELLS = st.tuples(
    st.sampled_from(["1.5", "2", "0.25", "7", ""]),
    st.sampled_from(["200", "404", "500"]),
    st.sampled_from(["3", "0.5", ""]),
    st.sampled_from(["0.125", "1", ""]),
)


def expected(rows: Sequence[Cells], selection: Selection) -> tuple[list[int], dict[str, int]] | str:
    """Places of the rows that are read and counts of the others; a word of the refusal."""
    places, counts = [], {"where": 0, "missing": 0}
    for place, (at, status, *rest) in enumerate(rows):
        if status != selection.where.get("status", status):
            counts["where"] += 1
        elif all((at, *rest)) or (selection.missing == 0 and at):
            places.append(place)
        elif selection.missing == "skip":
            counts["missing"] += 1
        else:
            return "is missing|there is no '(at|size|took)'"
    return places, {name: count for name, count in counts.items() if count}


def assert_are(
    found: Rows, rows: Sequence[Cells], wanted: tuple[list[int], dict[str, int]]
) -> None:
    """The rows that were read are those that are wanted, each with its place in the file."""
    places, counts = wanted
    picked = [rows[place] for place in places]
    assert found.at_ns.tolist() == [round(float(row[0]) * 10**9) for row in picked]
    assert found.columns["size"].tolist() == [float(row[2] or 0) for row in picked]
    assert found.lengths_ns["took"].tolist() == [
        round(float(row[3] or 0) * 10**9) for row in picked
    ]
    assert dict(found.skipped) == counts
    if counts:
        assert found.place is not None
        assert found.place.tolist() == places
    else:
        assert found.place is None


@pytest.mark.parametrize("form", FORMS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(CELLS, min_size=1, max_size=6),
    where=st.sampled_from([{}, {"status": "200"}]),
    missing=st.sampled_from(["refuse", "skip", 0]),
)
def test_the_rows_that_are_meant_are_read_in_every_form(
    tmp_path: Path, form: str, rows: list[Cells], where: dict[str, str], missing: Missing
) -> None:
    """Or the file is refused for what a row that is meant lacks; both readers say the same."""
    layout, written = FORMS[form]
    file = tmp_path / "recording"
    file.write_bytes(written(rows))
    selection = Selection(where, missing)
    wanted = expected(rows, selection)
    if isinstance(wanted, str):
        said = "holds what is no number or instant in a row, or" if form in COLUMNAR else wanted
        with pytest.raises(ScenarioError, match=said):
            read_rows(file, layout, "at", "s", ["size"], lengths=TOOK, selection=selection)
        return
    asked = Asked("at", "s", ["size"], TOOK, selection)
    found = read_rows(file, layout, "at", "s", ["size"], lengths=TOOK, selection=selection)
    assert_are(found, rows, wanted)
    if form not in COLUMNAR:
        assert_are(read_slowly(file, layout, asked), rows, wanted)
    try:
        quick = read_fast(file, layout, asked)
    except NotReadError:
        assert form in ("json", "jsonl")  # which Arrow does not read, or not where all are missing
    else:
        assert_are(quick, rows, wanted)


def test_rows_that_are_not_meant_may_hold_anything(tmp_path: Path) -> None:
    """A log of several metrics, of which one has no numbers."""
    file = tmp_path / "metrics.csv"
    file.write_text("metric,at,value\nduration,1,0.5\nname,soon,what\nduration,2,1.5\n")
    found = read_rows(
        file, Layout("csv"), "at", "s", ["value"], selection=Selection({"metric": "duration"})
    )
    assert found.columns["value"].tolist() == [0.5, 1.5]
    assert found.skipped == {"where": 1}


def test_a_column_of_where_must_be_there(tmp_path: Path) -> None:
    """Else no row would be meant, and nobody would know why."""
    file = tmp_path / "t.csv"
    file.write_text("at,size\n1,2\n")
    with pytest.raises(ScenarioError, match="there is no column 'status'; columns: at, size"):
        read_rows(file, Layout("csv"), "at", "s", selection=Selection({"status": "200"}))


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("refuse", "3: size is missing; `missing: skip` leaves such rows out, `missing: 0`"),
        (0, "4: at is missing, and an instant is not taken as 0: write `missing: skip`"),
    ],
)
def test_what_is_missing_is_told_with_its_line(tmp_path: Path, missing: Missing, said: str) -> None:
    """And with the field that would take it."""
    file = tmp_path / "t.csv"
    file.write_text("at,size\n1,2\n2,NA\n-,3\n")
    with pytest.raises(ScenarioError, match=said):
        read_rows(file, Layout("csv"), "at", "s", ["size"], selection=Selection({}, missing))


def test_flags_of_json_are_chosen_as_json_has_them(tmp_path: Path) -> None:
    """`where: {ok: true}`."""
    file = tmp_path / "t.jsonl"
    file.write_text('{"at": 1, "ok": true}\n{"at": 2, "ok": false}\n{"at": 3}\n')
    found = read_rows(file, Layout("jsonl"), "at", "s", selection=Selection({"ok": "true"}))
    assert found.at_ns.tolist() == [10**9]
