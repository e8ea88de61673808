"""The schema of an event that happens now agrees with what is taken and what is refused."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given

from builders import deployment, scenario
from sim.errors import ScenarioError
from sim.scenario.reading.live_event import read_event
from sim.scenario.schema.event_schema import event_schema
from sim.testing import timeline_events

VALIDATOR = jsonschema.Draft202012Validator(event_schema())
PLAYED = scenario(deployment())


def is_taken(event: dict[str, Any]) -> bool:
    """Return whether the event can happen to a scenario of one deployment, `a`."""
    try:
        read_event(
            event,
            at_s=5.0,
            scenario=PLAYED,
            deployments=PLAYED.deployments,
            standing={one.name: one.runtime_configuration for one in PLAYED.deployments},
        )
    except ScenarioError:
        return False
    return True


def test_the_schema_is_one() -> None:
    """Of draft 2020-12, as the document of OpenAPI 3.1 wants it; a copy of one's own."""
    jsonschema.Draft202012Validator.check_schema(event_schema())
    event_schema()["$defs"].clear()
    assert event_schema()["$defs"]


@pytest.mark.parametrize(
    "event",
    [
        {"event": "kill", "deployment": "a", "replicas": "all"},
        {"event": "hang", "deployment": "a", "replicas": {"count": 1}, "for": "3s"},
        {"event": "publish", "deployment": "a"},
        {
            "event": "publish",
            "deployment": "a",
            "model_load": {"kind": "empirical", "values": ["1s", "2s"]},
            "request": {"wait": {"kind": "exponential", "mean": "20ms"}, "memory": "1MiB"},
        },
        {
            "event": "replace",
            "deployment": "a",
            "runtimeConfiguration": {
                "minReplicas": 1,
                "maxReplicas": 1,
                "environmentVariables": {"path": "x"},
            },
        },
        {
            "event": "replace",
            "deployment": "a",
            "set": {"threadCount": 3, "environmentVariables": {"path": "x"}},
        },
    ],
    ids=str,
)
def test_what_follows_the_schema_is_taken(event: dict[str, Any]) -> None:
    """Events of each kind of contents."""
    assert VALIDATOR.is_valid(event)
    assert is_taken(event)


@pytest.mark.parametrize(
    "event",
    [
        {"event": "explode", "deployment": "a"},
        {"event": "replace", "deployment": "a"},
        {"event": "replace", "deployment": "a", "set": {"threadCuont": 3}},
        {"event": "kill", "deployment": "a"},
        {"event": "kill", "deployment": "a", "replicas": "all", "more": 1},
        {"event": "publish", "deployment": "a", "model_version_rid": "no identifier"},
        {"event": "publish", "deployment": "a", "model_load": {"kind": "empirical"}},
        {"event": "publish", "deployment": "a", "model_load": {"kind": "empirical", "values": []}},
        {
            "event": "publish",
            "deployment": "a",
            "model_load": {"kind": "empirical", "path": "x.csv", "column": "x"},
        },
        {
            "event": "publish",
            "deployment": "a",
            "request": {"wait": {"kind": "sequence", "values": ["1s"]}},
        },
        {
            "event": "publish",
            "deployment": "a",
            "request": {"wait": {"kind": "linear", "per": {"x": "1s"}}},
        },
        {"event": "slow_starts", "deployment": "a", "factor": 2, "for": 3},
    ],
    ids=str,
)
def test_what_breaks_the_schema_is_refused(event: dict[str, Any]) -> None:
    """By the schema and by the simulation."""
    assert not VALIDATOR.is_valid(event)
    assert not is_taken(event)


@given(timeline_events({"a": {"minReplicas": 1, "maxReplicas": 2}}))
def test_a_timeline_s_event_without_its_instant_follows_the_schema(event: dict[str, Any]) -> None:
    """And with it, it does not: it happens now."""
    bare = {key: value for key, value in event.items() if key != "at"}

    assert VALIDATOR.is_valid(bare)
    assert not VALIDATOR.is_valid(event)
