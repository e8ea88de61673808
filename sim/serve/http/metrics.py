"""Prometheus metrics: of the simulated deployments, from the newest view, and of the server itself.

Deployments are labelled by name. No value of a configuration is among the labels.
"""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from sim.serve.http.view import DeploymentView
from sim.serve.http.worker_process import WorkerProcess

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What ``/metrics`` shows."""

    def __init__(self, worker: WorkerProcess) -> None:
        """Count answers from now on, and show the simulation in *worker* when asked."""
        self._registry = CollectorRegistry()
        self._registry.register(_Simulation(worker))
        self._answers = Counter(
            "sim_http_requests",
            "Requests answered, by operation and HTTP status.",
            ("operation", "status"),
            registry=self._registry,
        )
        self._durations = Histogram(
            "sim_http_request_duration_seconds",
            "Seconds until a request was answered.",
            ("operation",),
            registry=self._registry,
        )

    def count(self, operation: str, status: int, duration_s: float) -> None:
        """Count an answer."""
        self._answers.labels(operation, str(status)).inc()
        self._durations.labels(operation).observe(duration_s)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Simulation(Collector):
    """The simulation as metrics, made from the view at the time of asking."""

    def __init__(self, worker: WorkerProcess) -> None:
        self._worker = worker

    @override
    def collect(self) -> Iterator[Metric]:
        view, alive = self._worker.view, self._worker.is_alive
        yield GaugeMetricFamily("sim_up", "Whether the simulation runs.", value=float(alive))
        yield GaugeMetricFamily(
            "sim_simulated_time_seconds", "Simulated seconds since the start.", value=view.at_s
        )
        yield GaugeMetricFamily(
            "sim_paused", "Whether simulated time stands still.", value=float(view.paused)
        )
        yield from _of_deployments(list(view.deployments.values()))


def _of_deployments(served: list[DeploymentView]) -> Iterator[Metric]:
    replicas = GaugeMetricFamily(
        "sim_deployment_replicas", "Replicas, by state.", labels=("deployment", "state")
    )
    ready = GaugeMetricFamily(
        "sim_deployment_ready", "Whether the deployment can serve.", labels=("deployment",)
    )
    waiting = GaugeMetricFamily(
        "sim_deployment_requests_queued", "Requests that wait.", labels=("deployment",)
    )
    running = GaugeMetricFamily(
        "sim_deployment_requests_in_flight", "Requests that run.", labels=("deployment",)
    )
    arrived = CounterMetricFamily(
        "sim_deployment_requests_arrived", "Requests that have arrived.", labels=("deployment",)
    )
    ended = CounterMetricFamily(
        "sim_deployment_requests_ended",
        "Requests that have ended, by outcome.",
        labels=("deployment", "outcome"),
    )
    for one in served:
        for state, count in one.replicas.items():
            replicas.add_metric([one.name, state], count)
        counts = one.counts
        ready.add_metric([one.name], float(one.body["status"]["isReady"]))
        waiting.add_metric([one.name], counts["queued"])
        running.add_metric([one.name], counts["in_flight"])
        arrived.add_metric([one.name], counts["arrived"])
        ended.add_metric([one.name, "completed"], counts["completed"])
        for kind, count in counts["failed"].items():
            ended.add_metric([one.name, kind], count)
    yield from (replicas, ready, waiting, running, arrived, ended)
