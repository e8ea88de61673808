"""The store in which a verb remembers its runs, open while they are made."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from sim.studies.runs.store import Store, is_in_use, open_store


@contextmanager
def opened_store(file: Path, *, waits: bool, quiet: bool) -> Iterator[Store]:
    """Give a store that is open, and say so where that takes waiting for another process.

    Raises:
        ScenarioError: It is no store, or another process has it open.
    """
    if waits and not quiet and is_in_use(file):
        click.echo(f"{file} is in use by another process: waiting", err=True)
    with open_store(file, waits=waits) as opened:
        yield opened
