"""The JSON Schema of an event that happens now, as `sim.scenario.reading.live_event` takes it.

It is a timeline's without its instant, without files, and with demands that are drawn.
"""

from collections.abc import Iterator
from typing import Any, Final

from sim.scenario.rules.from_outside import KINDS_REFUSED
from sim.scenario.schema.scenario_schema import scenario_schema

_PREFIX: Final = "#/$defs/"
_OF_FILES: Final = ("path", "column", "unit")


def event_schema() -> dict[str, Any]:
    """Return the schema, a copy of one's own, with all it refers to under ``$defs``."""
    whole = scenario_schema()
    definitions: dict[str, Any] = whole["$defs"]
    refused = {
        name
        for name, part in definitions.items()
        if part.get("properties", {}).get("kind", {}).get("const") in KINDS_REFUSED
    }
    events = _without(whole["properties"]["timeline"]["items"], refused)
    named = {name: _without(part, refused) for name, part in definitions.items()}
    for event in events["oneOf"]:
        part = named[_target(event)]
        part["properties"].pop("at")
        part["required"].remove("at")
    for part in named.values():
        if {"values", *_OF_FILES} <= set(part.get("properties", {})):
            for key in _OF_FILES:
                del part["properties"][key]
            part["required"] = ["kind", "values"]
            part["properties"]["values"] = _not_null(part["properties"]["values"])
    needed = _reached(events, named)
    return {**events, "$defs": {name: named[name] for name in sorted(needed)}}


def _target(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).removeprefix(_PREFIX)


def _not_null(values: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of *values*, a list or absent, as that of a list with something in it."""
    (found,) = (one for one in values["anyOf"] if one["type"] == "array")
    return {**found, "minItems": 1, "description": "The numbers, each with its unit."}


def _without(part: Any, refused: set[str]) -> Any:
    """Return a copy of *part* without references to what is *refused*."""
    if isinstance(part, list):
        return [_without(one, refused) for one in part if not _refers(one, refused)]
    if isinstance(part, dict):
        return {key: _without(value, refused) for key, value in part.items()}
    return part


def _refers(part: Any, names: set[str]) -> bool:
    return isinstance(part, dict) and "$ref" in part and _target(part) in names


def _reached(part: Any, definitions: dict[str, Any]) -> set[str]:
    """Return the names of all definitions that *part* leads to."""
    found: set[str] = set()
    ahead = list(_references(part))
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += _references(definitions[name])
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _references(one)
    elif isinstance(part, dict):
        if "$ref" in part:
            yield _target(part)
        for value in part.values():
            yield from _references(value)
