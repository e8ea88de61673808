"""Whether a JSON value is of a declared type, or can safely be made one of it.

The casts are those that the documentation of direct deployments tells of: 3.6 for an integer is cut
to 3, and dates and timestamps stand in for each other. What else counts as safe is assumed: an
integer for a double, nothing else. Pure functions; nothing here knows of deployments.
"""

import math
from datetime import date, datetime
from typing import Any, Final, NoReturn

from sim.scenario.models.parameters import ArrayType, MapType, ScalarType, TableType, ValueType
from sim.wire.endpoint_errors import (
    InconsistentArrayDimensions,
    InputDefect,
    InvalidArrayShape,
    InvalidMapFormat,
    InvalidTabularFormat,
    RequiredValueMissing,
    TypeMismatch,
    UnsupportedType,
)

BITS: Final = {"integer": 31, "long": 63}
"""Bits of an integer's size, besides its sign."""


class Misfit(Exception):  # noqa: N818 - not an error of ours: it carries what the API answers
    """A value is not of its type."""

    def __init__(self, defect: InputDefect) -> None:
        """Keep what is wrong."""
        super().__init__(repr(defect))
        self.defect = defect


def fitted(value: Any, kind: ValueType, *, name: str, casts: bool) -> Any:
    """Return `value` as one of type `kind`.

    Args:
        value: As JSON holds it, and not null.
        kind: What is wanted.
        name: Of the parameter, for what is said about it.
        casts: Whether a value that is only nearly of the type is made one.

    Raises:
        Misfit: It is none.
    """
    match kind:
        case ArrayType():
            return _array(value, kind, name=name, casts=casts)
        case TableType():
            return _table(value, kind, name=name, casts=casts)
        case MapType():
            if not isinstance(value, dict):
                raise Misfit(InvalidMapFormat())
            return {
                key: _inner(item, kind.of, name=f"{name}.{key}", casts=casts)
                for key, item in value.items()
            }
        case _:
            return _scalar(value, kind, casts=casts)


def _inner(value: Any, kind: ValueType, *, name: str, casts: bool) -> Any:
    """Return a part of a value; null is of no type."""
    if value is None:
        raise Misfit(TypeMismatch(type_text(kind), "null"))
    return fitted(value, kind, name=name, casts=casts)


def _array(value: Any, kind: ArrayType, *, name: str, casts: bool) -> list[Any]:
    if not isinstance(value, list):
        raise Misfit(TypeMismatch(type_text(kind), _type_of(value)))
    if kind.shape is not None:
        actual = _shape(value, len(kind.shape))
        if actual != kind.shape:
            raise Misfit(InvalidArrayShape(kind.shape, actual))
    elif isinstance(kind.of, ArrayType):
        _shape(value, 2)
    return _elements(value, kind, len(kind.shape or (0,)), name=name, casts=casts)


def _elements(
    value: list[Any], kind: ArrayType, depth: int, *, name: str, casts: bool
) -> list[Any]:
    if depth > 1:
        return [_elements(item, kind, depth - 1, name=name, casts=casts) for item in value]
    return [_inner(item, kind.of, name=name, casts=casts) for item in value]


def _shape(value: Any, depth: int) -> tuple[int, ...]:
    """Return the dimensions of nested lists, at most `depth` of them, which must be even."""
    if not isinstance(value, list):
        return ()
    if depth == 1 or not value:
        return (len(value),)
    first, *others = (_shape(item, depth - 1) for item in value)
    for other in others:
        if other != first:
            raise Misfit(InconsistentArrayDimensions(first, other))
    return (len(value), *first)


def _table(value: Any, kind: TableType, *, name: str, casts: bool) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Misfit(InvalidTabularFormat(name))
    rows = []
    for row in value:
        made: dict[str, Any] = {}
        for column in kind.columns:
            cell = row.get(column.name)
            if cell is not None:
                made[column.name] = fitted(cell, column.type, name=column.name, casts=casts)
            elif column.required:
                raise Misfit(RequiredValueMissing(column.name))
            else:
                made[column.name] = None
        rows.append(made)
    return rows


def _scalar(value: Any, kind: ScalarType, *, casts: bool) -> Any:
    found: Any = None
    match kind:
        case "string":
            found = value if isinstance(value, str) else None
        case "boolean":
            found = value if isinstance(value, bool) else None
        case "double":
            found = _double(value)
        case "integer" | "long":
            found = _integer(value, kind, casts=casts)
        case "date" | "timestamp":
            found = _instant(value, kind, casts=casts)
    if found is None:
        _mismatch(value, kind)
    return found


def _double(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        raise Misfit(UnsupportedType(_type_of(value))) from None
    return found if math.isfinite(found) else None


def _integer(value: Any, kind: ScalarType, *, casts: bool) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        if not casts or not math.isfinite(value):
            return None
        value = int(value)  # towards zero: 3.6 is cut to 3
    size = 1 << BITS[kind]
    return value if -size <= value < size else None


def _instant(value: Any, kind: ScalarType, *, casts: bool) -> str | None:
    """Return a date's or a timestamp's text; the one for the other where that is a cast."""
    if not isinstance(value, str):
        return None
    is_date = len(value) <= 10
    try:
        found = date.fromisoformat(value) if is_date else datetime.fromisoformat(value)
    except ValueError:
        return None
    if is_date == (kind == "date"):
        return value
    if not casts:
        return None
    return f"{found.isoformat()}T00:00:00Z" if is_date else found.isoformat()[:10]


def _mismatch(value: Any, kind: ScalarType) -> NoReturn:
    actual = _type_of(value)
    defect: InputDefect = TypeMismatch(kind, actual)
    if actual == "bigInteger":
        defect = UnsupportedType(actual)
    raise Misfit(defect)


def type_text(kind: ValueType) -> str:
    """Return a type as errors spell it: ``array<double>``."""
    match kind:
        case ArrayType() | MapType():
            return f"{kind.kind}<{type_text(kind.of)}>"
        case TableType():
            return "table"
        case _:
            return kind


def _type_of(value: Any) -> str:
    """Return the type that a JSON value is of by itself."""
    match value:
        case bool():
            return "boolean"
        case int():
            size = value.bit_length()
            return "integer" if size <= BITS["integer"] else "long" if size <= 63 else "bigInteger"
        case float():
            return "double"
        case str():
            return "string"
        case list():
            return "array"
        case None:
            return "null"
        case _:
            return "map"
