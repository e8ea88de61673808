"""The lock on a run's directory: one simulating process at a time, for as long as it lives.

The system lets go of it when the process ends, however that comes about.
"""

import fcntl
import os
import time  # noqa: TID251 - a lock is waited for in real time
from contextlib import suppress
from pathlib import Path
from typing import Final

from sim.errors import Problem, ScenarioError

LOCK_FILE: Final = "lock"
PATIENCE_S: Final = 2.0
"""How long to wait for a process that is ending: one that was just killed, say."""
_LOOK_S: Final = 0.02


class DirectoryLock:
    """A lock that is held until `release`, or the end of the process."""

    def __init__(self, directory: Path) -> None:
        """Take the lock on `directory`, which exists.

        Raises:
            ScenarioError: Another process holds it.
            OSError: The file system refuses.
        """
        self._file = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        patience_ends_s = time.monotonic() + PATIENCE_S
        while not self._is_taken():
            if time.monotonic() > patience_ends_s:
                holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip()
                os.close(self._file)
                raise _held(directory, holder)
            time.sleep(_LOOK_S)

    def sign(self) -> None:
        """Write down who holds it, which is for people only."""
        with suppress(OSError):  # the disk may be full
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, b"%d\n" % os.getpid(), 0)

    def _is_taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go of it: for this process, if it is one that was forked from its holder."""
        os.close(self._file)


def _held(directory: Path, holder: str) -> ScenarioError:
    who = f"process {holder}" if holder else "another process"
    message = f"{directory} is in use: {who} plays the run in it"
    return ScenarioError(Problem(message=message, rule="run-directory"))
