"""What attempts came to beside requests, in words: retries, work for nobody, losses."""

from collections.abc import Iterator
from typing import Final

from sim.results.attempts import Attempts
from sim.results.report import DeploymentReport
from sim.results.starts import KILLED
from sim.spans import span
from sim.text.layout import sentences
from sim.text.wall_clock import Instants

LONG_S: Final = 60.0
"""A shorter time at the end of a run without a completion says nothing."""


def lines(deployment: DeploymentReport, instants: Instants) -> list[str]:
    """Return a line for each thing that the counts of requests do not show."""
    found = [
        *_made(deployment),
        *_abandoned(deployment),
        *_lost(deployment.attempts, instants),
        *_none_completed(deployment, instants),
    ]
    return [line for said in found for line in sentences(said)]


def _made(deployment: DeploymentReport) -> Iterator[str]:
    attempts, arrived = deployment.attempts, deployment.requests.arrived
    if attempts.made > arrived:
        each = attempts.per_request
        yield f"attempts: {attempts.made} for {arrived} requests, {each:.4g} each."


def _abandoned(deployment: DeploymentReport) -> Iterator[str]:
    attempts = deployment.attempts
    if not attempts.abandoned_thread_s:
        return
    share = attempts.abandoned_thread_s / attempts.thread_s
    yield (
        f"abandoned: threads worked {span(attempts.abandoned_thread_s)} for clients that had "
        f"been answered, {share:.1%} of the time for which they were held."
    )
    if deployment.throughput_per_s is not None:
        yield (
            f"rates: threads served {deployment.throughput_per_s:.3g} attempts per second to "
            f"their end, {deployment.goodput_per_s:.3g} requests per second were completed."
        )


def _lost(attempts: Attempts, instants: Instants) -> Iterator[str]:
    for key, lost in attempts.lost:
        if lost.first_at_s is not None and lost.last_at_s is not None:
            first, last = instants.say(lost.first_at_s), instants.say(lost.last_at_s)
            when = f"at {first}" if first == last else f"from {first} to {last}"
            count = _attempts(lost.count)
            yield f"lost: {count} with the replicas that served them ({KILLED[key].words}), {when}."
    if attempts.failed_while_warming:
        count = _attempts(attempts.failed_while_warming)
        yield (
            f"warming up: {count} failed on replicas that had just turned responsive, started "
            "within their warm-up."
        )


def _none_completed(deployment: DeploymentReport, instants: Instants) -> Iterator[str]:
    attempts = deployment.attempts
    without_s = attempts.none_completed_s
    if without_s <= max(LONG_S, deployment.response_s.max or 0.0):
        return
    last_s = attempts.last_completed_at_s
    when = "at all" if last_s is None else f"after {instants.say(last_s)}"
    yield f"Nothing was completed {when}, though requests were there for {span(without_s)}."


def _attempts(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count} attempts"
