"""A study: replications of one case or of several, and what they say."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from sim.extras import require
from sim.results.measures import Measure
from sim.results.metrics import QUANTILES
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario
from sim.simulation.options import Engine
from sim.studies.answers.bands import bands
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.estimating import Estimate, estimate
from sim.studies.answers.pooling import pooled
from sim.studies.answers.settling import Steady, steady
from sim.studies.answers.study_report import StudyReport, study_report
from sim.studies.estimates.number import Number
from sim.studies.runs.case import Case
from sim.studies.runs.executor import InThisProcess
from sim.studies.runs.replication import Lost, Replication
from sim.studies.runs.sampling import Progress, Sampling, Wanted, sampled
from sim.studies.runs.seeds import MAX_RUNS, RUNS, Purpose, replication_seeds
from sim.studies.runs.store import Store
from sim.studies.runs.varying import Aspect, is_drawn, what_varies

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Study:
    """The runs of a scenario and what may be said of them.

    Attributes:
        name: The first case's.
        seed: From which the seeds of all runs follow.
        cases: What was replicated, all with the same seeds.
        your_run: The run of the first case with the scenario's own seed, which is not in the
            sample: it was often chosen for what it showed. None if it could not be made.
        varies: What of the first case is drawn.
        is_interrupted: Whether it ended early, and has fewer runs than were asked for.
        of_other_programs: Runs in its store that another version of sim or numpy has made.
        stopped: Why there are so many runs, where that was not asked for: a sentence.
    """

    name: str
    seed: int
    cases: tuple[CaseRuns, ...]
    your_run: Replication | None
    varies: tuple[Aspect, ...]
    is_interrupted: bool = False
    of_other_programs: int = 0
    stopped: str | None = None
    _estimates: dict[tuple[int, tuple[str, ...]], Estimate] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """How many replications each case has, the least of them."""
        return min(len(case.runs) for case in self.cases)

    @cached_property
    def report(self) -> StudyReport:
        """Every number of the study as attributes; `model_dump(mode="json")` is `--format json`."""
        return study_report(self)

    def estimate(self, address: str, case: int = 0) -> Estimate:
        """Return what the runs of a case say of a measure.

        Args:
            address: The measure's, as `sim measures` prints it; its first part may be left out.
            case: The number of the case, from 0.

        Raises:
            ScenarioError: There is no such measure; the message suggests the nearest.
        """
        return self.estimate_of(self.cases[case].case.measure(address), case)

    def estimate_of(self, measure: Measure, case: int = 0) -> Estimate:
        """Return what the runs of a case say of a measure of it."""
        key = (case, measure.steps)
        if key not in self._estimates:
            self._estimates[key] = estimate(self.cases[case], measure)
        return self._estimates[key]

    def pooled(
        self, case: int = 0, percentiles: Collection[str] = tuple(QUANTILES)
    ) -> Mapping[Measure, Number]:
        """Return percentiles of all requests of all runs of a case; see `answers.pooling`."""
        return pooled(self.cases[case], percentiles)

    def steady(self, case: int = 0) -> tuple[Steady, ...]:
        """Return the steady state of the series of a case; see `answers.settling`."""
        return steady(self.cases[case])

    def to_pandas(self) -> "pd.DataFrame":
        """Return one row a run: case, replication, seed, and every measure by its address.

        A measure that lies beyond every value is infinite, one of which there was none is NaN.

        Raises:
            ScenarioError: pandas is not installed.
        """
        require("study.to_pandas()", "pandas")
        import pandas as pd  # noqa: PLC0415 - heavy, and not installed everywhere

        return pd.concat([_frame(case) for case in self.cases], ignore_index=True)

    def to_csv(self) -> str:
        """Return the table of `to_pandas` as CSV: every digit, inf for beyond, empty for none."""
        return self.to_pandas().to_csv(index=False, lineterminator="\n")

    def to_parquet(self) -> bytes:
        """Return the table of `to_pandas` as the contents of a Parquet file."""
        content: bytes = self.to_pandas().to_parquet(path=None, index=False)
        return content

    def plot(self, deployment: str | None = None) -> "Figure":
        """Return the runs of the first case over time, as bands; see `sim.plots.bands`.

        Args:
            deployment: Its name; by default the first that has a rollout in the timeline, else the
                first.

        Raises:
            ScenarioError: The scenario has no deployment of that name.
        """
        from sim.plots.bands import plot_bands  # noqa: PLC0415 - loads matplotlib

        return plot_bands(bands(self.cases[0], self.seed, deployment))

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        from sim.text.study_html import study_html  # noqa: PLC0415 - only a notebook asks for it

        return study_html(self)

    @override
    def __repr__(self) -> str:
        names = ", ".join(case.name for case in self.cases)
        return f"<Study of {names}: {self.runs:,} runs each, seed {self.seed}>"


def replicate(
    scenario: Scenario | str | Path,
    *,
    runs: int = RUNS,
    variants: Mapping[str, Scenario] | None = None,
    seed: int | None = None,
    workers: int | None = None,
    store: str | Path | Store | None = None,
    engine: Engine = "vectorised",
    progress: Progress | None = None,
) -> Study:
    """Run a scenario many times, each time with another seed, and return what that says.

    The same scenario, seed and versions give the same numbers, to the last digit, with any number
    of workers, and from a store that has some of the runs already.

    Args:
        scenario: As `sim.load_scenario` returns it, or the file.
        runs: How many; one if nothing of the scenario is drawn.
        variants: Other cases by name, which share the seeds of the first.
        seed: Instead of the scenario's own.
        workers: Processes that make the runs: 1 is this process; by default as many as cores.
            From a script, more than 1 takes `if __name__ == "__main__":` around the call.
        store: An SQLite file that remembers the runs; made where there is none.
        engine: The request engine.
        progress: Called with how many runs there are, and how many are wanted.

    Raises:
        ScenarioError: The file is no scenario, names a file that cannot be used, or the store
            cannot be used.
        ValueError: Fewer than 1 run or worker.
    """
    if not 1 <= runs <= MAX_RUNS:
        raise ValueError(f"runs must be from 1 to {MAX_RUNS:,}, not {runs}")
    first = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    cases = [Case(first.name, first)]
    cases += [Case(name, variant) for name, variant in (variants or {}).items()]
    with sampled(
        workers=workers,
        store=store,
        engine=engine,
        progress=progress,
        with_series=True,
        with_counts=True,
    ) as sampling:
        return study(cases, sampling, runs=runs, seed=seed)


def study(
    cases: Sequence[Case],
    sampling: Sampling,
    *,
    runs: int,
    seed: int | None = None,
    purpose: Purpose = "replication",
    with_your_run: bool = True,
) -> Study:
    """Return a study of cases that share their seeds.

    Args:
        cases: The first one's seed counts, and its own run is shown beside.
        sampling: What makes the runs; its store remembers the cases too.
        runs: How many of each case; one of a case of which nothing is drawn.
        seed: Instead of the first case's.
        purpose: What the runs are for.
        with_your_run: Whether the run of the first case's own seed is made too.

    Raises:
        ScenarioError: A file that a scenario names cannot be used, or the store cannot.
    """
    first = cases[0]
    seed = first.scenario.seed if seed is None else seed
    yours = first.scenario.seed
    sampling.note(cases, seed=seed, runs=runs)
    made = made_together(
        cases,
        sampling,
        replication_seeds(seed, runs, purpose),
        besides=[(first, yours)] if with_your_run else [],
    )
    your_run = sampling.run(first, yours) if with_your_run else None
    return Study(
        name=first.name,
        seed=seed,
        cases=tuple(made),
        your_run=your_run if isinstance(your_run, Replication) else None,
        varies=what_varies(first.scenario),
        is_interrupted=sampling.is_interrupted,
        of_other_programs=0 if sampling.store is None else sampling.store.of_other_programs(),
    )


def stored_study(store: Store, *, with_series: bool = True, with_counts: bool = True) -> Study:
    """Return the study whose runs a store has: none is made.

    Args:
        store: The store.
        with_series: See `Sampling`.
        with_counts: Likewise.

    Raises:
        ScenarioError: The store has no case.
    """
    stored = store.cases()
    first = stored[0]
    cases = [one.case() for one in stored]
    sampling = Sampling(
        InThisProcess(), store=store, with_series=with_series, with_counts=with_counts
    )
    for case in cases:
        sampling.look_up(case)
    runs = [
        runs_of(case, sampling, replication_seeds(one.seed, one.runs))
        for case, one in zip(cases, stored, strict=True)
    ]
    yours = sampling.run(cases[0], cases[0].scenario.seed)
    return Study(
        name=first.name,
        seed=first.seed,
        cases=tuple(runs),
        your_run=yours if isinstance(yours, Replication) else None,
        varies=what_varies(cases[0].scenario),
        of_other_programs=store.of_other_programs(),
    )


def made_together(
    cases: Sequence[Case],
    sampling: Sampling,
    seeds: Sequence[int],
    *,
    besides: Sequence[Wanted] = (),
) -> list[CaseRuns]:
    """Make the runs of cases that share their seeds, and return those that there are.

    Args:
        cases: Of one in which nothing is drawn only the first run is made.
        sampling: What makes the runs.
        seeds: Of the replications, in order.
        besides: Other runs that are made with them, first.

    Raises:
        ScenarioError: A file that a scenario names cannot be used, or the store cannot.
    """
    own = [seeds if is_drawn(case.scenario) else seeds[:1] for case in cases]
    sampling.make(
        [
            *besides,
            *(
                (case, seed)
                for place, seed in enumerate(seeds)
                for case, its in zip(cases, own, strict=True)
                if place < len(its)
            ),
        ]
    )
    return [runs_of(case, sampling, its) for case, its in zip(cases, own, strict=True)]


def runs_of(case: Case, sampling: Sampling, seeds: Iterable[int]) -> CaseRuns:
    """Return the runs of a case that there are, in the order of `seeds`."""
    made = [(number, sampling.run(case, seed)) for number, seed in enumerate(seeds)]
    there = [(number, run) for number, run in made if isinstance(run, Replication)]
    return CaseRuns(
        case=case,
        numbers=tuple(number for number, _ in there),
        runs=tuple(run for _, run in there),
        lost=tuple(run for _, run in made if isinstance(run, Lost)),
    )


def _frame(case: CaseRuns) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - see `Study.to_pandas`

    columns: dict[str, Any] = {
        "case": [case.name] * len(case.runs),
        "replication": np.array(case.numbers, np.int64),
        "seed": np.array([run.seed for run in case.runs], np.int64),
    }
    columns |= {
        measure.address: case.values[:, place] for place, measure in enumerate(case.case.measures)
    }
    return pd.DataFrame(columns)
