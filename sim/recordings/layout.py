"""How the rows of a recording stand in its file."""

from dataclasses import dataclass
from typing import Literal

Family = Literal["csv", "jsonl", "json", "parquet", "lines"]
"""Text in columns; a JSON object a line; one JSON document with an array of objects; Parquet, or a
file or stream of Arrow; lines of a log, in which a pattern finds the columns."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows are written.

    Attributes:
        family: The kind of file.
        delimiter: Between the columns of a text.
        decimal: Between the whole and the broken part of its numbers.
        names: Of the columns of a text without a header; None: its first line has them.
        records: Keys that lead to the array of a JSON document; none: it is the document.
        pattern: Of a log: a regular expression whose named groups are the columns of a line.
    """

    family: Family
    delimiter: str = ","
    decimal: str = "."
    names: tuple[str, ...] | None = None
    records: tuple[str, ...] = ()
    pattern: str = ""
