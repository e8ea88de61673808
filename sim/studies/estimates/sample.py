"""The values of one measure in the runs of a case, in the order of the replications."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a measure was in each run of a case.

    Attributes:
        values: Shape `(runs,)`, in the order of the replications; truth as 1 and 0. Infinite where
            the measure lies *beyond* (a duration that did not end: worse than every value), NaN
            where there was *none* to measure.
        unit: Of the values; "yes/no" for truth values.
        less_is_better: Which way is better; None where neither is.
    """

    values: Floats
    unit: str
    less_is_better: bool | None = None

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return self.values.size

    @property
    def is_yes_no(self) -> bool:
        """Whether the values are truth values."""
        return self.unit == "yes/no"

    @property
    def finite(self) -> Floats:
        """The values of the runs that have one, in their order."""
        return self.values[np.isfinite(self.values)]

    @property
    def beyond(self) -> int:
        """In how many runs the measure lies beyond every value."""
        return int(np.isinf(self.values).sum())

    @property
    def none(self) -> int:
        """In how many runs there was nothing to measure."""
        return int(np.isnan(self.values).sum())
