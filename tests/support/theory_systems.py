"""Queues that theory knows, simulated, and their figures estimated with the errors known.

A figure (a mean wait, a share of lost requests) is estimated by batch means with control
variates: batches of one long run, 64 or more, regressed on quantities of the same requests whose
expectation is known, such as the mean gap, or their wait at a single server of another speed.
They are computed from what was drawn, in plain numpy, not from the run.

Sizes were chosen so that 10 standard errors are some 85 % of the difference that service times
2 % longer make in theory, from pilot runs of 60,000 requests.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import exp, factorial, sqrt
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

import queueing_theory as theory
from builders import columns, deployment, scenario
from sim.record import AttemptColumns
from sim.simulation.options import Engine
from sim.simulation.run import simulate_record
from sim.states import Outcome
from sim.workload.workload import Workload

Floats = NDArray[np.float64]

BATCH_COUNT = 64
MANY_REQUESTS = 1_000_000
BATCH_COUNT_OF_MANY = 320
"""Of long runs: their batches are long anyway, and more of them tell the error more exactly."""

WARM_UP_RATIO = 0.02
SEED = 20260105


@dataclass(frozen=True)
class Requests:
    """What was drawn for each request: arrival, unit-mean demand, patience (all shape (n,))."""

    arrival_at_s: Floats
    demand_s: Floats
    patience_s: Floats

    @property
    def gap_s(self) -> Floats:
        """Time since the arrival before."""
        return np.diff(self.arrival_at_s, prepend=0.0)

    def wait_at_one_server_s(self, speed: float) -> Floats:
        """Return the waits at a single server of that speed, in order of arrival.

        Source: Lindley's recursion, unrolled into a running maximum.
        """
        work_s = np.cumsum(self.demand_s / speed)
        before_s = work_s - self.demand_s / speed
        begins_at_s = before_s + np.maximum.accumulate(self.arrival_at_s - before_s)
        waits_s: Floats = begins_at_s - self.arrival_at_s
        return waits_s

    @cached_property
    def found_if_nobody_waited(self) -> Floats:
        """Return how many are present at each arrival if everybody is served at once.

        Poisson with mean rate x service, whatever the service law.
        """
        gone_at_s = np.sort(self.arrival_at_s + self.demand_s)
        number = np.arange(self.demand_s.size)
        gone = np.searchsorted(gone_at_s, self.arrival_at_s, side="right")
        return np.asarray(number - gone, dtype=np.float64)


Control = tuple[Floats, float]
"""A value for each request, and its expectation."""

Controls = Callable[[Requests], Iterable[Control]]
"""What figures are regressed on; one at a time, since each is as long as the run."""


@dataclass(frozen=True)
class System:
    """A special case of the model that theory knows.

    Attributes:
        rate_per_s: Arrivals.
        quantity: Which demand is the service time; its mean is 1 s.
        law: Its law, without the mean.
        count: Requests that are measured.
        figures: What is measured of each request, from what was seen and what was drawn.
        wanted: What theory says for a mean service time, by name.
        controls: What each figure is regressed on.
        settings: Of the deployment.
    """

    rate_per_s: float
    quantity: str
    law: dict[str, Any]
    count: int
    figures: dict[str, Callable[[AttemptColumns, Requests], Floats]]
    wanted: Callable[[float], dict[str, float]]
    controls: Controls
    settings: dict[str, Any] = field(default_factory=dict)

    def times(self, factor: int) -> Self:
        """Return the same system, with `factor` times as many requests measured."""
        return replace(self, count=factor * self.count)

    def deployment(self, service_factor: float) -> dict[str, Any]:
        """Return the deployment whose service times are `service_factor` times as long."""
        mean = "value" if self.law["kind"] == "constant" else "mean_value"
        settings: dict[str, Any] = {
            "service": {"timeout_s": 1e9},
            self.quantity: self.law | {mean: service_factor},
            "traffic": [{"kind": "poisson", "name": "p", "rate_per_s": self.rate_per_s}],
        }
        return deployment(**settings | self.settings)

    def run(self, service_factor: float, engine: Engine) -> tuple[AttemptColumns, Requests]:
        """Return the attempts, and what was drawn for them with service times as they should be."""
        enough = self.count + 6 * sqrt(self.count)  # so many arrive all but surely
        horizon_s = enough / self.rate_per_s + 200
        gc.collect()  # a finished run has cycles: the one before may still hold gigabytes
        record = simulate_record(
            scenario(self.deployment(service_factor), horizon_s=horizon_s),
            seed=SEED,
            engine=engine,
        )
        right = scenario(self.deployment(1.0), horizon_s=horizon_s)
        spec = right.deployments[0]
        drawn = Workload(spec, seed=SEED, horizon_s=horizon_s, start=right.start)
        patience_s = drawn.deadline_s
        return columns(record), Requests(
            drawn.arrival_at_s,
            getattr(drawn.demands(spec.request), self.quantity),
            np.zeros(drawn.arrival_at_s.size) if patience_s is None else patience_s,
        )

    def estimates(self, service_factor: float, engine: Engine) -> dict[str, tuple[float, float]]:
        """Return mean and standard error of every figure."""
        attempts, requests = self.run(service_factor, engine)
        figures = {
            name: self.batches(figure(attempts, requests)) for name, figure in self.figures.items()
        }
        controls = [
            (self.batches(values), expected) for values, expected in self.controls(requests)
        ]
        return {name: regressed(batches, controls) for name, batches in figures.items()}

    def batches(self, values: Floats) -> Floats:
        """Return the means of equal batches of the measured requests, the first ones left out."""
        first = int(WARM_UP_RATIO * self.count)
        count = BATCH_COUNT if self.count < MANY_REQUESTS else BATCH_COUNT_OF_MANY
        size = (self.count - first) // count
        kept = values[first : first + size * count]
        assert np.all(np.isfinite(kept))
        means: Floats = kept.reshape(count, size).mean(axis=1)
        return means


def regressed(batches: Floats, controls: list[Control]) -> tuple[float, float]:
    """Return the mean of `batches` and its standard error, what controls explain taken out.

    The intercept of a linear regression on (control - its expectation).

    Source: Lavenberg and Welch, A perspective on the use of control variables, Management Science
    27 (1981).
    """
    design = np.column_stack(
        [np.ones(batches.size), *(values - expected for values, expected in controls)]
    )
    coefficients = np.linalg.lstsq(design, batches, rcond=None)[0]
    residuals = batches - design @ coefficients
    variance = residuals @ residuals / (batches.size - design.shape[1])
    standard_error = sqrt(variance * np.linalg.inv(design.T @ design)[0, 0])
    return float(coefficients[0]), standard_error


def poisson_ratio(mean: float, least: int) -> float:
    """Return the probability that a Poisson number is at least `least`."""
    return 1 - exp(-mean) * sum(mean**j / factorial(j) for j in range(least))


def poisson_excess(mean: float, above: int) -> float:
    """Return the mean of what a Poisson number has above `above`, 0 if it is less."""
    return mean * poisson_ratio(mean, above) - above * poisson_ratio(mean, above + 1)


def wait_s(attempts: AttemptColumns, _requests: Requests) -> Floats:
    """Return how long each attempt was in the queue: until it started or was answered."""
    never = np.isnan(attempts.start_at_s)
    left_at_s = np.where(never, attempts.answered_at_s, attempts.start_at_s)
    waited_s: Floats = left_at_s - attempts.arrival_at_s
    return waited_s


def response_s(attempts: AttemptColumns, _requests: Requests) -> Floats:
    """Return how long each attempt was there until its thread was free again."""
    responded_s: Floats = attempts.released_at_s - attempts.arrival_at_s
    return responded_s


def is_lost(attempts: AttemptColumns, _requests: Requests) -> Floats:
    """Return 1 for each attempt that never started."""
    return np.asarray(np.isnan(attempts.start_at_s), dtype=np.float64)


def is_in_time(attempts: AttemptColumns, _requests: Requests) -> Floats:
    """Return 1 for each attempt that was completed while its client waited."""
    return np.asarray(attempts.outcome == Outcome.COMPLETED, dtype=np.float64)


def slowdown(attempts: AttemptColumns, requests: Requests) -> Floats:
    """Return response over demand of each attempt: 1 if it had a core to itself."""
    times: Floats = response_s(attempts, requests) / requests.demand_s
    return times


def of_one_fast_server(rate_per_s: float, speed: float, cv: float) -> Controls:
    """Return controls: the wait at one server of that speed, and the demand if it varies."""

    def controls(requests: Requests) -> Iterator[Control]:
        one_s = requests.wait_at_one_server_s(speed)
        expected_s = theory.mg1_wait_s(rate_per_s, 1 / speed, cv)
        yield one_s, expected_s
        if cv > 0:
            yield requests.demand_s, 1.0
            yield one_s * requests.demand_s, expected_s  # independent of each other

    return controls


def of_unlimited_servers(
    rate_per_s: float, servers: int, *more: Callable[[Requests], Control]
) -> Controls:
    """Return controls: gap, demand, how many above `servers` are there if nobody waits, `more`."""

    def controls(requests: Requests) -> Iterator[Control]:
        yield requests.gap_s, 1 / rate_per_s
        yield requests.demand_s, 1.0
        found = requests.found_if_nobody_waited
        yield (found >= servers).astype(np.float64), poisson_ratio(rate_per_s, servers)
        yield np.maximum(found - servers, 0.0), poisson_excess(rate_per_s, servers)
        for control in more:
            yield control(requests)

    return controls


def of_patience(mean_s: float) -> Callable[[Requests], Control]:
    """Return the control: the client's patience."""
    return lambda requests: (requests.patience_s, mean_s)


def of_service_in_time(expected_ratio: float) -> Callable[[Requests], Control]:
    """Return the control: whether the service alone is shorter than the patience."""
    return lambda requests: (
        (requests.demand_s < requests.patience_s).astype(np.float64),
        expected_ratio,
    )


EXPONENTIAL = {"kind": "exponential"}

SYSTEMS = {
    "M/M/3": System(
        rate_per_s=2.4,
        quantity="wait_s",
        law=EXPONENTIAL,
        count=30_000,
        figures={"wait": wait_s, "response": response_s},
        wanted=lambda service_s: {
            "wait": theory.mmc_wait_s(2.4, service_s, 3),
            "response": theory.mmc_wait_s(2.4, service_s, 3) + service_s,
        },
        controls=of_one_fast_server(2.4, 3, cv=1.0),
        settings={"wire": {"threads": 3}},
    ),
    "M/D/1, a GPU slot": System(
        rate_per_s=0.75,
        quantity="gpu_s",
        law={"kind": "constant"},
        count=75_000,
        figures={"response": response_s},
        wanted=lambda service_s: {
            "response": theory.mg1_wait_s(0.75, service_s, cv=0.0) + service_s
        },
        controls=of_one_fast_server(0.75, 1.25, cv=0.0),
        settings={"wire": {"threads": 128, "gpus": 1}},
    ),
    "M/M/1-PS": System(
        rate_per_s=0.7,
        quantity="cpu_s",
        law=EXPONENTIAL,
        count=30_000,
        figures={"response": response_s, "slowdown": slowdown},
        wanted=lambda service_s: {
            "response": theory.shared_response_s(0.7, service_s, 1),
            "slowdown": theory.shared_response_s(0.7, service_s, 1),  # whatever the demand
        },
        controls=of_one_fast_server(0.7, 1, cv=1.0),
        settings={"wire": {"threads": 128, "cpu": 1}},
    ),
    "M/G/1-PS": System(
        rate_per_s=0.75,
        quantity="cpu_s",
        law={"kind": "gamma", "cv": 2.0},
        count=100_000,
        figures={"response": response_s},
        wanted=lambda service_s: {"response": theory.shared_response_s(0.75, service_s, 1)},
        controls=of_one_fast_server(0.75, 1, cv=2.0),
        settings={"wire": {"threads": 128, "cpu": 1}},
    ),
    "M/G/2-PS": System(
        rate_per_s=1.6,
        quantity="cpu_s",
        law={"kind": "gamma", "cv": 0.5},
        count=20_000,
        figures={"response": response_s},
        wanted=lambda service_s: {"response": theory.shared_response_s(1.6, service_s, 2)},
        controls=of_one_fast_server(1.6, 2, cv=0.5),
        settings={"wire": {"threads": 128, "cpu": 2}},
    ),
    "M/M/10/20": System(
        rate_per_s=10.0,
        quantity="wait_s",
        law=EXPONENTIAL,
        count=130_000,
        figures={"lost": is_lost, "wait": wait_s},
        wanted=lambda service_s: {
            "lost": theory.finite_queue(10.0, service_s, 10, 10).lost_ratio,
            "wait": theory.finite_queue(10.0, service_s, 10, 10).wait_s,
        },
        controls=of_unlimited_servers(10.0, 10),
        settings={
            "wire": {"threads": 10},
            "service": {"timeout_s": 1e9, "queue_capacity": 10},
        },
    ),
    "M/M/10+D": System(
        rate_per_s=10.5,
        quantity="wait_s",
        law=EXPONENTIAL,
        count=130_000,
        figures={"lost": is_lost, "wait": wait_s, "in time": is_in_time},
        wanted=lambda service_s: as_figures(
            theory.patience_of_one_length(10.5, service_s, 10, 1.0)
        ),
        controls=of_unlimited_servers(10.5, 10, of_service_in_time(1 - exp(-1.0))),
        settings={"wire": {"threads": 10}, "client": {"policy": "none", "deadline_s": 1.0}},
    ),
    "M/M/10+M": System(
        rate_per_s=10.0,
        quantity="wait_s",
        law=EXPONENTIAL,
        count=200_000,
        figures={"lost": is_lost, "wait": wait_s, "in time": is_in_time},
        wanted=lambda service_s: as_figures(theory.exponential_patience(10.0, service_s, 10, 1.0)),
        controls=of_unlimited_servers(10.0, 10, of_patience(1.0), of_service_in_time(1 / 2)),
        settings={
            "wire": {"threads": 10},
            "client": {
                "policy": "none",
                "deadline_s": {"kind": "exponential", "mean_value": 1.0},
            },
        },
    ),
}


def as_figures(loss: theory.Loss) -> dict[str, float]:
    """Return the three figures of a queue with impatient clients."""
    return {"lost": loss.lost_ratio, "wait": loss.wait_s, "in time": loss.in_time_ratio}
