"""Until precise: how many runs it takes until an interval is as narrow as was asked for.

Runs are drawn in rounds, whose size does not depend on how many workers there are, and decisions
are taken between rounds from the values in the order of the replications. So the same seed stops at
the same run with any number of workers.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from sim.errors import Problem, ScenarioError
from sim.studies.estimates.binomial import clopper_pearson
from sim.studies.estimates.groups import is_split
from sim.studies.estimates.sample import Floats, Sample
from sim.studies.estimates.student import runs_for

LEAST_RUNS = 30
"""Runs from which on the rule may stop."""

MOST_RUNS = 1_000_000
"""Runs above which no number of runs is foretold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How narrow an interval is to be, and what may be spent on it.

    Attributes:
        half_width: At most this; a share of the mean if *is_relative*, else in the measure's unit.
            Truth values are always taken absolutely: 0.05 is five percent of the runs.
        is_relative: A share of the mean, which must not be 0 then.
        confidence: Of the interval.
        round_runs: Runs in a round.
        ceiling_runs: Runs after which it stops in any case.
        look_ahead: For so many runs more (times n / 100 above 100) it must stay narrow enough.
            It is narrow by chance at some run long before it is so for good.
    """

    half_width: float
    is_relative: bool = True
    confidence: float = 0.95
    round_runs: int = LEAST_RUNS
    ceiling_runs: int = 3000
    look_ahead: int = 5

    def __post_init__(self) -> None:
        """Refuse what no number of runs can meet.

        Raises:
            ScenarioError: The half width is not positive and finite, a confidence is not between 0
                and 1, or the ceiling is below the least number of runs.
        """
        if not 0 < self.half_width < math.inf:
            raise _impossible("a precision is a positive number, such as 5%", self.half_width)
        if not 0 < self.confidence < 1:
            raise _impossible("a confidence lies between 0 and 1", self.confidence)
        if self.ceiling_runs < LEAST_RUNS:
            raise _impossible(f"a precision takes at least {LEAST_RUNS} runs", self.ceiling_runs)


@dataclass(frozen=True, slots=True)
class Barrier:
    """What was decided between two rounds.

    Attributes:
        state: "more" runs are to be drawn; it is "precise"; it stopped at the "ceiling"; or it is
            "refused", as the measure has no mean over these runs.
        draw_to: How many runs there are to be at the next barrier; None if it has stopped.
        precise_at: The run at which it was narrow enough for good.
        needs_fresh_sample: A stall or a failure varied among these runs, or a few lie far from the
            others. Stopping when the interval is narrow then favours samples without them: the
            interval must come from as many new runs.
        why: A sentence for "refused" and "ceiling".
    """

    state: Literal["more", "precise", "ceiling", "refused"]
    draw_to: int | None = None
    precise_at: int | None = None
    needs_fresh_sample: bool = False
    why: str | None = None


def at_barrier(
    sample: Sample, precision: Precision, flags: npt.NDArray[np.bool_] | None = None
) -> Barrier:
    """Return whether to go on after a round.

    Args:
        sample: Of all runs so far.
        precision: What is asked for.
        flags: Shape `(runs,)`: which runs stalled or failed.

    Source: Hoad, Robinson and Davies, Automated selection of the number of replications for a
        discrete-event simulation, JORS 61 (2010), with their look-ahead of 5.
    """
    if sample.runs < LEAST_RUNS:
        return Barrier("more", draw_to=_next(sample.runs, precision))
    if sample.finite.size < sample.runs:
        undefined = sample.runs - sample.finite.size
        return Barrier("refused", why=f"no value in {undefined:,} of {sample.runs:,} runs")
    varies = flags is not None and bool(flags.any()) and not bool(flags.all())
    needs_fresh = not sample.is_yes_no and (varies or bool(is_split(sample.values)))
    found = first_precise(sample.values, precision, is_yes_no=sample.is_yes_no)
    if found is not None:
        return Barrier("precise", precise_at=found, needs_fresh_sample=needs_fresh)
    if sample.runs >= precision.ceiling_runs:
        why = f"not as precise after {sample.runs:,} runs"
        return Barrier("ceiling", needs_fresh_sample=needs_fresh, why=why)
    return Barrier("more", draw_to=_next(sample.runs, precision))


def first_precise(values: Floats, precision: Precision, *, is_yes_no: bool = False) -> int | None:
    """Return at which run the interval was narrow enough and stayed so through the look-ahead.

    Args:
        values: Shape `(runs,)`, finite, in the order of the replications.
        precision: What is asked for.
        is_yes_no: Whether they are truth values, whose interval is Clopper and Pearson's.

    Returns:
        At least `LEAST_RUNS`; None if it has not come to that, or its look-ahead is not over.
    """
    runs = np.arange(1, values.size + 1)
    is_narrow = (_narrow_shares if is_yes_no else _narrow_means)(values, runs, precision)
    ahead = np.floor(precision.look_ahead * np.maximum(1, runs / 100)).astype(int)
    # Up to which run, exclusive, it stays narrow: the next run at which it is not.
    wide = np.where(is_narrow, values.size, np.arange(values.size))
    stays_until = np.minimum.accumulate(wide[::-1])[::-1]
    holds = is_narrow & (np.arange(values.size) + ahead < stays_until) & (runs >= LEAST_RUNS)
    return int(runs[np.argmax(holds)]) if holds.any() else None


def runs_needed(sample: Sample, precision: Precision) -> int | None:
    """Return how many runs in all the precision is expected to take, judged by these.

    Returns:
        At least `LEAST_RUNS`. None where the values do not tell: fewer than two, all equal, a mean
        of 0 that a share is asked of, or more than a million.
    """
    values = sample.finite
    if values.size < 2:
        return None
    if sample.is_yes_no:
        return _runs_for_share(float(values.mean()), precision)
    if np.all(values == values[0]):
        return None
    scale = abs(float(values.mean())) if precision.is_relative else 1.0
    spread = float(values.std(ddof=1))
    needed = runs_for(spread, precision.half_width * scale, precision.confidence)
    return None if needed is None else max(LEAST_RUNS, needed)


def _narrow_means(
    values: Floats, runs: npt.NDArray[np.int64], precision: Precision
) -> npt.NDArray[np.bool_]:
    """Tell of each number of runs whether the interval of the mean is narrow enough.

    Equal values so far have no interval, and are not narrow.
    """
    start = values[0] if values.size else 0.0
    moved = values - start  # sums of squares of what is near 0 keep their digits
    means = np.cumsum(moved) / runs
    squares = np.maximum(np.cumsum(moved**2) - runs * means**2, 0)
    degrees = np.maximum(runs - 1, 1)
    t = stdtrit(degrees, 1 - (1 - precision.confidence) / 2)
    half = t * np.sqrt(squares / degrees / runs)
    scale = np.abs(means + start) if precision.is_relative else 1.0
    has_varied = np.maximum.accumulate(moved != 0)
    return np.asarray(has_varied & (half <= precision.half_width * scale) & (runs > 1))


def _narrow_shares(
    values: Floats, runs: npt.NDArray[np.int64], precision: Precision
) -> npt.NDArray[np.bool_]:
    low, high = clopper_pearson(np.cumsum(values), runs, precision.confidence)
    return np.asarray((high - low) / 2 <= precision.half_width)


def _runs_for_share(share: float, precision: Precision) -> int | None:
    runs = np.unique(np.geomspace(LEAST_RUNS, MOST_RUNS, 2000).astype(int))
    low, high = clopper_pearson(np.round(share * runs), runs, precision.confidence)
    is_narrow = (high - low) / 2 <= precision.half_width
    return int(runs[np.argmax(is_narrow)]) if is_narrow.any() else None


def _next(runs: int, precision: Precision) -> int:
    """Return the next barrier: a whole number of rounds, or the ceiling if that comes first."""
    rounds = runs // precision.round_runs + 1
    return min(max(LEAST_RUNS, rounds * precision.round_runs), precision.ceiling_runs)


def _impossible(message: str, value: float) -> ScenarioError:
    return ScenarioError(Problem(message=message, rule="impossible-precision", value=f"{value:g}"))
