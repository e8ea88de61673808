"""Which values are equal but for rounding, and say nothing by how they differ."""

import numpy as np

from sim.studies.estimates.sample import Floats

ROUNDING = 1e-12
"""Relative to the values: sums of a few thousand terms in another order differ by less."""


def is_constant(values: Floats) -> bool:
    """Tell whether all values are one but for rounding, so that they have no spread.

    Args:
        values: Shape `(runs,)`, finite, at least one.
    """
    reach = float(np.ptp(values))
    return reach <= ROUNDING * float(np.max(np.abs(values))) or float(np.var(values)) == 0.0


def without_rounding(a: Floats, b: Floats) -> Floats:
    """Return *b* with the values of *a* where both are equal but for rounding.

    Args:
        a: Shape `(pairs,)`; may be infinite.
        b: The same.
    """
    return np.where(np.isclose(a, b, rtol=ROUNDING, atol=0.0), a, b)
