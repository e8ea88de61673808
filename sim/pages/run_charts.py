"""Which charts the page of a run has: those of a deployment, and those of the resource queues.

The same that a picture shows in its panels, each as wide as the page and at several widths of bins.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from sim.pages.chart import Chart, Level, Line, Sketch
from sim.palette import FAILURES, STATES
from sim.plots.holders import Holders, grouped
from sim.results.answers import LOG_SPAN, AnswersWithin
from sim.results.closeups import stretches
from sim.results.rollouts import RolloutCourse
from sim.results.timeline import (
    AnswerBins,
    DeploymentTimeline,
    Floats,
    QueueTimeline,
    ReplicaBar,
    Steps,
    Window,
)

BINS_OF_ANSWERS: Final = (3840, 960, 240)
"""Bins of the whole run in which response times and failures are shown, at the most."""

ENLARGED_BINS: Final = 960
"""The same of each stretch around a rollout that is shown enlarged."""

MOST_BARS: Final = 80
"""Above this many replicas a page shows how many there are in each state."""

_QUANTILES: Final = (
    ("median", "blue", False),
    ("95th percentile", "orange", False),
    ("99th percentile", "ink", True),
)


def sketches(timeline: DeploymentTimeline) -> Iterator[Sketch]:
    """Yield the charts of step series of one deployment, in their order on the page."""
    key = f"{timeline.name}/"
    if len(bars(timeline.replicas)) > MOST_BARS:
        counts = timeline.states.counts
        found = tuple(
            (
                Line(STATES[state].word, f"state-{state.value}"),
                Steps(timeline.states.at_s, counts[state].astype(np.float64)),
            )
            for state in STATES
            if state in counts and counts[state].any()
        )
        yield Sketch(f"{key}replicas", "Replicas by state", "replicas", "stack", found)
    load = Line("load", "blue", has_band=True)
    threshold = Line("scale-up threshold", "ink", is_dashed=True)
    if not np.all(np.isnan(timeline.load.value)):
        lines = ((load, timeline.load), (threshold, timeline.threshold))
        yield Sketch(
            f"{key}load",
            "Load at each evaluation",
            "busy threads / responsive threads",
            "lines",
            lines,
        )
    if timeline.queued.value.any():
        queued = ((Line("queued", "blue", has_band=True), timeline.queued),)
        yield Sketch(
            f"{key}queued", "Requests in line", "requests", "lines", queued, is_seldom=False
        )
    if timeline.running.value.any() or timeline.threads.value.any():
        yield Sketch(
            f"{key}running",
            "Requests that run, and threads",
            "requests, threads",
            "lines",
            tuple(_running(timeline)),
            is_seldom=False,
        )


def _running(timeline: DeploymentTimeline) -> Iterator[tuple[Line, Steps]]:
    yield Line("running", "blue", has_band=True), timeline.running
    if timeline.abandoned.value.any():
        yield Line("abandoned by their client", "orange", has_band=True), timeline.abandoned
    yield Line("threads of the active revision", "ink", is_dashed=True), timeline.threads


def bars(replicas: Iterable[ReplicaBar]) -> list[ReplicaBar]:
    """Return the replicas that were there for any time at all."""
    return [bar for bar in replicas if bar.spans]


def answer_charts(
    name: str, answers: AnswersWithin, window: Window, rollouts: Sequence[RolloutCourse]
) -> Iterator[Chart]:
    """Yield response times and failures of one deployment, by the instant of the answer.

    Args:
        name: The deployment's.
        answers: What its clients were answered, for a window and its bins at the most.
        window: What the page shows.
        rollouts: Of the deployment: those that are slivers in the whole have narrower bins too.
    """
    whole = [answers(window, most) for most in BINS_OF_ANSWERS]
    closer = [
        (stretch.window, answers(stretch.window, ENLARGED_BINS))
        for stretch in stretches(rollouts, window)
    ]
    shown = [
        (part, bins)
        for part, bins in (*closer, *((window, bins) for bins in _unlike(whole)))
        if len(bins.start_at_s)
    ]
    responses = [
        Level(_edges(bins, part), (bins.response_p50_s, bins.response_p95_s, bins.response_p99_s))
        for part, bins in shown
    ]
    known = np.concatenate([np.empty(0), *(c for level in responses for c in level.columns)])
    known = known[known > 0]
    if known.size:
        yield Chart(
            key=f"{name}/response",
            title="Response time of completed requests",
            unit="s",
            kind="lines",
            lines=tuple(Line(label, look, is_dashed=dashed) for label, look, dashed in _QUANTILES),
            levels=tuple(responses),
            is_log=bool(known.max() > LOG_SPAN * known.min()),
        )
    kinds = [kind for kind in FAILURES if any(kind in bins.failed for bins in whole)]
    if kinds:
        yield Chart(
            key=f"{name}/failures",
            title="Failed attempts",
            unit="1/s",
            kind="stack",
            lines=tuple(Line(FAILURES[kind].word, f"failure-{kind}") for kind in kinds),
            levels=tuple(
                Level(_edges(bins, part), tuple(_failed(bins, part, kinds))) for part, bins in shown
            ),
        )


def _unlike(levels: Iterable[AnswerBins]) -> list[AnswerBins]:
    """Return those of different widths: a run that kept its summary alone has bins of one."""
    return list({bins.width_s: bins for bins in levels}.values())


def _edges(bins: AnswerBins, window: Window) -> Floats:
    return np.append(bins.start_at_s, min(window.end_at_s, bins.start_at_s[-1] + bins.width_s))


def _failed(bins: AnswerBins, window: Window, kinds: Sequence[str]) -> Iterator[Floats]:
    """Yield up to where the failures of each kind stand on those before, in attempts a second."""
    length_s = np.diff(_edges(bins, window))
    floor = np.zeros(len(length_s))
    for kind in kinds:
        floor = floor + bins.failed.get(kind, np.zeros(len(length_s))) / length_s
        yield floor


def queue_sketches(
    queues: Sequence[QueueTimeline], pictured: str, window: Window
) -> Iterator[Sketch]:
    """Yield what was held of each resource, by whom, and who waited, for the queues that were used.

    Args:
        queues: Each resource of each queue.
        pictured: The deployment whose revisions are told apart longest.
        window: What the page shows.
    """
    used = [queue for queue in queues if queue.used.value.any() or queue.waiting.value.any()]
    holders = grouped(used, pictured, window)
    told: set[str] = set()
    for queue in used:
        of = f"{queue.gpu_type} GPUs" if queue.gpu_type else queue.unit
        yield Sketch(
            f"queue/{queue.name}/{of}",
            f"Queue {queue.name}: in use, by holder",
            of,
            "stack",
            tuple(_held(queue, holders)),
        )
        if queue.waiting.value.any() and queue.name not in told:
            told.add(queue.name)
            waiting = ((Line("waiting", "orange", has_band=True), queue.waiting),)
            yield Sketch(
                f"queue/{queue.name}/waiting",
                f"Queue {queue.name}: in line",
                "replicas",
                "lines",
                waiting,
            )


def _held(queue: QueueTimeline, holders: Sequence[Holders]) -> Iterator[tuple[Line, Steps]]:
    by_key = {(held.name, held.revision): held.used for held in queue.held}
    for group in holders:
        mine = [by_key[key] for key in sorted(group.keys & by_key.keys(), key=str)]
        if mine:
            yield Line(group.words, f"holder-{group.fill.word}"), _sum(mine)
    yield Line("limit", "ink", is_dashed=True), queue.limit


def _sum(series: Sequence[Steps]) -> Steps:
    """Return how much several holders have together; before its first instant one has nothing."""
    if len(series) == 1:
        return series[0]
    at_s = np.unique(np.concatenate([steps.at_s for steps in series]))
    value = np.zeros(len(at_s))
    for steps in series:
        place = np.searchsorted(steps.at_s, at_s, side="right") - 1
        value += np.where(place >= 0, steps.value[np.maximum(place, 0)], 0.0)
    return Steps(at_s, value)
