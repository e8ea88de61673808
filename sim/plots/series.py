"""Step series as lines, thinned to what a picture can show."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.results.timeline import Floats, Steps

Dashes = str | tuple[int, tuple[float, ...]]
"""A line style as matplotlib takes it: its name, or (offset, lengths in line widths)."""

DASHED: Final[Dashes] = (0, (6, 2))
"""Limits and thresholds."""

COLUMNS: Final = 2000
"""Columns to which a series is thinned: more than the pixels that a panel is wide."""


def corners(steps: Steps, horizon_s: float) -> tuple[Floats, Floats]:
    """Return the instants and values between which a step line is drawn, up to *horizon_s*.

    Of a series with more points than could be seen, the first, least, greatest and last value of
    each of `COLUMNS` slices of time are kept, at their own instants: the same pixels are covered.

    Returns:
        Two arrays of one shape; instants ascend and, unless there are no steps, the last is the
        horizon.

    Source: Jugel, Jerzak, Hackenbroich and Markl, "M4: A Visualization-Oriented Time Series Data
    Aggregation" (VLDB 2014).
    """
    at_s, value = steps.at_s, steps.value
    if at_s.size == 0:
        return at_s, value
    if at_s.size > 4 * COLUMNS:
        kept = _extremes(at_s, value, horizon_s)
        at_s, value = at_s[kept], value[kept]
    return np.append(at_s, max(horizon_s, at_s[-1])), np.append(value, value[-1])


def _extremes(at_s: Floats, value: Floats, horizon_s: float) -> NDArray[np.int64]:
    """Return the positions to keep, ascending."""
    column = np.minimum((at_s * (COLUMNS / horizon_s)).astype(np.int64), COLUMNS - 1)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    ends = np.append(starts[1:], at_s.size)
    by_value = np.lexsort((np.where(np.isnan(value), np.inf, value), column))
    by_value_down = np.lexsort((np.where(np.isnan(value), np.inf, -value), column))
    return np.unique(np.concatenate([starts, ends - 1, by_value[starts], by_value_down[starts]]))


def step_line(
    ax: Axes, steps: Steps, *, horizon_s: float, label: str, color: str, dashes: Dashes = "-"
) -> Line2D:
    """Draw *steps* as a line and return it, for the legend; dashed lines are drawn stronger."""
    at_s, value = corners(steps, horizon_s)
    line: Line2D = ax.step(
        at_s,
        value,
        where="post",
        label=label,
        color=color,
        linestyle=dashes,
        linewidth=0.9 if dashes == "-" else 1.2,
    )[0]
    return line


def greatest(steps: Steps) -> float:
    """Return the greatest value of *steps*, 0 where there is none."""
    known = steps.value[~np.isnan(steps.value)]
    return float(known.max()) if known.size else 0.0
