"""The runs of a case over time: at each instant the median of the runs, and how far they reach."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.results.answers import bin_width_s
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import PublishEvent, ReplaceEvent
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.runs.series import SERIES, grid_at_s
from sim.wire.violations import suggestion

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """A series in all runs, at each instant of the grid; shape `(instants,)` each.

    At a given instant a further run lies from least to greatest with probability
    (n - 1) / (n + 1), n being the runs. Nothing is said of whole runs: most leave the band
    somewhere. Of the runs that have no value at an instant nothing is known there; NaN if none has.
    """

    median: Floats
    least: Floats
    greatest: Floats


@dataclass(frozen=True, slots=True)
class Switches:
    """Where the switch of a rollout fell: its instants in the runs in which it came."""

    rollout: int
    at_s: Floats
    never: int


@dataclass(frozen=True, slots=True)
class Bands:
    """What the picture of a study shows: one deployment in all runs of a case.

    Attributes:
        name: The case's.
        deployment: The deployment's.
        runs: How many.
        seed: Of the study.
        start: The wall clock at instant 0.
        horizon_s: The length of the runs.
        warm_up_s: Up to where requests are not measured.
        put_at_s: When the PUTs and publishes of the deployment come, by their numbers from 1.
        switches: Of each of its rollouts.
        at_s: The grid, shape `(instants,)`.
        width_s: How wide its bins are.
        series: By name; see `sim.studies.runs.series.SERIES`.
    """

    name: str
    deployment: str
    runs: int
    seed: int
    start: datetime
    horizon_s: float
    warm_up_s: float
    put_at_s: tuple[float, ...]
    switches: tuple[Switches, ...]
    at_s: Floats
    width_s: float
    series: Mapping[str, Band]


def bands(runs: CaseRuns, seed: int, deployment: str | None = None) -> Bands:
    """Return the runs of a case over time.

    Args:
        runs: With their series.
        seed: Of the study.
        deployment: The name of one; by default the first with an event that may roll out, else the
            first.

    Raises:
        ScenarioError: The scenario has no deployment of that name, or there is no run.
    """
    scenario = runs.case.scenario
    names = [one.name for one in scenario.deployments]
    name = deployment or next((n for n in names if _puts(scenario, n)), names[0])
    if name not in names:
        message = f"no deployment is named {name!r}{suggestion(name, names)}"
        raise ScenarioError(Problem(message=message, rule="unknown-deployment"))
    if not runs.runs:
        raise ScenarioError(Problem(message="there is no run to draw", rule="store-empty"))
    place = names.index(name)
    stacked = np.stack([run.thinned[place].values for run in runs.runs]).astype(np.float64)
    return Bands(
        name=runs.name,
        deployment=name,
        runs=len(runs.runs),
        seed=seed,
        start=scenario.start,
        horizon_s=scenario.horizon_s,
        warm_up_s=scenario.warm_up_s,
        put_at_s=_puts(scenario, name),
        switches=tuple(_switches(runs, name)),
        at_s=grid_at_s(scenario.horizon_s),
        width_s=bin_width_s(scenario.horizon_s),
        series={series: _band(stacked[:, number]) for number, series in enumerate(SERIES)},
    )


def _band(values: Floats) -> Band:
    """Return the band of a series, shape `(runs, instants)`."""
    known = ~np.isnan(values)
    has_value = known.any(axis=0)
    middle = np.full(values.shape[1], np.nan)
    middle[has_value] = np.nanmedian(values[:, has_value], axis=0)
    return Band(
        median=middle,
        least=np.where(has_value, np.where(known, values, np.inf).min(axis=0), np.nan),
        greatest=np.where(has_value, np.where(known, values, -np.inf).max(axis=0), np.nan),
    )


def _puts(scenario: Scenario, name: str) -> tuple[float, ...]:
    return tuple(
        event.at_s
        for event in scenario.timeline
        if isinstance(event, ReplaceEvent | PublishEvent) and event.deployment == name
    )


def _switches(runs: CaseRuns, name: str) -> Iterator[Switches]:
    for measure in runs.case.measures:
        if measure.steps[:3] == ("deployments", name, "rollouts") and measure.steps[4:] == (
            "switched_at_s",
        ):
            values = runs.sample(measure).values
            yield Switches(
                rollout=int(measure.steps[3]),
                at_s=np.sort(values[np.isfinite(values)]),
                never=int(np.isinf(values).sum()),
            )
