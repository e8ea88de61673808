"""The model's API as a scenario declares it: what inference takes, and what it gives back.

Owns the forms only. What a value must be to be of a type is `sim.scenario.models.parameter_values`;
whole inputs are read, and answers made, in `sim.serve.simulating.model_api`.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.models.spec import Spec
from sim.units import Count, Flag

ParameterName = Annotated[str, Field(min_length=1, max_length=200)]
"""Of an input, an output or a column."""

ScalarType = Literal["string", "integer", "long", "double", "boolean", "date", "timestamp"]
"""Types of single values."""


class ArrayType(Spec):
    """A list whose elements are of one type."""

    kind: Literal["array"] = "array"
    of: "ValueType"
    """Type of an element, inside all dimensions."""
    shape: Annotated[tuple[Count, ...], Field(min_length=1)] | None = None
    """Its dimensions, outermost first; absent: one dimension of any length."""


class Column(Spec):
    """A column of a table."""

    name: ParameterName
    """Key in each row."""
    type: "ValueType"
    """What it holds."""
    required: Flag = True
    """Whether every row must have a value."""


class TableType(Spec):
    """A list of rows, each a map by column; columns that are not declared are left out."""

    kind: Literal["table"] = "table"
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    """Its columns."""


class MapType(Spec):
    """A map from texts to values of one type."""

    kind: Literal["map"] = "map"
    of: "ValueType"
    """Type of the values."""


ValueType = ScalarType | Annotated[ArrayType | TableType | MapType, Field(discriminator="kind")]
"""What a parameter can hold."""


class Input(Spec):
    """A parameter of inference."""

    name: ParameterName
    """Key in the input."""
    type: ValueType
    """What it takes."""
    required: Flag = True
    """Whether it must be given, and not null."""


class Output(Spec):
    """A part of the answer: a constant, or an input given back."""

    name: ParameterName
    """Key in the output."""
    type: ValueType
    """What it holds."""
    value: Any = None
    """The constant; absent: an input is given back."""
    echo: ParameterName | None = None
    """The input that is given back, null where it was left out; absent: the constant."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.value is None) == (self.echo is None):
            msg = "takes either a value or an echo"
            raise ValueError(msg)
        return self


class ModelApi(Spec):
    """What inference takes and gives back."""

    inputs: tuple[Input, ...] = ()
    """Parameters; others are refused."""
    outputs: tuple[Output, ...] = ()
    """Parts of the answer."""


for _model in (ArrayType, Column, TableType, MapType, Input, Output, ModelApi):
    _model.model_rebuild()
