"""`sim plot`: what it draws where, and what it says when it cannot."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from build_record import replace_story
from sim.cli import main
from sim.plots.files import save
from sim.results.files import check_replaceable
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


def test_a_misspelt_deployment_is_refused_before_a_table_is_read(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tables of a long day have 150 MB; these have none that could be read."""
    spoilt = shutil.copytree(finished, tmp_path / "spoilt")
    for file in spoilt.glob("*.parquet"):
        file.write_bytes(b"rubbish")
    said = (2, "", "no deployment is named 'spam'; the run has: api\n")
    assert plot(capsys, spoilt, "--deployment", "spam") == said
    status, _, err = plot(capsys, spoilt, "--out", tmp_path / "missing" / "x.png")
    assert (status, err) == (2, f"{tmp_path / 'missing' / 'x.png'}: No such file or directory\n")


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("*.parquet", None, "{run} was written without tables: "),
        ("series.parquet", None, "{run} has no table series: "),
        ("series.parquet", b"PAR1", "the table series is damaged: {run}/series.parquet: "),
    ],
    ids=["none", "one", "damaged"],
)
def test_tables_that_are_not_there_or_damaged_are_named(
    finished: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    content: bytes | None,
    says: str,
) -> None:
    """In one line, with status 2; the picture that was there is still there."""
    run = shutil.copytree(finished, tmp_path / "run")
    for path in run.glob(file):
        path.unlink()
        if content is not None:
            path.write_bytes(content)
    before = sorted(run.iterdir())
    status, out, err = plot(capsys, run)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(says.format(run=run))
    assert sorted(run.iterdir()) == before


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a run of two deployments."""
    directory = tmp_path_factory.mktemp("runs") / "two"
    story = replace_story()
    other = replace(story.deployments[0], name="chat 2.0")
    both = story.scenario.deployments[0]
    spec = story.scenario.model_copy(
        update={"deployments": (both, both.model_copy(update={"name": "chat 2.0"}))}
    )
    record = replace(story, scenario=spec, deployments=(*story.deployments, other))
    Result(record).write(directory)
    return directory


def test_all_deployments_can_be_drawn(
    two: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each into a file of its own, whose path is printed."""
    status, out, err = plot(capsys, two, "--out", tmp_path / "x.svg", "--deployment", "all")
    paths = [tmp_path / "x-api.svg", tmp_path / "x-chat 2.0.svg"]
    assert (status, out, err) == (0, "".join(f"{path}\n" for path in paths), "")
    assert sorted(tmp_path.iterdir()) == paths
    for path, name in zip(paths, ("api", "chat 2.0"), strict=True):
        assert f"replace story: {name}" in path.read_text("utf-8")


def test_pictures_of_all_deployments_do_not_make_the_directory_foreign(
    two: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run may be written in its place again."""
    assert plot(capsys, two, "--deployment", "all")[0] == 0
    assert (two / "timeline-chat 2.0.png").exists()
    check_replaceable(two)


def test_a_part_of_a_run_can_be_drawn(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Between two instants, spelt as in a scenario."""
    picture = tmp_path / "x.svg"
    status, out, err = plot(capsys, finished, "--out", picture, "--from", "90s", "--to", "2min30s")
    assert (status, out, err) == (0, f"{picture}\n", "")
    assert "shown: 1 min 30 s to 2 min 30 s" in picture.read_text("utf-8")
    save(Result(replace_story()).plot(start_at_s=90, end_at_s=150), tmp_path / "wanted.svg")
    assert picture.read_bytes() == (tmp_path / "wanted.svg").read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "2min", "--to", "1min"), "--from: is not before --to, 1min (got 2min; "),
        (("--to", "4min"), "--to: is not in the run, which goes from 0s to 200s (got 4min; "),
        (("--from", "200s"), "--from: is the run's end (got 200s; "),
        (("--from", "30"), "--from: has no unit: write 30s (or another of s, ms, min, h, d, w) ("),
    ],
)
def test_what_is_no_part_of_the_run_is_refused(
    finished: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    said: str,
) -> None:
    """One message that names the option, and status 2; nothing is drawn."""
    status, out, err = plot(capsys, finished, "--out", tmp_path / "x.png", *options)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [None, "not json", "{}", '{"schema": "sim-result/2"}'])
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
