"""One run of a case, and what is kept of it: each measure, thinned series, counted responses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.engines.vectorised.compilation import FEWEST_TO_COMPILE, can_compile, load
from sim.errors import ScenarioError
from sim.results.measure import Undefined
from sim.results.measures import Measure, Measured, Missing, measures, value_of
from sim.results.summary import measured_parts
from sim.scenario.models.scenario import Scenario
from sim.simulation.options import Engine
from sim.simulation.run import simulate_record
from sim.studies.runs.case import Parcel
from sim.studies.runs.counted import Counted, counted
from sim.studies.runs.series import Thinned, thinned

MAX_CASES: Final = 64
"""Cases that a worker keeps read."""


@dataclass(frozen=True, slots=True)
class Task:
    """A run that is to be made.

    Attributes:
        parcel: The case.
        seed: The run's, which is the study's own only for the run that the user saw.
        engine: What serves its requests.
    """

    parcel: Parcel
    seed: int
    engine: Engine = "vectorised"

    @property
    def key(self) -> tuple[str, int]:
        """The case's key and the seed: which run it is."""
        return self.parcel.key, self.seed


@dataclass(frozen=True, slots=True)
class Replication:
    """What is kept of a run.

    Attributes:
        seed: The run's.
        engine: What served its requests.
        values: Of the case's measures, in their order, shape `(measures,)`: truth as 1 and 0,
            infinite where one lies beyond every value, NaN where there was none.
        reasons: Why a measure has no value, by its place.
        thinned: The series of each deployment; none where they were not read from the store.
        counted: The response times of each deployment on one grid; likewise.
    """

    seed: int
    engine: str
    values: NDArray[np.float64]
    reasons: Mapping[int, str]
    thinned: tuple[Thinned, ...]
    counted: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """A run that could not be made, through a fault of ours or of the machine.

    Attributes:
        seed: The run's.
        why: What went wrong, in words.
    """

    seed: int
    why: str


Made = Replication | Lost

_BEYOND: Final[Mapping[Undefined, float]] = {"beyond": np.inf, "none": np.nan}


class Replicator:
    """Makes the runs that a process is given: it reads a case once, and compiles when that pays."""

    def __init__(self) -> None:
        """Have made no run yet."""
        self._served = 0
        self._scenario = lru_cache(MAX_CASES)(_read)

    def make(self, task: Task) -> Made:
        """Return the run of a task, or why there is none: a fault takes no other run with it.

        Raises:
            ScenarioError: A file that the scenario names cannot be used.
        """
        try:
            return self._make(task)
        except ScenarioError:
            raise
        except Exception as error:
            return Lost(task.seed, f"{type(error).__name__}: {error}")

    def _make(self, task: Task) -> Replication:
        scenario, its_measures = self._scenario(task.parcel)
        if self._served >= FEWEST_TO_COMPILE and can_compile():
            load()  # each run may be too small to compile for it; together they are not
        made, served = replication(scenario, its_measures, task.seed, task.engine)
        self._served += served
        return made


def replication(
    scenario: Scenario, its_measures: tuple[Measure, ...], seed: int, engine: Engine
) -> tuple[Replication, int]:
    """Return a run of a scenario, and how many attempts were served in it."""
    record = simulate_record(scenario, seed=seed, engine=engine)
    values, reasons = values_of(measured_parts(record), its_measures)
    served = sum(deployment.attempts.request.size for deployment in record.deployments)
    made = Replication(seed, engine, values, reasons, thinned(record), counted(record))
    return made, served


def values_of(
    found: Measured, its_measures: Sequence[Measure]
) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Return what the measures are in a run, and why some have no value, as a replication has it.

    Raises:
        LookupError: The report is of another scenario, which does not have one of them.
    """
    values = np.empty(len(its_measures))
    reasons = {}
    for place, measure in enumerate(its_measures):
        value = value_of(found, measure)
        if isinstance(value, Missing):
            reasons[place] = value.why
            value = _BEYOND[value.undefined]
        values[place] = value
    return values, reasons


def _read(parcel: Parcel) -> tuple[Scenario, tuple[Measure, ...]]:
    scenario = parcel.scenario()
    return scenario, measures(scenario)
