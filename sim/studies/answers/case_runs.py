"""The runs of a case as samples: what each measure was in them, and why some have no value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.results.measures import Measure
from sim.studies.estimates.sample import Sample
from sim.studies.runs.case import Case
from sim.studies.runs.replication import Lost, Replication


@dataclass(frozen=True)
class CaseRuns:
    """The replications of a case that there are, in the order of their numbers.

    Attributes:
        case: What was replicated.
        numbers: The numbers of the replications, ascending.
        runs: The replications.
        lost: Those that could not be made.
    """

    case: Case
    numbers: tuple[int, ...]
    runs: tuple[Replication, ...]
    lost: tuple[Lost, ...]

    @property
    def name(self) -> str:
        """What tables and pictures call the case."""
        return self.case.name

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """What every measure was in every run, shape `(runs, measures)`; see `Sample`."""
        if not self.runs:
            return np.empty((0, len(self.case.measures)))
        return np.stack([run.values for run in self.runs])

    @cached_property
    def _places(self) -> Mapping[tuple[str, ...], int]:
        return {measure.steps: place for place, measure in enumerate(self.case.measures)}

    def sample(self, measure: Measure) -> Sample:
        """Return what a measure of the case was in each run."""
        return Sample(
            self.values[:, self._places[measure.steps]],
            measure.unit,
            None if measure.better is None else measure.better == "less",
        )

    def sample_at(self, address: str) -> Sample:
        """Return the same by the measure's address, whose first part may be left out.

        Raises:
            ScenarioError: There is no such measure; the message suggests the nearest.
        """
        return self.sample(self.case.measure(address))

    def reasons(self, measure: Measure) -> Counter[str]:
        """Return why a measure has no value, and in how many runs so."""
        place = self._places[measure.steps]
        return Counter(run.reasons[place] for run in self.runs if place in run.reasons)

    def stood_still(self, measure: Measure) -> NDArray[np.bool_]:
        """Tell of each run whether a rollout that a measure has to do with stalled or never ended.

        For a measure of a deployment its own rollouts count; for one of a queue, all.
        """
        found = np.zeros(len(self.runs), np.bool_)
        for name, stood_still in self._of_rollouts:
            if measure.steps[0] != "deployments" or measure.steps[1] == name:
                found |= stood_still
        return found

    @cached_property
    def _of_rollouts(self) -> tuple[tuple[str, NDArray[np.bool_]], ...]:
        """Deployments with rollouts, and in which runs one stalled or never ended."""
        found = []
        for place, measure in enumerate(self.case.measures):
            _, name, *steps = measure.steps
            values = self.values[:, place]
            if steps[0] == "rollouts" and steps[2:] == ["stalled"]:
                found.append((name, values == 1))
            elif steps[0] == "rollouts" and steps[2:] == ["duration_s"]:
                found.append((name, np.isinf(values)))
        return tuple(found)
