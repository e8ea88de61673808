"""The group of commands, and what each kind of failure means to the shell.

Owns the way from a failure to its exit status, and the rule that a command's module is imported
only when that command runs. Does not know what any command does.
"""

import errno
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Final

import click
from typing_extensions import override

import sim
from sim.cli.statuses import DONE, INTERRUPTED, OUR_FAULT, READER_GONE, YOUR_INPUT
from sim.errors import InvariantError, SimError
from sim.extras import missing_extra

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "new": "Write a small scenario to begin with.",
        "examples": "List the scenarios that come with sim, or copy them.",
        "explain": "Say what a field of a scenario means.",
        "run": "Simulate a scenario, print a summary, write the results.",
        "study": "Run a scenario many times: every number with its interval.",
        "plan": "Say what a PUT will do: works, risky, never, refused; and what would mend it.",
        "compare": "Compare scenarios under common seeds: a verdict a measure.",
        "diff": "List the fields in which two scenarios differ.",
        "measures": "List the measures of a scenario's runs, by their addresses.",
        "check": "Hold what scenarios expect against many runs: pass, fail or undecided.",
        "trace": "Look at a recording of requests, before it is replayed.",
        "validate": "Check a scenario, a PUT body or a runtime configuration.",
        "lint": "Say what arithmetic decides of a scenario, without a run.",
        "rules": "List the validation rules, your own among them.",
        "schema": "Print the JSON Schema of scenario files, of results, or of what a verb prints.",
        "plot": "Draw the rollout timeline of a finished run.",
        "report": "Write one HTML page of a run, study, plan, comparison or check.",
        "export": "Write a finished run as a trace for ui.perfetto.dev.",
        "serve": "Serve the live deployments of a scenario on HTTP, in simulated time.",
        "pull": "Read a real deployment and write a scenario with its configuration.",
        "token": "Make a token or an OAuth client for `sim serve --tokens`.",
    }
)
"""Each command and its sentence in the list of commands, which is shown without importing any."""

COMPLETION: Final = "_SIM_COMPLETE"
"""The variable by which a shell asks for completion, as click's scripts set it."""


_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
"""Why a stream cannot be written to though somebody may still read it."""


class LazyGroup(click.Group):
    """A group that imports ``sim.cli.<name>`` when the command *name* is asked for."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"sim.cli.{cmd_name}").command
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click calls it so
    if asked:
        click.echo(f"sim {sim.__version__}")
        ctx.exit(DONE)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Results go to stdout, all else to stderr. Exit status: 0 done, 2 something in your "
    "input is wrong (a violated rule included), 3 the answer is no: `sim lint` or `sim plan` found "
    "what never happens, `sim check` what is not met, 4 `sim check` could not decide, 1 a fault of "
    "sim itself, 130 interrupted.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and exit.",
)
@click.option("--traceback", is_flag=True, expose_value=False, help="Show where a fault arose.")
def commands() -> None:
    """Simulate live deployments of models before you change them."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line *arguments* and return the exit status; raise nothing.

    Args:
        arguments: What follows the program's name.
    """
    with_traceback = "--traceback" in arguments
    # None is Python's word for a closed one; the next file that is opened would take its place.
    if sys.stdout is None:
        click.echo("standard output is closed: `> /dev/null` drops what is printed", err=True)
        return YOUR_INPUT
    wanted = os.environ.get(COMPLETION)
    try:
        status = _completed(wanted) if wanted else _invoke(arguments)
        sys.stdout.flush()  # a reader that has gone is found out here, not at Python's exit
    except click.ClickException as error:
        error.show()
        return YOUR_INPUT
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _drop_stdout()
        return READER_GONE
    except Exception as error:
        return _report(error, with_traceback=with_traceback)
    return status


def _completed(wanted: str) -> int:
    """Answer a shell: with its script, or with what may follow the words that it has."""
    from click.shell_completion import shell_complete  # noqa: PLC0415 - no command needs it

    return shell_complete(commands, {}, "sim", COMPLETION, wanted)


def _invoke(arguments: Sequence[str]) -> int:
    try:
        with commands.make_context("sim", list(arguments)) as ctx:
            commands.invoke(ctx)
    except click.exceptions.Exit as wanted:
        return wanted.exit_code
    return DONE


def _drop_stdout() -> None:
    """Let go what waits to be printed, which Python would try again at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report(error: Exception, *, with_traceback: bool) -> int:
    if with_traceback:
        traceback.print_exception(error)
    if isinstance(error, SimError) and not isinstance(error, InvariantError):
        click.echo(error, err=True)
        return YOUR_INPUT
    if isinstance(error, ModuleNotFoundError):
        needed = missing_extra(error)
        if needed is not None:
            click.echo(needed, err=True)
            return YOUR_INPUT
    if isinstance(error, OSError) and error.filename is not None:
        click.echo(f"{error.filename}: {error.strerror}", err=True)
        return YOUR_INPUT
    if isinstance(error, OSError) and error.errno in _NO_ROOM:  # of a file without a name: stdout
        _drop_stdout()
        click.echo(f"standard output: {error.strerror}", err=True)
        return YOUR_INPUT
    if isinstance(error, MemoryError):
        click.echo(
            "memory has run out: a shorter horizon, lower rates and fewer replicas take less, and "
            "so does `sim run --keep summary` (rule out-of-memory)",
            err=True,
        )
        return YOUR_INPUT
    click.echo(
        f"sim has failed, which is not your doing: {type(error).__name__}: {error}", err=True
    )
    if not with_traceback:
        click.echo("`sim --traceback ...` shows where; please report it with your input.", err=True)
    return OUR_FAULT
