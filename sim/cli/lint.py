"""`sim lint`: say what arithmetic decides of a scenario, without a run."""

from pathlib import Path
from typing import Final

import click

from sim.cli.answering import (
    QUIET,
    SET,
    check_suffixes,
    examples,
    format_option,
    out_option,
    write,
)
from sim.cli.statuses import DONE, NEGATIVE
from sim.lint.finding import Findings, count_of
from sim.lint.linting import lint
from sim.scenario.reading.variants import LoadedScenario
from sim.text.finding_words import counts, lines_of

SUFFIXES: Final = (".json", ".txt")


@click.command(
    "lint",
    epilog=examples(
        "sim lint scenarios/gpu_queue_deadlock.yaml",
        "sim lint scenarios/gpu_queue_deadlock.yaml --set queues.h100.limits.H100=5",
        "sim lint scenarios/capacity_cliff.yaml --format json --out findings.json",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@SET
@format_option("text", "json")
@out_option(".json or .txt")
@QUIET
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    overrides: tuple[str, ...],
    output_format: str,
    files: tuple[Path, ...],
    quiet: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Say what never happens in any run of the scenario FILE, and what is likely to go wrong.

    Nothing is simulated: each finding follows from the numbers that it gives, and names the field
    to change and the value to set. A *never* holds for every run, later events of the timeline
    included; a *risk* is likely. docs/lint.md has the rules.

    Exit status: 0 without a never, 3 with one, 2 where FILE is no scenario, 130 interrupted.
    """
    check_suffixes(files, SUFFIXES)
    loaded = LoadedScenario.load(file, overrides)
    findings = lint(loaded.scenario, line_of=lambda path: loaded.document.place(path).line)
    text = "\n".join((counts(findings), *lines_of(findings))) + "\n"
    data = Findings(findings=findings).to_json() + "\n"
    click.echo(data if output_format == "json" else text, nl=False)
    write(files, {".json": data.encode, ".txt": text.encode}, quiet=quiet)
    ctx.exit(NEGATIVE if count_of(findings, "never") else DONE)
