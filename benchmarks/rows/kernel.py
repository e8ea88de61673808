"""The window kernel alone against a compiled heap: start, end and thread of each request."""

import numpy as np

from checks import same
from jobs import Found, Goal, Job, absent, compared
from parts import window_kernel
from peers import numba_heap
from sim.random import stream
from timing import alternate, at_once

Floats = numba_heap.Floats


def requests(threads: int, utilisation: float, count: int) -> tuple[Floats, Floats]:
    """Return Poisson arrivals and lognormal services of mean 1 s (cv 1.3), shapes `(count,)`."""
    random = stream(1, f"kernel/{threads}/{utilisation}")
    arrival_at_s = np.cumsum(random.exponential(1 / (threads * utilisation), count))
    return arrival_at_s, random.lognormal(-0.5, 1.0, count)


def measured(threads: int, utilisation: float, *, full: bool) -> Found:
    """Return the kernel's speed as a multiple of the heap's."""
    kernel = window_kernel()
    if kernel is None:
        return absent(1, "this sim has no window kernel (sim.engines.vectorised.windows)")
    count = 4_000_000 if full else 1_000_000
    arrival_at_s, service_s = requests(threads, utilisation, count)
    free_at_s = np.zeros(threads)
    arguments = arrival_at_s, service_s, free_at_s
    kernel(*arguments)
    numba_heap.serve(*arguments)
    comparison, mine, theirs = alternate(
        at_once(lambda: kernel(*arguments)),
        at_once(lambda: numba_heap.serve(*arguments)),
        rounds=5,
        request_counts=(count, count),
    )
    for column, own, other in zip(mine._fields, mine, theirs, strict=True):
        same(own, other, column)
    return compared(
        comparison,
        path="windows",
        here="kernel",
        against="Numba heap",
        checked=(f"start, end and thread == the heap's, {count:,} requests",),
    )


def _job(threads: int, utilisation: float, goal: Goal) -> Job:
    return Job(
        name=f"kernel-{threads}-{utilisation:g}",
        title=f"window kernel, {threads} threads at {utilisation:g}: start, end and replica",
        cpu="not shared",
        threads=f"{threads} in all",
        demand="wait, lognormal, mean 1 s",
        goals=(goal,),
        measure=lambda full: measured(threads, utilisation, full=full),
    )


JOBS = (
    _job(320, 0.7, Goal(0.6, 1.5)),
    _job(3200, 0.95, Goal(0.7, 1.5)),
    _job(320, 0.95, Goal(0.35, 1.0)),
)
