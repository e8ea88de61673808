"""What every source has that reads a table: how its rows are written."""

from typing import Annotated, Literal

from pydantic import Field

from sim.recordings.layout import Family, Layout
from sim.scenario.models.source import FileSource


class TableSource(FileSource):
    """How the table of a source is written, beside its format."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """Between the columns of a CSV, such as ";" or a tab."""
    decimal: Literal[".", ","] = "."
    """Between the whole and the broken part of numbers in a CSV."""
    columns: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Names of the columns of a CSV whose first line is a row already, and no header."""
    records: str | None = None
    """Keys, joined by dots, that lead to the array of a JSON document; absent: it is the array."""

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
