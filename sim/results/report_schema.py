"""The JSON Schema of `result.json`, with unit, direction and meaning of every figure."""

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import override

from sim.json_schema import DIALECT, describe
from sim.results.report import Report


class _ReportSchema(GenerateJsonSchema):
    """Lets later versions add keys, and says what null means only of what can be null."""

    @override
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        describe(found, schema["cls"])
        del found["additionalProperties"], found["title"]
        for key in found.get("properties", {}).values():
            if {"type": "null"} not in key.get("anyOf", ()):
                key.pop("undefined", None)
        return found

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `result.json`, a copy of one's own."""
    found = TypeAdapter(Report).json_schema(
        by_alias=True, schema_generator=_ReportSchema, mode="serialization"
    )
    return {"$schema": DIALECT, "title": "Report", **found}
