"""Samples with known truth: the laws that the coverage of intervals is measured on."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

STALLS = 0.05
"""Share of the runs that stall, in the laws in which one run in 20 does."""

STALLED_AT = 1000.0
"""What a stalled run has, where the others are normal with mean 100 and standard deviation 10."""


@dataclass(frozen=True, slots=True)
class Law:
    """A law of a run's value, with what is true of it.

    Attributes:
        words: What it is called in the table.
        draw: Generator and shape -> values.
        mean: Its mean.
    """

    words: str
    draw: Callable[[np.random.Generator, tuple[int, ...]], Floats]
    mean: float


def _lognormal(cv: float) -> Law:
    """Return the lognormal law with median 1 and the coefficient of variation *cv*."""
    sigma = math.sqrt(math.log(1 + cv**2))
    return Law(
        f"lognormal, cv {cv:g}",
        lambda rng, shape: rng.lognormal(0.0, sigma, shape),
        math.exp(sigma**2 / 2),
    )


def _stalling(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    usual = rng.normal(100.0, 10.0, shape)
    return np.where(rng.random(shape) < STALLS, STALLED_AT, usual)


NORMAL = Law("normal", lambda rng, shape: rng.normal(100.0, 10.0, shape), 100.0)
EXPONENTIAL = Law("exponential", lambda rng, shape: rng.exponential(1.0, shape), 1.0)
LOGNORMAL_1 = _lognormal(1.0)
LOGNORMAL_2 = _lognormal(2.0)
STALLING = Law("one run in 20 stalls", _stalling, 100 + STALLS * (STALLED_AT - 100))

RUN_FACTOR_CV = 0.5
"""How far the runs of the pooled experiment differ: each request takes an exponential time, times
a factor of its run, which is lognormal with mean 1."""


def pooled_values(rng: np.random.Generator, runs: tuple[int, ...], requests: int) -> Floats:
    """Return values of requests that are alike within a run, shape `(*runs, requests)`."""
    sigma = math.sqrt(math.log(1 + RUN_FACTOR_CV**2))
    factors = rng.lognormal(-(sigma**2) / 2, sigma, runs)
    return factors[..., None] * rng.exponential(1.0, (*runs, requests))


def pooled_quantile(q: float) -> float:
    """Return the true *q*-quantile over all requests of all runs of `pooled_values`.

    By bisection of the mean over the factor of exp(-x / factor), integrated on 200 Hermite nodes.
    """
    sigma = math.sqrt(math.log(1 + RUN_FACTOR_CV**2))
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    factors = np.exp(-(sigma**2) / 2 + sigma * nodes)
    low, high = 0.0, 1000.0
    for _ in range(80):
        middle = (low + high) / 2
        above = float(np.sum(weights * np.exp(-middle / factors)) / np.sum(weights))
        low, high = (middle, high) if above > 1 - q else (low, middle)
    return (low + high) / 2


def warming_series(
    rng: np.random.Generator, runs: tuple[int, ...], instants: int, correlation: float = 0.9
) -> Floats:
    """Return series that start empty and come to a mean of 10, shape `(*runs, instants)`.

    Autoregressive of order 1 around 10 with standard deviation 3 in the long run, minus
    10 exp(-i / 20): the warm-up lasts some 60 instants.
    """
    noise = rng.normal(0.0, 3.0 * math.sqrt(1 - correlation**2), (*runs, instants))
    noise[..., 0] = rng.normal(0.0, 3.0, runs)
    series = np.empty_like(noise)
    series[..., 0] = noise[..., 0]
    for i in range(1, instants):
        series[..., i] = correlation * series[..., i - 1] + noise[..., i]
    return series + 10.0 - 10.0 * np.exp(-np.arange(instants) / 20)
