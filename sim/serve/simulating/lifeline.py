"""Ending with the process that started this one, at once and whatever is being done.

A server that is killed cannot tell its simulating process to stop, and one that goes on alone would
hold the run's directory and a core. Nothing that was answered is lost by this end: it is on disk.
"""

import ctypes
import os
import signal
import sys
import threading
from typing import Final

LOOK_S: Final = 0.1
"""Seconds between two looks at the parent, where the system does not tell."""
STATUS: Final = 1
_SET_PARENT_DEATH_SIGNAL: Final = 1
"""PR_SET_PDEATHSIG. Source: prctl(2) of Linux."""


def end_with(parent: int) -> None:
    """Let this process be killed when the process `parent`, which started it, ends.

    By the system where it does that (Linux), also amid a computation; elsewhere a thread looks, so
    that it may take as long as the longest step of compiled code besides.
    """
    is_told = _ask_system()
    if os.getppid() != parent:  # it has ended before anybody could be told
        os._exit(STATUS)
    if not is_told:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _ask_system() -> bool:
    """Ask for SIGKILL at the parent's end; return whether that will come."""
    if sys.platform != "linux":
        return False
    try:
        found = ctypes.CDLL(None, use_errno=True).prctl(
            _SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0
        )
    except (OSError, AttributeError):
        return False
    return bool(found == 0)


def _watch(parent: int) -> None:
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(LOOK_S)
    os._exit(STATUS)
