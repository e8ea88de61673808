"""The JSON Schema of the lines of `sim serve`, made of the types of `sim.serve.protocol`."""

from typing import Any, Final

from pydantic import TypeAdapter

from sim.json_schema import DIALECT
from sim.serve.protocol.commands import COMMANDS, AskedLine, Command
from sim.serve.protocol.said import Said

_DEFINITION: Final = "#/$defs/"

Schema = dict[str, Any]


def lines_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a line, in either direction.

    Among its definitions, the line of a command is `CreateCommand` and the like, and what stands
    under `ok` when it is done `CreateAnswer`.
    """
    types: list[tuple[str, Any]] = [("Said", Said), ("Asked", AskedLine)]
    for command in COMMANDS:
        types += [(_asks(command), command.fields), (_answers(command), command.answer)]
    found, parts = TypeAdapter.json_schemas(
        [(name, "validation", TypeAdapter[Any](kind)) for name, kind in types],
        ref_template=f"{_DEFINITION}{{model}}",
    )
    schemas = {name: _untitled(schema) for (name, _), schema in found.items()}
    definitions = {
        name: {**_untitled(part), "additionalProperties": False}
        for name, part in parts["$defs"].items()
    }
    frame = definitions.pop(_named(schemas.pop("Asked")))
    for command in COMMANDS:
        said = definitions[_named(schemas[_asks(command)])]
        schemas[_asks(command)] = _line(command, frame, said)
    for name in {command.fields.__name__ for command in COMMANDS}:
        del definitions[name]
    return {
        "$schema": DIALECT,
        "title": "Line",
        "description": "A line between the processes of sim serve: one asks, the other says.",
        "oneOf": [{"$ref": f"{_DEFINITION}Asked"}, {"$ref": f"{_DEFINITION}Said"}],
        "$defs": {
            "Asked": {
                "oneOf": [{"$ref": f"{_DEFINITION}{_asks(command)}"} for command in COMMANDS]
            },
            **schemas,
            **definitions,
        },
    }


def _line(command: Command[Any, Any], frame: Schema, said: Schema) -> Schema:
    """Return the schema of a command's line: its number and its name beside its fields."""
    return {
        **frame,
        "description": f"{command.do} {command.does}.",
        "properties": {**frame["properties"], "do": {"const": command.do}, **said["properties"]},
        "required": [*frame["required"], *said.get("required", ())],
    }


def _asks(command: Command[Any, Any]) -> str:
    return f"{command.do.title()}Command"


def _answers(command: Command[Any, Any]) -> str:
    return f"{command.do.title()}Answer"


def _named(reference: Schema) -> str:
    return str(reference["$ref"]).removeprefix(_DEFINITION)


def _untitled(part: Any) -> Any:
    """Return a copy without the titles, which say the names of keys again."""
    if isinstance(part, list):
        return [_untitled(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: {name: _untitled(one) for name, one in value.items()}
        if key == "properties"
        else _untitled(value)
        for key, value in part.items()
        if key != "title"
    }
