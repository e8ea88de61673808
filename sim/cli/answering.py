"""What the verbs that answer from many runs have in common: options, formats, and files."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from sim.errors import Problem, ScenarioError
from sim.scenario.models.scenario import MAX_SEED
from sim.whole_files import write_whole

if TYPE_CHECKING:
    from sim.studies.runs.executor import Executor
    from sim.studies.runs.sampling import Progress

F = TypeVar("F", bound=Callable[..., Any])

Writer = Callable[[], bytes]
"""Makes the contents of a file, when all is done."""

SET: Final = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set a value of the scenario, such as horizon=30min; may be repeated.",
)
SEED: Final = click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    help="What the seeds of the runs follow from, instead of the scenario's seed.",
)
WORKERS: Final = click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="Processes that make the runs, 1 being this one; the answer is the same to the last "
    "digit.  [default: the cores]",
)
STORE: Final = click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.db",
    help="An SQLite file that remembers the runs: none that is there is made again.",
)
LOCKED: Final = click.option(
    "--locked",
    type=click.Choice(("wait", "refuse")),
    default="wait",
    help="What to do while another process has the store open.",
)
SCHEDULER: Final = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Make the runs on a Dask cluster, such as tcp://10.0.0.7:8786, instead of here.",
)
QUIET: Final = click.option(
    "--quiet", is_flag=True, help="Say nothing on stderr but what went wrong."
)


def examples(*lines: str) -> str:
    """Return commands to try as the end of a `--help`, each on its line."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def format_option(*formats: str) -> Callable[[F], F]:
    """Return the option of the format on stdout; the first is the default."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default=formats[0],
        help="Of the answer on stdout; `sim schema --of VERB` describes the json.",
    )


def out_option(what: str) -> Callable[[F], F]:
    """Return the option of files that the answer is written to.

    Args:
        what: Which suffixes there are, and what they hold.
    """
    return click.option(
        "--out",
        "files",
        type=click.Path(dir_okay=False, path_type=Path),
        multiple=True,
        metavar="FILE",
        help=f"Write to FILE too, by its suffix: {what}. May be repeated.",
    )


def check_suffixes(files: Sequence[Path], known: Sequence[str]) -> None:
    """Return if all files can be written by their suffixes: to be asked before hours of runs.

    Raises:
        ScenarioError: One cannot.
    """
    for file in files:
        if file.suffix.lower() not in known:
            message = f"{file}: what is written goes by the suffix: one of {', '.join(known)}"
            raise ScenarioError(Problem(message=message, rule="output-suffix", path=("--out",)))


def write(files: Sequence[Path], writers: Mapping[str, Writer], *, quiet: bool) -> None:
    """Write each file whole or not at all, by its suffix, and say so.

    Raises:
        OSError: The file system refuses; what was there before is untouched.
    """
    for file in files:
        write_whole(file, writers[file.suffix.lower()]())
        if not quiet:
            click.echo(f"wrote {file}", err=True)


def executor(workers: int | None, scheduler: str | None) -> "Executor":
    """Return what makes the runs: processes of this machine, or the workers of a cluster.

    Raises:
        ScenarioError: Dask is not installed, no scheduler answers, or a worker has another sim.
        UsageError: Both are asked for.
    """
    if scheduler is None:
        from sim.studies.runs.local import cores, local  # noqa: PLC0415 - not all verbs make runs

        return local(workers or cores())
    if workers is not None:
        raise click.UsageError("--workers is for this machine: a cluster has its own workers")
    from sim.studies.runs.cluster import Cluster  # noqa: PLC0415 - for a cluster alone

    return Cluster(scheduler)


@contextmanager
def progress_bar(*, quiet: bool) -> "Iterator[Progress | None]":
    """Give what hears how many runs there are, or None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="runs", file=sys.stderr, show_pos=True) as bar:

        def show(done: int, wanted: int) -> None:
            bar.length = max(1, wanted)
            bar.update(done - bar.pos)

        yield show
