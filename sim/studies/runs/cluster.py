"""A Dask cluster that makes runs: workers on other machines, found through a scheduler.

The scheduler remembers nothing: the store does. A worker must have the same sim and numpy as this
process; another is refused by its name, as its runs would be others under the same key.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

import sim
from sim.errors import Problem, ScenarioError
from sim.extras import require
from sim.studies.runs.executor import IN_FLIGHT, tried_alone
from sim.studies.runs.local import make
from sim.studies.runs.replication import Made, Replication, Task
from sim.studies.runs.store import source_digest

if TYPE_CHECKING:
    from distributed import Future

DEATHS: Final = 10
"""Deaths of workers after which Dask gives a task up. It counts them against every task that a
dying worker had, so that at its own limit of 3 innocent runs are given up."""

CONNECT_S: Final = 10.0
"""How long to wait for the scheduler."""

Program = tuple[str, str, str]
R = TypeVar("R")


class Cluster:
    """The workers of a scheduler, which may come and go."""

    def __init__(self, address: str, its_make: Any = None) -> None:
        """Connect.

        Args:
            address: Of the scheduler, such as `tcp://10.0.0.7:8786`.
            its_make: What a worker does with a task, found by its name there; None: makes the run.

        Raises:
            ScenarioError: Dask is not installed; there is no scheduler; a worker has another sim.
        """
        require(*_OPTION, "distributed")
        from distributed import Client  # noqa: PLC0415 - heavy, and not installed everywhere

        self._make = its_make or make
        try:
            self._client: Any = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            message = f"no scheduler answers at {address}: {error}"
            raise ScenarioError(Problem(message=message, rule="scheduler", path=_OPTION)) from None
        self._client.run_on_scheduler(_allow_deaths)
        for worker, its in sorted(self.call(_of_this_worker).items()):
            _require_same(worker, its, program())

    def call(self, function: Callable[[], R]) -> dict[str, R]:
        """Return what a function gives in each worker, by the worker's address."""
        found: dict[str, R] = self._client.run(function)
        return found

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
        """Yield each task with its run as soon as that is there.

        Raises:
            ScenarioError: A file that a scenario names cannot be used, or a worker that has come
                meanwhile has another sim.
        """
        from distributed import as_completed  # noqa: PLC0415 - see `__init__`

        todo, suspects = iter(tasks), list[Task]()
        of: dict[Any, Task] = {}
        results = as_completed(loop=self._client.loop)
        self._give(todo, of, results)
        for future in results:
            task = of.pop(future.key)
            made = _result_of(future)
            self._give(todo, of, results)
            if isinstance(made, Replication):
                yield task, made
            else:
                suspects.append(task)
        for task in suspects:
            yield task, tried_alone(task, self._once)

    def close(self) -> None:
        """Leave the cluster; what its workers are at for us is dropped."""
        with suppress(Exception):  # it may be gone already
            self._client.close()

    def _give(self, todo: Iterator[Task], of: dict[Any, Task], results: Any) -> None:
        """Give out tasks as long as there is room."""
        threads = sum(self._client.nthreads().values())
        while len(of) < max(1, threads) * IN_FLIGHT:
            task = next(todo, None)
            if task is None:
                return
            future = self._submitted(task)
            of[future.key] = task
            results.add(future)

    def _once(self, task: Task) -> Made | None:
        return _result_of(self._submitted(task))

    def _submitted(self, task: Task) -> "Future[Any]":
        return self._client.submit(_make_checked, self._make, task, program(), pure=False)


def program() -> Program:
    """Return what makes runs in this process: versions of sim and numpy, and sim's source."""
    return sim.__version__, np.__version__, source_digest()


_OPTION: Final = ("--scheduler",)


def _of_this_worker() -> Program:
    """Return the program of the worker that is asked."""
    return program()


def _make_checked(its_make: Any, task: Task, ours: Program) -> Made:
    """Make a run in a worker, if that is of the same program."""
    from distributed import get_worker  # noqa: PLC0415 - only a worker of Dask comes here

    _require_same(get_worker().address, program(), ours)
    made: Made = its_make(task)
    return made


def _require_same(worker: str, its: Program, ours: Program) -> None:
    if its == ours:
        return
    said = [f"{name} {there}" for name, there in zip(("sim", "numpy"), its[:2], strict=True)]
    here = [f"{name} {mine}" for name, mine in zip(("sim", "numpy"), ours[:2], strict=True)]
    note = "" if its[:2] != ours[:2] else ", from another source"
    message = (
        f"worker {worker} has {' and '.join(said)}{note}; this process has {' and '.join(here)}: "
        "install the same there"
    )
    raise ScenarioError(Problem(message=message, rule="worker-version", path=_OPTION))


def _allow_deaths(dask_scheduler: Any = None) -> None:
    """Raise the limit in the scheduler; Dask passes it under this name."""
    dask_scheduler.allowed_failures = max(DEATHS, dask_scheduler.allowed_failures)


def _result_of(future: "Future[Any]") -> Made | None:
    """Return what came of a task, None if its workers died."""
    from distributed import KilledWorker  # noqa: PLC0415 - see `__init__`

    try:
        made: Made = future.result()
    except KilledWorker:
        return None
    return made
