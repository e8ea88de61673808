"""The objects that verbs print as JSON, and the JSON Schemas that describe them."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Base of what verbs print as JSON: it does not change, and a typo is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        serialize_by_alias=True,
        json_schema_serialization_defaults_required=True,
    )
