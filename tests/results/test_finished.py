"""A finished run's directory, opened: what is there, and a sentence for each thing that is not."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from build_record import replace_story, stall
from sim.errors import ScenarioError
from sim.results import arrow
from sim.results.finished import FinishedRun
from sim.results.report import SCHEMA
from sim.results.result import Result
from sim.results.timeline import UnknownDeploymentError

STORY = replace_story(stalls=[stall()])


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the story's directory in each format of tables."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Result, "_draw", lambda _self, path: path.write_bytes(b"a picture"))
        Result(STORY).write(folder / "parquet")
        Result(STORY).write(folder / "csv", tables="csv")
    return folder


@pytest.fixture
def run(stories: Path, tmp_path: Path) -> Path:
    """A copy of the run with tables in Parquet, to be damaged."""
    return shutil.copytree(stories / "parquet", tmp_path / "run")


@pytest.fixture
def text_run(stories: Path, tmp_path: Path) -> Path:
    """A copy of the run with tables in CSV, to be damaged."""
    return shutil.copytree(stories / "csv", tmp_path / "run")


def refused(directory: Path) -> str:
    """Return what is said when the run in *directory* is to be drawn: one line."""
    with pytest.raises(ScenarioError) as said:
        FinishedRun.open(directory).timeline()
    assert "\n" not in str(said.value)
    return str(said.value)


def test_a_directory_without_a_run_holds_none(tmp_path: Path) -> None:
    """Not there, empty, of another version."""
    assert "there is no result.json" in refused(tmp_path / "nowhere")
    assert "there is no result.json" in refused(tmp_path)

    later = SCHEMA.replace("/2", "/3")
    (tmp_path / "result.json").write_text(json.dumps({"schema": later}))
    assert f"its form is {later}" in refused(tmp_path)


def test_a_run_of_a_later_version_is_read_without_what_it_adds(run: Path) -> None:
    """A key that is added does not raise the number of the form: such a run can be drawn."""
    file = run / "result.json"
    found = json.loads(file.read_text("utf-8"))
    found["mood"] = found["deployments"][0]["rollouts"][0]["mood"] = {"good": 1}
    file.write_text(json.dumps(found), "utf-8")

    assert FinishedRun.open(run).report == Result(STORY).figures


def test_a_damaged_result_is_named_by_its_first_fault(run: Path) -> None:
    """What is missing, or is something else, and where."""
    file = run / "result.json"
    found = json.loads(file.read_text("utf-8"))
    del found["deployments"][0]["rollouts"][0]["put_at_s"]
    file.write_text(json.dumps(found), "utf-8")

    place = "its result.json is damaged: deployments.0.rollouts.0.put_at_s: Field required"
    assert f"does not hold a run that can be read: {place}" in refused(run)


def test_a_table_is_read_when_it_is_looked_up_and_once(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To open a directory, and to ask what is in it, reads none."""
    read: list[str] = []
    real = arrow.read_table

    def noted(name: str, path: Path) -> object:
        read.append(name)
        return real(name, path)

    monkeypatch.setattr(arrow, "read_table", noted)
    finished = FinishedRun.open(run)
    assert set(finished.tables) == set(Result(STORY).tables)
    assert "series" in finished.tables
    assert read == []

    assert len(finished.tables["replicas"]) == len(finished.tables["replicas"]) == 10
    assert read == ["replicas"]
    with pytest.raises(KeyError):
        finished.tables["spam"]


def test_what_needs_no_table_is_refused_before_one_is_read(run: Path) -> None:
    """A name that no deployment has, and an instant outside of the run; all tables are rubbish."""
    for file in run.glob("*.parquet"):
        file.write_bytes(b"rubbish")
    finished = FinishedRun.open(run)

    with pytest.raises(UnknownDeploymentError, match=r"no deployment is named 'spam'.*: api$"):
        finished.require_deployment("spam")
    with pytest.raises(ScenarioError, match="--to: is not in the run"):
        finished.timeline(end="4min")
    finished.require_deployment("api")


def test_a_run_written_without_tables_says_so(run: Path) -> None:
    """Because of an option, or because it kept its summary alone."""
    for file in run.glob("*.parquet"):
        file.unlink()
    assert re.search(r"was written without tables: .*`--tables none`", refused(run))

    file = run / "result.json"
    found = json.loads(file.read_text("utf-8"))
    found["quantile_relative_error"] = 0.01
    file.write_text(json.dumps(found), "utf-8")
    assert re.search(r"was written without tables: it kept its summary alone", refused(run))


def test_a_table_that_was_deleted_is_named_before_the_others_are_read(run: Path) -> None:
    """They are rubbish, which would be found if one were read."""
    for file in run.glob("*.parquet"):
        file.write_bytes(b"rubbish")
    (run / "series.parquet").unlink()

    files = "there is neither series.parquet nor series.csv"
    assert f"{run} has no table series: {files} (rule no-table)" in refused(run)


def cut(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def without_column(path: Path) -> None:
    """Leave out a column of a Parquet file."""
    parquet.write_table(parquet.read_table(path).drop_columns(["at_s"]), path)


def of_another_type(path: Path) -> None:
    """Put words where numbers should stand."""
    table = parquet.read_table(path)
    words = pa.array(["soon"] * len(table))
    parquet.write_table(table.set_column(table.column_names.index("at_s"), "at_s", words), path)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (cut, ""),
        (lambda path: path.write_bytes(b""), ""),
        (without_column, "there is no column at_s"),
        (of_another_type, "a column of type string stands where one of numbers should"),
    ],
    ids=["cut", "empty", "column", "type"],
)
def test_a_damaged_file_of_parquet_is_named(
    run: Path, damage: Callable[[Path], None], says: str
) -> None:
    """With the table, the file and what is wrong with it."""
    path = run / "queues.parquet"
    damage(path)
    assert refused(run).startswith(f"the table queues is damaged: {path}: {says}")


def test_a_table_from_before_it_had_a_column_is_read(run: Path) -> None:
    """Requests had no rows of traces once, and nothing that reads them needs these."""
    path = run / "requests.parquet"
    parquet.write_table(parquet.read_table(path).drop_columns(["row"]), path)

    requests = FinishedRun.open(run).tables["requests"]

    assert "source" in requests.columns
    assert "row" not in requests.columns


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (b"\n", b"", "its last line is cut off"),
        (b"DELETED,last request ended,last_request_ended\n", b"DEL\n", "CSV parse error"),
        (b"rollout", b"roll\xffout", ""),
        (b"at_s,", b"at,", "there is no column at_s"),
        (b"QUEUED,STARTING", b"QUEUED,SPAM", "column after has the unknown word 'SPAM'"),
        (b",100.0,", b",soon,", ""),
    ],
    ids=["end", "line", "utf-8", "column", "word", "number"],
)
def test_a_damaged_file_of_csv_is_named(
    text_run: Path, before: bytes, after: bytes, says: str
) -> None:
    """Cut off, not UTF-8, without a column, or with what no column of that name holds."""
    path = text_run / "replicas.csv"
    content = path.read_bytes()
    head, found, tail = content.rpartition(before)
    assert found
    path.write_bytes(head + after + tail)
    assert refused(text_run).startswith(f"the table replicas is damaged: {path}: {says}")
