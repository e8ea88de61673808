"""What was measured of intervals that hold less often than they say: figures to print beside them.

They are the rows of the table in docs/studies.md, to two digits; a test compares them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SKEWED_MEANS: Final[Mapping[int, Mapping[str, float]]] = MappingProxyType(
    {
        10: {"exponential": 0.90, "lognormal, cv 1": 0.89, "lognormal, cv 2": 0.78},
        30: {"exponential": 0.93, "lognormal, cv 1": 0.90, "lognormal, cv 2": 0.84},
        100: {"exponential": 0.94, "lognormal, cv 1": 0.93, "lognormal, cv 2": 0.89},
    }
)
"""Runs -> law -> coverage of Student's interval at 95 %. Cv is the coefficient of variation."""

POOLED: Final[Mapping[str, float]] = MappingProxyType({"p90": 0.94, "p99": 0.87})
"""Percentile -> coverage of the pooled percentile of 30 runs that differ by a factor, at 95 %."""

WRONG_PASSES: Final[Mapping[str, Mapping[int, float]]] = MappingProxyType(
    {
        "normal": {30: 0.05, 300: 0.05},
        "lognormal, cv 2": {30: 0.21, 300: 0.12},
        "one run in 20 stalls": {30: 0.21, 300: 0.07},
    }
)
"""Law -> runs -> how often a mean that is just at its limit passes, at 95 %."""
