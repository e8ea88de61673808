"""The hooks for pre-commit, and the workflow that docs/check.md shows, call what there is."""

import re
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
import ruamel.yaml

from sim.cli.main import COMMANDS, run
from sim.cli.statuses import DONE, NEGATIVE, YOUR_INPUT

ROOT = Path(__file__).parent.parent
YAML = ruamel.yaml.YAML(typ="safe", pure=True)
HOOKS: list[dict[str, Any]] = YAML.load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
PAGE = (ROOT / "docs" / "check.md").read_text("utf-8")
SCENARIOS = ROOT / "scenarios"


def command_of(name: str) -> click.Command:
    """Return a command of `sim`."""
    found: click.Command = import_module(f"sim.cli.{name}").command
    return found


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_is_a_command_that_takes_several_files(hook: dict[str, Any]) -> None:
    """As pre-commit calls it: the entry, then all files that are to be committed."""
    program, name = shlex.split(hook["entry"])
    (files,) = [part for part in command_of(name).params if isinstance(part, click.Argument)]

    assert (program, hook["language"]) == ("sim", "python")
    assert name in COMMANDS
    assert files.nargs == -1


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_looks_at_scenarios(hook: dict[str, Any]) -> None:
    """In a folder of that name anywhere; not at the schema beside them, nor at what is below."""
    chosen = re.compile(hook["files"])

    assert all(chosen.search(f"scenarios/{file.name}") for file in SCENARIOS.glob("*.yaml"))
    assert chosen.search("team/scenarios/a.yml")
    assert not chosen.search("scenarios/scenario.schema.json")
    assert not chosen.search("scenarios/data/a.yaml")
    assert not chosen.search("myscenarios/a.yaml")


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("validate", YOUR_INPUT, ["faulty.yaml:1:1: deployments: is missing", "cliff.yaml: valid"]),
        ("lint", NEGATIVE, ["cliff.yaml: 0 never, 2 risk", "deadlock.yaml: 1 never, 0 risk"]),
    ],
)
def test_of_several_files_each_is_told(
    name: str, status: int, said: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that is at fault decides the status; json is of one file."""
    (tmp_path / "faulty.yaml").write_text("name: a\nhorizon: 1h\n", "utf-8")
    first = (
        tmp_path / "faulty.yaml" if name == "validate" else SCENARIOS / "gpu_queue_deadlock.yaml"
    )
    files = [str(first), str(SCENARIOS / "capacity_cliff.yaml")]

    assert run([name, *files]) == status
    out = capsys.readouterr().out
    assert [words for words in said if words not in out] == []
    assert run([name, files[1]]) == DONE
    assert run([name, *files, "--format", "json"]) == YOUR_INPUT
    assert "one FILE" in capsys.readouterr().err


def test_the_workflow_to_paste_calls_what_there_is() -> None:
    """Its one call of `sim` has options that the command knows, and it installs this package."""
    (block,) = [text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.S) if "jobs:" in text]
    steps = YAML.load(block)["jobs"]["check"]["steps"]
    scripts = [step["run"] for step in steps if "run" in step]
    (call,) = re.findall(r"^sim (\w+) (.*) > check\.md", "\n".join(scripts), re.M)
    known = {name for part in command_of(call[0]).params for name in part.opts}

    assert call[0] == "check"
    assert {word for word in shlex.split(call[1]) if word.startswith("--")} <= known
    assert any("sim-live-deployments[" in script for script in scripts)


def test_the_hooks_that_the_page_names_are_there() -> None:
    """Both, and no others."""
    named = re.findall(r"- id: (sim-[\w-]+)", PAGE)

    assert named == [hook["id"] for hook in HOOKS]
