"""Loading a scenario: what is refused, at which line, and with which advice."""

import json
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml
from hypothesis import given
from hypothesis import strategies as st

from scenario_files import SCENARIO, problems_of, write
from sim.errors import MAX_SHOWN, Problem, ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario, parse_scenario

ROOT = Path(__file__).parent.parent.parent.parent


def line_of(text: str) -> int:
    """Return the line, from 1, in which *text* begins in the unbroken scenario."""
    return SCENARIO.count("\n", 0, SCENARIO.index(text)) + 1


def test_the_scenario_loads(tmp_path: Path) -> None:
    """What the other tests break is whole: queues filled in, sources named."""
    scenario = load_scenario(write(tmp_path))
    ranker, embedder = scenario.deployments
    assert scenario.horizon_s == 7200.0
    assert (ranker.queues.vcpu, embedder.queues.vgpu) == ("cores", "gpus")
    assert [source.name for source in ranker.traffic] == ["web", "poisson1"]
    assert scenario.base_dir == tmp_path
    assert problems_of(write(tmp_path)) == ()


FAULTS: list[dict[str, Any]] = ruamel.yaml.YAML(typ="safe", pure=True).load(
    Path(__file__).parent.parent / "faults.yaml"
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["new"])
def test_a_fault_is_told_by_field_rule_and_advice(tmp_path: Path, fault: dict[str, Any]) -> None:
    """In the line where it was made; `faults.yaml` has them all."""
    file = write(tmp_path, fault["old"], fault["new"])
    found = [problem for problem in problems_of(file) if problem.rule == fault["rule"]]
    assert [problem.field for problem in found] == [fault["field"]], problems_of(file)
    assert fault["says"] in found[0].message
    assert found[0].file == str(file)
    assert found[0].line == line_of(fault["old"]) + fault.get("line", 0)


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Structure, names, rules and values together, so that one round is enough."""
    text = (
        SCENARIO.replace("seed: 1", "sed: 1")
        .replace("threadCount: 32", "threadCount: 500")
        .replace("rate: 20/s}", "rate: 20}")
        .replace("deployment: ranker\n", "deployment: rnker\n")
        .replace("replicas: all", "replicas: one")
    )
    file = tmp_path / "many.yaml"
    file.write_text(text)
    problems = problems_of(file)
    assert [problem.rule for problem in problems] == [
        "unknown-field",
        "thread-count-maximum",
        "unit",
        "unknown-deployment",
        "replica-selection",
    ]
    assert [problem.line for problem in problems] == sorted(
        problem.line or 0 for problem in problems
    )


def test_a_message_reads_as_one_line(tmp_path: Path) -> None:
    """Place, field, what is wrong, what was found, which rule."""
    file = write(tmp_path, "horizon: 2h", "horizon: 7200")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    assert str(caught.value) == (
        f"{file}:4:10: horizon: has no unit: write 7200s (or another of s, ms, min, h, d, w) "
        "(got 7200; rule unit)"
    )


def test_thousands_of_problems_do_not_fill_the_screen() -> None:
    """The message shows fifty and counts the others; the error has all."""
    wrong = {"kind": "instants", "at": list(range(1000))}
    data = {
        "name": "x",
        "horizon": "1h",
        "deployments": [
            {
                "name": "a",
                "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1},
                "traffic": [wrong],
            }
        ],
    }
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(data)
    assert len(caught.value.problems) == 1000
    lines = str(caught.value).splitlines()
    assert len(lines) == MAX_SHOWN + 1
    assert lines[-1] == "and 950 more problems"


@pytest.mark.parametrize("text", ["- 1\n", "just text", "12", "[]"])
def test_a_scenario_is_a_mapping(text: str) -> None:
    """A list or a text at the top is told so."""
    with pytest.raises(ScenarioError, match="must be a mapping: a scenario has keys such as name"):
        parse_scenario(text)


def test_values_of_environment_variables_are_never_shown(tmp_path: Path) -> None:
    """A wrong one may be a secret all the same."""
    secret = "environmentVariables: {TOKEN: 123456, CLIENT_ID: hush}"
    problems = problems_of(write(tmp_path, "threadCount: 32", secret))
    assert problems
    assert not any("123456" in str(problem) or "hush" in str(problem) for problem in problems)


def test_json_and_yaml_mean_the_same(tmp_path: Path) -> None:
    """The same data in either is an equal scenario."""
    data = ruamel.yaml.YAML(typ="safe", pure=True).load(SCENARIO)
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps({"$schema": "scenario.schema.json", **data}, indent="\t"))
    assert load_scenario(file) == load_scenario(write(tmp_path))
    assert parse_scenario(data) == parse_scenario(SCENARIO)


def test_problems_in_json_have_places_too(tmp_path: Path) -> None:
    """Line and column of the value."""
    file = tmp_path / "scenario.json"
    file.write_text('{\n"name": "x",\n"horizon":\t5,\n"deployments": []}')
    by_rule = {problem.rule: problem for problem in problems_of(file)}
    assert (by_rule["unit"].line, by_rule["unit"].column) == (3, 12)
    assert (by_rule["length"].line, by_rule["length"].field) == (4, "deployments")


def test_a_file_with_a_mark_and_crlf_loads(tmp_path: Path) -> None:
    """As some editors write it."""
    file = tmp_path / "scenario.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + SCENARIO.replace("\n", "\r\n").encode())
    assert load_scenario(file) == load_scenario(write(tmp_path, name="unix.yaml"))


@pytest.mark.parametrize("file", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_shipped_scenario_loads(file: Path) -> None:
    """Or lacks nothing but a trace that it says where to fetch."""
    for problem in problems_of(file):
        assert problem.rule == "missing-file"
        assert "fetch it from" in problem.message


def test_scenarios_from_files_are_equal_wherever_they_were(tmp_path: Path) -> None:
    """The directory is no part of the scenario; every field is."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    scenario = load_scenario(write(tmp_path / "a"))
    assert scenario == load_scenario(write(tmp_path / "b"))
    assert scenario != load_scenario(write(tmp_path / "b", "seed: 1", "seed: 2"))
    assert scenario != "scenario"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def paths_in(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return every path in plain *data*."""
    found = [path] if path else []
    items = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, value in items:
        found += paths_in(value, (*path, key))
    return found


DATA: dict[str, Any] = ruamel.yaml.YAML(typ="safe", pure=True).load(SCENARIO)


@given(st.sampled_from(paths_in(DATA)), JUNK)
def test_any_value_anywhere_is_a_scenario_or_the_users_error(
    path: tuple[Any, ...], junk: Any
) -> None:
    """No other error escapes, whatever stands where; every problem has a sentence."""
    data = json.loads(json.dumps(DATA))
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = junk
    try:
        found: tuple[Problem, ...] = ()
        assert isinstance(parse_scenario(data), Scenario)
    except ScenarioError as error:
        found = error.problems
    assert all(problem.message and problem.rule for problem in found)
