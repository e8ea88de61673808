"""What pydantic refuses, in the words of a scenario file.

Finds the refused value's path in the data (pydantic's own contains the names of union members),
says what to write, and suggests the nearest name for a misspelt one.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.errors import DataPath, Problem
from sim.scenario.models.scenario import RULE_PATTERN
from sim.scenario.models.spec import NAME_PATTERN, SHA256_PATTERN
from sim.scenario.models.wall_clock import CLOCK_PATTERN
from sim.scenario.rules.located import value_at
from sim.scenario.schema.scenario_schema import DISCRIMINATORS, followed, parts_at
from sim.wire.violations import suggestion

_MANY: Final = 12
_LENGTH: Final = "length"

_PATTERNS: Final = {
    NAME_PATTERN: "must be letters, digits, blanks, dots, dashes or underscores, at most 64",
    RULE_PATTERN: "must be file.py:name or package.module:name",
    CLOCK_PATTERN: "must be a time of day, 08:00, or of the week, Mon 08:00",
    SHA256_PATTERN: "must be the 64 hexadecimal digits of a SHA-256, in small letters",
}


def problems_in(error: ValidationError, data: Any) -> list[Problem]:
    """Return what is wrong with *data*, in the order of validation.

    Consequences of other faults (a list too short because an item is refused) are left out.
    """
    found = [
        _problem(details, data)
        for details in error.errors(include_url=False)
        if details["type"] != "default_factory_not_called"
    ]
    return [problem for problem in found if not _follows(problem, found)]


def _follows(problem: Problem, found: Sequence[Problem]) -> bool:
    """Return whether a list is too short only because something in it is refused."""
    inside = len(problem.path)
    return problem.rule == _LENGTH and any(
        other.path[:inside] == problem.path and (len(other.path) > inside or other.rule != _LENGTH)
        for other in found
    )


def data_path(location: tuple[str | int, ...], data: Any) -> DataPath:
    """Return the path in *data* that pydantic's *location* means.

    A step that names a union's member, or the constant that a bare quantity stands for, is not
    in the data and is left out. The last step may be a key that is missing.
    """
    path: list[str | int] = []
    value, may_be_tag = data, False
    for number, step in enumerate(location):
        is_last = number == len(location) - 1
        if may_be_tag and isinstance(value, dict) and _names_its_form(value, step):
            may_be_tag = False
            continue
        if isinstance(value, dict) and (step in value or is_last) and step != "[key]":
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            continue
        path.append(step)
        may_be_tag = True
    return tuple(path)


def _names_its_form(value: dict[str, Any], step: str | int) -> bool:
    return any(value.get(key) == step for key in DISCRIMINATORS)


def _problem(details: ErrorDetails, data: Any) -> Problem:
    location, kind = details["loc"], details["type"]
    path = data_path(location, data)
    of_key = kind == "extra_forbidden" or location[-1:] == ("[key]",)
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return _wrong_form(details, path)
    if kind == "missing":
        return Problem(path=path, message=_missing(path, data), rule="missing-field")
    if kind == "extra_forbidden":
        message = f"is unknown{_near_or_all(path, data)}"
        return Problem(path=path, message=message, rule="unknown-field", of_key=True)
    if kind in {"literal_error", "enum"}:
        written = path[-1] if of_key else value_at(data, path)
        choices = _choices(path, data, of_key=of_key) or [details["ctx"]["expected"]]
        message = f"must be one of {', '.join(choices)}{suggestion(str(written), choices)}"
        return Problem(path=path, message=message, rule="choice", of_key=of_key)
    rule, words = _WORDS.get(kind, (kind.replace("_", "-"), _as_said))
    return Problem(path=path, message=words(details), rule=rule, of_key=of_key)


def _wrong_form(details: ErrorDetails, path: DataPath) -> Problem:
    key = details["ctx"]["discriminator"].strip("'")
    tags = [tag.strip("' ") for tag in details["ctx"].get("expected_tags", "").split(",")]
    if details["type"] == "union_tag_not_found":
        message = f"is missing: it says which form of {path[-2] if path else 'mapping'} this is"
        return Problem(path=(*path, key), message=message, rule="missing-field")
    near = suggestion(str(details["ctx"]["tag"]), tags)
    message = f"must be one of {', '.join(tags)}{near}"
    return Problem(path=(*path, key), message=message, rule="choice")


def _missing(path: DataPath, data: Any) -> str:
    for part in parts_at(path, data):
        about = part.get("description", "").rstrip(".")
        examples = part.get("examples", part.get("enum", []))
        example = f"; write for example {path[-1]}: {examples[0]}" if examples else ""
        if about or example:
            return f"is missing: {about[:1].lower()}{about[1:]}{example}"
    return "is missing"


def _near_or_all(path: DataPath, data: Any) -> str:
    parts = parts_at(path[:-1], data)
    keys = dict.fromkeys(key for part in parts for key in part.get("properties", {}))
    known = [key for key in keys if not key.startswith("$")]
    near = suggestion(str(path[-1]), known)
    if near or not known:
        return near
    more = ", ..." if len(known) > _MANY else ""
    return f"; known here: {', '.join(known[:_MANY])}{more}"


def _choices(path: DataPath, data: Any, *, of_key: bool) -> list[str]:
    choices: list[str] = []
    for part in parts_at(path[:-1] if of_key else path, data):
        form = followed(part.get("propertyNames", {})) if of_key else part
        choices += [str(item) for item in form.get("enum", [])]
    return list(dict.fromkeys(choices))


def _as_said(details: ErrorDetails) -> str:
    return details["msg"].replace("Input should be", "must be").replace("Input should", "must")


def _bound(word: str, key: str) -> Callable[[ErrorDetails], str]:
    def words(details: ErrorDetails) -> str:
        bound = details["ctx"][key]
        return (
            "must not be negative" if (key, bound) == ("ge", 0) else f"must be {word} {bound:.17g}"
        )

    return words


def _says(text: str) -> Callable[[ErrorDetails], str]:
    return lambda _: text


def _pattern(details: ErrorDetails) -> str:
    pattern = details["ctx"]["pattern"]
    return _PATTERNS.get(pattern, f"must match {pattern}")


def _own(details: ErrorDetails) -> str:
    return str(details["ctx"]["error"])


def _length(word: str, key: str) -> Callable[[ErrorDetails], str]:
    def words(details: ErrorDetails) -> str:
        count = details["ctx"][key]
        advice = ": put more into a file that the scenario names" if key == "max_length" else ""
        return f"must hold {word} {count:,} {'item' if count == 1 else 'items'}{advice}"

    return words


_WORDS: Final[dict[str, tuple[str, Callable[[ErrorDetails], str]]]] = {
    "int_type": ("type", _says("must be a whole number")),
    "int_from_float": ("type", _says("must be a whole number")),
    "float_type": ("type", _says("must be a number")),
    "string_type": ("type", _says("must be text: put it in quotes")),
    "bool_type": ("type", _says("must be true or false")),
    "tuple_type": ("type", _says("must be a list")),
    "list_type": ("type", _says("must be a list")),
    "frozen_set_type": ("type", _says("must be a list")),
    "dict_type": ("type", _says("must be a mapping of keys to values")),
    "model_type": ("type", _says("must be a mapping of keys to values")),
    "model_attributes_type": ("type", _says("must be a mapping of keys to values")),
    "finite_number": ("range", _says("must be finite")),
    "greater_than_equal": ("range", _bound("at least", "ge")),
    "greater_than": ("range", _bound("greater than", "gt")),
    "less_than_equal": ("range", _bound("at most", "le")),
    "less_than": ("range", _bound("less than", "lt")),
    "string_pattern_mismatch": ("pattern", _pattern),
    "string_too_short": (_LENGTH, _says("must not be empty")),
    "too_short": (_LENGTH, _length("at least", "min_length")),
    "too_long": (_LENGTH, _length("at most", "max_length")),
    "value_error": ("combination", _own),
    "quantity": ("unit", _as_said),
}
"""Rule and words by pydantic's type of error; other types say what pydantic says."""
