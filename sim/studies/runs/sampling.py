"""Making the runs that are asked for: from what is there already, else by the workers."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Protocol, Self

from sim.scenario.models.scenario import Scenario
from sim.simulation.options import Engine
from sim.studies.runs.case import Case
from sim.studies.runs.executor import Executor
from sim.studies.runs.local import cores, local, require_workers
from sim.studies.runs.replication import Made, Replication, Task
from sim.studies.runs.store import Store, open_store
from sim.studies.runs.varying import is_drawn

Wanted = tuple[Case, int]
"""A run that is wanted: its case and its seed."""


class Progress(Protocol):
    """Hears how far the runs have come."""

    def __call__(self, done: int, wanted: int) -> None:
        """Take note that so many runs of those wanted are there."""


class Sampling:
    """The runs of a study, a comparison or a plan: each is made once, and remembered.

    Attributes:
        store: Where the runs are remembered; None: nowhere but here.
        is_interrupted: Whether somebody has stopped it; what there is then stays.
    """

    def __init__(
        self,
        executor: Executor,
        *,
        store: Store | None = None,
        engine: Engine = "vectorised",
        progress: Progress | None = None,
        admit: Callable[[Scenario], None] | None = None,
        with_series: bool = True,
        with_counts: bool = True,
    ) -> None:
        """Make nothing yet.

        Args:
            executor: Makes the runs that are not there.
            store: Remembers them.
            engine: What serves their requests.
            progress: Hears how far they have come.
            admit: Called with a scenario before the first of its runs is made; refuses by raising.
            with_series: Whether the series of the runs in the store are read too; they are for
                pictures and steady states, and a hundred times as much as the measures.
            with_counts: Whether the counts of their response times are read too; they are for
                pooled percentiles, and about as much as the measures.
        """
        self._with_series, self._with_counts = with_series, with_counts
        self._executor = executor
        self.store = store
        self._engine: Engine = engine
        self._progress = progress
        self._admit = admit
        self._admitted: set[str] = set()
        self._made: dict[tuple[str, int], Made] = {}
        self._looked_up: set[str] = set()
        self.is_interrupted = False

    def make(self, wanted: Iterable[Wanted]) -> None:
        """Make those runs of `wanted` that are not there; an interrupt ends it early.

        Raises:
            ScenarioError: A file that a scenario names cannot be used, the store cannot, or `admit`
                refuses a scenario.
        """
        pairs = list(wanted)
        for case, _ in pairs:
            self.look_up(case)
        tasks: dict[tuple[str, int], Task] = {}
        for case, seed in pairs:
            task = Task(case.parcel, seed, self._engine)
            if not isinstance(self._made.get(task.key), Replication):
                self._require_admitted(case)
                tasks[task.key] = task
        done, count = len(pairs) - len(tasks), len(pairs)
        self._tell(done, count)
        if self.is_interrupted:
            return
        try:
            for task, made in self._executor.run(tasks.values()):
                self._made[task.key] = made
                if self.store is not None:
                    self.store.add(task.parcel.key, made)
                done += 1
                self._tell(done, count)
        except KeyboardInterrupt:
            self.is_interrupted = True

    def run(self, case: Case, seed: int) -> Made | None:
        """Return a run that was made, None if there is none."""
        return self._made.get((case.key, seed))

    def close(self) -> None:
        """Let go of the workers."""
        self._executor.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def look_up(self, case: Case) -> None:
        """Take the runs of a case that the store has."""
        if self.store is None or case.key in self._looked_up:
            return
        self._looked_up.add(case.key)
        there = self.store.runs_of(
            case.key, with_series=self._with_series, with_counts=self._with_counts
        )
        for seed, made in there.items():
            self._made[case.key, seed] = made

    def note(self, cases: Iterable[Case], *, seed: int, runs: int) -> None:
        """Write down that replications of cases are asked for; see `Store.note`."""
        if self.store is not None:
            for case in cases:
                self.store.note(case, seed=seed, runs=runs if is_drawn(case.scenario) else 1)

    def take(self, case: Case, store: Store) -> None:
        """Take the runs of a case that another store has; their series and counts stay there."""
        there = store.runs_of(case.key, with_series=False, with_counts=False)
        for seed, made in there.items():
            self._made.setdefault((case.key, seed), made)

    def _require_admitted(self, case: Case) -> None:
        if self._admit is not None and case.key not in self._admitted:
            self._admit(case.scenario)
            self._admitted.add(case.key)

    def _tell(self, done: int, wanted: int) -> None:
        if self._progress is not None:
            self._progress(done, wanted)


@contextmanager
def sampled(
    *,
    workers: int | None,
    store: str | Path | Store | None,
    engine: Engine = "vectorised",
    progress: Progress | None = None,
    with_series: bool = False,
    with_counts: bool = False,
) -> Iterator[Sampling]:
    """Give what makes runs on this machine, for as long as they are made.

    Args:
        workers: Processes: 1 is this one; None: as many as cores.
        store: A store, which stays open, or the file of one.
        engine: What serves their requests.
        progress: Hears how far they have come.
        with_series: See `Sampling`.
        with_counts: Likewise.

    Raises:
        ScenarioError: The store cannot be used.
        ValueError: There are fewer than 1 worker.
    """
    require_workers(workers)
    with (
        open_store(Path(store)) if isinstance(store, str | Path) else nullcontext(store) as opened,
        Sampling(
            local(workers or cores()),
            store=opened,
            engine=engine,
            progress=progress,
            with_series=with_series,
            with_counts=with_counts,
        ) as sampling,
    ):
        yield sampling
