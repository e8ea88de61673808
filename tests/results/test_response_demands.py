"""Response times that are taken for demands: by their names, and by Little's law."""

from pathlib import Path
from typing import Any

import pytest

from sim.recordings.response_times import sounds_like_response
from sim.results.result import Result
from sim.results.warnings import ResponseTimeDemand
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate

ROWS = 400
SPAN_S = 200 * 0.04 + 199 * 0.06
"""Of so many rows with gaps of 40 ms and 60 ms in turn."""

EDGE_S = 3.6 * SPAN_S / (ROWS - 3.6)
"""The demand d with which nine tenths of 4 threads are busy: ROWS * d / (SPAN_S + d) is 3.6."""


def run(
    folder: Path,
    each_s: float,
    *,
    column: str = "x",
    rows: int = ROWS,
    wait: dict[str, Any] | None = None,
    max_replicas: int = 1,
    **trace: Any,
) -> Result:
    """Return a run on 4 threads whose demand is a column with the same number in all rows."""
    at_ms, lines = 0, [f"at_ms,{column}"]
    for place in range(rows):
        lines.append(f"{at_ms},{each_s!r}")
        at_ms += 60 if place % 2 else 40
    file = folder / "trace.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = {"kind": "trace", "path": str(file), "format": "csv", "time_column": "at_ms"}
    deployment = {
        "name": "ranker",
        "runtimeConfiguration": {
            "minReplicas": 1,
            "maxReplicas": max_replicas,
            "cpu": 1.0,
            "memory": "2GiB",
            "threadCount": 4,
        },
        "initial": {"responsive": 1},
        "request": {"wait": wait or {"kind": "column", "column": column}},
        "traffic": [{**source, "time_unit": "ms", **trace}],
    }
    scenario = {"name": "again", "horizon": "2min", "deployments": [deployment]}
    return simulate(parse_scenario(scenario))


def loads(result: Result) -> list[float | None]:
    """Return the load that each warning of a run names."""
    warnings = result.figures.warnings
    return [one.load_threads for one in warnings if isinstance(one, ResponseTimeDemand)]


@pytest.mark.parametrize("column", ["rt", "request_time", "response-time"])
def test_a_column_that_is_called_as_response_times_are_is_warned_of(
    tmp_path: Path, column: str
) -> None:
    """However little it occupies: here a fifth of a thread."""
    (warned,) = run(tmp_path, 0.01, column=column).figures.warnings

    assert isinstance(warned, ResponseTimeDemand)
    assert (warned.deployment, warned.source, warned.columns) == ("ranker", "trace0", (column,))
    assert warned.load_threads is None
    assert warned.words == (
        f"ranker: column {column} of trace0 sounds like a response time: this includes waiting; as "
        "a demand it counts it twice"
    )


def test_a_measured_service_is_not_warned_of(tmp_path: Path) -> None:
    """At 150 ms and 20 requests a second 3 of the 4 threads are busy: much, and possible."""
    wait = {"kind": "column", "column": "service_ms", "unit": "ms"}

    assert run(tmp_path, 150, column="service_ms", wait=wait).figures.warnings == ()


def test_a_load_near_what_the_threads_carry_is_warned_of(tmp_path: Path) -> None:
    """From nine tenths of them on."""
    above = run(tmp_path, EDGE_S * 1.0001)

    assert loads(run(tmp_path, EDGE_S * 0.9999)) == []
    assert loads(above) == [pytest.approx(3.6, rel=1e-3)]
    assert above.figures.warnings[0].words == (
        "ranker: by x of trace0 3.6 threads were busy on average, and there are 4 at the most; if "
        "it is a response time, this includes waiting; as a demand it counts it twice"
    )


def test_the_threads_of_all_replicas_that_there_may_be_count(tmp_path: Path) -> None:
    """Twice as many carry twice the load."""
    assert loads(run(tmp_path, EDGE_S * 1.9, max_replicas=2)) == []
    assert len(loads(run(tmp_path, EDGE_S * 2.1, max_replicas=2))) == 1


def test_a_load_that_is_raised_on_purpose_is_no_sign_of_waiting(tmp_path: Path) -> None:
    """What counts is the rate of the recording: neither faster nor more of it changes that."""
    assert loads(run(tmp_path, 0.1, time_scale=0.5)) == []
    assert loads(run(tmp_path, 0.1, rate_scale=3.0)) == []
    assert len(loads(run(tmp_path, EDGE_S * 1.1, time_scale=4.0, rate_scale=0.2))) == 1


def test_the_parts_of_a_demand_are_added_up(tmp_path: Path) -> None:
    """A law of several terms counts with all of them: 100 ms and 0.95 of the column."""
    wait = {"kind": "linear", "base": "100ms", "per": {"x": "950ms"}}

    (load,) = loads(run(tmp_path, 0.1, wait=wait))

    each_s = 0.1 + 0.95 * 0.1
    assert load == pytest.approx(ROWS * each_s / (SPAN_S + each_s), rel=1e-9)


def test_few_rows_say_nothing(tmp_path: Path) -> None:
    """A load of 5 threads on 4: of 200 rows it is told, of 199 it may be chance."""
    assert len(loads(run(tmp_path, 0.25, rows=200))) == 1
    assert loads(run(tmp_path, 0.25, rows=199)) == []


@pytest.mark.parametrize(
    ("name", "sounds"),
    [
        *[("rt", True), ("Response Time", True), ("request_time", True), ("latency_ms", True)],
        *[("upstream_response_time", True), ("elapsed-time_s", True), ("took.latency", True)],
        *[("service_ms", False), ("cpu_ms", False), ("tokens", False), ("art", False)],
        *[("demand", False), ("latency.bucket", False), ("time_to_first_token", False)],
    ],
)
def test_which_names_sound_like_response_times(name: str, *, sounds: bool) -> None:
    """With a unit behind them, in any case; of a path the last step."""
    assert sounds_like_response(name) is sounds
