"""What `sim diff --format json` prints: the fields in which two scenarios differ."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import Field

from sim.scenario.reading.differences import Change
from sim.studies.answers.answer import Answer

SCHEMA: Final = "sim-diff/1"
"""Name and version of the form."""


class ChangeReport(Answer):
    """A field in which two scenarios differ."""

    field: str
    """Its path, as `--set` has it."""
    a: Any
    """Its value in the first, in the form of a file; null where it has none."""
    b: Any
    """The same in the second."""


class DiffReport(Answer):
    """The fields in which two scenarios differ."""

    form: Literal["sim-diff/1"] = Field(SCHEMA, alias="schema")
    """The form of this object."""
    changes: list[ChangeReport]
    """In the order of the first scenario, every default filled in."""


def diff_report(changes: Sequence[Change]) -> DiffReport:
    """Return changes as an answer."""
    return DiffReport(changes=[ChangeReport(field=one.field, a=one.a, b=one.b) for one in changes])
