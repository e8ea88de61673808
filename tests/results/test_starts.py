"""Starts of replicas: what became of them and why, counted from hand-made lives and drawn runs."""

from typing import Any

import pytest
from hypothesis import given

from build_record import course, life, replace_story
from builders import FAST_START, deployment, run
from path_scenarios import engine_scenarios
from sim.reasons import KILLS, START_FAILURES, Reason
from sim.record import Record, Transition
from sim.results.starts import starts
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.states import ReplicaState

_S = ReplicaState
_R = Reason

NO_KILLS = dict.fromkeys(("out_of_memory", "fault", "unresponsive", "grace_over"), 0)
NO_FAILURES = dict.fromkeys(("start_timeout", "model_memory", "gpu_missing", "fault"), 0)


def starts_of(record: Record) -> dict[str, Any]:
    """Return the figures of the first deployment's starts."""
    transitions = record.deployments[0].control.transitions
    return starts(transitions, record.horizon_s).model_dump(mode="json")


def test_the_start_of_the_story() -> None:
    """One replica was asked for, STARTING at 110 and RESPONSIVE at 140; two had been there."""
    assert starts_of(replace_story()) == {
        "requested": 1,
        "begun": 1,
        "responsive": 1,
        "took_s": {"mean": 30.0, "max": 30.0},
        "failed": NO_FAILURES,
        "killed": NO_KILLS,
        "backoff_s": 0.0,
        "from_zero": 0,
        "from_zero_served": 0,
    }


def test_a_replica_may_fail_start_again_and_be_killed() -> None:
    """Fails at 20, starts again at 30, is there at 45, is killed at 60 and not back by 100.

    One start of 15 s; back-off from 20 to 30 and from 60 to the end of the run, 50 s in all.
    """
    moves = course(
        *(0, 0, (0, _S.QUEUED, _R.CREATED), (10, _S.STARTING, _R.GRANTED)),
        *((20, _S.STARTING_ERROR, _R.START_TIMEOUT), (30, _S.STARTING, _R.BACKOFF_OVER)),
        *((40, _S.STARTED, _R.CONTAINER_UP), (45, _S.RESPONSIVE, _R.PROBE_PASSED)),
        (60, _S.STARTING_ERROR, _R.OUT_OF_MEMORY),
    )
    found = starts(moves, 100.0).model_dump(mode="json")

    assert (found["requested"], found["begun"], found["responsive"]) == (1, 2, 1)
    assert found["took_s"] == {"mean": 15.0, "max": 15.0}
    assert found["failed"] == {**NO_FAILURES, "start_timeout": 1}
    assert found["killed"] == {**NO_KILLS, "out_of_memory": 1}
    assert found["backoff_s"] == 50.0


@pytest.mark.parametrize(
    ("reason", "group", "key"),
    [
        (_R.START_TIMEOUT, "failed", "start_timeout"),
        (_R.MODEL_MEMORY, "failed", "model_memory"),
        (_R.GPU_MISSING, "failed", "gpu_missing"),
        (_R.START_FAULT, "failed", "fault"),
        (_R.OUT_OF_MEMORY, "killed", "out_of_memory"),
        (_R.KILLED, "killed", "fault"),
        (_R.UNRESPONSIVE, "killed", "unresponsive"),
    ],
)
def test_each_reason_has_its_place(reason: Reason, group: str, key: str) -> None:
    """And is counted nowhere else."""
    moves = course(0, 0, (0, _S.STARTING, _R.GRANTED), (5, _S.STARTING_ERROR, reason))
    found = starts(moves, 10.0).model_dump(mode="json")

    counted = {(g, k): n for g in ("failed", "killed") for k, n in found[g].items() if n}
    assert counted == {(group, key): 1}


def test_a_draining_replica_is_killed_when_its_grace_is_over_and_not_when_it_is_done() -> None:
    """One of two that were switched away from did not end in time."""
    away = (40, _S.DECOMMISSIONED, _R.SWITCHED)
    there = (0, _S.RESPONSIVE, _R.THERE_AT_START)
    moves = [
        *course(0, 0, there, away, (50, _S.DELETED, _R.LAST_REQUEST_ENDED)),
        *course(1, 0, there, away, (70, _S.DELETED, _R.GRACE_OVER)),
    ]
    found = starts(moves, 100.0)

    assert found.killed.grace_over == 1
    assert (found.requested, found.begun, found.backoff_s) == (0, 0, 0.0)


def from_zero(replica: int, at_s: float, *then: tuple[float, _S, Reason]) -> list[Transition]:
    """Return the life of a replica that was asked for at zero and granted at once."""
    asked = (at_s, _S.QUEUED, _R.FROM_ZERO), (at_s, _S.STARTING, _R.GRANTED)
    return course(replica, 0, *asked, *then)


def test_from_zero_is_served_when_its_replica_becomes_responsive() -> None:
    """Three times: at once, after a failed start, and never; a fourth replica was a step up."""
    up = (20, _S.RESPONSIVE, _R.PROBE_PASSED)
    moves = [
        *from_zero(0, 10, up, (30, _S.DELETED, _R.TO_ZERO)),
        *from_zero(
            *(1, 40, (45, _S.STARTING_ERROR, _R.START_FAULT)),
            *((50, _S.STARTING, _R.BACKOFF_OVER), (55, _S.RESPONSIVE, _R.PROBE_PASSED)),
        ),
        *from_zero(2, 60, (70, _S.DELETED, _R.DISABLED)),
        *life(3, 0, (80, _S.QUEUED), (80, _S.STARTING), (90, _S.RESPONSIVE)),
    ]
    found = starts(moves, 100.0)

    assert (found.from_zero, found.from_zero_served) == (3, 2)


def test_nothing_was_asked_for() -> None:
    """No mean of no starts."""
    found = starts([], 10.0).model_dump(mode="json")

    assert found["took_s"] == {"mean": None, "max": None}
    assert (found["requested"], found["failed"], found["killed"]) == (0, NO_FAILURES, NO_KILLS)


def test_a_model_too_large_fails_every_start() -> None:
    """Model loaded 2 s after each start: at 2, 14 (10 s later), 36 (20 s) and 78 s (40 s).

    The run ends at 80 s, 2 s into the fourth back-off: 10 + 20 + 40 + 2 = 72 s.
    """
    record = run(
        deployment(
            initial={"kind": "cold"},
            wire={"memory": "1GiB"},
            replica={**FAST_START, "model_memory_bytes": 2**31},
        ),
        horizon_s=80.0,
    )
    found = starts_of(record)

    assert (found["requested"], found["begun"], found["responsive"]) == (1, 4, 0)
    assert found["failed"] == {**NO_FAILURES, "model_memory": 4}
    assert found["backoff_s"] == 72.0


@given(engine_scenarios())
def test_every_start_and_every_replica_is_accounted_for(drawn: Scenario) -> None:
    """Replicas are asked for or were there; a start ends well, fails, is cut short or goes on."""
    record = simulate_record(drawn)
    for one, spec in zip(record.deployments, drawn.deployments, strict=True):
        moves = one.control.transitions
        found = starts(moves, record.horizon_s)
        there = sum(move.reason is _R.THERE_AT_START for move in moves)
        assert found.requested + there == len({move.replica for move in moves})
        assert there == (spec.initial.kind == "responsive" and spec.initial.responsive_count)

        last = {move.replica: move.after for move in moves}
        going_on = sum(state in (_S.STARTING, _S.STARTED) for state in last.values())
        cut_short = sum(
            move.before in (_S.STARTING, _S.STARTED)
            and (move.after is _S.DELETED or move.reason in KILLS)
            for move in moves
        )
        failed = sum(found.failed.model_dump().values())
        assert found.begun == found.responsive + failed + cut_short + going_on
        assert failed == sum(move.reason in START_FAILURES for move in moves)

        killed = sum(found.killed.model_dump().values())
        errors = sum(move.after is _S.STARTING_ERROR for move in moves)
        ends = (move.reason for move in moves if move.before is _S.DECOMMISSIONED)
        assert failed + killed == errors + sum(why in {*KILLS, _R.GRACE_OVER} for why in ends)
        assert found.from_zero == sum(d.action == "from_zero" for d in one.control.decisions)
        assert found.from_zero_served <= found.from_zero
