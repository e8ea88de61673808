"""The mean over runs: when it may be given, with Student's interval; and apart for two kinds.

Where some runs have no value, or a few lie far from all others, one mean of all is not given: at
30 runs, with one run in 20 that stalls, its interval of 95 % held the mean in 78 % of the samples.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.studies.estimates.groups import is_split, smaller_group
from sim.studies.estimates.number import Number
from sim.studies.estimates.rounding import is_constant
from sim.studies.estimates.sample import Floats, Sample
from sim.studies.estimates.shares import share_of
from sim.studies.estimates.student import LEAST_RUNS, half_width
from sim.studies.estimates.words import runs_in_words, same_in_all


def mean_of(sample: Sample, confidence: float = 0.95) -> Number:
    """Return the mean over runs, with its interval where one holds.

    A percentile of a run has a mean too: it is "the p99 of a typical run".

    Returns:
        Kind "t" from `LEAST_RUNS` runs on. Without a value where a run has none, or where the
        values fall into two groups: `apart` has the means of both. A value without an interval
        where there are fewer runs, or all values are equal (kind "identical").

    Raises:
        ValueError: The sample has truth values, which have a share.
    """
    if sample.is_yes_no:
        raise ValueError("truth values have a share and no mean: use share_of")
    if (why := no_joint_mean(sample)) is not None:
        return _number(sample, refused=why)
    return _mean(sample, confidence)


def no_joint_mean(sample: Sample) -> str | None:
    """Return why a sample has no mean of all its runs, or None if it has one."""
    if sample.runs == 0:
        return "there are no runs"
    total = runs_in_words(sample.runs)
    if sample.none == sample.runs:
        return f"there was nothing to measure in any of {total}"
    if sample.beyond:
        return (
            f"no mean: beyond every value in {sample.beyond:,} of {total}; "
            "the share of such runs and quantiles over runs are given"
        )
    if sample.none:
        return f"no mean of all: nothing to measure in {sample.none:,} of {total}"
    if is_split(sample.values):
        few = int(smaller_group(sample.values).sum())
        return f"no mean of all: {few:,} of {total} lie far from the others"
    return None


@dataclass(frozen=True, slots=True)
class Apart:
    """The means of two kinds of runs.

    Attributes:
        share: Of the runs of the other kind among all runs.
        usual: Mean over the runs that are not of the other kind.
        other: Mean over those that are; without a value where none of them has one.
    """

    share: Number
    usual: Number
    other: Number


def apart(
    sample: Sample, flags: npt.NDArray[np.bool_] | None = None, confidence: float = 0.95
) -> Apart:
    """Return the means of two kinds of runs apart, and the share of the second.

    Args:
        sample: Of all runs.
        flags: Shape `(runs,)`: which runs are of the other kind, such as those that stalled. By
            default those without a value or, if all have one, the smaller of two groups.
        confidence: Of each interval.

    Raises:
        ValueError: There is not one flag a run.
    """
    other = _other_kind(sample) if flags is None else flags
    if other.shape != sample.values.shape:
        raise ValueError(f"{other.size} flags for {sample.runs} runs")
    return Apart(
        share=share_of(other, confidence),
        usual=_mean(_part(sample, ~other), confidence),
        other=_mean(_part(sample, other), confidence),
    )


def _other_kind(sample: Sample) -> npt.NDArray[np.bool_]:
    is_undefined = ~np.isfinite(sample.values)
    return is_undefined if is_undefined.any() else smaller_group(sample.values)


def _part(sample: Sample, which: npt.NDArray[np.bool_]) -> Sample:
    return Sample(sample.values[which], sample.unit, less_is_better=sample.less_is_better)


def _mean(sample: Sample, confidence: float) -> Number:
    """Return the mean of the values that there are, by their number and whether they differ."""
    values = sample.finite
    if values.size == 0:
        return _number(sample, refused="no run has a value")
    if values.size > 1 and is_constant(values):
        same = same_in_all(values.size)
        return _number(sample, value=float(values[0]), kind_identical=True, refused=same)
    value = float(np.mean(values))
    if values.size < LEAST_RUNS:
        few = f"the interval of a mean takes {LEAST_RUNS} runs with a value"
        return _number(sample, value=value, refused=few, runs_needed=LEAST_RUNS)
    return _interval(sample, values, confidence)


def _interval(sample: Sample, values: Floats, confidence: float) -> Number:
    value, half = float(np.mean(values)), float(half_width(values, confidence))
    return Number(
        value=value,
        low=value - half,
        high=value + half,
        confidence=confidence,
        runs=sample.runs,
        defined=values.size,
        kind="t",
        unit=sample.unit,
    )


def _number(
    sample: Sample,
    *,
    refused: str,
    value: float | None = None,
    runs_needed: int | None = None,
    kind_identical: bool = False,
) -> Number:
    return Number(
        value=value,
        runs=sample.runs,
        defined=sample.finite.size,
        kind="identical" if kind_identical else "none",
        unit=sample.unit,
        refused=refused,
        runs_needed=runs_needed,
    )
