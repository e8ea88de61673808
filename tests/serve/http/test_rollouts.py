"""Rollouts seen from outside: a PUT, then get and inference all the while."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servers import API, USUAL, Server, serving

SCENARIOS = Path(__file__).parents[3] / "scenarios"
SEED = "ri.foundry-ml-live.main.live-deployment.f351c142-0e4c-4b12-adc2-6e1539737ae9"
INPUT = {"input": {"input_df": [{"feature_1": 1.0}]}}


@contextmanager
def calling(server: Server, rid: str, body: Any, *, callers: int) -> Iterator[Counter[str]]:
    """Call inference all the while, from several threads; give the answers as they are counted."""
    answers: Counter[str] = Counter()
    is_over = threading.Event()

    def call() -> None:
        while not is_over.is_set():
            found = server.ask("POST", f"{API}/{rid}/transformJson?preview=true", body)
            answers[found.error or str(found.status)] += 1

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def test_no_request_is_lost_in_a_healthy_rollout() -> None:
    """Blue/green: the old replicas serve until the new one does, and finish what they have."""
    with (
        serving(SCENARIOS / "serve.yaml", "--speed", "20") as server,
        calling(server, SEED, INPUT, callers=4) as answers,
    ):
        time.sleep(0.3)
        path = f"{API}/{SEED}?preview=true"
        seen = set()
        for threads in (24, 48):
            body = {"runtimeConfiguration": USUAL | {"threadCount": threads}}
            put = server.ask("PUT", path, body)
            assert put.status == 200
            replicas: list[dict[str, Any]] = []
            ends_at_s = time.monotonic() + 30
            while [one["role"] for one in replicas] != ["active"]:
                assert time.monotonic() < ends_at_s, replicas
                status = server.ask("GET", path).data["status"]
                seen.add((status["state"], status["isReady"]))
                replicas = server.ask("GET", f"/sim/deployments/{SEED}/replicas").data
            assert replicas[0]["revision"] == (1 if threads == 24 else 2)

    assert seen == {("ACTIVE", True)}
    assert set(answers) == {"200"}
    assert answers["200"] > 20


def test_the_capacity_cliff_fails_as_documented() -> None:
    """Twenty replicas give way to one: what finds no room in time is a timeout, or a 503."""
    with serving(SCENARIOS / "capacity_cliff.yaml", "--speed", "100") as server:
        server.ask("POST", "/sim/pause", {})
        (one,) = server.ask("GET", "/sim/state").data["deployments"]
        server.ask("POST", "/sim/step", {"for_s": 500})
        (before,) = server.ask("GET", "/sim/state").data["deployments"]
        server.ask("POST", "/sim/resume", {})
        with calling(server, one["rid"], {"input": {}}, callers=40) as answers:
            ends_at_s = time.monotonic() + 60
            while server.ask("GET", "/sim/state").data["at_s"] < 1200:
                assert time.monotonic() < ends_at_s
                time.sleep(0.05)
        (after,) = server.ask("GET", "/sim/state").data["deployments"]

    assert sum(before["counts"]["failed"].values()) == 0
    assert sum(after["counts"]["failed"].values()) > 0
    assert set(answers) <= {"200", "503", "InferenceTimeout"}
    assert answers["200"]
    assert answers["503"] + answers["InferenceTimeout"] > 0


def test_http_stays_responsive_while_the_simulation_is_heavy(tmp_path: Path) -> None:
    """Get is answered many times while six million requests are simulated in one step."""
    file = tmp_path / "heavy.yaml"
    file.write_text(
        "name: heavy\nhorizon: 1h\ndeployments:\n"
        "  - name: heavy\n    rid: ri.foundry-ml-live.main.live-deployment.heavy\n"
        "    initial: {responsive: 40}\n"
        "    runtimeConfiguration: {minReplicas: 40, maxReplicas: 40, threadCount: 100}\n"
        "    request: {wait: {kind: exponential, mean: 300ms}}\n"
        "    traffic: [{kind: poisson, name: users, rate: 10000/s}]\n"
    )
    with serving(file) as server:
        server.ask("POST", "/sim/pause", {})
        path = f"{API}/ri.foundry-ml-live.main.live-deployment.heavy?preview=true"
        stepping = threading.Thread(target=server.ask, args=("POST", "/sim/step", {"for_s": 600}))
        stepping.start()
        answered = 0
        while stepping.is_alive():
            assert server.ask("GET", path).status == 200
            answered += 1
        stepping.join()
        arrived = server.ask("GET", "/sim/state").data["deployments"][0]["counts"]["arrived"]

    assert arrived > 5_900_000
    assert answered > 20  # each would take as long as the step if it had to wait for it
