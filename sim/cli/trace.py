"""`sim trace`: what there is to know of a recording before it is replayed."""

from pathlib import Path

import click

from sim.cli.epilog import examples
from sim.errors import Problem, ScenarioError


@click.group(
    "trace",
    epilog=examples("sim trace look access.jsonl.gz", "sim trace look requests.csv --format json"),
)
def command() -> None:
    """Look at recordings of requests: logs, exports of load generators, traces.

    Exit status: 0 done, 2 the file is no recording that is known, or has a bad row.
    """


@command.command(
    "look",
    epilog=examples("sim trace look access.jsonl.gz", "sim trace look requests.csv --format json"),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    help="Of the answer on stdout.",
)
def look(file: Path, output_format: str) -> None:
    """Say what the recording FILE is and holds, and write the source of traffic that replays it.

    Its layout is found out from its first rows; then all rows are read. What a layout leaves open,
    such as whether rows are stamped when requests came or when they were over, is told. A file of
    counts or rates gives a source of that kind; of several series the largest is taken.

    Exit status: 0 done, 2 FILE is no recording that is known, or has a bad row.
    """
    from sim.recordings.looking import find_out  # noqa: PLC0415 - loads pyarrow
    from sim.recordings.measuring import look as look_at  # noqa: PLC0415 - likewise
    from sim.recordings.series_look import INTERVALS, look_at_series  # noqa: PLC0415 - likewise
    from sim.results.files import json_text  # noqa: PLC0415 - likewise
    from sim.text.look_text import look_data, look_text  # noqa: PLC0415 - likewise
    from sim.text.series_look_text import (  # noqa: PLC0415 - likewise
        series_look_data,
        series_look_text,
    )

    is_text = output_format == "text"
    try:
        found = find_out(file)
        if found.holds in INTERVALS:
            series = look_at_series(file, found)
            shown = (
                series_look_text(file, series) if is_text else json_text(series_look_data(series))
            )
        else:
            seen = look_at(file, found)
            shown = look_text(file, seen) if is_text else json_text(look_data(file, seen))
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror or str(error) if isinstance(error, OSError) else "is not UTF-8 text"
        problem = Problem(message=f"cannot be read: {said}", rule="readable-file", file=str(file))
        raise ScenarioError(problem) from None
    click.echo(shown, nl=False)
