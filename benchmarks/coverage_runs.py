"""Rows of the table of coverage through the simulator: the values of samples are those of runs.

A sample is 30 of the 6,000 runs of a row, drawn without replacement, and the truth is the mean of
all of them: its standard error is a fourteenth of the intervals' half width. A row takes some two
minutes of processor time.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from coverage_experiments import holds_mean
from coverage_rows import Row
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario, parse_scenario
from sim.studies.runs.case import Case
from sim.studies.runs.local import cores, local
from sim.studies.runs.replication import Replication, Task
from sim.studies.runs.seeds import replication_seed
from timing import BENCHMARKS

RUNS = 30
"""Of a sample."""

POOL = 6000
"""Runs that samples are drawn from."""

MM1 = """
name: M/M/1 at utilisation 0.9
horizon: 1000s
warm_up: 500s
deployments:
  - name: server
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, threadCount: 1}
    service: {timeout: 1d}
    request: {wait: {kind: exponential, mean: 1s}}
    traffic: [{kind: poisson, rate: 0.9/s}]
"""
"""Poisson arrivals, exponential service, one server."""


def of_scenario(
    repetitions: int,
    generator: np.random.Generator,
    *,
    scenario: Callable[[], Scenario],
    address: str,
) -> float:
    """Return how often the interval of 30 runs held the mean of a measure.

    Args:
        repetitions: Samples.
        generator: Chooses the seed from which those of the runs follow, and the samples.
        scenario: Makes what is replicated.
        address: The measure's.

    Raises:
        LookupError: A run could not be made, or has no value.
    """
    case = Case("coverage", scenario())
    place = case.measures.index(case.measure(address))
    seed = int(generator.integers(2**32))
    seeds = [replication_seed(seed, number) for number in range(POOL)]
    value = dict.fromkeys(seeds, np.nan)
    executor = local(cores())
    try:
        for task, made in executor.run(Task(case.parcel, its) for its in seeds):
            if isinstance(made, Replication):
                value[task.seed] = float(made.values[place])
    finally:
        executor.close()
    values = np.array([value[its] for its in seeds])
    if not np.isfinite(values).all():
        raise LookupError(f"{address} has no value in some runs")
    samples = [generator.choice(values, RUNS, replace=False) for _ in range(repetitions)]
    return float(holds_mean(np.array(samples), float(values.mean())).mean())


def _shipped(name: str) -> Path:
    return BENCHMARKS.parent / "scenarios" / name


THROUGH_RUNS = tuple(
    Row(
        "mean of 30 runs, t",
        words,
        "0.95",
        partial(of_scenario, scenario=scenario, address=address),
        repetitions=1000,
    )
    for words, scenario, address in (
        ("M/M/1 at 0.9, mean response", partial(parse_scenario, MM1), "response_s.mean"),
        (
            "gpu_queue_one_spare, p99 of the response",
            partial(load_scenario, _shipped("gpu_queue_one_spare.yaml")),
            "response_s.p99",
        ),
        (
            "cold_start_from_zero, p99 of the response",
            partial(load_scenario, _shipped("cold_start_from_zero.yaml")),
            "response_s.p99",
        ),
    )
)
"""What replicates a scenario."""
