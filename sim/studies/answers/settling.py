"""The steady state of a case: the means of its series after the warm-up of all runs together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.addresses import path_of
from sim.spans import span
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.estimates.number import Number
from sim.studies.estimates.steady import steady_mean_of, warm_up_cut
from sim.studies.estimates.words import runs_in_words
from sim.studies.runs.series import SERIES, grid_at_s

Floats = NDArray[np.float64]

SETTLING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "responsive_replicas": "replicas",
        "load_ratio": "ratio",
        "queued": "attempts",
        "running": "attempts",
        "response_mean_s": "s",
    }
)
"""Series -> its unit, of those that a steady state is asked of."""


@dataclass(frozen=True, slots=True)
class Steady:
    """The steady state of one series.

    Attributes:
        address: Of the series: deployment and name.
        mean: Over runs, of each run's mean after the warm-up; or why there is none.
        from_s: Where the warm-up ends, the same instant for all runs; None without a mean.
    """

    address: str
    mean: Number
    from_s: float | None


def steady(runs: CaseRuns, confidence: float = 0.95) -> tuple[Steady, ...]:
    """Return the steady state of each series of `SETTLING`, of every deployment.

    There is one only if nothing happens on the way: it is refused for a scenario whose timeline has
    an event. It is refused too for a series that at some instant has no value in some run, such as
    response times where nothing was completed: the runs that have one are not all runs. Instants
    before the first value of all runs, such as the load before the first evaluation, are no part of
    the series.

    Args:
        runs: Of a case, with their series; there is nothing to return where those were not kept.
        confidence: Of each interval.
    """
    if not runs.runs or not all(run.thinned for run in runs.runs):
        return ()
    return tuple(_all(runs, confidence))


def _all(runs: CaseRuns, confidence: float) -> Iterator[Steady]:
    scenario = runs.case.scenario
    at_s = grid_at_s(scenario.horizon_s)
    event_at_s = min((event.at_s for event in scenario.timeline), default=None)
    for place, deployment in enumerate(scenario.deployments):
        stacked = np.stack([run.thinned[place].values for run in runs.runs]).astype(np.float64)
        for name, unit in SETTLING.items():
            series = stacked[:, SERIES.index(name)]
            begin = int(np.argmax(~np.isnan(series).all(axis=0)))  # 0 if there is no value at all
            series, its_at_s = series[:, begin:], at_s[begin:]
            address = path_of(("deployments", deployment.name, name))
            why = _refusal(series, its_at_s, event_at_s)
            if why is not None:
                yield Steady(address, _refused(series, unit, why), None)
                continue
            mean = steady_mean_of(series, unit=unit, confidence=confidence)
            cut = None if mean.value is None else warm_up_cut(series.mean(axis=0))
            yield Steady(address, mean, None if cut is None else float(its_at_s[cut]))


def _refusal(series: Floats, at_s: Floats, event_at_s: float | None) -> str | None:
    """Return why a series, shape `(runs, instants)`, is asked for no steady state, if so."""
    if event_at_s is not None:
        return f"no steady state of the whole run: the timeline has an event at {span(event_at_s)}"
    missing = np.isnan(series).sum(axis=0)
    if not missing.any():
        return None
    place = int(np.argmax(missing))
    count = f"{int(missing[place]):,} of {runs_in_words(len(series))}"
    return f"the series has no value at {span(float(at_s[place]))} in {count}"


def _refused(series: Floats, unit: str, why: str) -> Number:
    defined = int((~np.isnan(series)).all(axis=1).sum())
    return Number(
        value=None, runs=len(series), defined=defined, kind="none", unit=unit, refused=why
    )
