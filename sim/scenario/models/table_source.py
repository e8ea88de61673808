"""What every source has that reads a table: how its rows are written."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.recordings.layout import Family, Layout
from sim.scenario.models.source import FileSource
from sim.units import Flag


class TableSource(FileSource):
    """How the table of a source is written, beside its format."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """Between the columns of a CSV, such as ";" or a tab."""
    decimal: Literal[".", ","] = "."
    """Between the whole and the broken part of numbers in a CSV."""
    header: Flag | None = None
    """Whether the first line of a CSV names its columns; absent: where `columns` does not."""
    columns: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Names of the columns of a CSV whose first line is a row already, and no header."""
    records: str | None = None
    """Keys, joined by dots, that lead to the array of a JSON document; absent: it is the array."""

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if self.header is not None and self.header == (self.columns is not None):
            msg = (
                "columns are those of a CSV without a header: write header: false, or leave one out"
                if self.header
                else "columns is needed with header: false: name them, as in [arrived_at, tokens]"
            )
            raise ValueError(msg)
        return self

    def layout_of(self, family: Family, pattern: str = "") -> Layout:
        """Return how the rows of a table of that family are written."""
        return Layout(
            family,
            self.delimiter,
            self.decimal,
            self.columns,
            tuple(self.records.split(".")) if self.records else (),
            pattern,
        )
