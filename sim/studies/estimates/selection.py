"""The best of several cases: a fully sequential choice with an indifference zone."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.errors import Problem, ScenarioError
from sim.studies.estimates.groups import is_split
from sim.studies.estimates.sample import Floats

FIRST_RUNS = 30
"""Runs of every case before the first one may be dropped."""


@dataclass(frozen=True, slots=True)
class Selection:
    """How far the choice has come.

    Attributes:
        best: The chosen case, by its place; None while several are left, or if refused.
        left: The cases that are still in, in their order.
        dropped_at: For each case the run at which it was dropped; None for those still in.
        runs: How many runs were used.
        refused: Why no case may be chosen by its mean.
    """

    best: int | None
    left: tuple[int, ...]
    dropped_at: tuple[int | None, ...]
    runs: int
    refused: str | None = None


def best_of(
    values: Floats,
    indifference: float,
    *,
    less_is_better: bool,
    flags: npt.NDArray[np.bool_] | None = None,
    confidence: float = 0.95,
) -> Selection:
    """Return which of several cases has the best mean, or which are left after these runs.

    The decision is replayed run by run from the first on, so that it depends on the values in the
    order of the replications and not on when it was asked. With the probability *confidence* the
    chosen case is the best one if it is better than all others by *indifference*; cases within
    that of the best count as equally good.

    Args:
        values: Shape `(cases, runs)`, a column a seed. NaN from where a case was dropped on.
        indifference: In the measure's unit, above 0.
        less_is_better: Which way is better.
        flags: Shape `(cases, runs)`: where a run stalled or failed.
        confidence: Of the choice.

    Returns:
        Refused where, in the first runs, a stall or failure varied within a case, a run has no
        value, or a few lie far from the others: then rank by the share's interval. With rare
        stalls the right case was chosen in 38 to 79 % of the experiments.

    Raises:
        ScenarioError: *indifference* is not above 0.
        ValueError: There are fewer than two cases or `FIRST_RUNS` runs.

    Source: Kim and Nelson, A fully sequential procedure for indifference-zone selection in
        simulation, ACM TOMACS 11 (2001), and KN++ in Operations Research 54 (2006), which brings
        the variances up to date at every stage. With common seeds each comparison has the error
        (1 - confidence) / (cases - 1). The constant is that of the first paper with 29 degrees of
        freedom, which is a little larger than the second one's.
    """
    cases, runs = values.shape
    if not 0 < indifference < math.inf:
        message = "an indifference is a positive difference in the measure's unit"
        raise ScenarioError(
            Problem(message=message, rule="impossible-indifference", value=f"{indifference:g}")
        )
    if cases < 2 or runs < FIRST_RUNS:
        raise ValueError(f"{cases} cases with {runs} runs: at least 2 with {FIRST_RUNS} are needed")
    if (why := _refusal(values[:, :FIRST_RUNS], flags)) is not None:
        return Selection(None, tuple(range(cases)), (None,) * cases, FIRST_RUNS, why)
    costs = values if less_is_better else -values
    return _replayed(costs, indifference, (1 - confidence) / (cases - 1))


def _refusal(first: Floats, flags: npt.NDArray[np.bool_] | None) -> str | None:
    """Return why the first runs do not let means be compared."""
    instead = f"in the first {FIRST_RUNS} runs: rank by the share's interval instead"
    if not np.isfinite(first).all():
        return f"a run has no value {instead}"
    if flags is not None:
        in_first = flags[:, :FIRST_RUNS]
        if (in_first.any(axis=1) & ~in_first.all(axis=1)).any():
            return f"a stall or a failure varied {instead}"
    return f"a few runs lie far from the others {instead}" if is_split(first).any() else None


def _replayed(costs: Floats, indifference: float, error: float) -> Selection:
    """Drop cases run by run until one is left or the runs end. Less cost is better."""
    cases, runs = costs.shape
    freedom = FIRST_RUNS - 1
    eta = ((2 * error) ** (-2 / freedom) - 1) / 2
    factor = 2 * eta * freedom
    dropped: list[int | None] = [None] * cases
    left = list(range(cases))
    run = FIRST_RUNS
    while True:
        seen = costs[left, :run]
        sums = seen.sum(axis=1)
        spread = np.var(seen[:, None, :] - seen[None, :, :], axis=-1, ddof=1)
        lead = np.maximum(0, factor * spread / indifference - indifference * run) / 2
        is_behind = (sums[:, None] > sums[None, :] + lead).any(axis=1)
        for case, is_out in zip(tuple(left), is_behind, strict=True):
            if is_out:
                dropped[case] = run
                left.remove(case)
        if len(left) == 1 or run == runs or np.isnan(costs[left, run]).any():
            break
        run += 1
    best = left[0] if len(left) == 1 else None
    return Selection(best, tuple(left), tuple(dropped), run)
