"""The metrics: every number of the view under its own name."""

from typing import Any, cast

import pytest

from sim.serve.http.metrics import Metrics
from sim.serve.http.view import View
from sim.serve.http.worker_process import WorkerProcess


class Shown:
    """A worker that shows one view, and has died or not."""

    def __init__(self, *, is_alive: bool, paused: bool, is_ready: bool) -> None:
        self.is_alive = is_alive
        said: Any = view(paused=paused, is_ready=is_ready)
        self.view = View.of(said)


def view(*, paused: bool, is_ready: bool) -> dict[str, Any]:
    """Return a view with another number everywhere."""
    deployment = {
        "name": "ranker",
        "rid": "ri.r",
        "kind": "direct",
        "modelRid": "ri.m",
        "branch": "main",
        "deployment": {"status": {"state": "ACTIVE", "isReady": is_ready}},
        "counts": {
            "arrived": 31,
            "completed": 11,
            "queued": 7,
            "in_flight": 5,
            "failed": {"rate_limited": 3, "queue_full": 2},
        },
        "replicas": {"RESPONSIVE": 4, "QUEUED": 1},
    }
    time = {"at_s": 12.5, "speed": 2.0, "paused": paused, "behind_s": 0.0, "trouble": None}
    return {**time, "deployments": [deployment], "queues": []}


def lines(*, is_alive: bool = True, paused: bool = False, is_ready: bool = True) -> set[str]:
    """Return the lines about the simulation."""
    worker = Shown(is_alive=is_alive, paused=paused, is_ready=is_ready)
    text = Metrics(cast("WorkerProcess", worker)).text().decode()
    return {line for line in text.splitlines() if not line.startswith("#")}


def test_every_number_has_its_name() -> None:
    """Of the simulation, and of each deployment by name, state and outcome."""
    ranker = 'deployment="ranker"'

    assert lines() == {
        "sim_up 1.0",
        "sim_simulated_time_seconds 12.5",
        "sim_paused 0.0",
        f'sim_deployment_replicas{{{ranker},state="RESPONSIVE"}} 4.0',
        f'sim_deployment_replicas{{{ranker},state="QUEUED"}} 1.0',
        f"sim_deployment_ready{{{ranker}}} 1.0",
        f"sim_deployment_requests_queued{{{ranker}}} 7.0",
        f"sim_deployment_requests_in_flight{{{ranker}}} 5.0",
        f"sim_deployment_requests_arrived_total{{{ranker}}} 31.0",
        f'sim_deployment_requests_ended_total{{{ranker},outcome="completed"}} 11.0',
        f'sim_deployment_requests_ended_total{{{ranker},outcome="rate_limited"}} 3.0',
        f'sim_deployment_requests_ended_total{{{ranker},outcome="queue_full"}} 2.0',
    }


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"is_alive": False}, "sim_up 0.0"),
        ({"paused": True}, "sim_paused 1.0"),
        ({"is_ready": False}, 'sim_deployment_ready{deployment="ranker"} 0.0'),
    ],
    ids=["dead", "paused", "not ready"],
)
def test_what_does_not_hold_is_zero(settings: dict[str, bool], line: str) -> None:
    """A process that has died, time that stands still, a deployment that cannot serve."""
    assert line in lines(**settings)


def test_answers_are_counted_by_operation_and_status() -> None:
    """And timed by operation: the sum of their seconds."""
    worker = Shown(is_alive=True, paused=False, is_ready=True)
    metrics = Metrics(cast("WorkerProcess", worker))
    metrics.count("get", 200, 0.5)
    metrics.count("get", 404, 0.25)
    text = metrics.text().decode()

    assert 'sim_http_requests_total{operation="get",status="200"} 1.0' in text
    assert 'sim_http_requests_total{operation="get",status="404"} 1.0' in text
    assert 'sim_http_request_duration_seconds_sum{operation="get"} 0.75' in text
