"""`sim trace`: what there is to know of a recording before it is replayed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.epilog import examples
from sim.errors import Problem, ScenarioError
from sim.whole_files import try_writing, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.recordings.looking import Found


@click.group(
    "trace",
    epilog=examples("sim trace look access.jsonl.gz", "sim trace look requests.csv --format json"),
)
def command() -> None:
    """Look at recordings of requests: logs, exports of load generators, traces.

    Exit status: 0 done, 2 the file is no recording that is known, or has a bad row.
    """


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Say of a file that cannot be read that it cannot.

    Raises:
        ScenarioError: It cannot.
    """
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror or str(error) if isinstance(error, OSError) else "is not UTF-8 text"
        problem = Problem(message=f"cannot be read: {said}", rule="readable-file", file=str(file))
        raise ScenarioError(problem) from None


@command.command(
    "look",
    epilog=examples(
        "sim trace look access.jsonl.gz",
        "sim trace look requests.csv --format json",
        "sim trace look requests.csv --out look.png",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    help="Of the answer on stdout.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to draw it: .png, .svg or .pdf.",
)
def look(file: Path, output_format: str, out: Path | None) -> None:
    """Say what the recording FILE is and holds, and write the source of traffic that replays it.

    Its layout is found out from its first rows; then all rows are read. What a layout leaves open,
    such as whether rows are stamped when requests came or when they were over, is told. A file of
    counts or rates gives a source of that kind; of several series the largest is taken.

    With --out its rate over time, with the longest gaps, and the times between arrivals are drawn.

    Exit status: 0 done, 2 FILE is no recording that is known, or has a bad row, or the picture
    cannot be written.
    """
    if out is not None:
        from sim.plots.files import check_suffix  # noqa: PLC0415 - loads matplotlib

        check_suffix(out)
        try_writing(out)
    from sim.recordings.looking import find_out  # noqa: PLC0415 - loads pyarrow
    from sim.recordings.series_look import INTERVALS  # noqa: PLC0415 - likewise

    with _reading(file):
        found = find_out(file)
        if found.holds in INTERVALS:
            _look_at_series(file, found, output_format, out)
            return
        _look_at_requests(file, found, output_format, out)


def _look_at_requests(file: Path, found: "Found", output_format: str, out: Path | None) -> None:
    from sim.recordings.measuring import look as look_at  # noqa: PLC0415 - loads pyarrow
    from sim.text.look_text import look_report, look_text  # noqa: PLC0415 - likewise

    seen = look_at(file, found)
    is_text = output_format == "text"
    click.echo(look_text(file, seen) if is_text else look_report(file, seen).to_json(), nl=False)
    if out is not None:
        from sim.plots.recording import plot_look  # noqa: PLC0415 - loads matplotlib

        _save(plot_look(file.name, seen), out)


def _look_at_series(file: Path, found: "Found", output_format: str, out: Path | None) -> None:
    from sim.recordings.series_look import look_at_series  # noqa: PLC0415 - loads pyarrow
    from sim.results.files import json_text  # noqa: PLC0415 - likewise
    from sim.text.series_look_text import (  # noqa: PLC0415 - likewise
        series_look_data,
        series_look_text,
    )

    seen = look_at_series(file, found)
    is_text = output_format == "text"
    click.echo(
        series_look_text(file, seen) if is_text else json_text(series_look_data(seen)), nl=False
    )
    if out is not None:
        from sim.plots.recording import plot_series  # noqa: PLC0415 - loads matplotlib

        _save(plot_series(file.name, seen), out)


def _save(figure: "Figure", out: Path) -> None:
    from sim.plots.files import save  # noqa: PLC0415 - loads matplotlib

    save(figure, out)
    click.echo(f"wrote {out}", err=True)


@command.command(
    "convert",
    epilog=examples("sim trace convert access.jsonl.gz --out trace.parquet"),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.parquet",
    required=True,
    help="Where to write the trace.",
)
def convert(file: Path, out: Path) -> None:
    """Write the recording FILE as a trace in one form, which replays to the same arrivals.

    The trace has a row a request, in order of arrival: when it came, to the nanosecond, the columns
    of numbers, and `source` and `row`, which say where FILE has it. `sim trace look` knows the
    trace, and writes the source of traffic that replays it.

    Exit status: 0 done, 2 FILE is no recording that is known, or has a bad row, or the trace cannot
    be written.
    """
    if out.suffix.lower() != ".parquet":
        message = f"{out}: a converted trace is Parquet, whose suffix is .parquet"
        raise ScenarioError(Problem(message=message, rule="output-suffix", path=("--out",)))
    if out.exists() and file.exists() and out.samefile(file):
        message = f"{out}: is the recording itself, which stays as it is: name another file"
        raise ScenarioError(Problem(message=message, rule="output-file", path=("--out",)))
    try_writing(out)
    from sim.recordings.converting import convert as converted  # noqa: PLC0415 - loads pyarrow

    with _reading(file):
        made = converted(file)
    write_whole(out, made.content())
    for sentence in made.left_out:
        click.echo(sentence, err=True)
    click.echo(f"wrote {out}: {made.table.num_rows:,} rows", err=True)
