"""Pictures of recordings: the rate over time; of requests also gaps and times between arrivals."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sim.palette import BLUE, FAINT, INK, ORANGE, SHADE
from sim.plots.layout import HEAD_PT, NOTE_PT, TimelineFigure
from sim.plots.quantities import log_ticks, time_axis
from sim.plots.quantities import round_step as rounded_up
from sim.plots.style import style
from sim.plots.text import fitted, width_in
from sim.recordings.measuring import Look
from sim.recordings.series_look import SeriesLook
from sim.results.answers import bin_width_s
from sim.results.timeline import Floats, Window
from sim.spans import span

WIDTH_IN: Final = 10.0
HEIGHT_IN: Final = 5.8
SERIES_HEIGHT_IN: Final = 3.6
"""Of the picture of a series, which has one panel."""
LEFT_IN: Final = 0.85
RIGHT_IN: Final = 0.45
RATE_IN: Final = (2.8, 2.05)
SERIES_RATE_IN: Final = (0.6, 2.05)
BETWEEN_IN: Final = (0.45, 1.5)
"""Bottom and height of the panels."""

MOST_BINS: Final = 240
"""Of the time of a recording: so many can be told apart in the width of the panel."""
FEWEST_BINS: Final = 4
ROWS_A_BIN: Final = 8
"""On average, where there are few: a bin of one row shows its own width."""
MANY_INTERVALS: Final = 400
"""With more of them a line of the usual width would cover the panel."""
READABLE_S: Final = 10.0
"""Recordings that are shorter have bins of no round time."""
BINS_A_DECADE: Final = 10
"""Of times between arrivals."""
TICK_PT: Final = 8.0
GAP_LABEL_PT: Final = 7.5
LABEL_HEIGHT: Final = 0.88
"""Of the panel: where gaps are named, above the line of the mean."""


def plot_look(name: str, seen: Look) -> Figure:
    """Return a recording as a figure.

    Above, arrivals a second over the time since the first, in bins of a round time; the longest
    gaps are shaded, with their lengths. Below, how long the times between arrivals are, beside what
    a Poisson process of the same mean has.

    Args:
        name: Of the recording.
        seen: What it holds.
    """
    with style():
        figure = TimelineFigure(figsize=(WIDTH_IN, HEIGHT_IN))
        figure.alternative = _alternative(name, seen)
        FigureCanvasAgg(figure)
        _draw_rate(_panel(figure, *RATE_IN), seen)
        _draw_between(_panel(figure, *BETWEEN_IN), seen.since_s)
        _head(figure, f"{name}: {seen.found.format}", _facts(seen))
    return figure


def plot_series(name: str, seen: SeriesLook) -> Figure:
    """Return a recording of counts or rates as a figure: requests a second in each interval.

    Where there is no interval, or none with a number, there is nothing.

    Args:
        name: Of the recording.
        seen: What the series in it holds that is taken.
    """
    facts = f"{seen.intervals:,} intervals, {seen.taken} · {seen.requests:,.0f} requests in "
    facts += f"{span(seen.span_s)} · {seen.rate_mean:.4g} a second on average"
    with style():
        figure = TimelineFigure(figsize=(WIDTH_IN, SERIES_HEIGHT_IN))
        figure.alternative = (
            f"Requests a second of {name}, from {seen.first} to {seen.last}. {facts}, at most "
            f"{seen.rate_peak:.4g} from {seen.peak_at} on."
        )
        FigureCanvasAgg(figure)
        ax = _panel(figure, *SERIES_RATE_IN)
        ends_s = seen.since_s + seen.length_s
        at_s = np.stack([seen.since_s, ends_s], axis=1).ravel()
        rate_per_s = np.repeat(seen.rate_per_s, 2)
        # Between the end of an interval and a start that is no neighbour the line falls to 0.
        apart = np.flatnonzero(seen.since_s[1:] > ends_s[:-1] * (1 + 1e-9)) + 1
        places = np.repeat(2 * apart, 2)
        edges = np.stack([ends_s[apart - 1], seen.since_s[apart]], axis=1).ravel()
        at_s, rate_per_s = np.insert(at_s, places, edges), np.insert(rate_per_s, places, 0.0)
        ax.fill_between(at_s, rate_per_s, color=BLUE, alpha=0.18, linewidth=0)
        width = 1.1 if seen.intervals <= MANY_INTERVALS else 0.4
        ax.plot(at_s, rate_per_s, color=BLUE, linewidth=width)
        ax.axhline(seen.rate_mean, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        ax.set_ylim(0, max(seen.rate_peak, 1e-9) * 1.12)
        _time_ticks(ax, seen.span_s, f"since the first interval, at {seen.first}")
        each = "interval" if seen.every_s is None else f"interval of {span(seen.every_s)}"
        _title(ax, f"Requests a second in each {each}; dashed: mean")
        _head(figure, f"{name}: {seen.found.format}", facts)
    return figure


def _panel(figure: Figure, bottom_in: float, height_in: float) -> Axes:
    ax = figure.add_axes(
        (
            LEFT_IN / WIDTH_IN,
            bottom_in / figure.get_figheight(),
            (WIDTH_IN - LEFT_IN - RIGHT_IN) / WIDTH_IN,
            height_in / figure.get_figheight(),
        )
    )
    ax.tick_params(labelsize=TICK_PT)
    return ax


def edges_s(length_s: float, rows: int) -> Floats:
    """Return where bins of so many rows in a time begin and end, ascending; the last ends with it.

    All are of one width but the last, which is between half as wide and half as wide again: a rate
    of the few rows in a sliver would be a spike.
    """
    most = max(FEWEST_BINS, min(MOST_BINS, rows // ROWS_A_BIN))
    is_long = length_s >= READABLE_S
    width_s = bin_width_s(length_s, most) if is_long else rounded_up(length_s / most)
    begins_s = np.arange(0.0, length_s, width_s)
    if begins_s.size > 1 and length_s - begins_s[-1] < width_s / 2:
        begins_s = begins_s[:-1]
    return np.append(begins_s, length_s)


def _draw_rate(ax: Axes, seen: Look) -> None:
    length_s = seen.span_s or 1.0
    edges = edges_s(length_s, seen.used)
    rate_per_s = np.histogram(seen.since_s, edges)[0] / np.diff(edges)
    ax.stairs(rate_per_s, edges, fill=True, color=BLUE, alpha=0.18, linewidth=0)
    ax.stairs(rate_per_s, edges, baseline=None, color=BLUE, linewidth=1.1)
    top = float(rate_per_s.max()) * 1.12
    ax.set_ylim(0, top)
    inches_per_s = (WIDTH_IN - LEFT_IN - RIGHT_IN) / length_s
    for gap in seen.gaps:
        ax.axvspan(gap.begins_s, gap.begins_s + gap.length_s, color=SHADE, zorder=0)
        words = f"nothing for {span(gap.length_s)}"
        room_in = gap.length_s * inches_per_s
        for said in (words, span(gap.length_s)):
            if width_in(said, size_pt=GAP_LABEL_PT) < room_in - 0.1:
                ax.text(
                    gap.begins_s + gap.length_s / 2,
                    top * LABEL_HEIGHT,
                    said,
                    ha="center",
                    va="center",
                    fontsize=GAP_LABEL_PT,
                    color=FAINT,
                )
                break
    if seen.rate_mean is not None:
        ax.axhline(seen.rate_mean, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    _time_ticks(ax, length_s, f"since the first arrival, at {seen.first}")
    _title(ax, f"Arrivals a second, in bins of {span(float(edges[1] - edges[0]))}; dashed: mean")


def _time_ticks(ax: Axes, length_s: float, since: str) -> None:
    axis = time_axis(Window(0.0, length_s))
    ax.set_xlim(0, length_s)
    ax.set_xticks(axis.ticks_s(), axis.labels())
    ax.set_xlabel(f"{axis.scale.unit} {since}", fontsize=NOTE_PT)


def _draw_between(ax: Axes, since_s: Floats) -> None:
    between_s = np.diff(since_s)
    apart_s = between_s[between_s > 0]
    if not apart_s.size:
        ax.axis("off")
        _title(ax, "All arrivals are at one instant: there are no times between them")
        return
    low, high = float(apart_s.min()), float(apart_s.max())
    first = np.floor(np.log10(low) * BINS_A_DECADE)
    last = np.floor(np.log10(high) * BINS_A_DECADE) + 1
    edges = 10 ** (np.arange(first, last + 1) / BINS_A_DECADE)
    share = 100 * np.histogram(apart_s, edges)[0] / between_s.size
    beyond = np.exp(-edges / between_s.mean())
    ax.stairs(share, edges, fill=True, color=BLUE, alpha=0.18, linewidth=0)
    ax.stairs(share, edges, baseline=None, color=BLUE, linewidth=1.1, label="this recording")
    ax.stairs(
        100 * -np.diff(beyond),
        edges,
        baseline=None,
        color=ORANGE,
        linewidth=1.1,
        linestyle=(0, (5, 2)),
        label="a Poisson process of this mean",
    )
    ax.set_xscale("log")
    ax.set_xlim(edges[0], edges[-1])
    ticks = log_ticks(float(edges[0]), float(edges[-1]))
    ax.set_xticks(ticks, list(map(_tick, ticks)))
    ax.set_xticks([], minor=True)
    ax.set_ylim(bottom=0)
    ax.legend(
        frameon=False,
        fontsize=NOTE_PT,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        borderaxespad=0.2,
        ncols=2,
    )
    together = 1 - apart_s.size / between_s.size
    at_once = f"; {100 * together:.3g} % are 0" if together else ""
    _title(ax, f"Times between arrivals: % of them in each tenth of a decade{at_once}")


def _tick(tick_s: float) -> str:
    """Return a round time: seconds from a hundred on, which no minutes are round in."""
    return span(tick_s) if tick_s < 100 else f"{tick_s:,.0f} s"


def _title(ax: Axes, words: str) -> None:
    ax.set_title(words, loc="left", fontsize=9.0, color=INK)


def _head(figure: Figure, title: str, facts: str) -> None:
    lines = (
        (title, 0.3, HEAD_PT, "bold", INK),
        (facts, 0.52, NOTE_PT, "normal", FAINT),
    )
    for words, below_in, size_pt, weight, color in lines:
        figure.text(
            0.15 / WIDTH_IN,
            1 - below_in / figure.get_figheight(),
            fitted(words, room_in=WIDTH_IN - 0.3, size_pt=size_pt, bold=weight == "bold"),
            fontsize=size_pt,
            fontweight=weight,
            color=color,
        )


def _facts(seen: Look) -> str:
    facts = [f"{seen.used:,} arrivals in {span(seen.span_s)}"]
    if seen.rate_mean is not None:
        facts.append(f"{seen.rate_mean:.4g} a second on average")
    facts.append(f"at most {seen.rate_peak_1s:g} in a second")
    if seen.dispersion_1min is not None:
        facts.append(f"dispersion of the minutes {seen.dispersion_1min:.3g}")
    return " · ".join(facts)


def _alternative(name: str, seen: Look) -> str:
    """Return the picture in words."""
    gaps = "".join(f" Nothing for {span(gap.length_s)} from {gap.since} on." for gap in seen.gaps)
    return (
        f"Arrivals of {name} over time, from {seen.first} to {seen.last}, and the times between "
        f"them. {_facts(seen)}.{gaps}"
    )
