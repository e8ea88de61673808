"""Closed forms of queueing theory, for systems that the simulator contains as special cases.

Arrivals are Poisson; `servers` serve at unit speed, `service_s` is the mean service time and
`load` stands for rate x service_s, the mean number of busy servers if nobody were lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, takewhile
from math import exp, factorial


@dataclass(frozen=True)
class Loss:
    """A queue that not everybody gets through, each figure taken over all arrivals.

    Attributes:
        lost_ratio: Those who are never served.
        wait_s: Mean time in the queue, 0 for those turned away at the door.
        in_time_ratio: Those whose service ends before their patience does.
    """

    lost_ratio: float
    wait_s: float
    in_time_ratio: float = 1.0


def delay_ratio(load: float, servers: int) -> float:
    """Return the probability that an arrival at M/M/c waits.

    Source: Erlang's C formula; Gross et al., Fundamentals of Queueing Theory (2008), section 2.3.
    """
    idle = sum(load**j / factorial(j) for j in range(servers))
    busy = load**servers / factorial(servers) / (1 - load / servers)
    return busy / (idle + busy)


def mmc_wait_s(rate_per_s: float, service_s: float, servers: int) -> float:
    """Return the mean wait at M/M/c.

    Source: as `delay_ratio`.
    """
    load = rate_per_s * service_s
    return delay_ratio(load, servers) * service_s / (servers - load)


def mg1_wait_s(rate_per_s: float, service_s: float, cv: float) -> float:
    """Return the mean wait at M/G/1 in order of arrival; `cv` is the service's std over mean.

    Source: Pollaczek and Khinchine; Gross et al. (2008), section 5.1.
    """
    second_moment = service_s**2 * (1 + cv**2)
    return rate_per_s * second_moment / 2 / (1 - rate_per_s * service_s)


def shared_response_s(rate_per_s: float, service_s: float, servers: int) -> float:
    """Return the mean response where all present share c servers, nobody faster than one.

    It depends on the service time through its mean only (the queue is symmetric), so it is what
    M/M/c has; for one server it is service_s / (1 - rho).

    Source: Kelly, Reversibility and Stochastic Networks (1979), section 3.3.
    """
    return service_s + mmc_wait_s(rate_per_s, service_s, servers)


def finite_queue(rate_per_s: float, service_s: float, servers: int, places: int) -> Loss:
    """Return M/M/c/K with K = `servers` + `places`.

    Source: Gross et al. (2008), section 2.4.
    """
    load = rate_per_s * service_s
    states = [load / min(j, servers) for j in range(1, servers + places + 1)]
    weights = list(accumulate(states, lambda weight, step: weight * step, initial=1.0))
    queued = sum((j - servers) * weight for j, weight in enumerate(weights) if j > servers)
    total = sum(weights)
    return Loss(lost_ratio=weights[-1] / total, wait_s=queued / total / rate_per_s)


def patience_of_one_length(
    rate_per_s: float, service_s: float, servers: int, patience_s: float
) -> Loss:
    """Return M/M/c where whoever has waited `patience_s` leaves, and who is served stays.

    An arrival that finds c busy would wait x with density p rate exp(rate min(x, patience) - c x /
    service), p the probability of c - 1 present; it finds j < c present with the probability
    p (c - 1)! / j! load^(j - c + 1). It is lost if x exceeds its patience.

    Source: Barrer, Queuing with impatient customers and ordered service, Operations Research 5
    (1957); Gnedenko and Kovalenko, Introduction to Queueing Theory (1968), section 1.5.
    """
    load, drain_per_s = rate_per_s * service_s, servers / service_s
    growth_per_s = rate_per_s - drain_per_s  # of the density, while x is below the patience
    at_end = exp(growth_per_s * patience_s)
    no_wait = sum(
        factorial(servers - 1) / factorial(j) * load ** (j - servers + 1) for j in range(servers)
    )
    below = rate_per_s * (at_end - 1) / growth_per_s
    beyond = rate_per_s * at_end / drain_per_s
    total = no_wait + below + beyond
    wait_below_s = rate_per_s * (at_end * (growth_per_s * patience_s - 1) + 1) / growth_per_s**2
    service_beyond = exp(-patience_s / service_s)
    late_below = rate_per_s * (at_end - service_beyond) / (growth_per_s + 1 / service_s)
    return Loss(
        lost_ratio=beyond / total,
        wait_s=(wait_below_s + patience_s * beyond) / total,
        in_time_ratio=(no_wait * (1 - service_beyond) + below - late_below) / total,
    )


def exponential_patience(
    rate_per_s: float, service_s: float, servers: int, patience_s: float
) -> Loss:
    """Return M/M/c where who waits leaves after an exponential time, and who is served stays.

    A chain of births and deaths: with j > c present the death rate is c / service + (j - c) /
    patience. By lack of memory a request that starts ends in time with the probability that
    its service is shorter than an exponential patience.

    Source: Palm, Research on telephone traffic carried by full availability groups (1957), known
    as Erlang A.
    """

    def weights() -> Iterator[float]:
        weight, j = 1.0, 0
        while True:
            yield weight
            j += 1
            deaths_per_s = min(j, servers) / service_s + max(j - servers, 0) / patience_s
            weight *= rate_per_s / deaths_per_s

    found = list(takewhile(lambda weight: weight > 1e-30, weights()))
    queued = sum((j - servers) * weight for j, weight in enumerate(found) if j > servers)
    mean_queued = queued / sum(found)
    lost_ratio = mean_queued / patience_s / rate_per_s
    return Loss(
        lost_ratio=lost_ratio,
        wait_s=mean_queued / rate_per_s,
        in_time_ratio=(1 - lost_ratio) * patience_s / (patience_s + service_s),
    )
