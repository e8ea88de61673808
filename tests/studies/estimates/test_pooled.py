"""A percentile of all requests of all runs, from counts."""

import numpy as np
import pytest
from scipy import stats

from sim.studies.estimates.pooled import Counts, ends, pooled_of
from sim.studies.estimates.sample import Floats

EDGES = np.linspace(0.0, 10.0, 101)


def counted(values: list[Floats]) -> Counts:
    """Return how many values of each run lie in each bin of `EDGES`."""
    return np.array([np.histogram(run, EDGES)[0] for run in values])


def drawn(runs: int, seed: int = 2) -> list[Floats]:
    """Return runs of exponential values, which are the larger the fewer of them a run has."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(5, 120, runs)
    return [rng.exponential(1.5 - count / 120, count) for count in counts]


def test_the_ends_are_where_students_t_stops_rejecting() -> None:
    """For each edge scipy tests that of all values the share above it is one in ten."""
    runs = drawn(40)
    found = pooled_of(counted(runs), EDGES, 0.9)

    def is_rejected(edge: float) -> bool:
        excess = [float((run >= edge).sum() - 0.1 * run.size) for run in runs]
        return bool(stats.ttest_1samp(excess, 0.0).pvalue < 0.05)

    assert found.low is not None
    assert found.high is not None
    kept = [edge for edge in EDGES if found.low < edge < found.high]
    assert not any(is_rejected(edge) for edge in kept)
    assert is_rejected(found.low)
    assert is_rejected(found.high)
    assert (found.kind, found.runs, found.confidence) == ("exceedance", 40, 0.95)


def test_the_estimate_is_the_percentile_of_all_values() -> None:
    """To the next edge above: bins are a tenth wide."""
    runs = drawn(40)
    found = pooled_of(counted(runs), EDGES, 0.9)

    exact = float(np.quantile(np.concatenate(runs), 0.9, method="inverted_cdf"))
    assert found.value is not None
    assert exact <= found.value <= exact + 0.1


def test_runs_count_by_their_requests() -> None:
    """A run of 10 slow requests among 39 of 1,000 quick ones moves p99 by next to nothing."""
    quick = [np.full(1000, 1.05) + 0.001 * run for run in range(39)]
    found = pooled_of(counted([*quick, np.full(10, 9.0)]), EDGES, 0.99)

    assert found.value == pytest.approx(1.1)


def test_thirty_runs_are_the_least() -> None:
    """Below them there is the percentile and how many it takes."""
    found = pooled_of(counted(drawn(29)), EDGES, 0.9)

    assert found.value is not None
    assert (found.low, found.high, found.kind, found.runs_needed) == (None, None, "none", 30)


def test_runs_without_requests_are_counted() -> None:
    """They weigh nothing and are runs all the same."""
    found = pooled_of(counted([*drawn(35), np.array([])]), EDGES, 0.9)

    assert (found.runs, found.defined) == (36, 35)
    nothing = pooled_of(counted([np.array([])] * 30), EDGES, 0.9)
    assert (nothing.value, nothing.refused) == (
        None,
        "there was nothing to measure in any of 30 runs",
    )


def test_equal_counts_have_no_interval() -> None:
    """The same in all runs."""
    found = pooled_of(counted([np.array([1.0, 2.0, 3.05])] * 30), EDGES, 0.5)

    assert found.value == pytest.approx(2.1)
    assert (found.low, found.kind) == (None, "identical")


def test_an_end_beyond_the_grid_is_null_and_said() -> None:
    """One run in which all lies at the top: the grid ends before the interval does."""
    runs = [*([np.array([1.0, 2.0])] * 34), np.full(400, 9.99)]
    found = pooled_of(counted(runs), EDGES, 0.5)

    assert found.low is None or found.high is None
    assert found.refused == "an end of the interval lies beyond the grid of values"


def test_many_samples_have_their_ends_at_once() -> None:
    """An experiment goes through the same arithmetic as a study."""
    samples = np.stack([counted(drawn(30, seed)) for seed in (5, 6)])
    low, high = ends(samples, 0.9, 0.95)

    one = pooled_of(samples[1], EDGES, 0.9)
    assert (one.low, one.high) == (EDGES[low[1]], EDGES[high[1]])


@pytest.mark.parametrize(("q", "edges"), [(0.0, EDGES), (1.0, EDGES), (0.9, EDGES[1:])])
def test_faulty_arguments_are_refused(q: float, edges: Floats) -> None:
    """A share is between 0 and 1, and bins lie between edges."""
    with pytest.raises(ValueError, match=r"between 0 and 1|100 edges"):
        pooled_of(counted(drawn(30)), edges, q)
