"""What makes runs: the contract that processes of this machine and a cluster keep."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

from sim.studies.runs.replication import Lost, Made, Replication, Replicator, Task

ATTEMPTS: Final = 3
"""How often a run is tried whose worker dies, or that fails through a fault of ours."""

IN_FLIGHT: Final = 3
"""Runs that are given out a worker: one that it is at, and enough behind it that it never waits."""


class Executor(Protocol):
    """Makes runs, in any order and anywhere: a run is a function of its task."""

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
        """Yield each task with its run as soon as that is there.

        Raises:
            ScenarioError: A file that a scenario names cannot be used.
        """

    def close(self) -> None:
        """Let go of the workers; what they are at is dropped."""


class InThisProcess:
    """Makes one run after another, here."""

    def __init__(self) -> None:
        """Have made no run yet."""
        self._replicator = Replicator()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
        """Yield each task with its run, in order."""
        for task in tasks:
            yield task, self._replicator.make(task)

    def close(self) -> None:
        """Nothing is held."""


def tried_alone(task: Task, once: Callable[[Task], Made | None]) -> Made:
    """Return the run of a task whose first try came to nothing.

    Args:
        task: Which run.
        once: Tries it while no other is in flight; None where its worker dies.
    """
    made: Made = Lost(task.seed, f"its worker died, {ATTEMPTS} times")
    for _ in range(ATTEMPTS - 1):
        made = once(task) or made
        if isinstance(made, Replication):
            break
    return made
