"""`sim validate`: say everything that is wrong with a scenario or a configuration."""

import json

import click

from sim.cli.epilog import examples
from sim.cli.statuses import DONE, YOUR_INPUT
from sim.lint.finding import Finding
from sim.lint.linting import lint
from sim.scenario.models.scenario import UNTIL_TRACE
from sim.scenario.reading.document import STDIN_NAME
from sim.scenario.reading.validation import SCENARIO, Validation, load_limits, validate_file
from sim.simulation.sources_read import files_of_sources, with_sources_read
from sim.text.finding_words import warning_of
from sim.wire.user_rules import load_rules


@click.command(
    "validate",
    epilog=examples(
        "sim validate scenarios/*.yaml",
        "sim validate put.json --limits limits.yaml",
        "sim validate replay.yaml --quick",
        "sim validate put.json --rules house.py:gpu_budget --format json",
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@click.option(
    "--limits",
    "limits_file",
    metavar="FILE",
    help="What the platform allows, in the place of a scenario's limits or of the defaults.",
)
@click.option(
    "--rules",
    "references",
    multiple=True,
    metavar="FILE.py:NAME",
    help="A rule of your own, or package.module:name; may be repeated.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="Of files of traffic read no rows but only what they begin with, and say so.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    help="Of the violations on stdout.",
)
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    limits_file: str | None,
    references: tuple[str, ...],
    quick: bool,  # noqa: FBT001 - click passes it by name
    output_format: str,
) -> None:
    """Say everything that is wrong with each FILE; exit with status 2 if anything is.

    A FILE is YAML or JSON, or - for standard input: a scenario, the body of a PUT
    ({"runtimeConfiguration": ...}) or of another request, what a GET answers, or a bare runtime
    configuration. The violations come in the order of the rules' table; the first is what the API
    would answer. What `sim lint` finds in a
    valid scenario is told as warnings, which do not change the status. Files of requests and rates
    that it names are read whole, but with --quick. The json is of one FILE.

    Exit status: 0 all are valid, 2 something is wrong.
    """
    if output_format == "json" and len(files) > 1:
        raise click.UsageError("--format json is of one FILE")
    limits = None if limits_file is None else load_limits(limits_file)
    rules = load_rules(references)
    found = [validate_file(file, limits=limits, extra_rules=rules) for file in files]
    if not quick:
        found = [with_sources_read(validation) for validation in found]
    for file, validation in zip(files, found, strict=True):
        show = _show_json if output_format == "json" else _show_text
        show(validation, STDIN_NAME if file == "-" else file, _begun(validation) if quick else ())
    ctx.exit(YOUR_INPUT if any(validation.problems for validation in found) else DONE)


def _begun(found: Validation) -> tuple[str, ...]:
    """Return the files of traffic of which no row was checked."""
    return () if found.scenario is None else files_of_sources(found.scenario)


def _show_json(found: Validation, _name: str, begun: tuple[str, ...]) -> None:
    said: dict[str, object] = {"valid": not found.problems, "violations": found.to_json()}
    if begun:
        said["headers_only"] = begun
    if found.scenario is not None:
        said["findings"] = [finding.model_dump() for finding in _findings(found)]
    click.echo(json.dumps(said, indent=2))


def _show_text(found: Validation, name: str, begun: tuple[str, ...]) -> None:
    for finding in _findings(found):
        click.echo(warning_of(finding, name))
    for line in found.to_text():
        click.echo(line)
    until_trace = found.scenario is not None and found.data.get("horizon") == UNTIL_TRACE
    part = "times" if until_trace else "header"
    for file in begun:
        click.echo(f"{name}: read the {part} of {file} only")
    if not found.problems:
        what = "" if found.words == SCENARIO else f", {found.words}"
        click.echo(f"{name}: valid{what}")


def _findings(found: Validation) -> tuple[Finding, ...]:
    return () if found.scenario is None else lint(found.scenario, line_of=found.line_of)
