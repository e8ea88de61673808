"""Attempts that are dropped while a run goes on leave no trace in it, and rows stay few."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_record import attempt_columns
from builders import deployment, scenario
from engine_pairs import drawn_paths, first_difference
from folds import Bounds, bounds, folding_within
from path_scenarios import engine_scenarios, stretched_scenarios
from sim.digest import FoldedAttempts
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised import fold
from sim.engines.vectorised.blocks import Sizes, empty_attempts, empty_state
from sim.engines.vectorised.eventloop import Attempts, State
from sim.record import AttemptColumns, Record
from sim.results.cells import Cells
from sim.results.folding import Folding
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.simulation.simulation import Simulation

SEEDS = st.integers(0, 2**32 - 1)
COLUMNS = AttemptColumns.__slots__


def in_order(blocks: list[AttemptColumns]) -> dict[str, Any]:
    """Return attempts, by column, in order of request and attempt."""
    whole = {name: np.concatenate([getattr(b, name) for b in blocks]) for name in COLUMNS}
    order = np.lexsort((whole["attempt"], whole["request"]))
    return {name: column[order] for name, column in whole.items()}


def without_attempts(record: Record) -> Record:
    """Return all but the attempts."""
    deployments = (replace(d, kept=attempt_columns([])) for d in record.deployments)
    return replace(record, deployments=tuple(deployments))


@given(drawn_run=engine_scenarios() | stretched_scenarios(), drawn=bounds(), seed=SEEDS)
def test_every_attempt_is_handed_over_once_as_it_is_kept(
    drawn_run: Scenario, drawn: Bounds, seed: int
) -> None:
    """On random paths, with rows dropped at every chance; control decides the same."""
    taken: dict[int, list[AttemptColumns]] = {}
    in_file_order: list[list[AttemptColumns]] = []

    def note(folding: Folding, attempts: AttemptColumns, settled_s: float) -> None:
        last_at_s = np.fmax(attempts.answered_at_s, attempts.released_at_s)
        assert (last_at_s < settled_s).all()
        copies = AttemptColumns(*(getattr(attempts, name).copy() for name in COLUMNS))
        taken.setdefault(id(folding), []).append(copies)
        take(folding, attempts, settled_s)

    def end(folding: Folding, attempts: AttemptColumns, backing_off: Any) -> Any:
        in_file_order.append([*taken.get(id(folding), []), attempts])
        return finish(folding, attempts, backing_off)

    kept = simulate_record(drawn_run)
    take, finish = Folding.take, Folding.finish
    with folding_within(drawn), drawn_paths(seed), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folding, "take", note)
        patch.setattr(Folding, "finish", end)
        folded = simulate_record(drawn_run, keep="summary")

    assert first_difference(without_attempts(kept), without_attempts(folded)) is None
    for mine, blocks in zip(kept.deployments, in_file_order, strict=True):
        found, wanted = in_order(blocks), in_order([mine.attempts])
        for name in COLUMNS:
            np.testing.assert_array_equal(found[name], wanted[name], name)


@given(
    drawn_run=engine_scenarios(),
    drawn=bounds(),
    cuts=st.lists(st.floats(0, 1), max_size=5),
)
def test_where_a_run_pauses_leaves_no_trace(
    drawn_run: Scenario, drawn: Bounds, cuts: list[float]
) -> None:
    """What is known of one plane is settled however the run is advanced."""
    with folding_within(drawn):
        in_steps = Simulation(drawn_run, keep="summary")
        for cut in sorted(cuts):
            in_steps.advance(cut * drawn_run.horizon_s)
        stepped = in_steps.finish()

    assert (
        first_difference(without_attempts(simulate_record(drawn_run)), without_attempts(stepped))
        is None
    )


def test_rows_stay_few_in_a_long_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that is never over does not hold up the others; nor does the past."""
    kept: list[int] = []
    rows: list[int] = []
    settle, drop = Cells.settle, fold.drop

    def noted(cells: Cells, now_s: float) -> None:
        settle(cells, now_s)
        kept.append(cells.kept)

    def noted_rows(s: State, a: Attempts, is_over: Any) -> None:
        rows.append(a.ai.shape[1])
        drop(s, a, is_over)

    monkeypatch.setattr(Cells, "settle", noted)
    monkeypatch.setattr(fold, "drop", noted_rows)
    at_s = [float(n) for n in range(10_000)]
    drawn_run = scenario(
        deployment(
            at_s=at_s,
            wire={"threads": 4},
            wait_s=[20_000.0] + [2.0] * (len(at_s) - 1),
            service={"timeout_s": 30_000.0},
        ),
        horizon_s=10_000.0,
    )
    with folding_within(Bounds(least_rows=100, ahead=100, recent=200, grid=50)):
        record = simulate_record(drawn_run, keep="summary")

    (only,) = record.deployments
    assert isinstance(only.kept, FoldedAttempts)
    assert only.kept.by_outcome.sum() == 10_000
    assert set(rows) == {1024}  # as many as there are at first
    assert len(kept) > 40
    assert max(kept) < 800


def state_with(attempts: int) -> tuple[State, Attempts]:
    """Return a state with attempts of which all but 1, 4 and 6 are over; 1 and 4 run."""
    s = empty_state(Sizes(slots=1, width=3, ends=8, deadlines=8, retries=8, ticks=8))
    a = empty_attempts(attempts, 8)
    a.ai[loop.A_REQUEST] = np.arange(attempts)
    a.ab[loop.A_OUTCOME, [1, 4]] = loop.RUNNING
    a.ab[loop.A_OUTCOME, 6] = loop.QUEUED
    a.af[loop.A_RELEASED, [1, 4, 6]] = np.nan
    a.af[loop.A_START, 6] = np.nan
    s.ti[loop.T_ATTEMPT] = [4, -1, 1]
    s.i[[loop.ATTEMPTS, loop.QUEUE_HEAD, loop.DEADLINE_HEAD]] = attempts, 5, 1
    s.i[loop.DEADLINES] = 5
    s.d_at[:5], s.d_attempt[:5] = [1, 3, 2, 3, 9], [0, 6, 4, 1, 7]
    return s, a


def test_the_state_refers_to_the_rows_where_they_are_now() -> None:
    """Queue, threads and deadlines; deadlines of those that are gone go with them."""
    s, a = state_with(8)

    fold.drop(s, a, ~np.isin(np.arange(8), [1, 4, 6]))

    assert s.i[loop.ATTEMPTS] == 3
    assert a.ai[loop.A_REQUEST, :3].tolist() == [1, 4, 6]
    assert s.i[[loop.QUEUE_HEAD, loop.DEADLINE_HEAD]].tolist() == [2, 0]
    assert s.ti[loop.T_ATTEMPT].tolist() == [1, -1, 0]
    assert s.d_at[: s.i[loop.DEADLINES]].tolist() == [2, 3, 3]
    assert s.d_attempt[: s.i[loop.DEADLINES]].tolist() == [1, 0, 2]
