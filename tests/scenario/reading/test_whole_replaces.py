"""Replaces that say only what changes: over what they are merged, and what is told of them."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scenario_files import problems_of
from sim.errors import Problem, ScenarioError
from sim.scenario.models.file_form import resolved
from sim.scenario.models.timeline import ReplaceEvent
from sim.scenario.reading.loader import load_scenario, parse_scenario
from sim.scenario.reading.validation import validate_file
from sim.scenario.reading.variants import LoadedScenario
from sim.scenario.schema.scenario_schema import scenario_schema

BEFORE = """\
name: What changes
start: 2026-11-30T08:00:00+01:00
horizon: 5h
deployments:
  - name: ranker
    runtimeConfiguration:
      minReplicas: 1
      maxReplicas: 2
      gpu: {count: 1, type: T4}
      environmentVariables: {A: x, B: y}
  - name: other
    runtimeConfiguration: {minReplicas: 3, maxReplicas: 3}
timeline:
"""
"""A timeline begins in line 14."""
RANKER = {
    "minReplicas": 1,
    "maxReplicas": 2,
    "gpu": {"count": 1, "type": "T4"},
    "environmentVariables": {"A": "x", "B": "y"},
    "sources": [],
}


def events(*lines: str) -> str:
    """Return a scenario with the timeline in *lines*, the first of which is line 14."""
    return BEFORE + "\n".join(f"  - {line}" for line in lines)


def replace(at: str, change: str, deployment: str = "ranker") -> str:
    """Return an event with `set`."""
    return f'{{event: replace, at: "{at}", deployment: {deployment}, set: {change}}}'


def configurations(*lines: str) -> list[dict[str, Any]]:
    """Return the configuration of every event, as in a PUT."""
    found = parse_scenario(events(*lines)).timeline
    return [
        event.runtime_configuration.to_wire() for event in found if isinstance(event, ReplaceEvent)
    ]


def refused(*lines: str) -> list[tuple[int | None, str | None, str]]:
    """Return line, field and rule of every problem of a scenario."""
    with pytest.raises(ScenarioError) as error:
        parse_scenario(events(*lines))
    return [(problem.line, problem.field, problem.rule) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ("{}", RANKER),
        ("{threadCount: 16}", RANKER | {"threadCount": 16}),
        ("{gpu: {count: 2}}", RANKER | {"gpu": {"count": 2, "type": "T4"}}),
        ("{gpu: {type: null}}", RANKER | {"gpu": {"count": 1}}),
        (
            "{environmentVariables: {A: null, C: z}}",
            RANKER | {"environmentVariables": {"B": "y", "C": "z"}},
        ),
        ("{sources: [ri.a..b.c]}", RANKER | {"sources": ["ri.a..b.c"]}),
        ("{cpu: null}", RANKER),
        ("{gpu: null}", {key: value for key, value in RANKER.items() if key != "gpu"}),
    ],
)
def test_what_changes_is_merged_by_key(change: str, wanted: dict[str, Any]) -> None:
    """Into mappings below too; a null takes a key away, whether or not it was there."""
    assert configurations(replace("1h", change)) == [wanted]


def test_it_is_merged_over_what_stands_by_then() -> None:
    """By instant, whether of the clock or a duration, and at one instant by place in the file."""
    found = configurations(
        replace("2h", "{threadCount: 3, cpu: 2}"),
        replace("09:30", "{cpu: 4, memory: 1GiB}"),  # an hour and a half after the start
        replace("2h", "{threadCount: 5}"),
        replace("1h", "{maxReplicas: 4}", "other"),
        "{event: publish, at: 150min, deployment: ranker}",
        "{event: replace, at: 3h, deployment: ranker, runtimeConfiguration: "
        "{minReplicas: 1, maxReplicas: 1}}",
        replace("4h", "{threadCount: 7}"),
    )

    bare = {"minReplicas": 1, "maxReplicas": 1, "environmentVariables": {}, "sources": []}
    assert found == [
        RANKER | {"cpu": 2.0, "memory": "1GiB", "threadCount": 3},
        RANKER | {"cpu": 4.0, "memory": "1GiB"},
        RANKER | {"cpu": 2.0, "memory": "1GiB", "threadCount": 5},
        {"minReplicas": 3, "maxReplicas": 4, "environmentVariables": {}, "sources": []},
        bare,
        bare | {"threadCount": 7},
    ]


def test_a_scenario_that_is_written_out_is_whole() -> None:
    """And the same scenario when it is read."""
    scenario = parse_scenario(events(replace("1h", "{threadCount: 16}")))
    written = resolved(scenario)

    assert written["timeline"][0]["runtimeConfiguration"] == RANKER | {"threadCount": 16}
    assert "set" not in written["timeline"][0]
    assert parse_scenario(written) == scenario


BROKEN = "event: replace\n    at: 1h\n    deployment: ranker\n    set:\n      "
"""A change whose keys stand from line 18 on."""


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (f"{BROKEN}threadCuont: 3", (18, "runtimeConfiguration.threadCuont", "unknown-field")),
        (f"{BROKEN}threadCuont: null", (18, "runtimeConfiguration.threadCuont", "unknown-field")),
        (f"{BROKEN}threadCount: x", (18, "runtimeConfiguration.threadCount", "type")),
        (f"{BROKEN}minReplicas: null", (18, "runtimeConfiguration.minReplicas", "missing-field")),
        (
            f"{BROKEN}minReplicas: 3",
            (18, "runtimeConfiguration.minReplicas", "replica-bounds-order"),
        ),
        (f"{BROKEN}gpu:\n        count: 0", (19, "runtimeConfiguration.gpu.count", "gpu-count")),
        (replace("1h", "5"), (14, "set", "type")),
        (replace("1h", "null"), (14, "set", "type")),
        (replace("1h", "[1]"), (14, "set", "type")),
        (replace("1h", "{threadCount: 4}", "nobody"), (14, "deployment", "unknown-deployment")),
        (
            "{event: replace, at: 1h, deployment: ranker, set: {threadCount: 4}, "
            "runtimeConfiguration: {minReplicas: 1, maxReplicas: 1}}",
            (14, "set", "combination"),
        ),
        (
            "{event: kill, at: 1h, deployment: ranker, replicas: all, set: {}}",
            (14, "set", "unknown-field"),
        ),
        (replace("6h", "{threadCount: 4}"), (14, "at", "before-horizon")),
        (replace("1", "{threadCount: 4}"), (14, "at", "unit")),
    ],
)
def test_a_fault_is_told_once_in_its_line(event: str, told: tuple[int, str, str]) -> None:
    """As that of a whole configuration is."""
    line, field, rule = told

    assert refused(event) == [(line, f"timeline[0].{field}", rule)]


def test_a_fault_of_the_configuration_before_is_told_there_alone(tmp_path: Path) -> None:
    """What is inherited is not told again; what an event says for itself is."""
    file = tmp_path / "scenario.yaml"
    text = events(replace("1h", "{cpu: 2}"), replace("2h", "{threadCuont: 3}"))
    file.write_text(text.replace("maxReplicas: 2", "maxReplicas: 2\n      threadCuont: 3"))
    lines = [9, 16]

    assert [problem.line for problem in problems_of(file)] == lines
    assert [problem.line for problem in validate_file(file).problems] == lines


@pytest.mark.parametrize(
    "words",
    [
        ["deployments.ranker.runtimeConfiguration.cpu=3"],
        ["timeline[0].at=3h"],
        ["timeline[0].set.threadCount=9"],
        ["timeline[0].set.threadCount=x"],
        ["start=2026-11-30T09:45:00+01:00", "horizon=25h"],
        ["seed=3"],
    ],
    ids=" ".join,
)
def test_a_variant_is_what_the_file_would_be(tmp_path: Path, words: list[str]) -> None:
    """What a replace is merged over follows from all that words may set."""

    def outcome(scenario: Any) -> Any:
        try:
            return scenario()
        except ScenarioError as error:
            return error.problems

    file = tmp_path / "scenario.yaml"
    file.write_text(
        events(
            replace("2h", "{threadCount: 4}"),
            replace("10:00", "{cpu: 2}"),
            '{event: kill, at: "11:00", deployment: ranker, replicas: all}',
        )
    )

    found = outcome(lambda: LoadedScenario.load(file).overridden(words))
    assert found == outcome(lambda: load_scenario(file, words))
    if words[0].endswith("=x"):
        assert isinstance(found, tuple)
        assert [one.file for one in found if isinstance(one, Problem)] == [f"--set {words[0][:-2]}"]


def test_lines_of_a_configuration_are_those_of_set(tmp_path: Path) -> None:
    """So that lint and plans name them."""
    file = tmp_path / "scenario.yaml"
    file.write_text(events(f"{BROKEN}threadCount: 3"))
    path = ("timeline", 0, "runtimeConfiguration")

    assert LoadedScenario.load(file).line_of((*path, "threadCount")) == 18
    assert LoadedScenario.load(file).line_of((*path, "cpu")) == 18
    assert validate_file(file).line_of((*path, "threadCount")) == 18


@pytest.mark.parametrize(
    ("event", "is_one"),
    [
        ({"set": {"threadCount": 3, "gpu": {"count": 2}, "cpu": None}}, True),
        ({"set": {"environmentVariables": {"A": None}}}, True),
        ({"runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1}}, True),
        ({"set": {"threadCuont": 3}}, False),
        ({"set": {"minReplicas": None}}, False),
        ({"set": 3}, False),
        ({"set": {}, "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1}}, False),
        ({}, False),
    ],
    ids=str,
)
def test_the_schema_knows_set(event: dict[str, Any], is_one: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    """Any keys of a configuration, and one of the two forms."""
    schema = scenario_schema()
    one = {**schema["$defs"]["ReplaceEvent"], "$defs": schema["$defs"]}
    whole = {"event": "replace", "at": "1h", "deployment": "ranker"} | event

    assert Draft202012Validator(one).is_valid(whole) == is_one
