"""M/M/c on Ciw: one node, its records, with the figures of `simulate`."""

import ciw
import numpy as np

from made import EVALUATION_S
from peers.figures import Figures, figures


def simulate_mmc(*, rate_per_s: float, service_s: float, servers: int, horizon_s: float) -> Figures:
    """Return the figures of one run over `[0, horizon_s)`.

    Ciw keeps a record of every customer that left; the load is found afterwards from these, and
    from the customers that are still there.
    """
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=rate_per_s)],
        service_distributions=[ciw.dists.Exponential(rate=1 / service_s)],
        number_of_servers=[servers],
    )
    ciw.seed(7)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(horizon_s)
    records = simulation.get_all_records(only=["service"])
    left = simulation.nodes[1].all_individuals
    queued = sum(not individual.server for individual in left)
    start_at_s = np.array([record.service_start_date for record in records])
    end_at_s = np.array([record.service_end_date for record in records])
    arrival_at_s = np.array([record.arrival_date for record in records])
    running_from_s = [float(one.service_start_date) for one in left if one.server]
    at_s = np.arange(0.0, horizon_s, EVALUATION_S)
    started = np.searchsorted(np.sort(np.append(start_at_s, running_from_s)), at_s)
    ended = np.searchsorted(np.sort(end_at_s), at_s)
    return figures(
        arrived=len(records) + len(left),
        queued=queued,
        running=len(left) - queued,
        wait_s=start_at_s - arrival_at_s,
        response_s=end_at_s - arrival_at_s,
        load=(started - ended) / servers,
    )
