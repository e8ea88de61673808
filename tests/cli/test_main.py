"""The group of commands: what it loads, and what each kind of failure means to the shell."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import pytest

import sim
from sim.cli import main
from sim.cli.statuses import YOUR_INPUT
from sim.errors import InvariantError, Problem, ScenarioError, SimError

HEAVY = ("matplotlib", "numpy", "pandas", "pyarrow", "pydantic", "ruamel", "simpy")


def loaded_by(*arguments: str) -> set[str]:
    """Return the heavy libraries that `sim *arguments` has imported by its end."""
    code = (
        "import json, sys\n"
        "from sim.cli.main import run\n"
        "status = run(sys.argv[1:])\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)\n"
        "sys.exit(status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def sim_shell(script: str) -> subprocess.CompletedProcess[str]:
    """Run *script* in a shell where `$SIM` is `python -m sim`."""
    environment = {**os.environ, "SIM": f"{sys.executable} -m sim"}
    return subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], int]:
    """Return a function that runs a command which raises what it is given."""

    def run_failing(error: BaseException, *options: str) -> int:
        @click.command
        def command() -> None:
            raise error

        module = ModuleType("sim.cli.rules")
        module.command = command  # type: ignore[attr-defined] # a module made for the test
        monkeypatch.setitem(sys.modules, "sim.cli.rules", module)
        return main.run([*options, "rules"])

    return run_failing


def test_help_lists_every_command_and_loads_nothing_heavy() -> None:
    """The first thing that a user types is answered without numpy or pydantic."""
    assert loaded_by("--help") == set()
    assert loaded_by("--version") == set()

    shown = sim_shell("$SIM --help").stdout

    assert [name for name in main.COMMANDS if f"\n  {name} " not in shown] == []


@pytest.mark.parametrize("name", sorted(main.COMMANDS))
def test_each_command_exists_and_explains_itself(name: str) -> None:
    """Every name in the list is a module with a command of that name and a help text."""
    command = import_module(f"sim.cli.{name}").command

    assert isinstance(command, click.Command)
    assert command.name in {name, "command"}
    assert main.run([name, "--help"]) == 0


@pytest.mark.parametrize("name", sorted(main.COMMANDS))
def test_each_command_says_how_it_ends_and_how_it_is_called(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its `--help` has the exit statuses, and examples that begin with the command itself."""
    assert main.run([name, "--help"]) == 0

    shown = capsys.readouterr().out
    assert "Exit status: 0" in shown
    tried = shown.partition("Examples:\n")[2].split("\n\n")[0].splitlines()
    assert tried
    assert [line for line in tried if not line.strip().startswith(f"sim {name}")] == []


def completed(words: str, *, folder: Path) -> set[str]:
    """Return what bash is told that the last of *words* may be, as click's script asks."""
    environment = {
        **os.environ,
        "_SIM_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("sim")],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines())


def test_a_shell_completes_verbs_options_and_files(tmp_path: Path) -> None:
    """A file is left to the shell, which knows the folders."""
    assert completed("sim pl", folder=tmp_path) == {"plain,plan", "plain,plot"}
    assert "plain,--keep" in completed("sim run --k", folder=tmp_path)
    assert completed("sim run my", folder=tmp_path) == {"file,my"}
    for verb in ("compare", "diff", "lint", "measures", "plan", "study", "check", "validate"):
        assert completed(f"sim {verb} my", folder=tmp_path) == {"file,my"}
    assert completed("sim explain threadC", folder=tmp_path) == {"plain,threadCount"}
    assert "plain,capacity_cliff" in completed("sim examples cap", folder=tmp_path)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_line_of_the_readme_prints_a_completion(shell: str) -> None:
    """Of each shell that it names."""
    done = sim_shell(f"_SIM_COMPLETE={shell}_source {Path(sys.executable).with_name('sim')}")

    assert done.returncode == 0
    assert "_SIM_COMPLETE" in done.stdout


def test_version_is_that_of_the_installed_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    """`sim --version` prints the name and the version of what is installed."""
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out == f"sim {sim.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [["nosuch"], ["--nosuch"], ["plot", "--nosuch"], ["run"]],
    ids=["unknown command", "unknown option", "unknown option of a command", "missing argument"],
)
def test_a_wrong_command_line_is_the_users(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Usage errors end with status 2, a message on stderr and nothing on stdout."""
    assert main.run(arguments) == YOUR_INPUT

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Error:" in printed.err


USER_ERRORS = [
    ScenarioError(Problem(message="must be positive", rule="positive", path=("horizon",))),
    SimError("no such series"),
    FileNotFoundError(2, "No such file or directory", "load.csv"),
    PermissionError(13, "Permission denied", "out"),
    click.ClickException("not that"),
]
OUR_ERRORS = [
    InvariantError("queues are fair", what="request 7 overtook request 6", at_s=1.5),
    ZeroDivisionError("division by zero"),
    OSError("no file is to blame"),
]


@pytest.mark.parametrize("error", USER_ERRORS, ids=repr)
def test_what_the_user_can_mend_ends_with_status_2(
    error: Exception,
    failing: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The message names the fault on stderr, without a traceback."""
    assert failing(error) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    words = (
        [str(error.filename), str(error.strerror)] if isinstance(error, OSError) else [f"{error}"]
    )
    assert all(word in printed.err for word in words)


@pytest.mark.parametrize("error", OUR_ERRORS, ids=repr)
def test_a_fault_of_ours_ends_with_status_1(
    error: Exception,
    failing: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The message says so, holds the error, and leaves the traceback for `--traceback`."""
    assert failing(error) == 1
    short = capsys.readouterr().err
    assert failing(error, "--traceback") == 1
    long = capsys.readouterr().err

    assert str(error) in short
    assert "not your doing" in short
    assert "Traceback" not in short
    assert "Traceback (most recent call last)" in long


def test_an_interrupt_is_quiet(
    failing: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C ends with the shell's own status and not a word."""
    assert failing(KeyboardInterrupt()) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    """`sim rules | true` prints no complaint, not even from the interpreter's exit."""
    done = sim_shell("set -o pipefail; $SIM rules --format json | true")

    assert done.returncode in {0, 141}
    assert done.stderr == ""


def test_a_full_disk_is_reported_and_not_lost() -> None:
    """Output that could not be written gives a status that is not 0."""
    done = sim_shell("$SIM rules > /dev/full")

    assert done.returncode == 2
    assert done.stderr == "standard output: No space left on device\n"


def test_console_command_and_module_are_the_same(tmp_path: Path) -> None:
    """`sim` and `python -m sim` answer alike wherever they are started."""
    command = Path(sys.executable).with_name("sim")

    by_name = subprocess.run([command, "--help"], capture_output=True, cwd=tmp_path, check=True)
    by_module = subprocess.run(
        [sys.executable, "-m", "sim", "--help"], capture_output=True, cwd=tmp_path, check=True
    )

    assert by_name.stdout == by_module.stdout
