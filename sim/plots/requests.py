"""Panels of one deployment's requests: load, queued, running, response times and failures."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from sim.palette import BLUE, FAILURES, INK, ORANGE
from sim.plots.legend import patch
from sim.plots.panel import Panel, count_axis, legend_in, remark
from sim.plots.quantities import duration_words, log_ticks, response_unit
from sim.plots.series import Dashes, greatest, limit, line, measured
from sim.plots.view import View
from sim.results.answers import LOG_SPAN
from sim.results.timeline import AnswerBins, DeploymentTimeline, Floats, Steps

HEIGHT_IN: Final = 0.95
QUANTILES: Final[tuple[tuple[str, str, Dashes], ...]] = (
    ("median", BLUE, "-"),
    ("95th percentile", ORANGE, (0, (4, 1.2))),
    ("99th percentile", INK, (0, (1, 1))),
)
"""How the quantiles of the response time are drawn."""


def load_panel(timeline: DeploymentTimeline) -> Panel:
    """Return the load at each evaluation against the scale-up threshold."""
    title = "Load: busy threads / responsive threads (ratio)"
    if np.all(np.isnan(timeline.load.value)):
        return remark(title, "no load: nothing was responsive at an evaluation")

    def draw(ax: Axes, view: View) -> Sequence[Artist]:
        load = measured(ax, timeline.load, view=view, label="load", color=BLUE)
        threshold = limit(ax, timeline.threshold, view=view, label="scale-up threshold")
        ax.set_ylim(0, 1.05 * max(1.0, greatest(timeline.load), greatest(timeline.threshold)))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
        return [*load, threshold]

    return Panel(title, HEIGHT_IN, draw)


def queued_panel(timeline: DeploymentTimeline) -> Panel:
    """Return the requests that wait for a thread."""
    title = "Queued requests (count)"
    most = greatest(timeline.queued)
    if not most:
        return remark(title, "no request waited for a thread")

    def draw(ax: Axes, view: View) -> Sequence[Artist]:
        queued = measured(ax, timeline.queued, view=view, label="queued", color=BLUE)
        count_axis(ax, most)
        return queued

    return Panel(title, HEIGHT_IN, draw)


def running_panel(timeline: DeploymentTimeline) -> Panel:
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

    def draw(ax: Axes, view: View) -> Sequence[Artist]:
        handles = [
            handle
            for label, steps, color, dashes in shown
            for handle in measured(ax, steps, view=view, label=label, color=color, dashes=dashes)
        ]
        label = "threads of the active revision"
        threads = limit(ax, timeline.threads, view=view, label=label, short="threads")
        count_axis(ax, most)
        return [*handles, threads]

    return Panel(title, max(HEIGHT_IN, legend_in(2 * len(shown) + 1)), draw)


def response_panel(answers: Sequence[AnswerBins]) -> Panel:
    """Return the quantiles of the response time by bin, in ms or s, on a log axis if need be.

    Args:
        answers: What the views show, the whole first; they share the vertical axis.
    """
    known = np.concatenate([values for bins in answers for values in _quantiles(bins)])
    known = known[~np.isnan(known)]
    if not known.size:
        return remark("Response time", "no completed requests")
    unit, unit_s = response_unit(float(known.max()))
    bins = duration_words(answers[0].width_s)

    def draw(ax: Axes, view: View) -> Sequence[Artist]:
        lines = [
            line(
                ax,
                Steps(view.answers.start_at_s, values / unit_s),
                window=view.window,
                label=label,
                color=colour,
                dashes=dashes,
            )
            for values, (label, colour, dashes) in zip(
                _quantiles(view.answers), QUANTILES, strict=True
            )
        ]
        response_axis(ax, known / unit_s)
        return lines

    title = f"Response time of completed requests ({unit})"
    return Panel(title, HEIGHT_IN, draw, bins=f"; bins of {bins}")


def _quantiles(answers: AnswerBins) -> tuple[Floats, Floats, Floats]:
    return answers.response_p50_s, answers.response_p95_s, answers.response_p99_s


def response_axis(ax: Axes, known: Floats) -> None:
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


def failures_panel(answers: Sequence[AnswerBins]) -> Panel:
    """Return the failed requests of each bin, stacked by kind; or a remark if there are none.

    What is enlarged has narrower bins and so fewer failures in each: every view has a vertical
    axis of its own.

    Args:
        answers: What the views show, the whole first.
    """
    kinds = [kind for kind in FAILURES if any(_failed(bins, kind).any() for bins in answers)]
    if not kinds:
        return remark("Failed requests (count)", "no failures")
    title, bins = "Failed requests (count in a bin)", f" of {duration_words(answers[0].width_s)}"

    def draw(ax: Axes, view: View) -> Sequence[Artist]:
        shown = view.answers
        edges = np.append(shown.start_at_s, view.window.end_at_s)
        floor = np.zeros(shown.start_at_s.size, dtype=np.int64)
        for kind in kinds:
            fill = FAILURES[kind]
            ax.bar(
                edges[:-1],
                _failed(shown, kind),
                width=np.diff(edges),
                bottom=floor,
                align="edge",
                facecolor=fill.face,
                edgecolor=fill.edge,
                hatch=fill.hatch,
                linewidth=0.3,
            )
            floor = floor + _failed(shown, kind)
        count_axis(ax, float(floor.max(initial=0)))
        return [patch(FAILURES[kind]) for kind in reversed(kinds)]

    height_in = max(HEIGHT_IN, legend_in(len(kinds)))
    return Panel(title, height_in, draw, scaled_apart=True, bins=bins)


def _failed(bins: AnswerBins, kind: str) -> NDArray[np.int64]:
    return bins.failed.get(kind, np.zeros(bins.start_at_s.size, np.int64))
