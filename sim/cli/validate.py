"""`sim validate`: say everything that is wrong with a scenario or a configuration."""

import json

import click

from sim.scenario.reading.document import STDIN_NAME
from sim.scenario.reading.validation import load_limits, validate_file
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
    order of the rules' table; the first is what the API would answer.
    """
    limits = None if limits_file is None else load_limits(limits_file)
    found = validate_file(file, limits=limits, extra_rules=load_rules(references))
    if output_format == "json":
        valid = not found.problems
        click.echo(json.dumps({"valid": valid, "violations": found.to_json()}, indent=2))
    else:
        for line in found.to_text():
            click.echo(line)
        if not found.problems:
            click.echo(f"{STDIN_NAME if file == '-' else file}: valid")
    ctx.exit(2 if found.problems else 0)
