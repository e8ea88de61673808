"""The JSON Schema of a scenario file, for editors: quantities as text, keys as files spell them.

Also answers what the loader's messages need: which keys may stand at a place, and what they mean.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import SchemaSerializer, core_schema
from typing_extensions import override

from sim.errors import DataPath
from sim.json_schema import DIALECT, describe
from sim.scenario.models.scenario import Scenario

DISCRIMINATORS: Final = ("kind", "event", "policy")
"""Keys that say which of several forms a mapping has."""


class _FileFormSchema(GenerateJsonSchema):
    """Writes defaults as a file would, and beside each key what it means."""

    @override
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        describe(found, schema["cls"])
        return found

    @override
    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        if isinstance(schema.get("default"), int | float) and "default" in found:
            serializer = SchemaSerializer(schema["schema"])
            found["default"] = serializer.to_python(schema["default"], mode="json")
        return found


@cache
def _schema() -> dict[str, Any]:
    found = Scenario.model_json_schema(by_alias=True, schema_generator=_FileFormSchema)
    names = {
        key: part.get("title", key) if "[" in key or "Annotated" in key else key
        for key, part in found["$defs"].items()
    }
    tidied = _tidied(found, names)
    return {
        "$schema": DIALECT,
        "title": "Scenario",
        "description": tidied.pop("description"),
        **{key: value for key, value in tidied.items() if key not in {"$defs", "properties"}},
        "properties": {
            "$schema": {"type": "string", "description": "Where editors find this schema."},
            **tidied["properties"],
        },
        "$defs": {names[key]: part for key, part in sorted(tidied["$defs"].items())},
    }


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file, a copy of one's own."""
    copy: dict[str, Any] = _tidied(_schema(), {})
    return copy


def _tidied(part: Any, names: dict[str, str]) -> Any:
    """Return a copy without noise, with definitions renamed and discriminators required."""
    if isinstance(part, list):
        return [_tidied(item, names) for item in part]
    if not isinstance(part, dict):
        return part
    result: dict[str, Any] = {}
    for key, value in part.items():
        if key == "discriminator" or (
            key == "title" and isinstance(value, str) and value != "Scenario"
        ):
            continue
        if key == "$ref":
            name = value.removeprefix("#/$defs/")
            result[key] = f"#/$defs/{names.get(name, name)}"
        elif key == "properties":
            result[key] = {name: _tidied(field, names) for name, field in value.items()}
        else:
            result[key] = _tidied(value, names)
    for name, field in result.get("properties", {}).items():
        if name in DISCRIMINATORS and "const" in field:
            field.pop("default", None)
            field.setdefault("description", f"Names this form: {field['const']}.")
            result["required"] = sorted({name, *result.get("required", [])})
    return result


def parts_at(path: DataPath, data: Any) -> list[dict[str, Any]]:
    """Return the schemas that the value of *data* at *path* may follow.

    Where a mapping says by its kind, event or policy which form it has, only that one.
    """
    parts, value = list(_expanded(_schema(), data)), data
    for step in path:
        value = _step(value, step)
        below = [_below(part, step) for part in parts]
        parts = [form for part in below if part is not None for form in _expanded(part, value)]
    return parts


def followed(part: dict[str, Any]) -> dict[str, Any]:
    """Return the definition that *part* refers to, or *part* itself."""
    name = str(part.get("$ref", "")).removeprefix("#/$defs/")
    found: dict[str, Any] = _schema()["$defs"].get(name, part)
    return found


def _step(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


def _below(part: dict[str, Any], step: str | int) -> dict[str, Any] | None:
    if isinstance(step, int):
        found = part.get("items")
    else:
        found = part.get("properties", {}).get(step, part.get("additionalProperties"))
    return found if isinstance(found, dict) else None


def _expanded(part: dict[str, Any], value: Any) -> Iterator[dict[str, Any]]:
    """Yield the forms that *part* allows, without those that *value* says it is not."""
    if "$ref" in part:
        extra = {key: text for key, text in part.items() if key != "$ref"}
        for form in _expanded(followed(part), value):
            yield {**form, **extra}
    elif "oneOf" in part or "anyOf" in part:
        for option in part.get("oneOf", part.get("anyOf", [])):
            yield from _expanded(option, value)
    elif not _contradicts(part, value):
        yield part


def _contradicts(part: dict[str, Any], value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    for key in DISCRIMINATORS:
        const = part.get("properties", {}).get(key, {}).get("const")
        if const is not None and key in value and value[key] != const:
            return True
    return False
