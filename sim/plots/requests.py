"""Panels of one deployment's requests: load, queued, running, response times and failures."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from sim.plots.bars import patch
from sim.plots.palette import BLUE, FAILURES, INK, ORANGE
from sim.plots.panel import Panel, count_axis, legend, legend_in, remark
from sim.plots.quantities import duration_words, log_ticks, response_unit
from sim.plots.series import DASHED, Dashes, greatest, line, measured
from sim.results.timeline import AnswerBins, DeploymentTimeline, Floats, Steps

HEIGHT_IN: Final = 0.95
LOG_SPAN: Final = 30.0
"""Response times whose greatest is more than this many times the least get a logarithmic axis."""

QUANTILES: Final[tuple[tuple[str, str, Dashes], ...]] = (
    ("median", BLUE, "-"),
    ("95th percentile", ORANGE, (0, (4, 1.2))),
    ("99th percentile", INK, (0, (1, 1))),
)
"""How the quantiles of the response time are drawn."""


def load_panel(timeline: DeploymentTimeline, *, horizon_s: float) -> Panel:
    """Return the load at each evaluation against the scale-up threshold."""
    title = "Load: busy threads / responsive threads (ratio)"
    if np.all(np.isnan(timeline.load.value)):
        return remark(title, "no load: nothing was responsive at an evaluation")

    def draw(ax: Axes) -> None:
        load = measured(
            ax,
            timeline.load,
            horizon_s=horizon_s,
            bin_s=timeline.answers.width_s,
            label="load",
            color=BLUE,
        )
        threshold = line(
            ax,
            timeline.threshold,
            horizon_s=horizon_s,
            label="scale-up threshold",
            color=INK,
            dashes=DASHED,
        )
        ax.set_ylim(0, 1.05 * max(1.0, greatest(timeline.load), greatest(timeline.threshold)))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
        legend(ax, [*load, threshold])

    return Panel(title, HEIGHT_IN, draw)


def queued_panel(timeline: DeploymentTimeline, *, horizon_s: float) -> Panel:
    """Return the requests that wait for a thread."""
    title = "Queued requests (count)"
    most = greatest(timeline.queued)
    if not most:
        return remark(title, "no request waited for a thread")

    def draw(ax: Axes) -> None:
        queued = measured(
            ax,
            timeline.queued,
            horizon_s=horizon_s,
            bin_s=timeline.answers.width_s,
            label="queued",
            color=BLUE,
        )
        count_axis(ax, most)
        legend(ax, queued)

    return Panel(title, HEIGHT_IN, draw)


def running_panel(timeline: DeploymentTimeline, *, horizon_s: float) -> Panel:
    """Return the requests that hold a thread against the threads that there are.

    Abandoned requests, whose client was answered before their end, are shown if there were any.
    """
    has_abandoned = bool(greatest(timeline.abandoned))
    what = "Running and abandoned requests, and" if has_abandoned else "Running requests and"
    title = f"{what} threads (count)"
    shown: list[tuple[str, Steps, str, Dashes]] = [("running", timeline.running, BLUE, "-")]
    if has_abandoned:
        shown.append(("abandoned", timeline.abandoned, ORANGE, (0, (2, 1))))
    most = max(greatest(steps) for steps in (timeline.threads, *(row[1] for row in shown)))
    if not most:
        return remark(title, "no request ran, and no thread was there to run one")

    def draw(ax: Axes) -> None:
        handles = [
            handle
            for label, steps, color, dashes in shown
            for handle in measured(
                ax,
                steps,
                horizon_s=horizon_s,
                bin_s=timeline.answers.width_s,
                label=label,
                color=color,
                dashes=dashes,
            )
        ]
        threads = line(
            ax,
            timeline.threads,
            horizon_s=horizon_s,
            label="threads of the active revision",
            color=INK,
            dashes=DASHED,
        )
        count_axis(ax, most)
        legend(ax, [*handles, threads])

    return Panel(title, max(HEIGHT_IN, legend_in(2 * len(shown) + 1)), draw)


def response_panel(answers: AnswerBins, *, horizon_s: float) -> Panel:
    """Return the quantiles of the response time by bin, in ms or s, on a log axis if need be."""
    quantiles = (answers.response_p50_s, answers.response_p95_s, answers.response_p99_s)
    known = np.concatenate(quantiles)
    known = known[~np.isnan(known)]
    if not known.size:
        return remark("Response time", "no completed requests")
    unit, unit_s = response_unit(float(known.max()))
    bins = duration_words(answers.width_s)

    def draw(ax: Axes) -> None:
        lines = [
            line(
                ax,
                Steps(answers.start_at_s, values / unit_s),
                horizon_s=horizon_s,
                label=label,
                color=colour,
                dashes=dashes,
            )
            for values, (label, colour, dashes) in zip(quantiles, QUANTILES, strict=True)
        ]
        _response_axis(ax, known / unit_s)
        legend(ax, lines)

    return Panel(f"Response time of completed requests ({unit}; bins of {bins})", HEIGHT_IN, draw)


def _response_axis(ax: Axes, known: Floats) -> None:
    """Scale the vertical axis to *known*, in the unit of the axis."""
    positive = known[known > 0]
    low, high = (positive.min(), positive.max()) if positive.size else (1.0, 1.0)
    if high <= LOG_SPAN * low:
        ax.set_ylim(0, 1.08 * high)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
        return
    ax.set_yscale("log", nonpositive="mask")
    ax.set_ylim(low / 1.3, high * 1.3)
    ticks = log_ticks(low / 1.3, high * 1.3)
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
    ax.yaxis.set_minor_locator(NullLocator())


def failures_panel(answers: AnswerBins, *, horizon_s: float) -> Panel:
    """Return the failed requests of each bin, stacked by kind; or a remark if there are none."""
    kinds = [kind for kind in FAILURES if kind in answers.failed and answers.failed[kind].any()]
    title = f"Failed requests (count in {duration_words(answers.width_s)})"
    if not kinds:
        return remark(title, "no failures")

    def draw(ax: Axes) -> None:
        last_s = min(horizon_s, float(answers.start_at_s[-1]) + answers.width_s)
        edges = np.append(answers.start_at_s, last_s)
        floor = np.zeros(answers.start_at_s.size, dtype=np.int64)
        for kind in kinds:
            fill = FAILURES[kind]
            ax.bar(
                edges[:-1],
                answers.failed[kind],
                width=np.diff(edges),
                bottom=floor,
                align="edge",
                facecolor=fill.face,
                edgecolor=fill.edge,
                hatch=fill.hatch,
                linewidth=0.3,
            )
            floor = floor + answers.failed[kind]
        count_axis(ax, float(floor.max()))
        legend(ax, [patch(FAILURES[kind]) for kind in reversed(kinds)])

    return Panel(title, max(HEIGHT_IN, legend_in(len(kinds))), draw)
