"""Panels of resource queues: who uses how much against the limit, and how many wait."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.palette import FAINT, ORANGE
from sim.plots.holders import Holders
from sim.plots.legend import patch
from sim.plots.panel import LEGEND_PT, TITLE_PT, Panel, count_axis, legend_in
from sim.plots.quantities import count_words, duration_words
from sim.plots.series import area, greatest, is_crowd, limit, line, measured
from sim.plots.text import fitted
from sim.plots.view import View
from sim.results.bins import binned
from sim.results.steps import align, within
from sim.results.timeline import Floats, QueueTimeline, Steps, Window

USE_IN: Final = 0.8
WAITING_IN: Final = 0.4
NAME_IN: Final = 5.0
"""Room for a queue's name in a title."""
HOLDER_IN: Final = 1.9
"""Room for a holder's name in a legend."""


def is_used(queue: QueueTimeline) -> bool:
    """Return whether anything was ever held or waited for in *queue*."""
    return bool(greatest(queue.used) or greatest(queue.waiting))


def queue_panels(
    queues: Sequence[QueueTimeline], holders: Sequence[Holders], whole: View
) -> list[Panel]:
    """Return the panels of one queue: of each resource that it limits, then of who waits, if any.

    Args:
        queues: Its resources; as there is one line for all of them, that is drawn once.
        holders: Who is drawn as one, and how, in the order in which they are stacked.
        whole: The view of the whole.
    """
    panels = [_use_panel(queue, holders, whole) for queue in queues]
    waiting = queues[0].waiting
    if not greatest(waiting):
        return panels

    def draw(ax: Axes, view: View) -> Sequence[Artist]:
        shown = measured(ax, waiting, view=view, label="waiting", color=ORANGE)
        count_axis(ax, greatest(waiting), intervals=2)
        return shown

    return [*panels, Panel(f"Queue {_name(queues[0])}: waiting (replicas)", WAITING_IN, draw)]


def _name(queue: QueueTimeline) -> str:
    return fitted(queue.name, room_in=NAME_IN, size_pt=TITLE_PT, bold=True)


def _use_panel(queue: QueueTimeline, holders: Sequence[Holders], whole: View) -> Panel:
    """Return what is used of one resource, stacked by holder, against its limit."""
    unit = f"{queue.gpu_type} GPUs" if queue.gpu_type else queue.unit
    known = {(held.name, held.revision) for held in queue.held}
    mine = [group for group in holders if group.keys & known]
    most = max(greatest(queue.used), greatest(queue.limit))
    is_dense = is_crowd(_instants(queue, whole.window), whole)
    bins = f"; mean of {duration_words(whole.bin_s)}" if is_dense else ""

    def draw(ax: Axes, view: View) -> Sequence[Artist]:
        top = _stack(ax, queue, mine, view)
        limit_line = limit(ax, queue.limit, view=view, label="limit")
        _use_axis(ax, queue, most)
        words = [fitted(group.words, room_in=HOLDER_IN, size_pt=LEGEND_PT) for group in mine]
        stacked = [patch(group.fill, word) for group, word in zip(mine, words, strict=True)]
        return [*reversed(stacked), *top, limit_line]

    height_in = max(USE_IN, legend_in(len(mine) + 1 + is_dense))
    return Panel(f"Queue {_name(queue)}: in use ({unit})", height_in, draw, bins=bins)


def _instants(queue: QueueTimeline, window: Window) -> Floats:
    """Return when anybody's use changed in *window*, and its beginning."""
    changes = [within(steps, window).at_s for steps in (queue.used, *(h.used for h in queue.held))]
    return np.unique(np.concatenate(changes))


def _stack(
    ax: Axes, queue: QueueTimeline, groups: Sequence[Holders], view: View
) -> Sequence[Artist]:
    """Stack what *groups* hold; return the line of the most in use, if the stack shows means."""
    window = view.window
    used, at_s = within(queue.used, window), _instants(queue, window)
    is_dense, bin_s = is_crowd(at_s, view), view.bin_s
    if is_dense:
        at_s = binned(used, width_s=bin_s, window=window).start_at_s
    edges = np.append(at_s, window.end_at_s)
    floor = np.zeros(at_s.size)
    for group in groups:
        top = floor
        for held in queue.held:
            if (held.name, held.revision) in group.keys:
                steps = within(held.used, window)
                top = top + (_means(steps, bin_s, window) if is_dense else align(steps, at_s))
        fill = group.fill
        area(
            ax,
            edges,
            floor,
            top,
            facecolor=fill.face,
            edgecolor=fill.edge,
            hatch=fill.hatch,
            linewidth=0.0,
        )
        floor = top
    if not is_dense:
        line(ax, used, window=window, label="in use", color=FAINT)
        return ()
    most = Steps(at_s, binned(used, width_s=bin_s, window=window).greatest)
    return (line(ax, most, window=window, label="most in use", color=FAINT),)


def _means(steps: Steps, width_s: float, window: Window) -> Floats:
    return np.nan_to_num(binned(steps, width_s=width_s, window=window).mean)


def _use_axis(ax: Axes, queue: QueueTimeline, most: float) -> None:
    """Scale the vertical axis from 0 to above *most*: in whole numbers if all values are whole."""
    values = np.concatenate([queue.used.value, queue.limit.value])
    if np.all(values == np.round(values)):
        count_axis(ax, most)
        return
    ax.set_ylim(0, 1.08 * max(most, 1e-3))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(count_words))
