"""Whether the answers are right: a benchmark of wrong answers measures nothing.

Owns closed forms and comparisons, not the tests of the engines, which stand in `tests`.
"""

from dataclasses import fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.record import AttemptColumns, Record
from sim.results.folded import requests_of
from sim.testing import check_invariants

Floats = NDArray[np.float64]

BATCHES: Final = 30
STANDARD_ERRORS: Final = 5
"""A right mean is further off in about one run of 40,000 (Student's t, 29 degrees of freedom)."""


class WrongAnswerError(Exception):
    """What was measured did not compute what it should."""


def erlang_c_wait_s(rate_per_s: float, service_s: float, servers: int) -> float:
    """Return the mean wait at M/M/c, for any number of servers.

    Erlang's B comes from its recursion, which neither overflows nor cancels.

    Source: Gross et al., Fundamentals of Queueing Theory (2008), section 2.3.
    """
    load = rate_per_s * service_s
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    busy_ratio = load / servers
    delayed = blocked / (1 - busy_ratio * (1 - blocked))
    return delayed * service_s / (servers - load)


def same(mine: NDArray[np.generic], theirs: NDArray[np.generic], what: str) -> None:
    """Check that two columns agree to the last bit, where NaN (never) agrees with NaN.

    Raises:
        WrongAnswerError: They do not.
    """
    nan = mine.dtype.kind == "f"
    if not np.array_equal(mine, theirs, equal_nan=nan):
        raise WrongAnswerError(f"{what}: the two sides differ")


def same_records(mine: Record, theirs: Record) -> str:
    """Check that two engines wrote the same record, control and all; return what was checked.

    Raises:
        WrongAnswerError: They did not.
    """
    count = 0
    for own, other in zip(mine.deployments, theirs.deployments, strict=True):
        for mine_table, their_table in ((own.attempts, other.attempts), (own.ticks, other.ticks)):
            for column in fields(mine_table):
                name = column.name
                same(getattr(mine_table, name), getattr(their_table, name), name)
        if own.control != other.control:
            raise WrongAnswerError(f"control of {own.name}: the two engines differ")
        count += len(own.attempts.request)
    if mine.queue_samples != theirs.queue_samples:
        raise WrongAnswerError("resource queues: the two engines differ")
    return f"== with the reference engine, {count:,} attempts and all control"


def near(values: Floats, expected: float, what: str) -> str:
    """Check the mean of correlated `values`, in order, against theory; return what was checked.

    The standard error is that of the means of 30 batches in a row.

    Raises:
        WrongAnswerError: The mean is off by more than five standard errors.
    """
    batches = np.array([batch.mean() for batch in np.array_split(values, BATCHES)])
    error = float(batches.std(ddof=1)) / BATCHES**0.5
    found = float(values.mean())
    if abs(found - expected) > STANDARD_ERRORS * error:
        raise WrongAnswerError(
            f"{what}: {found:.6g} where theory has {expected:.6g}, standard error {error:.2g}"
        )
    tolerance = STANDARD_ERRORS * error
    return f"{what} {found:.4g} s, theory {expected:.4g} s, tolerance {tolerance:.2g} s"


def conserved(record: Record) -> str:
    """Check that every request that arrived is in one place, and no instant before its cause.

    Raises:
        WrongAnswerError: Something was lost, or happened before its time.
    """
    arrived = 0
    for deployment in record.deployments:
        kept = deployment.kept
        counts = requests_of(deployment).counts()
        still_open = counts.queued + counts.running + counts.backing_off
        if counts.arrived != counts.completed + counts.failed.total + still_open:
            raise WrongAnswerError(f"{deployment.name}: {counts}")
        if isinstance(kept, AttemptColumns) and _before_cause(kept).any():
            raise WrongAnswerError(f"{deployment.name}: something came before its cause")
        arrived += counts.arrived
    return f"{arrived:,} requests conserved, in causal order"


def _before_cause(attempts: AttemptColumns) -> NDArray[np.bool_]:
    """Return which attempts started, or ended, before their cause."""
    return (
        (attempts.start_at_s < attempts.arrival_at_s)
        | (attempts.released_at_s < attempts.start_at_s)
        | (attempts.answered_at_s < attempts.arrival_at_s)
    )


def lawful(record: Record) -> str:
    """Check every invariant of `sim.testing`; return what was checked.

    Raises:
        InvariantError: One is broken.
    """
    check_invariants(record)
    return "all invariants of sim.testing"
