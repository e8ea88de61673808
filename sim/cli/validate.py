"""`sim validate`: say everything that is wrong with a scenario or a configuration."""

import json

import click

from sim.lint.linting import lint
from sim.scenario.reading.document import STDIN_NAME
from sim.scenario.reading.validation import load_limits, validate_file
from sim.text.finding_words import warning_of
from sim.wire.user_rules import load_rules


@click.command("validate")
@click.argument("file")
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
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    help="Of the violations on stdout.",
)
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    limits_file: str | None,
    references: tuple[str, ...],
    output_format: str,
) -> None:
    """Say everything that is wrong with FILE; exit with status 2 if anything is.

    FILE is YAML or JSON, or - for standard input: a scenario, the body of a PUT
    ({"runtimeConfiguration": ...}), or a bare runtime configuration. The violations come in the
    order of the rules' table; the first is what the API would answer. What `sim lint` finds in a
    valid scenario is told as warnings, which do not change the status.
    """
    limits = None if limits_file is None else load_limits(limits_file)
    found = validate_file(file, limits=limits, extra_rules=load_rules(references))
    findings = () if found.scenario is None else lint(found.scenario, line_of=found.line_of)
    name = STDIN_NAME if file == "-" else file
    if output_format == "json":
        said: dict[str, object] = {"valid": not found.problems, "violations": found.to_json()}
        if found.scenario is not None:
            said["findings"] = [finding.model_dump() for finding in findings]
        click.echo(json.dumps(said, indent=2))
    else:
        for finding in findings:
            click.echo(warning_of(finding, name))
        for line in found.to_text():
            click.echo(line)
        if not found.problems:
            click.echo(f"{name}: valid")
    ctx.exit(2 if found.problems else 0)
