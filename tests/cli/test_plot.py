"""`sim plot`: what it draws where, and what it says when it cannot."""

from pathlib import Path

import pytest
from results.build_record import replace_story

from sim.cli import main
from sim.results.result import Result


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a small run."""
    directory = tmp_path_factory.mktemp("runs") / "story"
    Result(replace_story()).write(directory)
    return directory


def plot(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run `sim plot` and return its status and what it wrote to stdout and stderr."""
    status = main.run(["plot", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize(
    ("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_a_run_is_drawn_in_the_format_of_the_suffix(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str, magic: bytes
) -> None:
    """The picture's path is the one result on stdout."""
    picture = tmp_path / f"x.{suffix}"
    assert plot(capsys, finished, "--out", picture) == (0, f"{picture}\n", "")
    assert picture.read_bytes().startswith(magic)


def test_by_default_the_picture_of_the_run_is_drawn_anew(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run read back from its files gives the very picture that was written with it."""
    picture = finished / "timeline.png"
    written = picture.read_bytes()
    picture.unlink()
    assert plot(capsys, finished) == (0, f"{picture}\n", "")
    assert picture.read_bytes() == written


def test_a_deployment_can_be_asked_for(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its name; another name is answered with those there are."""
    picture = tmp_path / "x.png"
    assert plot(capsys, finished, "--out", picture, "--deployment", "api")[0] == 0
    picture.unlink()
    status, out, err = plot(capsys, finished, "--out", picture, "--deployment", "spam")
    assert (status, out) == (2, "")
    assert err == "no deployment is named 'spam'; the run has: api\n"
    assert not picture.exists()


@pytest.mark.parametrize("content", [None, "not json", "{}"])
def test_what_is_not_a_run_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    """One message that names the directory, and status 2; nothing is left in it."""
    if content is not None:
        (tmp_path / "result.json").write_text(content)
    before = sorted(tmp_path.iterdir())
    status, out, err = plot(capsys, tmp_path)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"{tmp_path} does not hold a run" in err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["x.jpeg", "x"])
def test_an_unknown_suffix_is_refused_before_the_run_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """One message that names the formats, and status 2."""
    status, out, err = plot(capsys, tmp_path / "no run", "--out", tmp_path / name)
    assert (status, out) == (2, "")
    assert err == f"{tmp_path / name}: the suffix of a picture must be one of .png, .svg, .pdf\n"


def test_a_missing_folder_is_named(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message with the path that was asked for, and status 2."""
    picture = tmp_path / "missing" / "x.png"
    assert plot(capsys, finished, "--out", picture) == (
        2,
        "",
        f"{picture}: No such file or directory\n",
    )


def test_help_says_what_can_be_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """Formats and defaults are in the help."""
    status, out, _ = plot(capsys, "--help")
    assert status == 0
    assert ".png, .svg or .pdf" in out
    assert "timeline.png in DIR" in out
