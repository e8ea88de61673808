"""What a figure of a run says of itself: its unit, and which way is better.

Groups of figures are pydantic models, a module a group in this folder; `result.json` holds what
they dump, and the JSON Schema that they publish carries unit and direction of each figure.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Group(BaseModel):
    """Base of every group of figures: it does not change, and a typo is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def measure(
    unit: Literal[
        "s", "1/s", "replicas", "threads", "starts", "attempts", "steps", "ratio", "cores", "GPUs"
    ],
    *,
    better: Literal["less", "more"] | None = None,
) -> Any:
    """Return the field of a figure.

    Args:
        unit: What it counts or is measured in; "ratio" is a fraction, never percent.
        better: Which way is better for those who use the deployment; None where neither is.
    """
    return Field(json_schema_extra={"unit": unit, "better": better})
