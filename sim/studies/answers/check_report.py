"""What `sim check --format json` prints: a verdict an expectation, and one of all."""

from collections.abc import Sequence
from typing import Final, Literal

from pydantic import Field

from sim.studies.answers.answer import Answer
from sim.studies.estimates.expectation import Decision
from sim.studies.estimates.number import Number

SCHEMA: Final = "sim-check/1"
"""Name and version of the form; the version changes when a key does, not when one is added."""


class ExpectationReport(Answer):
    """An expectation of a scenario, and what its runs say of it."""

    that: str
    """The condition, as the scenario has it."""
    sample: str = Field(alias="in")
    """Of which runs: so many percent, their mean, or this run."""
    verdict: Decision
    """Whether they meet it, with the confidence."""
    runs: int
    """How many runs were used; those beyond the deciding one are not."""
    observed: Number
    """The share of the runs used that met it; of a mean that mean; of one run its value."""
    unit: str
    """Of the measure."""
    least: float | None
    """Its least value in the runs used; null of yes or no, and where none has a value."""
    greatest: float | None
    """Its greatest value there; runs without a value are told among the cautions."""
    confidence: float | None
    """Of the verdict; null where one run decides."""
    reason: str
    """What was found, in a sentence."""
    runs_needed: int | None
    """About how many runs would decide if they go on so; null if it is decided, or too close."""
    cautions: list[str]
    """What to bear in mind with the verdict, a sentence each."""
    report_only: bool
    """Whether it is told and decides nothing."""
    file: str | None
    """The scenario's file; null where it was made in Python."""
    line: int | None
    """Of the expectation in the file; null where it is not known."""
    case: str
    """The scenario's name."""


class CheckReport(Answer):
    """What was expected of scenarios, and what their runs say."""

    form: Literal["sim-check/1"] = Field(SCHEMA, alias="schema")
    """The form of this object."""
    verdict: Decision
    """Of all that are not for report only: fail before undecided before pass."""
    interrupted: bool
    """Whether it ended early: what was still open then is undecided."""
    expectations: list[ExpectationReport]
    """In the order of the files, and of the scenarios."""


def verdict_of(expectations: Sequence[ExpectationReport]) -> Decision:
    """Return the verdict of all expectations that are not for report only."""
    found = {one.verdict for one in expectations if not one.report_only}
    if "fail" in found:
        return "fail"
    return "undecided" if "undecided" in found else "pass"
