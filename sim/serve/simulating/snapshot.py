"""A snapshot: the run so far as a run's directory, as `sim run --out` writes it.

A process of its own ends its copy of the run, while the run itself goes on.
"""

import os
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.serve.protocol.commands import SnapshotWritten
from sim.serve.protocol.said import Done, Refused, Reply
from sim.serve.simulating.journal import Journal
from sim.serve.simulating.lifeline import end_with
from sim.serve.simulating.refusals import Senseless
from sim.serve.simulating.world import World

SNAPSHOTS: Final = "snapshots"
_FAILED: Final = 1
_LEAST_S: Final = 1e-9
"""Shortest run that a summary can be made of: its rates are counts over this."""
_REASON_BYTES: Final = 1000


@dataclass(frozen=True, slots=True)
class _Being:
    """A snapshot that is being made: the command, the place, and where a reason comes from."""

    number: int
    place: Path
    reason: int


class Snapshots:
    """The snapshots of a run, numbered from 1."""

    def __init__(self, journal: Journal) -> None:
        """Keep them in the run's directory, which is the journal's; without one there are none."""
        self._journal = journal
        self._directory = journal.directory
        self._being_made: dict[int, _Being] = {}

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
        try:
            folder.mkdir(exist_ok=True)
            taken = {int(path.name) for path in folder.iterdir() if path.name.isdigit()}
            taken |= {int(one.place.name) for one in self._being_made.values()}
            place = folder / f"{max(taken, default=0) + 1:04d}"
            self._fork(number, world, place)
        except OSError as error:
            raise Senseless(_words(error.strerror or str(error))) from None

    def _fork(self, number: int, world: World, place: Path) -> None:
        reason, says = os.pipe()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            end_with(parent)
            self._journal.let_go()
            _write_and_exit(world, place, says)
        os.close(says)
        self._being_made[child] = _Being(number, place, reason)

    def done(self) -> list[Reply]:
        """Return the answers to the commands whose snapshots have been made since, or have failed.

        They are not told twice.
        """
        found: list[Reply] = []
        for child, one in list(self._being_made.items()):
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                del self._being_made[child]
                reason = os.read(one.reason, _REASON_BYTES).decode(errors="replace")
                os.close(one.reason)
                if status:
                    words = _words(reason or "stderr says why")
                    found.append(Refused(id=one.number, refused=words))
                else:
                    written = SnapshotWritten(directory=str(one.place))
                    found.append(Done(id=one.number, ok=written))
        return found

    def wait(self) -> None:
        """Wait until all are made."""
        for child in list(self._being_made):
            os.waitpid(child, 0)
            os.close(self._being_made.pop(child).reason)


def _words(reason: str) -> str:
    return f"the snapshot could not be written: {reason}"


def _write_and_exit(world: World, place: Path, says: int) -> None:
    """Write the run in this process, a copy of the one that goes on, and end it at once."""
    status = _FAILED
    try:
        from sim.results.result import Result  # noqa: PLC0415 - the run that goes on needs none

        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the lines on stdout are the other's
        Result(world.finish_here()).write(place)
        status = 0
    except OSError as error:
        os.write(says, (error.strerror or str(error)).encode()[:_REASON_BYTES])
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)
