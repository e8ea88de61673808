"""`sim check`: what it prints, writes, refuses, and with which status it ends."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from typing_extensions import override

from sim.cli import main
from sim.cli.statuses import DONE, INTERRUPTED, NEGATIVE, UNDECIDED, YOUR_INPUT
from sim.studies.runs.executor import InThisProcess
from sim.studies.runs.replication import Made, Task
from sim.studies.runs.seeds import replication_seed
from sim.studies.runs.store import open_store
from study_scenarios import DRAWN, write

PASSING = "api.response_s.p99 < 1min"
FAILING = "api.response_s.p99 < 1ms"


def sim(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run a command in this process; return status, stdout and stderr."""
    status = main.run([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


def file_expecting(folder: Path, *expectations: str, name: str = "scenario.yaml") -> Path:
    """Write a small scenario that expects these."""
    listed = "".join(f"  - {one}\n" for one in expectations)
    return write(folder, f"{DRAWN}expect:\n{listed}", name=name)


def one_run(condition: str, *, more: str = "") -> str:
    """Return an expectation that one run decides."""
    return f"{{that: {condition}, in: this run{more}}}"


@pytest.mark.parametrize(
    ("expectations", "options", "status", "first_line"),
    [
        ([one_run(PASSING)], [], DONE, "1 of 1 expectation passes"),
        ([one_run(PASSING), FAILING], [], NEGATIVE, "1 of 2 expectations passes, 1 fails"),
        (
            [one_run(PASSING), one_run(FAILING, more=", report_only: true")],
            [],
            DONE,
            "1 of 1 expectation passes (1 more for report only)",
        ),
        (
            ["{that: api.response_s.p99 < 1min, in: mean}", FAILING],
            ["--ceiling", 36],
            NEGATIVE,
            "1 of 2 expectations passes, 1 fails",
        ),
    ],
)
def test_the_status_is_the_verdict(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    expectations: list[str],
    options: list[object],
    status: int,
    first_line: str,
) -> None:
    """0 if all pass, 3 if any fails; those for report only do not count."""
    file = file_expecting(tmp_path, *expectations)
    found, out, err = sim(capsys, "check", file, "--workers", 1, *options)

    assert (found, out.splitlines()[0], err) == (status, first_line, "")


@pytest.mark.parametrize(
    ("options", "status"),
    [([], UNDECIDED), (["--undecided", "pass"], DONE), (["--undecided", "fail"], NEGATIVE)],
)
def test_undecided_counts_as_it_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str], status: int
) -> None:
    """4 by itself; the verdict stays what it is, and JUnit follows the status."""
    file = file_expecting(tmp_path, "{that: api.response_s.p99 < 930ms, in: mean}")
    junit = tmp_path / "check.xml"
    found, out, _ = sim(
        *(capsys, "check", file, "--workers", 1, "--ceiling", 10, "--junit", junit, "--quiet"),
        *options,
    )

    assert found == status
    assert out.startswith("0 of 1 expectation pass, 1 undecided: the mean lies ")
    failures = ET.parse(junit).getroot().attrib["failures"]
    assert failures == ("1" if status == NEGATIVE else "0")


def test_fail_comes_before_undecided(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Whatever undecided counts as."""
    file = file_expecting(
        tmp_path, "{that: api.response_s.p99 < 930ms, in: mean}", one_run(FAILING)
    )
    status, out, _ = sim(
        capsys, "check", file, "--workers", 1, "--ceiling", 10, "--undecided", "pass"
    )

    assert status == NEGATIVE
    assert out.splitlines()[0] == "0 of 2 expectations pass, 1 fails, 1 undecided"


def test_json_is_as_its_schema_says(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With every key, the file as it was named, and the line of each expectation."""
    file = file_expecting(tmp_path, FAILING, one_run(PASSING))
    status, out, _ = sim(capsys, "check", file, "--workers", 1, "--format", "json")
    found = json.loads(out)
    schema: Any = json.loads(sim(capsys, "schema", "--of", "check")[1])

    jsonschema.validate(found, schema)
    assert (status, found["schema"], found["verdict"]) == (NEGATIVE, "sim-check/1", "fail")
    first, second = found["expectations"]
    assert {key: first[key] for key in ("that", "in", "verdict", "runs", "line", "case")} == {
        "that": FAILING,
        "in": "90% of runs",
        "verdict": "fail",
        "runs": 3,
        "line": 19,
        "case": "A drawn minute",
    }
    assert (first["file"], first["report_only"], first["runs_needed"]) == (str(file), False, None)
    assert second["observed"]["value"] is not None
    assert second["confidence"] is None


def test_this_run_is_what_sim_run_shows(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With the seed of the first replication, to the last digit."""
    file = file_expecting(tmp_path, one_run(PASSING))
    _, out, _ = sim(capsys, "check", file, "--workers", 1, "--format", "json")
    seed = replication_seed(5, 0)
    _, ran, _ = sim(capsys, "run", file, "--seed", seed, "--format", "json")

    (found,) = json.loads(out)["expectations"]
    assert found["observed"]["value"] == json.loads(ran)["deployments"][0]["response_s"]["p99"]


def test_several_files_are_checked_in_one_go(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """`--set` and `--seed` are for all."""
    files = [
        file_expecting(tmp_path, one_run("api.requests.arrived > 400"), name=name)
        for name in ("a.yaml", "b.yaml")
    ]
    options = ("--workers", 1, "--set", "deployments.api.traffic.web.rate=9/s", "--seed", 3)
    status, out, _ = sim(capsys, "check", *files, *options)

    assert (status, out.splitlines()[0]) == (DONE, "2 of 2 expectations pass")
    assert out.count(f"seed {replication_seed(3, 0)}") == 2
    assert [line for line in out.splitlines() if line in {str(file) for file in files}] == [
        str(file) for file in files
    ]


def test_what_is_written_goes_by_the_suffix(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As on stdout; JUnit beside it; said on stderr unless it is to be quiet."""
    file = file_expecting(tmp_path, one_run(PASSING))
    files = {name: tmp_path / f"check.{name}" for name in ("json", "txt", "md", "xml")}
    words: list[object] = ["--junit", files["xml"]]
    for name in ("json", "txt", "md"):
        words += ["--out", files[name]]
    printed = {
        name: sim(capsys, "check", file, "--workers", 1, "--format", name, *words)
        for name in ("text", "json", "markdown")
    }

    for suffix, name in (("txt", "text"), ("json", "json"), ("md", "markdown")):
        assert files[suffix].read_text("utf-8") == printed[name][1]
    assert files["md"].read_text("utf-8").startswith("<!-- sim check -->\n")
    assert ET.parse(files["xml"]).getroot().attrib["tests"] == "1"
    assert printed["text"][2].splitlines() == [
        f"wrote {files[name]}" for name in ("json", "txt", "md", "xml")
    ]
    assert sim(capsys, "check", file, "--workers", 1, *words, "--quiet")[2] == ""


@pytest.mark.parametrize(
    ("expectation", "options", "message"),
    [
        ("a.b < 1", [], "scenario.yaml:19:5: expect[0]: a.b is no measure"),
        ("{that: a.b < 1}", [], "scenario.yaml:19:12: expect[0].that: a.b is no measure"),
        ("api.response_s.p99 < 2", [], "its limit is a duration such as 2s (got"),
        ("api.response_s.p99 ! 2s", [], "scenario.yaml:19:5: expect[0]: has the unknown operator"),
        (PASSING, ["--ceiling", 35], "takes at least 36 runs to be decided, and the ceiling is 35"),
        (PASSING, ["--ceiling", 0], "Invalid value for '--ceiling'"),
        (PASSING, ["--undecided", "maybe"], "Invalid value for '--undecided'"),
        (PASSING, ["--out", "check.doc"], "what is written goes by the suffix"),
        (PASSING, ["--set", "expect=[]"], "expects nothing: give it `expect:`"),
        (PASSING, ["--set", 'expect=["a.b < 1"]'], "--set"),
        (PASSING, ["--set", "horizn=3s"], "did you mean horizon?"),
        (PASSING, ["--store", "nowhere/runs.db"], "is its directory there"),
        (PASSING, ["--scheduler", "tcp://127.0.0.1:1"], "a cluster has its own workers"),
        (one_run(PASSING), ["--junit", "nowhere/check.xml"], "No such file or directory"),
    ],
)
def test_bad_input_is_one_clear_message(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expectation: str,
    options: list[object],
    message: str,
) -> None:
    """Status 2, on stderr, before any run; no traceback."""
    monkeypatch.chdir(tmp_path)
    file_expecting(tmp_path, expectation)
    status, _, err = sim(capsys, "check", "scenario.yaml", "--workers", 1, *options)

    assert status == YOUR_INPUT
    assert message in err
    assert "Traceback" not in err


def test_what_is_wrong_with_any_file_is_said_before_the_first_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A line each, of all of them; nothing on stdout."""
    files = [
        file_expecting(tmp_path, PASSING),
        file_expecting(tmp_path, "a.b < 1", "c.d < 1", name="b.yaml"),
        write(tmp_path, name="c.yaml"),
        tmp_path / "d.yaml",
    ]
    status, out, err = sim(capsys, "check", *files)

    assert (status, out) == (YOUR_INPUT, "")
    assert [line.rpartition("rule ")[2] for line in err.splitlines()] == [
        *("unknown-measure)", "unknown-measure)", "nothing-expected)", "readable-file)"),
    ]


def test_no_file_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2."""
    assert sim(capsys, "check")[0] == YOUR_INPUT


def test_what_was_there_stays_if_junit_cannot_be_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written whole or not at all."""
    file, junit = file_expecting(tmp_path, one_run(PASSING)), tmp_path / "check.xml"
    junit.write_text("before", "utf-8")

    def full(_path: Path, target: Path) -> Path:
        raise OSError(28, f"No space left on device for {target}")

    monkeypatch.setattr(Path, "replace", full)
    status, _, err = sim(capsys, "check", file, "--workers", 1, "--junit", junit)

    assert status == YOUR_INPUT
    assert "No space left on device" in err
    assert junit.read_text("utf-8") == "before"


def test_help_states_every_status(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the command, with examples, and of the group."""
    words = " ".join(sim(capsys, "check", "--help")[1].split())
    for said in ("0 if all pass; 3 if any fails; 4 if none fails", "2 if the input", "130 if it"):
        assert said in words
    assert "sim check scenarios/replace_under_load.yaml" in words
    assert "4 `sim check` could not decide" in " ".join(sim(capsys, "--help")[1].split())


class Stopped(InThisProcess):
    """Somebody presses Ctrl-C in the sixth run."""

    @override
    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
        for number, found in enumerate(super().run(tasks)):
            if number == 5:
                raise KeyboardInterrupt
            yield found


def test_an_interrupt_ends_with_what_there_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 130, whatever undecided counts as; the answer is printed, and runs are kept."""
    monkeypatch.setattr("sim.studies.runs.local.local", lambda _workers: Stopped())
    file, store, junit = (
        file_expecting(tmp_path, PASSING, FAILING),
        tmp_path / "runs.db",
        tmp_path / "check.xml",
    )
    status, out, _ = sim(
        *(capsys, "check", file, "--store", store, "--junit", junit, "--undecided", "pass")
    )

    assert status == INTERRUPTED
    assert out.splitlines()[0] == "0 of 2 expectations pass, 1 fails, 1 undecided"
    assert "undecided  api.response_s.p99 < 1min in 90% of runs: interrupted after 5 runs" in out
    assert junit.exists()
    with open_store(store) as opened:
        (case,) = opened.cases()
        assert len(opened.runs_of(case.parcel.key, with_series=False, with_counts=False)) == 5
