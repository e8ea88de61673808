"""What `sim trace look` finds out of counts and rates; its source has exactly their numbers."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.cli import main
from sim.scenario.models.intervals import CountsTraffic, RatesTraffic
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate
from sim.workload.intervals import intervals_of

AT = 1_714_564_800
"""2024-05-01 12:00:00 UTC."""

Rows = list[tuple[float, float]]
"""Start since the first, and count or rate per second of each interval."""

AZURE = (
    "HashOwner,HashApp,HashFunction,Trigger," + ",".join(map(str, range(1, 1441))) + "\n"
    "o,a,f,http," + ",".join(str(i % 3) for i in range(1440)) + "\n"
    "o,a,g,timer," + ",".join(str(i % 5) for i in range(1440)) + "\n"
    "o,b,h,queue," + ",".join("0" for _ in range(1440)) + "\n"
)

PROMETHEUS = json.dumps(
    {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [
                {"metric": {"job": "a"}, "values": [[AT, "1"], [AT + 15, "2"]]},
                {
                    "metric": {"__name__": "rps", "job": "b"},
                    "values": [[AT, "19.5"], [AT + 15, "NaN"], [AT + 45, "21"]],
                },
            ],
        },
    }
)

CLOUDWATCH = """{
  "Label": "RequestCount",
  "Datapoints": [
    {"Timestamp": "2024-05-01T12:02:00+00:00", "%s": 7.0, "Unit": "Count"},
    {"Timestamp": "2024-05-01T12:00:00+00:00", "%s": 5.0, "Unit": "Count"},
    {"Timestamp": "2024-05-01T12:01:00+00:00", "%s": 0.0, "Unit": "Count"}
  ]
}
"""

FILES: dict[str, tuple[str, str, Rows]] = {
    "Azure": (
        "Azure Functions 2019, invocations per minute",
        AZURE,
        [(60.0 * i, i % 5) for i in range(1440)],
    ),
    "Locust": (
        "Locust, stats history",
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%\n"
        f"{AT},1,,Aggregated,1.000000,0.000000,N/A\n"
        f"{AT + 1},2,GET,/a,2.5,0,7\n{AT + 1},2,,Aggregated,4.500000,0.000000,7\n",
        [(0, 1.0), (1, 4.5)],
    ),
    "Grafana, columns": (
        "Grafana, series as columns",
        '"Time","{deployment=""a""}","{deployment=""b""}"\n'
        "2024-05-01 12:00:00,1.5,19.8\n2024-05-01 12:01:00,,21.9\n2024-05-01 12:02:00,2,\n",
        [(0, 19.8), (60, 21.9), (120, 0)],
    ),
    "Grafana, columns in ms": (
        "Grafana, series as columns",
        f"Time,a\n{AT}000,2\n{AT + 60}000,0.5\n",
        [(0, 2), (60, 0.5)],
    ),
    "Grafana, columns for Excel": (
        "Grafana, series as columns",
        'sep=;\n"Time";"a"\n2024-05-01T12:00:00+02:00;19,5\n2024-05-01T12:01:00+02:00;21,25\n',
        [(0, 19.5), (60, 21.25)],
    ),
    "Grafana, rows": (
        "Grafana, series in rows",
        'sep=;\n"Series";"Time";"Value"\n"a";"2024-05-01T12:00:00+02:00";"1"\n'
        '"a";"2024-05-01T12:01:00+02:00";"2"\n"b";"2024-05-01T12:00:00+02:00";"19.8"\n'
        '"b";"2024-05-01T12:01:00+02:00";"21.9"\n',
        [(0, 19.8), (60, 21.9)],
    ),
    "Prometheus": (
        "Prometheus, range query",
        PROMETHEUS,
        [(0, 19.5), (15, 0), (45, 21.0)],
    ),
    "CloudWatch, sums": (
        "CloudWatch, metric statistics",
        CLOUDWATCH % (("Sum",) * 3),
        [(0, 5), (60, 0), (120, 7)],
    ),
    "CloudWatch, samples": (
        "CloudWatch, metric statistics",
        CLOUDWATCH % (("SampleCount",) * 3),
        [(0, 5), (60, 0), (120, 7)],
    ),
    "a table of counts": (
        "table of text",
        "time,requests,errors\n" + "".join(f"{AT + 10 * i},{i * i},1\n" for i in range(9)),
        [(10.0 * i, i * i) for i in range(9)],
    ),
    "objects with a rate": (
        "a JSON object a line",
        "".join(
            f'{{"ts": "2024-05-01T12:0{i}:00Z", "m": {{"rps": {3.5 + i}}}}}\n' for i in range(4)
        ),
        [(0, 3.5), (60, 4.5), (120, 5.5), (180, 6.5)],
    ),
    "a table of rates": (
        "table of text",
        "at;rpm\n2024-05-01T12:00:00Z;90\n2024-05-01T12:05:00Z;120\n",
        [(0, 1.5), (300, 2.0)],
    ),
}
"""Of each file the name of its layout, its content, and its intervals, worked out by hand."""

LENGTHS_S = {"Azure": 60, "Locust": 1, "Prometheus": 15, "a table of counts": 10}
"""Lengths of intervals that are no minute, and five of the last."""


def looked_at(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return what the command prints of a file as JSON."""
    assert main.run(["trace", "look", str(file), "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def scenario_with(source: str) -> Scenario:
    """Return a scenario of one deployment with that source of traffic."""
    return parse_scenario(
        "name: again\nhorizon: 1d\ndeployments:\n- name: a\n"
        "  runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1.0, memory: 1GiB}\n"
        "  initial: {responsive: 1}\n  request: {wait: 1ms}\n  traffic:\n" + source
    )


@pytest.mark.parametrize("name", FILES)
def test_its_source_has_exactly_the_numbers_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Of the series with the most, interval by interval; compressed, as it stands in a scenario."""
    layout, content, expected = FILES[name]
    file = tmp_path / "series"
    file.write_bytes(gzip.compress(content.encode()))
    seen = looked_at(file, capsys)

    traffic = scenario_with(seen["yaml"]).deployments[0].traffic[0]

    assert isinstance(traffic, CountsTraffic | RatesTraffic)
    found = intervals_of(traffic)
    assert seen["format"] == layout
    assert list(zip(found.start_at_s, found.value, strict=True)) == expected
    length_s = 300 if "rpm" in content else LENGTHS_S.get(name, 60)
    assert np.allclose(found.end_at_s - found.start_at_s, length_s, rtol=1e-12)
    assert (seen["intervals"], seen["every_s"]) == (len(expected), length_s)
    per_interval = 1 if isinstance(traffic, CountsTraffic) else length_s
    total = sum(value for _, value in expected) * per_interval
    assert seen["requests"] == pytest.approx(total, rel=1e-12)
    assert seen["span_s"] == expected[-1][0] + length_s
    assert seen["rate_mean"] == pytest.approx(total / seen["span_s"], rel=1e-12)
    highest = max(value for _, value in expected)
    assert seen["rate_peak"] == pytest.approx(highest * per_interval / length_s, rel=1e-12)


def test_counts_run_with_exactly_the_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Per interval, in the table of requests of a run."""
    file = tmp_path / "series"
    file.write_text(CLOUDWATCH % (("Sum",) * 3))
    requests = simulate(scenario_with(looked_at(file, capsys)["yaml"])).requests
    minutes = np.floor(requests["arrival_at_s"] / 60).astype(int)
    assert np.bincount(minutes).tolist() == [5, 0, 7]


@pytest.mark.parametrize("name", FILES)
def test_a_corrupted_sibling_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A number of the series that is taken is none any more: one message, status 2."""
    spoilt = {
        "Azure": ("timer,0,1,2", "timer,0,x,2"),
        "Locust": ("Aggregated,4.500000", "Aggregated,4.x"),
        "Grafana, columns": ("21.9", "21.9.1"),
        "Grafana, columns in ms": ("0.5", "0.x"),
        "Grafana, columns for Excel": ("21,25", "21,25,1"),
        "Grafana, rows": ('"21.9"', '"2l.9"'),
        "Prometheus": ('"21"', '"2l"'),
        "CloudWatch, sums": ("7.0", "7.5"),
        "CloudWatch, samples": ("7.0", "-7.0"),
        "a table of counts": (",64,", ",6.4,"),
        "objects with a rate": ("6.5", '"6,5"'),
        "a table of rates": ("12:05:00Z;120", "12:65:00Z;120"),
    }
    content = FILES[name][1].replace(*spoilt[name])
    assert content != FILES[name][1]
    file = tmp_path / "spoilt"
    file.write_text(content)
    assert main.run(["trace", "look", str(file)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "spoilt" in said.err


def test_of_several_series_the_one_that_is_taken_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the names of all, what is left out, and what nothing says; as text too."""
    file = tmp_path / "series"
    file.write_text(PROMETHEUS)
    seen = looked_at(file, capsys)
    assert seen["series"] == ['{job="a"}', 'rps{job="b"}']
    assert (seen["taken"], seen["series_count"], seen["missing"]) == ('rps{job="b"}', 2, 1)
    told = " ".join(seen["warnings"])
    assert 'of which rps{job="b"} is taken, which has the most: {job="a"}, rps{job="b"}.' in told
    assert "Intervals without a number: 1;" in told
    assert "Intervals that the file leaves out: 1;" in told
    assert "Nothing says the unit" in told
    assert main.run(["trace", "look", str(file)]) == 0
    text = capsys.readouterr().out
    assert seen["yaml"] in text
    assert "rates of 3 intervals of 15 s, sorted by time" in text
    file.write_text(AZURE)
    assert "has 3 series, of which row 1 is taken" in looked_at(file, capsys)["warnings"][0]


def test_a_counter_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its numbers only grow: they are totals since the server's start."""
    file = tmp_path / "series"
    values = [[AT + 15 * i, str(100 * i)] for i in range(9)]
    result = [{"metric": {"__name__": "requests_total"}, "values": values}]
    file.write_text(json.dumps({"status": "success", "data": {"result": result}}))
    assert "as those of a counter" in looked_at(file, capsys)["warnings"][-1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CLOUDWATCH.replace(":02:", ":00:") % (("Sum",) * 3), "begin at 2024-05-01T12:00:00Z"),
        (CLOUDWATCH.split("},")[0] % "Sum" + "}]}", "one interval only"),
    ],
)
def test_intervals_of_no_length_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    """Two at one instant, or a single one of which nothing says how long it is."""
    file = tmp_path / "series"
    file.write_text(content)
    assert main.run(["trace", "look", str(file)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ([], "it has no row"),
        ([{"metric": {}, "values": [[AT, "1"], [AT + 15]]}], ":2: there is no '1'; keys: 0"),
        ([{"metric": {}, "values": [[AT, "1"]]}, 7], ":2: is no series"),
        ([{"metric": {}, "values": 5}], "there is no array of objects at 'data.result.0.values'"),
    ],
)
def test_a_range_query_without_what_it_should_have_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], result: list[Any], said: str
) -> None:
    """In one line, with the place."""
    file = tmp_path / "range.json"
    file.write_text(json.dumps({"status": "success", "data": {"result": result}}))
    assert main.run(["trace", "look", str(file)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_a_log_with_a_column_called_time_is_no_series(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its instants have no even step, or it holds words."""
    file = tmp_path / "log"
    file.write_text(
        "Time,size\n2024-05-01 12:00:00,1\n2024-05-01 12:00:07,2\n2024-05-01 12:00:17,3\n"
    )
    assert looked_at(file, capsys)["format"] == "table of text"
    file.write_text("Time,path\n2024-05-01 12:00:00,/a\n2024-05-01 12:00:07,/b\n")
    assert looked_at(file, capsys)["format"] == "table of text"


def test_windows_are_named_with_their_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ServeGen's rows have no header: they are known by the law in the middle."""
    file = tmp_path / "chunk.csv"
    file.write_text("0,2.5,1.1,Gamma,0.8,0.5\n600,3,1,Weibull,1,0.3\n1200,0,0,,0,0\n")
    seen = looked_at(file, capsys)
    assert seen["format"] == "ServeGen, windows"
    assert seen["yaml"] == f'  - kind: windows\n    path: "{file}"\n'
    assert seen["requests"] == 600 * 2.5 + 600 * 3
    traffic = scenario_with(seen["yaml"]).deployments[0].traffic[0]
    assert traffic.kind == "windows"
    file.write_text("0,2.5,1.1,Gamma,0.8,0.5\nx00,3,1,Weibull,1,0.3\n1200,0,0,,0,0\n")
    assert main.run(["trace", "look", str(file)]) == 2
