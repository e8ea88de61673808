"""What `sim measures --format json` prints."""

from collections.abc import Sequence
from typing import Final, Literal

from pydantic import Field

from sim.results.measure import Better, Undefined
from sim.results.measures import Kind, Measure
from sim.studies.answers.answer import Answer

SCHEMA: Final = "sim-measures/1"
"""Name and version of the form."""


class MeasureReport(Answer):
    """A number of a run, by its address."""

    address: str
    """A path as `--set` has it; names that have dots or blanks stand in brackets."""
    unit: str
    """Of its values."""
    kind: Kind
    """What its values are."""
    better: Better | None
    """Which way is better; null where neither is."""
    undefined: Undefined | None
    """What it means that it has no value; null where it always has one."""


class MeasuresReport(Answer):
    """The measures that runs of a scenario have."""

    form: Literal["sim-measures/1"] = Field(SCHEMA, alias="schema")
    """The form of this object."""
    measures: list[MeasureReport]
    """In the order of the report of a run."""


def measures_report(found: Sequence[Measure]) -> MeasuresReport:
    """Return measures as an answer."""
    return MeasuresReport(
        measures=[
            MeasureReport(
                address=one.address,
                unit=one.unit,
                kind=one.kind,
                better=one.better,
                undefined=one.undefined,
            )
            for one in found
        ]
    )
