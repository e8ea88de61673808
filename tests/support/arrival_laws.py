"""What arrivals must satisfy, with tolerances that are derived: a rate 2 % off cannot pass.

``Z`` = 5 standard errors: a right generator fails about one reseeding in 1.7 million (normal law).
Each check first asserts that Z standard errors are at most ``RESOLUTION`` = 1 % of what is
measured: a generator whose rate is 2 % off is then 10 standard errors off, and passes only if its
sample errs 5 of them the other way.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Z = 5.0
RESOLUTION = 0.01
BIN_COUNT = 20
CHI_SQUARE_LIMIT = 65.42
"""Exceeded by chi-square of 20 degrees of freedom once in a million (its 1 - 1e-6 quantile)."""


def assert_sorted_before(arrival_at_s: Floats, horizon_s: float) -> None:
    """Assert ascending instants in ``[0, horizon_s)``."""
    assert arrival_at_s.dtype == np.float64
    assert np.all(np.diff(arrival_at_s) >= 0)
    assert arrival_at_s.size == 0 or (arrival_at_s[0] >= 0 and arrival_at_s[-1] < horizon_s)


def assert_count(count: float, *, mean: float, variance: float) -> None:
    """Assert that *count* fits a law of that *mean* and *variance*, and that 2 % off would not."""
    half_width = Z * np.sqrt(variance)
    assert half_width <= RESOLUTION * mean, "too few arrivals to conclude anything"
    assert abs(count - mean) < half_width


def assert_poisson(
    arrival_at_s: Floats, mass_until: Callable[[Floats], Floats], *, horizon_s: float
) -> None:
    """Assert a Poisson process whose expected number of arrivals in [0, t) is ``mass_until(t)``.

    Three checks: the count; the mean instant (a stream that stops early or drifts fails it); the
    counts in 20 bins of equal width by chi-square (known expectations: 20 degrees of freedom).
    The mean instant needs the integral of ``t dM(t)``, taken by the midpoint rule on a grid fine
    enough that its error is a thousandth of the tolerance.

    Args:
        arrival_at_s: The arrivals under test.
        mass_until: The integral of the rate, from its definition.
        horizon_s: End of the run.
    """
    assert_sorted_before(arrival_at_s, horizon_s)
    grid_s = np.linspace(0, horizon_s, 200_001)
    weight = np.diff(mass_until(grid_s))
    middle_s = (grid_s[1:] + grid_s[:-1]) / 2
    total = float(weight.sum())
    mean_at_s = float((middle_s * weight).sum()) / total
    spread_s = float(np.sqrt((((middle_s - mean_at_s) ** 2) * weight).sum() / total))

    assert_count(arrival_at_s.size, mean=total, variance=total)
    half_width_s = Z * spread_s / np.sqrt(total)
    assert half_width_s <= RESOLUTION * horizon_s
    assert abs(float(arrival_at_s.mean()) - mean_at_s) < half_width_s

    edges_s = np.linspace(0, horizon_s, BIN_COUNT + 1)
    expected = np.diff(mass_until(edges_s))
    seen = np.histogram(arrival_at_s, edges_s)[0]
    filled = expected > 0
    assert not seen[~filled].any()
    assert ((seen - expected)[filled] ** 2 / expected[filled]).sum() < CHI_SQUARE_LIMIT


def assert_mean(samples: Floats, mean: float, *, resolution: float = RESOLUTION) -> None:
    """Assert that independent *samples* have *mean*, and that twice *resolution* off would show."""
    half_width = Z * samples.std(ddof=1) / np.sqrt(samples.size)
    assert half_width <= resolution * mean, "too few samples to conclude anything"
    assert abs(samples.mean() - mean) < half_width
