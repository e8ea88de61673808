"""Traces of which some rows are meant, or whose dates are those of a zone's clock, in a run."""

from pathlib import Path
from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.results.result import Result
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.traffic import TraceTraffic
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate, simulate_record
from sim.text import traffic_words

ROWS = """at,status,size
3,200,0.5
0,404,none
1,200,
2,200,0.25
9,200,0.75
"""


def scenario(
    folder: Path, content: str = ROWS, top: dict[str, Any] | None = None, **traffic: Any
) -> Scenario:
    """Return a scenario of 5 s that replays a table."""
    (folder / "log.csv").write_text(content)
    source = {"kind": "trace", "name": "log", "path": "log.csv", "format": "csv"}
    deployment = {
        "name": "a",
        "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1},
        "initial": {"responsive": 1},
        "traffic": [source | {"time_column": "at"} | traffic],
    }
    plain = {"name": "t", "horizon": "5s", "deployments": [deployment]} | (top or {})
    return parse_scenario(plain, base_dir=folder)


CHOSEN: dict[str, Any] = {"where": {"status": 200}, "missing": "skip", "origin": "zero"}
SIZED: dict[str, Any] = {"demands": {"cpu": {"kind": "column", "column": "size", "unit": "s"}}}


def test_each_row_that_is_left_out_is_told_of_with_its_reason(tmp_path: Path) -> None:
    """Requests know their rows of the file, whichever are left out and however they stand."""
    result = Result(simulate_record(scenario(tmp_path, **CHOSEN, **SIZED)))

    (used,) = result.figures.traffic
    assert (used.rows, used.used, used.before, used.after) == (5, 2, 0, 1)
    assert used.skipped == {"where": 1, "missing": 1}
    requests = result.tables["requests"]
    assert requests["arrival_at_s"].tolist() == [2.0, 3.0]
    assert requests["row"].tolist() == [3, 0]
    assert " ".join(" ".join(traffic_words.lines(result.figures, "a")).split()) == (
        "Traffic log: 2 of 5 rows of log.csv used, from 2 s to 3 s. Left out: 1 after it, 1 not "
        "meant by `where`, 1 in which something is missing."
    )


def test_a_missing_number_may_be_0(tmp_path: Path) -> None:
    """Then its request is there, and asks for nothing."""
    result = simulate(scenario(tmp_path, **CHOSEN | {"missing": 0}, **SIZED))
    assert result.tables["requests"]["row"].tolist() == [2, 3, 0]


def test_a_trace_of_which_no_row_is_meant_is_refused(tmp_path: Path) -> None:
    """With how many there are, and why none is used."""
    said = r"the trace has no row that is used: of 5, 5 are not meant by `where`"
    with pytest.raises(ScenarioError, match=said):
        simulate(scenario(tmp_path, where={"status": "2xx"}))


def test_rows_that_are_left_out_are_none_of_a_span(tmp_path: Path) -> None:
    """A run in which none of the others lies is refused by their number."""
    with pytest.raises(ScenarioError, match=r"none of the 4 rows of log.csv lies in the run"):
        simulate(scenario(tmp_path, where={"status": 200}, origin="10s", missing="skip"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"where": {"status": 200}}, "where leaves rows out"),
        ({"missing": "skip"}, "rows are left out in which something is missing"),
    ],
)
def test_a_sequence_beside_rows_that_are_left_out_is_refused(
    tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    """Number k would be another row's."""
    content = "at,status,size\n0,404,1\n1,200,-\n2,200,1\n"
    demands = {
        "gpu": {"kind": "column", "column": "size", "unit": "s"},
        "cpu": {"kind": "sequence", "values": ["500ms", "1500ms", "2500ms"]},
    }
    with pytest.raises(ScenarioError, match=said):
        simulate(scenario(tmp_path, content, demands=demands, **settings))


def test_a_column_that_is_asked_for_later_must_be_whole(tmp_path: Path) -> None:
    """A publish that asks for another column cannot make requests go that have come."""
    content = "at,status,size\n0,200,1\n1,200,-\n5000,200,1\n"
    event = {"event": "publish", "at": "2s", "deployment": "a", "request": SIZED["demands"]}
    top = {"horizon": "2h", "timeline": [event]}
    said = "in 1 of its 3 rows something of size is missing"
    with pytest.raises(ScenarioError, match=said):
        simulate(scenario(tmp_path, content, top, missing="skip"))
    assert simulate(scenario(tmp_path, content, top, missing=0)).figures.traffic[0].used == 3


DATES = "at\n2026-10-25 02:30:00\n2026-10-25 02:10:00\n2026-10-25 03:00:01\n"


@pytest.mark.parametrize(
    ("top", "zone"),
    [
        ({"start": "2026-10-25T02:00", "zone": "Europe/Berlin"}, {}),
        ({"start": "2026-10-25T02:00[Europe/Berlin]"}, {"zone": "Europe/Berlin"}),
        ({"start": "2026-10-25T00:00Z", "zone": "America/New_York"}, {"zone": "Europe/Berlin"}),
    ],
)
def test_a_zone_is_that_of_the_trace_else_of_the_scenario(
    tmp_path: Path, top: dict[str, Any], zone: dict[str, Any]
) -> None:
    """The clock is set back from 03:00 to 02:00; a start that says its offset keeps it."""
    times = {"time_unit": "iso8601"}
    result = simulate(scenario(tmp_path, DATES, top={"horizon": "3h"} | top, **times, **zone))
    assert result.tables["requests"]["arrival_at_s"].tolist() == [1800.0, 4200.0, 7201.0]


@pytest.mark.parametrize(
    ("top", "traffic", "said"),
    [
        ({"zone": "Europe/Berlin"}, {}, "zone goes with start: write, as in"),
        ({"start": "2026-10-25T02:00"}, {}, "must be a date and time with a zone"),
        ({"zone": "Europe/Berlino", "start": "2026-10-25T02:00"}, {}, "did you mean Europe/Berlin"),
        ({}, {"zone": "Europe/Berlin"}, "zone goes with dates, and the times are numbers of s"),
        ({}, {"header": False}, "columns is needed with header: false"),
        ({}, {"header": True, "columns": ["at"]}, "columns are those of a CSV without a header"),
        ({}, {"where": {}}, "where"),
        ({}, {"missing": "ignore"}, "missing"),
    ],
)
def test_fields_that_do_not_go_together_are_refused(
    tmp_path: Path, top: dict[str, Any], traffic: dict[str, Any], said: str
) -> None:
    """In words that say what would."""
    with pytest.raises(ScenarioError, match=said):
        scenario(tmp_path, top=top, **traffic)


def test_times_that_are_numbers_need_no_zone_of_the_scenario(tmp_path: Path) -> None:
    """It is for dates, of which another trace may have some."""
    top = {"start": "2026-10-25T02:00", "zone": "Europe/Berlin"}
    (source,) = scenario(tmp_path, top=top).deployments[0].traffic
    assert isinstance(source, TraceTraffic)
    assert source.zone is None
