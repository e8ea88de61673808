"""What befell a deployment: events of the timeline, and ends of replicas that nothing else says."""

from collections.abc import Sequence
from typing import Any

import pytest

from build_record import course
from builders import FAST_START, deployment, run
from sim.reasons import Reason
from sim.record import ControlLog, Decision, Transition
from sim.results.events import ENDS, events
from sim.states import ReplicaState

_S = ReplicaState
_R = Reason


def ends(at_s: float, reason: Reason, replicas: Sequence[int]) -> list[Transition]:
    """Return the ends of these replicas, there from the start, at one instant."""
    there = (0.0, _S.RESPONSIVE, _R.THERE_AT_START)
    return [
        move for replica in replicas for move in course(replica, 0, there, (at_s, _GOES, reason))
    ]


_GOES = _S.DECOMMISSIONED


def told(*moves: Transition) -> list[dict[str, Any]]:
    """Return the entries about these lives."""
    log = ControlLog(transitions=sorted(moves, key=lambda move: move.at_s))
    return [event.model_dump(mode="json") for event in events(log)]


def test_the_end_of_a_lifetime_is_told_each_time() -> None:
    """Of one replica too, in order of time; its number stands in the words."""
    found = told(*ends(50, _R.LIFETIME_OVER, [3]), *ends(40, _R.LIFETIME_OVER, [1]))

    assert found == [
        {"at_s": 40, "event": ENDS, "effect": "replica 1: lifetime over", "code": "lifetime_over"},
        {"at_s": 50, "event": ENDS, "effect": "replica 3: lifetime over", "code": "lifetime_over"},
    ]


@pytest.mark.parametrize("reason", [_R.OUT_OF_MEMORY, _R.UNRESPONSIVE, _R.GRACE_OVER, _R.ABOVE_MAX])
def test_several_that_end_together_are_one_entry(reason: Reason) -> None:
    """By one cause at one instant: two at 40; not the single ones at 30 and 41."""
    moves = [*ends(40, reason, [5, 2]), *ends(30, reason, [1]), *ends(41, reason, [3])]
    (found,) = told(*moves)

    assert (found["at_s"], found["code"]) == (40, reason.code)
    assert found["effect"] == f"replicas 2 and 5: {reason.words}"


@pytest.mark.parametrize(
    "reason",
    [
        *(_R.SWITCHED, _R.DISABLED, _R.KILLED, _R.SUPERSEDED, _R.REVERTED, _R.SCALE_DOWN),
        *(_R.CHANGED_IN_PLACE, _R.TO_ZERO, _R.LAST_REQUEST_ENDED, _R.NOTHING_IN_FLIGHT),
    ],
)
def test_what_is_told_by_its_cause_is_not_told_again(reason: Reason) -> None:
    """Neither is how a replica that drained came to its end."""
    assert told(*ends(40, reason, [0, 1, 2])) == []


def test_causes_of_one_instant_are_kept_apart() -> None:
    """Two out of memory and two whose grace was over, all at 40."""
    found = told(*ends(40, _R.OUT_OF_MEMORY, [0, 1]), *ends(40, _R.GRACE_OVER, [2, 3]))

    assert {event["code"] for event in found} == {"out_of_memory", "grace_over"}


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "replica 0"),
        (2, "replicas 0 and 1"),
        (3, "replicas 0, 1 and 2"),
        (4, "replicas 0, 1, 2 and 1 other"),
        (40, "replicas 0, 1, 2 and 37 others"),
    ],
)
def test_of_many_three_are_named(count: int, words: str) -> None:
    """The lowest numbers; the others are counted."""
    (found,) = told(*ends(40, _R.LIFETIME_OVER, range(count)))

    assert found["effect"] == f"{words}: lifetime over"


def test_events_of_the_timeline_stand_among_them_in_order_of_time() -> None:
    """A fault at 45, between two ends of lifetimes."""
    log = ControlLog(
        decisions=[
            Decision(20, "autoscaler", "up", _R.LOAD_HIGH),
            Decision(45, "timeline", "kill", _R.FAULT, "replica 0 is killed"),
        ],
        transitions=[*ends(40, _R.LIFETIME_OVER, [1]), *ends(50, _R.LIFETIME_OVER, [2])],
    )

    assert [event.at_s for event in events(log)] == [40, 45, 50]


def test_lifetimes_of_one_length_end_together() -> None:
    """Two replicas that live 30 s; successors are asked for 10 s before that, and take 2 s.

    At 20 s there is room for one successor, which is there from 22 to 52 s. At 30 s both go, and
    the one that is missing is asked for: it is there from 32 to 62 s.
    """
    record = run(
        deployment(
            wire={"replicas": 2},
            replica={
                **FAST_START,
                "start_timeout_s": 10.0,
                "lifetime": {"min_s": 30.0, "max_s": 30.0},
            },
        ),
        horizon_s=63.0,
    )
    found = events(record.deployments[0].control)

    assert [(event.at_s, event.effect) for event in found] == [
        (30.0, "replicas 0 and 1: lifetime over"),
        (52.0, "replica 2: lifetime over"),
        (62.0, "replica 3: lifetime over"),
    ]
    assert {event.code for event in found} == {_R.LIFETIME_OVER}


def test_a_lower_maximum_takes_several_at_once() -> None:
    """From four to one: three go, the highest numbers first, which are named in order."""
    lower = {"minReplicas": 1, "maxReplicas": 1, "threadCount": 1, "cpu": 1.0}
    put = {"event": "replace", "at_s": 10.0, "deployment": "a", "runtime_configuration": lower}
    record = run(deployment(wire={"replicas": 4}), horizon_s=20.0, timeline=[put])
    found = events(record.deployments[0].control)

    assert [(event.event, event.code) for event in found] == [
        ("replace", _R.PUT_IN_PLACE),
        (ENDS, _R.ABOVE_MAX),
    ]
    assert found[1].effect == "replicas 1, 2 and 3: above maxReplicas"
