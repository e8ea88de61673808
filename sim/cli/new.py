"""`sim new`: write a scenario to begin with."""

import json
import shlex
from pathlib import Path

import click

from sim.cli.epilog import examples
from sim.scenario.reading.shipped import SCHEMA_FILE, require_free
from sim.scenario.reading.template import new_scenario
from sim.scenario.schema.scenario_schema import scenario_schema
from sim.whole_files import write_whole

SUFFIXES = (".yaml", ".yml")


@click.command("new", epilog=examples("sim new", "sim new ranker", "sim new scenarios/ranker.yaml"))
@click.argument("name", default="my-deployment")
def command(name: str) -> None:
    """Write the scenario NAME.yaml: small, with comments, and it runs as it is.

    NAME may lead to another folder that is there. Beside the file comes scenario.schema.json, by
    which editors complete and check it, unless there is one. Nothing is overwritten.

    Exit status: 0 done, 2 something is there already or cannot be written.
    """
    stem = Path(name).name.removesuffix(".yaml").removesuffix(".yml")
    if not stem.strip("."):
        raise click.UsageError(f"NAME must name a file, as in my-deployment: {name!r} does not")
    file = Path(name)
    if not name.endswith(SUFFIXES):
        file = file.with_name(f"{file.name}.yaml")
    require_free(file)
    write_whole(file, new_scenario(stem).encode("utf-8"))
    click.echo(f"wrote {file}", err=True)
    schema = file.with_name(SCHEMA_FILE)
    if not schema.exists():
        write_whole(schema, f"{json.dumps(scenario_schema(), indent=2)}\n".encode())
        click.echo(f"wrote {schema}, for editors", err=True)
    click.echo("\n".join(_next_steps(shlex.quote(str(file)))))


def _next_steps(file: str) -> tuple[str, ...]:
    return (
        f"Next, with the scenario {file} as it is, and then with numbers of your own:",
        "",
        f"  sim run {file} --out out/first",
        "      One run: what happens, who waits, what fails; tables and a picture in out/first.",
        f"  sim plan {file}",
        "      What the replace in its timeline will do: works, risky, never, refused.",
        f"  sim study {file} --runs 20",
        "      Many runs: every number with its interval.",
        f"  sim check {file}",
        "      Whether what it expects holds.",
        "",
        "`sim explain FIELD` says what a field means, `sim examples` lists more scenarios.",
    )
