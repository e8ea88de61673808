"""`sim study`: run a scenario many times, and print every number with its interval."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import click

from sim.cli import answering
from sim.cli.answering import (
    PAGE,
    PICTURES,
    Means,
    Writer,
    check_suffixes,
    format_option,
    out_option,
)
from sim.cli.epilog import examples
from sim.cli.setting import say_undone
from sim.cli.statuses import INTERRUPTED
from sim.errors import Problem, ScenarioError
from sim.results.files import json_text
from sim.scenario.reading.variants import LoadedScenario
from sim.studies.answers.precise import precise_study, precision_in_words
from sim.studies.answers.study import Study, stored_study, study
from sim.studies.runs.case import Case
from sim.studies.runs.seeds import MAX_RUNS, RUNS
from sim.studies.runs.store import is_store
from sim.text.study_text import study_text

SUFFIXES = (".json", ".txt", ".csv", ".parquet", PAGE, *PICTURES)


@click.command(
    "study",
    epilog=examples(
        "sim study scenarios/replace_under_load.yaml",
        "sim study scenarios/capacity_cliff.yaml --of classifier.response_s.p99 --precision 5%",
        "sim study scenarios/replace_under_load.yaml --runs 200 --store replace.db --out bands.png",
        "sim study replace.db --format json",
        "sim study scenarios/sawtooth.yaml --steady",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--runs",
    type=click.IntRange(1, MAX_RUNS),
    metavar="N",
    help=f"How many runs; one if nothing is drawn.  [default: {RUNS}]",
)
@click.option(
    "--precision",
    metavar="SHARE|VALUE",
    help="As many runs as it takes until the interval of the first --of is so narrow to either "
    "side: 5% of the mean, or a value in the measure's unit, such as 0.2.",
)
@click.option(
    "--of",
    "addresses",
    multiple=True,
    metavar="ADDRESS",
    help="A measure to show, as `sim measures FILE` prints it; may be repeated.",
)
@click.option(
    "--steady",
    "with_steady",
    is_flag=True,
    help="Show the steady state too: the mean of replicas, load, line and response times after the "
    "warm-up, found once for all runs.",
)
@answering.making_runs()
@click.option("--deployment", metavar="NAME", help="Which deployment a picture shows.")
@format_option("text", "json")
@out_option(
    ".json, .txt; .html for a page; .csv or .parquet with a row a run; .png, .svg or .pdf with "
    "the runs over time"
)
@click.pass_context
def command(  # noqa: PLR0917 - click passes options by name
    ctx: click.Context,
    file: Path,
    runs: int | None,
    precision: str | None,
    addresses: tuple[str, ...],
    with_steady: bool,  # noqa: FBT001 - click passes it by name
    overrides: tuple[str, ...],
    seed: int | None,
    deployment: str | None,
    output_format: str,
    files: tuple[Path, ...],
    means: Means,
) -> None:
    """Run FILE many times, each time with another seed, and print what that says.

    FILE is a scenario, or a store that an earlier study has written. One run is one draw: the mean
    over runs comes with its interval, and what 9 runs in 10 do not exceed with its worse end. The
    run of the scenario's own seed is shown beside, and is not in the sample. With the same FILE and
    seed the numbers are the same, however many workers there are.

    Exit status: 0; 2 if the input is wrong; 130 if it was interrupted, after it has printed what
    the runs say that there are.
    """
    check_suffixes(files, SUFFIXES)
    if precision is not None and (runs is not None or not addresses):
        raise click.UsageError("--precision goes with --of ADDRESS, and without --runs")
    suffixes = {path.suffix.lower() for path in files}
    is_json = output_format == "json" or ".json" in suffixes
    is_series_shown = is_json or with_steady or not suffixes.isdisjoint((PAGE, *PICTURES))
    are_counts_shown = is_json or not addresses
    if is_store(file):
        if runs or precision or means.store or overrides or seed is not None:
            raise _of_a_scenario(file)
        with means.opened(file) as opened:
            found = stored_study(opened, with_series=is_series_shown, with_counts=are_counts_shown)
    else:
        loaded = LoadedScenario.load(file, overrides)
        scenario = loaded.scenario
        say_undone(scenario, overrides, quiet=means.quiet)
        case = Case(scenario.name, scenario, overrides)
        for address in addresses:
            case.measure(address)
        with means.sampling(
            [loaded], with_series=is_series_shown, with_counts=are_counts_shown
        ) as sampling:
            if precision is None:
                found = study([case], sampling, runs=runs or RUNS, seed=seed)
            else:
                measure = case.measure(addresses[0])
                wanted = precision_in_words(precision)
                found = precise_study(case, sampling, measure, wanted, seed=seed)
    text = partial(study_text, found, addresses, with_steady=with_steady)
    writers = _writers(found, text, deployment)
    shown = writers[".json" if output_format == "json" else ".txt"]()
    click.echo(shown, nl=False)
    answering.write(files, writers, quiet=means.quiet)
    if found.is_interrupted:
        ctx.exit(INTERRUPTED)


def _writers(found: Study, text: Callable[[], str], deployment: str | None) -> Mapping[str, Writer]:
    """Return what makes the contents of a file, by its suffix."""
    return {
        ".json": lambda: json_text(found.report.model_dump(mode="json")).encode(),
        ".txt": lambda: text().encode(),
        ".csv": lambda: found.to_csv().encode(),
        ".parquet": found.to_parquet,
        PAGE: lambda: _page(found),
        **answering.pictures(lambda: found.plot(deployment)),
    }


def _page(found: Study) -> bytes:
    from sim.pages.answer_page import study_page  # noqa: PLC0415 - few ask for a page

    return study_page(found)


def _of_a_scenario(file: Path) -> ScenarioError:
    message = (
        f"{file} is a store, whose runs are shown as they are: to make runs, name the scenario "
        "and give the store with --store"
    )
    return ScenarioError(Problem(message=message, rule="store-or-scenario"))
