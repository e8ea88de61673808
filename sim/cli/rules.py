"""`sim rules`: list the rules that a runtime configuration must keep."""

import json
from typing import Any

import click

from sim.cli.epilog import examples
from sim.wire.rule import Rule
from sim.wire.rules import RULES
from sim.wire.user_rules import load_rules


@click.command(
    "rules",
    epilog=examples(
        "sim rules",
        "sim rules --rules house.py:gpu_budget --format json",
    ),
)
@click.option(
    "--rules",
    "references",
    multiple=True,
    metavar="FILE.py:NAME",
    help="A rule of your own to list too, or package.module:name; may be repeated.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    help="Of the list on stdout.",
)
def command(references: tuple[str, ...], output_format: str) -> None:
    """List the rules that a runtime configuration must keep, in the order of checking.

    The first that is broken is what the API would answer; `sim validate` tells all.

    Exit status: 0 done, 2 a rule of your own cannot be loaded.
    """
    rules = [*RULES, *load_rules(references)]
    if output_format == "json":
        click.echo(json.dumps({"rules": [_as_json(rule) for rule in rules]}, indent=2))
    else:
        click.echo("\n".join(_as_text(number, rule) for number, rule in enumerate(rules, start=1)))


def _as_json(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "field": rule.field,
        "condition": rule.condition,
        "source": rule.source,
        "errorName": rule.error.error_name,
        "errorCode": rule.error.error_code.value,
        "httpStatus": rule.error.http_status,
    }


def _as_text(number: int, rule: Rule) -> str:
    return (
        f"{number:2}. {rule.name}: {rule.condition}\n"
        f"    {rule.error.http_status} {rule.error.error_name}; {rule.source}"
    )
