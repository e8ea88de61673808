"""A long life: random Replaces, faults and calls over HTTP, and no law of a run is broken."""

import random
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from servers import API, Answer, Server, serving
from sim.serve.simulating import journal as journals
from sim.serve.simulating.commands import replay
from sim.serve.simulating.shown import Views
from sim.serve.simulating.world import World
from sim.testing import check_invariants

DAY_S = 86_400
ROUND_S = 600
SCENARIO = """
name: a long life
seed: 5
horizon: 30d
queues:
  - {kind: vcpu, name: cores, limit: 24, tenants: {others: 4}}
  - {kind: vgpu, name: gpus, limits: {T4: 3}}
deployments:
  - name: steady
    initial: {responsive: 2}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 6, cpu: 1.0, threadCount: 8}
    replica: {lifetime: {min: 2h, max: 6h}}
    request: {wait: {kind: exponential, mean: 2s}, cpu: {kind: exponential, mean: 50ms}}
    client: {policy: sdk}
    traffic: [{kind: poisson, name: users, rate: 0.5/s}]
  - name: seldom
    initial: {responsive: 0}
    runtimeConfiguration: {minReplicas: 0, maxReplicas: 3, cpu: 2.0, threadCount: 4}
    request: {wait: {kind: gamma, mean: 20s, cv: 1.5}}
    service: {queue_capacity: 20, lost_request: InferenceFailure}
    traffic: [{kind: poisson, name: users, rate: 0.01/s}]
"""
FAULTS: list[dict[str, Any]] = [
    {"event": "kill", "replicas": {"count": 1}},
    {"event": "kill", "replicas": "all"},
    {"event": "hang", "replicas": {"count": 1}, "for": "5min"},
    {"event": "fail_starts", "for": "10min"},
    {"event": "slow_starts", "factor": 3, "for": "30min"},
    {"event": "publish"},
]
ANSWERED = {"200", "503", "429", "InferenceTimeout", "InferenceFailure"}


class Life:
    """A served scenario to which random things happen, round by round."""

    def __init__(self, server: Server, seed: int) -> None:
        """Let time stand still: it goes on step by step."""
        self._server = server
        self._draw = random.Random(seed)
        self._pool = ThreadPoolExecutor(20)
        self._calls: list[Future[Answer]] = []
        self.asked: Counter[str] = Counter()
        server.ask("POST", "/sim/pause", {})
        server.ask("POST", "/sim/speed", {"speed": "max"})
        self._rids = [one["rid"] for one in self.state["deployments"]]

    @property
    def state(self) -> dict[str, Any]:
        """The newest view."""
        found: dict[str, Any] = self._server.ask("GET", "/sim/state").data
        return found

    def round(self) -> None:
        """Let a few things happen, and then some time go by."""
        for _ in range(self._draw.randint(0, 3)):
            rid = self._draw.choice(self._rids)
            what = self._draw.choices(
                ["replace", "infer", "fault", "disable", "start", "tenant", "traffic"],
                [5, 6, 2, 0.5, 2, 1, 1],
            )[0]
            self.asked[what] += 1
            getattr(self, f"_{what}")(rid)
        step = self._server.ask("POST", "/sim/step", {"for_s": self._draw.uniform(1, 2 * ROUND_S)})
        assert step.status == 200

    def end(self) -> Counter[str]:
        """Let what still waits be answered, and return how calls were."""
        while not all(call.done() for call in self._calls):
            assert self._server.ask("POST", "/sim/step", {"for_s": 60}).status == 200
        self._pool.shutdown()
        found = (call.result() for call in self._calls)
        return Counter(answer.error or str(answer.status) for answer in found)

    def _ask(self, method: str, path: str, body: Any, *allowed: int) -> Answer:
        answer = self._server.ask(method, path, body)
        assert answer.status in allowed, answer
        return answer

    def _replace(self, rid: str) -> None:
        least = self._draw.randint(0, 2)
        configuration: dict[str, Any] = {
            "minReplicas": least,
            "maxReplicas": max(1, least + self._draw.randint(0, 4)),
            "cpu": self._draw.choice([0.5, 1.0, 2.0]),
            "threadCount": self._draw.choice([1, 4, 8, 16]),
        }
        if self._draw.random() < 0.2:
            configuration["gpu"] = {"count": 1, "type": self._draw.choice(["T4", "H100"])}
        body = {"runtimeConfiguration": configuration}
        self._ask("PUT", f"{API}/{rid}?preview=true", body, 200, 400)

    def _infer(self, rid: str) -> None:
        path = f"{API}/{rid}/transformJson?preview=true"
        for _ in range(self._draw.randint(1, 4)):
            self._calls.append(self._pool.submit(self._server.ask, "POST", path, {"input": {}}))

    def _fault(self, rid: str) -> None:
        name = next(one["name"] for one in self.state["deployments"] if one["rid"] == rid)
        event = self._draw.choice(FAULTS) | {"deployment": name}
        self._ask("POST", "/sim/fault", event, 200)

    def _disable(self, rid: str) -> None:
        self._ask("POST", f"{API}/{rid}/disable?preview=true", None, 204)

    def _start(self, rid: str) -> None:
        self._ask("POST", f"{API}/{rid}/start?preview=true", None, 204)

    def _tenant(self, _: str) -> None:
        use = self._draw.randint(0, 20)
        event = {"event": "tenant", "queue": "cores", "tenant": "others", "use": use}
        self._ask("POST", "/sim/fault", event, 200)

    def _traffic(self, _: str) -> None:
        wave = {"deployment": "steady", "rate_per_s": self._draw.uniform(1, 20), "for_s": 120}
        self._ask("POST", "/sim/traffic", wave, 200)


def lives(folder: Path, days: int) -> None:
    """Play so many days, and check every law on the run and on its journal."""
    file = folder / "scenario.yaml"
    file.write_text(SCENARIO)
    with serving(file, "--run-dir", folder / "run") as server:
        life = Life(server, seed=days)
        while life.state["at_s"] < days * DAY_S:
            life.round()
        answers = life.end()
        last = life.state
        assert server.stopped() == 0

    assert set(answers) <= ANSWERED
    assert min(life.asked[what] for what in ("replace", "infer", "fault")) >= 10 * days
    assert answers["200"] > 10 * days
    earlier, journal = journals.resume(folder / "run")
    journal.close()
    world = World(earlier.scenario)
    replay(world, earlier.entries)
    view = Views(world).view()
    for mine, theirs in zip(view["deployments"], last["deployments"], strict=True):
        assert mine["counts"] == theirs["counts"]
        assert mine["replicas"] == theirs["replicas"]
        assert mine["deployment"]["status"] == theirs["deployment"]["status"]
    check_invariants(world.finish_here())


def test_a_day(tmp_path: Path) -> None:
    """In CI."""
    lives(tmp_path, days=1)


@pytest.mark.exhaustive
def test_a_month(tmp_path: Path) -> None:
    """When asked for."""
    lives(tmp_path, days=30)
