"""Processes of this machine that make runs.

A worker that dies, by the system or by what it simulates, takes the pool with it: the runs that
were in flight are then tried again, each alone, so that only the one that kills its worker is lost.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread

from sim.studies.runs.executor import IN_FLIGHT, Executor, InThisProcess, tried_alone
from sim.studies.runs.replication import Made, Replication, Replicator, Task


def local(workers: int) -> Executor:
    """Return what makes runs on this machine, one worker being this very process."""
    return InThisProcess() if workers == 1 else Processes(workers)


def require_workers(workers: int | None) -> None:
    """Return if so many processes can make runs; None: as many as there are cores.

    Raises:
        ValueError: There are fewer than 1.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Processes:
    """A pool of processes, made when the first run is asked for and kept until `close`."""

    def __init__(self, workers: int, its_make: Callable[[Task], Made] | None = None) -> None:
        """Start nothing yet.

        Args:
            workers: How many processes.
            its_make: What a worker does with a task, found by its name there; None: makes the run.
        """
        self._workers = workers
        self._make = its_make or make
        self._pool: ProcessPoolExecutor | None = None
        self._life: Connection | None = None

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
        """Yield each task with its run as soon as that is there."""
        todo, in_flight, suspects = deque(tasks), dict[Future[Made], Task](), list[Task]()
        while todo or in_flight or suspects:
            if suspects and not in_flight:
                task = suspects.pop(0)
                yield task, tried_alone(task, self._once)
                continue
            try:
                while todo and not suspects and len(in_flight) < self._workers * IN_FLIGHT:
                    future = self._given(todo[0])
                    in_flight[future] = todo.popleft()
                for future in wait(in_flight, return_when=FIRST_COMPLETED).done:
                    made = future.result()
                    task = in_flight.pop(future)
                    if isinstance(made, Replication):
                        yield task, made
                    else:
                        suspects.append(task)
            except BrokenProcessPool:  # all that was in flight is lost, and one of it is guilty
                self.close()
                suspects += in_flight.values()
                in_flight.clear()

    def close(self) -> None:
        """End the workers at once; what they are at is dropped."""
        if self._pool is not None and self._life is not None:
            self._life.close()
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = self._life = None

    def _once(self, task: Task) -> Made | None:
        try:
            return self._given(task).result()
        except BrokenProcessPool:
            self.close()
            return None

    def _given(self, task: Task) -> Future[Made]:
        """Give out a task.

        Raises:
            BrokenProcessPool: A worker has died meanwhile.
        """
        if self._pool is None:
            context = get_context("spawn")
            end, self._life = context.Pipe(duplex=False)
            self._pool = ProcessPoolExecutor(
                self._workers, context, initializer=_begin, initargs=(end,)
            )
        return self._pool.submit(self._make, task)


# In the worker ---------------------------------------------------------------------------------

_replicator = Replicator()


def _begin(life: Connection) -> None:
    """Make ready: an interrupt from the keyboard is its parent's, with which it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(life,), daemon=True).start()


def _end_with(life: Connection) -> None:
    """Wait until the other end is closed, be it by `close` or by the end of the parent."""
    try:
        life.recv_bytes()
    except EOFError:
        os._exit(0)


def make(task: Task) -> Made:
    """Return the run of a task, made by the replicator of this process."""
    return _replicator.make(task)
