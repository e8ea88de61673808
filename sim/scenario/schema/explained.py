"""What the schema says of a field, in words: its meaning, type, unit, default and an example."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sim.scenario.schema.fields import Field, example_of, form_name, forms_of
from sim.wire.rules import RULES

_UNITS: Final = re.compile(r"\(\?:([A-Za-z/|]+)\)\)?\+?\$$")
"""The units at the end of the pattern of a quantity."""

_TYPES: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "mapping",
}
_CONFIGURATION: Final = "runtimeConfiguration"
_INTEGERS: Final = {-(2**31), 2**31 - 1}
"""The ends of the API's Integer, which say nothing of a field."""
_BOUNDS: Final = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
    "minItems": "items: at least",
    "maxItems": "items: at most",
    "maxLength": "characters: at most",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A field in words; what there is nothing to say about is empty.

    Attributes:
        meaning: What it means, as the schema describes it.
        type: What it may be.
        unit: The units that it may have.
        default: What holds if it is not written.
        rules: What must hold of it where it is a configuration's.
        example: A line of a file.
    """

    meaning: str
    type: str
    unit: str
    default: str
    rules: str
    example: str


def explained(field: Field) -> Explained:
    """Return a field in words."""
    forms = list(forms_of(field.schema))
    described = [part.get("description") for part in (field.schema, *forms)]
    example = example_of(field.schema)
    return Explained(
        meaning=next(filter(None, described), ""),
        type="; or ".join(dict.fromkeys(map(_type, forms))),
        unit="; or ".join(dict.fromkeys(filter(None, map(_unit, forms)))),
        default=_default(field),
        rules="; ".join(_rules(field)),
        example="" if example is None else f"{field.steps[-1]}: {_written(example)}",
    )


def _type(form: Mapping[str, Any]) -> str:
    if "enum" in form:
        return f"one of {', '.join(map(str, form['enum']))}"
    if "const" in form:
        return f"the word {form['const']}"
    if form.get("type") == "object" and "properties" in form:
        keys = [key for key in form["properties"] if not key.startswith("$")]
        named = form_name(form)
        return f"mapping{f' of {named},' if named else ''} with the keys {', '.join(keys)}"
    if form.get("type") == "array":
        items = " or ".join(dict.fromkeys(map(_item, forms_of(form.get("items", {})))))
        return ", ".join(("list of " + items if items else "list", *_bounds(form)))
    if _units(form):
        return "number with its unit"
    return ", ".join((_TYPES.get(str(form.get("type")), "any value"), *_bounds(form)))


def _item(form: Mapping[str, Any]) -> str:
    named = form_name(form)
    return f"{{{named}, ...}}" if named else _type(form)


def _bounds(form: Mapping[str, Any]) -> Iterator[str]:
    for key, words in _BOUNDS.items():
        if key in form and form[key] not in _INTEGERS:
            yield f"{words} {form[key]:,}"


def _rules(field: Field) -> Iterator[str]:
    """Yield what the rules of validation ask of a key of a configuration."""
    if _CONFIGURATION in field.steps:
        key = ".".join(field.steps[field.steps.index(_CONFIGURATION) + 1 :])
        yield from (rule.condition for rule in RULES if rule.field == key)


def _units(form: Mapping[str, Any]) -> list[str]:
    found = _UNITS.search(str(form.get("pattern", "")))
    return found[1].split("|") if found else []


def _unit(form: Mapping[str, Any]) -> str:
    units = _units(form)
    return f"{', '.join(units[:-1])} or {units[-1]}" if units else ""


def _default(field: Field) -> str:
    if field.is_required:
        return "none: it must be there"
    if "default" not in field.schema:
        return "absent"
    default = field.schema["default"]
    return "absent" if default is None else _written(default)


def _written(value: Any) -> str:
    """Return a value as a YAML file would have it, on one line."""
    match value:
        case str():
            return value if re.fullmatch(r"[\w./%][\w./% <>=-]*", value) else json.dumps(value)
        case dict():
            return "{" + ", ".join(f"{key}: {_written(part)}" for key, part in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_written, value)) + "]"
        case _:
            return json.dumps(value)
