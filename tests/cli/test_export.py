"""`sim export`: what it writes where, and what it says when it cannot."""

import shutil
from pathlib import Path

import pytest

from build_record import replace_story
from sim.cli import main
from sim.results.files import check_replaceable
from sim.results.result import Result
from trace_reader import read_trace


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a small run."""
    monkeypatch.setattr(Result, "_draw", lambda _self, path: path.write_bytes(b"a picture"))
    Result(replace_story()).write(tmp_path / "story")
    return tmp_path / "story"


def export(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run `sim export --format perfetto` and return its status, stdout and stderr."""
    status = main.run(["export", "--format", "perfetto", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_trace_is_written_into_the_run(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its path is the one result on stdout, and another run may still be written in its place."""
    trace = finished / "trace.pftrace"
    assert export(capsys, finished) == (0, f"{trace}\n", "")
    assert read_trace(trace.read_bytes()).left_open == 0
    check_replaceable(finished)


def test_a_trace_is_written_where_it_is_wanted(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the place of an earlier file, and nothing beside it."""
    wanted = tmp_path / "x" / "a trace"
    wanted.parent.mkdir()
    wanted.write_text("an earlier one")
    assert export(capsys, finished, "--out", wanted) == (0, f"{wanted}\n", "")
    assert [path.name for path in wanted.parent.iterdir()] == ["a trace"]
    assert read_trace(wanted.read_bytes()).tracks


def test_what_is_left_out_is_said_in_a_line(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr, unless nothing is to be said."""
    (finished / "requests.parquet").unlink()
    (finished / "series.parquet").unlink()
    status, _, err = export(capsys, finished)
    said = "left out, since the directory has no such table: requests, series\n"
    assert (status, err) == (0, said)
    assert export(capsys, finished, "--quiet")[2] == ""


def test_what_cannot_be_exported_is_refused(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, status 2, and the trace that was there is as it was."""
    trace = finished / "trace.pftrace"
    trace.write_text("an earlier one")
    (finished / "queues.parquet").write_bytes(b"PAR1")
    status, out, err = export(capsys, finished)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("the table queues is damaged: ")
    assert trace.read_text() == "an earlier one"

    spoilt = shutil.copytree(finished, tmp_path / "spoilt")
    for table in spoilt.glob("*.parquet"):
        table.unlink()
    assert "was written without tables" in export(capsys, spoilt)[2]
    assert "does not hold a run" in export(capsys, tmp_path)[2]
    missing = tmp_path / "missing" / "x"
    said = f"{missing}: No such file or directory\n"
    assert export(capsys, finished, "--out", missing) == (2, "", said)


def test_a_form_must_be_named(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Others may follow."""
    assert main.run(["export", str(finished)]) == 2
    assert "--format" in capsys.readouterr().err
