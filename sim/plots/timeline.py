"""The rollout timeline: everything that happened to one deployment, over one time axis.

Owns which panels there are and where they stand. What a panel holds is in its own module; the
numbers come ready from `sim.results`.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator

from sim.errors import SimError
from sim.plots import bars, marks, queues, requests
from sim.plots.palette import FAINT, INK, SHADE, STATES
from sim.plots.panel import TICK_PT, TITLE_PT, Panel, legend, legend_in, remark
from sim.plots.quantities import duration_words, time_scale
from sim.plots.style import style
from sim.plots.text import fitted, wrapped
from sim.results.timeline import DeploymentTimeline, QueueTimeline, StateCounts, TimelineData

NOTEBOOK_DPI: Final = 80
WIDTH_IN: Final = 12.0
LEFT_IN: Final = 1.3
RIGHT_IN: Final = 2.5
"""Room beside the panels: names of revisions and tick labels on the left, legends on the right."""
AXES_IN: Final = WIDTH_IN - LEFT_IN - RIGHT_IN

HEAD_PT: Final = 12.0
NOTE_PT: Final = 8.0
NOTE_LINE_IN: Final = 0.16
_HEAD_IN: Final = 0.72
_TITLE_IN: Final = 0.34
_TITLE_GAP_IN: Final = 0.05
_LANE_GAP_IN: Final = 0.04
_TIME_AXIS_IN: Final = 0.62
_EDGE_IN: Final = 0.15
MAX_PANELS_OF_COUNTS: Final = 8
"""Above this many revisions the counts of all of them share one panel."""
COUNTS_IN: Final = 1.35
LOW_COUNTS_IN: Final = 0.75
"""Heights of a panel of counts: of one or two, and of more; a legend runs past low ones."""
MAX_NOTES: Final = 8
MAX_NOTE_LINES: Final = 4


class TimelineFigure(Figure):
    """A figure that notebooks show of themselves, without a plotting session."""

    def _repr_png_(self) -> bytes:
        with style():
            picture = BytesIO()
            self.savefig(picture, format="png", dpi=NOTEBOOK_DPI)
        return picture.getvalue()


class UnknownDeploymentError(SimError):
    """A timeline was asked for of a deployment that the run does not have."""


def plot_timeline(data: TimelineData, deployment: str | None = None) -> Figure:
    """Return the rollout timeline of one deployment as a figure.

    From above: marks of rollouts, faults and scaling; replicas by state, grouped by revision;
    load against the scale-up threshold; queued and running requests; response times; failures;
    and every resource queue that was used.

    Args:
        data: What to draw.
        deployment: The name of the deployment. By default the first that has had more than one
            revision, or the first of all if none has.

    Raises:
        UnknownDeploymentError: *data* has no deployment of that name.
    """
    timeline = _chosen(data, deployment)
    with style():
        return _compose(
            data,
            timeline,
            lanes=_lanes(timeline, inches_per_s=AXES_IN / data.horizon_s),
            panels=[
                *_replica_panels(timeline, horizon_s=data.horizon_s),
                requests.load_panel(timeline, horizon_s=data.horizon_s),
                requests.queued_panel(timeline, horizon_s=data.horizon_s),
                requests.running_panel(timeline, horizon_s=data.horizon_s),
                requests.response_panel(timeline.answers, horizon_s=data.horizon_s),
                requests.failures_panel(timeline.answers, horizon_s=data.horizon_s),
                *(
                    panel
                    for queue in data.queues
                    if queues.is_used(queue)
                    for panel in queues.queue_panels(
                        queue, horizon_s=data.horizon_s, bin_s=timeline.answers.width_s
                    )
                ),
            ],
            notes=_notes(data, timeline),
        )


def _chosen(data: TimelineData, name: str | None) -> DeploymentTimeline:
    if name is None:
        rolled = (timeline for timeline in data.deployments if len(timeline.revisions) > 1)
        return next(rolled, data.deployments[0])
    for timeline in data.deployments:
        if timeline.name == name:
            return timeline
    known = ", ".join(d.name for d in data.deployments)
    raise UnknownDeploymentError(f"no deployment is named {name!r}; the run has: {known}")


def _lanes(timeline: DeploymentTimeline, *, inches_per_s: float) -> list[Panel]:
    """Return the lanes above the panels that hold anything: labels, scaling and stalls."""
    lanes = []
    told = [mark for mark in timeline.marks if mark.kind not in marks.SCALING]
    if told:
        placed = marks.labels(told, inches_per_s=inches_per_s)
        lanes.append(
            Panel(
                "events",
                marks.LANE_IN * marks.lane_count(placed),
                lambda ax: marks.draw_labels(ax, placed),
            )
        )
    scaling = [mark for mark in timeline.marks if mark.kind in marks.SCALING]
    if scaling:
        lanes.append(
            Panel(
                "scaling \u25b2 +1, \u25bc \u22121",
                marks.LANE_IN,
                lambda ax: marks.draw_scaling(ax, scaling, inches_per_s=inches_per_s),
            )
        )
    if timeline.stalls:
        lanes.append(
            Panel(
                "stalls",
                marks.LANE_IN,
                lambda ax: marks.draw_stalls(ax, timeline.stalls, inches_per_s=inches_per_s),
            )
        )
    return lanes


def _replica_panels(timeline: DeploymentTimeline, *, horizon_s: float) -> list[Panel]:
    """Return the replicas as one panel of bars, or as counts if there are too many of them."""
    replicas = [bar for bar in timeline.replicas if bar.spans]
    if not replicas:
        return [remark("Replicas", "no replicas")]
    samples = [bars.patch(STATES[state]) for state in bars.states_of(replicas)]
    if len(replicas) <= bars.MAX_BARS:

        def draw(ax: Axes) -> None:
            bars.draw_bars(ax, replicas)
            legend(ax, samples)

        height_in = max(
            bars.rows_of(replicas) * bars.row_in(len(replicas)), legend_in(len(samples))
        )
        return [Panel("Replicas by state (one bar each, with its number)", height_in, draw)]

    revisions = bars.by_revision(replicas)
    if len(revisions) > MAX_PANELS_OF_COUNTS:
        counted = [(f"Replicas of all {len(revisions)} revisions", timeline.states)]
    else:
        counted = [
            (f"Replicas of revision {number}", bars.counts_of(group))
            for number, group in revisions.items()
        ]
    height_in = COUNTS_IN if len(counted) <= 2 else LOW_COUNTS_IN
    return [
        _counts_panel(
            title,
            states,
            height_in=height_in,
            samples=samples if i == 0 else [],
            horizon_s=horizon_s,
        )
        for i, (title, states) in enumerate(counted)
    ]


def _counts_panel(
    title: str, states: StateCounts, *, height_in: float, samples: Sequence[Patch], horizon_s: float
) -> Panel:
    def draw(ax: Axes) -> None:
        bars.draw_counts(ax, states, horizon_s=horizon_s)
        if samples:
            legend(ax, samples)

    return Panel(f"{title} (count by state)", height_in, draw)


def _notes(data: TimelineData, timeline: DeploymentTimeline) -> list[str]:
    """Return what is told in words below the panels, each entry one paragraph."""
    scale = time_scale(data.horizon_s)
    notes = [
        f"S{number}: from {scale.words(stall.start_at_s)} to {scale.words(stall.end_at_s)} "
        f"the rollout waited for {stall.resource}; held by {stall.holders}"
        + ("; a deadlock: only the revision to be replaced holds it" if stall.is_deadlocked else "")
        for number, stall in enumerate(timeline.stalls[:MAX_NOTES], start=1)
    ]
    if len(timeline.stalls) > MAX_NOTES:
        notes.append(f"{len(timeline.stalls) - MAX_NOTES} more stalls are in the run's results.")
    idle = [_queue_words(queue) for queue in data.queues if not queues.is_used(queue)]
    if idle:
        notes.append(f"Queues that nothing was held in: {', '.join(idle)}")
    return notes


def _note_lines(note: str) -> list[str]:
    room_in = WIDTH_IN - 3 * _EDGE_IN  # hinted outlines can be wider by 2 %
    lines = wrapped(note, room_in=room_in, word_in=room_in / 4, size_pt=NOTE_PT)
    rest = " ".join(lines[MAX_NOTE_LINES - 1 :])
    return [*lines[: MAX_NOTE_LINES - 1], fitted(rest, room_in=room_in, size_pt=NOTE_PT)]


def _queue_words(queue: QueueTimeline) -> str:
    return f"{queue.name} ({queue.gpu_type})" if queue.gpu_type else queue.name


def _compose(
    data: TimelineData,
    timeline: DeploymentTimeline,
    *,
    lanes: Sequence[Panel],
    panels: Sequence[Panel],
    notes: Sequence[str],
) -> Figure:
    """Return the figure: *lanes*, *panels* and *notes* from above, as high as they need."""
    lines = [line for note in notes for line in _note_lines(note)]
    height_in = (
        _HEAD_IN
        + sum(lane.height_in + _LANE_GAP_IN for lane in lanes)
        + sum(panel.height_in + _TITLE_IN for panel in panels)
        + _TIME_AXIS_IN
        + NOTE_LINE_IN * len(lines)
        + _EDGE_IN
    )
    figure = TimelineFigure(figsize=(WIDTH_IN, height_in))
    FigureCanvasAgg(figure)
    _head(figure, data, timeline)
    top_in = height_in - _HEAD_IN
    for lane in lanes:
        top_in -= lane.height_in
        ax = _axes(figure, top_in, lane.height_in, horizon_s=data.horizon_s)
        _as_lane(ax, lane.title)
        lane.draw(ax)
        top_in -= _LANE_GAP_IN
    for panel in panels:
        top_in -= panel.height_in + _TITLE_IN
        ax = _axes(figure, top_in, panel.height_in, horizon_s=data.horizon_s)
        _as_panel(ax, panel, data, timeline)
        panel.draw(ax)
    _time_axis(figure.axes[-1], data)
    top_in -= _TIME_AXIS_IN
    for line in lines:
        top_in -= NOTE_LINE_IN
        figure.text(_EDGE_IN / WIDTH_IN, top_in / height_in, line, fontsize=NOTE_PT, color=INK)
    return figure


def _axes(figure: Figure, bottom_in: float, height_in: float, *, horizon_s: float) -> Axes:
    """Return new axes over the run's time, without labels of time."""
    whole_in = figure.get_figheight()
    ax = figure.add_axes(
        (LEFT_IN / WIDTH_IN, bottom_in / whole_in, AXES_IN / WIDTH_IN, height_in / whole_in)
    )
    ax.set_xlim(0, horizon_s)
    ax.xaxis.set_major_locator(FixedLocator(list(time_scale(horizon_s).ticks_s(horizon_s))))
    ax.tick_params(labelsize=TICK_PT, labelbottom=False, length=2.5)
    return ax


def _as_lane(ax: Axes, title: str) -> None:
    """Make *ax* a lane: its title on the left, no frame."""
    ax.set_yticks([])
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.set_ylabel(
        title, rotation=0, ha="right", va="center", fontsize=NOTE_PT, labelpad=6, color=INK
    )


def _as_panel(ax: Axes, panel: Panel, data: TimelineData, timeline: DeploymentTimeline) -> None:
    """Make *ax* a panel: its title above, the warm-up shaded, the marks' lines drawn through."""
    ax.set_ylabel(
        panel.title,
        rotation=0,
        ha="left",
        va="bottom",
        fontsize=TITLE_PT,
        fontweight="bold",
        color=INK,
    )
    ax.yaxis.set_label_coords(0.0, 1.0 + _TITLE_GAP_IN / panel.height_in)
    if data.warm_up_s:
        ax.axvspan(0, min(data.warm_up_s, data.horizon_s), color=SHADE, linewidth=0, zorder=0)
    marks.draw_lines(ax, [mark for mark in timeline.marks if mark.kind not in marks.SCALING])


def _time_axis(ax: Axes, data: TimelineData) -> None:
    """Write the time axis below the lowest panel *ax*."""
    scale = time_scale(data.horizon_s)
    ax.xaxis.set_major_formatter(
        FixedFormatter([scale.number(at_s) for at_s in scale.ticks_s(data.horizon_s)])
    )
    ax.tick_params(axis="x", labelbottom=True, labelsize=TICK_PT)
    ax.set_xlabel(
        f"time since the start ({scale.unit}); 0 is {_wall_clock(data)}", fontsize=TITLE_PT
    )


def _wall_clock(data: TimelineData) -> str:
    precision = "minutes" if data.start.second == 0 and data.start.microsecond == 0 else "seconds"
    return data.start.isoformat(sep=" ", timespec=precision)


def _head(figure: Figure, data: TimelineData, timeline: DeploymentTimeline) -> None:
    """Write the title, and below it what identifies the run."""
    room_in = WIDTH_IN - 3 * _EDGE_IN
    whole_in = figure.get_figheight()
    facts = [
        f"seed {data.seed}",
        f"{data.engine} engine",
        f"{duration_words(data.horizon_s)} from {_wall_clock(data)}",
    ]
    if data.warm_up_s:
        facts.append(f"warm-up {duration_words(data.warm_up_s)} (shaded)")
    if len(data.deployments) > 1:
        facts.insert(0, f"one of {len(data.deployments)} deployments")
    for text, below_in, size_pt, weight in (
        (f"{data.name}: {timeline.name}", 0.28, HEAD_PT, "bold"),
        (" \u00b7 ".join(facts), 0.5, TITLE_PT, "normal"),
    ):
        figure.text(
            _EDGE_IN / WIDTH_IN,
            1 - below_in / whole_in,
            fitted(text, room_in=room_in, size_pt=size_pt, bold=weight == "bold"),
            fontsize=size_pt,
            fontweight=weight,
            color=INK if weight == "bold" else FAINT,
        )
