"""A snapshot: the run so far as a run's directory, as `sim run --out` writes it.

A process of its own ends its copy of the run, while the run itself goes on.
"""

import os
import traceback
from pathlib import Path
from typing import Final

from sim.live.journal import SNAPSHOTS, Journal
from sim.live.lifeline import end_with
from sim.live.refusals import Senseless
from sim.live.world import World

_FAILED: Final = 1
_LEAST_S: Final = 1e-9
"""Shortest run that a summary can be made of: its rates are counts over this."""


class Snapshots:
    """The snapshots of a run, numbered from 1."""

    def __init__(self, journal: Journal) -> None:
        """Keep them in the run's directory, which is the journal's; without one there are none."""
        self._journal = journal
        self._directory = journal.directory
        self._being_made: dict[int, tuple[int, Path]] = {}

    def begin(self, number: int, world: World) -> None:
        """Begin to write a snapshot, the answer to command `number`.

        Raises:
            Senseless: There is nowhere to write it, or nothing to write.
        """
        if self._directory is None:
            raise Senseless("there is no run directory: start with --run-dir DIR")
        if world.at_s < _LEAST_S:
            raise Senseless("nothing has happened yet")
        folder = self._directory / SNAPSHOTS
        folder.mkdir(exist_ok=True)
        taken = {int(path.name) for path in folder.iterdir() if path.name.isdigit()}
        taken |= {int(path.name) for _, path in self._being_made.values()}
        place = folder / f"{max(taken, default=0) + 1:04d}"
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            end_with(parent)
            self._journal.leave_to_parent()
            _write_and_exit(world, place)
        self._being_made[child] = number, place

    def done(self) -> list[tuple[int, Path, bool]]:
        """Return the snapshots that have been made since: command, directory, whether it went well.

        They are not told twice.
        """
        found = []
        for child, (number, place) in list(self._being_made.items()):
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                del self._being_made[child]
                found.append((number, place, status == 0))
        return found

    def wait(self) -> None:
        """Wait until all are made."""
        for child in list(self._being_made):
            os.waitpid(child, 0)
            del self._being_made[child]


def _write_and_exit(world: World, place: Path) -> None:
    """Write the run in this process, a copy of the one that goes on, and end it at once."""
    status = _FAILED
    try:
        from sim.results.result import Result  # noqa: PLC0415 - the run that goes on needs none

        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the lines on stdout are the other's
        Result(world.finish_here()).write(place)
        status = 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)
