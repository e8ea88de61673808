"""M/M/c as somebody who knows SimPy writes it for this one job, with the figures of `simulate`.

A resource with c slots, a process a request, waits and responses in lists, quantiles with NumPy.
The draws are made in one go beforehand, which is faster than one at a time.
"""

from collections.abc import Generator

import numpy as np
import simpy

from made import EVALUATION_S
from peers.figures import Figures, figures

Steps = Generator[simpy.Event, None, None]


def simulate_mmc(*, rate_per_s: float, service_s: float, servers: int, horizon_s: float) -> Figures:
    """Return the figures of the requests of one run over `[0, horizon_s)`."""
    random = np.random.default_rng(7)
    spare = int(rate_per_s * horizon_s + 6 * (rate_per_s * horizon_s) ** 0.5) + 10
    gaps_s = random.exponential(1 / rate_per_s, spare).tolist()
    services_s = random.exponential(service_s, spare).tolist()
    environment = simpy.Environment()
    threads = simpy.Resource(environment, capacity=servers)
    arrived = 0
    waits_s: list[float] = []
    responses_s: list[float] = []
    loads: list[float] = []

    def request(hold_s: float) -> Steps:
        arrival_at_s = environment.now
        with threads.request() as thread:
            yield thread
            wait_s = environment.now - arrival_at_s
            yield environment.timeout(hold_s)
            waits_s.append(wait_s)
            responses_s.append(environment.now - arrival_at_s)

    def arrivals() -> Steps:
        nonlocal arrived
        for gap_s, hold_s in zip(gaps_s, services_s, strict=True):
            yield environment.timeout(gap_s)
            arrived += 1
            environment.process(request(hold_s))

    def watch() -> Steps:
        while True:
            loads.append(threads.count / servers)
            yield environment.timeout(EVALUATION_S)

    environment.process(arrivals())
    environment.process(watch())
    environment.run(until=horizon_s)
    return figures(
        arrived=arrived,
        queued=len(threads.queue),
        running=threads.count,
        wait_s=np.array(waits_s),
        response_s=np.array(responses_s),
        load=np.array(loads),
    )
