"""Traces are read exactly, and refused with file and line."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from public_traces import public_trace
from sim.errors import ScenarioError
from sim.scenario.models.traffic import TraceTraffic
from sim.workload.traces import read_trace

AZURE_FORM = (
    b"TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
    b"2023-11-16 18:17:03.9799600,4808,10\r\n"
    b"2023-11-16 18:17:04.0319601,3180,8\r\n"
    b"2023-11-16 18:17:05.9799600,110,27"
)
MOONCAKE_FORM = (
    b'{"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]}\n'
    b'{"timestamp": 27482, "input_length": 7322, "output_length": 490, "hash_ids": [0]}\n'
)


def write(folder: Path, content: bytes, name: str = "trace") -> str:
    """Write a trace file and return its path."""
    file = folder / name
    file.write_bytes(content)
    return str(file)


def azure(path: str, **settings: Any) -> TraceTraffic:
    """Return a source that replays an Azure trace."""
    return TraceTraffic(name="t", path=path, format="azure", **settings)


def table(path: str, **settings: Any) -> TraceTraffic:
    """Return a source that replays a CSV whose times are in the column ``at``."""
    return TraceTraffic(name="t", path=path, format="csv", time_column="at", **settings)


def refusal(traffic: TraceTraffic, wanted: Sequence[str] = ()) -> str:
    """Return what is said about a trace that cannot be used."""
    with pytest.raises(ScenarioError) as caught:
        read_trace(traffic, wanted)
    (problem,) = caught.value.problems
    return str(problem)


# Reading ------------------------------------------------------------------------------------


def test_the_azure_form_is_read_to_the_last_decimal(tmp_path: Path) -> None:
    """CRLF, seven decimals, no newline at the end; instants count from the first row."""
    rows = read_trace(azure(write(tmp_path, AZURE_FORM)), ["GeneratedTokens", "ContextTokens"])

    assert rows.at_s.tolist() == [0.0, 0.0520001, 2.0]
    assert rows.columns["ContextTokens"].tolist() == [4808, 3180, 110]
    assert rows.columns["GeneratedTokens"].tolist() == [10, 8, 27]


def test_the_mooncake_form_counts_milliseconds(tmp_path: Path) -> None:
    """A JSON object a line; lists beside the wanted numbers do not matter."""
    traffic = TraceTraffic(name="t", path=write(tmp_path, MOONCAKE_FORM), format="mooncake")

    rows = read_trace(traffic, ["output_length"])

    assert rows.at_s.tolist() == [0.0, 27.482]
    assert rows.columns["output_length"].tolist() == [500, 490]


@pytest.mark.parametrize(
    ("unit", "times"),
    [
        ("s", ("1700000000.1", "1700000001.6", "1700000000.2")),
        ("ms", ("100", "1600.0", "2e2")),
        ("us", ("-900000", "600000", "-800000")),
        ("ns", ("1700000000100000000", "1700000001600000000", "1700000000200000000")),
        (
            "iso8601",
            ("2024-02-29T23:59:59.9Z", "2024-03-01T02:00:01.4+0200", "2024-03-01 00:00:00 UTC"),
        ),
    ],
)
def test_any_table_names_its_times_and_their_unit(
    tmp_path: Path, unit: str, times: tuple[str, str, str]
) -> None:
    """The same three instants in every unit, unsorted: exact differences from the earliest."""
    lines = [f"{size},{time}\n" for size, time in zip((1.5, 2, -3), times, strict=True)]
    content = ("size,at\n" + "".join(lines)).encode()

    rows = read_trace(table(write(tmp_path, content), time_unit=unit), ["size"])

    assert rows.at_s.tolist() == [0.0, 0.1, 1.5]
    assert rows.columns["size"].tolist() == [1.5, -3, 2]
    assert rows.row is not None
    assert rows.row.tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    ("unit", "time", "first"),
    [
        # 19,675 days and 18:17:03 after 1970-01-01T00:00:00Z
        ("iso8601", "2023-11-14T18:17:03.123456789Z", (1_699_985_823_123_456_789, True)),
        ("iso8601", "1969-12-31T23:59:59.5Z", (-500_000_000, True)),
        ("s", "1699985823.123456789", (1_699_985_823_123_456_789, True)),
        ("ms", "1e12", (10**18, True)),
        ("s", "999999999.999999999", (10**18 - 1, False)),
        ("s", "-3.5", (-3_500_000_000, False)),
    ],
)
def test_the_first_instant_is_known_to_the_nanosecond(
    tmp_path: Path, unit: str, time: str, first: tuple[int, bool]
) -> None:
    """Numbers count from 1970 if they are as large as those of this century."""
    rows = read_trace(table(write(tmp_path, f"at\n{time}\n".encode()), time_unit=unit))

    assert (rows.first_ns, rows.is_absolute) == first
    assert rows.row is None


def test_json_lines_are_read_like_a_table(tmp_path: Path) -> None:
    """Times may be numbers or texts, blank lines are skipped, keys stand in any order."""
    numbers = b'{"t": 5, "x": 1}\n\n{"x": 2.5, "t": 5.25}\n'
    stamps = b'{"t": "2024-01-01T00:00:00Z"}\n{"t": "2024-01-01T00:00:00.25Z"}'
    by_number = TraceTraffic(
        name="t", path=write(tmp_path, numbers), format="jsonl", time_column="t"
    )
    by_stamp = TraceTraffic(
        name="t",
        path=write(tmp_path, stamps, "stamps"),
        format="jsonl",
        time_column="t",
        time_unit="iso8601",
    )

    assert read_trace(by_number, ["x"]).at_s.tolist() == [0.0, 0.25]
    assert read_trace(by_number, ["x"]).columns["x"].tolist() == [1.0, 2.5]
    assert read_trace(by_stamp).at_s.tolist() == [0.0, 0.25]


@pytest.mark.parametrize(
    ("unit", "first", "second"), [("s", "1.000000002", "5"), ("ms", "1000.000002", "5e3")]
)
def test_requests_that_are_logged_at_their_end_came_before_it(
    tmp_path: Path, unit: str, first: str, second: str
) -> None:
    """The second line came first: 12.000000001 - 5 s, and 10.000000001 - 1.000000002 s."""
    content = f"at,took,n\n10.000000001,{first},1\n12.000000001,{second},2\n"
    traffic = table(
        write(tmp_path, content.encode()),
        stamp="end",
        duration_column="took",
        duration_unit=unit,
    )

    rows = read_trace(traffic, ["n"])

    assert rows.first_ns == 7_000_000_001
    assert rows.at_s.tolist() == [0.0, 1.999999998]
    assert rows.columns["n"].tolist() == [2.0, 1.0]
    assert rows.row is not None
    assert rows.row.tolist() == [1, 0]


@pytest.mark.parametrize("took", ["-1", "inf", "soon", "1e30"])
def test_a_duration_that_is_none_is_refused(tmp_path: Path, took: str) -> None:
    """With the name of its column and the line."""
    path = write(tmp_path, f"at,took\n5,1\n6,{took}\n".encode())
    traffic = table(path, stamp="end", duration_column="took", duration_unit="ms")

    assert f"{path}:3: took must be a duration: a number of ms from 0 up" in refusal(traffic)


def test_rows_of_one_instant_keep_the_files_order(tmp_path: Path) -> None:
    """Sorting is stable: 3,000 rows at instants 2, 1, 0, 2, 1, 0 and so on."""
    content = "at,n\n" + "".join(f"{(2 - n) % 3},{n}\n" for n in range(3000))

    rows = read_trace(table(write(tmp_path, content.encode())), ["n"])

    numbers = np.arange(3000.0)
    in_order = [*numbers[2::3], *numbers[1::3], *numbers[0::3]]
    assert rows.at_s.tolist() == [0.0] * 1000 + [1.0] * 1000 + [2.0] * 1000
    assert rows.columns["n"].tolist() == in_order


def test_a_byte_order_mark_and_quoted_fields_are_read(tmp_path: Path) -> None:
    """Files from spreadsheets are fine."""
    content = b'\xef\xbb\xbf"at","what, how"\r\n"1.5",7\r\n'

    assert read_trace(table(write(tmp_path, content)), ["what, how"]).columns == {
        "what, how": np.array([7.0])
    }


# Refusing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no column 'at'"),
        (b"when,n\n1,2\n", ":1: there is no column 'at'; columns: when, n"),
        (b"at,n\n", "the trace has no row"),
        (b"at,n\n1,2\n3\n", ":3: the row has 1 fields, the header 2 (got 3;"),
        (b"at,n\n1,2\n\n3,4,5\n", ":4: the row has 3 fields"),
        (b"at,n\n1,2\nsoon,3\n", ":3: the time must be a number of s (got soon;"),
        (b"at,n\n1,2\n,3\n", ":3: at is missing; `missing: skip` leaves such rows out"),
        (b"at,n\nnan,2\n", ":2: at is missing; `missing: skip` leaves such rows out (got nan;"),
        (b"at,n\n1e99,2\n", ":2: the time must be a number of s"),
        (b"at,n\n1,2\n2,many\n", ":3: n must be a number (got many;"),
        (b"at,n\n1,inf\n", ":2: n must be a number"),
        (b'at,n\n1,2\n"3,4\n', ": is not CSV"),
        (b"at,n\n1,\xff\n", "is not UTF-8 text"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    """The message names the file, the line, what is wrong and the value."""
    path = write(tmp_path, content)

    message = refusal(table(path), ["n"])

    assert said in message
    assert path in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"t": 1}\n{"t": 2\n', ":2: is not JSON (got {"),
        (b'{"t": 1}\n[2]\n', ":2: is not a JSON object"),
        (b'{"t": 1}\n{"u": 2}\n', ":2: there is no 't'; keys: u"),
        (b'{"t": true}\n', ":1: t must be a number or a time stamp (got True;"),
        (b'{"t": NaN}\n', ":1: t is missing"),
        (b'{"t": [1]}\n', ":1: t must be a number or a time stamp"),
        (b"[" * 100_000 + b"\n", ":1: is not JSON"),
        (b'{"t": 1' + b"0" * 5000 + b"}\n", ":1: the time must be a number of s"),
    ],
)
def test_bad_json_lines_are_refused_with_their_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    """The message names the line and what is wrong; a long value is cut."""
    path = write(tmp_path, content)

    message = refusal(TraceTraffic(name="t", path=path, format="jsonl", time_column="t"))

    assert said in message
    assert len(message) < 400


@pytest.mark.parametrize("stamp", ["2023-11-31 00:00:00", "18:17:03", "2023-11-16 18:17:03;5", "7"])
def test_a_stamp_that_is_none_is_refused(tmp_path: Path, stamp: str) -> None:
    """Dates that do not exist, other spellings and bare numbers are no time stamps."""
    content = f'TIMESTAMP,ContextTokens\r\n"{stamp}",1\r\n'.encode()

    assert ":2: the time must be a date and time such as" in refusal(
        azure(write(tmp_path, content))
    )


def test_a_missing_file_says_where_to_fetch_it(tmp_path: Path) -> None:
    """Source and licence of the scenario stand in the message."""
    path = str(tmp_path / "absent.csv")

    assert "there is no such file (got" in refusal(azure(path))
    message = refusal(azure(path, source="https://example.org/t.csv", licence="CC-BY 4.0"))
    assert "can be fetched from https://example.org/t.csv (licence: CC-BY 4.0)" in message


def test_a_folder_is_no_trace(tmp_path: Path) -> None:
    """What cannot be read is said, not thrown."""
    assert "cannot be read" in refusal(azure(str(tmp_path)))


def test_another_file_than_the_one_meant_is_refused(tmp_path: Path) -> None:
    """The SHA-256 of the scenario is checked before anything is read."""
    path = write(tmp_path, AZURE_FORM)
    right = hashlib.sha256(AZURE_FORM).hexdigest()

    assert read_trace(azure(path, sha256=right)).at_s.size == 3
    message = refusal(azure(path, sha256="0" * 64))
    assert f"has the SHA-256 {right}, not {'0' * 64}" in message


# The public files ---------------------------------------------------------------------------


def test_the_azure_code_trace_is_what_its_description_says() -> None:
    """Rows, span, rate, peaks, busy seconds and means of the columns as published."""
    path = public_trace("azure_llm_2023_code.csv")

    rows = read_trace(azure(path), ["ContextTokens", "GeneratedTokens"])

    per_s = np.bincount(rows.at_s.astype(int), minlength=3436)
    assert rows.at_s.size == 8_819
    assert round(rows.at_s[-1], 1) == 3_435.9
    assert round(rows.at_s.size / rows.at_s[-1], 3) == 2.567
    assert per_s.max() == 67
    assert np.bincount((rows.at_s // 60).astype(int)).max() == 632
    assert np.count_nonzero(per_s) == 915
    assert round(rows.columns["ContextTokens"].mean(), 1) == 2_047.8
    assert round(rows.columns["GeneratedTokens"].mean(), 1) == 27.9
    assert rows.columns["ContextTokens"].max() == 7_437
    assert rows.columns["GeneratedTokens"].max() == 1_899


def test_the_mooncake_trace_is_what_its_description_says() -> None:
    """Rows, span, rate, peak, the three-second groups and the means of the columns."""
    path = public_trace("mooncake_fast25_conversation_first2000.jsonl")
    traffic = TraceTraffic(name="t", path=path, format="mooncake")

    rows = read_trace(traffic, ["input_length", "output_length"])

    assert rows.at_s.size == 2_000
    assert round(rows.at_s[-1]) == 669
    assert round(rows.at_s.size / rows.at_s[-1], 3) == 2.990
    assert np.bincount(rows.at_s.astype(int)).max() == 19
    assert np.all(np.abs(rows.at_s - 3 * np.round(rows.at_s / 3)) < 0.3)
    assert round(rows.columns["input_length"].mean(), 1) == 13_720.9
    assert round(rows.columns["output_length"].mean(), 1) == 352.3


def test_an_azure_row_agrees_with_the_text_of_the_file() -> None:
    """Every instant, to 100 ns, against the digits of the file read another way."""
    path = public_trace("azure_llm_2023_code.csv")
    lines = Path(path).read_text().split("\n")[1:]
    ticks = []
    for line in lines:
        hours, minutes, seconds = line.split(",")[0].split(" ")[1].split(":")
        whole, decimals = seconds.split(".")
        second = (int(hours) * 60 + int(minutes)) * 60 + int(whole)
        ticks.append(second * 10**7 + int(decimals))

    got = read_trace(azure(path)).at_s

    assert np.round(got * 10**7).astype(int).tolist() == [tick - ticks[0] for tick in ticks]


def test_json_and_csv_forms_of_one_trace_agree(tmp_path: Path) -> None:
    """The same rows in two formats give the same instants and columns."""
    times, sizes = [0.125, 3.5, 3.5, 1e3], [1.0, 2.0, 0.5, 0.0]
    lines = [f"{t!r},{x!r}" for t, x in zip(times, sizes, strict=True)]
    objects = [json.dumps({"at": t, "x": x}) for t, x in zip(times, sizes, strict=True)]
    by_csv = table(write(tmp_path, "\n".join(["at,x", *lines]).encode(), "a.csv"))
    by_json = TraceTraffic(
        name="t",
        path=write(tmp_path, "\n".join(objects).encode(), "a.jsonl"),
        format="jsonl",
        time_column="at",
    )

    one, other = read_trace(by_csv, ["x"]), read_trace(by_json, ["x"])

    assert one.at_s.tolist() == other.at_s.tolist() == [0.0, 3.375, 3.375, 999.875]
    assert one.columns["x"].tolist() == other.columns["x"].tolist() == sizes
