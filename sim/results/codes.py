"""Reasons in `result.json`: their codes."""

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from sim.reasons import Reason


def _reason(value: Any) -> Any:
    """Return the reason that has the code `value`; anything else as it is."""
    return Reason.__members__.get(value.upper(), value) if isinstance(value, str) else value


ReasonCode = Annotated[
    Reason,
    BeforeValidator(_reason),
    PlainSerializer(lambda reason: reason.code, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "enum": [reason.code for reason in Reason]}),
]
"""A reason, which files hold as its code."""
