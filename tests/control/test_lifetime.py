"""Replicas with a maximum lifetime, and their successors."""

from builders import FAST_START, deployment, run
from sim.random import stream
from sim.reasons import Reason
from sim.record import Record


def live_after(record: Record, at_s: float) -> int:
    """Return how many replicas are live right after `at_s`."""
    gone = {"DECOMMISSIONED", "DELETED"}
    states = {
        t.replica: t.after.name for t in record.deployments[0].control.transitions if t.at_s <= at_s
    }
    return sum(state not in gone for state in states.values())


def replica(lifetime_s: float, start_timeout_s: float) -> dict[str, object]:
    """Return replicas that live exactly so long."""
    lifetime = {"min_s": lifetime_s, "max_s": lifetime_s}
    return {**FAST_START, "lifetime": lifetime, "start_timeout_s": start_timeout_s}


def test_a_successor_is_there_before_the_old_one_goes() -> None:
    """Lifetime 100, start_timeout 40: requested at 60, there at 62; the old one goes at 100."""
    record = run(deployment(replica=replica(100.0, 40.0)), horizon_s=140.0)

    moves = [(t.at_s, t.replica, t.after.name) for t in record.deployments[0].control.transitions]
    assert (60.0, 1, "QUEUED") in moves
    assert (62.0, 1, "RESPONSIVE") in moves
    assert (100.0, 0, "DELETED") in moves
    assert [live_after(record, at_s) for at_s in (59.0, 61.0, 101.0)] == [1, 2, 1]


def test_successors_exceed_the_maximum_by_one_only() -> None:
    """Of two that age together one gets a successor; the other is replaced when it has gone."""
    record = run(deployment(wire={"replicas": 2}, replica=replica(100.0, 40.0)), horizon_s=110.0)

    assert [live_after(record, at_s) for at_s in (59.0, 61.0, 101.0)] == [2, 3, 2]


def test_a_lifetime_shorter_than_a_start_does_not_run_away() -> None:
    """Each successor would ask for its own at once: there are never more than two."""
    record = run(deployment(replica=replica(50.0, 600.0)), horizon_s=49.0)

    assert live_after(record, 48.0) == 2


def test_every_replica_draws_its_lifetime_from_a_stream_of_its_own() -> None:
    """Even between 20 and 40 s, by a stream that is named after deployment and replica."""
    ageing = {**FAST_START, "lifetime": {"min_s": 20.0, "max_s": 40.0}, "start_timeout_s": 1.0}
    record = run(deployment(wire={"replicas": 2}, replica=ageing), horizon_s=41.0, seed=7)

    transitions = record.deployments[0].control.transitions
    gone = {t.replica: t.at_s for t in transitions if t.reason is Reason.LIFETIME_OVER}
    draws = [float(stream(7, f"a/replica {number}/lifetime").random()) for number in range(2)]
    assert [gone[0], gone[1]] == [20.0 + 20.0 * draw for draw in draws]
