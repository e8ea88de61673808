"""What the traffic of a deployment asks for per second, on average, at each instant.

Traces, given instants and files of rate windows are not read: their load is not known here. Tries
again of clients whose requests failed are not counted.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sim.engines.contract.cores import effective_cores
from sim.lint.course import Course, Generation, Spell
from sim.lint.laws import mean
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.intervals import IntervalTraffic
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.traffic import (
    BurstsTraffic,
    CycleTraffic,
    PiecewiseTraffic,
    PoissonTraffic,
    Traffic,
    WindowsTraffic,
)
from sim.workload.intervals import rates_over_time
from sim.workload.poisson import RatePieces
from sim.workload.rate_pieces import cycle_rates, piecewise_rates, poisson_rates
from sim.workload.rate_windows import renewal_windows

_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked for per second.

    Attributes:
        rate_per_s: Requests.
        wait_s: Seconds of waiting in a thread.
        cpu_s: Seconds of work of one core.
        gpu_s: Seconds of work on a GPU slot.
    """

    rate_per_s: float = 0.0
    wait_s: float = 0.0
    cpu_s: float = 0.0
    gpu_s: float = 0.0

    def __add__(self, other: "Load") -> "Load":
        """Return both together."""
        return Load(
            self.rate_per_s + other.rate_per_s,
            self.wait_s + other.wait_s,
            self.cpu_s + other.cpu_s,
            self.gpu_s + other.gpu_s,
        )


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one replica has: threads, cores that its requests can use together, GPU slots."""

    threads: int
    cores: float
    gpu_slots: int

    def busy_threads(self, load: Load) -> float:
        """Return how many threads a load occupies where no request waits for cores or GPUs.

        Little's law: rate times time. On less than one core work takes `1 / cores` as long.

        Source: Little, A proof for the queuing formula L = lambda W (1961).
        """
        return load.wait_s + load.cpu_s / min(self.cores, 1.0) + load.gpu_s

    def replicas_for(self, load: Load) -> float:
        """Return how many replicas a load occupies wholly: of threads, cores or GPU slots.

        Infinite where it needs GPUs and a replica has none.
        """
        parts = [self.busy_threads(load) / self.threads, load.cpu_s / self.cores]
        if load.gpu_s > 0:
            parts.append(load.gpu_s / self.gpu_slots if self.gpu_slots else math.inf)
        return max(parts)


def capacity_of(deployment: Deployment, generation: Generation) -> Capacity:
    """Return what one replica of a revision has."""
    normal, behaviour = generation.normal, deployment.replica
    return Capacity(
        threads=normal.thread_count,
        cores=effective_cores(normal.cpu_millicores / 1000, behaviour.cpu_parallelism),
        gpu_slots=normal.gpu_count * behaviour.gpu_slots,
    )


def whole_replicas(replicas: float) -> int:
    """Return the least whole number that is enough, past what rounding adds."""
    return math.ceil(replicas - _SLACK)


def load_at(scenario: Scenario, course: Course, generation: Generation, at_s: float) -> Load | None:
    """Return the load on a revision from an instant on; None where it is not known."""
    found = list(_sources(scenario, course.deployment, generation))
    if None in found:
        return None
    return _sum(found, [_rate(pieces, at_s) for pieces, _ in filter(None, found)])


def loads_of(scenario: Scenario, course: Course, spell: Spell) -> Sequence[Load] | None:
    """Return the load at each end of each stretch of time in which rates are linear.

    The load is nowhere in the spell greater than the greatest of them, or less than the least. None
    where it is not known; empty without traffic.
    """
    found = list(_sources(scenario, course.deployment, spell.generation))
    if None in found:
        return None
    sources = list(filter(None, found))
    edges = {spell.from_s, spell.to_s}
    for pieces, _ in sources:
        edges |= {e for e in pieces.edge_at_s.tolist() if spell.from_s < e < spell.to_s}
    loads = []
    for at_s in sorted(edges):
        if at_s < spell.to_s:
            loads.append(_sum(found, [_rate(pieces, at_s) for pieces, _ in sources]))
        if at_s > spell.from_s:
            loads.append(_sum(found, [_rate_before(pieces, at_s) for pieces, _ in sources]))
    return loads if sources else []


_Source = tuple[RatePieces, Load]
"""The rate of a source, and what one of its requests asks for."""


def _sources(
    scenario: Scenario, deployment: Deployment, generation: Generation
) -> Iterator[_Source | None]:
    for source in deployment.traffic:
        pieces = mean_rates(source, start=scenario.start, horizon_s=scenario.horizon_s)
        each = request_load(source.demands or generation.model.demands)
        yield None if pieces is None or each is None else (pieces, each)


def request_load(demands: RequestDemands) -> Load | None:
    """Return what one request asks for on average; None where a file would have to be read."""
    wait_s, cpu_s, gpu_s = mean(demands.wait_s), mean(demands.cpu_s), mean(demands.gpu_s)
    if wait_s is None or cpu_s is None or gpu_s is None:
        return None
    return Load(1.0, wait_s, cpu_s, gpu_s)


def _sum(found: Sequence[_Source | None], rates_per_s: Sequence[float]) -> Load:
    total = Load()
    for source, rate_per_s in zip(filter(None, found), rates_per_s, strict=True):
        each = source[1]
        total += Load(
            rate_per_s, rate_per_s * each.wait_s, rate_per_s * each.cpu_s, rate_per_s * each.gpu_s
        )
    return total


def mean_rates(traffic: Traffic, *, start: datetime, horizon_s: float) -> RatePieces | None:
    """Return the mean rate of a source over time; of bursts the mean of both spells.

    None for traces, given instants and files of windows or intervals, which say no rate without
    being read.

    Args:
        traffic: The source.
        start: The wall clock at time 0.
        horizon_s: Up to where at least it is to be known.
    """
    match traffic:
        case PoissonTraffic():
            return poisson_rates(traffic)
        case PiecewiseTraffic():
            return piecewise_rates(traffic)
        case CycleTraffic():
            return cycle_rates(traffic, start=start, horizon_s=horizon_s)
        case BurstsTraffic():
            arrivals = (
                traffic.base_rate_per_s * traffic.mean_base_s
                + traffic.burst_rate_per_s * traffic.mean_burst_s
            )
            rate_per_s = np.array([arrivals / (traffic.mean_base_s + traffic.mean_burst_s)])
            return RatePieces(np.array([0.0, math.inf]), rate_per_s, rate_per_s)
        case IntervalTraffic() if traffic.file is None:
            return rates_over_time(traffic)
        case WindowsTraffic() if traffic.file is None:
            return window_rates(traffic, horizon_s)
        case _:
            return None


def window_rates(traffic: WindowsTraffic, horizon_s: float) -> RatePieces:
    """Return the rate of each window; a file is read.

    Raises:
        ScenarioError: See `renewal_windows`.
    """
    edges, rates = [0.0], []
    for _, window in renewal_windows(traffic, horizon_s=horizon_s):
        if window.start_at_s > edges[-1]:
            edges.append(window.start_at_s)
            rates.append(0.0)
        edges.append(window.end_at_s)
        rates.append(window.rate_per_s)
    edges.append(math.inf)
    rate_per_s = np.array([*rates, 0.0])
    return RatePieces(np.array(edges), rate_per_s, rate_per_s)


def _rate(pieces: RatePieces, at_s: float) -> float:
    """Return the rate at an instant, and just after it where it jumps."""
    return _in_piece(pieces, at_s, int(np.searchsorted(pieces.edge_at_s, at_s, side="right")) - 1)


def _rate_before(pieces: RatePieces, at_s: float) -> float:
    """Return the rate just before an instant."""
    return _in_piece(pieces, at_s, int(np.searchsorted(pieces.edge_at_s, at_s, side="left")) - 1)


def _in_piece(pieces: RatePieces, at_s: float, piece: int) -> float:
    if not 0 <= piece < pieces.from_per_s.size:
        return 0.0
    from_per_s, to_per_s = float(pieces.from_per_s[piece]), float(pieces.to_per_s[piece])
    if from_per_s == to_per_s:
        return from_per_s
    return float(pieces.at(np.array([at_s]), piece)[0])
