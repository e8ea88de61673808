"""Step series as lines; as bins with their mean and range where a line would be a solid block."""

from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D

from sim.palette import INK
from sim.plots.quantities import duration_words
from sim.plots.view import View
from sim.results.bins import binned
from sim.results.steps import within
from sim.results.timeline import Floats, Steps, Window

Dashes = str | tuple[int, tuple[float, ...]]
"""A line style as matplotlib takes it: its name, or (offset, lengths in line widths)."""

DASHED: Final[Dashes] = (0, (6, 2))
"""Limits and thresholds."""

CROWD_PER_IN: Final = 100
"""A series of more steps than this an inch is binned: its lines would touch."""

DASHED_PER_IN: Final = 40
"""A dashed line of more steps than this in any inch is binned: its dashes would run together."""

_PALE: Final = 0.25


def line(
    ax: Axes, steps: Steps, *, window: Window, label: str, color: str, dashes: Dashes = "-"
) -> Line2D:
    """Draw *steps* as a line up to the end of *window*, and return it for the legend.

    Dashed lines, which are limits or one of several, are drawn stronger.
    """
    drawn: Line2D = ax.step(
        np.append(steps.at_s, window.end_at_s),
        np.append(steps.value, steps.value[-1:]) if steps.at_s.size else [np.nan],
        where="post",
        label=label,
        color=color,
        linestyle=dashes,
        linewidth=0.9 if dashes == "-" else 1.2,
    )[0]
    return drawn


def area(ax: Axes, at_s: Floats, low: Floats, high: Floats, **looks: Any) -> Artist:
    """Fill between two step series, each value up to the next instant, gaps left out.

    Args:
        ax: Where.
        at_s: Shape `(n + 1,)`, the last the end.
        low: Shape `(n,)`.
        high: Shape `(n,)`, NaN in gaps.
        looks: What matplotlib takes for a filled area.
    """
    left, right = at_s[:-1], at_s[1:]
    edges = np.column_stack([left, right]).ravel()
    known = np.repeat(~np.isnan(high), 2)
    return ax.fill_between(edges, np.repeat(low, 2), np.repeat(high, 2), where=known, **looks)


def is_crowd(at_s: Floats, view: View) -> bool:
    """Return whether the steps at the instants of a view are too many to be drawn one by one."""
    return at_s.size > CROWD_PER_IN * view.width_in


def limit(ax: Axes, steps: Steps, *, view: View, label: str, short: str | None = None) -> Line2D:
    """Draw what limits something as a dashed line: where dashes would run together, its means.

    Args:
        ax: Where.
        steps: The limit.
        view: What is shown.
        label: What the legend says.
        short: What it says of means; by default the label.
    """
    shown = within(steps, view.window)
    if _most_in_an_inch(shown.at_s, view) > DASHED_PER_IN:
        bins = binned(shown, width_s=view.bin_s, window=view.window)
        shown = Steps(bins.start_at_s, bins.mean)
        label = f"{short or label}, mean of {duration_words(view.bin_s)}"
    return line(ax, shown, window=view.window, label=label, color=INK, dashes=DASHED)


def _most_in_an_inch(at_s: Floats, view: View) -> int:
    """Return how many of the instants are within one inch at the most."""
    behind = np.searchsorted(at_s, at_s + 1 / view.inches_per_s)
    return int((behind - np.arange(at_s.size)).max(initial=0))


def measured(
    ax: Axes,
    steps: Steps,
    *,
    view: View,
    label: str,
    color: str,
    dashes: Dashes = "-",
) -> list[Artist]:
    """Draw what was measured, and return what the legend must show of it.

    Unless they are a crowd, steps are drawn as a line over a pale area; of a crowd, the mean in
    each bin is a line, and the range in each bin a pale band.
    """
    pale = to_rgba(color, _PALE)
    window = view.window
    steps = within(steps, window)
    if not is_crowd(steps.at_s, view):
        drawn = line(ax, steps, window=window, label=label, color=color, dashes=dashes)
        at_s = np.append(steps.at_s, window.end_at_s)
        area(ax, at_s, 0 * steps.value, steps.value, facecolor=pale, linewidth=0)
        return [drawn]
    bins = binned(steps, width_s=view.bin_s, window=window)
    at_s = np.append(bins.start_at_s, window.end_at_s)
    band = area(
        ax,
        at_s,
        bins.least,
        bins.greatest,
        facecolor=pale,
        linewidth=0,
        label=f"{label}, least to most",
    )
    mean = line(
        ax,
        Steps(bins.start_at_s, bins.mean),
        window=window,
        label=f"{label}, mean of {duration_words(view.bin_s)}",
        color=color,
        dashes=dashes,
    )
    return [mean, band]


def greatest(steps: Steps) -> float:
    """Return the greatest value of *steps*, 0 where there is none."""
    most = np.fmax.reduce(steps.value, initial=np.nan)
    return 0.0 if np.isnan(most) else float(most)
