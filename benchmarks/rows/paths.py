"""The engine with its own choice of path.

It is held against the heap where cores are not shared, against the reference engine where they are.
"""

from time import process_time

import numpy as np

from checks import conserved, lawful, same, same_records
from jobs import Found, Goal, Job, compared
from made import exponential, steady
from parts import path_of
from peers import numba_heap
from sim.record import Record
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.workload.workload import Workload
from timing import Timed, alternate, at_once


def by_heap(scenario: Scenario) -> tuple[float, float, numba_heap.Served]:
    """Serve a scenario of one deployment that never changes with the heap.

    Returns:
        Processor seconds for the draws and for the heap, and who was served when; the heap's
        threads are numbered as they stand in the line at 0.
    """
    (deployment,) = scenario.deployments
    replicas = deployment.runtime_configuration.max_replicas
    threads = deployment.runtime_configuration.thread_count or 0
    begin_s = process_time()
    workload = Workload(
        deployment, seed=scenario.seed, horizon_s=scenario.horizon_s, start=scenario.start
    )
    wait_s = workload.demands(deployment.request).wait_s
    drawn_s = process_time()
    served = numba_heap.serve(workload.arrival_at_s, wait_s, np.zeros(replicas * threads))
    return drawn_s - begin_s, process_time() - drawn_s, served


def agree_with_heap(record: Record, heap: numba_heap.Served, *, replicas: int) -> str:
    """Check start, end, replica and thread of every request; return what was checked.

    At 0 the line holds the threads by thread number and then replica. The heap knows no horizon.
    """
    attempts = record.deployments[0].attempts
    started = heap.start_at_s < record.horizon_s
    ended = heap.end_at_s < record.horizon_s
    same(attempts.start_at_s, np.where(started, heap.start_at_s, np.nan), "start")
    same(attempts.released_at_s, np.where(ended, heap.end_at_s, np.nan), "end")
    place = np.where(started, heap.thread, -1)
    mine = attempts.thread.astype(np.int64) * replicas + attempts.replica
    same(np.where(attempts.thread < 0, -1, mine), place, "replica and thread")
    return f"start, end, replica and thread == the heap's, {len(started):,} requests"


def against_heap(replicas: int, threads: int, utilisation: float, *, full: bool) -> Found:
    """Return the engine's speed as a multiple of the heap's, the draws left out of both."""
    count = 4_000_000 if full else 1_000_000
    rate_per_s = replicas * threads * utilisation
    scenario = steady(
        replicas=replicas,
        threads=threads,
        rate_per_s=rate_per_s,
        horizon_s=count / rate_per_s,
        request={"wait": exponential(1.0)},
    )
    simulate_record(scenario, engine="vectorised")
    by_heap(scenario)

    def without_draws(
        mine: Timed[Record], theirs: Timed[tuple[float, float, numba_heap.Served]]
    ) -> float:
        draws_s, heap_s, _ = theirs.value
        return heap_s / (mine.seconds - draws_s)

    comparison, record, heap = alternate(
        at_once(lambda: simulate_record(scenario, engine="vectorised")),
        at_once(lambda: by_heap(scenario)),
        rounds=4,
        request_counts=(count, count),
        times_as_fast=without_draws,
    )
    draws_s, heap_s, served = heap
    checked = agree_with_heap(record, served, replicas=replicas), conserved(record)
    return compared(
        comparison,
        path=path_of(record),
        here="simulate_record with draws",
        against="Numba heap with draws",
        checked=checked,
        beside=f"ratio without the draws ({draws_s:.2g} s, beside {heap_s:.2g} s for the heap)",
    )


def against_reference(cpu: float, utilisation: float, *, full: bool) -> Found:
    """Return the vectorised engine's speed as a multiple of the reference's, cores shared."""
    count, few = (4_000_000, 100_000) if full else (1_000_000, 20_000)
    rate_per_s = 10 * cpu * utilisation / 0.1

    def scenario(requests: int) -> Scenario:
        return steady(
            replicas=10,
            threads=32,
            cpu=cpu,
            rate_per_s=rate_per_s,
            horizon_s=requests / rate_per_s,
            request={"cpu": exponential(0.1)},
        )

    long, short = scenario(count), scenario(few)
    small = simulate_record(short, engine="vectorised")
    comparison, record, slow = alternate(
        at_once(lambda: simulate_record(long, engine="vectorised")),
        at_once(lambda: simulate_record(short, engine="reference")),
        rounds=3,
        request_counts=(count, few),
    )
    return compared(
        comparison,
        path=path_of(record),
        here="simulate_record",
        against="reference engine",
        checked=(same_records(small, slow), lawful(small), conserved(record)),
        beside="per request",
    )


def _heap_job(replicas: int, threads: int, utilisation: float) -> Job:
    return Job(
        name=f"engine-wait-{replicas * threads}-{utilisation:g}",
        title=f"engine, {replicas * threads} threads at {utilisation:g}"
        + (" (the queue grows)" if utilisation > 1 else ""),
        cpu="not shared",
        threads=f"{replicas} x {threads}",
        demand="wait, exponential, mean 1 s",
        goals=(Goal(0.5, 1.0),),
        measure=lambda full: against_heap(replicas, threads, utilisation, full=full),
    )


def _reference_job(cpu: float, utilisation: float) -> Job:
    return Job(
        name=f"engine-cpu-{cpu:g}-{utilisation:g}",
        title=f"engine, cpu shared, cpu utilisation {utilisation:g}",
        cpu=f"{cpu:g}",
        threads="10 x 32",
        demand="cpu, exponential, mean 100 ms",
        goals=(Goal(150, 500),),
        measure=lambda full: against_reference(cpu, utilisation, full=full),
    )


JOBS = (
    _heap_job(1, 32, 0.7),
    _heap_job(10, 32, 1.1),
    *(_reference_job(cpu, utilisation) for cpu in (1.0, 8.0) for utilisation in (0.6, 0.9)),
)
