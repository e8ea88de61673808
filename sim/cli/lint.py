"""`sim lint`: say what arithmetic decides of a scenario, without a run."""

from pathlib import Path
from typing import Final

import click

from sim.cli.answering import QUIET, check_suffixes, format_option, out_option, write
from sim.cli.epilog import examples
from sim.cli.setting import SET, say_undone
from sim.cli.statuses import DONE, NEGATIVE
from sim.lint.finding import Finding, Findings, count_of
from sim.lint.linting import lint
from sim.scenario.reading.variants import LoadedScenario
from sim.text.finding_words import counts, lines_of

SUFFIXES: Final = (".json", ".txt")


@click.command(
    "lint",
    epilog=examples(
        "sim lint scenarios/gpu_queue_deadlock.yaml",
        "sim lint scenarios/gpu_queue_deadlock.yaml --set queues.h100.limits.H100=5",
        "sim lint scenarios/*.yaml",
        "sim lint scenarios/capacity_cliff.yaml --format json --out findings.json",
    ),
)
@click.argument("scenarios", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@SET
@format_option("text", "json")
@out_option(".json or .txt")
@QUIET
@click.pass_context
def command(
    ctx: click.Context,
    scenarios: tuple[str, ...],
    overrides: tuple[str, ...],
    output_format: str,
    files: tuple[Path, ...],
    quiet: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Say what never happens in any run of each scenario FILE, and what is likely to go wrong.

    Nothing is simulated: each finding follows from the numbers that it gives, and names the field
    to change and the value to set. A *never* holds for every run, later events of the timeline
    included; a *risk* is likely. docs/lint.md has the rules.
    The json is of one FILE.

    Exit status: 0 without a never, 3 with one, 2 where FILE is no scenario, 130 interrupted.
    """
    check_suffixes(files, SUFFIXES)
    is_json = output_format == "json" or any(path.suffix.lower() == ".json" for path in files)
    if is_json and len(scenarios) > 1:
        raise click.UsageError("json is of one FILE")
    found = [_findings(file, overrides, quiet=quiet) for file in scenarios]
    heads = ["" if len(scenarios) == 1 else f"{file}: " for file in scenarios]
    text = "".join(
        "\n".join((head + counts(findings), *lines_of(findings))) + "\n"
        for head, findings in zip(heads, found, strict=True)
    )
    data = Findings(findings=found[0]).to_json() + "\n"
    click.echo(data if output_format == "json" else text, nl=False)
    write(files, {".json": data.encode, ".txt": text.encode}, quiet=quiet)
    ctx.exit(NEGATIVE if any(count_of(one, "never") for one in found) else DONE)


def _findings(file: str, overrides: tuple[str, ...], *, quiet: bool) -> tuple[Finding, ...]:
    loaded = LoadedScenario.load(file, overrides)
    say_undone(loaded.scenario, overrides, quiet=quiet)
    return lint(loaded.scenario, line_of=loaded.line_of)
