"""What is wrong with a row of a recording, and where."""

from pathlib import Path
from typing import Final

from sim.errors import Problem, ScenarioError

MAX_VALUE_LENGTH: Final = 60


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
