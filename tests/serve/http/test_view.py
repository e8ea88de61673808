"""The newest view, as it comes from the simulating process and as it is shown."""

from typing import Any

from sim.serve.http.view import View, masked

BODY: Any = {
    "rid": "ri.r",
    "runtimeConfiguration": {"threadCount": 3, "environmentVariables": {"TOKEN": "hush"}},
    "status": {"state": "ACTIVE", "isReady": True},
}

QUEUE = {"name": "cores", "used": 2.0}


def said(**more: Any) -> Any:
    """Return a view of two deployments as the simulating process tells it."""
    common = {"modelRid": "ri.m", "counts": {"arrived": 1}, "replicas": {"RESPONSIVE": 1}}
    direct = {
        "name": "a",
        "rid": "ri.a",
        "kind": "direct",
        "branch": "main",
        "deployment": BODY,
        **common,
    }
    other = {"name": "b", "rid": "ri.b", "kind": "objective", "deployment": {**BODY}, **common}
    time = {"at_s": 1.5, "speed": "max", "paused": True, "behind_s": 0.0, "trouble": None}
    return {**time, "deployments": [direct, other], **more}


def test_a_view_is_read_as_it_is_told() -> None:
    """By identifier; an objective's deployment follows no branch; queues where there are any."""
    found = View.of(said(queues=[QUEUE]))

    assert (found.at_s, found.speed, found.paused) == (1.5, "max", True)
    assert list(found.deployments) == ["ri.a", "ri.b"]
    assert [one.is_direct for one in found.deployments.values()] == [True, False]
    assert [one.branch for one in found.deployments.values()] == ["main", None]
    assert found.queues == [QUEUE]
    assert View.of(said()).queues == ()


def test_health_says_whether_time_keeps_up_and_what_is_wrong() -> None:
    """Behind or not, and by how much; trouble in words, or none."""
    assert View.of(said()).health() == {
        "at_s": 1.5,
        "behind": False,
        "behind_s": 0.0,
        "trouble": None,
    }
    found = View.of(said(behind_s=90.0, trouble="no room")).health()
    assert (found["behind"], found["behind_s"], found["trouble"]) == (True, 90.0, "no room")


def test_who_is_awaited_is_on_and_does_not_serve() -> None:
    """What is off is not waited for, nor what serves."""
    awaited = {
        (state, is_ready): View.of(changed(state, is_ready=is_ready)).deployments["ri.a"].is_awaited
        for state in ("DISABLED", "STARTING", "ACTIVE")
        for is_ready in (True, False)
    }

    assert {one for one, is_so in awaited.items() if is_so} == {
        ("STARTING", False),
        ("ACTIVE", False),
    }


def changed(state: str, *, is_ready: bool) -> Any:
    """Return what is said where the first deployment has another status."""
    told = said()
    status = {"state": state, "isReady": is_ready}
    told["deployments"][0]["deployment"] = BODY | {"status": status}
    return told


def test_what_is_shown_is_what_was_told_but_for_secrets() -> None:
    """Names of environment variables stay, their values do not."""
    told = said(queues=[QUEUE])
    shown = View.of(told).to_json()

    variables = [
        one["deployment"]["runtimeConfiguration"]["environmentVariables"]
        for one in shown["deployments"]
    ]
    assert variables == [{"TOKEN": "***"}, {"TOKEN": "***"}]
    for one, other in zip(shown["deployments"], told["deployments"], strict=True):
        assert {**one, "deployment": None} == {"branch": None, **other, "deployment": None}
        assert one["deployment"]["status"] == BODY["status"]
    assert {key: shown[key] for key in ("at_s", "speed", "paused", "queues")} == {
        "at_s": 1.5,
        "speed": "max",
        "paused": True,
        "queues": [QUEUE],
    }


def test_masking_leaves_the_object_itself_as_it_is() -> None:
    """Get and list answer with the values; without variables there are none to mask."""
    assert masked(BODY)["runtimeConfiguration"]["threadCount"] == 3
    kept: Any = BODY["runtimeConfiguration"]
    assert kept["environmentVariables"] == {"TOKEN": "hush"}
    bare: Any = {**BODY, "runtimeConfiguration": {"threadCount": 3}}
    assert masked(bare)["runtimeConfiguration"]["environmentVariables"] == {}
