"""What is asked of the rows of a recording: which, and what of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.recordings.selection import ALL, Selection
from sim.recordings.stamps import LengthUnit, TimeUnit


@dataclass(frozen=True, slots=True)
class Asked:
    """Columns of a recording, and the rows that are meant.

    Attributes:
        time: The column of instants; in JSON a path of keys joined by dots, as all columns.
        unit: Of the instants.
        columns: Those of numbers.
        lengths: Those of lengths of time, with their units.
        selection: Which rows are meant.
    """

    time: str
    unit: TimeUnit
    columns: Sequence[str] = ()
    lengths: Mapping[str, LengthUnit] = field(default_factory=dict)
    selection: Selection = ALL

    @property
    def names(self) -> list[str]:
        """The columns of what is read: instants, lengths of time, numbers, in this order."""
        return [self.time, *self.lengths, *self.columns]
