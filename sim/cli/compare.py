"""`sim compare`: run cases under common seeds, and print a verdict a measure."""

from collections.abc import Mapping
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
from sim.results.files import json_text
from sim.studies.answers.compared import Compared
from sim.studies.answers.comparing import CONFIDENCE, Question, compared
from sim.studies.answers.operands import read_operand
from sim.studies.runs.seeds import MAX_RUNS, RUNS
from sim.text.compare_text import compare_text

SUFFIXES = (".json", ".txt", PAGE, *PICTURES)


@click.command(
    "compare",
    epilog=examples(
        "sim compare now.yaml then.yaml",
        "sim compare now.yaml then.yaml --of ranker.response_s.p99 --runs 120 --out verdict.png",
        "sim compare two.yaml three.yaml four.yaml --best ranker.response_s.p99 "
        "--indifference 0.2s",
        "sim compare now.db then.db --format json",
        "sim compare runs/now runs/then",
    ),
)
@click.argument("sources", nargs=-1, required=True, metavar="A B [C...]", type=click.Path())
@click.option(
    "--runs",
    type=click.IntRange(1, MAX_RUNS),
    metavar="N",
    help=f"Of each case; one of a case in which nothing is drawn.  [default: as many as the "
    f"stores have, or {RUNS}]",
)
@click.option(
    "--of",
    "addresses",
    multiple=True,
    metavar="ADDRESS",
    help="A measure to be given a verdict, as `sim measures FILE` prints it; may be repeated. The "
    "more there are, the wider are the intervals.",
)
@click.option("--all-pairs", is_flag=True, help="Compare each two, and not each with the first.")
@click.option(
    "--all", "with_others", is_flag=True, help="List all other measures too, without a verdict."
)
@click.option(
    "--confidence",
    type=click.FloatRange(0.5, 1, max_open=True),
    default=CONFIDENCE,
    help="That no verdict is by chance.",
)
@click.option(
    "--best", metavar="ADDRESS", help="Choose the case with the best mean of this measure."
)
@click.option(
    "--indifference",
    metavar="VALUE",
    help="Goes with --best: a difference that does not matter, such as 0.2s.",
)
@answering.making_runs()
@format_option("text", "json")
@out_option(".json, .txt; .html for a page; .png, .svg or .pdf with a picture of the differences")
@click.pass_context
def command(  # noqa: PLR0917 - click passes options by name
    ctx: click.Context,
    sources: tuple[str, ...],
    runs: int | None,
    addresses: tuple[str, ...],
    all_pairs: bool,  # noqa: FBT001 - click passes it by name
    with_others: bool,  # noqa: FBT001 - click passes it by name
    confidence: float,
    best: str | None,
    indifference: str | None,
    overrides: tuple[str, ...],
    seed: int | None,
    output_format: str,
    files: tuple[Path, ...],
    means: Means,
) -> None:
    """Compare B, C and so on with A: better, worse, or no difference found, a measure a line.

    Each is a scenario, a store that `sim study` has written, or the directory of a run. All cases
    are run with the same seeds, so that they meet the same requests where their sources have the
    same names. Which measures are given verdicts is fixed before the runs: those of --of, else
    duration, failed_ratio and stalled of each rollout, then the p99, failed_ratio and cost of each
    deployment, at most 8.

    Of a store, runs that are there are not made again, and those that lack are kept in the --store,
    if one is given. Directories alone are compared as they are, one run each, without intervals;
    beside a scenario or a store a directory stands for its scenario. --set is for all scenarios.

    Exit status: 0, whatever the verdicts are; 2 if the input is wrong; 130 if it was interrupted,
    after it has printed what the runs say that there are.
    """
    check_suffixes(files, SUFFIXES)
    if (best is None) != (indifference is None):
        raise click.UsageError("--best ADDRESS and --indifference VALUE go together")
    choice = None if best is None or indifference is None else (best, indifference)
    question = Question(addresses, runs, seed, all_pairs, confidence, choice)
    operands = [read_operand(source, overrides, waits=means.waits) for source in sources]
    for operand in operands:
        for case in operand.cases:
            say_undone(case.scenario, overrides, quiet=means.quiet)
    loaded = [operand.loaded for operand in operands if operand.loaded is not None]
    with means.sampling(loaded) as sampling:
        found = compared(operands, question, sampling, waits=means.waits)
    writers = _writers(found, with_others=with_others)
    click.echo(writers[".json" if output_format == "json" else ".txt"](), nl=False)
    answering.write(files, writers, quiet=means.quiet)
    if found.study.is_interrupted:
        ctx.exit(INTERRUPTED)


def _writers(found: Compared, *, with_others: bool) -> Mapping[str, Writer]:
    """Return what makes the contents of a file, by its suffix."""
    return {
        ".json": lambda: json_text(found.report.model_dump(mode="json")).encode(),
        ".txt": lambda: compare_text(found, with_others=with_others).encode(),
        **answering.page(lambda: found.report),
        **answering.pictures(found.plot),
    }
