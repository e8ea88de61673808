"""`sim diff`: list the fields in which two scenarios differ."""

from pathlib import Path

import click

from sim.cli.answering import check_suffixes, format_option, out_option, write
from sim.cli.epilog import examples
from sim.cli.setting import setting
from sim.results.files import json_text
from sim.scenario.reading.differences import scenario_differences
from sim.studies.answers.diff_report import diff_report
from sim.studies.answers.operands import read_operand, the_scenario
from sim.text.diff_text import diff_text

SUFFIXES = (".json", ".txt")


@click.command(
    "diff",
    epilog=examples(
        "sim diff scenarios/gpu_queue_deadlock.yaml scenarios/gpu_queue_one_spare.yaml",
        "sim diff before.yaml after.yaml --format json",
        "sim diff runs/before runs/after",
    ),
)
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@setting(
    "Set a value in both scenarios before they are compared, to leave a difference out; may be "
    "repeated."
)
@format_option("text", "json")
@out_option(".json or .txt")
def command(
    a: Path,
    b: Path,
    overrides: tuple[str, ...],
    output_format: str,
    files: tuple[Path, ...],
) -> None:
    """List the fields in which the scenarios A and B differ, every default filled in.

    Each is a scenario, the directory of a run, or a store with one case. Fields have the addresses
    that --set takes, and values the form of files. A field that one does not have is a dash (null
    in json). Items of lists that have names are matched by name, others by their place.

    Exit status: 0, whatever differs; 2 if the input is wrong.
    """
    check_suffixes(files, SUFFIXES)
    first, second = (the_scenario(read_operand(source, overrides)) for source in (a, b))
    changes = scenario_differences(first, second)
    text = diff_text(changes)
    data = json_text(diff_report(changes).model_dump(mode="json"))
    click.echo(data if output_format == "json" else text, nl=False)
    write(files, {".json": data.encode, ".txt": text.encode}, quiet=True)
