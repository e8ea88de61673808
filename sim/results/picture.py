"""From a run's tables and summary to the data of its timeline.

One way for a run in memory and for one read back from files, so that both give one picture.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from sim.reasons import Reason
from sim.results.metrics import first_arrivals, quantiles
from sim.results.steps import changes_only, count_states, steps
from sim.results.table import Table
from sim.results.timeline import (
    AnswerBins,
    DeploymentTimeline,
    Floats,
    Mark,
    MarkKind,
    QueueTimeline,
    ReplicaBar,
    RevisionSpan,
    StallSpan,
    StateSpan,
    Steps,
    TimelineData,
)
from sim.states import Outcome, ReplicaState

MAX_BINS: Final = 240
"""Bins of a timeline at the most: about two points of print each on a page."""

BIN_WIDTHS_S: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
"""Widths that people can read; above an hour, whole hours."""


def timeline_data(
    tables: Mapping[str, Table],
    summary: Mapping[str, Any],
    answers: Mapping[str, AnswerBins] | None = None,
) -> TimelineData:
    """Return what a timeline of the run shows.

    Args:
        tables: requests, replicas, decisions, queues and series of `sim.results.tables`.
        summary: The contents of `result.json`.
        answers: What clients were answered, by deployment; None: as the table of requests says.
    """
    names = ("replicas", "decisions", "series")
    return TimelineData(
        name=summary["name"],
        start=datetime.fromisoformat(summary["start"]),
        seed=summary["provenance"]["seed"],
        engine=summary["provenance"]["engine"],
        horizon_s=summary["horizon_s"],
        warm_up_s=summary["warm_up_s"],
        deployments=tuple(
            _deployment(
                {name: tables[name].where("deployment", deployment["name"]) for name in names},
                deployment,
                summary["horizon_s"],
                _answers(tables, deployment["name"], summary["horizon_s"])
                if answers is None
                else answers[deployment["name"]],
            )
            for deployment in summary["deployments"]
        ),
        queues=tuple(_queues(tables["queues"], summary["queues"])),
    )


def _answers(tables: Mapping[str, Table], deployment: str, horizon_s: float) -> AnswerBins:
    return answer_bins(tables["requests"].where("deployment", deployment), horizon_s)


def _deployment(
    tables: Mapping[str, Table],
    summary: Mapping[str, Any],
    horizon_s: float,
    answers: AnswerBins,
) -> DeploymentTimeline:
    moves = tables["replicas"]
    before = [None if word is None else ReplicaState(word) for word in moves["before"]]
    after = [ReplicaState(word) for word in moves["after"]]
    lines = {
        name: _line(tables["series"].where("series", name))
        for name in (
            "load_ratio",
            "threshold_ratio",
            "queued",
            "running",
            "abandoned",
            "responsive_threads",
        )
    }
    return DeploymentTimeline(
        name=summary["name"],
        replicas=tuple(_bars(moves, after, horizon_s)),
        revisions=tuple(
            RevisionSpan(
                number=revision["number"],
                why=revision["why"],
                created_at_s=revision["created_at_s"],
                active_at_s=revision["active_at_s"],
                retired_at_s=revision["retired_at_s"],
                gone_at_s=revision["gone_at_s"],
            )
            for revision in summary["revisions"]
        ),
        states=count_states(moves["at_s"].tolist(), before, after),
        load=lines["load_ratio"],
        threshold=lines["threshold_ratio"],
        queued=lines["queued"],
        running=lines["running"],
        abandoned=lines["abandoned"],
        threads=lines["responsive_threads"],
        answers=answers,
        marks=tuple(
            sorted(
                [*_rollout_marks(summary["rollouts"]), *_decision_marks(tables["decisions"])],
                key=lambda mark: mark.at_s,
            )
        ),
        stalls=tuple(_stalls(summary["rollouts"], horizon_s)),
    )


def _line(rows: Table) -> Steps:
    return Steps(rows["at_s"], rows["value"])


def _bars(moves: Table, after: list[ReplicaState], horizon_s: float) -> Iterator[ReplicaBar]:
    entered: dict[tuple[int, int], list[tuple[ReplicaState, float]]] = defaultdict(list)
    keys = zip(moves["revision"].tolist(), moves["replica"].tolist(), strict=True)
    for key, state, at_s in zip(keys, after, moves["at_s"].tolist(), strict=True):
        entered[key].append((state, at_s))
    for (revision, replica), steps_in in sorted(entered.items()):
        ends = [*(at_s for _, at_s in steps_in[1:]), horizon_s]
        spans = (
            StateSpan(state, at_s, end_at_s)
            for (state, at_s), end_at_s in zip(steps_in, ends, strict=True)
        )
        shown = (
            span
            for span in spans
            if span.state is not ReplicaState.DELETED and span.start_at_s < span.end_at_s
        )
        yield ReplicaBar(replica, revision, tuple(shown))


def bin_width_s(horizon_s: float) -> float:
    """Return the width of the bins of a timeline: the least readable one that is enough."""
    for width_s in BIN_WIDTHS_S:
        if horizon_s <= width_s * MAX_BINS:
            return float(width_s)
    return float(np.ceil(horizon_s / MAX_BINS / 3600) * 3600)


def answer_bins(requests: Table, horizon_s: float) -> AnswerBins:
    """Return what the clients of one deployment were answered, binned by the answer's instant.

    Args:
        requests: The deployment's rows of the table of requests.
        horizon_s: Where the last bin ends, or is cut off.
    """
    width_s = bin_width_s(horizon_s)
    count = int(np.ceil(horizon_s / width_s))
    answered_at_s = requests["answered_at_s"]
    place = np.full(len(requests), -1, np.int32)
    is_answered = ~np.isnan(answered_at_s)
    place[is_answered] = answered_at_s[is_answered] // width_s

    is_completed = requests.holds("outcome", Outcome.COMPLETED.kind)
    response_s = answered_at_s - first_arrivals(requests["request"], requests["arrival_at_s"])
    p50_s, p95_s, p99_s = _quantiles_by_bin(place[is_completed], response_s[is_completed], count)
    failed = {}
    for outcome in Outcome:
        if outcome.is_failure and (found := place[requests.holds("outcome", outcome.kind)]).size:
            failed[outcome.kind] = np.bincount(found, minlength=count)
    return AnswerBins(
        start_at_s=np.arange(count, dtype=np.float64) * width_s,
        width_s=width_s,
        completed=np.bincount(place[is_completed], minlength=count),
        response_p50_s=p50_s,
        response_p95_s=p95_s,
        response_p99_s=p99_s,
        failed=failed,
    )


def _quantiles_by_bin(place: NDArray[np.int32], value: Floats, count: int) -> Floats:
    """Return the quantiles of the values in each of `count` bins; shape `(3, count)`."""
    found = np.full((3, count), np.nan)
    order = np.argsort(place, kind="stable")
    edges = np.searchsorted(place[order], np.arange(count + 1))
    for number in np.flatnonzero(np.diff(edges)):
        found[:, number] = quantiles(value[order[edges[number] : edges[number + 1]]])
    return found


ROLLOUT_MARKS: Final[tuple[tuple[str, MarkKind, str], ...]] = (
    ("switched_at_s", "switch", "switch to revision {}"),
    ("full_at_s", "full", "revision {} full"),
    ("gone_at_s", "gone", "all before revision {} gone"),
)


def _rollout_marks(rollouts: list[dict[str, Any]]) -> Iterator[Mark]:
    for rollout in rollouts:
        for key, kind, label in ROLLOUT_MARKS:
            if rollout[key] is not None:
                yield Mark(rollout[key], kind, label.format(rollout["new_revision"]))
        if rollout["ended"] in ("superseded", "cancelled"):
            label = f"revision {rollout['new_revision']} {rollout['ended']}"
            yield Mark(rollout["ended_at_s"], rollout["ended"], label)


DECISION_MARKS: Final[Mapping[tuple[str, str], tuple[MarkKind, str]]] = {
    ("autoscaler", "up"): ("scale_up", "+1"),
    ("autoscaler", "from_zero"): ("scale_up", "+1 from zero"),
    ("autoscaler", "down"): ("scale_down", "-1"),
    ("autoscaler", "to_zero"): ("scale_down", "-1 to zero"),
    ("rollout", "publish"): ("publish", "publish"),
    ("timeline", "disable"): ("disable", "disable"),
    ("timeline", "start"): ("start", "start"),
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


def _decision_marks(decisions: Table) -> Iterator[Mark]:
    rows = zip(*(decisions[c] for c in ("at_s", "actor", "action", "code")), strict=True)
    for at_s, actor, action, code in rows:
        if (actor, action) in DECISION_MARKS:
            kind, label = DECISION_MARKS[actor, action]
            yield Mark(float(at_s), kind, label)
        elif action == "replace":
            yield Mark(float(at_s), "put", PUT_LABELS[code])
        elif actor == "timeline":
            yield Mark(float(at_s), "fault", action.replace("_", " "))


def _stalls(rollouts: list[dict[str, Any]], horizon_s: float) -> Iterator[StallSpan]:
    for rollout in rollouts:
        for stall in rollout["stalls"]:
            until_s = stall["until_s"]
            yield StallSpan(
                start_at_s=stall["since_s"],
                end_at_s=horizon_s if until_s is None else until_s,
                resource=stall["resource"],
                holders=holders_in_words(stall["holders"]),
                is_deadlocked=stall["is_deadlocked"],
            )


def holders_in_words(holders: list[dict[str, Any]]) -> str:
    """Return who holds a resource: "2 x chat revision 0 RESPONSIVE (8 cores), nightly (4 cores)".

    Args:
        holders: As in `result.json`.
    """
    words = []
    for holder in holders:
        in_cores = holder["gpus"] is None
        held = _count(holder["cores"], "core") if in_cores else _count(holder["gpus"], "GPU")
        who = holder["deployment"]
        if holder["revision"] is not None:
            who = f"{holder['replicas']} x {who} revision {holder['revision']} {holder['state']}"
        words.append(f"{who} ({held})")
    return ", ".join(words) or "nobody"


def _count(number: float, noun: str) -> str:
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def _queues(rows: Table, summaries: list[dict[str, Any]]) -> Iterator[QueueTimeline]:
    for queue in summaries:
        of_queue = rows.where("queue", queue["name"])
        for resource in queue["resources"]:
            gpu_type = resource["gpu_type"]
            mine = of_queue if gpu_type is None else of_queue.where("gpu_type", gpu_type)
            unit: Literal["cores", "GPUs"] = "cores" if gpu_type is None else "GPUs"
            yield QueueTimeline(
                name=queue["name"],
                unit=unit,
                gpu_type=gpu_type,
                used=changes_only(steps(mine["at_s"], mine["used"])),
                limit=changes_only(steps(mine["at_s"], mine["limit"])),
                waiting=changes_only(steps(mine["at_s"], mine["waiting"].astype(np.float64))),
            )
