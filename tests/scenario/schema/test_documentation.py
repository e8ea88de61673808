"""docs/scenario.md says of every field what it is, with the default that it has, and an example."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import ruamel.yaml
from pydantic import BaseModel

from scenario_models import MODELS
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import parse_scenario
from sim.scenario.schema.scenario_schema import scenario_schema

DOCUMENT = Path(__file__).parent.parent.parent.parent / "docs" / "scenario.md"
TEXT = DOCUMENT.read_text("utf-8")
SCHEMA = scenario_schema()
SAFE = ruamel.yaml.YAML(typ="safe", pure=True)

EITHER = {"this or `set`", "this or `runtimeConfiguration`"}
"""Of two keys of which a mapping has one."""

Row = tuple[str, str, str]


def tables() -> dict[str, dict[str, Row]]:
    """Return the tables that document models: by model, key to default, example and meaning."""
    found: dict[str, dict[str, Row]] = {}
    parts = re.split(r"^<!-- model: (\w+) -->$", TEXT, flags=re.M)
    for name, part in zip(parts[1::2], parts[2::2], strict=True):
        table = re.match(r"\s*((?:\|.*\n)+)", part)
        for line in (table[1] if table else "").splitlines()[2:]:
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if len(cells) == 4:
                row = (cells[1], cells[2].strip("`"), cells[3])
                found.setdefault(name, {})[cells[0].strip("`")] = row
    return found


TABLES = tables()


def documented_as(model: type[BaseModel]) -> dict[str, Row]:
    """Return the rows about *model*: those of its own table and of what it has in common."""
    rows: dict[str, Row] = {}
    for base in reversed(model.__mro__):
        rows |= TABLES.get(base.__name__.removesuffix("Seconds").removesuffix("Bytes"), {})
    return rows


def definition(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of *model*."""
    return SCHEMA if model is Scenario else SCHEMA["$defs"][model.__name__]


DOCUMENTED = [
    name
    for name in MODELS
    if name != "Initial"  # three forms, in a table of its own
    and not name.endswith(("Bytes", "Multiple"))  # laws have one table, which shows durations
]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_field_is_documented_with_an_example_that_is_one(name: str) -> None:
    """Each field has a row with a meaning, and the row's example follows the field's schema."""
    rows, fields = documented_as(MODELS[name]), definition(MODELS[name])["properties"]
    assert set(fields) - {"$schema"} <= set(rows)
    for key in set(fields) - {"$schema"}:
        _, example, meaning = rows[key]
        assert len(meaning) > 5
        value = SAFE.load(example)
        value = value.isoformat() if hasattr(value, "isoformat") else value
        schema = {**fields[key], "$defs": SCHEMA["$defs"]}
        wrong = list(jsonschema.Draft202012Validator(schema).iter_errors(value))
        assert not wrong, f"{key}: {example}"


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_default_is_the_documented_one(name: str) -> None:
    """As the schema has it; where it is long, the document says so in words."""
    rows, part = documented_as(MODELS[name]), definition(MODELS[name])
    for key, field in part["properties"].items():
        if key == "$schema":
            continue
        default = rows[key][0]
        if key in part.get("required", []):
            assert default == "required", key
        elif "default" not in field:
            assert default in {"derived", "published rates", "`{}`"} | EITHER, key
        elif field["default"] is None:
            assert default == "none", key
        elif default.startswith("`"):
            text, value = default.strip("`"), field["default"]
            assert value == (text if isinstance(value, str) else SAFE.load(text)), key
        else:
            assert default in {"see below", "all of them", "kind and place"}, key


def test_no_row_documents_what_there_is_not() -> None:
    """A field that is gone is gone from the document."""
    for name, rows in TABLES.items():
        known = {
            field.alias or key
            for model in MODELS.values()
            for base in model.__mro__
            if base.__name__.removesuffix("Seconds") == name and issubclass(base, BaseModel)
            for key, field in base.model_fields.items()
        }
        if name == "ReplaceEvent":
            known.add("set")  # made whole before there is a model
        assert set(rows) <= known or name == "Initial", name


BLOCKS = [
    block for block in re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.M | re.S) if SAFE.load(block)
]
WHOLE = next(block for block in BLOCKS if block.startswith("name:"))
DEPLOYMENT_KEYS = set(SCHEMA["$defs"]["Deployment"]["properties"])


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_yaml_example_loads(block: str, tmp_path: Path) -> None:
    """Whole scenarios as they are; parts in their place in the first whole one."""
    (tmp_path / "trace.csv").write_text("arrived_at,tokens\n0,5\n")
    (tmp_path / "measured.csv").write_text("cpu_ms\n5\n")
    data, part = SAFE.load(WHOLE), SAFE.load(block)
    for key, value in part.items():
        in_deployment = key in DEPLOYMENT_KEYS and not (key == "queues" and isinstance(value, list))
        (data["deployments"][0] if in_deployment and key != "name" else data)[key] = value
    assert parse_scenario(data, base_dir=tmp_path).base_dir == tmp_path
