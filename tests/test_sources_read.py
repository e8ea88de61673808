"""Files of traffic read whole when a scenario is validated: what a run would refuse."""

from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate
from sim.simulation.sources_read import unreadable_sources

COLUMN = {"kind": "column", "column": "r", "unit": "ms"}
SEQUENCE = {"kind": "sequence", "path": "t.csv", "column": "r", "unit": "ms"}


def replaying(folder: Path, content: str, cpu: dict[str, str]) -> Scenario:
    """Return a scenario that replays *content* with demands *cpu*."""
    (folder / "t.csv").write_text(content)
    trace = {"kind": "trace", "path": "t.csv", "format": "csv", "time_column": "at"}
    data = {
        "name": "replay",
        "horizon": "1min",
        "deployments": [
            {
                "name": "d",
                "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1},
                "request": {"cpu": cpu},
                "traffic": [trace],
            }
        ],
    }
    return Scenario.from_file_form(data, base_dir=folder)


@pytest.mark.parametrize(
    ("content", "cpu", "says"),
    [
        ("at,r\n0,5\n2,6\n1,7\n", SEQUENCE, "the file is not in order of time"),
        ("at,r\n0,5\n1,6\n3,7\nx,8\n", COLUMN, "t.csv:5: the time must be a number of s"),
        ("at,r\n0,5\n2,6\n4,7\n6,8\n", COLUMN, "all 4 rows come every 2 s exactly"),
        ("at,r\n0,5\n1,-6\n3,7\n", COLUMN, "is -0.006 for request 1: below 0"),
    ],
)
def test_validation_finds_what_the_run_would_refuse(
    tmp_path: Path, content: str, cpu: dict[str, str], says: str
) -> None:
    """One mistake is one problem, in the same words."""
    scenario = replaying(tmp_path, content, cpu)

    (problem,) = unreadable_sources(scenario)

    assert says in str(problem)
    with pytest.raises(ScenarioError) as refused:
        simulate(scenario)
    assert refused.value.problems == (problem,)


def test_a_file_that_can_be_used_has_no_problem(tmp_path: Path) -> None:
    """Rows in any order, where demands come from their own rows."""
    assert not [*unreadable_sources(replaying(tmp_path, "at,r\n0,5\n3,6\n1,7\n", COLUMN))]
