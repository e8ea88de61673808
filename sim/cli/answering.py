"""What the verbs that answer from many runs have in common: options, formats, and files."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from sim.cli.force import FORCE
from sim.cli.setting import SET
from sim.errors import Problem, ScenarioError
from sim.extras import PAGE_LIBRARIES, require
from sim.scenario.models.scenario import MAX_SEED, Scenario
from sim.simulation.options import ENGINES, Engine
from sim.whole_files import try_writing, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.pages.answer_file import Answered
    from sim.scenario.reading.variants import LoadedScenario
    from sim.studies.runs.executor import Executor
    from sim.studies.runs.sampling import Progress, Sampling
    from sim.studies.runs.store import Store

F = TypeVar("F", bound=Callable[..., Any])

Writer = Callable[[], bytes]
"""Makes the contents of a file, when all is done."""

PICTURES: Final = (".png", ".svg", ".pdf")
"""Suffixes of pictures."""

PAGE: Final = ".html"
"""Suffix of a page."""

_SEED: Final = click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    help="What the seeds of the runs follow from, instead of the scenario's seed.",
)
_WORKERS: Final = click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="Processes that make the runs, 1 being this one; the answer is the same to the last "
    "digit.  [default: the cores]",
)
_STORE: Final = click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.db",
    help="An SQLite file that remembers the runs: none that is there is made again.",
)
_LOCKED: Final = click.option(
    "--locked",
    type=click.Choice(("wait", "refuse")),
    default="wait",
    help="What to do while another process has the store open.",
)
_SCHEDULER: Final = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Make the runs on a Dask cluster, such as tcp://10.0.0.7:8786, instead of here.",
)
QUIET: Final = click.option(
    "--quiet", is_flag=True, help="Say nothing on stderr but what went wrong."
)


_ENGINE: Final = click.option(
    "--engine", type=click.Choice(ENGINES), default=ENGINES[0], help="How requests are served."
)


@dataclass(frozen=True, slots=True)
class Means:
    """With what a verb makes its runs, as its options say.

    Attributes:
        store: The file that remembers them.
        waits: Whether to wait while another process has that open.
        workers: Processes of this machine.
        scheduler: Of a cluster, instead.
        engine: What serves requests.
        quiet: Whether nothing is said on stderr.
        is_forced: Whether runs are made however large they are.
    """

    store: Path | None
    waits: bool
    workers: int | None
    scheduler: str | None
    engine: Engine
    quiet: bool
    is_forced: bool = False

    @contextmanager
    def sampling(
        self,
        loaded: "Sequence[LoadedScenario]" = (),
        *,
        with_series: bool = False,
        with_counts: bool = False,
    ) -> "Iterator[Sampling]":
        """Give what makes the runs, with a bar that shows how far they have come.

        Args:
            loaded: The scenarios that were read from files, by which a refusal is told its place.
            with_series: See `sim.studies.runs.sampling.Sampling`.
            with_counts: Likewise.

        Raises:
            ScenarioError: The store, or the cluster, cannot be used.
        """
        from sim.studies.runs.sampling import Sampling  # noqa: PLC0415 - not all verbs make runs

        with (
            nullcontext() if self.store is None else self.opened(self.store) as memory,
            _progress_bar(quiet=self.quiet) as progress,
            Sampling(
                self._executor(),
                store=memory,
                engine=self.engine,
                progress=progress,
                admit=self._admission(loaded),
                with_series=with_series,
                with_counts=with_counts,
            ) as sampling,
        ):
            yield sampling

    @contextmanager
    def opened(self, file: Path) -> "Iterator[Store]":
        """Give a store that is open, and say so where that takes waiting for another process.

        Raises:
            ScenarioError: It is no store, or another process has it open.
        """
        from sim.studies.runs.store import is_in_use, open_store  # noqa: PLC0415 - likewise

        if self.waits and not self.quiet and is_in_use(file):
            click.echo(f"{file} is in use by another process: waiting", err=True)
        with open_store(file, waits=self.waits) as opened:
            yield opened

    def _admission(self, loaded: "Sequence[LoadedScenario]") -> "Callable[[Scenario], None]":
        """Return what says once how large runs of a scenario are, and refuses too large ones."""
        from sim.lint.affordable import Conditions, announced  # noqa: PLC0415 - likewise
        from sim.studies.runs.local import cores  # noqa: PLC0415 - likewise

        at_once = self.workers or cores()
        conditions = Conditions(
            at_once=at_once,
            is_here=self.scheduler is None,
            is_forced=self.is_forced,
            advice="" if at_once == 1 else "--workers 1, which makes one run at a time",
        )
        said = set[str]()

        def admit(scenario: Scenario) -> None:
            line = announced(scenario, conditions, located=partial(_located, loaded, scenario))
            if line is not None and line not in said and not self.quiet:
                click.echo(f"each run: {line}", err=True)
                said.add(line)

        return admit

    def _executor(self) -> "Executor":
        """Return what makes the runs: processes of this machine, or the workers of a cluster.

        Raises:
            ScenarioError: Dask is not installed, no scheduler answers, a worker has another sim.
            UsageError: Both are asked for.
        """
        if self.scheduler is None:
            from sim.studies.runs.local import cores, local  # noqa: PLC0415 - likewise

            return local(self.workers or cores())
        if self.workers is not None:
            raise click.UsageError("--workers is for this machine: a cluster has its own workers")
        from sim.studies.runs.cluster import Cluster  # noqa: PLC0415 - for a cluster alone

        return Cluster(self.scheduler)


def _located(
    loaded: "Sequence[LoadedScenario]", scenario: Scenario, error: ScenarioError
) -> ScenarioError:
    """Return what is wrong with a scenario with its place in the file that says the scenario.

    A plan makes variants, by which the timeline of the one file is another one; the deployments are
    where they were.
    """
    known = [one for one in loaded if one.scenario == scenario]
    if not known and len(loaded) == 1 and error.problems[0].path[:1] == ("deployments",):
        known = [*loaded]
    return known[0].located(error) if known else error


def making_runs(*, with_engine: bool = True) -> Callable[[F], F]:
    """Return the options of a verb that makes runs; it is given `overrides`, `seed` and `means`.

    Args:
        with_engine: Whether the engine can be chosen.
    """
    options = (_STORE, _LOCKED, SET, _SEED, _WORKERS, _SCHEDULER, FORCE, QUIET)

    def given(command: F) -> F:
        @wraps(command)
        def called(
            *args: Any,
            store: Path | None,
            locked: str,
            workers: int | None,
            scheduler: str | None,
            force: bool,
            quiet: bool,
            engine: Engine = ENGINES[0],
            **others: Any,
        ) -> Any:
            means = Means(store, locked == "wait", workers, scheduler, engine, quiet, force)
            return command(*args, **others, means=means)

        found: Any = called
        for option in reversed((*options, *((_ENGINE,) if with_engine else ()))):
            found = option(found)
        return cast("F", found)

    return given


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
    """Return if all files can be written, and by their suffixes: to be asked before hours of runs.

    Raises:
        ScenarioError: One has another suffix, or is a page and the extra for pages is missing.
        OSError: The folder of one is not there, or cannot be written to.
    """
    for file in files:
        if file.suffix.lower() not in known:
            message = f"{file}: what is written goes by the suffix: one of {', '.join(known)}"
            raise ScenarioError(Problem(message=message, rule="output-suffix", path=("--out",)))
        if file.suffix.lower() == PAGE:
            require("--out FILE.html", *PAGE_LIBRARIES)
        try_writing(file)


def write(files: Sequence[Path], writers: Mapping[str, Writer], *, quiet: bool) -> None:
    """Write each file whole or not at all, by its suffix, and say so.

    Raises:
        OSError: The file system refuses; what was there before is untouched.
    """
    for file in files:
        write_whole(file, writers[file.suffix.lower()]())
        if not quiet:
            click.echo(f"wrote {file}", err=True)


def pictures(draw: "Callable[[], Figure]") -> dict[str, Writer]:
    """Return what makes the contents of pictures, by their suffixes.

    Args:
        draw: Makes the figure.
    """

    def picture(suffix: str) -> bytes:
        from sim.plots.files import content_of  # noqa: PLC0415 - loads matplotlib

        return content_of(draw(), suffix)

    return {suffix: partial(picture, suffix) for suffix in PICTURES}


def page(report: "Callable[[], Answered]") -> dict[str, Writer]:
    """Return what makes the contents of the page of an answer, by its suffix.

    Args:
        report: Makes the answer.
    """

    def content() -> bytes:
        from sim.pages.answer_page import answer_page  # noqa: PLC0415 - few ask for a page

        return answer_page(report())

    return {PAGE: content}


@contextmanager
def _progress_bar(*, quiet: bool) -> "Iterator[Progress | None]":
    """Give what hears how many runs there are, or None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="runs", file=sys.stderr, show_pos=True) as bar:

        def show(done: int, wanted: int) -> None:
            bar.length = max(1, wanted)
            bar.finished = False  # another round may have made it longer,
            bar.pos = min(bar.pos, done)  # and another scenario begins anew
            bar.update(done - bar.pos)

        yield show
