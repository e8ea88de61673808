"""A deployment's requests: when they come, what they ask for, how patient their clients are.

Owns the order of requests and their numbers. A workload depends on the deployment's traffic, its
clients and the seed, on nothing that happens in the run.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sim.scenario.deployment import Deployment
from sim.scenario.quantities import RequestDemands
from sim.scenario.samples import Linear
from sim.scenario.traffic import Traffic
from sim.workload.demands import QUANTITIES, Demands, demand, drawn, retry_waits_s
from sim.workload.poisson import Floats
from sim.workload.sources import SourceArrivals, SourceStreams


class Workload:
    """All requests of one deployment in ``[0, horizon_s)``, numbered from 0 in order of arrival.

    Requests of one instant are ordered by their source's place in the scenario, then by their
    number within it.

    Attributes:
        arrival_at_s: Arrivals, ascending, shape ``(n,)``.
        source: Place of each request's source in the deployment's traffic, shape ``(n,)``.
        index: Number of each request within its source, from 0, shape ``(n,)``: draw ``index`` of
            each of the source's streams is this request's.
        deadline_s: How long the client waits for each attempt, shape ``(n,)``; None: for ever.
    """

    arrival_at_s: Floats
    source: NDArray[np.int32]
    index: NDArray[np.int64]
    deadline_s: Floats | None

    def __init__(
        self, deployment: Deployment, *, seed: int, horizon_s: float, start: datetime
    ) -> None:
        """Draw or read every source's arrivals and merge them.

        Args:
            deployment: Its name, traffic, requests and client are used.
            seed: The run's seed.
            horizon_s: End of the run.
            start: The wall clock at time 0.

        Raises:
            ScenarioError: A file of the traffic is missing, not the one meant, or has a bad row.
        """
        self._client = deployment.client
        self._overrides = [traffic.demands for traffic in deployment.traffic]
        self._sources = [
            SourceArrivals(
                traffic,
                streams=SourceStreams(seed=seed, deployment=deployment.name, source=traffic.name),
                horizon_s=horizon_s,
                start=start,
                wanted=_columns(traffic, deployment.request),
            )
            for traffic in deployment.traffic
        ]
        sizes = [source.at_s.size for source in self._sources]
        at_s = np.concatenate([np.empty(0), *(source.at_s for source in self._sources)])
        self._order = np.argsort(at_s, kind="stable")
        self.arrival_at_s = at_s[self._order]
        self.source = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)[self._order]
        numbers = [np.arange(size, dtype=np.int64) for size in sizes]
        self.index = np.concatenate([np.empty(0, dtype=np.int64), *numbers])[self._order]
        self.deadline_s = None
        deadline = deployment.client.deadline_s
        if deadline is not None:
            self.deadline_s = self._merged(
                [drawn(deadline, source, "deadline") for source in self._sources]
            )
        self._waits_s: dict[int, Floats] = {}

    def demands(self, request: RequestDemands) -> Demands:
        """Return what every request asks for if the deployment says *request*.

        A source with demands of its own keeps them. The draws behind do not depend on *request*.

        Raises:
            ScenarioError: As for `sim.workload.demands.demand`.
        """
        wait_s, cpu_s, gpu_s, memory_bytes = (
            self._merged(
                [
                    demand(source, quantity, own or request)
                    for source, own in zip(self._sources, self._overrides, strict=True)
                ]
            )
            for quantity in QUANTITIES
        )
        return Demands(wait_s, cpu_s, gpu_s, memory_bytes.astype(np.int64))

    def retry_waits_s(self, attempt: int) -> Floats:
        """Return how long each request's client would wait after failed *attempt* (from 1).

        Shape ``(n,)``, in request order.
        """
        if attempt not in self._waits_s:
            self._waits_s[attempt] = self._merged(
                [retry_waits_s(source, self._client, attempt) for source in self._sources]
            )
        return self._waits_s[attempt]

    def retry_wait_s(self, request: int, attempt: int) -> float:
        """Return how long the client of *request* waits after failed *attempt* (from 1)."""
        return float(self.retry_waits_s(attempt)[request])

    def _merged(self, values: Sequence[Floats]) -> Floats:
        """Return in request order what is given source by source."""
        return np.concatenate([np.empty(0), *values])[self._order]


def _columns(traffic: Traffic, request: RequestDemands) -> set[str]:
    """Return the columns that the source's demands are linear in."""
    laws = (getattr(traffic.demands or request, quantity) for quantity in QUANTITIES)
    return {column for law in laws if isinstance(law, Linear) for column in law.per}
