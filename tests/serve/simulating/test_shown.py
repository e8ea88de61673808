"""What a live run shows: its view, replicas, queues, decisions, and what is new."""

from typing import Any

import pytest

from builders import FAST_START, configuration, deployment, scenario
from sim.serve.protocol.views import ShownReplica
from sim.serve.simulating import shown
from sim.serve.simulating.shown import News, Views, decisions, findings, queues, replicas
from sim.serve.simulating.world import World


def world_of(*deployments: dict[str, Any], **fields: Any) -> World:
    """Return a world of an hour."""
    return World(scenario(*deployments, horizon_s=3600.0, **fields))


def put(world: World, name: str, **wire: Any) -> None:
    """Replace the configuration of a deployment now."""
    event = {
        "event": "replace",
        "deployment": name,
        "runtimeConfiguration": configuration(**wire),
    }
    world.event(event)


def test_findings_are_of_the_scenario_as_it_stands() -> None:
    """A PUT from outside is an event of it; what stood in the scenario's own timeline stays."""
    queue = {"kind": "vcpu", "name": "q", "limit_millicores": 4000}
    raise_later = {"event": "queue_limit", "at_s": 600.0, "queue": "q", "limit_millicores": 6000}
    world = world_of(deployment(), queues=[queue], timeline=[raise_later])
    assert [finding["rule"] for finding in findings(world)["findings"]] == []
    world.advance(10.0)

    put(world, "a", threads=5)
    assert "replica-never-fits" not in [one["rule"] for one in findings(world)["findings"]]
    put(world, "a", threads=7)

    first = findings(world)["findings"][0]
    assert (first["rule"], first["level"], first["line"]) == ("replica-never-fits", "never", None)
    assert first["field"] == "timeline[2].runtimeConfiguration.cpu"
    assert first["numbers"] == {"needed_cores": 7, "largest_limit_cores": 6}


def test_replicas_that_drain_are_counted_until_they_are_gone() -> None:
    """Those of a revision of which none is live any more, too."""
    world = world_of(deployment(at_s=[0.5], wait_s=60.0, replica=dict(FAST_START)))
    views = Views(world)
    world.advance(10.0)
    put(world, "a", threads=3)
    found = []
    for at_s in (11.0, 20.0, 61.0):
        world.advance(at_s)
        found.append(views.view()["deployments"][0]["replicas"])

    assert found == [
        {"RESPONSIVE": 1, "STARTING": 1},
        {"DECOMMISSIONED": 1, "RESPONSIVE": 1},
        {"RESPONSIVE": 1},
    ]


def test_a_view_is_made_anew_where_only_readiness_has_changed() -> None:
    """From zero: ACTIVE before a request arrives at 1 s, and ACTIVE when its replica is there."""
    world = world_of(
        deployment(
            at_s=[1.0],
            wait_s=1.0,
            wire={"minReplicas": 0},
            initial={"kind": "responsive", "responsive_count": 0},
            replica=dict(FAST_START),
        )
    )
    views = Views(world)
    said = []
    for at_s in (0.5, 10.0):
        world.advance(at_s)
        said.append(views.view()["deployments"][0]["deployment"]["status"])

    assert said == [
        {"state": "ACTIVE", "isReady": False},
        {"state": "ACTIVE", "isReady": True},
    ]


def test_a_view_is_made_anew_where_only_the_configuration_has_changed() -> None:
    """A PUT in place changes no status; the arrivals are counted anew in any case."""
    world = world_of(deployment(at_s=[1.0, 2.0], replica=dict(FAST_START)))
    views = Views(world)
    world.advance(1.5)
    before = views.view()["deployments"][0]
    put(world, "a", maxReplicas=7)
    world.advance(3.0)
    after = views.view()["deployments"][0]

    configurations = [one["deployment"]["runtimeConfiguration"] for one in (before, after)]
    assert [one["maxReplicas"] for one in configurations] == [1, 7]
    assert [one["counts"]["arrived"] for one in (before, after)] == [1, 2]
    assert views.arrived == 2


def test_queues_are_in_cores_and_in_whole_gpus() -> None:
    """Two cores of 2.5 and one T4 of two in use; a second replica waits for a core since 3 s."""
    world = world_of(
        deployment(
            wire={"cpu": 2.0, "gpus": 1, "maxReplicas": 2},
            queues={"vcpu": "cores", "vgpu": "cards"},
            replica=dict(FAST_START),
        ),
        queues=[
            {"kind": "vcpu", "name": "cores", "limit_millicores": 2500},
            {"kind": "vgpu", "name": "cards", "limits": {"T4": 2}},
        ],
    )
    world.advance(3.0)
    put(world, "a", cpu=2.0, gpus=1, replicas=2)
    world.advance(4.0)
    cores, cards = queues(world)

    assert (cores["name"], cores["kind"], cores["gpuType"]) == ("cores", "vcpu", None)
    assert (cores["used"], cores["limit"], cores["waiting"]) == (2.0, 2.5, 1)
    assert (cards["gpuType"], cards["used"], cards["limit"]) == ("T4", 1, 2)
    assert cores["head_since_s"] == 3.0
    assert "needed" in (cores["cause"] or "")


def test_each_replica_is_shown_with_its_role_its_state_and_its_requests() -> None:
    """Two of the active revision, one with a request; one of the pending revision starts at 3 s."""
    world = world_of(
        deployment(at_s=[1.0], wait_s=60.0, wire={"replicas": 2}, replica=dict(FAST_START))
    )
    world.advance(3.0)
    put(world, "a", threads=3)
    world.advance(3.5)
    pending = replicas(world, world.named("a"))
    world.advance(9.0)
    switched = replicas(world, world.named("a"))

    assert [told_of(one) for one in pending] == [
        (0, 0, "active", "RESPONSIVE", 0.0, 1),
        (1, 0, "active", "RESPONSIVE", 0.0, 0),
        (2, 1, "pending", "STARTING", 3.0, 0),
    ]
    assert [told_of(one) for one in switched] == [
        (0, 0, "retired", "DECOMMISSIONED", 5.0, 1),
        (2, 1, "active", "RESPONSIVE", 5.0, 0),
    ]
    assert [one["reason"] for one in switched] == ["switched over", "probe passed"]


def told_of(one: ShownReplica) -> tuple[Any, ...]:
    """Return what is shown of a replica, but for why and its GPU."""
    where = (one["number"], one["revision"], one["role"], one["state"])
    return (*where, one["since_s"], one["in_flight"])


def test_of_many_decisions_the_newest_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """In order of time."""
    monkeypatch.setattr(shown, "MOST_DECISIONS", 2)
    world = world_of(deployment(replica=dict(FAST_START)))
    for at_s, most in ((1.0, 3), (2.0, 4), (3.0, 5)):
        world.advance(at_s)
        put(world, "a", maxReplicas=most)

    found = decisions(world.named("a"))

    assert [one["at_s"] for one in found] == [2.0, 3.0]
    assert {(one["action"], one["code"]) for one in found} == {("replace", "put_in_place")}


def test_news_of_several_deployments_are_in_order_of_time_and_told_once() -> None:
    """At 1 s the second in the file is killed, at 2 s the first; what was there is no news."""
    world = world_of(
        deployment(name="first", replica=dict(FAST_START)),
        deployment(name="second", replica=dict(FAST_START)),
    )
    news = News(world)
    for at_s, name in ((1.0, "second"), (2.0, "first")):
        world.advance(at_s)
        world.event({"event": "kill", "deployment": name, "replicas": "all"})
    world.advance(2.5)
    found = news.since_last()

    assert [event["at_s"] for event in found] == sorted(event["at_s"] for event in found)
    kills = [event["deployment"] for event in found if event.get("reason") == "killed by a fault"]
    assert kills == ["second", "first"]
    assert news.since_last() == []


def states(events: list[Any]) -> list[Any]:
    """Return the statuses among events."""
    return [event["state"] for event in events if event["kind"] == "status"]


def test_a_status_is_told_when_its_instant_is_over() -> None:
    """Disabled and started again at 10 s: its status is STARTING, which is said behind it."""
    world = world_of(deployment(replica=dict(FAST_START)))
    news = News(world)
    world.advance(10.0)
    assert states(news.since_last()) == ["ACTIVE"]  # of instant 0

    world.event({"event": "disable", "deployment": "a"})
    at_once = news.since_last()
    world.event({"event": "start", "deployment": "a"})
    world.advance(10.5)

    assert any(event["kind"] == "replica" for event in at_once)
    assert states(at_once) == []
    assert states(news.since_last()) == ["STARTING"]
