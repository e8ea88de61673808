"""The steady state from a cold start: one cut for all runs, and the mean after it."""

import numpy as np

from sim.studies.estimates.means import mean_of
from sim.studies.estimates.number import Number
from sim.studies.estimates.sample import Floats, Sample

LEAST_RUNS = 30
"""Runs below which no steady state is estimated."""

BATCH = 5
"""Neighbours that are averaged before the rule looks: the 5 of MSER-5."""


def warm_up_cut(series_mean: Floats) -> int | None:
    """Return at which instant of a series the warm-up is over, by MSER-5.

    Args:
        series_mean: Shape `(instants,)`, equally far apart: the mean over all runs. Cutting each
            run by itself is worse: where series were short, its intervals of 95 % held the mean in
            as few as 52 % of the samples.

    Returns:
        The first instant that is kept, a multiple of `BATCH`. None if the rule would cut as late as
        it may, at the half, which means that the series has not settled by then; or if there are
        fewer than four batches.

    Source: White, Cobb and Spratt, A comparison of five steady-state truncation heuristics for
        simulation (2000): of all cuts the one whose rest has the least standard error, by
        (sum of squared deviations) / (number of batches)^2. Cuts in the second half leave so few
        batches that chance makes them look best, and are not looked at.
    """
    batches = series_mean.size // BATCH
    if batches < 4:
        return None
    means = series_mean[: batches * BATCH].reshape(batches, BATCH).mean(axis=1)
    errors = [
        float(np.sum((rest - rest.mean()) ** 2)) / rest.size**2
        for rest in (means[cut:] for cut in range(batches // 2 + 1))
    ]
    cut = int(np.argmin(errors))
    return None if cut == batches // 2 else cut * BATCH


def steady_mean_of(
    series: Floats, *, unit: str, less_is_better: bool | None = None, confidence: float = 0.95
) -> Number:
    """Return the mean of a series after the warm-up of all runs, over runs.

    Args:
        series: Shape `(runs, instants)`, equally far apart, finite.
        unit: Of its values.
        less_is_better: Which way is better.
        confidence: Of the interval.

    Returns:
        As `mean_of` the means of the runs after the one cut; refused below `LEAST_RUNS` runs and
        where the series has not settled.
    """
    runs = series.shape[0]
    cut = warm_up_cut(series.mean(axis=0)) if runs >= LEAST_RUNS else None
    if cut is not None:
        after = series[:, cut:].mean(axis=1)
        return mean_of(Sample(after, unit, less_is_better=less_is_better), confidence)
    few = f"the mean of the steady state takes {LEAST_RUNS} runs"
    unsettled = "the series has not settled in the first half of the time: simulate longer"
    return Number(
        value=None,
        runs=runs,
        defined=runs,
        kind="none",
        unit=unit,
        refused=few if runs < LEAST_RUNS else unsettled,
        runs_needed=LEAST_RUNS if runs < LEAST_RUNS else None,
    )
