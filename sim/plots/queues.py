"""Panels of resource queues: use against the limit, and who waits."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.plots.palette import BLUE, INK, ORANGE
from sim.plots.panel import TITLE_PT, Panel, count_axis, legend
from sim.plots.quantities import count_words
from sim.plots.series import DASHED, greatest, line, measured
from sim.plots.text import fitted
from sim.results.timeline import QueueTimeline

USE_IN: Final = 0.8
WAITING_IN: Final = 0.4
NAME_IN: Final = 5.0
"""Room for a queue's name in a title."""


def is_used(queue: QueueTimeline) -> bool:
    """Return whether anything was ever held or waited for in *queue*."""
    return bool(greatest(queue.used) or greatest(queue.waiting))


def queue_panels(queue: QueueTimeline, *, horizon_s: float, bin_s: float) -> list[Panel]:
    """Return the panel of what is used of *queue* and, where replicas waited, one of how many."""
    name = fitted(queue.name, room_in=NAME_IN, size_pt=TITLE_PT, bold=True)
    unit = f"{queue.gpu_type} GPUs" if queue.gpu_type else queue.unit

    def draw_use(ax: Axes) -> None:
        used = measured(
            ax, queue.used, horizon_s=horizon_s, bin_s=bin_s, label="in use", color=BLUE
        )
        limit = line(ax, queue.limit, horizon_s=horizon_s, label="limit", color=INK, dashes=DASHED)
        ax.set_ylim(0, 1.12 * max(greatest(queue.used), greatest(queue.limit), 1e-3))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
        ax.yaxis.set_major_formatter(FuncFormatter(count_words))
        legend(ax, [*used, limit])

    def draw_waiting(ax: Axes) -> None:
        waiting = measured(
            ax, queue.waiting, horizon_s=horizon_s, bin_s=bin_s, label="waiting", color=ORANGE
        )
        count_axis(ax, greatest(queue.waiting), intervals=2)
        legend(ax, waiting)

    panels = [Panel(f"Queue {name}: in use ({unit})", USE_IN, draw_use)]
    if greatest(queue.waiting):
        panels.append(Panel(f"Queue {name}: waiting (replicas)", WAITING_IN, draw_waiting))
    return panels
