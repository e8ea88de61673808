"""`sim lint`: say what arithmetic decides of a scenario, without a run."""

from pathlib import Path
from typing import Final

import click

from sim.cli.statuses import DONE, NEGATIVE
from sim.lint.finding import Findings, count_of
from sim.lint.linting import lint
from sim.scenario.reading.variants import LoadedScenario
from sim.text.finding_words import counts, lines_of

_EXAMPLES: Final = """\b
Examples:
  sim lint scenarios/gpu_queue_deadlock.yaml
  sim lint FILE --set queues.h100.limits.H100=5
  sim lint FILE --format json --out findings.json"""


@click.command("lint", epilog=_EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    help="Of the findings; `sim schema --of lint` describes the json.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set a value of the scenario, such as horizon=30min; may be repeated.",
)
@click.option("--quiet", is_flag=True, help="Say nothing on stderr but what went wrong.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the findings to FILE instead of stdout.",
)
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    output_format: str,
    overrides: tuple[str, ...],
    quiet: bool,  # noqa: FBT001 - click passes it by name
    out: Path | None,
) -> None:
    """Say what never happens in any run of the scenario FILE, and what is likely to go wrong.

    Nothing is simulated: each finding follows from the numbers that it gives, and names the field
    to change and the value to set. A *never* holds for every run, later events of the timeline
    included; a *risk* is likely. docs/lint.md has the rules.

    Exit status: 0 without a never, 3 with one, 2 where FILE is no scenario, 130 interrupted.
    """
    loaded = LoadedScenario.load(file, overrides)
    findings = lint(loaded.scenario, line_of=lambda path: loaded.document.place(path).line)
    if output_format == "json":
        text = Findings(findings=findings).to_json()
    else:
        text = "\n".join((counts(findings), *lines_of(findings)))
    if out is None:
        click.echo(text)
    else:
        out.write_text(f"{text}\n", encoding="utf-8")
        if not quiet:
            click.echo(f"wrote {out}", err=True)
    ctx.exit(NEGATIVE if count_of(findings, "never") else DONE)
