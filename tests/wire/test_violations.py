"""Structural faults in the API's words."""

import json
from typing import Any

import pytest
from hypothesis import given

from sim.errors import field_text
from sim.testing import arbitrary_json
from sim.wire.errors import InvalidArgument, UnprocessableEntity
from sim.wire.models import (
    CreateLiveDeploymentRequest,
    ReplaceLiveDeploymentRequest,
    RuntimeConfiguration,
)
from sim.wire.rules import check
from sim.wire.violations import public_value, read, suggestion

SMALL: dict[str, Any] = {"minReplicas": 0, "maxReplicas": 1}


@pytest.mark.parametrize(
    ("fields", "rule", "field", "value", "message"),
    [
        ({"minReplicas": None}, "wrong-type", "minReplicas", None, "must be an integer, without"),
        ({"maxReplicas": "3"}, "wrong-type", "maxReplicas", "3", "must be an integer, without"),
        ({"maxReplicas": 2**31}, "wrong-type", "maxReplicas", 2**31, "must fit in 32 bits"),
        ({"minReplicas": -(2**40)}, "wrong-type", "minReplicas", -(2**40), "must fit in 32 bits"),
        ({"cpu": "1"}, "wrong-type", "cpu", "1", "must be a number, without quotes"),
        ({"cpu": float("inf")}, "wrong-type", "cpu", "inf", "must be a finite number"),
        ({"memory": 4}, "wrong-type", "memory", 4, "must be text"),
        ({"gpu": 1}, "wrong-type", "gpu", 1, "must be an object"),
        ({"gpu": {}}, "missing-field", "gpu.count", None, "is missing"),
        (
            {"gpu": {"count": 1, "type": "P100"}},
            "wrong-type",
            "gpu.type",
            "P100",
            "must be 'A100', 'A10G', 'A16', 'B200'",
        ),
        ({"sources": "x"}, "wrong-type", "sources", "x", "must be a list"),
        ({"sources": ["x"]}, "wrong-type", "sources[0]", "x", "must be a resource identifier"),
        (
            {"environmentVariables": {"TOKEN": 123}},
            "wrong-type",
            "environmentVariables.TOKEN",
            "TOKEN",
            "must be text",
        ),
        (
            {"minReplica": 2},
            "unknown-field",
            "minReplica",
            2,
            "is unknown; did you mean minReplicas?",
        ),
        (
            {"thread_count": 2},
            "unknown-field",
            "thread_count",
            2,
            "is unknown; did you mean threadCount?",
        ),
        ({"gpu": {"count": 1, "typ": "T4"}}, "unknown-field", "gpu.typ", "T4", "mean type?"),
        ({"xyzzy": 1.5}, "unknown-field", "xyzzy", 1.5, "is unknown"),
        ({"enviroment": {"TOKEN": "123"}}, "unknown-field", "enviroment", None, "is unknown"),
        ({"environmentVariables": ["123"]}, "wrong-type", "environmentVariables", None, "object"),
    ],
)
def test_a_structural_fault_is_told_with_field_and_value(
    fields: dict[str, Any], rule: str, field: str, value: object, message: str
) -> None:
    """422, the field as it is written, the value as it stands; variables by their name."""
    found = read(RuntimeConfiguration, SMALL | fields)

    assert isinstance(found, list)
    (violation,) = found
    shown = None if value is None else json.dumps(value)
    assert (violation.rule, violation.field, violation.value) == (rule, field, shown)
    assert isinstance(violation.fault, UnprocessableEntity)
    assert violation.fault.argument == field
    assert message in violation.fault.message
    assert "123" not in violation.fault.message


def test_every_structural_fault_is_told() -> None:
    """All at once, not the first alone."""
    found = read(ReplaceLiveDeploymentRequest, {"runtimeConfiguration": {"cpu": "1"}, "x": 1})

    assert isinstance(found, list)
    assert [violation.field for violation in found] == [
        "runtimeConfiguration.minReplicas",
        "runtimeConfiguration.maxReplicas",
        "runtimeConfiguration.cpu",
        "x",
    ]


def test_a_misspelt_name_deep_inside_gets_its_neighbour() -> None:
    """The names of the object that it stands in are searched, not those of another."""
    configuration = SMALL | {"gpu": {"count": 1, "cout": 2}}

    found = read(ReplaceLiveDeploymentRequest, {"runtimeConfiguration": configuration})

    assert isinstance(found, list)
    assert [one.fault.message for one in found] == [
        "runtimeConfiguration.gpu.cout is unknown; did you mean count?"
    ]


@pytest.mark.parametrize("data", [[], ["hush"], "text", 5, True, 1.5])
def test_a_body_that_is_no_object_is_unprocessable(data: object) -> None:
    """Any JSON but an object and null is a wrong type."""
    found = read(RuntimeConfiguration, data)

    assert isinstance(found, list)
    assert found[0].fault == UnprocessableEntity("must be an object")
    assert found[0].value == (None if isinstance(data, list) else json.dumps(data))


def test_a_null_body_is_an_invalid_argument() -> None:
    """JSON null is a bad argument, not an unprocessable object."""
    found = read(RuntimeConfiguration, None)

    assert isinstance(found, list)
    assert found[0].rule == "empty-body"
    assert found[0].fault == InvalidArgument("The body is empty or null.")


def test_an_object_is_returned_as_one() -> None:
    """What is right is read."""
    assert read(RuntimeConfiguration, SMALL) == RuntimeConfiguration(min_replicas=0, max_replicas=1)


def test_keys_that_are_no_text_are_told() -> None:
    """A Python dictionary with other keys is no JSON object."""
    found = read(RuntimeConfiguration, SMALL | {"environmentVariables": {1: "x"}})

    assert isinstance(found, list)
    assert [violation.rule for violation in found] == ["wrong-type"]
    assert read(RuntimeConfiguration, {1: 2}) != []


@given(arbitrary_json())
def test_arbitrary_json_is_read_or_told(data: object) -> None:
    """Nothing but clean violations, each of which can be written as JSON and answered."""
    for model in (RuntimeConfiguration, ReplaceLiveDeploymentRequest, CreateLiveDeploymentRequest):
        found = read(model, data)
        if isinstance(found, RuntimeConfiguration):
            found = check(found)
        if isinstance(found, list):
            for violation in found:
                assert violation.value is None or json.loads(violation.value) is not None
                assert violation.fault.http_status in {400, 422}
                assert json.dumps(violation.fault.envelope("x"), allow_nan=False)
                assert violation.fault.message


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", 0, "b"), "a[0].b"),
        ((0, 1), "[0][1]"),
        (("deployments", 2, "runtimeConfiguration"), "deployments[2].runtimeConfiguration"),
    ],
)
def test_a_path_is_written_as_people_do(path: tuple[str | int, ...], text: str) -> None:
    """Dots before keys, brackets around positions."""
    assert field_text(path) == text


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), None),
        (("a",), None),
        (("odd",), None),
        (("environmentVariables",), None),
        (("a", 0), 1),
        (("a", 2), None),
        (("a", "b"), None),
        (("z", "y"), None),
        (("a", 1, "b"), "inf"),
        (("environmentVariables", "K"), "K"),
    ],
)
def test_a_value_is_found_by_its_path(path: tuple[str | int, ...], value: object) -> None:
    """As it may be told: no container, no variable's value, no number that JSON has not."""
    data = {"a": [1, {"b": float("inf")}], "environmentVariables": {"K": "v"}, "odd": b"x"}

    assert public_value(data, path) == value


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("maxReplica", "; did you mean maxReplicas?"),
        ("MAX_REPLICAS", "; did you mean maxReplicas?"),
        ("cpus", "; did you mean cpu?"),
        ("zzz", ""),
    ],
)
def test_a_misspelt_name_gets_a_suggestion(name: str, words: str) -> None:
    """The nearest known name, whatever the case; none where none is near."""
    assert suggestion(name, ["maxReplicas", "cpu"]) == words
