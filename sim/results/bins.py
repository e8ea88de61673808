"""Step series in bins of time, and these in wider ones: mean, least and greatest of each."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.results.timeline import Floats, Steps, Window

BLOCK_STEPS: Final = 2**18
"""Steps that are binned at a time; changes the memory and nothing else."""


@dataclass(frozen=True, slots=True)
class Bins:
    """A step series in n bins of time: columns of shape `(n,)`, NaN where it has no value.

    `edge_at_s` has shape `(n + 1,)` and ascends; bin i is `[edge_at_s[i], edge_at_s[i + 1])`.
    `mean` is weighted by time, of which the series has a value for `known_s` of each bin; `least`
    and `greatest` are over every value that it has in the bin for more than an instant.
    """

    edge_at_s: Floats
    known_s: Floats
    mean: Floats
    least: Floats
    greatest: Floats

    @property
    def start_at_s(self) -> Floats:
        """Where the bins begin; shape `(n,)`."""
        return self.edge_at_s[:-1]


def binned(steps: Steps, *, width_s: float, window: Window) -> Bins:
    """Return *steps* in bins of *width_s* from the window's beginning, the last cut off at its end.

    Args:
        steps: With at least one step.
        width_s: Above 0.
        window: Nothing of *steps* lies outside of it.
    """
    count = math.ceil(window.length_s / width_s)
    start_at_s = window.start_at_s + np.arange(count, dtype=np.float64) * width_s
    return between(steps, np.append(start_at_s, window.end_at_s))


def between(steps: Steps, edge_at_s: Floats) -> Bins:
    """Return *steps* in the bins between the edges.

    Besides the result, `BLOCK_STEPS` steps at a time are in memory, or those of one bin.

    Args:
        steps: With at least one step, none after the last edge; the last holds up to that.
        edge_at_s: Ascending, shape `(n + 1,)`.
    """
    # The values held in a bin are those from the last step at or before its start on.
    first = np.maximum(np.searchsorted(steps.at_s, edge_at_s[:-1], side="right") - 1, 0)
    behind = np.maximum(np.searchsorted(steps.at_s, edge_at_s[1:], side="left"), first + 1)
    count = len(first)
    columns = np.empty((4, count))
    begin = 0
    while begin < count:
        most = int(np.searchsorted(behind, first[begin] + BLOCK_STEPS, side="right"))
        end = min(max(most, begin + 1), count)
        rows = slice(int(first[begin]), int(behind[end - 1]))
        block = Steps(steps.at_s[rows], steps.value[rows])
        places = np.column_stack([first[begin:end], behind[begin:end]]).ravel() - rows.start
        columns[:, begin:end] = _block(block, edge_at_s[begin : end + 1], places)
        begin = end
    return Bins(edge_at_s, *columns)


def _block(steps: Steps, edge_at_s: Floats, places: NDArray[np.intp]) -> tuple[Floats, ...]:
    """Return time known, mean, least and greatest of each bin.

    Args:
        steps: Those that are held in the bins.
        edge_at_s: Of the bins, shape `(n + 1,)`.
        places: First step and the one behind the last of each bin, shape `(2 n,)`.
    """
    known = ~np.isnan(steps.value)
    held_s = np.diff(steps.at_s, append=max(edge_at_s[-1], steps.at_s[-1])) * known
    known_s = _accrued(steps, held_s, edge_at_s)
    total = _accrued(steps, held_s * np.where(known, steps.value, 0.0), edge_at_s)
    padded = np.append(steps.value, np.nan)
    has_value = known_s > 0
    return (
        known_s,
        _mean(total, known_s),
        np.where(has_value, np.fmin.reduceat(padded, places)[::2], np.nan),
        np.where(has_value, np.fmax.reduceat(padded, places)[::2], np.nan),
    )


def merged(bins: Bins, factor: int) -> Bins:
    """Return the series in bins of which each is *factor* of these, the last one perhaps fewer."""
    first = np.arange(0, len(bins.mean), factor)
    known_s = np.add.reduceat(bins.known_s, first)
    total = np.add.reduceat(bins.known_s * np.where(bins.known_s > 0, bins.mean, 0.0), first)
    return Bins(
        np.append(bins.edge_at_s[first], bins.edge_at_s[-1]),
        known_s,
        _mean(total, known_s),
        np.fmin.reduceat(bins.least, first),
        np.fmax.reduceat(bins.greatest, first),
    )


def _mean(total: Floats, known_s: Floats) -> Floats:
    mean = np.full(known_s.size, np.nan)
    np.divide(total, known_s, out=mean, where=known_s > 0)
    return mean


def _accrued(steps: Steps, step_amount: Floats, edge_at_s: Floats) -> Floats:
    """Return what accrues between the edges, if *step_amount* accrues evenly during each step."""
    ends_at_s = np.append(steps.at_s, max(edge_at_s[-1], steps.at_s[-1]))
    return np.diff(np.interp(edge_at_s, ends_at_s, np.append(0.0, np.cumsum(step_amount))))
