"""What makes runs: the contract that processes of this machine and a cluster keep."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from sim.studies.runs.replication import Made, Replicator, Task


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
