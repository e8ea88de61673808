"""Files of requests and rates that a scenario names: found, verified, opened.

Owns what is said when a file is missing, is not the one that was meant, or holds a bad row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import Final, TextIO

from sim.errors import DataPath, Problem, ScenarioError
from sim.scenario.models.source import FileSource

MAX_VALUE_LENGTH: Final = 60


@contextmanager
def opened(file: Path, source: FileSource) -> Iterator[TextIO]:
    """Open *file* of *source* as UTF-8 text with its line ends as they are.

    Raises:
        ScenarioError: The file is missing (the message says where to fetch it, as far as the
            scenario does), cannot be read, is not text, or has another SHA-256 than the scenario.
    """
    path = ("traffic", source.name, "path")
    try:
        _verify(file, source, path)
        with file.open(encoding="utf-8-sig", newline="") as text:
            yield text
    except FileNotFoundError:
        raise ScenarioError(
            Problem(
                message=f"there is no such file{_whence(source)}",
                rule="file-missing",
                path=path,
                value=str(file),
            )
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ScenarioError(
            Problem(
                message=f"cannot be read: {reason}",
                rule="file-unreadable",
                path=path,
                value=str(file),
            )
        ) from None


def bad_row(file: Path, line: int, message: str, *, value: str | None = None) -> ScenarioError:
    """Return the error for a row that cannot be used.

    Args:
        file: The file of requests or rates.
        line: 1-based line of the row.
        message: What is wrong and what would be right.
        value: The refused text; long ones are cut.
    """
    if value is not None and len(value) > MAX_VALUE_LENGTH:
        value = value[:MAX_VALUE_LENGTH] + "..."
    return ScenarioError(
        Problem(message=message, rule="bad-row", value=value, file=str(file), line=line)
    )


def _verify(file: Path, source: FileSource, path: DataPath) -> None:
    if source.sha256 is None:
        return
    with file.open("rb") as content:
        found = file_digest(content, "sha256").hexdigest()
    if found != source.sha256:
        raise ScenarioError(
            Problem(
                message=f"{file} has the SHA-256 {found}, not {source.sha256}: it is another file "
                f"than the one meant{_whence(source)}",
                rule="file-sha256",
                path=path,
            )
        )


def _whence(source: FileSource) -> str:
    where = f"; it can be fetched from {source.source}" if source.source else ""
    return f"{where} (licence: {source.licence})" if where and source.licence else where
