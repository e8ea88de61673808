"""Response times as counts: each in its bin, of the requests that `response_s` is of."""

import math

import numpy as np
import pytest

from sim.results.measures import measures
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate, simulate_record
from sim.states import Outcome
from sim.studies.runs.case import Case
from sim.studies.runs.counted import BINS, Counted, bins_of, counted, edges_s, together
from sim.studies.runs.replication import Replication, Replicator, Task
from study_scenarios import DRAWN, SOMETIMES_STUCK, drawn


def test_the_grid_is_about_a_percent_wide_from_1_ms_to_a_day() -> None:
    """With a bin below, from 0, and one above."""
    edges = edges_s()
    width_ratio = np.diff(edges[1:-1]) / edges[1:-2]

    assert edges.size == BINS + 1
    assert (edges[0], edges[1], edges[-2], edges[-1]) == (0.0, 2.0**-10, 2.0**17, math.inf)
    assert width_ratio.min() >= 0.0078
    assert width_ratio.max() <= 1 / 64


def test_a_value_lies_in_its_bin_at_the_edges_too() -> None:
    """By comparison with the edges: each of them, the floats beside them, and 200,000 others."""
    edges = edges_s()
    values = np.random.default_rng(3).lognormal(0.0, 4.0, 200_000)
    near = [np.nextafter(edges[1:-1], side) for side in (0.0, np.inf)]
    tried = np.concatenate([values, edges[:-1], *near, [5e-324, 1e300]])

    np.testing.assert_array_equal(bins_of(tried), np.searchsorted(edges, tried, side="right") - 1)


def test_runs_are_laid_on_the_part_of_the_grid_that_they_use() -> None:
    """Counted by numpy on the same edges; a run without requests is a row of zeros."""
    rng = np.random.default_rng(4)
    runs = [rng.lognormal(mean, 1.0, size) for mean, size in ((0, 50), (3, 80), (0, 0), (-9, 30))]
    counts, edges = together([Counted.of(run) for run in runs])

    expected = [np.histogram(run, edges_s())[0] for run in runs]
    used = np.flatnonzero(np.sum(expected, axis=0))
    assert (edges[0], edges[-1]) == (edges_s()[used[0]], edges_s()[used[-1] + 1])
    np.testing.assert_array_equal(counts, np.array(expected)[:, used[0] : used[-1] + 1])


def test_of_no_request_at_all_there_are_no_counts() -> None:
    """One bin, and nothing in it."""
    counts, edges = together([Counted.of(np.empty(0))] * 3)

    assert counts.sum() == 0
    assert (counts.shape, edges.size) == ((3, 1), 2)


LATE = DRAWN.replace("horizon: 1min", "horizon: 1min\nwarm_up: 30s")


@pytest.mark.parametrize("text", [DRAWN, LATE, SOMETIMES_STUCK], ids=["all", "late", "stuck"])
def test_the_requests_are_those_of_the_measure(text: str) -> None:
    """Read from the table of requests, by arrival and outcome; the report's p99 is among them."""
    scenario = parse_scenario(text)
    result = simulate(scenario)
    (kept,) = counted(simulate_record(scenario))
    counts, edges = together([kept])

    requests = result.requests
    is_measured = requests.holds("outcome", Outcome.COMPLETED.kind)
    is_measured &= requests["arrival_at_s"] >= scenario.warm_up_s
    response_s = (requests["answered_at_s"] - requests["arrival_at_s"])[is_measured]
    np.testing.assert_array_equal(counts[0], np.histogram(response_s, edges)[0])
    report = result.figures.deployments[0]
    assert counts.sum() == report.requests.completed
    assert report.response_s.p99 is not None
    above = counts[0][edges[:-1] > report.response_s.p99].sum()
    assert above <= 0.01 * counts.sum()


def test_a_replication_keeps_them_small() -> None:
    """A minute of 300 requests: less than the values of its measures take."""
    scenario = drawn()
    made = Replicator().make(Task(Case("a", scenario).parcel, 3))

    assert isinstance(made, Replication)
    (kept,) = made.counted
    assert kept == counted(simulate_record(scenario, seed=3))[0]
    assert len(kept.packed) < 8 * len(measures(scenario))
