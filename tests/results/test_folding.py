"""What is folded is what was kept: exactly, but for quantiles, and those within their error."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import deployment, scenario
from folds import (
    Bounds,
    assert_about,
    bounds,
    exact_window,
    figures_of,
    folded_difference,
    folding_within,
    warmed,
)
from path_scenarios import engine_scenarios, stretched_scenarios
from sim.digest import FoldedAttempts
from sim.errors import ScenarioError
from sim.record import RolloutRecord
from sim.results.answers import Answers
from sim.results.cells import Edges
from sim.results.files import json_text
from sim.results.folded import folded_answers, folded_series, requests_of
from sim.results.metrics import Requests
from sim.results.result import Result
from sim.results.sketch import QUANTILE_RELATIVE_ERROR
from sim.results.steps import align
from sim.results.timeline import Steps, Window
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate, simulate_record


@given(drawn_run=warmed(engine_scenarios() | stretched_scenarios()), drawn=bounds())
def test_the_summary_is_that_of_the_attempts(drawn_run: Scenario, drawn: Bounds) -> None:
    """Counts, means and maxima to the last bit; windows begin and end where they should."""
    exact = simulate(drawn_run).summary()
    with folding_within(drawn):
        found = simulate(drawn_run, keep="summary").summary()

    assert exact["quantile_relative_error"] == 0
    assert found["quantile_relative_error"] == QUANTILE_RELATIVE_ERROR
    assert_about(found, exact)


@settings(max_examples=settings().max_examples // 3)  # each is several runs
@given(
    drawn_run=warmed(engine_scenarios() | stretched_scenarios()),
    drawn=bounds(),
    recent=st.integers(1, 30),
    grid=st.integers(1, 30),
)
def test_a_window_that_begins_too_early_says_so(
    drawn_run: Scenario, drawn: Bounds, recent: int, grid: int
) -> None:
    """With little of the past kept: by a stretch of the grid at most, exact for what it is."""
    drawn = Bounds(drawn.least_rows, drawn.ahead, drawn.block_rows, recent, grid)
    kept = simulate_record(drawn_run)
    exact = Result(kept).summary()
    with folding_within(drawn):
        found = simulate(drawn_run, keep="summary").summary()
        reference = simulate(drawn_run, keep="summary", engine="reference").summary()
    reference["provenance"]["engine"] = "vectorised"

    assert json_text(found) == json_text(reference)
    for mine, theirs, record in zip(
        found["deployments"], exact["deployments"], kept.deployments, strict=True
    ):
        arrival_at_s = Requests.of(record).arrival_at_s
        for rollout, truth in zip(mine["rollouts"], theirs["rollouts"], strict=True):
            before = rollout["before"]
            if before is not None:
                start_s, begun_s = truth["before"]["start_at_s"], before["start_at_s"]
                assert begun_s <= start_s
                moved = arrival_at_s[(arrival_at_s >= begun_s) & (arrival_at_s < start_s)]
                assert len(np.unique(moved)) <= grid
                after_s = arrival_at_s[
                    (arrival_at_s >= start_s) & (arrival_at_s < rollout["put_at_s"])
                ]
                assert begun_s == start_s or len(after_s) >= recent
                rollout["before"] = {**truth["before"], **_figures(before)}
                truth["before"] = {
                    **truth["before"],
                    **exact_window(record, before, drawn_run.warm_up_s),
                }
    assert_about(found, exact)


def test_the_past_of_a_rollout_is_kept_while_it_may_be_asked_for() -> None:
    """As far as "before" may still reach, and no further: it is as long as "during" is by then."""
    arrival_at_s = np.arange(1000.0)
    rollout = RolloutRecord(
        *(500.0, "replace", 1, 2),
        threads_at_put=32,
        millicores_at_put=1000,
        live_at_put=1,
        strategy="blue_green",
    )
    with folding_within(Bounds(recent=30, grid=10)):
        edges = Edges(arrival_at_s, [rollout], 1000.0, 0.0)

        assert edges.settled_below(525.0) == 470
        assert edges.settled_below(530.0) == 470
        assert edges.settled_below(531.0) == 501
        rollout.full_at_s = 520.0
        assert edges.settled_below(525.0) == 495


def _figures(window: dict[str, Any]) -> dict[str, Any]:
    return {name: window[name] for name in ("requests", "wait_s", "response_s")}


@settings(max_examples=settings().max_examples // 3)  # each is several runs
@given(
    drawn_run=engine_scenarios() | stretched_scenarios(),
    drawn=bounds(recent=5, grid=3),
    other=bounds(recent=5, grid=3),
)
def test_neither_engine_nor_blocks_leave_a_trace(
    drawn_run: Scenario, drawn: Bounds, other: Bounds
) -> None:
    """What is folded is the same to the last bit, in whatever order and blocks attempts come."""
    with folding_within(drawn):
        one = simulate_record(drawn_run, keep="summary")
        reference = simulate_record(drawn_run, keep="summary", engine="reference")
    with folding_within(other):
        another = simulate_record(drawn_run, keep="summary")

    assert folded_difference(one, another) is None
    assert folded_difference(one, reference) is None


@given(drawn_run=engine_scenarios() | stretched_scenarios(), drawn=bounds())
def test_series_and_answers_are_those_of_the_attempts(drawn_run: Scenario, drawn: Bounds) -> None:
    """Counts at every evaluation; answers by bin of the picture, quantiles within their error."""
    exact = simulate(drawn_run)
    with folding_within(drawn):
        record = simulate_record(drawn_run, keep="summary")

    for one in record.deployments:
        folded = one.kept
        assert isinstance(folded, FoldedAttempts)
        at_s = folded.evaluation_at_s
        assert np.isin(one.ticks.at_s, at_s).all()  # none while it is disabled
        rows = exact.series.where("deployment", one.name)
        for name, line in folded_series(folded).items():
            mine = rows.where("series", name)
            wanted = align(Steps(mine["at_s"], mine["value"]), at_s)
            np.testing.assert_array_equal(align(line, at_s), wanted, name)
        requests = exact.requests.where("deployment", one.name)
        whole = Window(0.0, drawn_run.horizon_s)
        found, bins = folded_answers(folded), Answers(requests).within(whole)
        np.testing.assert_array_equal(found.start_at_s, bins.start_at_s)
        np.testing.assert_array_equal(found.completed, bins.completed)
        assert set(found.failed) == set(bins.failed)
        for kind, counted in bins.failed.items():
            np.testing.assert_array_equal(found.failed[kind], counted)
        for name in ("response_p50_s", "response_p95_s", "response_p99_s"):
            value = getattr(bins, name)
            np.testing.assert_allclose(
                getattr(found, name), value, rtol=QUANTILE_RELATIVE_ERROR, atol=0, err_msg=name
            )


@given(
    drawn_run=engine_scenarios(),
    edges=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_any_window_is_exact_for_what_it_says_it_is(
    drawn_run: Scenario, edges: tuple[float, float]
) -> None:
    """A window that nobody foresaw begins with a cell; the last one ends with the run."""
    start_s = min(edges) * drawn_run.horizon_s
    with folding_within(Bounds(grid=3)):
        record = simulate_record(drawn_run, keep="summary")
    kept = simulate_record(drawn_run)

    for mine, theirs in zip(record.deployments, kept.deployments, strict=True):
        found = requests_of(mine).arrived_in(start_s, drawn_run.horizon_s)
        wanted = Requests.of(theirs).arrived_in(found.from_s, drawn_run.horizon_s)
        assert found.from_s <= start_s
        assert found.counts().arrived == len(wanted)
        assert_about(figures_of(found), figures_of(wanted))


def test_the_grid_parts_no_requests_of_one_instant() -> None:
    """Every third request, or the first that arrives with it."""
    with folding_within(Bounds(grid=3)):
        edges = Edges(np.array([0.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 7.0]), [], 10.0, 7.0)

        assert edges.grid.tolist() == [0, 2]
        assert edges.known(is_over=False).tolist() == [0, 2, 7]


def test_what_was_not_kept_is_refused(tmp_path: Path) -> None:
    """A table of requests, in memory and in files; the other tables are there."""
    result = simulate(scenario(deployment(at_s=[1.0, 2.0], wait_s=3.0)), keep="summary")

    kept = {"replicas", "decisions", "queues", "holders", "series", "statuses"}
    assert set(result.tables) == kept
    assert "requests" not in result.tables
    assert "queues" in result.tables
    with pytest.raises(ScenarioError, match="kept its summary and not its attempts"):
        result.requests  # noqa: B018 - what is asked for is made when it is asked for
    with pytest.raises(ScenarioError, match="kept its summary and not its attempts"):
        result.write(tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert result.timeline().deployments[0].answers.completed.sum() > 0


def test_a_part_of_a_run_that_kept_its_summary_can_be_drawn() -> None:
    """With the bins that there are, cut where the part begins and ends."""
    result = simulate(scenario(deployment(at_s=[1.0, 2.0, 51.0], wait_s=3.0)), keep="summary")
    (found,) = result.timeline(10, 54.75).deployments

    assert (found.answers.width_s, found.answers.start_at_s[0]) == (0.5, 10)
    assert np.flatnonzero(found.answers.completed).tolist() == [88]  # at 54 s
    assert len(found.answers.start_at_s) == 90  # the last begins at 54.5 s
    assert found.running.at_s[0] == 10
