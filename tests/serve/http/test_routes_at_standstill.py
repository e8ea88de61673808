"""Own routes and operations in every order while time stands still, over HTTP.

What matters: every answer is one of those that are described, never 500; a snapshot is a run whose
laws hold; and the journal leads to the same state as that which was shown.
"""

import json
import select
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from serve.http.test_kills import STILL, read, require_same
from typing_extensions import override

from servers import API, PLATFORM, TOKEN, USUAL, Server, rid_of, serving
from sim.results.files import SCENARIO_FILE
from sim.scenario.reading.loader import load_scenario
from sim.serve.simulating.journal import JOURNAL_FILE
from sim.simulation.run import simulate_record
from sim.testing import check_invariants

NO_TIME_S = 1e-300
"""A step that leads to the very instant at which it begins."""

Call = tuple[str, str, object, set[int]]
"""Method, path, body, and the statuses that may come of it."""


def _of_deployment(operation: str, name: str, *statuses: int, body: object = None) -> Call:
    method = "PUT" if body is not None else "POST"
    path = f"{API}/{rid_of(name)}{operation}?preview=true"
    return method, path, body, set(statuses)


def _own(path: str, body: object, *statuses: int) -> Call:
    return "POST", f"/sim/{path}", body, {200, *statuses}


CALLS: dict[str, Call] = {
    "pause": _own("pause", {}),
    "resume": _own("resume", {}),
    "speed": _own("speed", {"speed": float(STILL)}),
    "no step": _own("step", {"for_s": NO_TIME_S}),
    "step": _own("step", {"for_s": 0.5}),
    "reset": _own("reset", {}),
    "traffic": _own("traffic", {"deployment": "ranker", "rate_per_s": 20, "for_s": 5}),
    "kill": _own("fault", {"event": "kill", "deployment": "ranker", "replicas": "all"}),
    "publish": _own("fault", {"event": "publish", "deployment": "ranker"}),
    "replace": _of_deployment("", "ranker", 200, body={"runtimeConfiguration": USUAL}),
    "replace with less": _of_deployment(
        "", "ranker", 200, body={"runtimeConfiguration": USUAL | {"threadCount": 1}}
    ),
    "disable": _of_deployment("/disable", "ranker", 204),
    "start": _of_deployment("/start", "ranker", 204),
    "state": ("GET", "/sim/state", None, {200}),
    "ready": ("GET", "/sim/ready", None, {200, 503}),
    "replicas": ("GET", f"/sim/deployments/{rid_of('ranker')}/replicas", None, {200}),
}
"""Each by a name for it; inference and snapshots, which need more than a call, stand apart."""


class Standing:
    """A server on which time stands still but for steps, and calls that wait there."""

    def __init__(self, server: Server, folder: Path) -> None:
        """Ask `server`, whose run is in `folder`."""
        self._server = server
        self._folder = folder
        self._waiting: list[HTTPConnection] = []

    def begin(self) -> None:
        """Be at the beginning, with nobody waiting, and go 5 s from there."""
        self.call("reset")
        while self._waiting:
            connection = self._waiting.pop()
            assert connection.getresponse().status in {200, 400, 503}
            connection.close()
        assert self._server.ask("POST", "/sim/step", {"for_s": 5}).status == 200

    def call(self, name: str) -> None:
        """Make one of `CALLS`, or another by its name."""
        if name == "infer":
            self._infer()
        elif name == "snapshot":
            self._snapshot()
        else:
            method, path, body, statuses = CALLS[name]
            answer = self._server.ask(method, path, body)
            assert answer.status in statuses, (name, answer.body)

    def _infer(self) -> None:
        """Ask for inference, which may wait for time that does not go by, and wait for nothing."""
        before = self._inferences
        connection = self._server.connection()
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        path = f"{API}/{rid_of('ranker')}/transformJson?preview=true"
        connection.request("POST", path, json.dumps({"input": {"n": 1}}), headers)
        while self._inferences == before:
            if select.select([connection.sock], [], [], 0.002)[0]:
                break  # answered at once: it is switched off, for one
        self._waiting.append(connection)

    @property
    def _inferences(self) -> int:
        """How many are written down."""
        return (self._folder / JOURNAL_FILE).read_bytes().count(b'"do":"infer"')

    def _snapshot(self) -> None:
        """Take a snapshot, and run the scenario in it, if nothing in that was created."""
        answer = self._server.ask("POST", "/sim/snapshot", {})
        if answer.status == 400:
            assert "nothing has happened" in answer.data["message"]
            return
        assert answer.status == 200, answer.body
        scenario = load_scenario(Path(answer.data["directory"]) / SCENARIO_FILE)
        check_invariants(simulate_record(scenario))

    def require_written_down(self) -> None:
        """Check that the journal leads to where the server is."""
        require_same(self._server, read(self._folder))


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """Give a server whose time stands still."""
    folder = tmp_path_factory.mktemp("standing") / "run"
    with serving(PLATFORM, "--speed", STILL, "--run-dir", folder) as server:
        yield Standing(server, folder)
        assert "Traceback" not in server.log.read_text()
        assert server.ask("GET", "/sim/health").status == 200


def pairs(names: list[str]) -> list[str]:
    """Return a sequence of names in which each stands behind each, itself too, and once so.

    A de Bruijn sequence of order 2: its Lyndon words of one and two letters, in their order.
    """
    found = []
    for place, first in enumerate(names):
        found.append(first)
        for second in names[place + 1 :]:
            found += [first, second]
    return [*found, names[0]]


def test_each_stands_behind_each() -> None:
    """The sequence for three: nine pairs, each once."""
    found = pairs(["a", "b", "c"])

    assert sorted(map("".join, pairwise(found))) == [
        first + second for first in "abc" for second in "abc"
    ]


def test_any_route_may_follow_any(standing: Standing) -> None:
    """Snapshots apart, which take a second each."""
    standing.begin()
    for name in pairs([*CALLS, "infer"]):
        standing.call(name)

    standing.require_written_down()


def test_a_snapshot_may_follow_any_route(standing: Standing) -> None:
    """And any route a snapshot: at an instant at which all of that has happened."""
    standing.begin()
    for name in [*CALLS, "infer"]:
        standing.call(name)
        standing.call("snapshot")

    standing.require_written_down()


def test_any_order_is_written_down(standing: Standing) -> None:
    """Drawn orders, of which the journal has every step."""

    class Routes(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            standing.begin()

        @rule(name=st.sampled_from([*CALLS, "infer"]))
        def call(self, name: str) -> None:
            standing.call(name)

        @override
        def teardown(self) -> None:
            standing.require_written_down()

    few = settings(max_examples=settings().max_examples // 10 or 1, stateful_step_count=20)
    run_state_machine_as_test(Routes, settings=few)
