"""Rollouts through the whole engine: when they switch, are full, are done, and what stalls them.

A start takes 2 s here (`builders.FAST_START`: container 1 s, model 1 s, a probe each second), and
replicas have one core each.
"""

from typing import Any

import pytest

from builders import FAST_START, configuration, deployment, run
from sim.reasons import Reason
from sim.record import DeploymentRecord, Record, RolloutRecord
from sim.states import ReplicaState
from sim.waiting import Stall

Plain = dict[str, Any]


def put(at_s: float, deployment_name: str = "a", **wire: Any) -> Plain:
    """Return a replace event."""
    body = configuration(**wire)
    return {
        "event": "replace", "at_s": at_s, "deployment": deployment_name,
        "runtime_configuration": body,
    }  # fmt: skip


def cores(limit: int, **tenants: int) -> list[Plain]:
    """Return one vCPU queue with a limit and tenants in whole cores."""
    holds = {name: count * 1000 for name, count in tenants.items()}
    queue = {"kind": "vcpu", "name": "cpu", "limit_millicores": limit * 1000, "tenants": holds}
    return [queue]


def first(record: Record) -> DeploymentRecord:
    """Return the first deployment."""
    return record.deployments[0]


def rollouts(record: Record) -> list[RolloutRecord]:
    """Return the rollouts of the first deployment."""
    return first(record).control.rollouts


def holders(stall: Stall) -> list[tuple[str, int | None, ReplicaState | None, int, int]]:
    """Return who holds what a stall waits for."""
    return [(h.deployment, h.revision, h.state, h.replicas, h.amount) for h in stall.holders]


def test_a_healthy_rollout() -> None:
    """Two replicas each: both new ones answer 2 s after the PUT, and the old ones go at once."""
    record = run(
        deployment(wire={"replicas": 2}, replica=FAST_START),
        timeline=[put(10.0, replicas=2, threads=2, cpu=1.0)],
    )

    (rollout,) = rollouts(record)
    assert (rollout.put_at_s, rollout.switched_at_s) == (10.0, 12.0)
    assert (rollout.full_at_s, rollout.gone_at_s, rollout.ended) == (12.0, 12.0, "done")
    assert (rollout.threads_at_put, rollout.millicores_at_put) == (2, 2000)
    assert rollout.stalls == []


def test_gone_waits_for_the_last_request_on_the_old_revision() -> None:
    """A request that started at 9 for 20 s keeps its replica until 29."""
    record = run(
        deployment(at_s=[9.0], wait_s=20.0, replica=FAST_START),
        timeline=[put(10.0, threads=2, cpu=1.0)],
    )

    (rollout,) = rollouts(record)
    assert (rollout.full_at_s, rollout.gone_at_s, rollout.ended) == (12.0, 29.0, "done")


def test_full_is_what_was_there_or_what_was_asked_for() -> None:
    """Three one-thread replicas become one with one thread: full at the switch, at 1 of 3."""
    record = run(
        deployment(wire={"replicas": 3}, replica=FAST_START),
        timeline=[put(10.0, replicas=1, threads=1, memory="2GiB")],
    )

    (rollout,) = rollouts(record)
    assert (rollout.switched_at_s, rollout.full_at_s) == (12.0, 12.0)
    assert [c.responsive_threads for c in first(record).control.capacity] == [3, 1]


def test_full_comes_after_the_switch_when_more_are_needed() -> None:
    """One core is spare: one new replica answers at 12, the other waits for it and does at 14."""
    record = run(
        deployment(wire={"replicas": 2}, replica=FAST_START),
        queues=cores(3),
        timeline=[put(10.0, replicas=2, threads=1, memory="2GiB")],
    )

    (rollout,) = rollouts(record)
    assert (rollout.switched_at_s, rollout.full_at_s) == (12.0, 14.0)
    assert rollout.stalls == []


def test_a_rollout_that_nothing_lets_in_is_deadlocked() -> None:
    """The old revision holds both cores; the stall is noted 60 s after the PUT, and never ends."""
    record = run(
        deployment(wire={"replicas": 2}, replica=FAST_START),
        queues=cores(2),
        timeline=[put(10.0, replicas=2, threads=2, cpu=1.0)],
    )

    (rollout,) = rollouts(record)
    (stall,) = rollout.stalls
    assert (rollout.switched_at_s, rollout.ended) == (None, "open")
    assert (stall.since_s, stall.until_s, stall.resource) == (10.0, None, "cpu")
    assert stall.is_deadlocked
    assert holders(stall) == [("a", 0, ReplicaState.RESPONSIVE, 2, 2000)]


def test_a_stall_that_a_tenant_may_end_is_no_deadlock() -> None:
    """The tenant leaves at 80: the stall of 70 s is over, and the rollout is done at 82."""
    record = run(
        deployment(replica=FAST_START),
        queues=cores(2, others=1),
        timeline=[
            put(10.0, threads=2, cpu=1.0),
            {"event": "tenant", "at_s": 80.0, "queue": "cpu", "tenant": "others", "use": 0},
        ],
    )

    (rollout,) = rollouts(record)
    (stall,) = rollout.stalls
    assert (stall.since_s, stall.until_s, stall.is_deadlocked) == (10.0, 80.0, False)
    assert ("others", None, None, 0, 1000) in holders(stall)
    assert rollout.full_at_s == 82.0


def test_a_second_stall_after_the_switch_names_the_draining_ones() -> None:
    """The first of two takes over at 12; the other waits for the old one, which drains until 90."""
    record = run(
        deployment(at_s=[5.0], wait_s=85.0, replica=FAST_START),
        queues=cores(2),
        timeline=[put(10.0, replicas=2, threads=1, memory="2GiB")],
    )

    (rollout,) = rollouts(record)
    (stall,) = rollout.stalls
    assert rollout.switched_at_s == 12.0
    assert (stall.since_s, stall.until_s, stall.is_deadlocked) == (12.0, 90.0, False)
    assert ("a", 0, ReplicaState.DECOMMISSIONED, 1, 1000) in holders(stall)
    assert (rollout.full_at_s, rollout.gone_at_s) == (12.0, 90.0)


def test_waiting_at_the_horizon_is_a_stall() -> None:
    """Nobody has waited for 60 s yet, but the run is over and the replica is still in line."""
    record = run(
        deployment(replica=FAST_START),
        queues=cores(1),
        timeline=[put(90.0, threads=2, cpu=1.0)],
    )

    (rollout,) = rollouts(record)
    assert [(stall.since_s, stall.until_s) for stall in rollout.stalls] == [(90.0, None)]


def test_a_newer_put_supersedes_a_pending_one() -> None:
    """The second PUT, one second later, gives up the first; its replica is deleted in STARTING."""
    record = run(
        deployment(replica={**FAST_START, "container_start_s": 5.0}),
        timeline=[put(10.0, threads=2, cpu=1.0), put(11.0, threads=3, cpu=1.0)],
    )

    one, other = rollouts(record)
    assert (one.ended, one.ended_at_s, one.switched_at_s) == ("superseded", 11.0, None)
    assert (other.ended, other.switched_at_s) == ("done", 17.0)
    moves = [(t.replica, t.after.name) for t in first(record).control.transitions if t.at_s == 11.0]
    assert moves[0] == (1, "DELETED")


def test_a_put_of_what_is_active_reverts() -> None:
    """The pending revision is given up, and the active one serves on."""
    record = run(
        deployment(replica=FAST_START),
        timeline=[put(10.0, threads=2, cpu=1.0), put(11.0)],
    )

    (rollout,) = rollouts(record)
    assert (rollout.ended, rollout.ended_at_s) == ("cancelled", 11.0)
    assert [r.retired_at_s for r in first(record).control.revisions] == [None, 11.0]


def test_bounds_alone_change_in_place() -> None:
    """From 1 to 3 replicas: two are requested at the PUT, no revision is made."""
    record = run(
        deployment(replica=FAST_START),
        timeline=[put(10.0, replicas=3, threads=1)],
    )

    assert rollouts(record) == []
    created = [t.at_s for t in first(record).control.transitions if t.before is None]
    assert created == [0.0, 10.0, 10.0]


def test_the_other_reading_rolls_out_a_change_of_bounds() -> None:
    """`scaling_only: rollout`: a revision of three replicas takes over."""
    record = run(
        deployment(replica=FAST_START, rollout={"scaling_only": "rollout"}),
        timeline=[put(10.0, replicas=3, threads=1)],
    )

    (rollout,) = rollouts(record)
    assert (rollout.switched_at_s, rollout.full_at_s) == (12.0, 12.0)


def test_a_pending_publish_changes_its_bounds_with_the_active_revision() -> None:
    """The PUT changes bounds only: both revisions get them, and the publish goes on."""
    record = run(
        deployment(replica={**FAST_START, "container_start_s": 5.0}),
        timeline=[
            {"event": "publish", "at_s": 10.0, "deployment": "a"},
            put(11.0, replicas=2, threads=1),
        ],
    )

    (rollout,) = rollouts(record)
    assert (rollout.cause, rollout.ended) == ("publish", "done")
    revisions = first(record).control.revisions
    assert [r.configuration.max_replicas for r in revisions] == [2, 2]
    created = [(t.at_s, t.revision) for t in first(record).control.transitions if t.before is None]
    assert created == [(0.0, 0), (10.0, 1), (11.0, 1), (11.0, 0)]


@pytest.mark.parametrize("pending", ["publish", "replace"])
def test_a_pending_revision_takes_over_when_a_put_leaves_only_responsive_ones(
    pending: str,
) -> None:
    """One of two new replicas waits for a core; a maximum of one lets it go, and that was all."""
    began: Plain = {"event": "publish", "at_s": 10.0, "deployment": "a"}
    memory: Plain = {}
    if pending == "replace":
        memory = {"memory": "2GiB"}
        began = put(10.0, replicas=2, threads=1, **memory)
    record = run(
        deployment(wire={"replicas": 2}, replica=FAST_START, rollout={"switch_when": "all"}),
        queues=cores(3),
        timeline=[began, put(20.0, replicas=1, threads=1, **memory)],
    )

    (rollout,) = rollouts(record)
    assert (rollout.switched_at_s, rollout.full_at_s, rollout.ended) == (20.0, 20.0, "done")
    assert [r.configuration.max_replicas for r in first(record).control.revisions] == [2, 1]
    requested = [t.revision for t in first(record).control.transitions if t.before is None]
    assert requested == [0, 0, 1, 1]


def test_switching_when_all_are_responsive() -> None:
    """With one spare core of two needed, `all` never switches: the old one holds the other.

    That is a deadlock: the old one goes at the switch.
    """
    settings: Plain = {"wire": {"replicas": 1}, "replica": FAST_START}
    timeline = [put(10.0, replicas=2, threads=1, memory="2GiB")]
    both = run(
        deployment(**settings, rollout={"switch_when": "all"}), queues=cores(3), timeline=timeline
    )
    stuck = run(
        deployment(**settings, rollout={"switch_when": "all"}), queues=cores(2), timeline=timeline
    )

    assert rollouts(both)[0].switched_at_s == 12.0
    (rollout,) = rollouts(stuck)
    assert rollout.switched_at_s is None
    assert [stall.is_deadlocked for stall in rollout.stalls] == [True]


def test_the_current_number_of_replicas_avoids_the_cliff() -> None:
    """`initial_replicas: current`: three live ones, so that three are asked for, not one."""
    wide: Plain = {"minReplicas": 1, "maxReplicas": 3}
    record = run(
        deployment(
            wire=wide,
            initial={"kind": "responsive", "responsive_count": 3},
            replica=FAST_START,
            rollout={"initial_replicas": "current"},
        ),
        timeline=[put(10.0, **wide, memory="2GiB")],
    )

    assert [c.responsive_threads for c in first(record).control.capacity] == [3]


def test_sources_are_refused_while_running_and_stored_while_disabled() -> None:
    """409 while enabled: nothing changes. Disabled, they are stored and used by the next start."""
    sources = ["ri.magritte..source.1"]
    record = run(
        deployment(replica=FAST_START),
        timeline=[
            put(10.0, sources=sources),
            {"event": "disable", "at_s": 20.0, "deployment": "a"},
            put(30.0, sources=sources),
            {"event": "start", "at_s": 40.0, "deployment": "a"},
        ],
    )

    control = first(record).control
    assert [d.reason for d in control.decisions if d.action == "replace"] == [
        Reason.PUT_REFUSED,
        Reason.PUT_STORED,
    ]
    assert [tuple(r.configuration.sources) for r in control.revisions] == [(), tuple(sources)]
    assert [(s.at_s, s.state.name, s.is_ready) for s in control.statuses] == [
        (0.0, "ACTIVE", True),
        (20.0, "DISABLED", False),
        (40.0, "STARTING", False),
        (42.0, "ACTIVE", True),
    ]


def test_a_stall_names_its_holders_as_they_are_then() -> None:
    """The old replica hangs at 20 and misses three probes by 22; the stall is noted at 70."""
    record = run(
        deployment(replica=FAST_START),
        queues=cores(1),
        timeline=[
            put(10.0, memory="2GiB"),
            {"event": "hang", "at_s": 20.0, "deployment": "a", "replicas": "all"},
        ],
    )

    (rollout,) = rollouts(record)
    assert holders(rollout.stalls[0]) == [("a", 0, ReplicaState.UNRESPONSIVE, 1, 1000)]
