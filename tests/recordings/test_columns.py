"""What a look tells of the columns of a recording, and of the offset that its dates say."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.cli import main
from sim.recordings.columns import Column
from sim.recordings.measuring import look

SEEN = (
    Column("at", "instant"),
    Column("size", "number", 1, 1.5, 4.5, 3.0),
    Column("until", "instant", 1),
    Column("host", "text", 2),
    Column("nothing", "text", 3),
)
"""What the file below holds: 1.5 and 4.5 and an empty cell, a date more, a name, nothing at all."""

CONTENTS = {
    "csv": "at,size,until,host,nothing\n"
    "1,1.5,2024-05-01 12:00:00,example.org,\n2,,, ,\n3,4.5,2024-05-01 12:00:01,,\n",
    "semicolon": "at;size;until;host;nothing\n"
    "1;1,5;2024-05-01 12:00:00;example.org;\n2;;;;\n3;4,5;2024-05-01 12:00:01;;\n",
    "jsonl": '{"at":1,"size":1.5,"until":"2024-05-01 12:00:00","host":"example.org",'
    '"nothing":null}\n'
    '{"at":2,"size":null,"host":""}\n{"at":3,"size":4.5,"until":"2024-05-01 12:00:01"}\n',
    "json": '[{"at":1,"size":1.5,"until":"2024-05-01 12:00:00","host":"example.org",'
    '"nothing":null},'
    '{"at":2,"size":null,"host":""},{"at":3,"size":4.5,"until":"2024-05-01 12:00:01"}]',
}


@pytest.mark.parametrize("name", CONTENTS)
def test_columns_are_told_by_what_they_hold(tmp_path: Path, name: str) -> None:
    """In the order of the file, empty cells counted; numbers are those of the cells there are."""
    file = tmp_path / "recording"
    file.write_text(CONTENTS[name])

    assert look(file).columns == SEEN


def test_columns_of_parquet_have_types_of_their_own(tmp_path: Path) -> None:
    """Texts, also as dictionaries, are looked into as in CSV."""
    table = pa.table(
        {
            "at": pa.array([1, 2, 3]),
            "size": pa.array([1.5, None, 4.5]),
            "until": pa.array([1, None, 2], pa.timestamp("ns")),
            "host": pa.array(["example.org", "", None]).dictionary_encode(),
            "nothing": pa.array([None, None, None], pa.float64()),
        }
    )
    file = tmp_path / "recording"
    pq.write_table(table, file)

    assert look(file).columns == SEEN


def test_a_number_too_few_makes_a_text(tmp_path: Path) -> None:
    """A column whose cells are of several types has no least and no mean."""
    file = tmp_path / "a.csv"
    file.write_text("at,code\n1,200\n2,\n3,none\n")
    assert look(file).columns[1] == Column("code", "text", 1)
    file.write_text('{"at": 1, "code": 200}\n{"at": 2, "code": "none"}\n')
    assert look(file).columns[1] == Column("code", "text", None)


def test_the_columns_of_a_log_are_never_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its pattern finds them in each line; addresses and requests are texts and are not shown."""
    file = tmp_path / "access.log"
    line = '203.0.113.7 - jane [01/May/2024:12:00:0{} +0200] "GET /u/jane HTTP/1.1" 200 612\n'
    file.write_text(line.format(1) + line.format(2))

    assert main.run(["trace", "look", str(file), "--format", "json"]) == 0
    out = capsys.readouterr().out

    found = json.loads(out)
    assert [(one["name"], one["type"], one["missing"]) for one in found["columns"]] == [
        ("host", "text", 0),
        ("time", "instant", 0),
        ("request", "text", 0),
        ("status", "number", 0),
    ]
    assert "203.0.113.7" not in out
    assert "jane" not in out


@pytest.mark.parametrize(
    ("stamps", "zone"),
    [
        (["2024-05-01T12:00:00Z", "2024-05-01 12:00:01.5 UTC"], "UTC"),
        (["2024-05-01T12:00:00+0200", "2024-05-01T12:00:01+02"], "+02:00"),
        (["2024-10-27T02:59:59+02:00", "2024-10-27T02:00:00+01:00"], "+02:00, +01:00"),
        (["2024-05-01 12:00:00-0330", "2024-05-01 12:00:01-03:30"], "-03:30"),
        (["2024-05-01 12:00:00", "2024-05-01 12:00:01.123"], None),
        (["1714564800.5", "1714564801"], None),
    ],
)
def test_the_offset_is_what_the_dates_say(
    tmp_path: Path, stamps: list[str], zone: str | None
) -> None:
    """Spelt one way; numbers and dates without one say none."""
    file = tmp_path / "a.csv"
    file.write_text("\n".join(["at,x", *(f"{stamp},0" for stamp in stamps)]))
    assert look(file).zone == zone


def test_texts_of_parquet_say_an_offset_as_texts_do(tmp_path: Path) -> None:
    """They are no instants of Arrow's."""
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"at": ["2024-05-01T12:00:00+0200", "2024-05-01T12:00:01+02"]}), file)
    assert look(file).zone == "+02:00"


@pytest.mark.parametrize(("kept", "zone"), [("UTC", "UTC"), ("Europe/Berlin", "UTC"), (None, None)])
def test_instants_of_parquet_are_in_utc_or_nowhere(
    tmp_path: Path, kept: str | None, zone: str | None
) -> None:
    """A zone of the column says how it is to be shown: what is stored counts from UTC's epoch."""
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"at": pa.array([1, 2], pa.timestamp("ns", kept))}), file)
    assert look(file).zone == zone
