"""Thinned series: at each instant of the grid what the whole series have there."""

import numpy as np
import pytest
from hypothesis import given, settings

from sim.results.table import Table
from sim.results.timeline import Steps
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate
from sim.states import LIVE, Outcome
from sim.studies.runs.series import SERIES, Grid, grid_at_s, thinned
from sim.testing import scenarios
from study_scenarios import drawn


def at_grid(
    steps: Steps, at_s: np.ndarray[tuple[int], np.dtype[np.float64]], before: float
) -> Grid:
    """Return the value that a step series has at each instant."""
    values = []
    for instant in at_s:
        upto = np.flatnonzero(steps.at_s <= instant)
        values.append(steps.value[upto[-1]] if upto.size else before)
    return np.array(values, np.float32)


def series_of(table: Table, deployment: str, name: str) -> Steps:
    """Return one series of a run's table."""
    rows = [
        (at_s, value)
        for of, series, at_s, value in zip(
            table["deployment"], table["series"], table["at_s"], table["value"], strict=True
        )
        if (of, series) == (deployment, name)
    ]
    return Steps(np.array([row[0] for row in rows]), np.array([row[1] for row in rows]))


@settings(max_examples=max(5, settings().max_examples // 10))
@given(scenarios())
def test_the_grid_has_the_values_of_the_series(scenario: Scenario) -> None:
    """Counted another way there: by steps over all instants."""
    result = simulate(scenario)
    at_s = grid_at_s(scenario.horizon_s)
    for deployment, course in zip(scenario.deployments, thinned(result.record), strict=True):
        found = dict(zip(SERIES, course.values, strict=True))
        for name in ("queued", "running"):
            steps = series_of(result.series, deployment.name, name)
            np.testing.assert_array_equal(found[name], at_grid(steps, at_s, 0.0), err_msg=name)
        live = np.zeros(at_s.size, np.float32)
        for state in LIVE:
            counted = series_of(result.series, deployment.name, f"replicas_{state.value}")
            live += at_grid(counted, at_s, 0.0)
        np.testing.assert_array_equal(found["live_replicas"], live)
        responsive = series_of(result.series, deployment.name, "replicas_RESPONSIVE")
        np.testing.assert_array_equal(found["responsive_replicas"], at_grid(responsive, at_s, 0.0))


def test_answers_are_those_of_the_picture() -> None:
    """Bins of the whole run: completed requests, their quantiles, failures."""
    result = simulate(drawn())
    (deployment,) = result.timeline().deployments
    (course,) = thinned(result.record)
    found = dict(zip(SERIES, course.values, strict=True))
    answers = deployment.answers

    np.testing.assert_array_equal(found["completed"], answers.completed)
    for name, expected in (("p50", answers.response_p50_s), ("p99", answers.response_p99_s)):
        np.testing.assert_array_equal(found[f"response_{name}_s"], expected.astype(np.float32))
    assert found["failed"].sum() == sum(count.sum() for count in answers.failed.values())
    means = found["response_mean_s"]
    requests = result.requests
    completed = requests.holds("outcome", Outcome.COMPLETED.kind)
    total_s = (requests["answered_at_s"] - requests["arrival_at_s"])[completed].sum()
    assert np.nansum(means * found["completed"]) == pytest.approx(total_s, rel=1e-5)
