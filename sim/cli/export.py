"""`sim export`: a finished run in the form of another program."""

from pathlib import Path

import click

from sim.cli.answering import QUIET
from sim.cli.epilog import examples
from sim.extras import require
from sim.results.files import TRACE_FILE
from sim.results.finished import FinishedRun
from sim.whole_files import try_writing, write_whole


@click.command(
    "export",
    epilog=examples(
        "sim export out/demo --format perfetto",
        "sim export out/demo --format perfetto --out demo.pftrace",
    ),
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(("perfetto",)),
    required=True,
    help="perfetto: a trace to be opened at ui.perfetto.dev, which reads it without an upload.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"Where to write it.  [default: {TRACE_FILE} in DIR]",
)
@QUIET
def command(
    directory: Path,
    out: Path | None,
    form: str,
    quiet: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Write the run in DIR as a trace, and print where it is.

    A deployment is a process: rollouts, decisions and the replicas' states on tracks, with an arrow
    from a decision to each replica that it created or stopped; load, requests and replicas as
    counters; and up to 20,000 attempts with their phases: failed, slowest, and one in n.

    Exit status: 0 done, 2 DIR holds no run with tables, one of them is damaged, or FILE cannot be
    written.
    """
    require(f"sim export --format {form}", "perfetto")
    finished = FinishedRun.open(directory)
    trace_file = directory / TRACE_FILE if out is None else out
    try_writing(trace_file)
    from sim.export.perfetto import perfetto_trace  # noqa: PLC0415 - needs an extra

    trace = perfetto_trace(finished)
    write_whole(trace_file, trace.content)
    if not quiet:
        for note in trace.notes:
            click.echo(note, err=True)
    click.echo(trace_file)
