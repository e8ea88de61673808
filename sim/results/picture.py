"""From a run's tables and report to the data of its timeline.

One way for a run in memory and for one read back from files, so that both give one picture.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from sim.digest import FoldedAttempts
from sim.reasons import Action, Actor, Reason
from sim.results.answers import CLOSEUP_BINS, MAX_BINS, Answers, FoldedAnswers
from sim.results.closeups import MAX_CLOSEUPS, stretches
from sim.results.folded import folded_answers, folded_series
from sim.results.holder_words import holders_in_words
from sim.results.queues import QueueReport
from sim.results.report import DeploymentReport, Report
from sim.results.rollouts import RolloutCourse
from sim.results.stays import stays_of
from sim.results.steps import (
    changes_only,
    count_over_time,
    count_states,
    states_within,
    steps,
    within,
)
from sim.results.table import Table
from sim.results.timeline import (
    Closeup,
    DeploymentTimeline,
    HolderUse,
    Mark,
    MarkKind,
    QueueTimeline,
    ReplicaBar,
    RevisionSpan,
    StallSpan,
    StateSpan,
    Steps,
    TimelineData,
    Window,
)
from sim.results.waits import StallFigures
from sim.states import ReplicaState
from sim.zones import read_clock


def timeline_data(
    tables: Mapping[str, Table],
    report: Report,
    folded: Mapping[str, FoldedAttempts] | None = None,
    window: Window | None = None,
) -> TimelineData:
    """Return what a timeline of the run shows.

    Args:
        tables: requests, replicas, decisions, queues, holders and series of `sim.results.tables`;
            series may be thinned as in files.
        report: All figures of the run.
        folded: What is left of attempts, by deployment; None: the table of requests has them all.
        window: The part of the run that is shown; None: all of it.
    """
    window = Window(0.0, report.horizon_s) if window is None else window
    names = ("replicas", "decisions", "series")
    return TimelineData(
        name=report.name,
        start=read_clock(report.start),
        seed=report.provenance.seed,
        engine=report.provenance.engine,
        horizon_s=report.horizon_s,
        warm_up_s=report.warm_up_s,
        window=window,
        deployments=tuple(
            _deployment(
                {name: tables[name].where("deployment", deployment.name) for name in names},
                deployment,
                window,
                report.horizon_s,
                _Kept(tables["requests"].where("deployment", deployment.name))
                if folded is None
                else _Folded(folded[deployment.name]),
            )
            for deployment in report.deployments
        ),
        queues=tuple(_queues(tables["queues"], tables["holders"], report.queues, window)),
    )


def _deployment(
    tables: Mapping[str, Table],
    deployment: DeploymentReport,
    window: Window,
    horizon_s: float,
    attempts: "_Kept | _Folded",
) -> DeploymentTimeline:
    moves = tables["replicas"]
    before = [None if word is None else ReplicaState(word) for word in moves["before"]]
    after = [ReplicaState(word) for word in moves["after"]]
    rare = {
        name: _line(tables["series"].where("series", name))
        for name in ("load_ratio", "threshold_ratio", "responsive_threads")
    }
    lines = {name: within(line, window) for name, line in (rare | attempts.series).items()}
    answers = attempts.answers.within
    rollouts = deployment.rollouts
    enlarged = stretches(rollouts, window)
    return DeploymentTimeline(
        name=deployment.name,
        replicas=tuple(_bars(moves, after, window, horizon_s)),
        revisions=tuple(
            RevisionSpan(
                number=revision.number,
                why=revision.why,
                created_at_s=revision.created_at_s,
                active_at_s=revision.active_at_s,
                retired_at_s=revision.retired_at_s,
                gone_at_s=revision.gone_at_s,
            )
            for revision in deployment.revisions
        ),
        states=states_within(count_states(moves["at_s"].tolist(), before, after), window),
        load=lines["load_ratio"],
        threshold=lines["threshold_ratio"],
        queued=lines["queued"],
        running=lines["running"],
        abandoned=lines["abandoned"],
        threads=lines["responsive_threads"],
        answers=answers(window, MAX_BINS),
        marks=tuple(
            sorted(
                (
                    mark
                    for mark in (
                        *_rollout_marks(rollouts),
                        *_decision_marks(tables["decisions"], rollouts),
                    )
                    if window.holds(mark.at_s)
                ),
                key=lambda mark: mark.at_s,
            )
        ),
        stalls=tuple(_stalls(rollouts, window, horizon_s)),
        closeups=tuple(
            Closeup(s.window, s.rollouts, s.put_at_s, answers(s.window, CLOSEUP_BINS))
            for s in enlarged[:MAX_CLOSEUPS]
        ),
        not_enlarged=sum(len(stretch.rollouts) for stretch in enlarged[MAX_CLOSEUPS:]),
    )


class _Kept:
    """What the picture shows of attempts that were kept: rows of one deployment's requests."""

    def __init__(self, requests: Table) -> None:
        self.answers = Answers(requests)
        stays = stays_of(
            arrival_at_s=requests["arrival_at_s"],
            start_at_s=requests["start_at_s"],
            answered_at_s=requests["answered_at_s"],
            released_at_s=requests["released_at_s"],
        )
        self.series = {name: count_over_time(*stay) for name, stay in stays.items()}


class _Folded:
    """The same of attempts that were folded: as they are at the evaluations."""

    def __init__(self, folded: FoldedAttempts) -> None:
        self.answers = FoldedAnswers(folded_answers(folded))
        self.series = folded_series(folded)


def _line(rows: Table) -> Steps:
    return Steps(rows["at_s"], rows["value"])


def _bars(
    moves: Table, after: list[ReplicaState], window: Window, horizon_s: float
) -> Iterator[ReplicaBar]:
    entered: dict[tuple[int, int], list[tuple[ReplicaState, float]]] = defaultdict(list)
    keys = zip(moves["revision"].tolist(), moves["replica"].tolist(), strict=True)
    for key, state, at_s in zip(keys, after, moves["at_s"].tolist(), strict=True):
        entered[key].append((state, at_s))
    for (revision, replica), steps_in in sorted(entered.items()):
        ends = [*(at_s for _, at_s in steps_in[1:]), horizon_s]
        spans = (
            StateSpan(state, max(at_s, window.start_at_s), min(end_at_s, window.end_at_s))
            for (state, at_s), end_at_s in zip(steps_in, ends, strict=True)
        )
        shown = (
            span
            for span in spans
            if span.state is not ReplicaState.DELETED and span.start_at_s < span.end_at_s
        )
        yield ReplicaBar(replica, revision, tuple(shown))


def _rollout_marks(rollouts: Sequence[RolloutCourse]) -> Iterator[Mark]:
    for rollout in rollouts:
        number = rollout.number
        new, ended = rollout.new_revision, rollout.ended
        if rollout.switched_at_s is not None:
            yield Mark(rollout.switched_at_s, "switch", f"switch to revision {new}", number)
        if rollout.full_at_s is not None:
            yield Mark(rollout.full_at_s, "full", f"revision {new} full", number)
        if rollout.gone_at_s is not None:
            yield Mark(rollout.gone_at_s, "gone", f"all before revision {new} gone", number)
        if ended in ("superseded", "cancelled") and rollout.ended_at_s is not None:
            yield Mark(rollout.ended_at_s, ended, f"revision {new} {ended}", number)


DECISION_MARKS: Final[Mapping[tuple[Actor, Action], tuple[MarkKind, str]]] = {
    ("autoscaler", "up"): ("scale_up", "+1"),
    ("autoscaler", "from_zero"): ("scale_up", "+1 from zero"),
    ("autoscaler", "down"): ("scale_down", "-1"),
    ("autoscaler", "to_zero"): ("scale_down", "-1 to zero"),
    ("rollout", "publish"): ("publish", "publish"),
    ("timeline", "disable"): ("disable", "disable"),
    ("timeline", "start"): ("start", "start"),
    ("schedule", "bounds"): ("bounds", "bounds"),
}
"""Decisions that are marked: actor and action, with kind and label of the mark."""

PUT_LABELS: Final[Mapping[str, str]] = {
    reason.code: label
    for reason, label in (
        (Reason.ROLLED_OUT, "PUT"),
        (Reason.PUT_IN_PLACE, "PUT in place"),
        (Reason.PUT_PENDING_IN_PLACE, "PUT in place"),
        (Reason.PUT_REVERTED, "PUT reverts"),
        (Reason.PUT_STORED, "PUT stored"),
        (Reason.PUT_KEPT, "PUT, no change"),
        (Reason.PUT_REFUSED, "PUT refused"),
    )
}
"""What a PUT amounted to, by the code of its decision."""


def _decision_marks(decisions: Table, rollouts: Sequence[RolloutCourse]) -> Iterator[Mark]:
    begun: dict[tuple[float, str], list[int]] = defaultdict(list)
    for rollout in reversed(rollouts):
        begun[rollout.put_at_s, rollout.cause].append(rollout.number)

    def number_of(at_s: float, cause: str) -> int | None:
        """Return the first rollout of that instant and cause that has not been named."""
        numbers = begun[at_s, cause]
        return numbers.pop() if numbers else None

    rows = zip(*(decisions[c] for c in ("at_s", "actor", "action", "code")), strict=True)
    for at_s, actor, action, code in rows:
        if (actor, action) in DECISION_MARKS:
            kind, label = DECISION_MARKS[actor, action]
            number = number_of(at_s, kind) if kind == "publish" else None
            yield Mark(float(at_s), kind, label, number)
        elif action == "replace":
            is_rollout = code == Reason.ROLLED_OUT.code
            number = number_of(at_s, "replace") if is_rollout else None
            yield Mark(float(at_s), "put", PUT_LABELS[code], number)
        elif actor == "timeline":
            yield Mark(float(at_s), "fault", action.replace("_", " "))


def _stalls(
    rollouts: Sequence[RolloutCourse], window: Window, horizon_s: float
) -> Iterator[StallSpan]:
    for rollout in rollouts:
        for stall in rollout.stalls:
            until_s = horizon_s if stall.until_s is None else stall.until_s
            is_over = stall.since_s < window.start_at_s and until_s <= window.start_at_s
            if is_over or stall.since_s >= window.end_at_s:
                continue
            yield StallSpan(
                start_at_s=stall.since_s,
                end_at_s=until_s,
                resource=stall.resource,
                holders=_held_by(stall),
                is_deadlocked=stall.is_deadlocked,
            )


def _held_by(stall: StallFigures) -> str:
    """Return who held what was short, or the limit, if that alone was too low."""
    if stall.holders or stall.short is None:
        return holders_in_words(stall.holders)
    return f"nobody ({stall.short.amount:g} needed, the limit was {stall.short.limit:g})"


def _queues(
    rows: Table, holders: Table, reports: Sequence[QueueReport], window: Window
) -> Iterator[QueueTimeline]:
    for queue in reports:
        for resource in queue.resources:
            gpu_type = resource.gpu_type
            mine = _of_resource(rows, queue.name, gpu_type)
            columns = (mine["used"], mine["limit"], mine["waiting"].astype(np.float64))
            used, limit, waiting = (
                within(changes_only(steps(mine["at_s"], column)), window) for column in columns
            )
            yield QueueTimeline(
                name=queue.name,
                unit=resource.unit,
                gpu_type=gpu_type,
                used=used,
                limit=limit,
                waiting=waiting,
                held=tuple(_held(_of_resource(holders, queue.name, gpu_type), window)),
            )


def _of_resource(rows: Table, queue: str, gpu_type: str | None) -> Table:
    of_queue = rows.where("queue", queue)
    return of_queue if gpu_type is None else of_queue.where("gpu_type", gpu_type)


def _held(rows: Table, window: Window) -> Iterator[HolderUse]:
    """Yield what each holder has in the window, in the order of the table."""
    keys = list(zip(rows["holder"].tolist(), rows["revision"].tolist(), strict=True))
    for name, revision in dict.fromkeys(keys):
        mine = np.array([key == (name, revision) for key in keys])
        used = within(Steps(rows["at_s"][mine], rows["used"][mine]), window)
        if used.value.any():
            yield HolderUse(name, None if revision < 0 else revision, used)
