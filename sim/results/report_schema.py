"""The JSON Schema of `result.json`, with unit, direction and meaning of every figure."""

from typing import Any

from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import override

from sim.json_schema import OpenSchema, published
from sim.results.report import Report


class _ReportSchema(OpenSchema):
    """Says what null means only of what can be null."""

    @override
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        for key in found.get("properties", {}).values():
            if {"type": "null"} not in key.get("anyOf", ()):
                key.pop("undefined", None)
        return found


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `result.json`, a copy of one's own."""
    return published(Report, "Report", _ReportSchema)
