"""``sim pull``: a real deployment as the beginning of a scenario."""

from pathlib import Path
from typing import Literal

import click

from sim.cli.epilog import examples
from sim.errors import Problem, ScenarioError
from sim.extras import require
from sim.whole_files import write_whole


@click.command(
    "pull",
    epilog=examples(
        "sim pull --hostname HOST --rid RID",
        "sim pull --hostname HOST --rid RID --out mine.yaml",
    ),
)
@click.option("--hostname", required=True, metavar="HOST", help="Of the platform, as HOST[:PORT].")
@click.option("--rid", required=True, help="The live deployment.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; else stdout.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option(
    "--with-values",
    is_flag=True,
    help="Write the values of environment variables; else they are masked.",
)
@click.option(
    "--scheme",
    type=click.Choice(("https", "http")),
    default="https",
    show_default=True,
    help="http is for `sim serve` on this machine.",
)
def command(
    hostname: str,
    rid: str,
    out: Path | None,
    force: bool,  # noqa: FBT001 - click passes it by name
    with_values: bool,  # noqa: FBT001 - click passes it by name
    scheme: Literal["http", "https"],
) -> None:
    """Read a live deployment through the official SDK and write a scenario with its configuration.

    The token is the SDK's own: FOUNDRY_TOKEN. What the platform does not tell (traffic, demands,
    queues) is assumed, and marked.

    Exit status: 0 done, 2 it cannot be read or written.
    """
    require("sim pull", "foundry_sdk")
    if out is not None and out.exists() and not force:
        message = f"{out} is there already: give --force to replace it"
        raise ScenarioError(Problem(message=message, rule="output-not-ours", path=("--out",)))
    from sim.foundry.pulled import scenario_text  # noqa: PLC0415 - not before it is known to work
    from sim.foundry.reading import read_deployment  # noqa: PLC0415 - loads the SDK

    deployment = read_deployment(hostname, rid, scheme=scheme)
    text = scenario_text(deployment, hostname=hostname, with_values=with_values)
    if out is None:
        click.echo(text, nl=False)
        return
    write_whole(out, text.encode(), is_private=True)  # it may hold secrets
    click.echo(f"wrote {out}", err=True)
