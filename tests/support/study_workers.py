"""What workers of tests do in the place of runs; found by name in the processes that do it."""

import os
import signal
from pathlib import Path

from sim.studies.runs.local import make
from sim.studies.runs.replication import Lost, Made, Task

DEADLY = 13
"""The seed whose run kills its worker."""

FAULTY = 17
"""The seed whose run fails."""


def make_or_die(task: Task) -> Made:
    """Make a run; one kills its worker each time, one fails each time."""
    if task.seed == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return make_or_fail(task)


def make_or_fail(task: Task) -> Made:
    """Make a run; one fails each time."""
    if task.seed == FAULTY:
        return Lost(task.seed, "a fault of ours")
    return make(task)


def die_once(task: Task) -> Made:
    """Make a run; the first worker that comes to one of the runs dies, and no other."""
    mark = Path(os.environ["DIE_ONCE"])
    if task.seed == DEADLY and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return make(task)
