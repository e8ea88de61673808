"""`sim diff` on the command line."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from case_files import ROLLING, TINY, write_case
from sim.cli.main import run
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario
from sim.studies import replicate


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Two scenarios that differ in their horizon and in the rate of their requests."""
    one = write_case(tmp_path, "one", TINY)
    two = write_case(tmp_path, "two", TINY, ("3/s", "4/s"), ("100s", "50s"))
    return str(one), str(two)


def test_a_line_a_field_after_how_many_there_are(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """In the order of the first scenario; the status is 0 whatever differs."""
    assert run(["diff", *files]) == 0

    count, heads, *rows = capsys.readouterr().out.splitlines()
    assert count == "2 fields differ"
    assert heads.split() == ["A", "B"]
    assert [row.split() for row in rows] == [
        ["horizon", "100s", "50s"],
        ["deployments.a.traffic.users.rate", "3/s", "4/s"],
    ]


def test_json_has_null_where_one_has_nothing(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the form that `sim schema --of diff` describes."""
    other = write_case(tmp_path, "three", TINY, ("horizon", "question: why?\nhorizon"))

    assert run(["diff", files[0], str(other), "--format", "json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert run(["schema", "--of", "diff"]) == 0
    Draft202012Validator(json.loads(capsys.readouterr().out)).validate(found)
    change = {"field": "question", "a": None, "b": "why?"}
    assert found == {"schema": "sim-diff/1", "changes": [change]}


def test_what_is_set_is_set_in_both(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """So that a difference that is known can be left out."""
    rate = "deployments.a.traffic.users.rate=1/s"

    assert run(["diff", *files, "--set", "horizon=10s", "--set", rate]) == 0
    assert capsys.readouterr().out == "nothing differs\n"
    assert run(["diff", *files, "--set", "horizon=10s"]) == 0
    assert capsys.readouterr().out.startswith("1 field differs\n")


def test_runs_and_stores_stand_for_their_scenarios(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run from its directory, with the seed that it had; the one case of a store."""
    directory, store = tmp_path / "run", tmp_path / "x.db"
    assert run(["run", files[0], "--seed", "8", "--out", str(directory), "--tables", "none"]) == 0
    replicate(files[1], runs=2, workers=1, store=store)
    capsys.readouterr()

    assert run(["diff", str(directory), files[0]]) == 0
    assert capsys.readouterr().out.split()[-3:] == ["seed", "8", "3"]
    assert run(["diff", files[1], str(store)]) == 0
    assert capsys.readouterr().out == "nothing differs\n"


def test_what_is_no_scenario_is_refused(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message, status 2; also where something is to be set in what has been run."""
    store = tmp_path / "x.db"
    replicate(files[0], runs=2, workers=1, store=store, variants={"roll": _rolling(tmp_path)})

    assert run(["diff", files[0], str(tmp_path)]) == 2
    assert "there is no result.json of a run in it" in capsys.readouterr().err
    assert run(["diff", files[0], str(store)]) == 2
    assert "has 2 cases (tiny, roll), and one scenario is wanted" in capsys.readouterr().err
    assert run(["diff", files[0], str(store), "--set", "horizon=1s"]) == 2
    assert "is a store, in which nothing can be set" in capsys.readouterr().err


def test_both_forms_are_written_to_files(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the suffix; another suffix is refused before anything is read."""
    text, data = tmp_path / "x.txt", tmp_path / "x.json"

    assert run(["diff", *files, "--out", str(text), "--out", str(data)]) == 0
    assert text.read_text("utf-8") == capsys.readouterr().out
    assert len(json.loads(data.read_text("utf-8"))["changes"]) == 2
    assert run(["diff", "no", "no", "--out", "x.png"]) == 2
    assert "one of .json, .txt" in capsys.readouterr().err


def _rolling(folder: Path) -> Scenario:
    return load_scenario(write_case(folder, "rolling", ROLLING))
