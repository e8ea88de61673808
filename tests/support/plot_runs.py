"""Timelines to draw: plausible runs of any size, made without an engine."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from sim.plots.bars import counts_of
from sim.plots.quantities import time_axis
from sim.plots.view import View
from sim.results.timeline import (
    AnswerBins,
    Closeup,
    DeploymentTimeline,
    HolderUse,
    Mark,
    QueueTimeline,
    ReplicaBar,
    RevisionSpan,
    StallSpan,
    StateCounts,
    StateSpan,
    Steps,
    TimelineData,
    Window,
)
from sim.states import Outcome, ReplicaState

S = ReplicaState
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
KINDS = tuple(outcome.kind for outcome in Outcome if outcome.is_failure)


def steps(at_s: Iterable[float], value: Iterable[float]) -> Steps:
    """A step series of the given points."""
    return Steps(np.array(list(at_s), dtype=np.float64), np.array(list(value), dtype=np.float64))


NOTHING = steps([], [])


def life(
    replica: int, revision: int, *moves: tuple[ReplicaState, float], until_s: float
) -> ReplicaBar:
    """A replica that entered each state at its instant, and ended at `until_s`."""
    ends = [at_s for _, at_s in moves[1:]] + [until_s]
    spans = tuple(
        StateSpan(state, at_s, end_s)
        for (state, at_s), end_s in zip(moves, ends, strict=True)
        if end_s > at_s
    )
    return ReplicaBar(replica, revision, spans)


def replaced(count: int, *, horizon_s: float, rng: np.random.Generator) -> tuple[ReplicaBar, ...]:
    """`count` replicas, the first half of which is replaced by the others from 30 % of the run on.

    Every state occurs from seven replicas on.
    """
    old = max(1, count // 2)
    h = horizon_s
    bars = []
    for i in range(old):
        gone = h * (0.55 + 0.2 * rng.random())
        moves = [(S.RESPONSIVE, 0.0)]
        if i == 1:
            moves += [(S.UNRESPONSIVE, 0.10 * h), (S.RESPONSIVE, 0.13 * h)]
        if i == 2:
            moves += [
                (S.UNRESPONSIVE, 0.12 * h),
                (S.STARTING_ERROR, 0.16 * h),
                (S.STARTING, 0.18 * h),
                (S.STARTED, 0.20 * h),
                (S.RESPONSIVE, 0.24 * h),
            ]
        moves.append((S.DECOMMISSIONED, 0.5 * h))
        bars.append(life(i, 1, *moves, until_s=gone))
    for i in range(old, count):
        granted = h * (0.32 + 0.15 * (i - old) / count)
        started = granted + h * (0.03 + 0.02 * rng.random())
        ready = started + h * (0.04 + 0.04 * rng.random())
        bars.append(
            life(
                i,
                2,
                (S.QUEUED, 0.3 * h),
                (S.STARTING, granted),
                (S.STARTED, started),
                (S.RESPONSIVE, ready),
                until_s=h,
            )
        )
    return tuple(bars)


def walk(
    horizon_s: float, *, points: int, mean: float, rng: np.random.Generator, whole: bool = True
) -> Steps:
    """A series that wanders about `mean`, never below 0."""
    at_s = np.arange(points, dtype=np.float64) * (horizon_s / points)
    slow = 1 + 0.6 * np.sin(at_s / horizon_s * 9) + 0.25 * rng.standard_normal(points)
    value = np.maximum(0, mean * slow)
    return steps(at_s, np.round(value) if whole else value)


def answers(
    horizon_s: float,
    *,
    rng: np.random.Generator,
    bins: int = 60,
    response_s: float = 0.4,
    spread: float = 1.5,
    kinds: Sequence[str] = (),
) -> AnswerBins:
    """Bins in which `kinds` fail here and there; response times over `spread` decades."""
    start_at_s = np.arange(bins, dtype=np.float64) * (horizon_s / bins)
    median = response_s * 10 ** (spread * np.sin(np.linspace(0, 3, bins)) * rng.random(bins))
    return AnswerBins(
        start_at_s=start_at_s,
        width_s=horizon_s / bins,
        completed=rng.integers(0, 300, bins),
        response_p50_s=np.where(rng.random(bins) < 0.05, np.nan, median),
        response_p95_s=median * 2.5,
        response_p99_s=median * 4,
        failed={
            kind: rng.poisson(3 + 9 * i, bins) * (rng.random(bins) < 0.4)
            for i, kind in enumerate(kinds)
        },
    )


NO_ANSWERS = AnswerBins(
    start_at_s=np.array([0.0]),
    width_s=60.0,
    completed=np.array([0]),
    response_p50_s=np.array([np.nan]),
    response_p95_s=np.array([np.nan]),
    response_p99_s=np.array([np.nan]),
    failed={},
)


def rollout_marks(horizon_s: float) -> tuple[Mark, ...]:
    """The marks of a rollout that went well, with scaling before and after."""
    h = horizon_s
    return (
        Mark(0.08 * h, "scale_up", "+1"),
        Mark(0.2 * h, "scale_up", "+1"),
        Mark(0.3 * h, "put", "Replace: revision 2"),
        Mark(0.42 * h, "switch", "switch to revision 2"),
        Mark(0.5 * h, "full", "revision 2 full"),
        Mark(0.75 * h, "gone", "revision 1 gone"),
        Mark(0.8 * h, "scale_down", "-1"),
    )


def timeline(
    count: int,
    *,
    name: str = "churn-model",
    horizon_s: float = 3600.0,
    kinds: Sequence[str] = (),
    seed: int = 1,
) -> DeploymentTimeline:
    """A deployment of which `count` replicas existed, through one rollout."""
    rng = np.random.default_rng(seed)
    bars = replaced(count, horizon_s=horizon_s, rng=rng)
    threads = 8 * max(1, count // 2)
    ticks = min(720, max(2, int(horizon_s / 5)))
    return DeploymentTimeline(
        name=name,
        replicas=bars,
        revisions=(
            RevisionSpan(1, "create", 0.0, 0.0, 0.42 * horizon_s, 0.75 * horizon_s),
            RevisionSpan(2, "replace", 0.3 * horizon_s, 0.42 * horizon_s, None, None),
        ),
        states=counts_of(bars),
        load=walk(horizon_s, points=ticks, mean=0.55, rng=rng, whole=False),
        threshold=steps([0.0], [0.75]),
        queued=walk(horizon_s, points=3000, mean=4.0 * count, rng=rng),
        running=walk(horizon_s, points=3000, mean=0.5 * threads, rng=rng),
        abandoned=NOTHING,
        threads=steps([0, 0.42 * horizon_s, 0.5 * horizon_s], [threads, threads / 8, threads]),
        answers=answers(horizon_s, rng=rng, kinds=kinds),
        marks=rollout_marks(horizon_s),
        stalls=(),
        closeups=(),
        not_enlarged=0,
    )


STALLS = (
    StallSpan(1080.0, 1512.0, "vcpu-shared", "tenant nightly (12 cores)", is_deadlocked=False),
    StallSpan(1512.0, 3600.0, "gpu", "1 x churn-model revision 1 (4 GPUs)", is_deadlocked=True),
)

EMPTY = DeploymentTimeline(
    name="never called",
    replicas=(),
    revisions=(),
    states=StateCounts(np.array([]), {}),
    load=NOTHING,
    threshold=NOTHING,
    queued=NOTHING,
    running=NOTHING,
    abandoned=NOTHING,
    threads=NOTHING,
    answers=NO_ANSWERS,
    marks=(),
    stalls=(),
    closeups=(),
    not_enlarged=0,
)


def generations(count: int, *, size: int = 1, horizon_s: float = 3600.0) -> DeploymentTimeline:
    """A deployment of `count` revisions of `size` replicas, one after the other."""
    turn_s = horizon_s / (count + 1)
    bars = tuple(
        life(
            number * size + i,
            number,
            (S.QUEUED, number * turn_s),
            (S.RESPONSIVE, (number + 0.3) * turn_s),
            (S.DECOMMISSIONED, (number + 0.8) * turn_s),
            until_s=min(horizon_s, (number + 1.9) * turn_s),
        )
        for number in range(count)
        for i in range(size)
    )
    return replace(timeline(2), replicas=bars, states=counts_of(bars), marks=())


def queue(
    name: str, *, horizon_s: float = 3600.0, gpu_type: str | None = None, waiting: bool = False
) -> QueueTimeline:
    """A queue that a tenant and two revisions use up to its limit in the middle of the run."""
    h = horizon_s
    held = (
        HolderUse("nightly", None, steps([0], [4])),
        HolderUse("churn-model", 1, steps([0, 0.3 * h, 0.5 * h, 0.75 * h], [4, 4, 4, 0])),
        HolderUse("churn-model", 2, steps([0, 0.3 * h, 0.5 * h, 0.75 * h], [0, 4, 8, 4])),
    )
    return QueueTimeline(
        name=name,
        unit="GPUs" if gpu_type else "cores",
        gpu_type=gpu_type,
        used=steps([0, 0.3 * h, 0.5 * h, 0.75 * h], [8, 12, 16, 8]),
        limit=steps([0, 0.6 * h], [16, 20]),
        waiting=steps([0, 0.31 * h, 0.5 * h], [0, 3, 0]) if waiting else steps([0], [0]),
        held=held,
    )


def closeup(
    start_at_s: float, end_at_s: float, *rollouts: int, kinds: Sequence[str] = ()
) -> Closeup:
    """A stretch of a run that is enlarged, with the rollouts that are in it."""
    bins = answers(end_at_s - start_at_s, rng=np.random.default_rng(3), bins=30, kinds=kinds)
    return Closeup(
        window=Window(start_at_s, end_at_s),
        rollouts=rollouts,
        put_at_s=start_at_s + (end_at_s - start_at_s) / 5,
        answers=replace(bins, start_at_s=bins.start_at_s + start_at_s),
    )


def view(
    *,
    start_at_s: float = 0.0,
    end_at_s: float = 3600.0,
    width_in: float = 8.2,
    room_in: float = 1.9,
    named: Iterable[int] = (),
    enlarged: tuple[int, ...] = (),
) -> View:
    """A view without anything in it."""
    window = Window(start_at_s, end_at_s)
    return View(
        window=window,
        axis=time_axis(window),
        answers=NO_ANSWERS,
        marks=(),
        named=frozenset(named),
        enlarged=enlarged,
        width_in=width_in,
        room_in=room_in,
    )


def run(
    *deployments: DeploymentTimeline,
    queues: Sequence[QueueTimeline] = (),
    name: str = "replace under load",
    horizon_s: float = 3600.0,
    warm_up_s: float = 0.0,
) -> TimelineData:
    """A run of `deployments`."""
    return TimelineData(
        name=name,
        start=MONDAY,
        seed=7,
        engine="reference",
        horizon_s=horizon_s,
        warm_up_s=warm_up_s,
        window=Window(0.0, horizon_s),
        deployments=deployments,
        queues=tuple(queues),
    )
