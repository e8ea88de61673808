"""`sim new` on the command line: what it writes runs, and nothing is overwritten."""

import json
from pathlib import Path

import pytest

from sim.cli.main import run
from sim.scenario.reading.loader import load_scenario


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        ([], "my-deployment.yaml"),
        (["ranker"], "ranker.yaml"),
        (["ranker.yaml"], "ranker.yaml"),
        (["true"], "true.yaml"),
    ],
    ids=["default", "name", "file", "a word of YAML"],
)
def test_a_new_scenario_runs_as_it_is(
    arguments: list[str], file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has traffic, a replace and an expectation; stdout says what to do with it."""
    assert run(["new", *arguments]) == 0

    shown = capsys.readouterr()
    for verb in ("run", "plan", "study", "check"):
        assert f"  sim {verb} {file}" in shown.out
    assert shown.err.splitlines()[0] == f"wrote {file}"
    scenario = load_scenario(file)
    assert scenario.name == file.removesuffix(".yaml")
    assert (len(scenario.deployments), len(scenario.timeline), len(scenario.expect)) == (1, 1, 1)
    assert scenario.deployments[0].traffic
    assert run(["run", file, "--quiet"]) == 0
    assert run(["lint", file, "--quiet"]) == 0


def test_the_first_line_names_a_schema_that_is_there(folder: Path) -> None:
    """Editors find it beside the scenario, as they do with those that come with the package."""
    assert run(["new", "a"]) == 0

    first = (folder / "a.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./scenario.schema.json"
    assert json.loads((folder / "scenario.schema.json").read_text("utf-8"))["title"] == "Scenario"


def test_nothing_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario that is there is an error, in one line; a schema that is there is left alone."""
    (folder / "a.yaml").write_text("mine", "utf-8")
    (folder / "scenario.schema.json").write_text("mine too", "utf-8")

    assert run(["new", "a"]) == 2
    assert run(["new", "b"]) == 0

    printed = capsys.readouterr().err.splitlines()
    assert printed[0].startswith("a.yaml is there already, and is not overwritten")
    assert (folder / "a.yaml").read_text("utf-8") == "mine"
    assert (folder / "scenario.schema.json").read_text("utf-8") == "mine too"
    assert printed[1:] == ["wrote b.yaml"]


@pytest.mark.parametrize("name", ["", "..", "nosuch/a"])
def test_a_place_that_cannot_be_written_is_refused(name: str, folder: Path) -> None:
    """Nothing is left behind."""
    assert run(["new", name]) == 2
    assert list(folder.iterdir()) == []
