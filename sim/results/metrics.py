"""Figures of merit of requests and replicas.

Definitions:

* A *request* arrives with its first attempt and ends as its last attempt does. Its response time
  runs from that first arrival to the final answer, retries and the waits between them included;
  it exists for completed requests only.
* Its *wait* is that of the attempt that was completed: from the attempt's arrival to its start.
* A quantile is the inverted distribution function: the smallest value seen that at least the
  fraction q of all values do not exceed. It is always a value that occurred (Hyndman and Fan,
  Sample quantiles in statistical packages, 1996, definition 1).
* Sums are exactly rounded, so that means do not depend on the order of rows or the processor.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.record import DeploymentRecord, Transition
from sim.results.timeline import Floats
from sim.states import BILLED, Outcome, ReplicaState

QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

Figures = dict[str, float | None]
"""mean, p50, p95, p99 and max of one quantity; each None where there is no value."""


def figures(values: Floats) -> Figures:
    """Return mean, quantiles and maximum of `values`, shape `(n,)`."""
    if len(values) == 0:
        return dict.fromkeys(("mean", *QUANTILES, "max"))
    found = quantiles(values)
    return {
        "mean": math.fsum(values) / len(values),
        **dict(zip(QUANTILES, found.tolist(), strict=True)),
        "max": float(values.max()),
    }


def quantiles(values: Floats) -> Floats:
    """Return the three `QUANTILES` of `values`, shape `(n,)` with n > 0; shape `(3,)`."""
    levels = np.array(list(QUANTILES.values()))
    found: Floats = np.quantile(values, levels, method="inverted_cdf")
    return found


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests of one deployment, a row each, in order of their numbers; shapes `(n,)`.

    `answered_at_s` is the last attempt's, `wait_s` the time it waited for a thread; both are NaN
    where that did not happen. `outcome` holds codes of `sim.states.Outcome` of the last attempt;
    where `is_backing_off` another attempt was still to come.
    """

    arrival_at_s: Floats
    answered_at_s: Floats
    wait_s: Floats
    outcome: NDArray[np.int8]
    is_backing_off: NDArray[np.bool_]

    @classmethod
    def of(cls, deployment: DeploymentRecord) -> "Requests":
        """Return the requests that the attempts of `deployment` belong to."""
        attempts = deployment.attempts
        numbers, first = np.unique(attempts.request, return_index=True)
        last = len(attempts.request) - 1 - np.unique(attempts.request[::-1], return_index=True)[1]
        return cls(
            arrival_at_s=attempts.arrival_at_s[first],
            answered_at_s=attempts.answered_at_s[last],
            wait_s=attempts.start_at_s[last] - attempts.arrival_at_s[last],
            outcome=attempts.outcome[last],
            is_backing_off=np.isin(numbers, deployment.backing_off),
        )

    def arrived_in(self, start_at_s: float, end_at_s: float) -> "Requests":
        """Return the requests that arrived in `[start_at_s, end_at_s)`."""
        chosen = (self.arrival_at_s >= start_at_s) & (self.arrival_at_s < end_at_s)
        return Requests(
            self.arrival_at_s[chosen],
            self.answered_at_s[chosen],
            self.wait_s[chosen],
            self.outcome[chosen],
            self.is_backing_off[chosen],
        )

    @property
    def is_completed(self) -> NDArray[np.bool_]:
        """Which were answered with a result, shape `(n,)`."""
        return np.equal(self.outcome, Outcome.COMPLETED)

    @property
    def response_s(self) -> Floats:
        """Time from first arrival to last answer, NaN for one not answered; shape `(n,)`."""
        return self.answered_at_s - self.arrival_at_s

    def counts(self) -> dict[str, int | dict[str, int]]:
        """Return how many arrived, and where they are: the parts add up to `arrived`."""
        settled = self.outcome[~self.is_backing_off]
        by_code = np.bincount(settled, minlength=len(Outcome))
        failed = {o.kind: int(by_code[o]) for o in Outcome if o.is_failure}
        return {
            "arrived": len(self.outcome),
            "completed": int(by_code[Outcome.COMPLETED]),
            "failed": failed,
            "queued": int(by_code[Outcome.QUEUED]),
            "running": int(by_code[Outcome.RUNNING]),
            "backing_off": int(self.is_backing_off.sum()),
        }

    def wait_figures(self) -> Figures:
        """Return the figures of the waits of completed requests."""
        return figures(self.wait_s[self.is_completed])

    def response_figures(self) -> Figures:
        """Return the figures of the response times of completed requests."""
        return figures(self.response_s[self.is_completed])


@dataclass(frozen=True, slots=True)
class Spell:
    """`replica` of `revision` was in one of some states in `[start_at_s, end_at_s)`.

    `ended_in` is the state it left them for, None if it was in them at the horizon.
    """

    replica: int
    revision: int
    start_at_s: float
    end_at_s: float
    ended_in: ReplicaState | None


def spells(
    transitions: Sequence[Transition], states: frozenset[ReplicaState], horizon_s: float
) -> Iterator[Spell]:
    """Yield every unbroken spell of a replica in `states`, by replica.

    Args:
        transitions: In order of time, as in the record.
        states: The states that count as one.
        horizon_s: Where spells without an end are cut off.
    """
    since: dict[int, float] = {}
    open_revisions: dict[int, int] = {}
    for move in transitions:
        if move.after in states and move.replica not in since:
            since[move.replica] = move.at_s
            open_revisions[move.replica] = move.revision
        elif move.after not in states and move.replica in since:
            start_at_s = since.pop(move.replica)
            yield Spell(move.replica, move.revision, start_at_s, move.at_s, move.after)
    for replica, start_at_s in since.items():
        yield Spell(replica, open_revisions[replica], start_at_s, horizon_s, None)


def billed_spells(transitions: Sequence[Transition], horizon_s: float) -> Iterator[Spell]:
    """Yield when replicas were paid for: from STARTING to DELETED, restarts included."""
    return spells(transitions, BILLED, horizon_s)


def replica_seconds(billed: Sequence[Spell]) -> Fraction:
    """Return the exact sum of the lengths of `billed` spells, in replicas times seconds."""
    return sum((Fraction(s.end_at_s) - Fraction(s.start_at_s) for s in billed), Fraction(0))


def queue_waits(transitions: Sequence[Transition], horizon_s: float) -> dict[str, int | Figures]:
    """Return how replicas fared in resource queues.

    Keys: granted, withdrawn and waiting (at the horizon) count replicas; `wait_s` holds the
    figures of the time QUEUED of those that were granted.
    """
    found = list(spells(transitions, frozenset({ReplicaState.QUEUED}), horizon_s))
    granted = [s for s in found if s.ended_in is ReplicaState.STARTING]
    waiting = sum(s.ended_in is None for s in found)
    return {
        "granted": len(granted),
        "withdrawn": len(found) - len(granted) - waiting,
        "waiting": waiting,
        "wait_s": figures(np.array([s.end_at_s - s.start_at_s for s in granted], np.float64)),
    }
