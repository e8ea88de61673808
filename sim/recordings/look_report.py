"""What `sim trace look --format json` prints: a look at a recording, as an object."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from sim.json_schema import published

FORM: Final = "sim-trace-look/1"
"""Name and version of the form; the version changes when a key does."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class GapReport(_Part):
    """A time without a row."""

    since: str
    """The instant of the row before it."""
    length_s: float
    """How long it is."""


class ColumnReport(_Part):
    """A column of the recording."""

    name: str
    """As the file has it."""
    type: Literal["number", "instant", "text"]
    """What its cells are; values of texts are not shown."""
    missing: int | None
    """How many rows have nothing in it; null where its cells are of several types."""
    min: float | None
    """Its least number; null where it has none, as the two that follow."""
    max: float | None
    """Its greatest."""
    mean: float | None
    """The mean of all."""


class LookReport(_Part):
    """What a recording is and holds, and the source of traffic that replays it."""

    form: Literal["sim-trace-look/1"] = Field(FORM, alias="schema")
    """The form of this object."""
    format: str
    """The layout, in words."""
    compression: str | None
    """What the file is compressed with, gzip or zstd; null: nothing."""
    zone: str | None
    """The offset from UTC that its dates say, such as UTC or +02:00, several parted by commas;
    null: they say none, or are numbers."""
    time_column: str
    """The column of instants."""
    time_unit: str
    """Their unit."""
    order: Literal["sorted", "unsorted"]
    """Whether rows stand in order of arrival."""
    stamps: str
    """Whether instants are when requests came, `arrival`, or when they were over, `end`; else
    `unknown`."""
    rows: int
    """How many rows it has."""
    used: int
    """How many of them are requests."""
    skipped: Mapping[str, int]
    """How many are not, by the reason."""
    first: str
    """The earliest arrival."""
    last: str
    """The latest."""
    span_s: float
    """Between the two."""
    rate_mean: float | None
    """Arrivals a second over the span; null for a single instant."""
    rate_peak_1s: float
    """The most arrivals in a second."""
    rate_peak_1min: float
    """The most arrivals a second in a minute."""
    dispersion_1min: float | None
    """Variance over mean of the arrivals a minute: 1 for a Poisson process; null for one minute."""
    gaps: tuple[GapReport, ...]
    """The longest times without a row, longest first."""
    columns: tuple[ColumnReport, ...]
    """All columns, in the order of the file."""
    warnings: tuple[str, ...]
    """What to beware of, a sentence each."""
    yaml: str
    """The source of traffic, to be pasted under `traffic:` of a deployment."""

    def to_json(self) -> str:
        """Return it as JSON text, indented, its keys as the schema has them."""
        return self.model_dump_json(indent=2) + "\n"


def look_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `LookReport`."""
    return published(LookReport, "Look at a recording")
