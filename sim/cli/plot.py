"""`sim plot`: draw the rollout timeline of a run that was written to a directory."""

from pathlib import Path

import click

from sim.cli.epilog import examples
from sim.plots.files import check_suffix
from sim.plots.pictures import ALL, draw
from sim.results.files import PICTURE_FILE
from sim.results.finished import FinishedRun
from sim.whole_files import try_writing


@click.command(
    "plot",
    epilog=examples(
        "sim plot out/demo",
        "sim plot out/demo --from 10min --to 15min --out rollout.svg",
        "sim plot out/demo --deployment all",
    ),
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"Where to draw: .png, .svg or .pdf.  [default: {PICTURE_FILE} in DIR]",
)
@click.option(
    "--deployment",
    metavar=f"NAME|{ALL}",
    help=f"Which deployment to draw; {ALL}: each, into FILE with -NAME behind its stem.  "
    "[default: the first with a rollout, else the first]",
)
@click.option(
    "--from",
    "start",
    metavar="INSTANT",
    help="Where the picture begins, such as 10min.  [default: the run's beginning]",
)
@click.option(
    "--to",
    "end",
    metavar="INSTANT",
    help="Where it ends, such as 1h30min.  [default: the run's end]",
)
def command(
    directory: Path, out: Path | None, deployment: str | None, start: str | None, end: str | None
) -> None:
    """Draw the rollout timeline of the run in DIR, and print where it is.

    Exit status: 0 done, 2 DIR holds no run that can be drawn (one written without tables, or with a
    table that is missing or damaged), there is no such deployment, or FILE cannot be written.
    """
    picture = directory / PICTURE_FILE if out is None else out
    check_suffix(picture)
    finished = FinishedRun.open(directory)
    if deployment is not None and deployment != ALL:
        finished.require_deployment(deployment)
    try_writing(picture)
    for path in draw(finished.timeline(start, end), picture, deployment):
        click.echo(path)
