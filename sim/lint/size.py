"""What a run takes: requests, replicas, memory and time, from its scenario alone.

Nothing is drawn. Of traces a few rows are read, by which their number in the run is reckoned.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sim.engines.contract.client import retry_policy
from sim.errors import DataPath
from sim.lint.course import Spell, course_of
from sim.lint.traffic import mean_rates, window_rates
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.distributions import Constant
from sim.scenario.models.intervals import CountsTraffic, IntervalTraffic
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.schedule import ScheduleEntry
from sim.scenario.models.timeline import ScheduleEvent
from sim.scenario.models.traffic import (
    BurstsTraffic,
    CycleTraffic,
    InstantsTraffic,
    TraceTraffic,
    Traffic,
    WindowsTraffic,
)
from sim.scenario.models.wall_clock import DAYS, WEEK_S
from sim.workload.intervals import intervals_of, rates_over_time
from sim.workload.trace_span import trace_span

# Measured (2 cores, November 2026) as peak resident bytes and seconds of a process: days of 2.6 and
# 7.8 million requests on 8 replicas of 8 threads, with constant and with drawn demands, kept and
# summed up; with tables and picture 2.6 to 10.4 million; 5,000 and 10,000 replicas that start cold;
# a year of evaluations every 5 s. What is here are differences over differences.
_REQUEST_BYTES: Final = 57
_SUMMED_REQUEST_BYTES: Final = 9
_DRAWN_BYTES: Final = 9
_SUMMED_DRAWN_BYTES: Final = 14
_TABLED_BYTES: Final = 145
_TRACE_ROW_BYTES: Final = 24
_BURST_BYTES: Final = 96
_EVALUATION_BYTES: Final = 150
_REPLICA_BYTES: Final = 5_600
_REQUEST_S: Final = 0.45e-6
TABLED_S: Final = 0.6e-6
_EVALUATION_S: Final = 0.2e-6
_REPLICA_S: Final = 0.85e-3


@dataclass(frozen=True, slots=True)
class Size:
    """What a run takes.

    Attributes:
        requests: How many, on average over seeds.
        are_counted: Whether that is their number in every run.
        are_at_most: Whether there may be fewer: how many rows of a trace are in the run is not
            known without reading it.
        attempts: How many there are where every attempt fails and clients do what they then may.
        replicas: How many there may ever be, over all rollouts.
        memory_bytes: Beyond what every process takes that simulates; about.
        time_s: On a core of 2026, compiled; about.
        most_requests: Where the scenario says what asks for the most requests.
        most_replicas: Where it says what asks for the most replicas.
    """

    requests: float
    are_counted: bool
    are_at_most: bool
    attempts: float
    replicas: int
    memory_bytes: float
    time_s: float
    most_requests: DataPath
    most_replicas: DataPath


def size_of(
    scenario: Scenario,
    *,
    keeps_attempts: bool = True,
    with_tables: bool = False,
    drawn_s: float = math.inf,
) -> Size:
    """Return what a run of a scenario takes.

    Files of rate windows and of intervals are read; of traces a few rows are.

    Args:
        scenario: One that keeps the rules of validation, or a variant of one.
        keeps_attempts: Whether the run keeps them, and not their summary alone.
        with_tables: Whether tables and picture are written.
        drawn_s: Up to when requests and evaluations are counted, where a live run draws them piece
            by piece; replicas are those of the whole timeline.

    Raises:
        ScenarioError: A file of rate windows cannot be used.
    """
    drawn_s = min(drawn_s, scenario.horizon_s)
    traffic = list(_traffic(scenario, drawn_s, keeps_attempts=keeps_attempts))
    fleets = [_fleet(scenario, place, drawn_s) for place in range(len(scenario.deployments))]
    requests = sum(source.requests for source in traffic)
    replicas = sum(fleet.replicas for fleet in fleets)
    evaluations = sum(fleet.evaluations for fleet in fleets)
    tabled = requests if with_tables and keeps_attempts else 0.0
    return Size(
        requests=requests,
        are_counted=all(source.is_counted for source in traffic),
        are_at_most=any(source.is_at_most for source in traffic),
        attempts=sum(source.requests * source.attempts for source in traffic),
        replicas=replicas,
        memory_bytes=sum(source.memory_bytes for source in traffic)
        + tabled * _TABLED_BYTES
        + evaluations * _EVALUATION_BYTES
        + replicas * _REPLICA_BYTES,
        time_s=requests * _REQUEST_S
        + tabled * TABLED_S
        + evaluations * _EVALUATION_S
        + replicas * _REPLICA_S,
        most_requests=max(traffic, key=lambda source: source.requests).path if traffic else (),
        most_replicas=max(fleets, key=lambda fleet: fleet.replicas).path,
    )


# Requests --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _SourceSize:
    """What one source of requests comes to; `attempts` are the most of one request."""

    path: DataPath
    requests: float
    is_counted: bool
    is_at_most: bool
    attempts: int
    memory_bytes: float


def _traffic(scenario: Scenario, until_s: float, *, keeps_attempts: bool) -> Iterator[_SourceSize]:
    for place, deployment in enumerate(scenario.deployments):
        for number, source in enumerate(deployment.traffic):
            arrivals = _arrivals(source, scenario.start, until_s)
            drawn = _drawn(source.demands or deployment.request)
            each_bytes = (
                _REQUEST_BYTES + drawn * _DRAWN_BYTES
                if keeps_attempts
                else _SUMMED_REQUEST_BYTES + drawn * _SUMMED_DRAWN_BYTES
            )
            yield _SourceSize(
                path=("deployments", place, "traffic", number),
                requests=arrivals.requests,
                is_counted=_is_counted(source, until_s),
                is_at_most=arrivals.is_at_most,
                attempts=_most_attempts(deployment),
                memory_bytes=arrivals.requests * each_bytes + arrivals.besides_bytes,
            )


def _is_counted(source: Traffic, until_s: float) -> bool:
    """Return whether a source has the same number of requests before an instant in every run."""
    if isinstance(source, CountsTraffic):
        found = intervals_of(source)
        return bool(found.start_at_s[0] >= 0 and found.end_at_s[-1] <= until_s)
    return isinstance(source, InstantsTraffic)


def _most_attempts(deployment: Deployment) -> int:
    return retry_policy(deployment.client, deployment.service.lost_request).max_attempts


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """Requests of a source before an instant, and what it holds besides: rows, spells of bursts."""

    requests: float
    is_at_most: bool = False
    besides_bytes: float = 0.0


def _arrivals(source: Traffic, start: datetime, until_s: float) -> _Arrivals:
    """Return how many requests of a source there are on average before an instant."""
    match source:
        case InstantsTraffic():
            return _Arrivals(sum(at_s < until_s for at_s in source.at_s))
        case TraceTraffic():  # all of it is read, whatever is before the instant
            found = trace_span(source, until_s)
            requests, bytes_read = found.within * source.rate_scale, found.rows * _TRACE_ROW_BYTES
            return _Arrivals(requests, found.is_bound, bytes_read)
        case WindowsTraffic():
            return _Arrivals(window_rates(source, until_s).mean_count(until_s))
        case IntervalTraffic():
            return _Arrivals(rates_over_time(source).mean_count(until_s))
        case CycleTraffic():  # a period for all that there are, however many
            periods, rest_s = divmod(until_s, source.period_s)
            one = mean_rates(source, start=start, horizon_s=source.period_s)
            if one is None:
                return _Arrivals(0.0)
            return _Arrivals(periods * one.mean_count(source.period_s) + one.mean_count(rest_s))
        case _:
            rates = mean_rates(source, start=start, horizon_s=until_s)
            requests = 0.0 if rates is None else rates.mean_count(until_s)
            return _Arrivals(requests, besides_bytes=_spell_bytes(source, until_s))


def _spell_bytes(source: Traffic, until_s: float) -> float:
    if not isinstance(source, BurstsTraffic):
        return 0.0
    return until_s / (source.mean_base_s + source.mean_burst_s) * _BURST_BYTES


def _drawn(demands: RequestDemands) -> int:
    """Return how many quantities of a request are held one by one."""
    laws = (demands.wait_s, demands.cpu_s, demands.gpu_s, demands.memory_bytes)
    return sum(not isinstance(law, Constant) for law in laws)


# Replicas --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _FleetSize:
    """What the control of one deployment comes to."""

    path: DataPath
    replicas: int
    evaluations: float


def _scheduled(scenario: Scenario, place: int) -> Iterator[tuple[DataPath, ScheduleEntry]]:
    """Yield each entry of the schedules that a deployment may have, with where it is written."""
    deployment = scenario.deployments[place]
    for number, entry in enumerate(deployment.autoscaler.schedule):
        yield ("deployments", place, "autoscaler", "schedule", number), entry
    for at, event in enumerate(scenario.timeline):
        if isinstance(event, ScheduleEvent) and event.deployment == deployment.name:
            for number, entry in enumerate(event.schedule):
                yield ("timeline", at, "schedule", number), entry


def _asked_by_schedules(scenario: Scenario, place: int) -> Iterator[tuple[int, DataPath]]:
    """Yield how many replicas entries ask for in all: their minimum whenever they begin."""
    weeks = scenario.horizon_s / WEEK_S
    for path, entry in _scheduled(scenario, place):
        begins = 1 + math.ceil(weeks * len(entry.days or DAYS))
        yield begins * entry.min_count, (*path, "min")


def _fleet(scenario: Scenario, place: int, until_s: float) -> _FleetSize:
    """Return the replicas that a deployment may ever have, and how often they are evaluated.

    Whenever another configuration is wanted there are `minReplicas` new ones. The autoscaler adds
    one at a time, after its delay, up to `maxReplicas`.
    """
    deployment = scenario.deployments[place]
    course = course_of(scenario, place)
    first = deployment.initial.responsive_count
    asked: list[tuple[int, DataPath]] = []
    if first:
        asked.append((first, course.path("initial")))
    entries = [entry for _, entry in _scheduled(scenario, place)]
    asked += _asked_by_schedules(scenario, place)
    growth = 0.0
    before: Spell | None = None
    for spell in course.spells:
        normal = spell.generation.normal
        is_new = before is None or before.to_s < spell.from_s
        if is_new or (before is not None and before.generation != spell.generation):
            there = first if before is None else 0
            path = (*spell.generation.configuration_path, "minReplicas")
            asked.append((max(normal.min_replicas - there, 0), path))
        step_s = max(normal.scale_up_delay_s, deployment.autoscaler.evaluation_interval_s)
        most = max([normal.max_replicas, *(entry.max_count for entry in entries)])
        room = most - max(normal.min_replicas, first)
        growth += max(0, min(room, math.ceil((spell.to_s - spell.from_s) / step_s)))
        before = spell
    enabled_s = sum(max(0.0, min(spell.to_s, until_s) - spell.from_s) for spell in course.spells)
    return _FleetSize(
        path=max(asked, key=lambda pair: pair[0])[1] if asked else course.path(),
        replicas=sum(count for count, _ in asked) + int(growth),
        evaluations=enabled_s / deployment.autoscaler.evaluation_interval_s,
    )
