"""Problems that were found in plain data, told with what stands there and where it was written."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from sim.errors import DataPath, Problem

MAX_SHOWN_LENGTH: Final = 60
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value comes from: a file and, where known, line and column from 1."""

    file: str | None = None
    line: int | None = None
    column: int | None = None


def located(
    problems: Iterable[Problem], data: Any, place_of: Callable[[Problem], Place] = lambda _: Place()
) -> list[Problem]:
    """Return each problem once, with its value in *data* and its place, in the file's order."""
    found: dict[tuple[DataPath, str], Problem] = {}
    for problem in problems:
        place = place_of(problem)
        at = replace(
            problem,
            value=None if problem.of_key else _shown(data, problem.path),
            file=place.file,
            line=place.line,
            column=place.column,
        )
        found.setdefault((problem.path, problem.message), at)
    return sorted(found.values(), key=lambda problem: (problem.line or 0, problem.column or 0))


def value_at(data: Any, path: DataPath, default: object = None) -> Any:
    """Return the value at *path* in plain *data*, or *default* where there is none."""
    for step in path:
        is_key = isinstance(data, dict) and step in data
        is_place = isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
        if not is_key and not is_place:
            return default
        data = data[step]
    return data


def _shown(data: Any, path: DataPath) -> str | None:
    """Return the value as JSON, shortened; nothing of environment variables, which hold secrets."""
    value = value_at(data, path, _ABSENT)
    if value is _ABSENT or isinstance(value, dict | list) or "environmentVariables" in path:
        return None
    return shortened(value)


def shortened(value: Any) -> str:
    """Return *value* as JSON, cut to what a message has room for."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_SHOWN_LENGTH else text[: MAX_SHOWN_LENGTH - 3] + "..."
