"""A run that ends with the last row of its traces."""

from pathlib import Path
from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.scenario.models.file_form import resolved
from sim.scenario.reading.loader import load_scenario, parse_scenario
from sim.scenario.reading.validation import validate_file
from sim.scenario.reading.variants import LoadedScenario
from sim.simulation.run import simulate_record

SCENARIO = """
name: up to the last row
horizon: trace
warm_up: 1s
deployments:
  - name: a
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1}
    traffic:
      - {kind: poisson, rate: 1/s}
      - {kind: trace, name: one, path: one.csv, format: csv, time_column: at}
      - {kind: trace, name: two, path: two.csv, format: csv, time_column: at, time_scale: 0.5}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write the scenario and its traces: the last rows lie 2.25 s and 10 / 2 s after the first."""
    (tmp_path / "one.csv").write_text("at\n7\n9.25\n8\n")
    (tmp_path / "two.csv").write_text("at\n1\n11\n")
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(SCENARIO)
    return scenario


def test_the_last_row_of_the_latest_trace_is_in_the_run(file: Path) -> None:
    """The run ends at the next millisecond; a trace that is moved moves the end."""
    loaded = LoadedScenario.load(file)
    record = simulate_record(loaded.scenario)

    assert loaded.scenario.horizon_s == 5.001
    assert [trace.last_at_s for trace in record.deployments[0].traces] == [2.25, 5.0]
    assert loaded.overridden(["deployments.a.traffic.one.origin=-60s"]).horizon_s == 69.251
    assert loaded.overridden(["horizon=4s"]).horizon_s == 4.0
    assert load_scenario(file, ["deployments.a.traffic.two.offset=6s"]).horizon_s == 2.251


def test_a_scenario_that_was_read_has_a_number(file: Path) -> None:
    """So that what is written down is the run that was."""
    scenario = load_scenario(file)

    assert resolved(scenario)["horizon"] == "5001ms"
    assert parse_scenario(resolved(scenario), base_dir=file.parent) == scenario


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("warm_up: 1s", "warm_up: 9s", "warm_up must be less than horizon"),
        ("one.csv", "none.csv", "is not there: no file"),
        ("time_column: at}", "time_column: at, origin: start}", "do not count from 1970"),
        ("time_column: at", "time_column: at, offset: 1h", "all their rows lie before the run"),
        (
            ", path: one.csv, format: csv, time_column: at}",
            ", path: bad.csv, format: csv, time_column: at}",
            "bad.csv:3: the time",
        ),
        ("name: up", "nam: up", "name"),
    ],
)
def test_a_horizon_that_cannot_be_found_is_refused(
    file: Path, before: str, after: str, said: str
) -> None:
    """In the words of what is wrong, with the traces as with everything else."""
    (file.parent / "bad.csv").write_text("at\n1\nsoon\n")
    text = SCENARIO.replace(before, after)
    assert text != SCENARIO
    file.write_text(text)

    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    assert said in str(caught.value)


def test_a_scenario_without_traces_has_no_such_end(file: Path) -> None:
    """It names the field, and its line."""
    data: dict[str, Any] = {
        "name": "none",
        "horizon": "trace",
        "deployments": [
            {"name": "a", "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1}}
        ],
    }
    with pytest.raises(ScenarioError, match=r"^horizon: follows the traces, but no deployment has"):
        parse_scenario(data)

    file.write_text(SCENARIO[: SCENARIO.index("      - {kind: trace")])
    with pytest.raises(ScenarioError, match=r"scenario.yaml:3:10: horizon: follows the traces"):
        load_scenario(file)
    (problem,) = validate_file(str(file)).problems
    assert problem.rule == "trace-horizon"
