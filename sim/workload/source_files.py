"""Files of requests and rates that a scenario names: found, verified, opened.

Owns what is said when a file is missing, is not the one that was meant, or holds a bad row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import TextIO

from sim.errors import DataPath, Problem, ScenarioError
from sim.scenario.models.source import FileSource


@contextmanager
def readable(file: Path, source: FileSource) -> Iterator[None]:
    """Verify *file* of *source*, and say what is wrong if the block cannot read it.

    Raises:
        ScenarioError: The file is missing (the message says where to fetch it, as far as the
            scenario does), cannot be read, is not text, or has another SHA-256 than the scenario.
    """
    path = ("traffic", source.name, "path")
    try:
        _verify(file, source, path)
        yield
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
        reason = (
            (error.strerror or str(error)) if isinstance(error, OSError) else "is not UTF-8 text"
        )
        raise ScenarioError(
            Problem(
                message=f"cannot be read: {reason}",
                rule="file-unreadable",
                path=path,
                value=str(file),
            )
        ) from None


@contextmanager
def opened(file: Path, source: FileSource) -> Iterator[TextIO]:
    """Open *file* of *source* as text, its line ends as they are.

    Raises:
        ScenarioError: As `readable`.
    """
    from sim.recordings.opening import text_stream  # noqa: PLC0415 - loads pyarrow

    with readable(file, source), text_stream(file) as text:
        yield text


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
