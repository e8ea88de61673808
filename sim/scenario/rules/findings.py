"""What the checks of a scenario find, before it is known where it was written."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sim.errors import DataPath, Problem
from sim.wire.errors import Fault
from sim.wire.violations import field_text

MAX_SHOWN_LENGTH: Final = 60
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault in plain data.

    Attributes:
        path: Where, by the file's keys; a missing field's own path.
        message: What is wrong, to follow the field's name.
        rule: Short name of the rule that is broken.
        of_key: Whether the key is at fault rather than its value.
        fault: What the API would answer; None where it is not the API that refuses.
    """

    path: DataPath
    message: str
    rule: str
    of_key: bool = False
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value comes from: a file and, where known, line and column from 1."""

    file: str | None = None
    line: int | None = None
    column: int | None = None


def problems(
    findings: Iterable[Finding], data: Any, place_of: Callable[[Finding], Place] = lambda _: Place()
) -> list[Problem]:
    """Return each finding once, with its value in *data* and its place, in the file's order."""
    found: dict[tuple[DataPath, str], Problem] = {}
    for finding in findings:
        place = place_of(finding)
        found.setdefault(
            (finding.path, finding.message),
            Problem(
                message=finding.message,
                rule=finding.rule,
                field=field_text(finding.path),
                value=None if finding.of_key else _shown(data, finding.path),
                file=place.file,
                line=place.line,
                column=place.column,
            ),
        )
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
