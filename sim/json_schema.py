"""What the published JSON Schemas have in common: their dialect, and what each field means.

The words are those that stand under the fields in the source.

Read from the source when somebody asks, which is for a schema or a message: to look every field up
while the models are made, as pydantic would, takes longer than a small run.
"""

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import override

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def field_docstrings(model: type) -> dict[str, str]:
    """Return the docstrings of the annotated names of *model*, inherited ones among them.

    The nearest class counts. A class that no source defines, such as a generic one's model of
    seconds, adds nothing to what it inherits.
    """
    found: dict[str, str] = {}
    for ancestor in reversed(model.__mro__):
        found |= _of_module(ancestor.__module__).get(ancestor.__qualname__, {})
    return found


def describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Write beside each key of the JSON Schema of *model* what it means, if nothing says so yet."""
    for name, words in field_docstrings(model).items():
        field = model.model_fields.get(name)
        key = name if field is None else field.alias or name
        if key in schema.get("properties", {}):
            schema["properties"][key].setdefault("description", words)


class OpenSchema(GenerateJsonSchema):
    """Of what sim prints: later versions may add keys, and beside each stands what it means."""

    @override
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        describe(found, schema["cls"])
        del found["additionalProperties"], found["title"]
        return found

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def published(
    model: type[BaseModel], title: str, generator: type[OpenSchema] = OpenSchema
) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what a model is printed as, a copy of one's own."""
    found = TypeAdapter(model).json_schema(
        by_alias=True, schema_generator=generator, mode="serialization"
    )
    return {"$schema": DIALECT, "title": title, **found}


@cache
def _of_module(name: str) -> dict[str, dict[str, str]]:
    """Return the docstrings of a module of this package by class and name."""
    if name.partition(".")[0] != __name__.partition(".")[0]:
        return {}
    tree = ast.parse(inspect.getsource(sys.modules[name]))
    return {part.name: _of_class(part) for part in tree.body if isinstance(part, ast.ClassDef)}


def _of_class(tree: ast.ClassDef) -> dict[str, str]:
    found = {}
    for line, below in pairwise(tree.body):
        match line, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                found[name] = inspect.cleandoc(words)
            case _:
                pass
    return found
