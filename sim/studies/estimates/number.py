"""A number of a study: what was estimated, how surely, and from how many runs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["t", "clopper_pearson", "order", "exceedance", "identical", "none"]
"""How an interval was found: Student's t of a mean, exact for a share, order statistics for a
quantile over runs, shares above it for a pooled percentile; all values being equal; not at all."""


class Number(BaseModel):
    """An estimate with its interval, or the sentence that says why there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    """The estimate; null where there is nothing to estimate it from, or nothing may be said."""
    low: float | None = None
    """Lower end of the interval; null where it has none, as a one-sided interval has."""
    high: float | None = None
    """Upper end of the interval; null where it has none, as a one-sided interval has."""
    confidence: float | None = None
    """With which the interval holds what is estimated; null without an interval."""
    runs: int
    """How many runs there were."""
    defined: int
    """In how many of them the measure has a value."""
    kind: Kind
    """How the interval was found."""
    unit: str
    """Of value, low and high."""
    refused: str | None = None
    """Why there is no value, no interval, or no worse end of it: a sentence."""
    runs_needed: int | None = None
    """How many runs it would take, where more runs would do."""
