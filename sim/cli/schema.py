"""``sim schema``: print the JSON Schema of scenario files, for editors."""

import json

import click

from sim.scenario.schema import scenario_schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of scenario files.

    Editors complete and check a scenario that names the schema: a YAML file in a first line
    `# yaml-language-server: $schema=scenario.schema.json`, a JSON file under the key `$schema`.
    """
    click.echo(json.dumps(scenario_schema(), indent=2))
