"""`sim measures`: list the measures that runs of a scenario have."""

from pathlib import Path

import click

from sim.cli.answering import check_suffixes, format_option, out_option, write
from sim.cli.epilog import examples
from sim.cli.setting import SET
from sim.results.files import json_text
from sim.results.measures import measures
from sim.scenario.reading.loader import load_scenario
from sim.studies.answers.measures_report import measures_report
from sim.text.measures_text import measures_text


@click.command(
    "measures",
    epilog=examples(
        "sim measures scenarios/replace_under_load.yaml",
        "sim measures scenarios/replace_under_load.yaml --format json",
    ),
)
@click.argument("file", type=click.Path())
@SET
@format_option("text", "json")
@out_option(".json or .txt")
def command(
    file: str, overrides: tuple[str, ...], output_format: str, files: tuple[Path, ...]
) -> None:
    """List the measures that runs of the scenario FILE have, by their addresses.

    With the unit, what values are (number, count, yes/no), which way is better, and what it means
    that one has no value: beyond (it did not end in the run, which is worse than every value) or
    none (there was nothing to measure). The first part of an address may be left out where the rest
    names one thing only.

    Exit status: 0 done, 2 the input is wrong.
    """
    check_suffixes(files, (".json", ".txt"))
    found = measures(load_scenario(file, overrides=overrides))
    text = measures_text(found)
    data = json_text(measures_report(found).model_dump(mode="json"))
    click.echo(data if output_format == "json" else text, nl=False)
    write(files, {".json": data.encode, ".txt": text.encode}, quiet=True)
