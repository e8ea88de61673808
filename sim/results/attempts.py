"""What the attempts came to: how many, how much thread time, how much of it for nobody.

All figures are of the requests that first arrived at or after the warm-up.
"""

from sim.digest import AttemptSums, FoldedAttempts, LostAttempts
from sim.record import DeploymentRecord
from sim.results.ledger import Ledger, blocks
from sim.results.lives import Lives
from sim.results.measure import Group, measure
from sim.results.metrics import BLOCK_ROWS, first_arrivals
from sim.results.requests import RequestCounts
from sim.results.starts import KILLED
from sim.results.sums import UNITS_PER_ONE


class Lost(Group):
    """Attempts that were lost with their replicas for one reason."""

    count: int = measure("attempts", better="less")
    """How many."""
    first_at_s: float | None = measure("s")
    """When the first of them was lost; null where none was."""
    last_at_s: float | None = measure("s")
    """When the last of them was lost."""


class LostByReason(Group):
    """Attempts that were lost with their replicas, by why these were killed."""

    out_of_memory: Lost
    fault: Lost
    unresponsive: Lost
    grace_over: Lost


class Attempts(Group):
    """All attempts of the requests that are measured."""

    made: int = measure("attempts", better="less")
    """Attempts that arrived, those that were refused too."""
    per_request: float | None = measure("ratio", better="less")
    """Attempts made per request that arrived; null where none arrived."""
    thread_s: float = measure("s", better="less")
    """Time for which threads were held: from each start to the release, or to the horizon."""
    abandoned_thread_s: float = measure("s", better="less")
    """The part of it after the client had been answered: a thread worked for nobody."""
    failed_while_warming: int = measure("attempts", better="less")
    """Attempts that failed after a start on a replica within the `warmup` of its RESPONSIVE."""
    lost: LostByReason
    last_completed_at_s: float | None = measure("s")
    """The last instant at which a request was completed; null where none was."""
    none_completed_s: float = measure("s", better="less")
    """How long nothing was completed at the end, though requests were there.

    From the first arrival behind the last completion (from the completion, if nobody arrived) to
    the last failure, or to the horizon where requests are still open.
    """


def sums_of(
    deployment: DeploymentRecord, *, warmup_s: float, warm_up_s: float, horizon_s: float
) -> AttemptSums:
    """Return the attempts of the requests that are measured, summed up.

    Args:
        deployment: Its attempts are read, or what was folded of them is returned.
        warmup_s: How long its replicas are not warm after a start has become RESPONSIVE.
        warm_up_s: From when on requests are measured.
        horizon_s: Where the run ended.
    """
    if isinstance(deployment.kept, FoldedAttempts):
        return deployment.kept.sums
    made = deployment.attempts
    lives = Lives(deployment.control.transitions, warmup_s)
    ledger = Ledger(lives, warm_up_s=warm_up_s, horizon_s=horizon_s)
    first_at_s = first_arrivals(made.request, made.arrival_at_s)
    for number, block in enumerate(blocks(made, BLOCK_ROWS)):
        ledger.add(block, first_at_s[number * BLOCK_ROWS :][:BLOCK_ROWS])
    return ledger.sums(made.arrival_at_s[made.attempt == 1])


def attempts(sums: AttemptSums, requests: RequestCounts, horizon_s: float) -> Attempts:
    """Return the figures of all attempts.

    Args:
        sums: The attempts.
        requests: How many requests they belong to, by what became of these.
        horizon_s: Where the run ended.
    """
    arrived = requests.arrived
    return Attempts(
        made=sums.made,
        per_request=sums.made / arrived if arrived else None,
        thread_s=sums.thread / UNITS_PER_ONE,
        abandoned_thread_s=sums.abandoned_thread / UNITS_PER_ONE,
        failed_while_warming=sums.failed_while_warming,
        lost=LostByReason(**{key: _lost(sums.lost.get(why)) for key, why in KILLED.items()}),
        last_completed_at_s=sums.last_completed_at_s,
        none_completed_s=_none_completed_s(sums, requests, horizon_s),
    )


def per_s(count: int, length_s: float) -> float | None:
    """Return how many there were per second of `length_s`; None where that is nothing."""
    return count / length_s if length_s > 0 else None


def _lost(found: LostAttempts | None) -> Lost:
    if found is None:
        return Lost(count=0, first_at_s=None, last_at_s=None)
    return Lost(count=found.count, first_at_s=found.first_at_s, last_at_s=found.last_at_s)


def _none_completed_s(sums: AttemptSums, requests: RequestCounts, horizon_s: float) -> float:
    since_s = sums.next_arrival_at_s
    if since_s is None:
        since_s = sums.last_completed_at_s
    is_open = requests.queued or requests.running or requests.backing_off
    until_s = horizon_s if is_open else sums.last_failed_at_s
    if since_s is None or until_s is None:
        return 0.0
    return max(until_s - since_s, 0.0)
