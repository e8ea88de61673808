"""Stalled, deadlocked, never fits, given up: each sentence of "What comes out", worked by hand.

A start takes 2 s here (`builders.FAST_START`: container 1 s, model 1 s, a probe each second), and
replicas have one core each unless a PUT says otherwise.
"""

from typing import Any

import pytest

from builders import FAST_START, configuration, deployment, run, scenario
from sim.reasons import Reason
from sim.record import GivenUp, Record, RolloutRecord, WhyNot
from sim.scenario.models.timeline import QueueLimitEvent
from sim.simulation.live import LiveSimulation
from sim.states import ReplicaState
from sim.waiting import Freed, Need, NeverFits, Stall, Wait

Plain = dict[str, Any]

SLOW_START: Plain = {**FAST_START, "container_start_s": 30.0}


def event(what: str, at_s: float, **fields: Any) -> Plain:
    """Return an event; of deployment `a` unless it names another one, or a queue."""
    of = {} if "queue" in fields else {"deployment": "a"}
    return {"event": what, "at_s": at_s, **of, **fields}


def put(at_s: float, deployment: str = "a", **wire: Any) -> Plain:
    """Return a replace event."""
    body = configuration(**wire)
    return event("replace", at_s, deployment=deployment, runtime_configuration=body)


def limit(at_s: float, cores: int) -> Plain:
    """Return an event that sets the limit of queue `cpu`."""
    return event("queue_limit", at_s, queue="cpu", limit_millicores=cores * 1000)


def cores(limit: int, **tenants: int) -> list[Plain]:
    """Return one vCPU queue with a limit and tenants in whole cores."""
    holds = {name: count * 1000 for name, count in tenants.items()}
    return [{"kind": "vcpu", "name": "cpu", "limit_millicores": limit * 1000, "tenants": holds}]


def t4(limit: int) -> list[Plain]:
    """Return one vGPU queue of T4s."""
    return [{"kind": "vgpu", "name": "gpu", "limits": {"T4": limit}}]


def rollouts(record: Record) -> list[RolloutRecord]:
    """Return the rollouts of the first deployment."""
    return record.deployments[0].control.rollouts


def waits(record: Record) -> list[Wait]:
    """Return the waits of the first deployment."""
    return record.deployments[0].control.waits


def only_stall(record: Record) -> Stall:
    """Return the only stall of the only rollout."""
    (rollout,) = rollouts(record)
    (stall,) = rollout.stalls
    return stall


# Never fits ------------------------------------------------------------------------------------


def test_what_can_never_fit_is_no_stall_and_no_deadlock() -> None:
    """8 cores are asked for, the queue has 6."""
    record = run(deployment(replica=FAST_START), queues=cores(6), timeline=[put(10.0, threads=8)])

    (rollout,) = rollouts(record)
    assert rollout.stalls == []
    assert rollout.never_fits == NeverFits(Need("cpu", "vcpu", None, 8000), None, 6000)
    assert rollout.why_not_switched is not None
    assert rollout.why_not_switched.reason is Reason.NEVER_FITS
    assert [(wait.reason, wait.ended) for wait in waits(record)] == [(Reason.NEVER_FITS, "open")]


def test_without_queues_whatever_is_asked_for_fits() -> None:
    """A replica that still starts when the run ends waits for nothing, and always fits."""
    record = run(deployment(replica=SLOW_START), timeline=[put(90.0, threads=8)])

    (rollout,) = rollouts(record)
    assert (rollout.ended, rollout.never_fits, rollout.stalls) == ("open", None, [])
    assert waits(record) == []


def test_a_queue_may_be_called_unlimited() -> None:
    """4 T4 of the 2 in a queue of that name: the line of those who stand in no queue is another."""
    queues = [{"kind": "vgpu", "name": "unlimited", "limits": {"T4": 2}}]
    record = run(
        deployment(wire={"gpus": 1}, replica=FAST_START),
        queues=queues,
        timeline=[put(10.0, gpus=4)],
    )

    assert rollouts(record)[0].never_fits == NeverFits(Need("unlimited", "vgpu", "T4", 4), "T4", 2)


def test_gpus_can_never_fit_either() -> None:
    """4 T4 of 2; given up at 20, before anything counts as stalled."""
    record = run(
        deployment(wire={"gpus": 1}, replica=FAST_START),
        queues=t4(2),
        timeline=[put(10.0, gpus=4), put(20.0, gpus=1)],
    )

    (rollout,) = rollouts(record)
    assert rollout.never_fits == NeverFits(Need("gpu", "vgpu", "T4", 4), "T4", 2)
    assert (rollout.ended, rollout.stalls) == ("cancelled", [])
    (wait,) = waits(record)
    assert (wait.reason, wait.until_s, wait.ended) == (Reason.NEVER_FITS, 20.0, "withdrawn")


def test_a_limit_that_will_be_raised_counts_from_the_start() -> None:
    """8 cores from 90 on: until then a stall, and a deadlock at the end: 7 of them are free."""
    record = run(
        deployment(replica=FAST_START),
        queues=cores(6),
        timeline=[put(10.0, threads=8), limit(90.0, 8)],
    )

    assert rollouts(record)[0].never_fits is None
    stall = only_stall(record)
    assert (stall.since_s, stall.until_s, stall.is_deadlocked) == (10.0, None, True)
    assert stall.holders == ()  # when it was noted, at 70, the limit alone was in its way
    assert [wait.reason for wait in waits(record)] == [Reason.ABOVE_LIMIT]


def test_a_raised_limit_ends_a_stall() -> None:
    """9 cores from 80 on are enough beside the old replica's one."""
    record = run(
        deployment(replica=FAST_START),
        queues=cores(6),
        timeline=[put(10.0, threads=8), limit(80.0, 9)],
    )

    stall = only_stall(record)
    assert (stall.since_s, stall.until_s, stall.is_deadlocked) == (10.0, 80.0, False)
    assert stall.freed_by == Freed(Reason.LIMIT_RAISED)
    assert rollouts(record)[0].switched_at_s == 82.0


def test_a_lower_limit_makes_nothing_impossible_that_once_fitted() -> None:
    """8 cores were there at first: a stall in a queue of 6, and no deadlock either."""
    record = run(
        deployment(replica=FAST_START),
        queues=cores(8),
        timeline=[limit(5.0, 6), put(10.0, threads=8)],
    )

    assert rollouts(record)[0].never_fits is None
    stall = only_stall(record)
    assert (stall.until_s, stall.is_deadlocked) == (None, False)


def test_a_limit_that_a_live_run_learns_of_counts_from_then() -> None:
    """Above the limit since 10; at 50 it is raised to 8, all of which the old one's going frees."""
    spec = scenario(
        deployment(replica=FAST_START), queues=cores(6), timeline=[put(10.0, threads=8)]
    )
    simulation = LiveSimulation(spec, engine="reference")
    simulation.advance(50.0)
    simulation.submit(QueueLimitEvent.model_validate(limit(50.0, 8)))
    record = simulation.finish()

    assert rollouts(record)[0].never_fits is None
    assert only_stall(record).is_deadlocked
    assert [wait.reason for wait in waits(record)] == [Reason.ABOVE_LIMIT]


def test_a_first_start_can_never_fit() -> None:
    """Without any rollout: 8 of 6 cores, from the start to the end."""
    record = run(
        deployment(wire={"threads": 8}, initial={"kind": "cold"}, replica=FAST_START),
        queues=cores(6),
    )

    (wait,) = waits(record)
    assert (wait.since_s, wait.until_s, wait.reason) == (0.0, None, Reason.NEVER_FITS)
    assert wait.never_fits == NeverFits(Need("cpu", "vcpu", None, 8000), None, 6000)
    assert wait.holders == ()


def test_a_replica_from_zero_can_never_fit() -> None:
    """The first request, at 12, asks for 3 T4 of 2."""
    record = run(
        deployment(
            at_s=[12.0],
            wait_s=1.0,
            wire={"gpus": 3, "minReplicas": 0, "maxReplicas": 1},
            initial={"kind": "responsive", "responsive_count": 0},
            replica=FAST_START,
        ),
        queues=t4(2),
    )

    (wait,) = waits(record)
    assert (wait.since_s, wait.until_s, wait.reason) == (12.0, None, Reason.NEVER_FITS)
    assert wait.never_fits == NeverFits(Need("gpu", "vgpu", "T4", 3), "T4", 2)


def test_who_stands_behind_what_can_never_fit_is_told_so() -> None:
    """`b` wants 8 of 6 cores from 5 on; the rollout of `a`, which would fit, waits behind it."""
    other = deployment(wire={"threads": 8}, initial={"kind": "disabled"}, replica=FAST_START)
    record = run(
        deployment(replica=FAST_START),
        {**other, "name": "b"},
        queues=cores(6),
        timeline=[event("start", 5.0, deployment="b"), put(10.0, memory="2GiB")],
    )

    stall = only_stall(record)
    assert (stall.since_s, stall.until_s, stall.is_deadlocked) == (10.0, None, False)
    (wait,) = waits(record)
    assert wait.reason is Reason.BEHIND_NEVER_FITS
    assert wait.never_fits == NeverFits(Need("cpu", "vcpu", None, 8000), None, 6000)
    assert wait.cause.ahead is not None
    assert (wait.cause.ahead.deployment, wait.cause.ahead.replica) == ("b", 0)
    assert rollouts(record)[0].never_fits is None


# Deadlocked ------------------------------------------------------------------------------------


def test_a_deadlock_needs_not_all_of_the_queue() -> None:
    """A tenant holds 1 of 4 cores, the old revision 2, one is free, and 2 are needed."""
    record = run(
        deployment(wire={"replicas": 2}, replica=FAST_START),
        queues=cores(4, others=1),
        timeline=[put(10.0, threads=2)],
    )

    assert only_stall(record).is_deadlocked


def test_what_the_old_revision_holds_may_be_too_little() -> None:
    """A tenant holds 3 of 4 cores, the old revision 1: without it 1 is free, and 2 are needed."""
    record = run(
        deployment(replica=FAST_START), queues=cores(4, others=3), timeline=[put(10.0, threads=2)]
    )

    assert not only_stall(record).is_deadlocked


@pytest.mark.parametrize(("asks_at_s", "is_deadlock"), [(5.0, False), (15.0, True)])
def test_who_is_ahead_takes_what_would_come_free(asks_at_s: float, *, is_deadlock: bool) -> None:
    """`b` wants one of the two cores: asked before the PUT it would have it, asked later not."""
    other = deployment(initial={"kind": "disabled"}, replica=FAST_START)
    record = run(
        deployment(wire={"threads": 2}, replica=FAST_START),
        {**other, "name": "b"},
        queues=cores(2),
        timeline=[
            event("start", asks_at_s, deployment="b"),
            put(10.0, threads=2, memory="2GiB"),
        ],
    )

    assert only_stall(record).is_deadlocked == is_deadlock


def test_who_of_the_old_revision_is_ahead_is_gone_too() -> None:
    """The old revision wants a second replica since 5: it would go with the rest of it."""
    record = run(
        deployment(replica=FAST_START),
        queues=cores(1),
        timeline=[put(5.0, replicas=2, threads=1), put(10.0, memory="2GiB")],
    )

    assert only_stall(record).is_deadlocked


def test_a_deadlock_in_one_of_two_queues() -> None:
    """The only T4 is held by the old replica; cores are there."""
    record = run(
        deployment(wire={"gpus": 1}, replica=FAST_START),
        queues=[*cores(9), *t4(1)],
        timeline=[put(10.0, gpus=1, memory="2GiB")],
    )

    stall = only_stall(record)
    assert (stall.resource, stall.is_deadlocked) == ("gpu", True)


def test_a_deadlock_is_judged_when_the_rollout_is_given_up() -> None:
    """Two PUTs, at 10 and at 80, wait for the only core, which the old replica holds."""
    record = run(
        deployment(replica=FAST_START),
        queues=cores(1),
        timeline=[put(10.0, memory="2GiB"), put(80.0, memory="3GiB")],
    )

    first, second = (rollout.stalls[0] for rollout in rollouts(record))
    assert (first.since_s, first.until_s, first.is_deadlocked) == (10.0, 80.0, True)
    assert (second.since_s, second.until_s, second.is_deadlocked) == (80.0, None, True)
    assert first.freed_by is second.freed_by is None


def test_a_rollout_that_was_given_up_in_time_was_no_deadlock() -> None:
    """A tenant has left at 75: at 80, after all grants, nothing is left in line."""
    record = run(
        deployment(replica=SLOW_START),
        queues=cores(2, others=1),
        timeline=[
            put(10.0, memory="2GiB"),
            event("tenant", 75.0, queue="cpu", tenant="others", use=0),
            put(80.0, memory="3GiB"),
        ],
    )

    (stall,) = rollouts(record)[0].stalls
    assert (stall.until_s, stall.is_deadlocked) == (75.0, False)
    assert stall.freed_by == Freed(Reason.TENANT_LEFT, "others")


def test_a_rollout_that_switches_when_all_serve_is_deadlocked_by_one() -> None:
    """One of two serves, the other waits for the old one's core: that goes at the switch only."""
    record = run(
        deployment(replica=FAST_START, rollout={"switch_when": "all"}),
        queues=cores(2),
        timeline=[put(10.0, replicas=2, threads=1, memory="2GiB")],
    )

    stall = only_stall(record)
    assert rollouts(record)[0].switched_at_s is None
    assert (stall.until_s, stall.is_deadlocked) == (None, True)


def test_a_rollout_of_which_one_is_starting_is_no_deadlock() -> None:
    """The first of two starts when the run ends, and will switch; the other waits for that."""
    record = run(
        deployment(replica={**FAST_START, "container_start_s": 95.0}),
        queues=cores(2),
        timeline=[put(10.0, replicas=2, threads=1, memory="2GiB")],
    )

    stall = only_stall(record)
    assert (stall.until_s, stall.is_deadlocked) == (None, False)
    assert rollouts(record)[0].why_not_switched == WhyNot(Reason.STILL_STARTING)


DRAINING: Plain = {
    "wire": {"replicas": 2, "threads": 4, "cpu": 1.0, "minReplicas": 1, "maxReplicas": 2,
             "scalingConfiguration": {
                 "scaleUpLoadThreshold": 0.75,
                 "scaleUpDelay": {"value": 1, "unit": "MINUTES"},
                 "scaleDownDelay": {"value": 20, "unit": "SECONDS"}}},
    "initial": {"kind": "responsive", "responsive_count": 2},
    "at_s": [5.0, 5.0],
    "wait_s": 200.0,
    "autoscaler": {"evaluation_interval_s": 10.0},
}  # fmt: skip
"""Two replicas of four threads with a request each until 205; one goes at 20, and drains."""


@pytest.mark.parametrize(("asked", "is_deadlock"), [(1.0, False), (2.0, True)])
def test_what_drains_goes_by_itself(asked: float, *, is_deadlock: bool) -> None:
    """Load is 2 / 8 at 10 and 20, and 0 at 0: the third evaluation takes a replica.

    One core of the two will come free without the rollout; if it needs both, it is a deadlock.
    """
    record = run(
        deployment(**DRAINING, replica=FAST_START),
        queues=cores(2),
        timeline=[put(15.0, cpu=asked, threads=4, memory="2GiB")],
    )

    stall = only_stall(record)
    states = [holder.state for holder in stall.holders]
    assert states == [ReplicaState.RESPONSIVE, ReplicaState.DECOMMISSIONED]
    assert (stall.until_s, stall.is_deadlocked) == (None, is_deadlock)


# Stalls that end -------------------------------------------------------------------------------


def test_a_stall_ends_with_a_scale_down_of_the_old_revision() -> None:
    """Nobody calls: at 20 the third evaluation without load takes one of two, at once."""
    settings = {**DRAINING, "at_s": []}
    record = run(
        deployment(**settings, replica=FAST_START, rollout={"stall_after_s": 5.0}),
        queues=cores(2),
        timeline=[put(10.0, cpu=1.0, threads=4, memory="2GiB")],
    )

    stall = only_stall(record)
    assert (stall.since_s, stall.until_s, stall.is_deadlocked) == (10.0, 20.0, False)
    assert stall.freed_by == Freed(Reason.SCALE_DOWN, "a", 0, Reason.NOTHING_IN_FLIGHT)


def test_a_stall_ends_when_a_draining_replica_is_killed() -> None:
    """The old one drains since the switch at 12 and would until 90; a fault kills it at 50."""
    record = run(
        deployment(at_s=[5.0], wait_s=85.0, replica=FAST_START, rollout={"stall_after_s": 20.0}),
        queues=cores(2),
        timeline=[
            put(10.0, replicas=2, threads=1, memory="2GiB"),
            event("kill", 50.0, replicas={"numbers": [0]}),
        ],
    )

    stall = only_stall(record)
    assert (stall.since_s, stall.until_s) == (12.0, 50.0)
    assert stall.freed_by == Freed(Reason.SWITCHED, "a", 0, Reason.KILLED)


def test_a_stall_of_no_length_is_none() -> None:
    """The second of two waits from 10 to the switch at 12, which frees it at that instant."""
    record = run(
        deployment(wire={"replicas": 2}, replica=FAST_START, rollout={"stall_after_s": 1.0}),
        queues=cores(3),
        timeline=[put(10.0, replicas=2, threads=1, memory="2GiB")],
    )

    stall = only_stall(record)
    assert (stall.since_s, stall.until_s) == (10.0, 12.0)
    assert stall.freed_by == Freed(Reason.SWITCHED, "a", 0, Reason.NOTHING_IN_FLIGHT)


def test_a_stall_whose_replica_is_withdrawn_was_freed_by_nobody() -> None:
    """Of three one is granted at 40; a PUT at 80 asks for one only: the others are withdrawn."""
    record = run(
        deployment(replica=SLOW_START, rollout={"stall_after_s": 20.0, "switch_when": "all"}),
        queues=cores(2, others=1),
        timeline=[
            put(10.0, replicas=3, threads=1, memory="2GiB"),
            event("tenant", 40.0, queue="cpu", tenant="others", use=0),
            put(60.0, replicas=1, threads=1, memory="2GiB"),
        ],
    )

    stall = only_stall(record)
    assert (stall.since_s, stall.until_s, stall.freed_by) == (10.0, 60.0, None)
    assert [(wait.until_s, wait.ended) for wait in waits(record)] == [
        (40.0, "granted"),
        (60.0, "withdrawn"),
        (60.0, "withdrawn"),
    ]


# Superseded, cancelled, done --------------------------------------------------------------------


def ends(record: Record) -> list[tuple[str, float | None]]:
    """Return how and when each rollout ended."""
    return [(rollout.ended, rollout.ended_at_s) for rollout in rollouts(record)]


NOT_FULL: Plain = {"replica": {**FAST_START, "backoff": {"initial_s": 60.0}}}
KILL_ONE: Plain = event("kill", 10.5, replicas={"numbers": [3]})
"""The second of the first rollout's two replicas, which starts again a minute later."""


def test_a_rollout_that_was_not_full_ends_with_its_revision() -> None:
    """Revision 1 has one of two when revision 2 takes over at 22: all of it goes at once."""
    record = run(
        deployment(wire={"replicas": 2}, **NOT_FULL),
        timeline=[event("publish", 10.0), KILL_ONE, event("publish", 20.0)],
    )

    assert ends(record) == [("superseded", 22.0), ("done", 22.0)]
    first = rollouts(record)[0]
    assert first.given_up_by == GivenUp(20.0, "publish", Reason.SWITCHED, 2)
    assert (first.full_at_s, first.failed_starts) == (None, {Reason.KILLED: 1})


def test_a_rollout_that_was_not_full_is_followed_while_its_revision_drains() -> None:
    """A request of 50 s runs on revision 1 since 15; it is gone at 65."""
    record = run(
        deployment(at_s=[15.0], wait_s=50.0, wire={"replicas": 2}, **NOT_FULL),
        timeline=[event("publish", 10.0), KILL_ONE, event("publish", 20.0)],
    )

    assert ends(record) == [("superseded", 65.0), ("done", 65.0)]


def test_a_full_rollout_is_superseded_while_older_replicas_are_left() -> None:
    """Revision 0 drains until 90; revision 1 is full at 12 and gone at 22, when 2 takes over."""
    record = run(
        deployment(at_s=[5.0], wait_s=85.0, replica=FAST_START),
        timeline=[put(10.0, memory="2GiB"), put(20.0, memory="3GiB")],
    )

    assert ends(record) == [("superseded", 22.0), ("done", 90.0)]
    assert rollouts(record)[0].full_at_s == 12.0
    assert rollouts(record)[0].gone_at_s is None


def test_a_full_rollout_is_done_when_the_older_replicas_are_gone_before_its_own() -> None:
    """Revision 0 drains until 30, revision 1, replaced at 22, until 75."""
    record = run(
        deployment(at_s=[5.0, 15.0], wait_s=[25.0, 60.0], replica=FAST_START),
        timeline=[put(10.0, memory="2GiB"), put(20.0, memory="3GiB")],
    )

    assert ends(record) == [("done", 30.0), ("done", 75.0)]
    assert rollouts(record)[0].given_up_by is None


def test_a_rollout_that_still_waits_when_it_is_replaced_is_never_done() -> None:
    """Revision 1 wants two T4 of one: full with one at 12, as one thread was there at the PUT.

    The other waits until revision 2, which needs none and so waits for nobody, takes over at 22.
    """
    record = run(
        deployment(replica=FAST_START),
        queues=t4(1),
        timeline=[put(10.0, replicas=2, threads=1, gpus=1), put(20.0, memory="2GiB")],
    )

    first = rollouts(record)[0]
    assert (first.full_at_s, first.gone_at_s) == (12.0, 12.0)
    assert ends(record) == [("superseded", 22.0), ("done", 22.0)]
    assert [(wait.until_s, wait.ended) for wait in waits(record)] == [(22.0, "withdrawn")]


def test_disabling_ends_a_rollout_that_was_not_complete() -> None:
    """It had switched: cancelled when its revision is gone, at once here."""
    record = run(
        deployment(wire={"replicas": 2}, **NOT_FULL),
        timeline=[event("publish", 10.0), KILL_ONE, event("disable", 20.0)],
    )

    assert ends(record) == [("cancelled", 20.0)]
    assert rollouts(record)[0].given_up_by == GivenUp(20.0, "disable", Reason.DISABLED)


# Why it did not switch, and what gave it up -----------------------------------------------------


@pytest.mark.parametrize(
    ("given_up", "by", "ended"),
    [
        (put(15.0, memory="3GiB"), ("replace", Reason.SUPERSEDED, 2), "superseded"),
        (event("publish", 15.0), ("publish", Reason.SUPERSEDED, 2), "superseded"),
        (put(15.0), ("replace", Reason.REVERTED, None), "cancelled"),
        (put(15.0, replicas=2), ("replace", Reason.CHANGED_IN_PLACE, None), "cancelled"),
        (event("disable", 15.0), ("disable", Reason.DISABLED, None), "cancelled"),
    ],
    ids=["replace", "publish", "revert", "in place", "disable"],
)
def test_what_gave_a_rollout_up_is_known(given_up: Plain, by: tuple[Any, ...], ended: str) -> None:
    """The event, its instant, what it meant, and the revision that it made."""
    record = run(deployment(replica=SLOW_START), timeline=[put(10.0, memory="2GiB"), given_up])

    first = rollouts(record)[0]
    assert (first.ended, first.ended_at_s) == (ended, 15.0)
    assert first.given_up_by == GivenUp(15.0, *by)
    assert first.why_not_switched == WhyNot(Reason.GIVEN_UP_EARLY)


@pytest.mark.parametrize(
    ("given_up", "effect"),
    [
        (
            put(15.0, replicas=2),
            "bounds or scaling of the active revision change in place; "
            "pending revision 1 is given up",
        ),
        (put(15.0), "equals the active revision: pending revision 1 is given up"),
        (put(15.0, memory="3GiB"), "a new revision is rolled out; pending revision 1 is given up"),
        (event("publish", 15.0), "a new revision is rolled out; pending revision 1 is given up"),
        (event("disable", 15.0), "disabled; pending revision 1 is given up"),
        (put(15.0, memory="2GiB"), "nothing to change"),
        (
            put(15.0, memory="2GiB", replicas=2),
            "bounds or scaling of the pending revision change in place",
        ),
    ],
)
def test_an_event_says_which_pending_revision_it_gives_up(given_up: Plain, effect: str) -> None:
    """With its number; and nothing of the kind where it goes on."""
    record = run(deployment(replica=SLOW_START), timeline=[put(10.0, memory="2GiB"), given_up])

    decisions = record.deployments[0].control.decisions
    assert [d.words for d in decisions if d.at_s == 15.0 and d.actor != "queue"] == [effect]


def test_a_pending_publish_is_not_given_up_by_a_change_in_place() -> None:
    """It has the active configuration, and changes with it."""
    record = run(
        deployment(replica=SLOW_START),
        timeline=[event("publish", 10.0), put(15.0, replicas=2)],
    )

    (decision,) = [d for d in record.deployments[0].control.decisions if d.at_s == 15.0]
    assert decision.words == "bounds or scaling of the active revision change in place"
    assert rollouts(record)[0].given_up_by is None


def test_failed_starts_are_counted_by_reason() -> None:
    """Starts at 10, 21, 42 and 83 fail a second later: waits of 10, 20 and 40 s between them."""
    record = run(
        deployment(replica=FAST_START),
        timeline=[event("fail_starts", 5.0, for_s=90.0), put(10.0, memory="2GiB")],
    )

    (rollout,) = rollouts(record)
    assert rollout.failed_starts == {Reason.START_FAULT: 4}
    assert rollout.why_not_switched == WhyNot(Reason.STARTS_FAILED)


def test_a_model_that_does_not_fit_fails_each_start() -> None:
    """The start of 10 fails at 12, those of 22 and 44 2 s later; given up at 50 while it waits."""
    record = run(
        deployment(replica={**FAST_START, "model_memory_bytes": 2**31}),
        timeline=[put(10.0, memory="1GiB"), put(50.0)],
    )

    (rollout,) = rollouts(record)
    assert rollout.failed_starts == {Reason.MODEL_MEMORY: 3}
    assert rollout.why_not_switched == WhyNot(Reason.STARTS_FAILED)


def test_a_start_that_failed_once_and_goes_on_elsewhere_is_not_the_reason() -> None:
    """One of two is killed at 20; the other has started without failure since 10, for 30 s."""
    record = run(
        deployment(replica=SLOW_START),
        timeline=[
            put(10.0, replicas=2, threads=1, memory="2GiB"),
            event("kill", 20.0, replicas={"numbers": [1]}),
            put(25.0),
        ],
    )

    (rollout,) = rollouts(record)
    assert rollout.failed_starts == {Reason.KILLED: 1}
    assert rollout.why_not_switched == WhyNot(Reason.GIVEN_UP_EARLY)


def test_a_rollout_that_was_still_in_line_names_for_whom() -> None:
    """Given up after 20 s: no stall yet, but the old replica held what it waited for."""
    record = run(
        deployment(replica=FAST_START),
        queues=cores(1),
        timeline=[put(10.0, memory="2GiB"), put(30.0)],
    )

    (rollout,) = rollouts(record)
    assert rollout.stalls == []
    why = rollout.why_not_switched
    assert why is not None
    assert why.reason is Reason.STILL_IN_LINE
    assert [(h.deployment, h.revision, h.amount) for h in why.holders] == [("a", 0, 1000)]
    assert why.cause is not None
    assert why.cause.words == "queue cpu has 0 of 1 cores free, 1 needed"


def test_failures_after_the_switch_are_not_the_rollouts() -> None:
    """Failed at 11, started again at 21, switched at 23; a request on the old one lasts to 90.

    So the rollout still goes on at 50, when its replica is killed.
    """
    record = run(
        deployment(at_s=[5.0], wait_s=85.0, replica=FAST_START),
        timeline=[
            event("fail_starts", 5.5, for_s=10.0),
            put(10.0, memory="2GiB"),
            event("kill", 50.0, replicas={"numbers": [1]}),
        ],
    )

    (rollout,) = rollouts(record)
    assert (rollout.switched_at_s, rollout.ended_at_s) == (23.0, 90.0)
    assert rollout.failed_starts == {Reason.START_FAULT: 1}
    assert rollout.why_not_switched is None
