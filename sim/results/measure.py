"""What a figure of a run says of itself: its unit, which way is better, and what having none means.

Groups of figures are pydantic models, a module a group in this folder; `result.json` holds what
they dump, and the JSON Schema that they publish carries unit and direction of each figure.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticUndefined

Unit = Literal[
    "s",
    "1/s",
    "ratio",
    "rows",
    "requests",
    "attempts",
    "replicas",
    "threads",
    "starts",
    "steps",
    "holders",
    "cores",
    "GPUs",
    "cores or GPUs",
    "replica-seconds",
    "compute-seconds",
    "yes/no",
    "number",
]
"""What figures count, or are measured in.

A "ratio" is a fraction, never percent; for "cores or GPUs" the `unit` beside it says which. A
"number" names something, such as a revision, and measures nothing.
"""

Better = Literal["less", "more"]
"""Which way a figure is better for those who use the deployment."""

Undefined = Literal["none", "beyond"]
"""What it means that a figure is null: there was nothing to measure, or it did not end in the run.

A duration that is beyond is longer than every one that ended.
"""


class Group(BaseModel):
    """Base of every group of figures: it does not change, and a typo is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tally(Group):
    """Counts of one thing by its kinds: every field is such a count."""

    @property
    def total(self) -> int:
        """The counts of all kinds together."""
        return sum(count for _kind, count in self)


def measure(
    unit: Unit,
    *,
    better: Better | None = None,
    undefined: Undefined = "none",
    default: Any = PydanticUndefined,
) -> Any:
    """Return the field of a figure.

    Args:
        unit: What it counts or is measured in.
        better: Which way is better; None where neither is.
        undefined: What null means, if it can be null.
        default: What it is in files that were written before there was such a figure; by default
            there always was.
    """
    return Field(
        default, json_schema_extra={"unit": unit, "better": better, "undefined": undefined}
    )
