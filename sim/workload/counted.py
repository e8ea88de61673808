"""Exactly so many arrivals in an interval, however they lie in it.

Owns the draw of one interval. Each has a stream of its own, so that another number in one leaves
the arrivals of the others as they were.
"""

from typing import assert_never

import numpy as np

from sim.scenario.models.intervals import CountsTraffic, gap_shape
from sim.workload.drawn_columns import Floats
from sim.workload.renewal import gaps


def counted_instants(
    traffic: CountsTraffic,
    *,
    start_at_s: float,
    end_at_s: float,
    count: int,
    rng: np.random.Generator,
) -> Floats:
    """Return *count* arrivals in ``[start_at_s, end_at_s)``, ascending, shape ``(count,)``.

    Uniform: independent instants, as of a Poisson process of which the number is known. Evenly: the
    middles of *count* equal parts. With a law the *count* gaps are drawn and scaled so that they
    close the interval to a ring, on which it begins at a uniform place: so no part of the
    interval has more of them than another on average, and exponential gaps would be uniform.

    Args:
        traffic: How they lie in the interval.
        start_at_s: Its start.
        end_at_s: Its end.
        count: How many there are, 1 or more.
        rng: The interval's own stream; not used for `evenly`.

    Source: Cox and Lewis, The Statistical Analysis of Series of Events (1966), section 2.2 (given
        their number, the events of a Poisson process are uniform).
    """
    part = _parts(traffic, count, rng)
    at_s = start_at_s + part * (end_at_s - start_at_s)
    # Rounding may carry the last one to the end, which is the next interval's.
    return np.minimum(at_s, np.nextafter(end_at_s, -np.inf))


def _parts(traffic: CountsTraffic, count: int, rng: np.random.Generator) -> Floats:
    """Return where in an interval of length 1 the arrivals are, ascending."""
    match traffic.within:
        case "evenly":
            return (np.arange(count) + 0.5) / count
        case "uniform":
            part = rng.random(count)
        case "gamma" | "weibull" as law:
            shape = gap_shape(law, traffic.cv)
            place = np.cumsum(gaps("Gamma" if law == "gamma" else "Weibull", shape, rng, count))
            # Gaps of a cv far above 1 may all be too small to be told from 0: one clump.
            whole = max(float(place[-1]), np.finfo(np.float64).tiny)
            part = (place / whole + rng.random()) % 1.0
        case _:
            assert_never(traffic.within)
    part.sort()
    return part
