"""A recording of 10,000 requests through nginx, committed with the server's own log beside it.

`tests/recordings/nginx/about.json` says by which machine, with which command, and when.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recordings import make

from recorded_requests import Recorded, recorded
from sim.recordings.measuring import look, snippet
from sim.results.result import Result
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate

FOLDER = Path(__file__).parent / "nginx"
LOG = FOLDER / "access.log.gz"


@cache
def logs() -> Recorded:
    """Return the committed recording."""
    return recorded(LOG, FOLDER / "server.csv.gz")


def simulated(source: dict[str, Any], wait: dict[str, Any]) -> Result:
    """Return a run of the deployment that was recorded: one replica, with its threads."""
    deployment = {
        "name": "ranker",
        "runtimeConfiguration": {
            "minReplicas": 1,
            "maxReplicas": 1,
            "cpu": 1.0,
            "memory": "2GiB",
            "threadCount": make.THREADS,
        },
        "initial": {"responsive": 1},
        "request": {"wait": wait},
        "traffic": [source],
    }
    scenario = {"name": "again", "horizon": "2h", "deployments": [deployment]}
    return simulate(parse_scenario(scenario))


def test_the_log_alone_says_what_it_is() -> None:
    """Its format, its rows, that they are stamped at the end, and which column lasts how long."""
    seen = look(LOG)

    assert seen.found.format == "nginx, log with msec and request time"
    assert (seen.found.compression, seen.rows) == ("gzip", 10_000)
    assert (seen.found.stamp, seen.found.duration, seen.found.duration_unit) == ("end", "rt", "s")
    assert seen.order == "unsorted"  # by arrival: lines stand in order of their ends


def test_arrivals_are_those_of_the_server_within_a_millisecond() -> None:
    """Instants of nginx are cut to whole milliseconds, and both are compared so.

    A request comes to nginx first, and some 0.1 ms later to the server.
    """
    later_ms = logs().arrival_us // 1000 - logs().came_ms

    assert (later_ms.min(), later_ms.max()) == (0, 1)
    assert np.median(logs().arrival_us - 1000 * logs().came_ms) < 1000


def test_response_times_as_demands_are_warned_against() -> None:
    """By the name of the column; and by its load, where the name says nothing."""
    named = simulated(snippet(LOG, look(LOG)), {"kind": "column", "column": "rt"})
    nameless = snippet(LOG, look(LOG))
    nameless["pattern"] = nameless["pattern"].replace("(?P<rt>", "(?P<x>")
    nameless["duration_column"] = "x"
    unnamed = simulated(nameless, {"kind": "column", "column": "x"})

    (by_name,) = named.figures.warnings
    (by_load,) = unnamed.figures.warnings
    assert by_name.words == (
        "ranker: column rt of trace0 sounds like a response time: this includes waiting; as a "
        "demand it counts it twice"
    )
    assert by_load.code == "response_time_demand"
    # Little's law: all response times over the time from the first arrival to the last end.
    span_ms = (logs().came_ms + logs().response_ms).max() - logs().came_ms.min()
    at_once = logs().response_ms.sum() / span_ms
    assert by_load.load_threads == pytest.approx(at_once, rel=1e-3)
    mean_s = named.figures.deployments[0].response_s.mean
    assert mean_s is not None
    assert mean_s > 2 * logs().response_ms.mean() / 1000


def test_with_the_servers_services_the_run_is_what_was_recorded(tmp_path: Path) -> None:
    """Mean and 95th percentile within 2 %, without a warning: nginx's arrivals, and its rows."""
    log = logs()
    file = tmp_path / "joined.csv"
    with file.open("w", encoding="utf-8") as text:
        text.write("ended_ms,took_ms,service_ms\n")
        for number in log.by_line:
            ended_ms = log.came_ms[number] + log.response_ms[number]
            row = (ended_ms, log.response_ms[number], log.service_ms[number])
            text.write(",".join(map(str, row)) + "\n")
    source = {
        "kind": "trace",
        "path": str(file),
        "format": "csv",
        "time_column": "ended_ms",
        "time_unit": "ms",
        "stamp": "end",
        "duration_column": "took_ms",
        "duration_unit": "ms",
    }

    figures = simulated(source, {"kind": "column", "column": "service_ms", "unit": "ms"}).figures
    response_s = figures.deployments[0].response_s

    assert figures.warnings == ()
    assert response_s.mean == pytest.approx(log.response_ms.mean() / 1000, rel=0.02)
    p95_ms = np.percentile(log.response_ms, 95)
    assert response_s.p95 == pytest.approx(p95_ms / 1000, rel=0.02)


def test_requests_waited_in_the_recording() -> None:
    """Else a run would be right whatever it made of queues: a quarter of the time, at least."""
    waited_ms = (logs().start_us - logs().arrival_us).mean() / 1000

    assert waited_ms > 0.25 * logs().response_ms.mean()
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 300_000


def test_without_nginx_a_recording_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how to get one, with status 2, and writes nothing."""
    monkeypatch.setattr(make, "nginx_path", lambda: None)
    monkeypatch.setattr("sys.argv", ["make.py", str(tmp_path), "--count", "1"])

    assert make.main() == 2
    assert capsys.readouterr().err == f"{make.NO_NGINX}\n"
    assert list(tmp_path.iterdir()) == []
