"""Bounds and means of random quantities, from what the scenario itself says.

Files of numbers are not read: what is in them has no bounds and no mean here.
"""

import math

from sim.scenario.models.computed import FromColumns
from sim.scenario.models.distributions import Constant, Distribution, Uniform
from sim.scenario.models.quantities import (
    BytesDemand,
    DurationDemand,
    RandomDuration,
    RequestDuration,
)
from sim.scenario.models.samples import Empirical, InOrder

Law = RandomDuration | RequestDuration | DurationDemand | BytesDemand
"""A quantity in seconds or bytes: random, given in order, or computed from a trace."""


def least(law: Law) -> float:
    """Return a value that no draw is below, 0 where the law has no greater one."""
    match law:
        case Constant():
            return float(law.value)
        case Uniform():
            return float(law.low)
        case Empirical() | InOrder() if law.values is not None:
            return float(min(law.values))
        case _:
            return 0.0


def greatest(law: Law) -> float:
    """Return a value that no draw is above; infinite where the law has none, or it is not known."""
    match law:
        case Constant():
            return float(law.value)
        case Uniform():
            return float(law.high)
        case Empirical() | InOrder() if law.values is not None:
            return float(max(law.values))
        case _:
            return math.inf


def mean(law: Law) -> float | None:
    """Return the expected value; None where a file, or a trace's columns, would have to be read."""
    match law:
        case FromColumns():
            return None
        case Empirical() | InOrder():
            return None if law.values is None else math.fsum(law.values) / len(law.values)
        case Distribution():
            return law.mean
