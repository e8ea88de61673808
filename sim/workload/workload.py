"""A deployment's requests: when they come, what they ask for, how patient their clients are.

Owns the order of requests and their numbers. A workload depends on the deployment's traffic, its
clients and the seed, on nothing that happens in the run.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.models.computed import FromColumns
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.traffic import Traffic
from sim.workload.column_loads import ColumnLoad
from sim.workload.demands import DEADLINE, QUANTITIES, Demands, demand, drawn, retry_waits_s
from sim.workload.drawn_columns import Floats, is_repeated, repeated
from sim.workload.replay import TraceUse
from sim.workload.sources import SourceArrivals, SourceStreams


class Workload:
    """All requests of one deployment in ``[0, horizon_s)``, numbered from 0 in order of arrival.

    Requests of one instant are ordered by their source's place in the scenario, then by their
    number within it.

    Attributes:
        arrival_at_s: Arrivals, ascending, shape ``(n,)``.
        source: Place of each request's source in the deployment's traffic, shape ``(n,)``; for a
            single source read-only with stride 0.
        deadline_s: How long the client waits for each attempt, shape ``(n,)``; None: for ever.
        traces: What the run makes of the rows of each trace, in the order of the traffic.
        loads: By the names of sources: what demands from a trace's columns occupy, as the
            deployment says them; without those of which there is nothing to say.
    """

    arrival_at_s: Floats
    source: NDArray[np.int32]
    deadline_s: Floats | None
    traces: tuple[TraceUse, ...]
    loads: Mapping[str, ColumnLoad]

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
        self.traces = tuple(one.use for one in self._sources if one.use is not None)
        loads = {
            source.streams.source: source.load(own or deployment.request)
            for source, own in zip(self._sources, self._overrides, strict=True)
        }
        self.loads = {name: load for name, load in loads.items() if load is not None}
        self.source, self.arrival_at_s = _merged_arrivals(self._sources)
        self.deadline_s = None
        deadline = deployment.client.deadline_s
        if deadline is not None:
            self.deadline_s = np.ascontiguousarray(
                self._merged([drawn(deadline, source, DEADLINE) for source in self._sources])
            )
        self._waits_s: dict[int, Floats] = {}

    def demands(self, request: RequestDemands) -> Demands:
        """Return what every request asks for if the deployment says *request*.

        A source with demands of its own keeps them. The draws behind do not depend on *request*.
        Where all requests ask for the same, the array holds it once (`Demands`).

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
        return Demands(wait_s, cpu_s, gpu_s, memory_bytes.astype(np.int64, copy=False))

    def retry_waits_s(self, attempt: int) -> Floats:
        """Return how long each request's client would wait after failed *attempt* (from 1).

        Shape ``(n,)``, in request order.
        """
        if attempt not in self._waits_s:
            self._waits_s[attempt] = self._merged(
                [retry_waits_s(source, self._client, attempt) for source in self._sources]
            )
        return self._waits_s[attempt]

    @property
    def index(self) -> NDArray[np.int64]:
        """Number of each request within its source, from 0, shape ``(n,)``, made anew each time.

        Draw ``index`` of each of the source's streams is this request's.
        """
        return self._merged([np.arange(source.count) for source in self._sources]).astype(np.int64)

    def rows(self) -> NDArray[np.int64] | None:
        """Return the data row of its trace that each request is of, from 0, made anew each time.

        Shape ``(n,)``, in request order; -1 where it was drawn, None where all were.
        """
        found = [source.rows() for source in self._sources]
        if all(rows is None for rows in found):
            return None
        return self._merged(
            [
                repeated(np.int64(-1), source.count) if rows is None else rows
                for source, rows in zip(self._sources, found, strict=True)
            ]
        )

    def retry_wait_s(self, request: int, attempt: int) -> float:
        """Return how long the client of *request* waits after failed *attempt* (from 1)."""
        return float(self.retry_waits_s(attempt)[request])

    def _merged(self, values: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Return in request order what is given source by source."""
        if len(values) == 1:
            return values[0]
        if all(map(is_repeated, values)) and len({part[0] for part in values}) == 1:
            return repeated(values[0][0], self.arrival_at_s.size)
        found = np.empty(self.arrival_at_s.size, dtype=values[0].dtype if values else np.float64)
        for place, part in enumerate(values):
            found[self.source == place] = part
        return found


def _merged_arrivals(sources: Sequence[SourceArrivals]) -> tuple[NDArray[np.int32], Floats]:
    """Return the place of each request's source, and its arrival, in request order.

    A single source is in order as it is.
    """
    if len(sources) == 1:
        return repeated(np.int32(0), sources[0].count), sources[0].hand_over()
    counts = [source.count for source in sources]
    at_s = np.concatenate([np.empty(0), *(source.hand_over() for source in sources)])
    order = np.argsort(at_s, kind="stable")
    place = np.repeat(np.arange(len(sources), dtype=np.int32), counts)[order]
    return place, at_s[order]


def _columns(traffic: Traffic, request: RequestDemands) -> set[str]:
    """Return the columns that the source's demands are computed from."""
    laws = (getattr(traffic.demands or request, quantity) for quantity in QUANTITIES)
    return {column for law in laws if isinstance(law, FromColumns) for column in law.columns}
