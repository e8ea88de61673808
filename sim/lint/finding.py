"""What lint says of a scenario, as objects that go to JSON as they are."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sim.json_schema import published

Level = Literal["never", "risk"]
"""*never*: in no run of the scenario does the named thing happen; *risk*: it is likely."""


class Finding(BaseModel):
    """One thing that arithmetic says of a scenario, with its remedy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Level
    """Whether the claim holds in every run, later events included, or is likely."""
    rule: str
    """Name of the rule, as in docs/lint.md."""
    field: str
    """The value at fault, as `--set` names it."""
    line: int | None
    """Its line in the file; null where there is no file or `--set` has given the value."""
    claim: str
    """A sentence that names what never happens, or is likely."""
    numbers: Mapping[str, int | float]
    """What it follows from; each name ends with its unit, or is of what it counts."""
    remedy: str
    """A sentence with the field to change and the value to set."""


class Findings(BaseModel):
    """What `sim lint --format json` and `GET /sim/lint` answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    form: Literal["sim-lint/1"] = Field("sim-lint/1", alias="schema")
    """The form of this object."""
    findings: tuple[Finding, ...]
    """What was found: *never* first, then *risk*, each in the order of the rules."""

    def to_json(self) -> str:
        """Return it as JSON text, indented, its keys as the schema has them."""
        return self.model_dump_json(indent=2)


def findings_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `Findings`."""
    return published(Findings, "Findings")


def count_of(findings: Sequence[Finding], level: Level) -> int:
    """Return how many findings have a level."""
    return sum(finding.level == level for finding in findings)
