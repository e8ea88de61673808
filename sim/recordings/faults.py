"""What is wrong with a row of a recording, and where."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sim.errors import Problem, ScenarioError

MAX_VALUE_LENGTH: Final = 60


_NAME: Final = re.compile(r"[A-Za-z_][\w .:/#%()+-]{0,39}", re.ASCII)
MOST_NAMES: Final = 12


def are_names(columns: Sequence[str]) -> bool:
    """Return whether these are names of columns, and not the cells of a row."""
    return bool(columns) and all(map(_NAME.fullmatch, columns))


def in_words(columns: Sequence[str]) -> str:
    """Return the names of columns; of what are no names, such as those of a log, only how many.

    The first line of a log without a header has addresses of people in it, which no message is to
    repeat.
    """
    if not are_names(columns):
        return f"{len(columns)}, whose first line is no header"
    shown = ", ".join(columns[:MOST_NAMES])
    return shown + (f", and {len(columns) - MOST_NAMES} more" if len(columns) > MOST_NAMES else "")


def bad_row(file: Path, line: int, message: str, *, value: str | None = None) -> ScenarioError:
    """Return the error for a row that cannot be used.

    Args:
        file: The recording.
        line: 1-based line of the row; of a file without lines the row's number.
        message: What is wrong and what would be right.
        value: The refused text; long ones are cut.
    """
    if value is not None and len(value) > MAX_VALUE_LENGTH:
        value = value[:MAX_VALUE_LENGTH] + "..."
    return ScenarioError(
        Problem(message=message, rule="bad-row", value=value, file=str(file), line=line)
    )
