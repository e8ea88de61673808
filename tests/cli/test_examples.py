"""`sim examples` on the command line: the scenarios that come with the package."""

from pathlib import Path

import pytest

from sim.cli.main import run
from sim.scenario.reading.loader import load_scenario

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files_in(folder: Path) -> set[str]:
    """Return the paths of all files below *folder*."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_shipped_scenario_is_listed_with_its_question(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A name stands at the beginning of a line, and its question below."""
    assert run(["examples"]) == 0

    shown = capsys.readouterr().out
    assert [line for line in shown.splitlines() if not line.startswith(" ")] == [
        path.stem for path in SHIPPED
    ]
    words = " ".join(shown.split())
    assert "capacity_cliff The autoscaler has grown a deployment to twenty busy replicas." in words
    assert "replaces it with nothing changed but the memory? capacity_cliff_remedies" in words


def test_a_scenario_is_shown_as_its_file_is(capsys: pytest.CaptureFixture[str]) -> None:
    """With the suffix or without."""
    assert run(["examples", "sawtooth", "memory_trap.yaml"]) == 0

    texts = [
        (ROOT / "scenarios" / f"{name}.yaml").read_text("utf-8")
        for name in ("sawtooth", "memory_trap")
    ]
    assert capsys.readouterr().out == "\n".join(texts)


def test_all_are_copied_byte_for_byte(folder: Path) -> None:
    """With the data that they name and the schema, into the folder that the documents speak of."""
    assert run(["examples", "--copy", "--quiet"]) == 0

    source = ROOT / "scenarios"
    assert files_in(folder / "scenarios") == files_in(source)
    for name in files_in(source):
        assert (folder / "scenarios" / name).read_bytes() == (source / name).read_bytes()


def test_a_copy_comes_with_what_it_takes_to_run(folder: Path) -> None:
    """The data that it names, with where they are from; and nothing of the others."""
    assert run(["examples", "azure_code_windows", "--copy", "mine/here"]) == 0

    assert files_in(folder / "mine" / "here") == {
        "azure_code_windows.yaml",
        "data/SOURCES.md",
        "data/azure_code_2023_windows.csv",
        "scenario.schema.json",
    }
    assert load_scenario("mine/here/azure_code_windows.yaml").deployments[0].traffic


def test_nothing_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where one file is in the way none is copied; a companion that is the same is not in it."""
    (folder / "serve.yaml").write_text("mine", "utf-8")

    assert run(["examples", "--copy", "."]) == 2
    assert files_in(folder) == {"serve.yaml"}
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert run(["examples", "sawtooth", "--copy", "."]) == 0
    assert run(["examples", "memory_trap", "--copy", "."]) == 0
    (folder / "scenario.schema.json").write_text("mine", "utf-8")
    assert run(["examples", "capacity_cliff", "--copy", "."]) == 2
    assert files_in(folder) == {
        "serve.yaml",
        "sawtooth.yaml",
        "memory_trap.yaml",
        "scenario.schema.json",
    }


def test_a_misspelt_name_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line."""
    assert run(["examples", "capacity_clif"]) == 2
    assert run(["examples", "zzz"]) == 2

    near, none = capsys.readouterr().err.splitlines()
    assert "did you mean capacity_cliff?" in near
    assert "`sim examples` lists them" in none
