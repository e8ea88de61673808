"""`sim report`: one HTML file that says what happened and why, for those with nothing installed."""

from pathlib import Path
from typing import Final

import click

from sim.cli.answering import QUIET
from sim.cli.epilog import examples
from sim.cli.force import FORCE
from sim.cli.setting import SET, say_undone
from sim.errors import Problem, ScenarioError
from sim.lint.affordable import Conditions, announced
from sim.lint.linting import lint
from sim.pages.answer_file import is_answer, read_answer
from sim.pages.answer_page import answer_page, study_page
from sim.pages.run_page import run_page
from sim.pages.shown_run import ShownRun
from sim.results.files import SCENARIO_FILE
from sim.scenario.models.scenario import MAX_SEED
from sim.scenario.reading.loader import load_scenario
from sim.scenario.reading.variants import LoadedScenario
from sim.simulation.run import simulate
from sim.studies.answers.study import stored_study
from sim.studies.runs.store import is_store, open_store
from sim.whole_files import try_writing, write_whole

SUFFIX: Final = ".html"


@click.command(
    "report",
    epilog=examples(
        "sim report out/demo",
        "sim report scenarios/gpu_queue_deadlock.yaml --out deadlock.html",
        "sim report runs.db --out study.html",
        "sim report plan.json --out plan.html",
    ),
)
@click.argument("subject", metavar="DIR|FILE|STORE", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    default=Path("report.html"),
    show_default=True,
    help="Where to write the page.",
)
@SET
@click.option(
    "--seed", type=click.IntRange(0, MAX_SEED), help="Of the run, instead of the scenario's."
)
@FORCE
@QUIET
def command(
    subject: Path,
    out: Path,
    overrides: tuple[str, ...],
    seed: int | None,
    force: bool,  # noqa: FBT001 - click passes it by name
    quiet: bool,  # noqa: FBT001 - likewise
) -> None:
    """Write one HTML file about a run, a study, a plan, a comparison or a check.

    DIR is what `sim run --out` wrote, STORE what `sim study --store` wrote, and FILE either a
    scenario, which is run once, or what `sim study`, `plan`, `compare` or `check` wrote as json.
    The page needs no network and no program but a browser; it can be mailed, and printed.

    Exit status: 0 done, 2 the subject is none of these or cannot be read, or FILE.html cannot be
    written.
    """
    if out.suffix.lower() != SUFFIX:
        message = f"{out}: a report is one HTML file: its suffix is {SUFFIX}"
        raise ScenarioError(Problem(message=message, rule="output-suffix", path=("--out",)))
    try_writing(out)
    is_scenario = not (subject.is_dir() or is_store(subject) or is_answer(subject))
    if not is_scenario and (overrides or seed is not None):
        raise click.UsageError(f"--set and --seed are for a scenario, which {subject} is not")
    if subject.is_dir():
        page = _page_of_directory(subject)
    elif is_store(subject):
        with open_store(subject) as opened:
            page = study_page(stored_study(opened))
    elif not is_scenario:
        page = answer_page(read_answer(subject))
    else:
        loaded = LoadedScenario.load(subject, overrides)
        say_undone(loaded.scenario, overrides, quiet=quiet)
        page = _page_of_scenario(loaded, seed, is_forced=force, quiet=quiet)
    write_whole(out, page)
    if not quiet:
        click.echo(f"wrote {out} ({len(page) / 1e6:.2f} MB)", err=True)


def _page_of_directory(directory: Path) -> bytes:
    """Return the page of a finished run, with what lint says of its scenario.

    Where a file that the scenario names is gone, such as its trace, lint cannot be asked, and the
    run is there all the same.
    """
    run = ShownRun.read(directory)
    try:
        findings = lint(load_scenario(directory / SCENARIO_FILE))
    except ScenarioError:
        findings = ()
    return run_page(run, findings)


def _page_of_scenario(
    loaded: LoadedScenario, seed: int | None, *, is_forced: bool, quiet: bool
) -> bytes:
    """Run a scenario and return its page."""
    scenario = loaded.scenario
    conditions = Conditions(keeps_attempts=True, is_forced=is_forced)
    large = announced(scenario, conditions, located=loaded.located)
    if large is not None and not quiet:
        click.echo(large, err=True)
    return run_page(ShownRun.of(simulate(scenario, seed=seed)), lint(scenario))
