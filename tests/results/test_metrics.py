"""Figures of requests and replicas, worked out by hand and against their definitions."""

import math
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_record import ATTEMPTS, Attempt, completed, deployment, life, replace_story
from sim.results.metrics import (
    BLOCK_ROWS,
    Requests,
    billed_spells,
    figures,
    replica_seconds,
)
from sim.results.replica_waits import replica_waits
from sim.states import Outcome, ReplicaState

_S = ReplicaState

STORY = Requests.of(replace_story().deployments[0])


def test_requests_end_as_their_last_attempt_does() -> None:
    """Nine requests of ten attempts, one of them between two attempts at the horizon."""
    counts = STORY.counts()

    assert counts.model_dump() == {
        "arrived": 9,
        "completed": 5,
        "failed": {
            "rate_limited": 0,
            "disabled": 0,
            "queue_full": 0,
            "inference_timeout": 1,
            "client_timeout": 0,
            "out_of_memory": 0,
            "replica_killed": 0,
            "grace_over": 0,
        },
        "queued": 1,
        "running": 1,
        "backing_off": 1,
    }


def test_response_runs_from_the_first_arrival_and_wait_from_the_last() -> None:
    """Request 3 arrived at 120, again at 121, started at 125 and was answered at 130."""
    keys = ("mean", "p50", "p95", "p99", "max")

    assert list(STORY.response_figures()) == list(zip(keys, (10, 10, 22, 22, 22), strict=True))
    assert list(STORY.wait_figures()) == list(zip(keys, (1.4, 1, 4, 4, 4), strict=True))


def test_a_window_takes_requests_by_their_first_arrival() -> None:
    """[100, 140) holds requests 2, 3 and 4, though the last is answered at 160."""
    inside = STORY.arrived_in(100, 140)

    assert inside.counts().arrived == 3
    assert inside.response_figures().max == 22
    assert STORY.arrived_in(105, 120).counts().arrived == 1


def test_a_window_of_a_window_is_what_both_hold() -> None:
    """As after a warm-up; where each request came once, and where one came again."""
    once = Requests.of(deployment([completed(k, 10 * k, 10 * k, 10 * k + k) for k in range(9)]))

    assert once.arrived_in(20, 80).arrived_in(30, 50).arrival_at_s.tolist() == [30, 40]
    assert once.arrived_in(20, 80).arrived_in(30, 50).response_figures().max == 4
    assert STORY.arrived_in(100, 140).arrived_in(115, 130).arrival_at_s.tolist() == [120]


def test_figures_leave_the_values_in_their_order() -> None:
    """They are selected in a copy."""
    values = np.arange(1000.0)[::-1].copy()

    assert figures(values).p50 == 499
    assert values.tolist() == list(range(999, -1, -1))


def test_attempts_may_come_in_any_interleaving_of_requests() -> None:
    """A retry of request 0 arrives after request 1, and after a second retry of request 1."""
    rows = [
        Attempt(0, 1, Outcome.QUEUE_FULL, answered_at_s=1),
        Attempt(1, 2, Outcome.QUEUE_FULL, answered_at_s=2),
        Attempt(1, 3, Outcome.QUEUE_FULL, answered_at_s=3, attempt=2),
        completed(0, 4, 5, 6, attempt=2),
        Attempt(1, 7, Outcome.DISABLED, answered_at_s=7, attempt=3),
    ]
    requests = Requests.of(deployment(rows))

    assert requests.arrival_at_s.tolist() == [1, 2]
    assert requests.outcome.tolist() == [Outcome.COMPLETED, Outcome.DISABLED]
    assert requests.wait_figures().max == 1
    assert requests.response_figures().mean == 5


def test_figures_of_nothing_are_nothing() -> None:
    """No requests, no mean; the keys are there all the same."""
    requests = Requests.of(deployment())

    assert dict(requests.response_figures()) == dict.fromkeys(("mean", "p50", "p95", "p99", "max"))
    assert requests.counts().arrived == 0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_a_quantile_is_the_least_value_that_enough_values_do_not_exceed(
    values: list[float],
) -> None:
    """The definition, by sorting; the mean is the exactly rounded sum over the count."""
    found = figures(np.array(values))
    ordered = sorted(values)

    for key, level in (
        ("p50", Fraction(1, 2)),
        ("p95", Fraction(95, 100)),
        ("p99", Fraction(99, 100)),
    ):
        assert dict(found)[key] == ordered[math.ceil(level * len(ordered)) - 1]
    assert found.mean == float(sum(map(Fraction, values), Fraction(0))) / len(values)
    assert found.max == ordered[-1]


OUTCOMES = st.sampled_from(sorted(Outcome))


@given(st.lists(st.lists(OUTCOMES, min_size=1, max_size=4), max_size=20), st.data())
def test_every_request_is_counted_once(outcomes: list[list[Outcome]], data: st.DataObject) -> None:
    """Arrived = completed + failed + queued + running + backing off, whatever the attempts."""
    rows = [
        Attempt(request, at_s, outcome, attempt=at_s + 1)
        for request, attempts in enumerate(outcomes)
        for at_s, outcome in enumerate(attempts)
    ]
    failed_last = [i for i, attempts in enumerate(outcomes) if attempts[-1].is_failure]
    backing_off = [i for i in failed_last if data.draw(st.booleans())]
    counts = Requests.of(deployment(rows, backing_off=backing_off)).counts()
    still_open = counts.queued + counts.running + counts.backing_off

    assert counts.arrived == len(outcomes)
    assert counts.arrived == counts.completed + counts.failed.total + still_open
    assert counts.backing_off == len(backing_off)


def test_replicas_are_paid_from_starting_to_deleted() -> None:
    """140 + 160 + 90 s: not while QUEUED, on while draining, to the horizon if still there."""
    moves = replace_story().deployments[0].control.transitions
    billed = list(billed_spells(moves, 200))

    assert {(s.replica, s.start_at_s, s.end_at_s) for s in billed} == {
        (0, 0, 140),
        (1, 0, 160),
        (2, 110, 200),
    }
    assert replica_seconds(billed) == 390


def test_a_restart_is_paid_as_one_spell() -> None:
    """STARTING_ERROR keeps the grant, so it keeps costing."""
    moves = life(
        0,
        0,
        (0, _S.QUEUED),
        (5, _S.STARTING),
        (9, _S.STARTING_ERROR),
        (19, _S.STARTING),
        (30, _S.DELETED),
    )

    assert replica_seconds(list(billed_spells(moves, 100))) == 25


def test_what_a_replica_costs_is_summed_exactly() -> None:
    """0.1, 0.2 and 0.3 s, which floats add up to a little more than 0.6."""
    lengths = (0.1, 0.2, 0.3)
    moves = [
        move
        for replica, end_at_s in enumerate(lengths)
        for move in life(replica, 0, (0, _S.STARTING), (end_at_s, _S.DELETED))
    ]

    assert float(replica_seconds(list(billed_spells(moves, 100)))) == 0.6
    assert reduce(add, lengths) != 0.6  # what sum() gives differs from Python to Python


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ([(2, _S.QUEUED), (5, _S.STARTING)], (1, 0, 0, 3.0)),
        ([(2, _S.QUEUED), (5, _S.DELETED)], (0, 1, 0, None)),
        ([(2, _S.QUEUED)], (0, 0, 1, None)),
        ([(2, _S.RESPONSIVE)], (0, 0, 0, None)),
    ],
    ids=["granted", "withdrawn", "waiting", "never queued"],
)
def test_queue_waits_tell_how_waiting_ended(
    moves: list[tuple[float, ReplicaState]], expected: tuple[int, int, int, float | None]
) -> None:
    """Only a wait that ended in a grant has a length."""
    found = replica_waits(life(0, 0, *moves), 100)

    assert (found.granted, found.withdrawn, found.waiting, found.wait_s.mean) == expected


def test_the_story_has_as_many_attempts_as_it_says() -> None:
    """The hand-made record is what its docstring describes."""
    assert len(ATTEMPTS) == 10
    assert len({row.request for row in ATTEMPTS}) == 9


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 40)), max_size=25),
    st.integers(0, 300),
    st.integers(0, 300),
    st.booleans(),
)
def test_figures_are_those_of_their_definition_whatever_the_attempts(
    rows: list[tuple[int, int]],
    start_s: int,
    width_s: int,
    is_alone: bool,  # noqa: FBT001 - Hypothesis passes it by place
) -> None:
    """Row by row, by hand: the first attempt arrived in the window, the last one was completed.

    With a request a row, the rows are stretches; else their numbers are looked up.
    """
    attempts: list[Attempt] = []
    count: dict[int, int] = {}
    for place, (request, length_s) in enumerate(rows):
        number = place if is_alone else request
        at_s, outcome = 10 * place, Outcome.COMPLETED if length_s % 3 else Outcome.QUEUE_FULL
        count[number] = count.get(number, 0) + 1
        attempts.append(
            Attempt(number, at_s, outcome, at_s + 1, at_s + length_s, attempt=count[number])
        )
    waits_s, responses_s, arrived = [], [], 0
    for number in sorted(count):
        own = [row for row in attempts if row.request == number]
        if start_s <= own[0].arrival_at_s < start_s + width_s:
            arrived += 1
            if own[-1].outcome is Outcome.COMPLETED:
                waits_s.append(own[-1].start_at_s - own[-1].arrival_at_s)
                responses_s.append(own[-1].answered_at_s - own[0].arrival_at_s)

    found = Requests.of(deployment(attempts)).arrived_in(start_s, start_s + width_s)

    assert found.counts().arrived == arrived
    assert found.counts().completed == len(waits_s)
    assert found.wait_figures() == figures(np.array(waits_s, np.float64))
    assert found.response_figures() == figures(np.array(responses_s, np.float64))


def test_figures_over_several_blocks_of_rows_are_those_of_all() -> None:
    """More rows than have copies at one time: every third fails, the k-th takes k ms."""
    count = 2 * BLOCK_ROWS + 5
    number = np.arange(count)
    attempts = replace(
        deployment([completed(0, 0, 0, 1)]).attempts,
        request=number,
        attempt=np.broadcast_to(np.int16(1), (count,)),
        source=np.broadcast_to(np.int32(0), (count,)),
        arrival_at_s=number.astype(np.float64),
        start_at_s=number.astype(np.float64),
        answered_at_s=number + number / 1024,
        outcome=np.where(number % 3 == 0, Outcome.QUEUE_FULL, Outcome.COMPLETED).astype(np.int8),
    )

    found = Requests.of(replace(deployment(), kept=attempts)).arrived_in(3, count - 1)

    expected = [k for k in range(3, count - 1) if k % 3]
    figures_s = found.response_figures()
    assert found.counts().completed == len(expected)
    assert figures_s.mean == sum(expected) / 1024 / len(expected)
    assert figures_s.p95 == expected[math.ceil(0.95 * len(expected)) - 1] / 1024
    assert figures_s.max == expected[-1] / 1024
