"""The journal of a live run: every command from outside with its simulated instant.

One JSON object a line, the first one a header. A command is on disk before it is answered, so that
a crash loses nothing that anybody was told. Only the owner may read it: configurations hold values
of environment variables.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import sim
from sim.errors import Problem, ScenarioError
from sim.live.locking import LOCK_FILE, DirectoryLock
from sim.results.files import SCENARIO_FILE, json_text
from sim.scenario.loader import load_scenario, resolved
from sim.scenario.scenario import Scenario

JOURNAL_FILE: Final = "journal.jsonl"
SNAPSHOTS: Final = "snapshots"
FORM: Final = 1
"""Version of the journal's form."""

Entry = Mapping[str, Any]
"""`at_s`, `do` and the command's fields."""

_OWNER_ONLY: Final = 0o600
_OWNER_ENTERS: Final = 0o700


class Journal:
    """The journal of this run, open for writing; without a directory nothing is written."""

    def __init__(
        self,
        directory: Path | None,
        file: IO[bytes] | None,
        lock: DirectoryLock | None = None,
    ) -> None:
        """Write to `file`, which is in `directory`, locked by `lock`; see `begin` and `resume`."""
        self.directory = directory
        self._file = file
        self._lock = lock

    def write(self, at_s: float, do: str, fields: Mapping[str, Any]) -> None:
        """Add a command; it is on disk after `settle`."""
        if self._file is not None:
            self._file.write(_line({"at_s": at_s, "do": do, **fields}))

    def settle(self, *, on_disk: bool) -> None:
        """Hand what was added to the operating system, and let it put it on disk if asked."""
        if self._file is not None:
            self._file.flush()
            if on_disk:
                os.fsync(self._file.fileno())

    def close(self) -> None:
        """Write everything and close."""
        if self._file is not None:
            self.settle(on_disk=True)
            self._file.close()
        self.leave_to_parent()

    def leave_to_parent(self) -> None:
        """Hold the directory no longer: in a copy of the process, or at the end."""
        if self._lock is not None:
            self._lock.release()


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run of which the journal has been read."""

    scenario: Scenario
    entries: tuple[Entry, ...]


def claim(directory: Path) -> DirectoryLock:
    """Take a directory for a new run, before there is one.

    Raises:
        ScenarioError: It holds something already, or another process has it.
        OSError: The file system refuses.
    """
    if directory.exists() and not directory.is_dir():
        raise _refused(directory, "it is no directory")
    directory.mkdir(parents=True, exist_ok=True, mode=_OWNER_ENTERS)
    lock = DirectoryLock(directory)
    if any(path.name != LOCK_FILE for path in directory.iterdir()):
        lock.release()
        raise _refused(directory, "it is not empty; to go on with the run in it, --resume it")
    return lock


def begin(
    directory: Path | None, scenario: Scenario, *, lock: DirectoryLock | None = None
) -> Journal:
    """Begin the journal of a new run.

    Args:
        directory: Where; None: nothing is written.
        scenario: What is played.
        lock: As `claim` has returned it; None: it is claimed here.

    Raises:
        ScenarioError: The directory holds something already, or another process has it.
        OSError: The file system refuses.
    """
    if directory is None:
        return Journal(None, None)
    lock = lock or claim(directory)
    text = json_text(resolved(scenario, directory=directory.resolve()))
    with _create(directory / SCENARIO_FILE) as file:
        file.write(text.encode())
    file = _create(directory / JOURNAL_FILE)
    file.write(_line({"journal": FORM, "sim": sim.__version__}))
    journal = Journal(directory, file, lock)
    journal.settle(on_disk=True)
    return journal


def resume(directory: Path) -> tuple[Earlier, Journal]:
    """Read the journal of an earlier run, and go on writing to it.

    What a crash has left of a last line that was not whole is cut off.

    Raises:
        ScenarioError: The directory holds no such run, or one that cannot be read.
        OSError: The file system refuses.
    """
    path = directory / JOURNAL_FILE
    if not path.is_file():
        raise _refused(directory, f"there is no {JOURNAL_FILE} in it")
    lock = DirectoryLock(directory)
    try:
        return _resumed(directory, lock)
    except BaseException:
        lock.release()
        raise


def _resumed(directory: Path, lock: DirectoryLock) -> tuple[Earlier, Journal]:
    path = directory / JOURNAL_FILE
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    entries = [_entry(path, number, line) for number, line in enumerate(whole.splitlines(), 1)]
    if not entries or entries[0].get("journal") != FORM:
        raise _refused(directory, f"{JOURNAL_FILE} is not one of this version's")
    scenario = load_scenario(directory / SCENARIO_FILE)
    file = path.open("r+b")
    file.truncate(len(whole))
    file.seek(0, os.SEEK_END)
    return Earlier(scenario, tuple(entries[1:])), Journal(directory, file, lock)


def _create(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb")


def _line(data: Entry) -> bytes:
    return json.dumps(data, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        message = f"line {number} is no entry of a journal"
        raise ScenarioError(Problem(message=message, rule="journal", file=str(path), line=number))
    return found


def _refused(directory: Path, reason: str) -> ScenarioError:
    message = f"{directory} cannot hold this run: {reason}"
    return ScenarioError(Problem(message=message, rule="run-directory"))
