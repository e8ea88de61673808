"""Which rows of a recording are meant, and what becomes of those that lack a number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Missing = Literal["refuse", "skip", 0]
"""Of a row that lacks something: the file is refused, the row is left out, or it has a 0 there."""

MISSING_TEXTS: Final = frozenset({"", "-", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"})
"""What tools write where there is nothing, besides JSON's null and a key that is not there.

Source: logs of nginx and Apache have -, pandas writes an empty text and reads the others, Grafana
leaves a cell empty, Prometheus says NaN.
"""


def is_missing(text: str) -> bool:
    """Return whether a cell says that there is nothing."""
    return text.strip() in MISSING_TEXTS


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of a recording.

    Attributes:
        where: What other columns of theirs hold, as it is written in the file.
        missing: What becomes of a row that is meant and lacks a number, or its instant.
    """

    where: Mapping[str, str] = field(default_factory=dict)
    missing: Missing = "refuse"

    @property
    def is_all(self) -> bool:
        """Whether every row is meant and must be whole."""
        return not self.where and self.missing == "refuse"

    def skipped(self, others: int, lacking: int) -> dict[str, int]:
        """Return how many rows were left out by the reason, where there are any.

        Args:
            others: Those that `where` does not mean.
            lacking: Those that lack something.
        """
        return {
            name: count for name, count in (("where", others), ("missing", lacking)) if count > 0
        }


ALL: Final = Selection()
