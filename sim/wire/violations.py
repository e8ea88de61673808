"""What is wrong with a body, and where: how faults of structure and broken rules are told.

Owns the reading of JSON data as an object of the API. The rules themselves are `sim.wire.rules`.
"""

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.errors import DataPath, Problem, field_text
from sim.wire.errors import Fault, InvalidArgument, UnprocessableEntity
from sim.wire.models import WireObject

UNKNOWN_FIELD: Final = "unknown-field"
MISSING_FIELD: Final = "missing-field"
WRONG_TYPE: Final = "wrong-type"
EMPTY_BODY: Final = "empty-body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation(Problem):
    """A problem for which the API has an answer of its own.

    Attributes:
        fault: What it would answer if this were the first thing wrong.
    """

    fault: Fault

    @classmethod
    def of(cls, fault: Fault, *, rule: str, path: DataPath, data: object) -> Self:
        """Return the violation that is answered with *fault*.

        Args:
            fault: What the API answers, which has the words.
            rule: Name of the rule, or of the kind of structural fault.
            path: Where the offending value stands in *data*.
            data: The object that breaks the rule, as JSON data.
        """
        message = getattr(fault, "reason", None) or f"{fault.message} ({fault.error_name})"
        value = public_value(data, path)
        shown = None if value is None else json.dumps(value, ensure_ascii=False)
        return cls(message=message, rule=rule, path=path, value=shown, fault=fault)


def public_value(data: object, path: DataPath) -> str | int | float | None:
    """Return the value at *path* in JSON data as it may be shown.

    None where there is none. Environment variables may hold secrets, so that one is shown by its
    name, and a list or an object, in which some may be, as None. A number that JSON cannot write
    (infinity) is shown as text.
    """
    if len(path) > 1 and path[-2] == "environmentVariables":
        return path[-1]
    for part in path:
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list | tuple) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    if isinstance(data, float) and not math.isfinite(data):
        return repr(data)
    return data if isinstance(data, str | int | float) else None


W = TypeVar("W", bound=WireObject)


def read(model: type[W], data: object) -> W | list[Violation]:
    """Return the object that JSON *data* is, or everything that keeps it from being one."""
    if data is None:
        fault = InvalidArgument(reason="The body is empty or null.")
        return [Violation.of(fault, rule=EMPTY_BODY, path=(), data=data)]
    try:
        return model.from_wire(data)
    except ValidationError as error:
        return [_violation(model, data, details) for details in error.errors(include_url=False)]


def _violation(model: type[WireObject], data: object, details: ErrorDetails) -> Violation:
    path = _json_path(details)
    rule, reason = explain(details)
    if rule == UNKNOWN_FIELD:
        reason += suggestion(str(path[-1]), _names(model, path[:-1]))
    fault = UnprocessableEntity(argument=field_text(path) or None, reason=reason)
    return Violation.of(fault, rule=rule, path=path, data=data)


def _json_path(details: ErrorDetails) -> DataPath:
    """Return the path of a fault in the JSON data, without pydantic's own steps."""
    path = tuple(part for part in details["loc"] if part != "[key]")
    if path[:1] != (_UNION,):
        return path
    if details["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return (*path, "type")
    return (_UNION, *path[2:])  # the variant's name stands between the union and its fields


_UNION: Final = "deploymentType"

_REASONS: Final = {
    "union_tag_invalid": (WRONG_TYPE, "must be direct"),
    "union_tag_not_found": (MISSING_FIELD, "is missing"),
    "model_attributes_type": (WRONG_TYPE, "must be an object"),
    "missing": (MISSING_FIELD, "is missing"),
    "extra_forbidden": (UNKNOWN_FIELD, "is unknown"),
    "model_type": (WRONG_TYPE, "must be an object"),
    "dict_type": (WRONG_TYPE, "must be an object"),
    "tuple_type": (WRONG_TYPE, "must be a list"),
    "invalid_key": (WRONG_TYPE, "must be text, as every key"),
    "int_type": (WRONG_TYPE, "must be an integer, without quotes or a decimal point"),
    "greater_than_equal": (WRONG_TYPE, "must fit in 32 bits"),
    "less_than_equal": (WRONG_TYPE, "must fit in 32 bits"),
    "float_type": (WRONG_TYPE, "must be a number, without quotes"),
    "string_type": (WRONG_TYPE, "must be text"),
    "bool_type": (WRONG_TYPE, "must be true or false"),
}


def explain(details: ErrorDetails) -> tuple[str, str]:
    """Return the kind of a structural fault and what is wrong, to follow the field's name."""
    said = details["msg"].replace("Input should be", "must be")
    return _REASONS.get(details["type"], (WRONG_TYPE, said))


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return words that name the *known* name nearest to a misspelt *name*; empty if none is."""
    folded = {word.lower().replace("_", ""): word for word in known}
    near = difflib.get_close_matches(name.lower().replace("_", ""), folded, n=1)
    return f"; did you mean {folded[near[0]]}?" if near else ""


def _names(model: type[BaseModel], path: DataPath) -> list[str]:
    """Return the JSON names of the object at *path* below *model*."""
    for part in path:
        model = next(
            choice
            for field in model.model_fields.values()
            if field.alias == part
            for choice in (field.annotation, *get_args(field.annotation))
            if isinstance(choice, type) and issubclass(choice, BaseModel)
        )
    return [field.alias or name for name, field in model.model_fields.items()]
