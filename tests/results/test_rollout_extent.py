"""The fewest and the most replicas of a rollout, from runs whose replicas are counted by hand.

A start takes 2 s, a replica has one thread, and the PUT comes at 10.
"""

from typing import Any

import pytest

from builders import FAST_START, configuration, deployment, run
from sim.results.result import Result

Plain = dict[str, Any]

OTHER = {"memory": "2GiB"}


def put(at_s: float, **wire: Any) -> Plain:
    """Return a replace event."""
    body = configuration(**{**OTHER, **wire})
    return {
        "event": "replace",
        "at_s": at_s,
        "deployment": "a",
        "runtime_configuration": body,
    }


def extent(*timeline: Plain, place: int = 0, **settings: Any) -> tuple[float, float, int, int]:
    """Return outage, surge, fewest and most replicas of a rollout in a run of 100 s.

    `settings` are those of the deployment; `queues` are the scenario's.
    """
    fields = {"queues": settings.pop("queues", [])}
    one = deployment(**{"replica": FAST_START, **settings})
    record = run(one, timeline=list(timeline), horizon_s=100.0, **fields)
    found = Result(record).summary()["deployments"][0]["rollouts"][place]
    keys = ("outage_s", "surge_replica_seconds", "available_min", "live_max")
    outage_s, surge, least, most = (found[key] for key in keys)
    return outage_s, surge, least, most


def test_a_healthy_rollout_has_both_for_as_long_as_the_start() -> None:
    """From 10 to 12 there are 2 + 2: 4 replica-seconds too many. At 12 two serve, as before."""
    found = extent(put(10.0, replicas=2), wire={"replicas": 2})
    assert found == (0.0, 4.0, 2, 4)


def test_who_drains_still_holds() -> None:
    """3 + 1 to 12, then the new one and one that drains until 29: fewer than there were."""
    found = extent(put(10.0), at_s=[9.0], wait_s=20.0, wire={"replicas": 3})
    assert found == (0.0, 2.0, 1, 4)


def test_two_that_drain_beside_two_new_ones() -> None:
    """2 + 2 to 12; 2 + 2 that drain to 29 and 31: 2 x 19 and 1 x 2 replica-seconds."""
    found = extent(
        put(10.0, replicas=2), at_s=[9.0, 9.5], wait_s=[20.0, 21.5], wire={"replicas": 2}
    )
    assert found == (0.0, 2 * 19.0 + 2.0, 2, 4)


def test_who_stays_holds_and_serves() -> None:
    """3 + 1 from 10 to 37, 25 s after the switch; then there is 1."""
    rollout = {"old_goes": "at_full", "old_goes_after_s": 25.0}
    found = extent(put(10.0, maxReplicas=3), wire={"replicas": 3}, rollout=rollout)
    assert found == (0.0, 27.0, 1, 4)


def test_an_outage_is_the_time_in_which_nobody_takes_requests() -> None:
    """The only one is killed at 11, the new one is there at 12; what fails to start holds too."""
    kill = {"event": "kill", "at_s": 11.0, "deployment": "a", "replicas": {"numbers": [0]}}
    assert extent(put(10.0), kill) == (1.0, 2.0, 0, 2)


def test_who_is_responsive_before_the_switch_takes_nothing_yet() -> None:
    """The old one is killed at 11, one of two new ones is there at 12, the other at 24."""
    kill = {"event": "kill", "at_s": 11.0, "deployment": "a", "replicas": {"numbers": [0, 2]}}
    found = extent(put(10.0, replicas=2), kill, rollout={"switch_when": "all"})
    # Back-offs of 10 s: the old one starts again at 21 and serves from 23, the new one from 23 too.
    assert found == (12.0, 2.0 * 13.0, 0, 3)


def test_who_waits_in_a_queue_is_live_and_holds_nothing() -> None:
    """Both cores are the old revision's to the horizon: 2 + 2 live, nothing too much."""
    queues = [{"kind": "vcpu", "name": "cpu", "limit_millicores": 2000}]
    found = extent(put(10.0, replicas=2), wire={"replicas": 2}, queues=queues)
    assert found == (0.0, 0.0, 2, 4)


@pytest.mark.parametrize(("place", "expected"), [(0, (0.0, 1.0, 1, 2)), (1, (0.0, 2.0, 1, 2))])
def test_one_that_is_given_up_is_looked_at_to_its_end(
    place: int, expected: tuple[float, float, int, int]
) -> None:
    """Superseded at 11: one too many for a second, and then for the two of the second start."""
    assert extent(put(10.0), put(11.0, memory="3GiB"), place=place) == expected
