"""Demands computed from the columns of a trace: each request's from its own row."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Final, Generic, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, Strict
from typing_extensions import TypeAliasType, override

from sim.scenario.models.distributions import (
    Exponential,
    Gamma,
    Lognormal,
    Q,
    QuantitySpec,
    Uniform,
    Weibull,
)
from sim.scenario.models.samples import Empirical
from sim.units import FileForm

MULTIPLE_FORM: Final = FileForm("Multiple", {"type": "number", "minimum": 0, "examples": [1.0]})

Multiple = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False), MULTIPLE_FORM]
"""A number of no unit that a quantity is multiplied by."""

RandomMultiple = TypeAliasType(
    "RandomMultiple",
    Annotated[
        Exponential[Multiple]
        | Uniform[Multiple]
        | Lognormal[Multiple]
        | Gamma[Multiple]
        | Weibull[Multiple]
        | Empirical[Multiple],
        Field(discriminator="kind"),
    ],
)
"""A random number of no unit that something is multiplied by."""


class FromColumns(QuantitySpec[Q], Generic[Q]):
    """A demand that follows from the trace's row behind the request."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that it is computed from; at least one."""

    @property
    @abstractmethod
    def may_be_positive(self) -> bool:
        """Whether there are numbers in the columns for which it is above 0."""

    @abstractmethod
    def of(self, columns: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return what each row gives before noise and floor, in seconds or bytes.

        Args:
            columns: Equally long arrays by column name; those in `columns` must be among them.
        """


class Column(FromColumns[Q], Generic[Q]):
    """A demand that was recorded: the number in one column of the request's own row."""

    kind: Literal["column"] = "column"
    column: Annotated[str, Field(min_length=1)]
    """Name of the trace's column. It must say how long the work took, not the response."""
    unit: str | None = None
    """Unit of the column's numbers, such as ms or MiB; absent: seconds or bytes."""

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    @override
    def may_be_positive(self) -> bool:
        return True

    @override
    def of(self, columns: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        found = columns[self.column]
        return found if self.unit is None else found * self.unit_size(self.unit)


class Linear(FromColumns[Q], Generic[Q]):
    """A demand computed from a trace's columns: ``base + sum of per[column] * column``.

    With `noise` that is multiplied by a factor of the request's own; the result is at least
    `floor`. Without a floor a demand below 0 is refused: a law that gives one does not describe
    that row, which should not pass unseen.
    """

    kind: Literal["linear"] = "linear"
    base: Q = 0  # type: ignore[assignment]  # zero of either unit
    """Demand of a row whose columns are all zero; may be negative."""
    per: Annotated[dict[str, Q], Field(min_length=1)]
    """Demand per one unit of each named column; may be negative."""
    noise: RandomMultiple | None = None
    """Factor of each request's demand, drawn from its own stream; mean 1 leaves the mean."""
    floor: Annotated[Q, Field(ge=0)] | None = None
    """Least demand; what is below it is raised to it. Absent: a demand below 0 is refused."""

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return tuple(self.per)

    @property
    @override
    def may_be_positive(self) -> bool:
        return self.base > 0 or any(self.per.values()) or (self.floor or 0) > 0

    @override
    def of(self, columns: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        total = np.full(len(columns[next(iter(self.per))]), self.base, dtype=np.float64)
        for column, each in self.per.items():
            total = total + columns[column] * each
        return total
