"""Planes run ahead of control and go back: hand-worked cases in which that could leave a trace."""

from typing import Any

import pytest

from builders import FAST_START, attempts, configuration, deployment, scenario
from engine_pairs import difference_of_engines
from sim.record import Record
from sim.scenario.models.queues import VcpuQueue
from sim.simulation.run import simulate_record
from sim.states import ReplicaState

Plain = dict[str, Any]

CUSTOM = {"policy": "custom", "max_attempts": 3, "retry_on": ["disabled"]}


def run(*deployments: Plain, **fields: Any) -> Record:
    """Return the record of the vectorised engine."""
    return simulate_record(scenario(*deployments, **fields), engine="vectorised")


def scaled(least: int, most: int) -> Plain:
    """Return the wire form of an autoscaler's bounds and thresholds, with delays of 100 s."""
    delay = {"value": 100, "unit": "SECONDS"}
    scaling = {"scaleUpLoadThreshold": 0.75, "scaleUpDelay": delay, "scaleDownDelay": delay}
    return {"minReplicas": least, "maxReplicas": most, "scalingConfiguration": scaling}


def scaling(name: str, least: int, most: int, responsive: int, **settings: Any) -> Plain:
    """Return a deployment of one-threaded replicas that is looked at every 5 s."""
    return deployment(
        name=name,
        wire=scaled(least, most),
        initial={"kind": "responsive", "responsive_count": responsive},
        replica=FAST_START,
        autoscaler={"evaluation_interval_s": 5.0},
        **settings,
    )


def cores(limit: int) -> list[VcpuQueue]:
    """Return a queue of so many cores, one for each replica."""
    return [VcpuQueue(name="cpu", limit_millicores=1000 * limit)]


def event(kind: str, at_s: float, **settings: object) -> Plain:
    """Return an event of the timeline."""
    return {"event": kind, "at_s": at_s, "deployment": "a", **settings}


def hang(at_s: float, for_s: float = 1.0) -> Plain:
    """Let all replicas hang."""
    return event("hang", at_s, replicas="all", for_s=for_s)


def decided(record: Record, name: str, at_s: float) -> list[str]:
    """Return what was decided or held for a deployment at an instant, in order."""
    (found,) = (one for one in record.deployments if one.name == name)
    return [decision.actor for decision in found.control.decisions if decision.at_s == at_s]


def test_of_stops_at_one_instant_the_lowest_class_comes_first() -> None:
    """At 105 `b` wants a second replica, and a request meets `a` at zero: one core is left.

    Evaluations (class 5) come before arrivals (class 10), whichever deployment is first.
    """
    record = run(
        scaling("a", 0, 1, 0, at_s=[105], wait_s=1),
        scaling("b", 1, 2, 1, at_s=[1], wait_s=1000),  # its load is high from 5 on
        queues=cores(2),
        horizon_s=120,
    )

    granted = [
        (one.name, transition.at_s)
        for one in record.deployments
        for transition in one.control.transitions
        if transition.after is ReplicaState.STARTING
    ]
    assert granted == [("b", 105.0)]


REPLACED = event(
    "replace",
    50,
    deployment="waits",
    runtime_configuration=configuration(**scaled(1, 3), memory="2GiB"),
)
"""The new revision's replica waits for a core."""


@pytest.mark.parametrize("waits_first", [True, False])
def test_at_an_evaluation_that_acts_only_those_of_earlier_deployments_have_been(
    *, waits_first: bool
) -> None:
    """At 100 `gives` drops an idle replica, whose core goes to `waits` before anything else.

    `waits` sees its high load for the first time at 100 too: if it comes first in the file, before
    the grant, else after it.
    """
    waits = scaling("waits", 1, 3, 1, at_s=[97], wait_s=500)
    gives = scaling("gives", 1, 2, 2)
    pair = (waits, gives) if waits_first else (gives, waits)

    record = run(*pair, queues=cores(3), horizon_s=120, timeline=[REPLACED])

    expected = ["autoscaler", "queue"] if waits_first else ["queue", "autoscaler"]
    assert decided(record, "waits", 100.0) == expected


@pytest.mark.parametrize("waits_first", [True, False])
def test_at_the_end_of_a_request_all_evaluations_of_the_instant_have_been(
    *, waits_first: bool
) -> None:
    """`gives` is disabled at 100; its last request ends at 105 and gives its core back.

    That is class 7, and `waits` sees its high load for the first time at 105 in class 5.
    """
    waits = scaling("waits", 1, 3, 1, at_s=[102], wait_s=500)
    gives = scaling("gives", 1, 1, 1, at_s=[95], wait_s=10)
    pair = (waits, gives) if waits_first else (gives, waits)
    events = [REPLACED, event("disable", 100, deployment="gives")]

    record = run(*pair, queues=cores(2), horizon_s=120, timeline=events)

    assert decided(record, "waits", 105.0) == ["autoscaler", "queue"]


def test_what_evaluations_saw_stands_before_what_control_wrote_later() -> None:
    """`a` is held by its timer from 5 on, which nobody has written down when a PUT comes at 12.

    It asks for a replica that finds no core, so that nothing of it concerns the requests.
    """
    put = event("replace", 12, runtime_configuration=configuration(**scaled(1, 2), memory="2GiB"))

    record = run(
        scaling("a", 1, 2, 1, at_s=[1], wait_s=100), queues=cores(1), horizon_s=20, timeline=[put]
    )

    decisions = record.deployments[0].control.decisions
    assert [(one.at_s, one.actor, one.action) for one in decisions] == [
        (5.0, "autoscaler", "held"),
        (12.0, "rollout", "replace"),
        (12.0, "queue", "held"),
    ]


def test_what_was_served_ahead_is_taken_back() -> None:
    """After the hang at 10 the first would end at 52 and the second at 55, before the horizon, 60.

    The hang at 20 does not end: at the horizon the first runs and the second waits.
    """
    record = run(
        deployment(at_s=[1, 2], wait_s=[50, 3], autoscaler={"evaluation_interval_s": 10.0}),
        horizon_s=60,
        timeline=[hang(10), hang(20, 100.0)],
    )

    names = ("start_at_s", "answered_at_s", "released_at_s", "replica", "thread", "outcome")
    assert attempts(record, *names) == [
        (1.0, None, None, 0, 0, "running"),
        (None, None, None, None, None, "queued"),
    ]


def test_disabling_fails_the_queue_at_that_instant_and_not_what_runs() -> None:
    """Both were served ahead, to 51 and 54, when the deployment was disabled at 10."""
    record = run(deployment(at_s=[1, 2], wait_s=[50, 3]), timeline=[event("disable", 10)])

    assert attempts(record, "start_at_s", "answered_at_s", "outcome") == [
        (1.0, 51.0, "completed"),
        (None, 10.0, "disabled"),
    ]


def test_a_plane_that_grew_while_it_was_ahead_goes_back() -> None:
    """It has looked at 200 evaluations, and goes back over them all when control comes at 100.5."""
    built = scenario(
        deployment(at_s=[1, 99, 100.25], wait_s=1, autoscaler={"evaluation_interval_s": 0.5}),
        deployment(name="b"),
        horizon_s=110,
        timeline=[{**hang(100), "deployment": "b"}, hang(100.5)],
    )

    assert difference_of_engines(built) is None


def test_a_retry_is_of_the_source_of_its_request() -> None:
    """The requests of two sources in turn, and then the first one's retry at 11."""
    sources = [
        {"kind": "instants", "name": name, "at_s": at_s}
        for name, at_s in (("even", [1, 3]), ("odd", [2, 4]))
    ]

    record = run(
        deployment(traffic=sources, wait_s=1, client=CUSTOM | {"backoff_s": [10.0]}),
        timeline=[event("disable", 0), event("start", 1.5)],
    )

    assert attempts(record, "request", "source") == [(0, 0), (1, 1), (2, 0), (3, 1), (0, 0)]


def test_those_who_back_off_are_told_in_order_of_their_numbers() -> None:
    """At 40.5 the first waits from its second attempt, at 2, until 52; the other one until 41."""
    record = run(
        deployment(at_s=[1, 40], wait_s=1, client=CUSTOM | {"backoff_s": [1.0, 50.0]}),
        horizon_s=40.5,
        timeline=[event("disable", 0)],
    )

    assert record.deployments[0].backing_off.tolist() == [0, 1]
