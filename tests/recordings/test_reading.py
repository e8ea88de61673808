"""Recordings as they are written: every form of one table gives the same rows, to the last bit."""

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recording_forms import CSV, FORMS, numbers
from sim.errors import ScenarioError
from sim.recordings import fast, slow
from sim.recordings.asked import Asked
from sim.recordings.fast import read_fast
from sim.recordings.layout import Layout
from sim.recordings.reading import columns_of, read_rows
from sim.recordings.slow import read_slowly
from sim.recordings.stamps import NoInstantError, TimeUnit, nanoseconds
from sim.recordings.tables import NotReadError

NUMBER_UNITS: tuple[TimeUnit, ...] = ("s", "ms", "us", "ns")
UNITS: tuple[TimeUnit, ...] = ("s", "iso8601")


@pytest.mark.parametrize("form", FORMS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(0, 12).flatmap(
        lambda decimals: st.lists(st.tuples(numbers(decimals), numbers(3)), min_size=1, max_size=8)
    )
)
def test_every_form_of_a_table_gives_its_rows(
    tmp_path: Path, form: str, rows: list[tuple[str, str]]
) -> None:
    """Instants as fractions of a second, exact to the nanosecond; numbers as Python reads them."""
    layout, written = FORMS[form]
    file = tmp_path / "recording"
    file.write_bytes(written(rows))

    found = read_rows(file, layout, "at", "s", ["size"])

    assert found.at_ns.tolist() == [round(Fraction(at) * 10**9) for at, _ in rows]
    assert found.columns["size"].tolist() == [float(size) for _, size in rows]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(numbers(6), numbers(2)), min_size=1, max_size=8))
def test_both_readers_agree(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    """The one that finds faults reads what the fast one reads, bit for bit."""
    file = tmp_path / "recording"
    for form in ("csv", "gzip", "jsonl", "tsv"):
        layout, written = FORMS[form]
        file.write_bytes(written(rows))
        quick = read_fast(file, layout, Asked("at", "s", ["size"]))
        slow = read_slowly(file, layout, Asked("at", "s", ["size"]))
        assert quick.at_ns.tobytes() == slow.at_ns.tobytes()
        assert quick.columns["size"].tobytes() == slow.columns["size"].tobytes()


@pytest.mark.parametrize("unit", NUMBER_UNITS)
def test_parquet_has_the_rows_of_the_text(tmp_path: Path, unit: TimeUnit) -> None:
    """As numbers, as instants, as texts; floats as the decimals that they are written as."""
    file = tmp_path / "recording.parquet"
    scale = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[unit]
    at = [1_700_000_000 * 10**9 // scale, 1_700_000_001 * 10**9 // scale, 3]
    pq.write_table(pa.table({"at": at, "size": [1.5, 2.0, 3.0]}), file)
    found = read_rows(file, Layout("parquet"), "at", unit, ["size"])
    assert found.at_ns.tolist() == [one * scale for one in at]
    assert found.columns["size"].tolist() == [1.5, 2.0, 3.0]

    floats = [1700000000.1, 0.30000000000000004, 2.5]
    pq.write_table(pa.table({"at": floats, "size": [1, 2, 3]}), file)
    found = read_rows(file, Layout("parquet"), "at", "s", ["size"])
    assert found.at_ns.tolist() == [1_700_000_000_100_000_000, 300_000_000, 2_500_000_000]

    stamps = pa.array([1_700_000_000_123_456], pa.timestamp("us", "Europe/Berlin"))
    pq.write_table(pa.table({"at": stamps}), file)
    found = read_rows(file, Layout("parquet"), "at", "iso8601")
    assert found.at_ns.tolist() == [1_700_000_000_123_456_000]


STAMPS = {
    "2023-11-16 18:17:03.97996": 1_700_158_623_979_960_000,
    "2023-11-16T18:17:03Z": 1_700_158_623_000_000_000,
    "2023-11-16 18:17:03 UTC": 1_700_158_623_000_000_000,
    "2023-11-16 18:17:03,5": 1_700_158_623_500_000_000,
    "2023-11-16T20:17:03+0200": 1_700_158_623_000_000_000,
    "2023-11-16T20:17:03 +02": 1_700_158_623_000_000_000,
    "2023-11-16T12:47:03-05:30": 1_700_158_623_000_000_000,
    "2023-11-16 18:17": 1_700_158_620_000_000_000,
    "2016-12-31T23:59:60Z": 1_483_228_800_000_000_000,  # a leap second
    "1969-12-31T23:59:59.5Z": -500_000_000,
}


@pytest.mark.parametrize("stamp", STAMPS)
def test_stamps_are_instants(tmp_path: Path, stamp: str) -> None:
    """With any offset, any fraction, a comma, no seconds; alone, and as a column of a file."""
    assert nanoseconds(stamp, "iso8601")[0] == STAMPS[stamp]
    file = tmp_path / "recording"
    file.write_text(f'at\n"{stamp}"\n"{stamp}"\n')
    assert read_rows(file, CSV, "at", "iso8601").at_ns.tolist() == [STAMPS[stamp]] * 2


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001 - offsets are beside
    st.integers(-23 * 60, 23 * 60),
)
def test_a_stamp_with_any_offset_is_the_instant_that_python_says(
    clock: datetime, offset_min: int
) -> None:
    """In exact fractions of a second."""
    sign, (hours, minutes) = "-" if offset_min < 0 else "+", divmod(abs(offset_min), 60)
    text = f"{clock.isoformat()}{sign}{hours:02}:{minutes:02}"
    since = clock.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    wanted_us = (since - timedelta(minutes=offset_min)) // timedelta(microseconds=1)
    assert nanoseconds(text, "iso8601") == (wanted_us * 1000, True)


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "1e400", "2023-02-30 00:00:00"])
@pytest.mark.parametrize("unit", UNITS)
def test_what_is_no_instant_is_refused(text: str, unit: TimeUnit) -> None:
    """With what would be one."""
    with pytest.raises(NoInstantError, match="the time must be a"):
        nanoseconds(text, unit)


@pytest.mark.parametrize(
    ("form", "content", "said"),
    [
        ("csv", "at,size\n1,2\n3,many\n", "3: size must be a number"),
        ("csv", "at,size\n1,2\n3,inf\n", "3: size must be a number"),
        ("csv", "at,size\n1,2\nsoon,4\n", "3: the time must be a number of s"),
        ("csv", "at,size\n1,2\n3,4,5\n", "3: the row has 3 fields, the header 2"),
        ("csv", "at,when\n1,2\n", "1: there is no column 'size'; columns: at, when"),
        ("csv", "at,size,size\n1,2,3\n", "1: there are two columns 'size'"),
        ("jsonl", '{"at": 1, "size": 2}\n{"at": 2}\n', "2: there is no 'size'; keys: at"),
        ("jsonl", '{"at": 1, "size": 2}\n{"at": true, "size": 2}\n', "2: at must be a number"),
        ("json", '{"run": {}}', "1: there is no 'run.rows' in it"),
        ("json", '{"run": {"rows": 3}}', "1: there is no array of objects at 'run.rows'"),
        ("json", '{"run": {"rows": [{"at": 1, "size": 1}, {"at": 1}]}}', "2: there is no 'size'"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, form: str, content: str, said: str) -> None:
    """Though Arrow has found it, which does not say where."""
    file = tmp_path / "recording"
    file.write_text(content)
    with pytest.raises(ScenarioError) as refused:
        read_rows(file, FORMS[form][0], "at", "s", ["size"])
    assert len(refused.value.problems) == 1
    assert f"{file}:{said}" in str(refused.value)


def test_stamps_with_and_without_offset_are_not_mixed(tmp_path: Path) -> None:
    """Nobody knows what the others mean."""
    file = tmp_path / "recording"
    file.write_text("at\n2023-11-16 18:17:03Z\n2023-11-16 18:17:03\n")
    with pytest.raises(ScenarioError, match=r":3: some times say their offset from UTC and some"):
        read_rows(file, CSV, "at", "iso8601")


def test_nested_keys_are_paths(tmp_path: Path) -> None:
    """Joined by dots; a key that has a dot itself comes first."""
    file = tmp_path / "recording"
    file.write_text('{"request": {"at": 1.5}, "a.b": 4}\n{"request": {"at": 2}, "a.b": 5}\n')
    found = read_rows(file, Layout("jsonl"), "request.at", "s", ["a.b"])
    assert found.at_ns.tolist() == [1_500_000_000, 2_000_000_000]
    assert found.columns["a.b"].tolist() == [4, 5]


def test_a_line_may_be_as_long_as_it_likes(tmp_path: Path) -> None:
    """A megabyte of prompt in a field, and a line end in it."""
    file = tmp_path / "recording"
    prompt = "x" * 10**6 + "\ny"
    file.write_text(f'at,prompt,size\n1,"{prompt}",2\n3,"{prompt}",4\n')
    found = read_rows(file, CSV, "at", "s", ["size"])
    assert (found.at_ns.tolist(), found.columns["size"].tolist()) == ([10**9, 3 * 10**9], [2, 4])


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("no header",)])
def test_columns_are_known_from_the_first_row(tmp_path: Path, form: str) -> None:
    """Whatever the file is compressed with."""
    layout, written = FORMS[form]
    file = tmp_path / "recording"
    file.write_bytes(written([("1", "2")]))
    assert set(columns_of(file, layout)) >= {"at", "size"}


def test_the_fast_reader_reads_what_the_property_test_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the slow one is not all that is tested."""
    monkeypatch.setattr(slow, "read_slowly", lambda *_: pytest.fail("read slowly"))
    rows = [("1700000000.123456", "1.5"), ("1700000000.1234567891", "2")]
    for form in set(FORMS) - {"json", "jsonl utf-16"}:
        layout, written = FORMS[form]
        file = tmp_path / "recording"
        file.write_bytes(written(rows))
        found = read_rows(file, layout, "at", "s", ["size"])
        assert found.at_ns.tolist() == [1_700_000_000_123_456_000, 1_700_000_000_123_456_789]


def test_what_is_beyond_64_bits_is_left_to_the_slow_reader(tmp_path: Path) -> None:
    """Which refuses it by its line."""
    file = tmp_path / "recording"
    file.write_text("at\n1\n99999999999999\n")
    with pytest.raises(NotReadError):
        read_fast(file, CSV, Asked("at", "s"))
    with pytest.raises(ScenarioError, match=r":3: the time must be a number of s"):
        read_rows(file, CSV, "at", "s")


def test_halves_of_a_nanosecond_go_to_the_even_neighbour(tmp_path: Path) -> None:
    """As the slow reader has it."""
    file = tmp_path / "recording"
    file.write_text("at\n0.0000000005\n0.0000000015\n0.00000000251\n")
    assert read_rows(file, CSV, "at", "s").at_ns.tolist() == [0, 2, 3]
    assert read_slowly(file, CSV, Asked("at", "s")).at_ns.tolist() == [0, 2, 3]
    assert fast.MORE_DIGITS >= 2


def test_json_values_are_those_of_the_library(tmp_path: Path) -> None:
    """A number is read as the text that stands there, and not as a float of it."""
    file = tmp_path / "recording"
    file.write_text(json.dumps([{"at": 1700000000.123457, "size": 1}]))
    found = read_rows(file, Layout("json"), "at", "s", ["size"])
    assert found.at_ns.tolist() == [1_700_000_000_123_457_000]
    assert found.columns["size"].dtype == np.float64
