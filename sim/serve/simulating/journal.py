"""The journal of a live run: every command from outside with its simulated instant.

One JSON object a line, the first one a header. A command is on disk before it is answered, so that
a crash loses nothing that anybody was told; and it is in the file, but for its last byte, before
it is carried out, so that one for which there is no room changes nothing. Only the owner may read
it: configurations hold values of environment variables.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

import sim
from sim.errors import Problem, ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.serve.protocol.commands import RESET
from sim.serve.simulating.chain import BrokenLineError, Chain, whole_lines
from sim.serve.simulating.entries import Entry, fault_of, stands_still
from sim.serve.simulating.locking import LOCK_FILE, DirectoryLock
from sim.serve.simulating.refusals import NoRoom
from sim.serve.simulating.run_files import (
    OWNER_ENTERS,
    OWNER_ONLY,
    digest_of,
    forget,
    keep,
    kept_scenario,
    settle_names,
)

JOURNAL_FILE: Final = "journal.jsonl"
FORM: Final = 2
"""Version of the journal's form."""

_UNSEALED: Final = b" "
"""Stands for a line's newline until it is carried out: a crash leaves a line that is not whole."""


class JournalLostError(Exception):
    """What was written may not be on disk, and nobody can say what is."""


def versions() -> Mapping[str, Any]:
    """Return what a run's numbers depend on beside its scenario and journal."""
    return {"sim": sim.__version__, "numpy": np.__version__}


class Journal:
    """The journal of this run, open for writing; without a directory nothing is written."""

    def __init__(self, directory: Path | None, lock: DirectoryLock | None = None) -> None:
        """Write to a directory, which is locked; `create` and `go_on` open the file."""
        self.directory = directory
        self.trouble: str | None = None
        """Why the newest entry could not be written, None if it was."""
        self._lock = lock
        self._file: int | None = None
        self._chain = Chain()
        self._size = 0
        self._has_tail = False
        self._is_dirty = False

    def create(self, scenario_sha256: str, entries: Iterable[Entry] = (), *, name: str) -> None:
        """Begin a file of that name with entries of an earlier one.

        Raises:
            OSError: The file system refuses, or there is one already.
        """
        if self.directory is None:
            return
        path = self.directory / name
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
        self._chain, self._size = Chain(), 0
        said = {"journal": FORM, **versions(), "scenario_sha256": scenario_sha256}
        for entry in (said, *entries):
            line, self._chain = self._chain.line(entry)
            self._put(line)
        os.fsync(self._file)
        settle_names(self.directory)

    def go_on(self, chain: Chain, size: int) -> None:
        """Open a file of so many whole lines and bytes; what is behind them is cut off.

        It is as it was until something is written.

        Raises:
            OSError: The file system refuses.
        """
        if self.directory is not None:
            self._file = os.open(self.directory / JOURNAL_FILE, os.O_RDWR | os.O_CLOEXEC)
            self._chain, self._size, self._has_tail = chain, size, True

    def begin_anew(self, entries: Iterable[Entry]) -> None:
        """Write a new journal of this version with these entries; the old one is kept beside it.

        Raises:
            OSError: The file system refuses.
        """
        if self.directory is None:
            return
        if self._file is not None:
            os.close(self._file)
        self._has_tail = False
        new, old = self.directory / f"{JOURNAL_FILE}.new", self.directory / JOURNAL_FILE
        new.unlink(missing_ok=True)
        self.create(digest_of(self.directory), entries, name=new.name)
        number = 1
        while (kept := self.directory / f"journal-{number}.jsonl").exists():
            number += 1
        os.link(old, kept)
        os.replace(new, old)
        settle_names(self.directory)

    @contextmanager
    def entry(self, at_s: float, do: str, fields: Mapping[str, Any]) -> Iterator[None]:
        """Add a command while it is carried out; if that fails, it has not been added.

        It is on disk after `settle`.

        Raises:
            NoRoom: There is no room for it; it is not to be carried out.
        """
        if self._file is None:
            yield
            return
        self._drop_tail()
        line, chain = self._chain.line({"at_s": at_s, "do": do, **fields})
        before = self._size
        try:
            self._put(line[:-1] + _UNSEALED)
        except OSError as error:
            self._cut(before)
            self.trouble = error.strerror or str(error)
            raise NoRoom(self.trouble) from None
        self.trouble = None
        try:
            yield
        except BaseException:
            self._cut(before)
            raise
        try:
            os.pwrite(self._file, line[-1:], self._size - 1)
        except OSError as error:
            raise _lost(error) from None
        self._chain = chain

    def write(self, at_s: float, do: str, fields: Mapping[str, Any]) -> None:
        """Add a command that is carried out already, or needs nothing to be.

        Raises:
            NoRoom: There is no room for it.
        """
        with self.entry(at_s, do, fields):
            pass

    def settle(self, *, on_disk: bool) -> None:
        """Let the operating system put on disk what was added, if asked.

        Raises:
            JournalLostError: It cannot.
        """
        if self._file is not None and on_disk and self._is_dirty:
            try:
                os.fsync(self._file)
            except OSError as error:
                raise _lost(error) from None
            self._is_dirty = False

    def close(self) -> None:
        """Put everything on disk and close."""
        if self._file is not None:
            self._drop_tail()
            self.settle(on_disk=True)
        self.let_go()

    def let_go(self) -> None:
        """Hold file and directory no longer: at the end, or in a copy of the process."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def sign(self) -> None:
        """Write down that this process plays the run."""
        if self._lock is not None:
            self._lock.sign()

    def discard(self) -> None:
        """Take a run that has not begun out of its directory, and let go of it."""
        if self.directory is not None:
            (self.directory / JOURNAL_FILE).unlink(missing_ok=True)
            forget(self.directory)
        self.let_go()

    def _put(self, text: bytes) -> None:
        """Write at the end; raises OSError if not all of it can be."""
        view = memoryview(text)
        while self._file is not None and view:
            count = os.pwrite(self._file, view, self._size)
            self._size, view = self._size + count, view[count:]
            self._is_dirty = True

    def _drop_tail(self) -> None:
        if self._has_tail:
            self._cut(self._size)
            self._has_tail = False

    def _cut(self, size: int) -> None:
        if self._file is not None:
            os.ftruncate(self._file, size)
            self._size = size


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run of which the journal has been read.

    Attributes:
        scenario: What was played.
        entries: Of the newest run in the journal, in order.
        first_line: The line of the first of them.
        is_paused: Whether time stood still when that run began.
        is_other: Whether another version has written it, so that its numbers may be others now.
    """

    scenario: Scenario
    entries: tuple[Entry, ...]
    first_line: int
    is_paused: bool = False
    is_other: bool = False


def _claimed(directory: Path) -> DirectoryLock:
    """Take a directory for a new run, before there is one.

    Raises:
        ScenarioError: It holds something already, or another process has it.
        OSError: The file system refuses.
    """
    if directory.exists() and not directory.is_dir():
        raise _refused(directory, "it is no directory")
    directory.mkdir(parents=True, exist_ok=True)
    if any(path.name != LOCK_FILE for path in directory.iterdir()):
        DirectoryLock(directory).release()  # says so if a run goes on in it
        raise _refused(directory, "it is not empty; to go on with the run in it, --resume it")
    lock = DirectoryLock(directory)
    lock.sign()
    directory.chmod(OWNER_ENTERS)
    return lock


def begin(directory: Path | None, scenario: Scenario) -> Journal:
    """Begin the journal of a new run.

    Args:
        directory: Where; None: nothing is written.
        scenario: What is played.

    Raises:
        ScenarioError: The directory holds something already, or another process has it.
        OSError: The file system refuses.
    """
    if directory is None:
        return Journal(None)
    journal = Journal(directory, _claimed(directory))
    try:
        journal.create(keep(scenario, directory), name=JOURNAL_FILE)
    except BaseException:
        journal.discard()
        raise
    return journal


def resume(directory: Path, *, anyway: bool = False) -> tuple[Earlier, Journal]:
    """Read the journal of an earlier run, and go on writing to it.

    Nothing is changed until something is written: then what a crash has left of a last line that
    was not whole is cut off.

    Args:
        directory: Where the run is kept.
        anyway: Whether a journal of another version is taken too.

    Raises:
        ScenarioError: The directory holds no such run, one that another process plays, one of
            another version, or one whose journal or scenario is not what was written.
        OSError: The file system refuses.
    """
    if not (directory / JOURNAL_FILE).is_file():
        raise _refused(directory, f"there is no {JOURNAL_FILE} in it")
    was_there = (directory / LOCK_FILE).exists()
    lock = DirectoryLock(directory)
    journal = Journal(directory, lock)
    try:
        earlier = _read(directory, journal, anyway=anyway)
    except BaseException:
        journal.let_go()
        if not was_there:
            (directory / LOCK_FILE).unlink()
        raise
    return earlier, journal


def _read(directory: Path, journal: Journal, *, anyway: bool) -> Earlier:
    path = directory / JOURNAL_FILE
    lines = list(whole_lines(path.read_bytes()))
    _require_form(path, lines)
    chain, since_s = Chain(), 0.0
    entries: list[Entry] = []
    for number, line in enumerate(lines, 1):
        try:
            entry, chain = chain.read(line)
        except BrokenLineError as error:
            raise at_line(path, error.number, str(error)) from None
        if number > 1:
            since_s = 0.0 if entry.get("do") == RESET.do else since_s
            fault = fault_of(entry, since_s)
            if fault is not None:
                raise at_line(path, number, fault)
            since_s = 0.0 if entry["do"] == RESET.do else entry["at_s"]
        entries.append(entry)
    first, *commands = entries
    written = {name: first.get(name) for name in versions()}
    is_other = written != dict(versions())
    if is_other and not anyway:
        reason = f"{_words(written)} has written it, and this is {_words(versions())}"
        raise at_line(path, 1, f"{reason}: --resume-anyway replays it all the same")
    if first.get("scenario_sha256") != digest_of(directory):
        raise _refused(directory, "its scenario is not the one that the journal belongs to")
    scenario = kept_scenario(directory)
    journal.go_on(chain, sum(map(len, lines)) + len(lines))
    return _newest(scenario, commands, is_other=is_other)


def _newest(scenario: Scenario, commands: list[Entry], *, is_other: bool) -> Earlier:
    """Return the run that began last: at the first line, or with the last reset."""
    begins = [number for number, entry in enumerate(commands, 1) if entry["do"] == RESET.do]
    begin = begins[-1] if begins else 0
    return Earlier(
        scenario,
        tuple(commands[begin:]),
        first_line=begin + 2,
        is_paused=stands_still(commands[:begin]),
        is_other=is_other,
    )


def _require_form(path: Path, lines: list[bytes]) -> None:
    """Refuse a journal that is none, or is of another form.

    Raises:
        ScenarioError: It is.
    """
    if not lines:
        raise at_line(path, 1, "the journal has no line: its run had not begun")
    try:
        said = json.loads(lines[0])
    except ValueError:
        said = None
    form = said.get("journal") if isinstance(said, dict) else None
    if form is None:
        raise at_line(path, 1, "is no header of a journal, and so not one of this version's")
    if form != FORM:
        words = f"the journal is of form {str(form)[:20]}, not one of this version's, form {FORM}"
        raise at_line(path, 1, f"{words}: it cannot be resumed; begin another run")


def at_line(path: Path, number: int, message: str) -> ScenarioError:
    """Return the error for a line of a journal."""
    return ScenarioError(Problem(message=message, rule="journal", file=str(path), line=number))


def _words(found: Mapping[str, Any]) -> str:
    return " with ".join(f"{name} {str(version)[:40]}" for name, version in found.items())


def _refused(directory: Path, reason: str) -> ScenarioError:
    message = f"{directory} cannot hold this run: {reason}"
    return ScenarioError(Problem(message=message, rule="run-directory"))


def _lost(error: OSError) -> JournalLostError:
    return JournalLostError(f"the journal cannot be written: {error.strerror or error}")
