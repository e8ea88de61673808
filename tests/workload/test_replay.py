"""What a run makes of a trace's rows: where it begins in them, their scales, their copies."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrival_laws import assert_count
from sim.errors import ScenarioError
from sim.random import stream
from sim.results.arrow import write_table
from sim.results.result import Result
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.traffic import TraceTraffic
from sim.scenario.reading.loader import parse_scenario
from sim.scenario.reading.variants import LoadedScenario
from sim.simulation.run import simulate, simulate_record
from sim.text import traffic_words
from sim.text.layout import paragraphs
from sim.text.summary_text import summary_text
from sim.workload.replay import Replay, replay
from sim.workload.traces import TraceRows
from sim.workload.workload import Workload

EIGHT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def rows_at(*at_s: float, first_ns: int = 0, is_absolute: bool = False) -> TraceRows:
    """Return rows so long after the first one."""
    since_ns = np.array([round(each * 1e9) for each in at_s], dtype=np.int64)
    return TraceRows(since_ns, {}, first_ns=first_ns, is_absolute=is_absolute)


def played(
    rows: TraceRows, horizon_s: float = 100.0, *, start: datetime = EIGHT, **settings: Any
) -> tuple[list[float], list[int]]:
    """Return arrivals and rows of a replay."""
    found = replayed(rows, horizon_s, start=start, **settings)
    return found.at_s.tolist(), picked(found, rows)


def picked(found: Replay, rows: TraceRows) -> list[int]:
    """Return which of the rows each request is of."""
    return [int(row) for row in np.arange(rows.since_ns.size)[found.picks]]


def replayed(
    rows: TraceRows, horizon_s: float, *, start: datetime = EIGHT, **settings: Any
) -> Replay:
    """Return a replay."""
    traffic = TraceTraffic(name="t", path="any", format="csv", time_column="at", **settings)
    return replay(rows, traffic, horizon_s=horizon_s, start=start, copies=stream(1, "d/t/copies"))


# Scales and copies --------------------------------------------------------------------------


def test_times_are_scaled_after_the_offset() -> None:
    """The run begins 4 s into the trace; what is left goes at half the time."""
    rows = rows_at(0, 3, 4, 6, 10)

    assert played(rows, offset_s=4.0, time_scale=0.5) == ([0.0, 1.0, 3.0], [2, 3, 4])


def test_nothing_comes_at_the_horizon() -> None:
    """A row at the horizon itself is left out."""
    assert played(rows_at(0, 5, 10), horizon_s=10.0) == ([0.0, 5.0], [0, 1])


def test_a_whole_rate_scale_repeats_every_row() -> None:
    """Copies come at their row's instant, side by side."""
    assert played(rows_at(0, 5), rate_scale=3.0) == ([0, 0, 0, 5, 5, 5], [0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize(
    ("rate_scale", "row_count"), [(0.2, 1_100_000), (0.7, 200_000), (2.3, 20_000)]
)
def test_a_broken_rate_scale_multiplies_the_rate(rate_scale: float, row_count: int) -> None:
    """floor(f) copies or one more, f on average; 2 % more or less would be seen."""
    rows = rows_at(*range(row_count))

    at_s, row = played(rows, horizon_s=float(row_count), rate_scale=rate_scale)

    rest = rate_scale % 1
    variance = row_count * rest * (1 - rest)
    copies = np.bincount(row, minlength=row_count)
    assert set(copies.tolist()) == {int(rate_scale), int(rate_scale) + 1}
    assert_count(len(at_s), mean=rate_scale * row_count, variance=variance)
    for wrong in (0.98, 1.02):
        with pytest.raises(AssertionError):
            assert_count(len(at_s), mean=wrong * rate_scale * row_count, variance=variance)
    first = np.count_nonzero(np.array(row) < row_count / 2)  # the first half gets its half
    half = {"mean": rate_scale * row_count / 2, "variance": variance / 2}
    assert abs(first - half["mean"]) < 5 * np.sqrt(half["variance"])


@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.75, 9.0]), min_size=1, max_size=30),
    st.floats(0.1, 12),
    st.floats(0.1, 12),
    st.sampled_from([0.3, 1.0, 2.5]),
)
def test_a_shorter_horizon_sees_the_first_arrivals(
    instants_s: list[float], one_s: float, other_s: float, rate_scale: float
) -> None:
    """The copies of a row do not depend on where the run ends."""
    rows = rows_at(*sorted(instants_s))
    shorter_s, longer_s = sorted([one_s, other_s])

    longer = played(rows, longer_s, rate_scale=rate_scale)
    shorter = played(rows, shorter_s, rate_scale=rate_scale)

    count = len(shorter[0])
    assert (longer[0][:count], longer[1][:count]) == shorter
    assert all(at_s >= shorter_s for at_s in longer[0][count:])


# Alignment ----------------------------------------------------------------------------------

SCENARIO = """
name: two logs of one morning
horizon: 1h
{start}
deployments:
  - name: a
    runtimeConfiguration: {{minReplicas: 1, maxReplicas: 1}}
    traffic:
      - {{kind: trace, name: web, path: web.csv, format: csv, time_column: at{time}}}
      - {{kind: trace, name: app, path: app.csv, format: csv, time_column: at{time}}}
"""


def arrivals(folder: Path, start: str, time: str) -> list[list[float]]:
    """Return the arrivals of both sources of a scenario with these words in it."""
    text = SCENARIO.format(start=start, time=f", {time}" if time else "")
    (folder / "scenario.yaml").write_text(text)
    scenario = LoadedScenario.load(folder / "scenario.yaml").scenario
    (deployment,) = scenario.deployments
    work = Workload(deployment, seed=0, horizon_s=scenario.horizon_s, start=scenario.start)
    return [work.arrival_at_s[work.source == source].tolist() for source in (0, 1)]


def write_morning(folder: Path, *, is_epoch: bool) -> None:
    """Write two logs: from 08:00:01.25 and from 08:10:00 of 2 March 2026, UTC, on."""
    midnight_s = 20_514 * 86_400  # 56 years, 14 of them leap years, January, February and a day
    for name, times in {
        "web": ("08:00:01.25", "08:00:04.5"),
        "app": ("08:10:00", "08:59:59"),
    }.items():
        texts = []
        for time in times:
            hours, minutes, seconds = time.split(":")
            second = Fraction(seconds) + (int(hours) * 60 + int(minutes)) * 60 + midnight_s
            texts.append(f"{float(second)!r}" if is_epoch else f"2026-03-02T{time}Z")
        (folder / f"{name}.csv").write_text("at\n" + "".join(f"{text}\n" for text in texts))


@pytest.mark.parametrize("unit", ["iso8601", "s"])
@pytest.mark.parametrize(
    ("start", "origin", "web", "app"),
    [
        ("start: 2026-03-02T08:00:00Z", "", [1.25, 4.5], [600.0, 3599.0]),
        ("start: 2026-03-02T09:00[Europe/Berlin]", "", [1.25, 4.5], [600.0, 3599.0]),
        ("start: 2026-03-02T08:00:00Z", "origin: first", [0.0, 3.25], [0.0, 2999.0]),
        ("start: 2026-03-02T07:30:00Z", "origin: start", [1801.25, 1804.5], [2400.0]),
        ("start: 2026-03-02T08:00:02Z", "", [2.5], [598.0, 3597.0]),
        ("", "", [0.0, 3.25], [0.0, 2999.0]),
        ("", "origin: '2026-03-02T09:00+01:00'", [1.25, 4.5], [600.0, 3599.0]),
        ("", "origin: '2026-03-02T08:00Z', offset: 2s", [2.5], [598.0, 3597.0]),
    ],
)
def test_two_logs_of_one_morning_keep_their_distance(
    tmp_path: Path, unit: str, start: str, origin: str, web: list[float], app: list[float]
) -> None:
    """By default each is where it was by the clock, if the scenario says what its clock shows."""
    write_morning(tmp_path, is_epoch=unit == "s")
    time = f"time_unit: {unit}, {origin}".removesuffix(", ")

    assert arrivals(tmp_path, start, time) == [web, app]


@pytest.mark.parametrize(
    ("settings", "at_s"),
    [
        ({"origin": "zero"}, [5.5, 6.5]),
        ({"origin": "first"}, [0.0, 1.0]),
        ({}, [0.0, 1.0]),
        ({"origin": "5s"}, [0.5, 1.5]),
        ({"origin": "-500ms", "time_scale": 2.0}, [12.0, 14.0]),
        ({"origin": "zero", "offset_s": 6.0}, [0.5]),
        ({"origin": "5500000000ns"}, [0.0, 1.0]),
    ],
)
def test_numbers_count_from_what_the_origin_says(
    settings: dict[str, Any], at_s: list[float]
) -> None:
    """Rows at 5.5 and 6.5 of the file's own numbers; a start changes nothing."""
    assert played(rows_at(0.0, 1.0, first_ns=5_500_000_000), **settings)[0] == at_s


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(0, 2**52), min_size=1, max_size=9).map(sorted),
)
def test_instants_are_subtracted_exactly(ahead_us: int, after_ns: list[int]) -> None:
    """At the size of numbers since 1970: each is its fraction, rounded to a float once."""
    first_ns = 1_772_438_400_123_456_789
    since_ns = [each - after_ns[0] for each in after_ns]
    rows = TraceRows(np.array(since_ns), {}, first_ns=first_ns, is_absolute=True)
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=first_ns // 1000 - ahead_us)
    start_ns = (first_ns // 1000 - ahead_us) * 1000

    wanted = [float(Fraction(first_ns + each - start_ns, 10**9)) for each in since_ns]
    assert played(rows, 1e18, start=start)[0] == [at_s for at_s in wanted if at_s >= 0]


def test_an_origin_of_the_calendar_needs_times_of_the_calendar() -> None:
    """Numbers that do not count from 1970 have no place on a clock."""
    for origin in ("start", "2026-03-02T08:00Z"):
        with pytest.raises(ScenarioError, match=r"traffic\.t\.origin: .* do not count from 1970"):
            played(rows_at(0.0), origin=origin)


def test_an_origin_far_away_is_no_overflow() -> None:
    """Year 9999 is more nanoseconds away than an int64 has."""
    start = datetime(9999, 1, 1, tzinfo=UTC)

    assert played(rows_at(0.0, is_absolute=True), start=start) == ([], [])


def test_whether_a_start_was_said_outlives_writing_and_setting(tmp_path: Path) -> None:
    """A scenario that is written with its defaults says a start; one that is set is said too."""
    text = SCENARIO.format(start="", time=", time_unit: iso8601")
    (tmp_path / "scenario.yaml").write_text(text)
    write_morning(tmp_path, is_epoch=False)
    loaded = LoadedScenario.load(tmp_path / "scenario.yaml")

    def origins(deployments: tuple[Deployment, ...]) -> set[str | None]:
        traffic = [source for one in deployments for source in one.traffic]
        return {source.origin for source in traffic if isinstance(source, TraceTraffic)}

    written = loaded.scenario.model_dump(mode="json", by_alias=True)
    said = loaded.overridden(["start=2026-03-02T08:00:00Z"])
    assert origins(loaded.scenario.deployments) == {"first"}
    assert origins(parse_scenario(written, base_dir=tmp_path).deployments) == {"first"}
    assert origins(said.deployments) == {None}


def test_the_requests_of_a_run_replayed_come_at_its_instants(tmp_path: Path) -> None:
    """The table `requests` as a trace whose numbers count from 0, to the nanosecond."""
    drawn = {"name": "drawn", "horizon": "30s", "seed": 5}
    deployment = {"name": "a", "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1}}
    first = simulate(
        parse_scenario(
            {
                **drawn,
                "deployments": [{**deployment, "traffic": [{"kind": "poisson", "rate": "9/s"}]}],
            }
        )
    )
    write_table(first.tables["requests"], tmp_path, "csv")
    traffic = {
        "kind": "trace",
        "path": "requests.csv",
        "format": "csv",
        "time_column": "arrival_at_s",
        "origin": "zero",
    }

    again = simulate(
        parse_scenario(
            {**drawn, "deployments": [{**deployment, "traffic": [traffic]}]}, base_dir=tmp_path
        )
    )

    wanted = [round(at_s, 9) for at_s in first.tables["requests"]["arrival_at_s"].tolist()]
    assert again.tables["requests"]["arrival_at_s"].tolist() == wanted


# What is used ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "counts", "first_and_last"),
    [
        ({}, (5, 0, 0), (0.0, 9.0)),
        ({"offset_s": 2.0}, (3, 2, 0), (0.0, 7.0)),
        ({"time_scale": 2.0}, (4, 0, 1), (0.0, 4.0)),
        ({"rate_scale": 3.0, "origin": "-9s"}, (2, 0, 3), (9.0, 9.5)),
        ({"offset_s": 10.0}, (0, 5, 0), (None, None)),
        ({"origin": "-10s"}, (0, 0, 5), (None, None)),
    ],
)
def test_it_is_known_what_became_of_each_row(
    settings: dict[str, Any],
    counts: tuple[int, int, int],
    first_and_last: tuple[float | None, float | None],
) -> None:
    """Five rows and a run of ten seconds: used, before, after; copies of a row are one row."""
    use = replayed(rows_at(0.0, 0.5, 2.0, 2.0, 9.0), 10.0, **settings).use

    assert (use.used, use.before, use.after) == counts
    assert (use.first_at_s, use.last_at_s) == first_and_last
    assert (use.rows, use.skipped) == (5, {})


def test_rows_without_a_request_are_counted() -> None:
    """A tenth of a thousand rows, half of which lie in the run: each row is told of once."""
    rows = rows_at(*map(float, range(1000)))
    found = replayed(rows, 500.0, rate_scale=0.1)

    of_rows = picked(found, rows)
    assert found.use.used == len(set(of_rows)) == len(of_rows)
    assert 0 < found.use.used < 500
    assert found.use.skipped == {"rate_scale": 500 - found.use.used}
    assert found.use.after == 500


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (
            "start: 2026-03-02T09:00:00Z",
            "none of the 2 rows of web.csv lies in the run: they are from "
            "2026-03-02T08:00:01.250000+00:00 to 2026-03-02T08:00:04.500000+00:00, which is "
            "59 min 59 s before it to 59 min 56 s before it; the run is from 0 s to 1 h, by its "
            "clock from 2026-03-02T09:00:00+00:00 to 2026-03-02T10:00:00+00:00 (origin: start)",
        ),
        ("start: 2026-03-02T06:00:00Z", "which is 2 h to 2 h; the run is from 0 s to 1 h"),
    ],
)
def test_a_run_without_a_row_of_a_trace_is_refused(tmp_path: Path, start: str, said: str) -> None:
    """It would be silently idle; the message has both spans."""
    write_morning(tmp_path, is_epoch=False)
    text = SCENARIO.format(start=start, time=", time_unit: iso8601")
    (tmp_path / "scenario.yaml").write_text(text)

    with pytest.raises(ScenarioError) as caught:
        simulate(LoadedScenario.load(tmp_path / "scenario.yaml").scenario)
    assert said in str(caught.value)


def test_the_report_says_what_was_used(tmp_path: Path) -> None:
    """In the file of results, and in a line a source of the summary and of the page."""
    write_morning(tmp_path, is_epoch=False)
    text = SCENARIO.format(start="start: 2026-03-02T08:00:02Z", time=", time_unit: iso8601")
    (tmp_path / "scenario.yaml").write_text(text)

    result = simulate(LoadedScenario.load(tmp_path / "scenario.yaml").scenario)

    web, app = result.summary()["traffic"]
    assert web == {
        "deployment": "a",
        "source": "web",
        "file": "web.csv",
        "origin": "start",
        "rows": 2,
        "used": 1,
        "before": 1,
        "after": 0,
        "skipped": {},
        "begins_at_s": -0.75,
        "first_at_s": 2.5,
        "last_at_s": 2.5,
    }
    assert (app["used"], app["begins_at_s"], app["last_at_s"]) == (2, 598.0, 3597.0)
    web_words, app_words = paragraphs(traffic_words.lines(result.figures, "a"))
    assert web_words == (
        "Traffic web: 1 of 2 rows of web.csv used, at 2.5 s. Left out: 1 before the run. Its rows "
        "begin 750 ms before `start`."
    )
    assert app_words == (
        "Traffic app: 2 of 2 rows of app.csv used, from 9 min 58 s to 59 min 57 s. Its rows begin "
        "9 min 58 s after `start`."
    )
    assert "deployment a\n  Traffic web: 1 of 2 rows" in summary_text(result.figures)
    assert "Traffic from files" in result.report(tmp_path / "run.html").read_text()


# Which row a request is of -----------------------------------------------------------------


@pytest.mark.parametrize("keep", ["attempts", "summary"])
def test_a_request_has_the_row_of_its_trace(
    tmp_path: Path, keep: Literal["attempts", "summary"]
) -> None:
    """Data rows count from 0 in the file's order, whatever that is; drawn requests have none."""
    (tmp_path / "trace.csv").write_text("at\n5\n1\n3\n99\n")
    trace = {"kind": "trace", "path": "trace.csv", "format": "csv", "time_column": "at"}
    deployment = {
        "name": "a",
        "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1},
        "traffic": [{**trace, "rate_scale": 2.0}, {"kind": "instants", "at": ["1s"]}],
    }
    data = {"name": "rows", "horizon": "30s", "deployments": [deployment]}

    record = simulate_record(parse_scenario(data, base_dir=tmp_path), keep=keep)

    (found,) = record.deployments
    if keep == "summary":
        assert found.rows is None
    else:
        table = Result(record).tables["requests"]
        assert table["row"].tolist() == [1, 1, -1, 2, 2, 0, 0]  # at 0, 0, 1, 2, 2, 4, 4 s
