"""A run's directory: its files, written whole or not at all; `sim.results.finished` reads them.

A directory is made beside its place and renamed into it, so that nobody ever sees half a run. An
earlier run is replaced; a directory that holds anything else is left alone.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.errors import Problem, ScenarioError
from sim.results.report import SCHEMA
from sim.results.table import Table
from sim.results.tables import MAKERS
from sim.strict_json import parse_json

if TYPE_CHECKING:
    from sim.results.arrow import TableFormat

SCENARIO_FILE: Final = "scenario.json"
RESULT_FILE: Final = "result.json"
PICTURE_FILE: Final = "timeline.png"
TRACE_FILE: Final = "trace.pftrace"

PICTURES: Final = re.compile(r"timeline(-.+)?\.(png|svg|pdf)")
"""Names of pictures: of the run, and of one deployment each."""

TABLE_SUFFIXES: Final = ("parquet", "csv")
"""Of the files of tables; where a table is there in both, the first is read."""

OURS: Final = frozenset(
    {SCENARIO_FILE, RESULT_FILE, TRACE_FILE}
    | {f"{name}.{suffix}" for name in MAKERS for suffix in TABLE_SUFFIXES}
)
"""Everything that a run, or an export of it, puts into its directory, beside pictures."""


def json_text(data: Mapping[str, Any]) -> str:
    """Return `data` as the text of a JSON file: keys in their order, shortest exact numbers."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_run(
    directory: Path,
    *,
    scenario: Mapping[str, Any],
    summary: Mapping[str, Any],
    tables: Iterable[Table],
    table_format: "TableFormat",
    draw: Callable[[Path], object] | None,
) -> list[Path]:
    """Write a run's directory and return the paths of its files.

    Args:
        directory: Where; its parents are made. An earlier run there is replaced.
        scenario: The contents of `scenario.json`.
        summary: The contents of `result.json`.
        tables: Written in this order.
        table_format: Of all tables.
        draw: Writes the picture to the path that it is given, in a thread beside the tables, most
            of whose writing is not Python; None for no picture.

    Raises:
        ScenarioError: The directory exists and holds something else than a run.
        OSError: The file system refuses.
    """
    with replaced(directory) as new:
        (new / SCENARIO_FILE).write_text(json_text(scenario), encoding="utf-8")
        (new / RESULT_FILE).write_text(json_text(summary), encoding="utf-8")
        names = [SCENARIO_FILE, RESULT_FILE]
        with _meanwhile(partial(draw, new / PICTURE_FILE) if draw else None):
            for table in tables:
                from sim.results.arrow import write_table  # noqa: PLC0415 - loads pyarrow

                names.append(write_table(table, new, table_format).name)
        if draw is not None:
            names.append(PICTURE_FILE)
    return [directory / name for name in names]


@contextmanager
def _meanwhile(work: Callable[[], object] | None) -> Iterator[None]:
    """Do `work` in a thread while the block runs; both are over afterwards, whatever happens.

    The block stays in the main thread, where an interrupt reaches it at once: it may take minutes,
    a picture takes seconds. A fault of the block goes before one of the work.
    """
    if work is None:
        yield
        return
    with ThreadPoolExecutor(max_workers=1) as threads:
        try:
            done = threads.submit(work)
        except RuntimeError:  # the system grants no thread, such as where memory is short
            yield
            work()
            return
        yield
        done.result()


@contextmanager
def replaced(directory: Path) -> Iterator[Path]:
    """Give an empty directory, and put it in the place of `directory` when the block is over.

    If the block fails, everything is as before. A run that was killed outright may leave a
    hidden directory beside `directory`, which the next one takes away.

    Raises:
        ScenarioError: `directory` exists and holds something else than a run.
        OSError: The file system refuses; it names `directory`, as it was given.
    """
    try:
        with _replaced(directory) as new:
            yield new
    except OSError as error:
        reason = str(error) if error.errno is None else os.strerror(error.errno)
        raise OSError(error.errno, reason, str(directory)) from error


@contextmanager
def _replaced(directory: Path) -> Iterator[Path]:
    place = directory.resolve()
    check_replaceable(directory)
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}.new")
    old = place.with_name(f".{place.name}.old")
    _restore(place, old)
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    try:
        yield new
        if place.exists():
            place.rename(old)
        new.rename(place)
    finally:
        _restore(place, old)
        shutil.rmtree(new, ignore_errors=True)


def _restore(place: Path, old: Path) -> None:
    """Take away what stood in `place` before, or put it back if nothing has come instead."""
    if old.exists() and not place.exists():
        old.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def try_replacing(directory: Path) -> None:
    """Return if a run can be written to `directory`: to be asked before hours of simulation.

    What is made for the trial is taken away again.

    Raises:
        ScenarioError: It is not a directory, holds something else than a run, or cannot be made.
    """
    check_replaceable(directory)
    place = directory.resolve()
    made: list[Path] = []
    try:
        for folder in (*reversed(place.parents), place.with_name(f".{place.name}.try")):
            if not folder.exists():
                folder.mkdir()
                made.append(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refused(directory, reason, rule="output-unwritable") from None
    finally:
        with suppress(OSError):  # somebody else has begun to use it
            for folder in reversed(made):
                folder.rmdir()


def check_replaceable(directory: Path) -> None:
    """Return if what is in `directory`, if anything, is a run that may be replaced.

    Raises:
        ScenarioError: It is not a directory, or holds something else than a run.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        raise _refused(directory, "it is a file")
    if Path.cwd().is_relative_to(directory.resolve()):
        raise _refused(directory, "it is, or holds, the working directory")
    names = sorted(entry.name for entry in directory.iterdir())
    foreign = [name for name in names if name not in OURS and not PICTURES.fullmatch(name)]
    if foreign:
        raise _refused(directory, f"it holds other things, such as {foreign[0]}")
    if any(directory.iterdir()) and stored_summary(directory) is None:
        raise _refused(directory, f"there is no {RESULT_FILE} of a run in it")


def stored_summary(directory: Path) -> dict[str, Any] | None:
    """Return the `result.json` in `directory` as plain data, None if there is none of ours."""
    try:
        found = parse_json((directory / RESULT_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    family = SCHEMA.rpartition("/")[0]
    if isinstance(found, dict) and str(found.get("schema")).startswith(f"{family}/"):
        return found
    return None


def _refused(directory: Path, reason: str, *, rule: str = "output-not-ours") -> ScenarioError:
    message = f"a run cannot be written to {directory}: {reason}; name another directory"
    return ScenarioError(Problem(message=message, rule=rule, path=("--out",)))
