"""`sim plot`: draw the rollout timeline of a run that was written to a directory."""

from pathlib import Path

import click

from sim.plots.files import check_suffix, save
from sim.plots.timeline import plot_timeline
from sim.results.files import PICTURE_FILE, read_run


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"Where to draw: .png, .svg or .pdf.  [default: {PICTURE_FILE} in DIR]",
)
@click.option(
    "--deployment",
    metavar="NAME",
    help="Which deployment to draw.  [default: the first with a rollout, else the first]",
)
def command(directory: Path, out: Path | None, deployment: str | None) -> None:
    """Draw the rollout timeline of the run in DIR, and print where it is."""
    picture = directory / PICTURE_FILE if out is None else out
    check_suffix(picture)
    save(plot_timeline(read_run(directory), deployment), picture)
    click.echo(picture)
