"""The rollout timeline: everything that happened to one deployment, over one time axis.

Owns which views and panels there are. Where they stand is in `sim.plots.layout`, what a panel holds
in its own module; the numbers come ready from `sim.results`.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.palette import STATES
from sim.plots import bars, lanes, marks, queues, requests
from sim.plots.holders import grouped
from sim.plots.layout import AXES_IN, CLOSEUP_IN, GAP_IN, Column, Sheet, compose
from sim.plots.legend import patch
from sim.plots.panel import Panel, count_axis, legend_in, remark
from sim.plots.quantities import TimeAxis, duration_words, instant_words, time_axis
from sim.plots.style import style
from sim.plots.view import View
from sim.results.steps import states_within
from sim.results.timeline import (
    Closeup,
    DeploymentTimeline,
    QueueTimeline,
    StateCounts,
    TimelineData,
    check_deployment,
    pictured_of,
)
from sim.zones import clock_at

MAX_PANELS_OF_COUNTS: Final = 8
"""Above this many revisions the counts of all of them share one panel."""
COUNTS_IN: Final = 1.35
LOW_COUNTS_IN: Final = 0.75
"""Heights of a panel of counts: of one or two, and of more; a legend runs past low ones."""
MAX_NOTES: Final = 8
CLOSEUP_INTERVALS: Final = 5
"""Most intervals between the ticks of time of a view that enlarges."""


def plot_timeline(data: TimelineData, deployment: str | None = None) -> Figure:
    """Return the rollout timeline of one deployment as a figure.

    From above: marks of rollouts, faults and scaling; replicas by state, grouped by revision;
    load against the scale-up threshold; queued and running requests; response times; failures;
    and every resource queue that was used, by who held it. Beside that, rollouts that would be
    slivers in it are enlarged.

    Args:
        data: What to draw.
        deployment: The name of the deployment. By default the first that has had more than one
            revision, or the first of all if none has.

    Raises:
        UnknownDeploymentError: *data* has no deployment of that name.
    """
    timeline = _chosen(data, deployment)
    with style():
        columns = [_whole(data, timeline), *(_enlarged(c, timeline) for c in timeline.closeups)]
        views = [column.view for column in columns]
        return compose(
            Sheet(
                title=f"{data.name}: {timeline.name}",
                facts=_facts(data),
                columns=columns,
                lanes=_lanes(timeline, views),
                panels=_panels(data, timeline, views),
                notes=_notes(data, timeline),
                warm_up_s=data.warm_up_s,
            )
        )


def _chosen(data: TimelineData, name: str | None) -> DeploymentTimeline:
    if name is None:
        name = pictured_of((d.name, len(d.revisions)) for d in data.deployments)
    check_deployment(name, (d.name for d in data.deployments))
    return next(timeline for timeline in data.deployments if timeline.name == name)


def _whole(data: TimelineData, timeline: DeploymentTimeline) -> Column:
    axis = time_axis(data.window)
    view = View(
        window=data.window,
        axis=axis,
        answers=timeline.answers,
        marks=timeline.marks,
        named=frozenset(number for c in timeline.closeups for number in c.rollouts),
        enlarged=(),
        width_in=AXES_IN,
        room_in=marks.MAX_LABEL_IN,
    )
    return Column(view, None, _time_title(data, axis))


def _time_title(data: TimelineData, axis: TimeAxis) -> str:
    since = instant_words(axis.origin_at_s) if axis.origin_at_s else "the start"
    return f"time since {since} ({axis.scale.unit}); 0 is {_wall_clock(data, axis.origin_at_s)}"


def _enlarged(closeup: Closeup, timeline: DeploymentTimeline) -> Column:
    window = closeup.window
    axis = time_axis(window, origin_at_s=closeup.put_at_s, intervals=CLOSEUP_INTERVALS)
    view = View(
        window=window,
        axis=axis,
        answers=closeup.answers,
        marks=tuple(mark for mark in timeline.marks if window.holds(mark.at_s)),
        named=frozenset(),
        enlarged=closeup.rollouts,
        width_in=CLOSEUP_IN,
        room_in=GAP_IN,
    )
    bin_s = closeup.answers.width_s
    noun = "Rollout" if len(closeup.rollouts) == 1 else "Rollouts"
    heading = (
        f"{noun} {marks.ranges(closeup.rollouts)}, enlarged",
        f"began at {instant_words(closeup.put_at_s)}; bins of {duration_words(bin_s)}",
    )
    return Column(view, heading, f"time since it began ({axis.scale.unit})")


def _lanes(timeline: DeploymentTimeline, views: Sequence[View]) -> list[Panel]:
    """Return the lanes above the panels that hold anything: labels, scaling and stalls."""
    found = []
    placed = [marks.labels(view, view.told) for view in views]
    if count := max(map(marks.lane_count, placed)):

        def draw_labels(ax: Axes, view: View) -> Sequence[Artist]:
            marks.draw_labels(ax, placed[views.index(view)], lanes=count)
            return ()

        title = marks.title_of([label for labels in placed for label in labels])
        found.append(Panel(title, marks.LANE_IN * count, draw_labels))
    for kind, (title, sign) in lanes.SIGNS.items():
        if any(mark.kind == kind for mark in timeline.marks):

            def draw_scaling(
                ax: Axes, view: View, *, kind: str = kind, sign: str = sign
            ) -> Sequence[Artist]:
                mine = [mark for mark in view.marks if mark.kind == kind]
                lanes.draw_scaling(ax, view, mine, sign)
                return ()

            found.append(Panel(title, marks.LANE_IN, draw_scaling))
    if timeline.stalls:
        height_in = max(lanes.stalls_in(lanes.stall_bars(view, timeline.stalls)) for view in views)

        def draw_stalls(ax: Axes, view: View) -> Sequence[Artist]:
            shown = lanes.stall_bars(view, timeline.stalls)
            lanes.draw_stalls(ax, view, shown, height_in=height_in)
            return ()

        found.append(Panel("stalls", height_in, draw_stalls))
    return found


def _panels(data: TimelineData, timeline: DeploymentTimeline, views: Sequence[View]) -> list[Panel]:
    answers = [view.answers for view in views]
    used = [queue for queue in data.queues if queues.is_used(queue)]
    holders = grouped(used, timeline.name, data.window)
    return [
        *_replica_panels(timeline),
        requests.load_panel(timeline),
        requests.queued_panel(timeline),
        requests.running_panel(timeline),
        requests.response_panel(answers),
        requests.failures_panel(answers),
        *(
            panel
            for _, resources in groupby(used, key=lambda queue: queue.name)
            for panel in queues.queue_panels(list(resources), holders, views[0])
        ),
    ]


def _replica_panels(timeline: DeploymentTimeline) -> list[Panel]:
    """Return the replicas as one panel of bars, or as counts if there are too many of them."""
    replicas = [bar for bar in timeline.replicas if bar.spans]
    if not replicas:
        return [remark("Replicas", "no replicas")]
    samples = [patch(STATES[state]) for state in bars.states_of(replicas)]
    if len(replicas) <= bars.MAX_BARS:

        def draw(ax: Axes, view: View) -> Sequence[Artist]:
            bars.draw_bars(ax, replicas, with_names=not view.is_closeup)
            return samples

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
        _counts_panel(title, states, height_in=height_in, samples=samples if i == 0 else [])
        for i, (title, states) in enumerate(counted)
    ]


def _counts_panel(
    title: str, states: StateCounts, *, height_in: float, samples: Sequence[Patch]
) -> Panel:
    def draw(ax: Axes, view: View) -> Sequence[Artist]:
        bars.draw_counts(ax, states_within(states, view.window), window=view.window)
        count_axis(ax, bars.greatest_count(states))
        return samples

    return Panel(f"{title} (count by state)", height_in, draw)


def _notes(data: TimelineData, timeline: DeploymentTimeline) -> list[str]:
    """Return what is told in words below the panels, each entry one paragraph."""
    notes = [
        f"S{number}: from {instant_words(stall.start_at_s)} to {instant_words(stall.end_at_s)} "
        f"the rollout waited for {stall.resource}; held by {stall.holders}"
        + ("; a deadlock: only the revision to be replaced holds it" if stall.is_deadlocked else "")
        for number, stall in enumerate(timeline.stalls[:MAX_NOTES], start=1)
    ]
    if len(timeline.stalls) > MAX_NOTES:
        notes.append(f"{len(timeline.stalls) - MAX_NOTES} more stalls are in the run's results.")
    if timeline.not_enlarged:
        notes.append(
            f"{timeline.not_enlarged} more rollouts are too short to be seen, and not enlarged: "
            "draw a part of the run (`sim plot DIR --from 10min --to 20min`)."
        )
    idle = [_queue_words(queue) for queue in data.queues if not queues.is_used(queue)]
    if idle:
        notes.append(f"Queues that nothing was held in: {', '.join(idle)}")
    return notes


def _queue_words(queue: QueueTimeline) -> str:
    return f"{queue.name} ({queue.gpu_type})" if queue.gpu_type else queue.name


def _wall_clock(data: TimelineData, at_s: float = 0.0) -> str:
    clock = clock_at(data.start, at_s)
    precision = "minutes" if clock.second == 0 and clock.microsecond == 0 else "seconds"
    return clock.isoformat(sep=" ", timespec=precision)


def _facts(data: TimelineData) -> str:
    """Return what identifies the run, and the part of it that is shown."""
    facts = [
        f"seed {data.seed}",
        f"{data.engine} engine",
        f"{duration_words(data.horizon_s)} from {_wall_clock(data)}",
    ]
    window = data.window
    if window.length_s < data.horizon_s:
        shown = f"{instant_words(window.start_at_s)} to {instant_words(window.end_at_s)}"
        facts.append(f"shown: {shown}")
    if data.warm_up_s:
        facts.append(f"warm-up {duration_words(data.warm_up_s)} (shaded)")
    if len(data.deployments) > 1:
        facts.insert(0, f"one of {len(data.deployments)} deployments")
    return " \u00b7 ".join(facts)
