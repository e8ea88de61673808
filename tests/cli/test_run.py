"""`sim run`: what goes to stdout, what to stderr, what is written, and the exit status."""

import errno
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from sim.cli import main
from sim.engines.vectorised import compilation
from sim.results import result as result_module
from sim.results.result import Result

SCENARIO = """
name: two calls
horizon: 100s
deployments:
  - name: api
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, threadCount: 1}
    request: {wait: 4s}
    traffic: [{kind: instants, at: [10s, 11s]}]
"""


class Done(NamedTuple):
    """What a command did."""

    status: int
    stdout: str
    stderr: str


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a scenario file: two requests of 4 s, the second of which waits 3 s."""
    path = tmp_path / "two calls.yaml"
    path.write_text(SCENARIO)
    return path


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures have tests of their own, and take a second each."""
    monkeypatch.setattr(
        result_module.Result, "_draw", lambda _self, path: path.write_bytes(b"a picture")
    )


def sim_run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Done:
    """Run `sim run *arguments` in this process."""
    status = main.run(["run", *map(str, arguments)])
    return Done(status, *capsys.readouterr())


def test_the_summary_goes_to_stdout_and_nothing_else_anywhere(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    """Without --out no file is written, and off a terminal there is no progress."""
    done = sim_run(capsys, file)

    assert done.status == 0
    assert done.stdout.startswith("two calls: 1 min 40 s simulated, seed 0, engine vectorised\n")
    assert "    all" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
    assert list(file.parent.iterdir()) == [file]


def test_json_is_the_contents_of_result_json(
    capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path
) -> None:
    """To the byte; paths of what was written go to stderr."""
    done = sim_run(capsys, file, "--format", "json", "--out", tmp_path / "run")

    assert done.stdout == (tmp_path / "run" / "result.json").read_text("utf-8")
    found = json.loads(done.stdout)["deployments"][0]
    assert found["response_s"]["max"] == 7
    assert found["wait_s"]["max"] == 3
    assert {line.removeprefix("wrote ") for line in done.stderr.splitlines()} == {
        str(path) for path in (tmp_path / "run").iterdir()
    }


@pytest.mark.parametrize(
    ("keep", "hint"),
    [("attempts", "; `sim plot {run} --deployment all` draws each"), ("summary", "")],
)
def test_the_last_line_says_which_of_several_deployments_the_picture_shows(
    capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path, keep: str, hint: str
) -> None:
    """And how to see the others, if the run keeps what they are drawn from."""
    other = SCENARIO[SCENARIO.index("  - name: api") :].replace("name: api", "name: other")
    publish = "timeline: [{event: publish, at: 20s, deployment: other}]\n"
    file.write_text(SCENARIO + other + publish)
    run = tmp_path / "run"
    done = sim_run(capsys, file, "--out", run, "--keep", keep)

    assert done.stderr.splitlines()[-1] == (
        f"wrote {run / 'timeline.png'}: shows other, one of 2 deployments{hint.format(run=run)}"
    )


def test_options_change_the_run_and_are_in_its_provenance(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    """Seed, values of the scenario, engine."""
    done = sim_run(
        capsys,
        *(file, "--seed", "5", "--engine", "reference", "--format", "json"),
        *("--set", "horizon=12s", "--set", "deployments.api.request.wait=1s"),
    )
    found = json.loads(done.stdout)

    assert found["provenance"]["seed"] == found["provenance"]["scenario"]["seed"] == 5
    assert found["horizon_s"] == 12
    assert found["deployments"][0]["requests"]["completed"] == 1
    assert found["deployments"][0]["requests"]["running"] == 1


def test_a_written_scenario_runs_again_to_the_same_result(
    capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path
) -> None:
    """`scenario.json` is a scenario: defaults filled in, the seed that was used."""
    sim_run(capsys, file, "--seed", "5", "--out", tmp_path / "one", "--quiet")
    sim_run(capsys, tmp_path / "one" / "scenario.json", "--out", tmp_path / "other", "--quiet")

    one, other = (
        {p.name: p.read_bytes() for p in (tmp_path / d).iterdir()} for d in ("one", "other")
    )
    assert one == other


def test_csv_tables_and_silence(
    capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path
) -> None:
    """--quiet leaves the summary on stdout and nothing on stderr."""
    done = sim_run(capsys, file, "--out", tmp_path / "run", "--tables", "csv", "--quiet")

    assert done.stderr == ""
    assert "two calls" in done.stdout
    lines = (tmp_path / "run" / "requests.csv").read_text("utf-8").splitlines()
    assert lines[2] == "api,1,1,11.0,14.0,18.0,18.0,0,0,0,completed,instants0,"


@pytest.mark.parametrize("also", [[], ["--tables", "none"]])
def test_a_run_that_keeps_its_summary_writes_it_and_the_picture(
    capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path, also: list[str]
) -> None:
    """The same figures; the quantiles are not exact, and both forms of the summary say so."""
    out = ["--keep", "summary", "--out", str(tmp_path / "run"), *also]
    text = sim_run(capsys, file, *out)
    found = json.loads(sim_run(capsys, file, *out, "--format", "json").stdout)

    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        *("scenario.json", "result.json", "timeline.png")
    }
    assert "quantiles of requests to 0.2%" in text.stdout
    assert found["quantile_relative_error"] == 2**-9
    assert found["deployments"][0]["requests"]["completed"] == 2
    assert found["deployments"][0]["wait_s"]["mean"] == 1.5
    assert found["deployments"][0]["response_s"]["max"] == 7

    status = main.run(["plot", str(tmp_path / "run")])
    assert status == 2
    assert "its picture was drawn when it ran" in capsys.readouterr().err


REFUSED: list[tuple[str, Sequence[str], str]] = [
    ("no such file", ["nowhere.yaml"], "nowhere.yaml"),
    ("no such field", ["{file}", "--set", "horizonn=1s"], "horizonn"),
    ("no override", ["{file}", "--set", "horizon"], "--set horizon"),
    ("no such engine", ["{file}", "--engine", "fast"], "'fast' is not one of"),
    ("a negative seed", ["{file}", "--seed", "-1"], "--seed"),
    ("tables of nothing", ["{file}", "--tables", "csv"], "give --out DIR too"),
    (
        "a table of what is not kept",
        ["{file}", "--keep", "summary", "--out", "{file}.run", "--tables", "csv"],
        "leave out --tables csv, or --keep summary",
    ),
    ("no file", [], "FILE"),
]


@pytest.mark.parametrize(
    ("arguments", "named"), [pytest.param(*row, id=name) for name, *row in REFUSED]
)
def test_wrong_input_is_status_2_and_one_message(
    capsys: pytest.CaptureFixture[str], file: Path, arguments: Sequence[str], named: str
) -> None:
    """On stderr, naming what is wrong; nothing on stdout."""
    done = sim_run(capsys, *(part.format(file=file) for part in arguments))

    assert done.status == 2
    assert done.stdout == ""
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_a_directory_that_is_not_ours_is_refused_before_the_run(
    capsys: pytest.CaptureFixture[str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for hours to hear it; the directory stays as it is."""
    monkeypatch.setattr("sim.cli.run.simulate", lambda *_, **__: pytest.fail("it ran"))
    done = sim_run(capsys, file, "--out", file.parent)

    assert done.status == 2
    assert f"holds other things, such as {file.name}" in done.stderr
    assert list(file.parent.iterdir()) == [file]


def test_a_place_that_cannot_be_written_to_is_status_2(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    """The system's own words, with the path."""
    done = sim_run(capsys, file, "--out", file / "run")

    assert done.status == 2
    assert str(file) in done.stderr


def read_terminal(terminal: int) -> bytes:
    """Return what was written to a terminal, nothing when its writers have gone."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_progress_is_shown_on_a_terminal_only(file: Path) -> None:
    """A bar on stderr that reaches its end; the summary on stdout is the same."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as terminal:
        running = subprocess.Popen(
            [sys.executable, "-m", "sim", "run", str(file)],
            stdout=subprocess.PIPE,
            stderr=terminal,
        )
    shown = b"".join(iter(lambda: read_terminal(ours), b""))
    os.close(ours)
    stdout, _ = running.communicate()

    assert running.returncode == 0
    assert b"two calls" in stdout
    assert b"simulating" in shown
    assert b"100%" in shown


def test_that_something_is_compiled_is_said_once(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where stderr is no terminal; not of a run that is too small to be compiled, nor if quiet."""

    @contextmanager
    def compiling(begins: Callable[[], None]) -> Iterator[None]:
        begins()
        yield

    said = "compiling the engine, half a minute the first time on a machine\n"
    monkeypatch.setattr(compilation, "telling", compiling)
    assert said not in sim_run(capsys, file).stderr
    monkeypatch.setattr(compilation, "FEWEST_TO_COMPILE", 1)
    assert sim_run(capsys, file).stderr.count(said) == 1
    assert sim_run(capsys, file, "--quiet").stderr == ""
    assert said not in sim_run(capsys, file, "--engine", "reference").stderr


def test_what_was_found_is_told_though_it_cannot_be_written(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full after hours of simulation."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "x")

    monkeypatch.setattr(Result, "write", full)
    status = main.run(["run", str(file), "--out", str(tmp_path / "run")])
    told = capsys.readouterr()
    assert (status, told.err) == (2, "x: No space left on device\n")
    assert "two calls" in told.out


IN_WARM_UP = """
name: PUT in the warm-up
horizon: 100s
warm_up: 50s
deployments:
  - name: api
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, threadCount: 1}
timeline:
  - event: replace
    at: 10s
    deployment: api
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, threadCount: 2}
"""


@pytest.mark.parametrize(
    ("arguments", "is_in_text", "is_on_stderr"),
    [
        ((), True, False),
        (("--format", "json"), False, True),
        (("--format", "json", "--quiet"), False, False),
    ],
    ids=["text", "json", "quiet"],
)
def test_a_warning_is_part_of_the_text_or_goes_to_stderr(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: tuple[str, ...],
    *,
    is_in_text: bool,
    is_on_stderr: bool,
) -> None:
    """Where the summary is JSON, which has it too, it is said on stderr, unless quiet."""
    file = tmp_path / "warm.yaml"
    file.write_text(IN_WARM_UP)
    done = sim_run(capsys, file, *arguments)

    said = "api: windows of rollout 1 reach into the warm-up, which ends at 50 s"
    assert (f"Warning: {said}" in done.stdout) == is_in_text
    assert done.stderr.startswith(f"warning: {said}") == is_on_stderr
    if "json" in arguments:
        (warning,) = json.loads(done.stdout)["warnings"]
        assert warning["words"].startswith(said)
        assert (warning["code"], warning["rollout"]) == ("window_in_warm_up", 1)
