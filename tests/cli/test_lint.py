"""`sim lint`, and what the other commands say of its findings."""

import json
from pathlib import Path
from typing import Any

import pytest

from sim.cli.main import run
from sim.cli.statuses import DONE, NEGATIVE, YOUR_INPUT

SCENARIOS = Path(__file__).parents[2] / "scenarios"
DEADLOCK = str(SCENARIOS / "gpu_queue_deadlock.yaml")
CLIFF = str(SCENARIOS / "capacity_cliff.yaml")
SPARE = str(SCENARIOS / "gpu_queue_one_spare.yaml")
ENOUGH = ("--set", "queues.h100.limits.H100=5")


@pytest.mark.parametrize(
    ("arguments", "status", "first"),
    [
        ([DEADLOCK], NEGATIVE, "1 never, 0 risk"),
        ([DEADLOCK, *ENOUGH], DONE, "nothing found"),
        ([CLIFF], DONE, "0 never, 2 risk"),
        ([SPARE, "--quiet"], DONE, "nothing found"),
    ],
    ids=["a never", "mended by --set", "risks", "nothing"],
)
def test_the_first_line_counts_and_the_status_says_never(
    arguments: list[str], status: int, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 3 is for what never happens; risks alone are 0. Nothing goes to stderr."""
    assert run(["lint", *arguments]) == status

    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == first
    assert printed.err == ""


def test_text_has_place_claim_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    """Three lines a finding."""
    run(["lint", DEADLOCK])

    _, where, claim, remedy = capsys.readouterr().out.splitlines()
    assert where == (
        "never: timeline[0].runtimeConfiguration.gpu.count (line 43, rule rollout-never-switches)"
    )
    assert "never switches: it needs 1 GPU of type H100" in claim
    assert remedy == "  Set queues.h100.limits.H100 to at least 5."


def test_json_is_one_object_with_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """With every key of a finding."""
    assert run(["lint", DEADLOCK, "--format", "json"]) == NEGATIVE

    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "sim-lint/1"
    (finding,) = said["findings"]
    assert set(finding) == {"level", "rule", "field", "line", "claim", "numbers", "remedy"}
    assert finding["numbers"]["needed_gpus"] == 1


def test_what_is_written_goes_by_the_suffix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As on stdout, which has the answer too; another suffix is refused before anything is done."""
    files = [tmp_path / "findings.json", tmp_path / "findings.txt"]
    words = [word for file in files for word in ("--out", str(file))]
    assert run(["lint", DEADLOCK, *words]) == NEGATIVE
    printed = capsys.readouterr()

    assert json.loads(files[0].read_text("utf-8"))["schema"] == "sim-lint/1"
    assert files[1].read_text("utf-8") == printed.out
    assert printed.err.splitlines() == [f"wrote {file}" for file in files]
    assert run(["lint", DEADLOCK, "--out", str(tmp_path / "findings.doc")]) == YOUR_INPUT
    assert "what is written goes by the suffix" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name: x\nhorizon: 1h\n", "deployments"),
        ('{"runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1}}', "runtimeConfiguration"),
        ("", "is empty"),
    ],
    ids=["incomplete", "a PUT body", "empty"],
)
def test_what_is_no_scenario_is_refused(
    content: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2 and the reason on stderr, without a traceback."""
    file = tmp_path / "file.yaml"
    file.write_text(content, encoding="utf-8")
    assert run(["lint", str(file)]) == YOUR_INPUT

    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err
    assert "Traceback" not in printed.err


def test_a_missing_folder_for_the_findings_is_the_users(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr."""
    assert run(["lint", DEADLOCK, "--out", str(tmp_path / "no" / "file.txt")]) == YOUR_INPUT
    assert "No such file" in capsys.readouterr().err


def test_help_states_every_status(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the command, and of the group."""
    run(["lint", "--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert "Exit status: 0 without a never, 3 with one, 2 where" in words
    run(["--help"])
    assert "3 the answer is no" in " ".join(capsys.readouterr().out.split())


# The other commands -----------------------------------------------------------------------------


def test_validate_warns_and_stays_valid(capsys: pytest.CaptureFixture[str]) -> None:
    """A *never* is no violation: the API would take it."""
    assert run(["validate", DEADLOCK]) == DONE

    warning, valid = capsys.readouterr().out.splitlines()
    assert warning.startswith(f"{DEADLOCK}:43: warning: timeline[0].runtimeConfiguration.gpu.count")
    assert warning.endswith("(never; rule rollout-never-switches)")
    assert valid == f"{DEADLOCK}: valid"


def test_validate_has_findings_of_scenarios_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key is absent for the body of a PUT, and for a scenario that is not valid."""

    def said(file: str | Path) -> dict[str, Any]:
        run(["validate", "--format", "json", str(file)])
        return dict(json.loads(capsys.readouterr().out))

    body, broken = tmp_path / "put.json", tmp_path / "broken.yaml"
    body.write_text('{"runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1}}')
    broken.write_text("name: x\nhorizon: 1h\n", encoding="utf-8")

    assert [finding["line"] for finding in said(DEADLOCK)["findings"]] == [43]
    assert said(SPARE)["findings"] == []
    assert set(said(body)) == {"valid", "violations"}
    assert set(said(broken)) == {"valid", "violations"}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([DEADLOCK], f"sim lint finds 1 never, 0 risk: `sim lint {DEADLOCK}` says what"),
        ([DEADLOCK, *ENOUGH], None),
        ([DEADLOCK, "--quiet"], None),
    ],
    ids=["found", "nothing found", "quiet"],
)
def test_run_has_one_line_on_stderr(
    arguments: list[str], line: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its status stays 0 whatever it simulates, and stdout is as it was."""
    assert run(["run", *arguments, "--set", "horizon=6min"]) == DONE

    printed = capsys.readouterr()
    told = [said for said in printed.err.splitlines() if "sim lint" in said]
    assert told == ([] if line is None else [line])
    assert "sim lint" not in printed.out
