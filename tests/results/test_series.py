"""Series that are thinned in files: exact where something else happened, and nowhere else."""

from dataclasses import replace
from typing import cast

import numpy as np
from hypothesis import given, settings

from build_record import SCENARIO, replace_story
from path_scenarios import engine_scenarios, stretched_scenarios
from sim.digest import FoldedAttempts
from sim.record import QueueSample
from sim.results import tables
from sim.results.folded import folded_series
from sim.results.steps import align
from sim.results.table import Table
from sim.results.timeline import Steps
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate, simulate_record

OF_ATTEMPTS = ("queued", "running", "abandoned")


def line(table: Table, deployment: str, name: str) -> Steps:
    """Return one series of the table of series."""
    rows = table.where("deployment", deployment).where("series", name)
    return Steps(rows["at_s"], rows["value"])


def pairs(steps: Steps) -> list[tuple[float, float]]:
    """Return the steps as (instant, value)."""
    return list(zip(steps.at_s.tolist(), steps.value.tolist(), strict=True))


def test_attempts_are_counted_at_evaluations() -> None:
    """Every 5 s: who waits from 121 to 125, or ran from 10 to 12, is seen or not by that."""
    found = tables.series_in_files(replace_story())

    assert pairs(line(found, "api", "queued")) == [
        *[(0, 0), (70, 1), (75, 0), (105, 1), (110, 0), (185, 1)],
    ]
    assert pairs(line(found, "api", "running")) == [
        *[(0, 0), (10, 1), (15, 0), (110, 1), (120, 0), (125, 1), (130, 0), (140, 1), (150, 2)],
        *[(160, 1), (170, 0), (190, 1)],
    ]
    assert pairs(line(found, "api", "abandoned")) == [(0, 0), (170, 1), (180, 0)]


def test_attempts_are_counted_where_a_replica_a_queue_or_a_decision_changes() -> None:
    """One waits from 70 to 71 and one from 121 to 125, between the evaluations of each minute."""
    (api,) = cast("list[dict[str, object]]", SCENARIO["deployments"])
    story = replace_story(
        deployments=[{**api, "autoscaler": {"evaluation_interval": "60s"}}],
    )
    control = story.deployments[0].control
    control.transitions[:] = [replace(control.transitions[0], at_s=122.5)]
    control.decisions[:] = [replace(control.decisions[0], at_s=130.5)]
    samples = (QueueSample(70.5, 0, None, 0, 3, 0, None, None),)

    found = tables.series_in_files(replace(story, queue_samples=samples))

    assert pairs(line(found, "api", "queued")) == [
        *[(0, 0), (70.5, 1), (120, 0), (122.5, 1), (130.5, 0)],
    ]


@settings(max_examples=max(settings().max_examples // 5, 1))  # each is a run
@given(drawn=engine_scenarios() | stretched_scenarios())
def test_thinned_series_are_exact_where_something_happened(drawn: Scenario) -> None:
    """At every row of load, replicas, decisions and queues; other series have every change."""
    result = simulate(drawn)
    exact, thinned = result.series, tables.series_in_files(result.record)

    for name in dict.fromkeys(exact["series"].tolist()):
        if name not in OF_ATTEMPTS:
            rows, wanted = (table.where("series", name) for table in (thinned, exact))
            assert rows["deployment"].tolist() == wanted["deployment"].tolist()
            np.testing.assert_array_equal(rows["at_s"], wanted["at_s"])
            np.testing.assert_array_equal(rows["value"], wanted["value"])
    for deployment in drawn.deployments:
        one = deployment.name
        happened_at_s = [
            result.queues["at_s"],
            line(exact, one, "load_ratio").at_s,
            *(t.where("deployment", one)["at_s"] for t in (result.replicas, result.decisions)),
        ]
        for name in OF_ATTEMPTS:
            all_steps, kept = (line(table, one, name) for table in (exact, thinned))
            assert len(kept.at_s) <= len(all_steps.at_s)
            for at_s in happened_at_s:
                np.testing.assert_array_equal(align(kept, at_s), align(all_steps, at_s), name)


@settings(max_examples=max(settings().max_examples // 5, 1))  # each is two runs
@given(drawn=engine_scenarios())
def test_a_run_that_keeps_its_summary_has_the_same_at_evaluations(drawn: Scenario) -> None:
    """There too where nothing is evaluated, as the deployment is disabled."""
    thinned = tables.series_in_files(simulate_record(drawn))

    for one in simulate_record(drawn, keep="summary").deployments:
        assert isinstance(one.kept, FoldedAttempts)
        for name, folded in folded_series(one.kept).items():
            at_s = one.kept.evaluation_at_s
            found = align(line(thinned, one.name, name), at_s)
            np.testing.assert_array_equal(found, align(folded, at_s), name)
