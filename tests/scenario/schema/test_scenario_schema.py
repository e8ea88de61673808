"""The JSON Schema that editors use: current, complete, and of one mind with the loader."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import ruamel.yaml

from scenario_files import SCENARIO, problems_of
from sim.json_schema import field_docstrings
from sim.scenario.models.computed import Linear
from sim.scenario.models.distributions import Constant
from sim.scenario.models.file_form import resolved
from sim.scenario.reading.document import read_document
from sim.scenario.reading.loader import load_scenario
from sim.scenario.schema.scenario_schema import parts_at, scenario_schema
from sim.units import Seconds

ROOT = Path(__file__).parent.parent.parent.parent
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))
DATA: dict[str, Any] = ruamel.yaml.YAML(typ="safe", pure=True).load(SCENARIO)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    """Checks plain data against the schema."""
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_checked_in_schema_is_current() -> None:
    """`sim schema > scenarios/scenario.schema.json` makes it so."""
    stored = (ROOT / "scenarios" / "scenario.schema.json").read_text("utf-8")
    assert stored == json.dumps(scenario_schema(), indent=2) + "\n"


def test_the_schema_is_a_copy_of_the_callers_own() -> None:
    """Changing it changes nothing."""
    scenario_schema()["$defs"].clear()
    assert scenario_schema()["$defs"]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_scenario_names_and_follows_the_schema(
    validator: jsonschema.Draft202012Validator, file: Path
) -> None:
    """Also with all its defaults filled in."""
    assert "# yaml-language-server: $schema=" in file.read_text("utf-8")
    assert not list(validator.iter_errors(read_document(file).data))
    if not problems_of(file):
        assert not list(validator.iter_errors(resolved(load_scenario(file))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("horizon",), 7200),
        (("horizon",), "7200"),
        (("horizon",), "-1h"),
        (("horizn",), "1h"),
        (("queues", 0, "limit"), "8 cores"),
        (("queues", 0, "limit"), -1),
        (("deployments", 0, "traffic", 0, "kind"), "poison"),
        (("deployments", 0, "traffic", 0, "rate"), 20),
        (("deployments", 0, "request", "cpu"), 20),
        (("deployments", 0, "request", "cpu"), {"mean": "5ms"}),
        (("deployments", 0, "request", "memory"), "20ms"),
        (("deployments", 0, "initial"), "warm"),
        (("deployments", 0, "initial"), {"responsive": -1}),
        (("deployments", 0, "client"), {"policy": "sdk", "max_attempts": 3}),
        (("deployments", 0, "runtimeConfiguration", "minReplicas"), "1"),
        (("deployments", 0, "runtimeConfiguration", "gpu"), {"count": 1, "type": "X1"}),
        (("timeline", 3, "replicas"), "some"),
        (("timeline", 1, "use"), "much"),
        (("deployments",), []),
        (("seed",), 1.5),
    ],
)
def test_what_the_loader_refuses_an_editor_marks(
    validator: jsonschema.Draft202012Validator, path: tuple[Any, ...], value: object
) -> None:
    """The unbroken scenario passes, each of these does not."""
    data = copy.deepcopy(DATA)
    assert not list(validator.iter_errors(data))
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert list(validator.iter_errors(data))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("deployments", 0, "service"), {"lost_request": 503}),
        (("deployments", 0, "request", "cpu"), {"kind": "weibull", "mean": "5ms", "cv": 1.5}),
        (("deployments", 0, "replica"), {"lifetime": {"min": "20h"}, "model_load": "1min30s"}),
        (
            ("deployments", 0, "client"),
            {"policy": "custom", "max_attempts": 2, "retry_on": ["disabled"], "backoff": "1s"},
        ),
        (("timeline", 3, "replicas"), {"numbers": [0, 1]}),
        (("timeline", 3, "replicas"), {"count": 2}),
        (("$schema",), "scenario.schema.json"),
        (("start",), "2026-01-05T00:00:00+01:00"),
    ],
)
def test_what_the_loader_takes_an_editor_does_not_mark(
    validator: jsonschema.Draft202012Validator, path: tuple[Any, ...], value: object
) -> None:
    """Forms that are written in more than one way."""
    data = copy.deepcopy(DATA)
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert not list(validator.iter_errors(data))


def objects(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return name and schema of every mapping that the schema describes."""
    return [("Scenario", schema), *schema["$defs"].items()]


def test_every_field_is_described() -> None:
    """Editors show the description beside the key."""
    bare = [
        f"{name}.{key}"
        for name, part in objects(scenario_schema())
        for key, field in part.get("properties", {}).items()
        if not field.get("description")
        and "description"
        not in str(scenario_schema()["$defs"].get(field.get("$ref", "").rpartition("/")[2], {}))
    ]
    assert not bare


def test_no_mapping_takes_unknown_keys() -> None:
    """A typo is marked everywhere."""
    open_ones = [
        name
        for name, part in objects(scenario_schema())
        if "properties" in part and part.get("additionalProperties") is not False
    ]
    assert not open_ones


def test_defaults_in_the_schema_are_spelt_as_in_a_file() -> None:
    """And follow the schema of their own field."""
    schema = scenario_schema()
    assert schema["properties"]["warm_up"]["default"] == "0s"
    for name, part in objects(schema):
        for key, field in part.get("properties", {}).items():
            if "default" in field and field["default"] != "":
                check = jsonschema.Draft202012Validator({**field, "$defs": schema["$defs"]})
                assert not list(check.iter_errors(field["default"])), f"{name}.{key}"


def test_the_keys_at_a_place_are_those_of_its_kind() -> None:
    """What suggestions for misspelt keys are made from."""
    data = {"deployments": [{"traffic": [{"kind": "bursts"}, {"kind": "nothing"}]}]}
    (bursts,) = parts_at(("deployments", 0, "traffic", 0), data)
    assert {"base_rate", "mean_burst"} <= set(bursts["properties"])
    assert parts_at(("deployments", 0, "traffic", 1), data) == []
    assert parts_at(("no", "such"), data) == []


def test_a_field_is_described_by_the_words_under_it_in_the_nearest_class() -> None:
    """Those of a model of seconds stand under the fields of the generic law."""
    assert field_docstrings(Constant[Seconds]) == {"value": "The value of every draw."}
    assert field_docstrings(Linear[Seconds]) == {
        "base": "Demand of a row whose columns are all zero; may be negative.",
        "per": "Demand per one unit of each named column; may be negative.",
        "noise": "Factor of each request's demand, drawn from its own stream; mean 1 "
        "leaves the mean.",
        "floor": "Least demand; what is below it is raised to it. Absent: a demand below 0 is "
        "refused.",
    }
    assert field_docstrings(int) == {}
