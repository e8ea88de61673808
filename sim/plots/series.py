"""Step series as lines; as bins with their mean and range where a line would be a solid block."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D

from sim.plots.quantities import duration_words
from sim.results.timeline import Floats, Steps

Dashes = str | tuple[int, tuple[float, ...]]
"""A line style as matplotlib takes it: its name, or (offset, lengths in line widths)."""

DASHED: Final[Dashes] = (0, (6, 2))
"""Limits and thresholds."""

CROWD: Final = 800
"""A series of more steps than this is binned: on a panel's width its lines would touch."""

_PALE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Bins:
    """A step series in bins of time: columns of shape `(n,)`, NaN where it has no value.

    `start_at_s` ascends; bin i ends where the next starts, the last at the horizon. `mean` is
    weighted by time; `least` and `greatest` are over every value held in the bin.
    """

    start_at_s: Floats
    mean: Floats
    least: Floats
    greatest: Floats


def binned(steps: Steps, *, width_s: float, horizon_s: float) -> Bins:
    """Return *steps* in bins of *width_s*, the last cut off at *horizon_s*.

    Args:
        steps: With at least one step.
        width_s: Above 0.
        horizon_s: Above 0; nothing of *steps* lies after it.
    """
    start_at_s = np.arange(math.ceil(horizon_s / width_s), dtype=np.float64) * width_s
    edge_at_s = np.append(start_at_s, horizon_s)
    known = ~np.isnan(steps.value)
    held_s = np.diff(steps.at_s, append=horizon_s) * known
    known_s = _between(steps, held_s, edge_at_s)
    total = _between(steps, held_s * np.where(known, steps.value, 0.0), edge_at_s)
    has_value = known_s > 0
    mean = np.full(start_at_s.size, np.nan)
    np.divide(total, known_s, out=mean, where=has_value)

    # The values held in a bin are those from the last step at or before its start on.
    first = np.maximum(np.searchsorted(steps.at_s, start_at_s, side="right") - 1, 0)
    behind = np.maximum(np.searchsorted(steps.at_s, edge_at_s[1:], side="left"), first + 1)
    slices = np.column_stack([first, behind]).ravel()
    padded = np.append(steps.value, np.nan)
    least = np.where(has_value, np.fmin.reduceat(padded, slices)[::2], np.nan)
    greatest = np.where(has_value, np.fmax.reduceat(padded, slices)[::2], np.nan)
    return Bins(start_at_s, mean, least, greatest)


def _between(steps: Steps, step_amount: Floats, edge_at_s: Floats) -> Floats:
    """Return what accrues between the edges, if *step_amount* accrues evenly during each step."""
    ends_at_s = np.append(steps.at_s, max(edge_at_s[-1], steps.at_s[-1]))
    return np.diff(np.interp(edge_at_s, ends_at_s, np.append(0.0, np.cumsum(step_amount))))


def line(
    ax: Axes, steps: Steps, *, horizon_s: float, label: str, color: str, dashes: Dashes = "-"
) -> Line2D:
    """Draw *steps* as a line up to *horizon_s*, and return it for the legend.

    Dashed lines, which are limits or one of several, are drawn stronger.
    """
    drawn: Line2D = ax.step(
        np.append(steps.at_s, horizon_s),
        np.append(steps.value, steps.value[-1:]) if steps.at_s.size else [np.nan],
        where="post",
        label=label,
        color=color,
        linestyle=dashes,
        linewidth=0.9 if dashes == "-" else 1.2,
    )[0]
    return drawn


def measured(
    ax: Axes,
    steps: Steps,
    *,
    horizon_s: float,
    bin_s: float,
    label: str,
    color: str,
    dashes: Dashes = "-",
) -> list[Artist]:
    """Draw what was measured, and return what the legend must show of it.

    Up to `CROWD` steps are drawn as a line over a pale area; of more, the mean in each bin is a
    line, and the range in each bin a pale band.
    """
    pale = to_rgba(color, _PALE)
    if steps.at_s.size <= CROWD:
        drawn = line(ax, steps, horizon_s=horizon_s, label=label, color=color, dashes=dashes)
        ax.fill_between(
            np.append(steps.at_s, horizon_s),
            np.append(steps.value, steps.value[-1:]),
            step="post",
            facecolor=pale,
            linewidth=0,
        )
        return [drawn]
    bins = binned(steps, width_s=bin_s, horizon_s=horizon_s)
    band = ax.fill_between(
        np.append(bins.start_at_s, horizon_s),
        np.append(bins.least, bins.least[-1:]),
        np.append(bins.greatest, bins.greatest[-1:]),
        step="post",
        facecolor=pale,
        linewidth=0,
        label=f"{label}, least to most",
    )
    mean = line(
        ax,
        Steps(bins.start_at_s, bins.mean),
        horizon_s=horizon_s,
        label=f"{label}, mean of {duration_words(bin_s)}",
        color=color,
        dashes=dashes,
    )
    return [mean, band]


def greatest(steps: Steps) -> float:
    """Return the greatest value of *steps*, 0 where there is none."""
    known = steps.value[~np.isnan(steps.value)]
    return float(known.max()) if known.size else 0.0
