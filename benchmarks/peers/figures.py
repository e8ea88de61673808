"""What every peer computes for M/M/c: the figures that `simulate` has for that job."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WHAT = "counts by state, mean, p50, p95, p99 and max of wait and response, load every 5 s"
"""What a run computes, in the words of the table."""

_LEVELS = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, and mean, p50, p95, p99 and max of the waits and responses of completed requests.

    `load` is the mean of the ratio of busy threads as sampled every 5 s, `response_s_each` the
    response of each completed request in the order of completion or arrival.
    """

    arrived: int
    completed: int
    queued: int
    running: int
    wait_s: tuple[float, ...]
    response_s: tuple[float, ...]
    load: float
    response_s_each: Floats


def figures(
    *, arrived: int, queued: int, running: int, wait_s: Floats, response_s: Floats, load: Floats
) -> Figures:
    """Return the figures of a run; arrays have an item a completed request, `load` one a sample."""
    return Figures(
        arrived=arrived,
        completed=len(response_s),
        queued=queued,
        running=running,
        wait_s=_five(wait_s),
        response_s=_five(response_s),
        load=float(load.mean()),
        response_s_each=response_s,
    )


def _five(values: Floats) -> tuple[float, ...]:
    found = np.quantile(values, _LEVELS, method="inverted_cdf")
    return float(values.mean()), *found.tolist(), float(values.max())
