"""All requests of all runs: the percentile of every response time of a study."""

import math

import numpy as np
import pytest

from sim.results.metrics import QUANTILES
from sim.simulation.run import simulate
from sim.states import Outcome
from sim.studies import replicate
from sim.studies.answers.pooling import pooled
from sim.studies.estimates.pooled import pooled_of
from sim.studies.runs.seeds import replication_seed
from study_scenarios import GIVEN, drawn

ADDRESS = "deployments.api.response_s.{}"


def test_the_percentile_is_that_of_every_request_of_every_run() -> None:
    """Each run is made here, its requests are laid together; a bin is at most 1/64 wide."""
    found = replicate(drawn(), runs=30, workers=1).report.cases[0].pooled
    response_s = []
    for place in range(30):
        requests = simulate(drawn(), seed=replication_seed(5, place)).requests
        is_completed = requests.holds("outcome", Outcome.COMPLETED.kind)
        response_s.append((requests["answered_at_s"] - requests["arrival_at_s"])[is_completed])
    together_s = np.concatenate(response_s)

    assert list(found) == [ADDRESS.format(name) for name in ("p50", "p95", "p99")]
    for name, level in QUANTILES.items():
        number = found[ADDRESS.format(name)]
        exact_s = float(np.quantile(together_s, level, method="inverted_cdf"))
        assert number.value is not None
        assert number.low is not None
        assert number.high is not None
        assert exact_s <= number.value <= exact_s * (1 + 1 / 64)
        assert number.low <= number.value <= number.high
        assert (number.kind, number.runs, number.unit) == ("exceedance", 30, "s")


def test_it_is_not_the_percentile_of_a_typical_run() -> None:
    """The mean of the p99 of short runs is another number, and no interval of it is used."""
    found = replicate(drawn(), runs=30, workers=1).report.cases[0]
    address = ADDRESS.format("p99")

    assert found.pooled[address] != found.measures[address]
    assert found.measures[address].kind == "t"


def test_fewer_than_thirty_runs_have_no_interval() -> None:
    """The value is there, and how many runs it takes."""
    number = replicate(drawn(), runs=12, workers=1).report.cases[0].pooled[ADDRESS.format("p99")]

    assert number.value is not None
    assert (number.low, number.high, number.runs_needed) == (None, None, 30)


def test_one_run_of_what_is_given_has_its_percentile() -> None:
    """Calls of 4 s and, behind the first one, of 7 s."""
    study = replicate(drawn(GIVEN), workers=1)
    found = pooled(study.cases[0], ("p99",))

    (value,) = [number.value for number in found.values()]
    assert value == pytest.approx(7.0, rel=1 / 64)
    assert [measure.steps[-1] for measure in found] == ["p99"]


def test_what_lies_beyond_the_grid_is_refused() -> None:
    """JSON has no infinity: neither the value nor an end is one."""
    edges = np.array([1.0, 2.0, math.inf])
    beyond = pooled_of(np.tile([[1, 9]], (30, 1)), edges, 0.5)
    counts = np.array([[200, 1]] * 15 + [[200, 5]] * 15)
    open_above = pooled_of(counts, edges, 0.985)

    assert (beyond.value, beyond.refused) == (
        None,
        "the percentile lies beyond the grid of values",
    )
    assert (open_above.value, open_above.high) == (2.0, None)
    assert open_above.refused == "an end of the interval lies beyond the grid of values"
