"""A scenario that was built or copied in Python: checked as a file is, without being written."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_files import SCENARIO, write
from sim.errors import ScenarioError
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.document import parse_document
from sim.scenario.reading.loader import load_scenario, parse_scenario
from sim.scenario.rules.check import check_scenario
from sim.scenario.rules.configurations import rule_problems, rule_problems_in_data
from sim.scenario.rules.names import names_of, reference_problems
from sim.testing import scenarios


def test_a_scenario_built_in_python_is_checked_as_a_file_is(tmp_path: Path) -> None:
    """Names, bounds and rules, which no single field shows."""
    scenario = load_scenario(write(tmp_path))
    check_scenario(scenario)
    ranker = scenario.deployments[0]
    wrong = scenario.model_copy(update={"deployments": (ranker, ranker), "horizon_s": 1800.0})
    with pytest.raises(ScenarioError) as caught:
        check_scenario(wrong)
    rules = {problem.rule for problem in caught.value.problems}
    assert {"unique-names", "before-horizon", "initial-fits"} <= rules


def refused_as_a_file(scenario: Scenario) -> list[tuple[str, str, str | None]]:
    """Return field, message and value of all that is wrong with *scenario*, written and read."""
    try:
        parse_scenario(resolved(scenario), base_dir=scenario.base_dir)
    except ScenarioError as error:
        return [(one.field, one.message, one.value) for one in error.problems]
    return []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: embedder", "name: ranker"),
        ("- {kind: poisson, rate", "- {kind: poisson, name: web, rate"),
        ("name: cores", "name: gpus"),
        ("training: {T4: 1}", "training: {H100: 1}"),
        ("initial: {responsive: 2}", "queues: {vcpu: gpus}"),
        ("initial: {responsive: 2}", "queues: {vgpu: nowhere}"),
        ("initial: {responsive: 2}", "initial: {responsive: 9}"),
        ("deployment: ranker\n", "deployment: nobody\n"),
        ("at: 1h", "at: 3h"),
        ("queue: cores", "queue: gpus"),
        ("tenant: batch", "tenant: nobody"),
        ("use: 1.5", "use: {T4: 1}"),
        ("queue: gpus, limits: {T4: 2}", "queue: gpus, limit: 2"),
        ("queue: gpus, limits: {T4: 2}", "queue: gpus, limits: {H100: 2}"),
        ("maxReplicas: 5", "maxReplicas: 0"),
        ("seed: 1", "new_deployments: {queues: {vcpu: nowhere}}"),
    ],
)
def test_a_contradiction_is_told_as_in_a_file(old: str, new: str) -> None:
    """Field, words and value, though nothing of the scenario is written and read for it."""
    assert old in SCENARIO
    data = SCENARIO.replace(old, new, 1)
    with pytest.raises(ScenarioError) as told:
        parse_scenario(data)
    scenario = Scenario.from_file_form(_plain(data))
    with pytest.raises(ScenarioError) as caught:
        check_scenario(scenario)

    problems = [(one.field, one.message, one.value) for one in caught.value.problems]
    assert problems == refused_as_a_file(scenario)
    assert {one.message for one in told.value.problems} <= {message for _, message, _ in problems}


def _plain(text: str) -> Any:
    return parse_document(text).data


@given(scenarios(), st.sampled_from(["d0", "d1", "cpu", "gpu", "others"]))
def test_names_are_all_that_references_ask_for(scenario: Scenario, name: str) -> None:
    """What is left out of a scenario's names changes nothing that is said about them."""
    broken = _renamed(scenario, name)

    assert list(reference_problems(names_of(broken))) == list(reference_problems(resolved(broken)))
    assert list(rule_problems(broken)) == list(
        rule_problems_in_data(resolved(broken), base_dir=None)
    )


def _renamed(scenario: Scenario, name: str) -> Scenario:
    """Return *scenario* in which what events call *name* is called something else."""
    return scenario.model_copy(
        update={
            part: tuple(
                one.model_copy(update={"name": "other"}) if one.name == name else one
                for one in getattr(scenario, part)
            )
            for part in ("deployments", "queues")
        }
    )


def test_names_hold_none_of_the_instants() -> None:
    """To write ten thousand instants as text takes half a second, and the run a hundredth."""
    many = {"kind": "instants", "at": [f"{number}ms" for number in range(10_000)]}
    data = {**_plain(SCENARIO), "timeline": []}
    data["deployments"][0]["traffic"] = [many]
    scenario = parse_scenario(data)

    assert len(str(names_of(scenario))) < 1_000
