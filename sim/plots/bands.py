"""The picture of a study: one deployment in all runs of a case, as medians and bands over time."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from sim.palette import BLUE, INK, ORANGE
from sim.plots import marks
from sim.plots.layout import AXES_IN, Column, Sheet, compose
from sim.plots.panel import Panel, count_axis, legend_in, remark
from sim.plots.quantities import duration_words, response_unit, time_axis
from sim.plots.requests import response_axis
from sim.plots.series import area, line
from sim.plots.style import style
from sim.plots.view import View
from sim.results.answers import no_answers
from sim.results.timeline import Mark, Steps, Window
from sim.studies.answers.bands import Band, Bands, Switches

PANEL_IN: Final = 1.05
_PALE: Final = 0.25
_STROKE_ALPHA: Final = 0.45
_STROKE_PT: Final = 1.0

Draw = Callable[[Axes, View], Sequence[Artist]]


def plot_bands(data: Bands) -> Figure:
    """Return the runs of a study over time as a figure.

    From above: PUTs; where in each run the switch of a rollout fell, a stroke a run; replicas,
    load, queued and running requests, response times and failures, each as the median of the runs
    at an instant and the band from the least run to the greatest.
    """
    with style():
        window = Window(0.0, data.horizon_s)
        axis = time_axis(window)
        view = View(
            window=window,
            axis=axis,
            answers=no_answers(window),
            marks=tuple(
                Mark(at_s, "put", f"PUT {number}" if len(data.put_at_s) > 1 else "PUT")
                for number, at_s in enumerate(data.put_at_s, start=1)
            ),
            named=frozenset(),
            enlarged=(),
            width_in=AXES_IN,
            room_in=marks.MAX_LABEL_IN,
        )
        precision = "seconds" if data.start.second else "minutes"
        begins = data.start.isoformat(sep=" ", timespec=precision)
        return compose(
            Sheet(
                title=f"{data.name}: {data.deployment}",
                facts=f"{data.runs} runs · seed {data.seed} · {duration_words(data.horizon_s)} "
                f"from {begins}",
                columns=[Column(view, None, f"time since the start ({axis.scale.unit})")],
                lanes=_lanes(data, view),
                panels=_panels(data),
                notes=_notes(data),
                warm_up_s=data.warm_up_s,
            )
        )


def _lanes(data: Bands, view: View) -> list[Panel]:
    found = []
    placed = marks.labels(view, view.told)
    if count := marks.lane_count(placed):

        def draw_labels(ax: Axes, _view: View) -> Sequence[Artist]:
            marks.draw_labels(ax, placed, lanes=count)
            return ()

        found.append(Panel(marks.title_of(placed), marks.LANE_IN * count, draw_labels))
    for switches in data.switches:
        if switches.at_s.size:
            title = f"switches {switches.rollout}" if len(data.switches) > 1 else "switches"
            found.append(Panel(title, marks.LANE_IN, _strokes(switches)))
    return found


def _strokes(switches: Switches) -> Draw:
    def draw(ax: Axes, _view: View) -> Sequence[Artist]:
        ax.set_ylim(0, 1)
        ax.vlines(switches.at_s, 0.1, 0.9, color=INK, alpha=_STROKE_ALPHA, linewidth=_STROKE_PT)
        return ()

    return draw


def _panels(data: Bands) -> list[Panel]:
    bins = duration_words(data.width_s)
    return [
        _counted(data, "Responsive replicas (count)", "responsive_replicas"),
        _load(data),
        _counted(data, "Queued requests (count)", "queued"),
        _counted(data, "Running requests (count)", "running"),
        _responses(data, bins),
        _counted(
            data, f"Failed attempts (count in a bin of {bins})", "failed", nothing="no failures"
        ),
    ]


def _counted(data: Bands, title: str, name: str, *, nothing: str = "none at any time") -> Panel:
    band = data.series[name]
    most = float(np.nanmax(band.greatest, initial=0.0))
    if not most:
        return remark(title, nothing)

    def draw(ax: Axes, _view: View) -> Sequence[Artist]:
        handles = _drawn(ax, data, band)
        count_axis(ax, most)
        return handles

    return Panel(title, PANEL_IN, draw)


def _load(data: Bands) -> Panel:
    def draw(ax: Axes, _view: View) -> Sequence[Artist]:
        handles = _drawn(ax, data, data.series["load_ratio"])
        ax.set_ylim(0, 1.08)
        ax.yaxis.set_major_locator(FixedLocator([0.0, 0.5, 1.0]))
        return handles

    return Panel("Load: busy threads / responsive threads (ratio)", PANEL_IN, draw)


def _responses(data: Bands, bins: str) -> Panel:
    shown = (("response_p50_s", "median", BLUE), ("response_p99_s", "99th percentile", ORANGE))
    bands = [data.series[name] for name, _, _ in shown]
    known = np.concatenate([edge for band in bands for edge in (band.least, band.greatest)])
    known = known[~np.isnan(known)]
    if not known.size:
        return remark("Response time", "no completed requests")
    unit, unit_s = response_unit(float(known.max()))

    def draw(ax: Axes, _view: View) -> Sequence[Artist]:
        handles = [
            handle
            for name, word, color in shown
            for handle in _drawn(ax, data, data.series[name], word, color=color, unit=unit_s)
        ]
        response_axis(ax, known / unit_s)
        return handles

    title = f"Response time of completed requests ({unit}; bins of {bins})"
    return Panel(title, max(PANEL_IN, legend_in(2 * len(shown))), draw)


def _drawn(
    ax: Axes, data: Bands, band: Band, word: str = "", *, color: str = BLUE, unit: float = 1.0
) -> list[Artist]:
    """Draw a band and its median, and return what the legend shows of them."""
    of = f"{word}, " if word else ""
    window = Window(0.0, data.horizon_s)
    at_s = np.append(data.at_s, data.horizon_s)
    filled = area(
        ax,
        at_s,
        band.least / unit,
        band.greatest / unit,
        facecolor=to_rgba(color, _PALE),
        linewidth=0,
        label=f"{of}all {data.runs} runs",
    )
    middle = line(
        ax,
        Steps(data.at_s, band.median / unit),
        window=window,
        label=f"{of}median of the runs",
        color=color,
    )
    return [middle, filled]


def _notes(data: Bands) -> list[str]:
    inside = (data.runs - 1) / (data.runs + 1)
    notes = [
        f"At a given instant a further run lies inside of a band with probability {inside:.2f}. "
        "Nothing is said of whole runs: most of them leave it somewhere."
    ]
    if any(switches.at_s.size for switches in data.switches):
        notes.append("Switches: a stroke for each run, where its rollout switched.")
    for switches in data.switches:
        if switches.never:
            number = f" {switches.rollout}" if len(data.switches) > 1 else ""
            notes.append(f"Rollout{number} never switched in {switches.never} of {data.runs} runs.")
    return notes
