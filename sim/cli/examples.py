"""`sim examples`: the scenarios that come with the package."""

from pathlib import Path
from typing import Final

import click

from sim.cli.answering import QUIET
from sim.cli.epilog import examples
from sim.scenario.reading.shipped import copied, shipped, shipped_names
from sim.text.layout import wrapped
from sim.whole_files import write_whole

DIRECTORY: Final = "scenarios"
"""Where copies go by default: the commands of the documents find them there."""


def _names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in shipped_names() if name.startswith(incomplete)]


@click.command(
    "examples",
    epilog=examples(
        "sim examples",
        "sim examples capacity_cliff",
        "sim examples capacity_cliff --copy .",
        "sim examples --copy",
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=_names)
@click.option(
    "--copy",
    "directory",
    is_flag=False,
    flag_value=DIRECTORY,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="[DIR]",
    help="Copy the scenarios NAME, or all, with the files that they name, into DIR.  "
    f"[DIR by default: {DIRECTORY}]",
)
@QUIET
def command(
    names: tuple[str, ...],
    directory: Path | None,
    quiet: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """List the scenarios that come with sim, each with the question that it answers.

    With a NAME, print that scenario, whose answer stands below its question. With --copy, copy it
    instead, to be run and changed. Nothing is overwritten: if a file is there, none is copied.

    Exit status: 0 done, 2 there is no such scenario, or a file is there already.
    """
    chosen = [shipped(name) for name in dict.fromkeys(names or shipped_names())]
    if directory is None:
        if names:
            click.echo("\n".join(one.text for one in chosen), nl=False)
            return
        for one in chosen:
            click.echo(one.name)
            click.echo("\n".join(wrapped(one.question, first="    ", rest="    ")))
        return
    for path, content in copied(chosen, directory).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
        if not quiet:
            click.echo(f"wrote {path}", err=True)
