"""What a run came to in a sentence or three, and the questions that people ask of it, answered."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sim.results.holder_words import holders_in_words
from sim.results.report import DeploymentReport, Report
from sim.results.rollouts import RolloutReport
from sim.spans import span
from sim.text import binding_words
from sim.text.layout import paragraphs

TOLD_AT_MOST: Final = 4
"""Rollouts, or deployments, that are told one by one."""

_Rollout = tuple[DeploymentReport, RolloutReport]


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that people ask of a run, and what it says to that."""

    question: str
    answer: str


def verdict(report: Report) -> str:
    """Return what the run came to: its rollouts, what failed, how long clients waited."""
    return " ".join((_rollouts(report), _failures(report), *_longest(report)))


def answers(report: Report) -> list[Answer]:
    """Return what people ask of a run, and the answers, in the order in which they ask."""
    many = len(_all_rollouts(report)) != 1
    return [
        Answer(f"Do{'' if many else 'es'} the rollout{'s' if many else ''} finish?", _end(report)),
        Answer("How many requests fail?", _failures(report)),
        Answer("How long do clients wait?", _waits(report)),
        Answer("How deep does capacity fall?", _dips(report)),
        Answer("What held it back?", _bounds(report)),
        Answer("What does it cost?", _cost(report)),
    ]


def _all_rollouts(report: Report) -> list[_Rollout]:
    return [(one, rollout) for one in report.deployments for rollout in one.rollouts]


def _rollouts(report: Report) -> str:
    """Return the course of the worst rollout, and how many there were."""
    found = _all_rollouts(report)
    if not found:
        return "Nothing is rolled out."
    finished = [pair for pair in found if _is_done(pair[1])]
    if len(found) == 1:
        return _course(*found[0], "The rollout")
    if len(finished) == len(found):
        slowest = max(found, key=lambda pair: pair[1].duration_s or 0.0)
        return f"All {len(found)} rollouts finish, the slowest {_after(slowest[1].duration_s)}."
    worst = max(
        (pair for pair in found if not _is_done(pair[1])), key=lambda pair: _weight(pair[1])
    )
    said = _course(*worst, f"Rollout {worst[1].number}")
    return f"{len(finished)} of {len(found)} rollouts finish. {said}"


def _end(report: Report) -> str:
    found = _all_rollouts(report)
    if not found:
        return "There is none: no PUT and no new version of a model changed what runs."
    shown = sorted(found, key=lambda pair: _weight(pair[1]), reverse=True)[:TOLD_AT_MOST]
    said = " ".join(
        _course(one, rollout, "The rollout" if len(found) == 1 else f"Rollout {rollout.number}")
        for one, rollout in shown
    )
    left = len(found) - len(shown)
    return said + (f" {left} more are told below." if left else "")


def _is_done(rollout: RolloutReport) -> bool:
    return rollout.ended == "done" or rollout.full_at_s is not None


def _weight(rollout: RolloutReport) -> tuple[bool, bool, bool, float]:
    """Return how bad a rollout is: a deadlock is the worst."""
    return (
        any(stall.is_deadlocked for stall in rollout.stalls),
        rollout.ended == "open" and rollout.switched_at_s is None,
        not _is_done(rollout),
        rollout.duration_s or 0.0,
    )


def _course(deployment: DeploymentReport, rollout: RolloutReport, subject: str) -> str:
    """Return how a rollout ended and why, as one or two sentences."""
    subject = f"{subject} of {deployment.name}"
    if any(stall.is_deadlocked for stall in rollout.stalls):
        stall = next(stall for stall in rollout.stalls if stall.is_deadlocked)
        return (
            f"{subject} never finishes: it waits for queue {stall.resource}, of which all that it "
            f"waits for is held by the revision that it is to replace "
            f"({holders_in_words(stall.holders)}). This is a deadlock."
        )
    if _is_done(rollout):
        switched_s = _since(rollout, rollout.switched_at_s)
        return f"{subject} finishes: it switches {switched_s} and is full " + (
            f"{_after(rollout.duration_s)}."
        )
    if rollout.ended in ("superseded", "cancelled"):
        return f"{subject} does not finish: it is {rollout.ended} by what came after it."
    if rollout.switched_at_s is not None:
        return (
            f"{subject} switches {_since(rollout, rollout.switched_at_s)}, and is not full when "
            "the run ends."
        )
    return f"{subject} does not switch before the run ends: {_why(rollout)}."


def _why(rollout: RolloutReport) -> str:
    if rollout.stalls:
        last = rollout.stalls[-1]
        held = f", held by {holders_in_words(last.holders)}" if last.holders else ""
        return f"it waits for queue {last.resource}{held}"
    return rollout.why_not_switched.words if rollout.why_not_switched else "it had no time"


def _since(rollout: RolloutReport, at_s: float | None) -> str:
    return _after(None if at_s is None else at_s - rollout.put_at_s)


def _after(length_s: float | None) -> str:
    return "at once" if not length_s else f"after {span(length_s)}"


def _failures(report: Report) -> str:
    arrived = sum(one.requests.arrived for one in report.deployments)
    failing = [one for one in report.deployments if one.requests.failed.total]
    failed = sum(one.requests.failed.total for one in failing)
    if not failed:
        return f"None of {arrived:,} requests fails." if arrived else "No request arrives."
    kinds: dict[str, int] = {}
    for one in failing:
        for kind, count in one.requests.failed:
            if count:
                kinds[kind] = kinds.get(kind, 0) + count
    told = ", ".join(f"{kinds[kind]:,} {kind.replace('_', ' ')}" for kind in kinds)
    share = binding_words.percent(failed / arrived)
    return f"{failed:,} of {arrived:,} requests fail ({share}): {told}."


def _longest(report: Report) -> Iterator[str]:
    slowest = max(report.deployments, key=lambda one: one.response_s.p99 or 0.0)
    if slowest.response_s.p99 is not None:
        of = f" of {slowest.name}" if len(report.deployments) > 1 else ""
        yield f"99 in 100 responses{of} take at most {span(slowest.response_s.p99)}."


def _waits(report: Report) -> str:
    def told(one: DeploymentReport) -> str:
        response = one.response_s
        if response.p50 is None or response.p99 is None or response.max is None:
            return f"Nothing of {one.name} is completed."
        return (
            f"Half of the responses of {one.name} take at most {span(response.p50)}, 99 in 100 at "
            f"most {span(response.p99)}, the longest {span(response.max)}."
        )

    return _each(sorted(report.deployments, key=lambda one: -(one.response_s.p99 or 0.0)), told)


def _dips(report: Report) -> str:
    found = sorted(
        (pair for pair in _all_rollouts(report) if pair[1].dip_ratio is not None),
        key=lambda pair: -(pair[1].dip_ratio or 0.0),
    )
    if not found:
        return "No rollout took capacity from clients."
    one, rollout = found[0]
    if not rollout.dip_ratio and not rollout.cores_dip_ratio:
        return "It never falls on the way."
    return (
        f"By up to {rollout.dip_ratio:.1%} of threads and {rollout.cores_dip_ratio or 0.0:.1%} of "
        f"cores, in rollout {rollout.number} of {one.name}."
    )


def _bounds(report: Report) -> str:
    def told(one: DeploymentReport) -> str:
        said = " ".join(paragraphs(binding_words.lines(one.binding, report.warm_up_s)))
        return f"{one.name}: {said}" if said and len(report.deployments) > 1 else said

    found = [one for one in report.deployments if told(one)]
    return _each(found, told) if found else "No limit: nothing waited for what it was refused."


def _cost(report: Report) -> str:
    total = sum(one.compute_seconds.total for one in report.deployments)
    replica_seconds = sum(one.replica_seconds for one in report.deployments)
    per_day = total * 86_400 / report.horizon_s if report.horizon_s else 0.0
    return (
        f"{total:,.0f} compute-seconds in {span(report.horizon_s)} ({per_day:,.0f} a day at this "
        f"pace), for {replica_seconds:,.0f} replica-seconds."
    )


def _each(deployments: Sequence[DeploymentReport], told: Callable[[DeploymentReport], str]) -> str:
    """Return what is told of the first deployments, and how many are left."""
    said = " ".join(told(one) for one in deployments[:TOLD_AT_MOST])
    left = len(deployments) - TOLD_AT_MOST
    return said + (f" {left} more deployments are told below." if left > 0 else "")
