"""What `sim trace convert` writes: the same arrivals in one form, and tables of runs as traces."""

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cli import main
from sim.recordings.converting import convert
from sim.scenario.models.traffic import TraceTraffic
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate
from sim.workload.traces import TraceRows, read_trace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SCENARIO = (
    "name: again\nhorizon: 2h\ndeployments:\n- name: a\n"
    "  runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1.0, memory: 1GiB}\n"
    "  initial: {responsive: 1}\n  request: {wait: 10ms}\n  traffic:\n"
)


def source_of(file: Path, capsys: pytest.CaptureFixture[str]) -> TraceTraffic:
    """Return the source of traffic that a look at a file writes."""
    assert main.run(["trace", "look", str(file), "--format", "json"]) == 0
    text = SCENARIO + json.loads(capsys.readouterr().out)["yaml"]
    (source,) = parse_scenario(text).deployments[0].traffic
    assert isinstance(source, TraceTraffic)
    return source


def as_date(at_ns: int) -> str:
    """Write an instant as a log does; `strftime` knows no nanoseconds."""
    second, rest_ns = divmod(at_ns, 10**9)
    return f"{(EPOCH + timedelta(seconds=second)).replace(tzinfo=None).isoformat()}.{rest_ns:09}"


DAY_NS = 86_400 * 10**9
STARTS = {"dates": 19_844 * DAY_NS, "old dates": 10_000 * DAY_NS, "numbers": 0}
"""2024-05-01, 1997-05-19, which no number would be taken for, and a 0 of the file's own."""


@given(
    kind=st.sampled_from(sorted(STARTS)),
    is_end=st.booleans(),
    rows=st.lists(
        st.tuples(
            st.integers(0, 10**13),
            st.integers(0, 10**10),
            st.floats(-1e9, 1e9).map(lambda size: round(size, 7)),
        ),
        min_size=1,
        max_size=20,
    ),
)
@settings(max_examples=max(settings().max_examples // 2, 1))
def test_a_converted_recording_replays_to_the_same_arrivals(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    kind: str,
    is_end: bool,
    rows: list[tuple[int, int, float]],
) -> None:
    """Instants, their origin, their order and their numbers, bit for bit; rows say where from."""
    folder = tmp_path_factory.mktemp("converted")
    file = folder / "recording.csv"
    at_ns = [STARTS[kind] + after_ns for after_ns, _, _ in rows]
    texts = [f"{ns // 10**9}.{ns % 10**9:09}" if kind == "numbers" else as_date(ns) for ns in at_ns]
    lines = [
        f"{text},{taken_ns / 1e9:.9f},{size!r}"
        for text, (_, taken_ns, size) in zip(texts, rows, strict=True)
    ]
    # The layout of Azure Functions 2021 has ends; a table of one's own says nothing of them.
    is_end = is_end and kind == "numbers"
    head = "app,func,end_timestamp,duration,size" if is_end else "time,took,size"
    file.write_text("\n".join([head, *(f"a,f,{line}" if is_end else line for line in lines)]))
    trace = folder / "trace.parquet"
    trace.write_bytes(convert(file).content())

    whole = read_trace(_source(file, "numbers" if is_end else kind, is_end=is_end), ["size"])
    again = read_trace(_converted(trace, kind), ["size", "row"])

    arrivals = [
        Fraction(ns) - (taken_ns if is_end else 0)
        for ns, (_, taken_ns, _) in zip(at_ns, rows, strict=True)
    ]
    order = sorted(range(len(rows)), key=arrivals.__getitem__)
    assert again.first_ns + again.since_ns[0] == arrivals[order[0]]
    assert (again.since_ns + again.first_ns).tolist() == [arrivals[place] for place in order]
    assert again.columns["row"].tolist() == order
    if kind == "numbers":  # dates that say no offset stand as they did
        assert not again.is_sorted
    assert _bits(again) == _bits(whole)


def _bits(rows: TraceRows) -> tuple[Any, ...]:
    return (
        rows.since_ns.tobytes(),
        rows.first_ns,
        rows.is_absolute,
        rows.columns["size"].tobytes(),
    )


def _source(file: Path, kind: str, *, is_end: bool) -> TraceTraffic:
    ends: dict[str, Any] = {"stamp": "end", "duration_column": "duration"} if is_end else {}
    return TraceTraffic(
        path=str(file),
        format="csv",
        time_column="end_timestamp" if is_end else "time",
        time_unit="s" if kind == "numbers" else "iso8601",
        evenly_spaced=True,
        **ends,
    )


def _converted(trace: Path, kind: str) -> TraceTraffic:
    numbers = kind == "numbers"
    return TraceTraffic(
        path=str(trace),
        format="parquet",
        time_column="arrival_ns" if numbers else "arrival",
        time_unit="ns" if numbers else "iso8601",
        evenly_spaced=True,
    )


@pytest.mark.parametrize(
    ("content", "column", "rows"),
    [
        (
            "time,size\n2024-05-01 12:00:01.5,1\n2024-05-01 12:00:00.123456789,2\n",
            "arrival",
            [0, 1],
        ),
        ("time,size\n2024-05-01 12:00:01Z,1\n2024-05-01 14:00:00+02:00,2\n", "arrival", [1, 0]),
        ("at,size\n7.25,1\n0.125000001,2\n", "arrival_ns", [1, 0]),
    ],
    ids=["clocks", "dates", "numbers"],
)
def test_a_look_knows_what_was_converted(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str,
    column: str,
    rows: list[int],
) -> None:
    """And writes the source that replays it as the recording's own does."""
    file, trace = tmp_path / "mine.csv", tmp_path / "trace.parquet"
    file.write_text(content)
    assert main.run(["trace", "convert", str(file), "--out", str(trace)]) == 0
    assert capsys.readouterr().err == f"wrote {trace}: 2 rows\n"
    table = pq.read_table(trace)
    assert table.column_names == [column, "size", "source", "row"]
    assert table.column("source").to_pylist() == ["mine.csv", "mine.csv"]
    assert table.column("row").to_pylist() == rows

    source, converted = source_of(file, capsys), source_of(trace, capsys)

    assert converted.time_column == column
    assert _arrivals(source) == _arrivals(converted)


def _arrivals(source: TraceTraffic) -> bytes:
    base = parse_scenario(SCENARIO + "  - {kind: poisson, rate: 1/s}\n")
    deployment = base.deployments[0].model_copy(update={"traffic": (source,)})
    scenario = base.model_copy(update={"deployments": (deployment,)})
    return bytes(np.asarray(simulate(scenario).requests["arrival_at_s"]).tobytes())


def test_the_same_recording_is_the_same_bytes(tmp_path: Path) -> None:
    """Whatever folder it is in."""
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        file = tmp_path / name / "a.csv"
        file.write_text("at,size\n1,2\n0,3\n")
        contents.append(convert(file).content())
    assert contents[0] == contents[1]


def test_texts_stay_behind_and_names_that_are_taken_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address of somebody is no number; the trace's own columns say what they say."""
    file, trace = tmp_path / "mine.csv", tmp_path / "trace.parquet"
    file.write_text("at,host,row\n1,203.0.113.7,5\n2,203.0.113.8,6\n")
    assert main.run(["trace", "convert", str(file), "--out", str(trace)]) == 0
    assert "Column row is left out" in capsys.readouterr().err
    assert pq.read_table(trace).column("row").to_pylist() == [0, 1]
    assert b"203.0.113" not in trace.read_bytes()


@pytest.mark.parametrize(
    ("name", "out", "said"),
    [
        ("a.csv", "trace.csv", "whose suffix is .parquet"),
        ("a.parquet", "a.parquet", "is the recording itself"),
        ("a.csv", "nowhere/trace.parquet", "nowhere/trace.parquet"),
        ("bad.csv", "trace.parquet", "bad.csv:303: the time must be a number of s"),
        ("missing.csv", "trace.parquet", "missing.csv: cannot be read"),
    ],
)
def test_what_cannot_be_converted_is_one_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    out: str,
    said: str,
) -> None:
    """Status 2, nothing written, what there was untouched."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("at\n1\n2\n")
    Path("bad.csv").write_text("at\n1\n" + "2\n" * 300 + "x5\n")
    Path("a.parquet").write_bytes(convert(Path("a.csv")).content())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert main.run(["trace", "convert", name, "--out", out]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_the_table_of_requests_of_a_run_gives_its_own_instants(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: Literal["parquet", "csv"]
) -> None:
    """Counted from 0 and not from its first row: to half a nanosecond, as which traces are read."""
    first = parse_scenario(SCENARIO + "  - {kind: poisson, rate: 0.2/s}\n")
    result = simulate(first)
    result.write(tmp_path / "run", tables=suffix)

    source = source_of(tmp_path / "run" / f"requests.{suffix}", capsys)

    was = np.asarray(result.requests["arrival_at_s"])
    again = np.frombuffer(_arrivals(source))
    assert was[0] > 0
    assert source.origin == "zero"
    np.testing.assert_allclose(again, was, rtol=0, atol=0.5e-9 + np.spacing(7200.0))


def test_what_a_clock_showed_stays_what_it_showed(tmp_path: Path) -> None:
    """A zone that the scenario says reads the converted dates as it reads the recording's own."""
    file, trace = tmp_path / "mine.csv", tmp_path / "trace.parquet"
    clocks = ["01:59:59", "02:30:00", "02:59:59", "02:00:01", "03:00:01"]
    file.write_text("time\n" + "".join(f"2024-10-27 {one}\n" for one in clocks))
    trace.write_bytes(convert(file).content())
    zone = {"zone": "Europe/Berlin"}
    whole = read_trace(_source(file, "dates", is_end=False).model_copy(update=zone))
    again = read_trace(_converted(trace, "dates").model_copy(update=zone))
    assert whole.at_s.tolist() == again.at_s.tolist() == [0.0, 1801.0, 3600.0, 3602.0, 7202.0]
