"""A run's directory: whole or not at all, the same bytes twice, back as it was."""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread, active_count
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from build_record import replace_story, scenario, stall
from sim.errors import ScenarioError
from sim.record import Record
from sim.results import arrow, files
from sim.results.files import check_replaceable
from sim.results.finished import FinishedRun
from sim.results.result import Result
from sim.results.summary import plain
from sim.results.table import Table, Words
from sim.results.tables import series_in_files
from sim.results.timeline import Steps

STORY = replace_story(stalls=[stall()])

FORMATS = ("parquet", "csv")


def contents(directory: Path) -> dict[str, bytes]:
    """Return every file of `directory` by name."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures have tests of their own, and take a second each."""
    monkeypatch.setattr(Result, "_draw", lambda _self, path: path.write_bytes(b"a picture"))


@pytest.mark.parametrize("table_format", FORMATS)
def test_a_run_is_a_directory_of_named_files(
    tmp_path: Path, table_format: arrow.TableFormat
) -> None:
    """What the documentation lists, and nothing beside it."""
    written = Result(STORY).write(tmp_path / "deep" / "run", tables=table_format)

    tables = ("requests", "replicas", "decisions", "queues", "holders", "series", "statuses")
    names = {"scenario.json", "result.json", "timeline.png"}
    assert set(contents(tmp_path / "deep" / "run")) == names | {
        f"{name}.{table_format}" for name in tables
    }
    assert sorted(written) == sorted((tmp_path / "deep" / "run").iterdir())
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run"]


@pytest.mark.parametrize("table_format", FORMATS)
def test_the_same_run_is_the_same_bytes(tmp_path: Path, table_format: arrow.TableFormat) -> None:
    """No clock, path or host gets into any file."""
    Result(STORY).write(tmp_path / "one", tables=table_format)
    Result(replace_story(stalls=[stall()])).write(tmp_path / "other", tables=table_format)

    assert contents(tmp_path / "one") == contents(tmp_path / "other")


@pytest.mark.parametrize("table_format", FORMATS)
def test_a_run_reads_back_as_it_was(tmp_path: Path, table_format: arrow.TableFormat) -> None:
    """Every table to the last bit, series thinned; the summary; the timeline."""
    result = Result(STORY)
    result.write(tmp_path / "run", tables=table_format)
    stored = FinishedRun.open(tmp_path / "run")

    assert stored.report == result.figures
    assert plain(stored.report) == result.summary()
    for name, table in {**result.tables, "series": series_in_files(STORY)}.items():
        assert stored.tables[name].columns == table.columns
        for column in table.columns:
            np.testing.assert_array_equal(stored.tables[name][column], table[column])
    assert_same(FinishedRun.open(tmp_path / "run").timeline(), result.timeline())


@pytest.mark.parametrize("table_format", FORMATS)
def test_a_run_in_which_nothing_happened_reads_back_too(
    tmp_path: Path, table_format: arrow.TableFormat
) -> None:
    """Tables without rows keep their columns and kinds."""
    (story,) = replace_story().deployments
    nothing = type(story)(
        name="api",
        rid=story.rid,
        sources=story.sources,
        kept=type(story.attempts)(
            **{name: getattr(story.attempts, name)[:0] for name in story.attempts.__slots__}
        ),
        backing_off=story.backing_off[:0],
        ticks=type(story.ticks)(
            **{name: getattr(story.ticks, name)[:0] for name in story.ticks.__slots__}
        ),
        control=type(story.control)(),
    )
    result = Result(Record(scenario(), 0, "reference", (nothing,), ()))
    result.write(tmp_path / "run", tables=table_format)

    assert_same(FinishedRun.open(tmp_path / "run").timeline(), result.timeline())


def test_csv_has_shortest_exact_numbers_and_empty_fields_for_nothing(tmp_path: Path) -> None:
    """Row 4: the attempt that found the queue full."""
    Result(STORY).write(tmp_path / "run", tables="csv")
    lines = (tmp_path / "run" / "requests.csv").read_text("utf-8").splitlines()

    assert lines[0].startswith("deployment,request,attempt,arrival_at_s,start_at_s,")
    assert lines[4] == "api,3,1,120.0,,120.0,120.0,,,,queue_full,poisson0,"
    assert lines[6] == "api,4,1,138.0,139.0,160.0,160.0,0,1,0,completed,poisson0,"


def test_parquet_is_plain_columns_with_nulls(tmp_path: Path) -> None:
    """Other programs find strings, integers and floats, and null for what never happened."""
    Result(STORY).write(tmp_path / "run")
    table = parquet.read_table(tmp_path / "run" / "requests.parquet")

    assert str(table.schema.field("outcome").type) == "string"
    assert str(table.schema.field("replica").type) == "int32"
    assert str(table.schema.field("start_at_s").type) == "double"
    assert table.column("start_at_s").null_count == 3
    assert table.schema.metadata is None


@pytest.mark.parametrize("count", [0, 1, 8, 9, 20])
def test_row_groups_are_written_one_by_one_into_the_same_file(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte by byte what Arrow writes when it is given the whole table; here groups of 8 rows."""
    words = Words(np.arange(count, dtype=np.int32) % 3 - 1, ("a", "b"))
    numbers = np.where(np.arange(count) % 5, np.arange(count) / 7, np.nan)
    table = Table("requests", {"outcome": words, "start_at_s": numbers})
    monkeypatch.setattr(arrow, "ROW_GROUP_ROWS", 8)

    path = arrow.write_table(table, tmp_path, "parquet")

    whole = tmp_path / "whole.parquet"
    parquet.write_table(table.to_arrow(), whole, row_group_size=8, **arrow.parquet_settings(table))
    assert path.read_bytes() == whole.read_bytes()
    assert parquet.ParquetFile(path).num_row_groups == max(-(-count // 8), 1)


def test_instants_are_stored_by_byte_and_requests_as_differences(tmp_path: Path) -> None:
    """What the file says of itself; of the other columns values are listed once."""
    Result(STORY).write(tmp_path / "run")
    group = parquet.ParquetFile(tmp_path / "run" / "requests.parquet").metadata.row_group(0)
    stored = {c.path_in_schema: set(c.encodings) for c in map(group.column, range(12))}

    for name, encodings in stored.items():
        kind = "BYTE_STREAM_SPLIT" if name.endswith("_at_s") else "RLE_DICTIONARY"
        assert ("DELTA_BINARY_PACKED" if name == "request" else kind) in encodings
        assert ("RLE_DICTIONARY" in encodings) == (kind == "RLE_DICTIONARY" and name != "request")


def test_the_picture_is_drawn_while_tables_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits until the other has begun."""
    drawing, writing = Event(), Event()
    write_table = arrow.write_table

    def draw(_: Result, path: Path) -> None:
        drawing.set()
        assert writing.wait(10)
        path.write_bytes(b"a picture")

    def write(*asked: Any) -> Path:
        writing.set()
        assert drawing.wait(10)
        return write_table(*asked)

    monkeypatch.setattr(Result, "_draw", draw)
    monkeypatch.setattr(arrow, "write_table", write)

    assert Result(STORY).write(tmp_path / "run")[-1].read_bytes() == b"a picture"


def test_an_interrupt_leaves_no_thread_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is raised when the picture is done, which is then taken away with the tables."""
    drawing, interrupted, drawn = Event(), Event(), Event()

    def draw(_: Result, path: Path) -> None:
        drawing.set()
        assert interrupted.wait(10)
        path.write_bytes(b"a picture")
        drawn.set()

    def interrupt(*_: object) -> None:
        assert drawing.wait(10)
        interrupted.set()
        raise KeyboardInterrupt

    monkeypatch.setattr(Result, "_draw", draw)
    monkeypatch.setattr(arrow, "write_table", interrupt)
    threads = active_count()
    with pytest.raises(KeyboardInterrupt):
        Result(STORY).write(tmp_path / "run")

    assert drawn.is_set()
    assert active_count() == threads
    assert not list(tmp_path.iterdir())


def test_where_no_thread_can_be_had_the_picture_comes_after_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under a limit on memory or processes."""

    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refuse)

    written = Result(STORY).write(tmp_path / "run")

    assert written[-1].read_bytes() == b"a picture"
    assert len(written) == 10


def test_an_earlier_run_is_replaced_whole(tmp_path: Path) -> None:
    """CSV tables of the first run do not stay beside Parquet tables of the second."""
    Result(STORY).write(tmp_path / "run", tables="csv")
    for name in ("timeline.svg", "timeline-api.svg", "timeline-x.y z.pdf"):
        (tmp_path / "run" / name).write_text("drawn later")
    Result(STORY).write(tmp_path / "run")

    assert {path.suffix for path in (tmp_path / "run").iterdir()} == {".json", ".parquet", ".png"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def foreign_directories(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Yield directories that are not ours to replace, each with why."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "notes.txt").write_text("mine")
    yield "it holds other things, such as notes.txt", notes

    named = tmp_path / "named"
    Result(STORY).write(named)
    (named / "timeline-notes.txt").write_text("mine")
    yield "it holds other things, such as timeline-notes.txt", named

    mixed = tmp_path / "mixed"
    Result(STORY).write(mixed)
    (mixed / "notes.txt").write_text("mine")
    yield "it holds other things, such as notes.txt", mixed

    other = tmp_path / "other"
    other.mkdir()
    (other / "result.json").write_text('{"schema": "something else"}')
    yield "there is no result.json of a run in it", other

    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "result.json").write_text("{")
    yield "there is no result.json of a run in it", broken

    file = tmp_path / "file"
    file.write_text("mine")
    yield "it is a file", file


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """One message each, and every file as it was."""
    for reason, directory in foreign_directories(tmp_path):
        before = contents(directory) if directory.is_dir() else directory.read_bytes()
        with pytest.raises(ScenarioError) as refused:
            Result(STORY).write(directory)

        assert reason in str(refused.value)
        assert before == (contents(directory) if directory.is_dir() else directory.read_bytes())


def test_an_empty_directory_is_used(tmp_path: Path) -> None:
    """Such as one that was just made for the run."""
    (tmp_path / "run").mkdir()
    Result(STORY).write(tmp_path / "run")

    assert "result.json" in contents(tmp_path / "run")


def test_the_working_directory_is_not_pulled_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that stands in a directory would go on in one that is no more."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ScenarioError, match="the working directory"):
        check_replaceable(Path())


class Killed(BaseException):
    """Stands for whatever ends the process."""


@pytest.mark.parametrize("point", ["table", "picture", "first rename", "second rename"])
@pytest.mark.parametrize("has_earlier_run", [True, False], ids=["over a run", "new"])
def test_a_run_that_is_killed_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, *, has_earlier_run: bool
) -> None:
    """Wherever it ends, what was there before is there after, and nothing else."""
    run = tmp_path / "run"
    if has_earlier_run:
        Result(STORY).write(run, tables="csv")
    before = contents(run) if has_earlier_run else None
    renames = iter([*([None] * (has_earlier_run and point == "second rename")), Killed()])
    rename = Path.rename

    def failing_rename(self: Path, target: Path) -> Path:
        fault = next(renames, None)
        if fault is not None:
            raise fault
        return rename(self, target)

    def fail(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if point == "table":
            patch.setattr(arrow, "write_table", fail)
        elif point == "picture":
            patch.setattr(Result, "_draw", fail)
        else:
            patch.setattr(Path, "rename", failing_rename)
        with pytest.raises(Killed):
            Result(STORY).write(run)

    assert (contents(run) if run.exists() else None) == before
    assert [path.name for path in tmp_path.iterdir()] == (["run"] if has_earlier_run else [])


def test_what_a_killed_process_left_is_swept_by_the_next(tmp_path: Path) -> None:
    """Killed outright between the two renames: the earlier run comes back, then is replaced."""
    Result(STORY).write(tmp_path / "run", tables="csv")
    (tmp_path / "run").rename(tmp_path / ".run.old")
    (tmp_path / ".run.new").mkdir()
    (tmp_path / ".run.new" / "result.json").write_text("half of i")

    with pytest.raises(Killed), files.replaced(tmp_path / "run"):
        raise Killed
    assert "requests.csv" in contents(tmp_path / "run")

    Result(STORY).write(tmp_path / "run")
    assert os.listdir(tmp_path) == ["run"]


def test_an_old_run_that_a_killed_process_did_not_take_away_is_swept(tmp_path: Path) -> None:
    """Killed outright after the second rename: the new run stands, the old one beside it."""
    Result(STORY).write(tmp_path / "run", tables="csv")
    Result(STORY).write(tmp_path / ".run.old")
    Result(STORY).write(tmp_path / "run")

    assert os.listdir(tmp_path) == ["run"]
    assert "requests.parquet" in contents(tmp_path / "run")


def assert_same(one: object, other: object) -> None:
    """Assert that two nested dataclasses are equal, arrays and NaN included."""
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, tuple) and isinstance(other, tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    elif isinstance(one, dict) and isinstance(other, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif hasattr(one, "__slots__") and type(one).__module__ == Steps.__module__:
        for name in type(one).__slots__:
            assert_same(getattr(one, name), getattr(other, name))
    else:
        assert one == other
