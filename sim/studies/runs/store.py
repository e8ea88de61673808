"""The store: one SQLite file that remembers every run that was made.

A run's key is what determines it: the case (`Case.key`), the seed, and the program: versions of sim
and numpy, the digest of sim's source, and the numbers of the catalogue of measures and of the grid.
A run that is there is not made again. Each run is a transaction of its own, so that the end of the
process, however it comes, loses only what was in flight. Rows hold no instants and no order of
arrival: two stores of the same runs are equal, row for row.

Runs of another program stay, are counted, and are never given out.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import numpy as np

import sim
from sim.errors import Problem, ScenarioError
from sim.results.measures import CATALOGUE
from sim.studies.runs.case import Case, Parcel
from sim.studies.runs.counted import Counted
from sim.studies.runs.replication import Lost, Made, Replication
from sim.studies.runs.series import GRID, SERIES, Thinned

T = TypeVar("T")

FORM: Final = 2
"""Number of the form of the file (`PRAGMA user_version`)."""

APPLICATION: Final = 0x73696D53
"""What tells a store from other SQLite files (`PRAGMA application_id`): "simS"."""

PATIENCE_S: Final = 3600.0
"""How long a second process waits for the first, where it waits at all."""

_TABLES: Final = """
CREATE TABLE programs (
    id INTEGER PRIMARY KEY, sim TEXT, numpy TEXT, source TEXT, catalogue INTEGER, grid INTEGER,
    UNIQUE (sim, numpy, source, catalogue, grid)
);
CREATE TABLE cases (
    position INTEGER PRIMARY KEY, name TEXT, key TEXT UNIQUE, scenario TEXT, directory TEXT,
    overrides TEXT, seed INTEGER, runs INTEGER
);
CREATE TABLE runs (
    key TEXT, seed INTEGER, program INTEGER REFERENCES programs, engine TEXT, measured BLOB,
    reasons TEXT, PRIMARY KEY (key, seed, program)
) WITHOUT ROWID;
CREATE TABLE thinned (
    key TEXT, seed INTEGER, program INTEGER REFERENCES programs, deployment INTEGER, thinned BLOB,
    PRIMARY KEY (key, seed, program, deployment)
);
CREATE TABLE counted (
    key TEXT, seed INTEGER, program INTEGER REFERENCES programs, deployment INTEGER, counted BLOB,
    PRIMARY KEY (key, seed, program, deployment)
) WITHOUT ROWID;
CREATE TABLE lost (
    key TEXT, seed INTEGER, program INTEGER REFERENCES programs, why TEXT,
    PRIMARY KEY (key, seed, program)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case of a store, as far as it takes to show it and to go on with it.

    Attributes:
        name: What it is called.
        parcel: Its scenario.
        overrides: The words of `--set` that made it.
        seed: Of the study.
        runs: How many replications were asked for.
    """

    name: str
    parcel: Parcel
    overrides: tuple[str, ...]
    seed: int
    runs: int

    def case(self) -> Case:
        """Return the case; no file of its scenario need be there."""
        return Case(self.name, self.parcel.scenario(), self.overrides, known_key=self.parcel.key)


class Store:
    """A store that is open, which no other process can have open."""

    def __init__(self, file: Path, connection: sqlite3.Connection, program: int) -> None:
        """Use `open_store` instead."""
        self._file = file
        self._connection = connection
        self._program = program

    def is_in(self, file: Path) -> bool:
        """Return whether this is the store in a file."""
        return self._file.exists() and file.exists() and self._file.samefile(file)

    # What there is -----------------------------------------------------------------------------

    def cases(self) -> tuple[StoredCase, ...]:
        """Return the cases in the order in which they were first asked for.

        Raises:
            ScenarioError: There is none.
        """
        rows = self._rows(
            "SELECT name, key, scenario, directory, overrides, seed, runs FROM cases "
            "ORDER BY position"
        )
        if not rows:
            raise _refused(self._file, "the store has no runs yet", "store-empty")
        return tuple(
            StoredCase(name, Parcel(key, text, directory), tuple(json.loads(words)), seed, runs)
            for name, key, text, directory, words, seed, runs in rows
        )

    def runs_of(self, key: str, *, with_series: bool, with_counts: bool) -> dict[int, Made]:
        """Return the runs of a case by their seeds, with series and counts or without."""
        thinned = self._thinned_of(key) if with_series else {}
        counted = self._counted_of(key) if with_counts else {}
        read = cache(_reasons)  # most runs of a case have the same
        found: dict[int, Made] = {
            seed: Replication(
                seed,
                engine,
                np.frombuffer(values, "<f8"),
                read(reasons),
                tuple(thinned.get(seed, ())),
                tuple(counted.get(seed, ())),
            )
            for seed, engine, values, reasons in self._rows(
                "SELECT seed, engine, measured, reasons FROM runs WHERE key = ? AND program = ?",
                key,
                self._program,
            )
        }
        for seed, why in self._rows(
            "SELECT seed, why FROM lost WHERE key = ? AND program = ?", key, self._program
        ):
            found.setdefault(seed, Lost(seed, why))
        return found

    def _thinned_of(self, key: str) -> dict[int, list[Thinned]]:
        return self._by_seed(
            "SELECT seed, thinned FROM thinned WHERE key = ? AND program = ? "
            "ORDER BY seed, deployment",
            key,
            lambda values: Thinned(np.frombuffer(values, "<f4").reshape(len(SERIES), -1)),
        )

    def _counted_of(self, key: str) -> dict[int, list[Counted]]:
        return self._by_seed(
            "SELECT seed, counted FROM counted WHERE key = ? AND program = ? "
            "ORDER BY seed, deployment",
            key,
            Counted,
        )

    def _by_seed(self, select: str, key: str, read: Callable[[bytes], T]) -> dict[int, list[T]]:
        """Return what `read` makes of each deployment's column, by the seeds of the runs."""
        found: dict[int, list[T]] = {}
        for seed, column in self._rows(select, key, self._program):
            found.setdefault(seed, []).append(read(column))
        return found

    def of_other_programs(self) -> int:
        """Return how many runs there are of other versions of sim or numpy."""
        ((count,),) = self._rows("SELECT count(*) FROM runs WHERE program != ?", self._program)
        return int(count)

    # What is added -----------------------------------------------------------------------------

    def note(self, case: Case, *, seed: int, runs: int) -> None:
        """Write down that replications of a case are asked for, if not so many were before."""
        parcel = case.parcel
        with self._transaction():
            self._connection.execute(
                "INSERT INTO cases (name, key, scenario, directory, overrides, seed, runs) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                "name = excluded.name, overrides = excluded.overrides, seed = excluded.seed, "
                "runs = CASE WHEN seed = excluded.seed THEN max(runs, excluded.runs) "
                "ELSE excluded.runs END",
                (
                    case.name,
                    parcel.key,
                    parcel.text,
                    parcel.directory,
                    json.dumps(case.overrides),
                    seed,
                    runs,
                ),
            )

    def add(self, key: str, made: Made) -> None:
        """Write down a run of a case, or that it was lost; a lost one that came is lost no more."""
        with self._transaction():
            if isinstance(made, Lost):
                self._connection.execute(
                    "INSERT OR REPLACE INTO lost VALUES (?, ?, ?, ?)",
                    (key, made.seed, self._program, made.why),
                )
                return
            mine = (key, made.seed, self._program)
            reasons = json.dumps({str(place): why for place, why in made.reasons.items()})
            values = made.values.astype("<f8").tobytes()
            self._connection.execute(
                "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?)",
                (*mine, made.engine, values, reasons),
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO thinned VALUES (?, ?, ?, ?, ?)",
                [
                    (*mine, number, thinned.values.astype("<f4").tobytes())
                    for number, thinned in enumerate(made.thinned)
                ],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO counted VALUES (?, ?, ?, ?, ?)",
                [(*mine, number, one.packed) for number, one in enumerate(made.counted)],
            )
            self._connection.execute(
                "DELETE FROM lost WHERE key = ? AND seed = ? AND program = ?", mine
            )

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with _told(self._file):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _told(self._file), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield


def open_store(file: Path, *, waits: bool = True) -> Store:
    """Return the store in a file, which is made where there is none.

    Args:
        file: Where; its directory exists.
        waits: Whether to wait while another process has it open.

    Raises:
        ScenarioError: It is no store, or one of another form; another process has it open; the
            file system refuses.
    """
    with _told(file):
        connection = sqlite3.connect(
            file, timeout=PATIENCE_S if waits else 0.0, isolation_level=None
        )
        try:
            _make_ready(connection, file)
            connection.execute("BEGIN IMMEDIATE")
            program = _program(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
    return Store(file, connection, program)


def is_in_use(file: Path) -> bool:
    """Return whether another process has the store in a file open."""
    try:
        open_store(file, waits=False).close()
    except ScenarioError as error:
        return error.problems[0].rule == "store-in-use"
    return False


def is_store(file: Path) -> bool:
    """Return whether a file begins as an SQLite file does."""
    try:
        with file.open("rb") as content:
            return content.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


def _make_ready(connection: sqlite3.Connection, file: Path) -> None:
    """Take the file for this process alone, and see that it is a store.

    With the write-ahead log, and locked as a whole, a run is one append; after a kill the log is
    played when the file is opened next.
    """
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    ((form,),) = connection.execute("PRAGMA user_version")
    ((application,),) = connection.execute("PRAGMA application_id")
    ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master")
    if application != APPLICATION and (tables or form):
        raise _refused(file, "is an SQLite file, but no store of sim; name another", "not-a-store")
    if tables and form != FORM:
        message = f"is a store of form {form}; this sim reads form {FORM}: name another file"
        raise _refused(file, message, "store-form")
    if not tables:
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {FORM}")
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _program(connection: sqlite3.Connection) -> int:
    """Return the number that the store has for this program."""
    program = (sim.__version__, np.__version__, source_digest(), CATALOGUE, GRID)
    connection.execute(
        "INSERT OR IGNORE INTO programs (sim, numpy, source, catalogue, grid) "
        "VALUES (?, ?, ?, ?, ?)",
        program,
    )
    ((number,),) = connection.execute(
        "SELECT id FROM programs WHERE (sim, numpy, source, catalogue, grid) = (?, ?, ?, ?, ?)",
        program,
    )
    return int(number)


@cache
def source_digest() -> str:
    """Return the SHA-256 of the package's source, in hexadecimal."""
    home = Path(sim.__file__).parent
    digest = sha256()
    for module in sorted(home.rglob("*.py")):
        digest.update(module.relative_to(home).as_posix().encode() + b"\0")
        digest.update(module.read_bytes() + b"\0")
    return digest.hexdigest()


_WORDS: Final[Mapping[str, str]] = {
    "database is locked": "is in use by another process; wait for it, or name another file",
    "file is not a database": "is no store: it is not an SQLite file; name another",
    "database or disk is full": "cannot be written: the disk is full; all earlier runs are kept",
    "unable to open database file": "cannot be opened: is its directory there, and yours to write?",
    "attempt to write a readonly database": "cannot be written: it is read-only",
}


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Turn what SQLite says into a message about the file."""
    try:
        yield
    except sqlite3.Error as error:
        said = str(error)
        rule = "store-in-use" if said == "database is locked" else "store"
        raise _refused(file, _WORDS.get(said, f"cannot be used: {said}"), rule) from None


def _reasons(text: str) -> Mapping[int, str]:
    return {int(place): why for place, why in json.loads(text).items()}


def _refused(file: Path, message: str, rule: str) -> ScenarioError:
    return ScenarioError(Problem(message=message, rule=rule, file=str(file)))
