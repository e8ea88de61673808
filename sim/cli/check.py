"""`sim check`: hold what scenarios expect against many runs, and end with the verdict's status."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from sim.cli import answering
from sim.cli.answering import PAGE, Means, Writer, check_suffixes, format_option, out_option
from sim.cli.epilog import examples
from sim.cli.setting import say_undone
from sim.cli.statuses import DONE, INTERRUPTED, NEGATIVE, UNDECIDED
from sim.results.files import json_text
from sim.studies.answers.asked import subjects_of
from sim.studies.answers.check_report import CheckReport
from sim.studies.answers.checking import checked
from sim.studies.estimates.expectation import CEILING_RUNS, Decision
from sim.studies.runs.seeds import MAX_RUNS
from sim.text.check_junit import check_junit
from sim.text.check_markdown import check_markdown
from sim.text.check_text import check_text
from sim.whole_files import write_whole

SUFFIXES: Final = (".json", ".txt", ".md", PAGE)
_SUFFIX_OF_FORMAT: Final = {"text": ".txt", "json": ".json", "markdown": ".md"}
_STATUSES: Final[Mapping[Decision, int]] = {
    "pass": DONE,
    "fail": NEGATIVE,
    "undecided": UNDECIDED,
}


@click.command(
    "check",
    epilog=examples(
        "sim check scenarios/replace_under_load.yaml",
        "sim check scenarios/*.yaml --store runs.db --junit check.xml",
        "sim check FILE --set deployments.ranker.runtimeConfiguration.minReplicas=4",
        "sim check FILE --undecided fail --format markdown --out check.json",
    ),
)
@click.argument("scenarios", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@click.option(
    "--undecided",
    type=click.Choice(("pass", "fail")),
    help="What an undecided expectation counts as in the exit status and in --junit.",
)
@click.option(
    "--ceiling",
    type=click.IntRange(1, MAX_RUNS),
    default=CEILING_RUNS,
    show_default=True,
    metavar="N",
    help="Runs of a scenario after which what is still open stays undecided.",
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.xml",
    help="Write JUnit XML too: a testsuite a scenario, a testcase an expectation.",
)
@answering.making_runs()
@format_option("text", "json", "markdown")
@out_option(".json, .txt, .md, or .html for a page")
@click.pass_context
def command(  # noqa: PLR0917 - click passes options by name
    ctx: click.Context,
    scenarios: tuple[str, ...],
    undecided: Decision | None,
    ceiling: int,
    junit: Path | None,
    overrides: tuple[str, ...],
    seed: int | None,
    output_format: str,
    files: tuple[Path, ...],
    means: Means,
) -> None:
    """Hold what each scenario FILE expects, its `expect:`, against many runs of it.

    By default 90 % of the runs are to meet an expectation. That is decided run by run, with as few
    runs as it takes: about 8 where half of them miss it, 36 where none does, at most --ceiling.
    With the same FILE and seed the verdicts are the same, however many workers there are.
    docs/check.md says how to write expectations, and what undecided means.

    Exit status: 0 if all pass; 3 if any fails; 4 if none fails and any is undecided (unless
    --undecided says what that counts as); 2 if the input is wrong; 130 if it was interrupted, after
    it has printed what the runs say that there are.
    """
    check_suffixes(files, SUFFIXES)
    subjects = subjects_of(scenarios, overrides, ceiling)
    for subject in subjects:
        say_undone(subject.case.scenario, overrides, quiet=means.quiet)
    with means.sampling([subject.loaded for subject in subjects]) as sampling:
        found = checked(subjects, sampling, seed=seed, ceiling_runs=ceiling)
    writers = _writers(found.report)
    click.echo(writers[_SUFFIX_OF_FORMAT[output_format]](), nl=False)
    answering.write(files, writers, quiet=means.quiet)
    if junit is not None:
        write_whole(junit, check_junit(found.report, undecided or "undecided"))
        if not means.quiet:
            click.echo(f"wrote {junit}", err=True)
    if found.is_interrupted:
        ctx.exit(INTERRUPTED)
    verdict = found.verdict
    ctx.exit(_STATUSES[undecided or verdict if verdict == "undecided" else verdict])


def _writers(report: CheckReport) -> Mapping[str, Writer]:
    """Return what makes the contents of a file, by its suffix."""
    return {
        ".json": lambda: json_text(report.model_dump(mode="json")).encode(),
        ".txt": lambda: check_text(report).encode(),
        ".md": lambda: check_markdown(report).encode(),
        **answering.page(lambda: report),
    }
