"""The steady state of a study: one warm-up for all runs, or the reason why there is none."""

from dataclasses import replace

import numpy as np
import pytest

from sim.studies import replicate
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.settling import Steady, steady
from sim.studies.runs.case import Case
from sim.studies.runs.replication import Replication
from sim.studies.runs.series import SERIES, Thinned, grid_at_s
from study_scenarios import DRAWN, drawn

CALM = DRAWN[: DRAWN.index("timeline:")].replace("horizon: 1min", "horizon: 10min")
"""Nothing happens on the way."""


def with_series(name: str, values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> CaseRuns:
    """Return runs in which one series is given, shape `(runs, instants)`, and the others are 1."""
    case = Case("a", drawn(CALM))
    runs = []
    for seed, row in enumerate(values):
        series = np.ones((len(SERIES), row.size), np.float32)
        series[SERIES.index(name)] = row
        runs.append(Replication(seed, "vectorised", np.empty(0), {}, (Thinned(series),), ()))
    return CaseRuns(case, tuple(range(len(runs))), tuple(runs), ())


def of(runs: CaseRuns, name: str) -> Steady:
    """Return the steady state of a series."""
    return next(one for one in steady(runs) if one.address == f"deployments.api.{name}")


INSTANTS = grid_at_s(600.0).size


def warming(runs: int = 40) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return series that stand at 50 for the first quarter, and then lie around 7."""
    values = np.random.default_rng(8).normal(7.0, 1.0, (runs, INSTANTS))
    values[:, : INSTANTS // 4] = 50.0
    return values


def test_the_mean_is_that_after_the_warm_up() -> None:
    """It ends with the quarter, to the five instants that the rule looks at together.

    The standard error is 1 / sqrt(40 x instants); five of them are allowed.
    """
    values = warming()
    found = of(with_series("queued", values), "queued")

    quarter_s = grid_at_s(600.0)[INSTANTS // 4]
    step_s = 600.0 / INSTANTS
    assert found.from_s is not None
    assert quarter_s <= found.from_s <= quarter_s + 10 * step_s
    assert found.mean.value == pytest.approx(7.0, abs=5 / np.sqrt(40 * INSTANTS * 0.7))
    assert (found.mean.kind, found.mean.unit, found.mean.runs) == ("t", "attempts", 40)
    assert found.mean.value != pytest.approx(values.mean(), rel=0.1)


def test_a_gap_in_some_run_is_refused_with_its_instant() -> None:
    """The runs that have a value there are not all runs."""
    values = warming()
    values[:3, 60] = np.nan
    values[1, 61] = np.nan
    found = of(with_series("response_mean_s", values), "response_mean_s")

    assert grid_at_s(600.0)[60] == 300.0
    assert (found.mean.value, found.from_s, found.mean.defined) == (None, None, 37)
    assert found.mean.refused == "the series has no value at 5 min in 3 of 40 runs"


def test_a_gap_at_the_beginning_of_some_runs_is_one_too() -> None:
    """Left out are only the instants at which no run has a value."""
    values = warming()
    values[:, 0] = np.nan
    values[:2, 1] = np.nan
    found = of(with_series("response_mean_s", values), "response_mean_s")

    assert found.mean.refused == "the series has no value at 5 s in 2 of 40 runs"


def test_before_the_first_value_of_all_runs_there_is_no_series() -> None:
    """As the load before the first evaluation; an instant is still told by its time."""
    values = warming()
    values[:, :10] = np.nan
    whole, late = (of(with_series("load_ratio", v), "load_ratio") for v in (warming(), values))

    assert late.mean.value == pytest.approx(whole.mean.value, rel=0.01)
    assert late.from_s is not None
    assert late.from_s >= grid_at_s(600.0)[INSTANTS // 4]


def test_a_scenario_with_events_has_no_steady_state() -> None:
    """It is refused for every series, with the first event's instant."""
    found = replicate(drawn(), runs=30, workers=1).report.cases[0]

    assert len(found.steady) == 5
    assert found.steady_from_s == {}
    assert {number.refused for number in found.steady.values()} == {
        "no steady state of the whole run: the timeline has an event at 20 s"
    }


def test_fewer_than_thirty_runs_are_refused() -> None:
    """With how many it takes."""
    found = of(with_series("queued", warming(29)), "queued")

    assert (found.mean.value, found.mean.runs_needed, found.from_s) == (None, 30, None)


def test_runs_without_their_series_have_none() -> None:
    """As the runs of a store of which these were not read."""
    runs = with_series("queued", warming(30))
    bare = replace(runs, runs=tuple(replace(run, thinned=()) for run in runs.runs))

    assert steady(bare) == ()


def test_the_report_has_each_series_by_its_address() -> None:
    """Two replicas stand all the time; what is on threads follows from Little's law: 5/s for 0.2 s.

    10 minutes of 30 runs are some 90,000 requests: 0.1 is more than 10 standard errors.
    """
    found = replicate(drawn(CALM), runs=30, workers=1).report.cases[0]

    replicas = found.steady["deployments.api.responsive_replicas"]
    running = found.steady["deployments.api.running"]
    assert (replicas.value, replicas.kind, replicas.unit) == (2.0, "identical", "replicas")
    assert running.value == pytest.approx(1.0, abs=0.1)
    assert found.steady_from_s["deployments.api.responsive_replicas"] == 0.0
