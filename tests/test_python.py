"""What Python users import from the root."""

from pathlib import Path
from typing import Any

import pytest

import sim
from sim import load_scenario, parse_scenario, simulate, validate

ROOT = Path(__file__).parent.parent
FILE = ROOT / "scenarios" / "serve.yaml"
BROKEN: dict[str, Any] = {"runtimeConfiguration": {"minReplicas": 4, "maxReplicas": 2}}
MINUTE = """
name: A <b>minute</b>
horizon: 1min
deployments:
  - name: ranker
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 2, cpu: 1.0, memory: 2GiB, threadCount: 4}
    request: {wait: 50ms}
    traffic: [{kind: poisson, rate: 5/s}]
"""


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("x.yaml", "a scenario, not str: simulate(load_scenario('x.yaml'))"),
        (Path("a/x.yaml"), "simulate(load_scenario('a/x.yaml'))"),
        (MINUTE, "a scenario, not str: simulate(parse_scenario(...)) takes text and data"),
        ({"name": "x"}, "a scenario, not dict: simulate(parse_scenario(...))"),
        (7, "a scenario, not int: load_scenario(path) and parse_scenario(text) return one"),
    ],
    ids=["path", "Path", "text", "data", "number"],
)
def test_simulate_says_what_it_takes(given: Any, advice: str) -> None:
    """And how to make one of what it was given."""
    with pytest.raises(TypeError) as caught:
        simulate(given)

    assert str(caught.value).startswith("simulate takes a scenario, not ")
    assert advice in str(caught.value)


def test_validate_takes_a_file_or_data(tmp_path: Path) -> None:
    """Both ways lead to the same problems; a valid scenario is in what is returned."""
    file = tmp_path / "put.yaml"
    file.write_text("runtimeConfiguration: {minReplicas: 4, maxReplicas: 2}", "utf-8")

    found = [validate(BROKEN), validate(file), validate(str(file))]

    assert [[problem.rule for problem in one.problems] for one in found] == [
        ["replica-bounds-order"]
    ] * 3
    assert [one.problems[0].line for one in found] == [None, 1, 1]
    assert validate(FILE).scenario == load_scenario(FILE)


def test_a_notebook_shows_the_summary_of_a_result() -> None:
    """As `sim run` prints it; what a scenario is called is no markup."""
    shown = simulate(parse_scenario(MINUTE))._repr_html_()

    assert shown.startswith("<pre>A &lt;b&gt;minute&lt;/b&gt;: 60 s simulated")
    assert "deployment ranker" in shown
    assert shown.endswith("</pre>")


def test_dir_is_the_public_names() -> None:
    """Also after some of them have been imported, with their modules."""
    assert callable(sim.simulate)
    assert dir(sim) == sorted(sim.__all__)
