"""What tests of a client ask the server: which calls it got, and whether all serve."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from servers import API, PLATFORM, RANKER, USUAL, Server, rid_of, serving
from sim.serve.http.history import MAX_SHOWN, REMEMBERED, Answered, History

ONE = Answered(
    operation="get",
    rid=RANKER,
    user="you",
    status=200,
    error=None,
    asked_at_s=1.0,
    answered_at_s=2.0,
)


@pytest.fixture
def server() -> Iterator[Server]:
    """Give a server on which time stands still until it is told to go on."""
    with serving(PLATFORM, "--speed", "100") as found:
        found.ask("POST", "/sim/pause", {})
        yield found


def test_calls_are_told_with_status_and_instant(server: Server) -> None:
    """Each of the API, also one that was refused, at which check whatever; own routes are not."""
    secret = "a-value-that-stays-inside"
    at_s = server.ask("GET", "/sim/state").data["at_s"]
    wanted = USUAL | {"environmentVariables": {"A": secret}}
    server.call("replace", body={"runtimeConfiguration": wanted})
    server.ask("POST", "/sim/step", {"for_s": 30})
    server.call("get")
    server.call("replace", "none", {"runtimeConfiguration": USUAL})
    server.call("replace", body={"runtimeConfiguration": USUAL | {"threadCount": 129}})
    server.ask("GET", f"{API}?modelRid=ri.models.main.model.{secret}&preview=true")
    server.ask("GET", f"{API}/{RANKER}", token="wrong")

    answer = server.ask("GET", "/sim/requests")

    found = answer.data
    calls = [
        (one["number"], one["operation"], one["rid"], one["user"], one["status"], one["error"])
        for one in found["calls"]
    ]
    assert calls == [
        (1, "replace", RANKER, "you", 200, None),
        (2, "get", RANKER, "you", 200, None),
        (3, "replace", rid_of("none"), "you", 404, "LiveDeploymentNotFound"),
        (4, "replace", RANKER, "you", 400, "ThreadCountTooHigh"),
        (5, "list", None, "you", 404, "ModelNotFound"),
        (6, "get", RANKER, None, 401, "Default:Unauthorized"),
    ]
    assert found["last"] == 6
    assert [one["asked_at_s"] for one in found["calls"]] == [at_s] + [at_s + 30] * 5
    assert [one["answered_at_s"] for one in found["calls"]] == [at_s] + [at_s + 30] * 5
    assert secret.encode() not in answer.body
    later = server.ask("GET", "/sim/requests?after=4").data["calls"]
    assert [one["number"] for one in later] == [5, 6]


def test_a_call_of_inference_is_told_from_when_to_when(server: Server) -> None:
    """It arrives while time stands still, and is over with the step of 30 s in which it ends."""
    at_s = server.ask("GET", "/sim/state").data["at_s"]

    with ThreadPoolExecutor() as pool:
        asked = pool.submit(server.call, "transformJson", body={"input": {"n": 7}})
        time.sleep(0.3)
        server.ask("POST", "/sim/step", {"for_s": 30})
        assert asked.result().status == 200

    (call,) = server.ask("GET", "/sim/requests").data["calls"]
    assert (call["operation"], call["status"], call["asked_at_s"]) == ("transformJson", 200, at_s)
    assert at_s + 0.1 <= call["answered_at_s"] <= at_s + 30  # it waits 100 ms


def test_what_is_no_number_of_a_call_is_refused(server: Server) -> None:
    """400, and why."""
    for after in ["x", "-1", "1.0", "", "9" * 20]:
        answer = server.ask("GET", f"/sim/requests?after={after}")
        assert answer.status == 400
        assert "after" in answer.data["message"]


def test_the_newest_are_kept() -> None:
    """A thousand; what a path was filled with is cut."""
    history = History()
    for _ in range(REMEMBERED + 5):
        history.note(ONE)
    history.note(Answered(**{**fields(), "rid": "x" * 10_000}))

    found = history.to_json()

    numbers = [one["number"] for one in found["calls"]]
    assert numbers == list(range(7, REMEMBERED + 7))  # the newest thousand of 1,006
    assert found["last"] == REMEMBERED + 6
    assert len(found["calls"][-1]["rid"]) == MAX_SHOWN


def fields() -> dict[str, Any]:
    """Return a call's fields."""
    return {name: getattr(ONE, name) for name in ONE.__slots__}


def test_ready_means_that_all_that_are_on_serve(server: Server) -> None:
    """Of `platform.yaml` all but one that is disabled; not while one of them is coming up."""
    assert server.ask("GET", "/sim/ready", token=None).data["ready"] is True

    server.call("start", "off")

    answer = server.ask("GET", "/sim/ready", token=None)
    assert answer.status == 503
    assert (answer.data["ready"], answer.data["waiting_for"]) == (False, ["off"])
    server.ask("POST", "/sim/resume", {})
    ends_at_s = time.monotonic() + 20
    while server.ask("GET", "/sim/ready").status != 200:
        assert time.monotonic() < ends_at_s
        time.sleep(0.02)
    assert server.call("get", "off").data["status"]["isReady"] is True
