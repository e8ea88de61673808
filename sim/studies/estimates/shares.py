"""The share of runs in which something is so, with an exact interval."""

import numpy as np
import numpy.typing as npt

from sim.studies.estimates.binomial import at_most, clopper_pearson
from sim.studies.estimates.number import Number

LEAST_RUNS = 10
"""Runs below which no interval of a share is given."""

UNIT = "ratio"
"""Of a share of runs, and of its ends."""


def share_of(
    flags: npt.NDArray[np.bool_] | npt.NDArray[np.float64], confidence: float = 0.95
) -> Number:
    """Return in which share of the runs it is so, with Clopper and Pearson's interval.

    If it was so in none of n runs, the interval is the one-sided "at most 1 - 0.05^(1/n)", without
    a lower end; in all, "at least 0.05^(1/n)", without an upper one.

    Args:
        flags: Shape `(runs,)`: truth values, or 1 and 0, with NaN for a run that has none. Such
            runs are left out of the share; the number says how many had a value.
        confidence: Of the interval.

    Returns:
        Kind "clopper_pearson" from `LEAST_RUNS` runs with a value on.

    Raises:
        ValueError: A value is neither true nor false nor NaN.
    """
    values = np.asarray(flags, dtype=np.float64)
    defined = values[~np.isnan(values)]
    if not np.isin(defined, (0.0, 1.0)).all():
        raise ValueError("a share is of truth values")
    runs, met = defined.size, int(defined.sum())
    value = met / runs if runs else None
    if runs < LEAST_RUNS:
        return Number(
            value=value,
            runs=values.size,
            defined=runs,
            kind="none",
            unit=UNIT,
            refused=f"the interval of a share takes {LEAST_RUNS} runs with a value",
            runs_needed=LEAST_RUNS,
        )
    low, high = ends_of(met, runs, confidence)
    return Number(
        value=value,
        low=low,
        high=high,
        confidence=confidence,
        runs=values.size,
        defined=runs,
        kind="clopper_pearson",
        unit=UNIT,
    )


def ends_of(met: int, runs: int, confidence: float) -> tuple[float | None, float | None]:
    """Return both ends of the interval of a share, or the one end for none and for all."""
    if met == 0:
        return None, at_most(runs, confidence)
    if met == runs:
        return 1 - at_most(runs, confidence), None
    low, high = clopper_pearson(met, runs, confidence)
    return float(low), float(high)
