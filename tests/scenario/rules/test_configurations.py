"""The rules on a scenario's configurations, asked of files that may be faulty elsewhere."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.document import Document
from sim.scenario.reading.validation import validate_document
from sim.scenario.rules.configurations import rule_problems, rule_problems_in_data
from sim.testing import arbitrary_json
from sim.wire.endpoint_errors import (
    DeploymentSourceNotImportedIntoProject,
    GpuTypeNotAvailable,
    InvalidGpuCount,
)
from sim.wire.errors import Fault, InvalidArgument
from sim.wire.models import GpuType
from sim.wire.violations import Violation

SOURCE = "ri.magritte..source.1"
PROJECT = "ri.compass.main.folder.mine"

DATA: dict[str, Any] = {
    "name": "three deployments",
    "horizon": "1h",
    "platform": {"limits": {"max_threads": 64, "sources": {SOURCE: {"imported": False}}}},
    "queues": [
        {"name": "cores", "kind": "vcpu", "limit": 8},
        {"name": "small", "kind": "vgpu", "limits": {"T4": 2}},
        {"name": "large", "kind": "vgpu", "limits": {"H100": 8, "A100": 8}},
    ],
    "deployments": [
        {"name": "one", "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 2}},
        {
            "name": "two",
            "project_rid": PROJECT,
            "queues": {"vgpu": "large"},
            "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 2},
        },
    ],
    "timeline": [
        {"at": "1s", "event": "kill", "deployment": "one", "replicas": "all"},
        {
            "at": "1min",
            "event": "replace",
            "deployment": "two",
            "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 2},
        },
    ],
}
"""A valid scenario in the file form, in which configurations differ in what they may use."""

Path = tuple[str | int, ...]
FIRST: Path = ("deployments", 0, "runtimeConfiguration")
SECOND: Path = ("deployments", 1, "runtimeConfiguration")
REPLACED: Path = ("timeline", 1, "runtimeConfiguration")


def changed(*changes: tuple[Path, object]) -> dict[str, Any]:
    """Return a copy of `DATA` in which each path has the value beside it."""
    data = copy.deepcopy(DATA)
    for path, value in changes:
        place: Any = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return data


def found(*changes: tuple[Path, object]) -> list[tuple[Path, Fault | None]]:
    """Return path and answer of every broken rule of `DATA` after *changes*.

    A scenario that can be read as a whole is told the same as its data.
    """
    data = changed(*changes)
    problems = list(rule_problems_in_data(data, base_dir=None))
    try:
        scenario = Scenario.from_file_form(data)
    except ValidationError:
        pass
    else:
        assert list(rule_problems(scenario)) == problems
    return [(one.path, one.fault) for one in problems if isinstance(one, Violation)]


def test_a_valid_scenario_breaks_no_rule() -> None:
    """The data of the tests below is right before it is changed."""
    assert found() == []
    assert validate_document(Document(DATA)).problems == ()


@pytest.mark.parametrize("under", [FIRST, SECOND, REPLACED], ids=lambda path: str(path[0:2]))
def test_each_configuration_is_checked_at_its_place(under: Path) -> None:
    """Deployments and replace events alike."""
    assert found(((*under, "minReplicas"), -1)) == [
        ((*under, "minReplicas"), InvalidArgument("must be at least 0", "minReplicas"))
    ]


def test_the_queue_says_which_types_there_are() -> None:
    """The first vGPU queue of the file, or the one that the deployment names."""
    t4 = {"count": 1, "type": "T4"}

    assert found(((*FIRST, "gpu"), t4)) == []
    assert found(((*SECOND, "gpu"), t4)) == [
        (
            (*SECOND, "gpu", "type"),
            GpuTypeNotAvailable(GpuType.T4, (GpuType.A100, GpuType.H100)),
        )
    ]
    assert found(((*REPLACED, "gpu"), t4))[0][0] == (*REPLACED, "gpu", "type")


def test_without_a_gpu_queue_the_platform_says_it() -> None:
    """A kind without a queue is unlimited, a type that the platform has not stays unavailable."""
    gpu = {"count": 1, "type": "L4"}
    types = (("platform", "limits", "gpu_types"), ["T4"])

    assert found((("queues",), []), ((*FIRST, "gpu"), gpu)) == []
    assert found((("queues",), []), types, ((*FIRST, "gpu"), gpu)) == [
        ((*FIRST, "gpu", "type"), GpuTypeNotAvailable(GpuType.L4, (GpuType.T4,)))
    ]


def test_a_source_is_refused_in_the_name_of_the_project() -> None:
    """Answers carry the deployment's own identifiers."""
    assert found(((*SECOND, "sources"), [SOURCE])) == [
        ((*SECOND, "sources", 0), DeploymentSourceNotImportedIntoProject(SOURCE, PROJECT))
    ]


@pytest.mark.parametrize(
    "fault",
    [
        (("horizon",), 5),
        (("nonsense",), 1),
        (("deployments", 0, "traffic"), [{"kind": "nonsense"}]),
        ((*FIRST, "cpu"), "1"),
        (("deployments", 0), "text"),
        (("deployments", 0, "name"), 5),
        (("queues", 0), {"kind": "vcpu"}),
        (("queues", 1), 7),
        (("timeline", 0), None),
        (("timeline", 0, "at"), "yesterday"),
    ],
    ids=lambda fault: ".".join(map(str, fault[0])),
)
def test_a_fault_elsewhere_hides_no_broken_rule(fault: tuple[Path, object]) -> None:
    """What can be read is checked, whatever else is wrong with the file."""
    places = {path for path, _ in found(fault, ((*SECOND, "threadCount"), 65))}
    told = {one.field for one in validate_document(Document(changed(fault))).problems}

    assert (*SECOND, "threadCount") in places
    assert told != set()


def test_what_cannot_be_read_is_passed_over() -> None:
    """An event without a deployment or a configuration is told when the scenario is read."""
    bad = {"minReplicas": -1, "maxReplicas": 2}

    assert found((REPLACED, {"minReplicas": "1"})) == []
    assert found((REPLACED, bad), (("timeline", 1, "deployment"), 5)) == []
    assert [path for path, _ in found((REPLACED, bad), (("timeline", 1, "deployment"), "x"))] == [
        (*REPLACED, "minReplicas")
    ]
    assert found((("deployments",), "text"), (("timeline",), {})) == []


def test_limits_that_cannot_be_read_judge_nothing() -> None:
    """No rule is said to be broken under limits that nobody has set."""
    limits = (("platform", "limits", "max_threads"), "many")

    assert found(limits, ((*FIRST, "threadCount"), 65)) == []
    assert "platform.limits.max_threads" in [
        one.field for one in validate_document(Document(changed(limits))).problems
    ]


def test_a_count_is_judged_by_the_types_of_the_queue() -> None:
    """Without a type, the largest maximum of the types that the deployment can have."""
    by_type = (("platform", "limits", "max_gpus_by_type"), {"T4": 1, "H100": 16})

    assert found(by_type, ((*SECOND, "gpu"), {"count": 16})) == []
    assert found(by_type, ((*FIRST, "gpu"), {"count": 2})) == [
        ((*FIRST, "gpu", "count"), InvalidGpuCount(2, 1))
    ]


def places_in(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every key and position inside *data* with what holds it."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in list(items):
        yield data, key
        if isinstance(value, dict | list):
            yield from places_in(value)


@given(st.data())
def test_a_scenario_with_anything_anywhere_is_told_cleanly(data: st.DataObject) -> None:
    """Any JSON in the place of any value: no exception, and violations that JSON can write."""
    scenario = changed()
    places = list(places_in(scenario))
    place, key = places[data.draw(st.integers(0, len(places) - 1))]
    place[key] = data.draw(arbitrary_json())

    validation = validate_document(Document(scenario))
    assert json.dumps(validation.to_json(), allow_nan=False)
    assert all(validation.to_text())


@given(arbitrary_json())
def test_any_document_is_told_cleanly(data: object) -> None:
    """A scenario, a body, a configuration or nothing of the kind."""
    validation = validate_document(Document(data))
    assert json.dumps(validation.to_json(), allow_nan=False)
    assert all(problem.message for problem in validation.problems)
