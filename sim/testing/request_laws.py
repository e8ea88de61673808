"""Laws that the requests of every run keep, whatever the scenario.

Each law takes a `sim.record.DeploymentRecord`, knows nothing of the engine that wrote it, and
raises `sim.errors.InvariantError` where it is broken. `sim.testing.laws` has the list.
"""

from collections import defaultdict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import InvariantError
from sim.record import DeploymentRecord, Transition
from sim.results.metrics import Spell, spells
from sim.results.steps import align, count_over_time, steps
from sim.states import LOST, Outcome, ReplicaState

_RESPONSIVE: Final = frozenset({ReplicaState.RESPONSIVE})


def _require(law: str, broken: NDArray[np.bool_], deployment: DeploymentRecord) -> None:
    if broken.any():
        row = int(np.argmax(broken))
        attempts = deployment.attempts
        what = (
            f"{deployment.name} request {attempts.request[row]} attempt {attempts.attempt[row]}: "
            f"arrival {attempts.arrival_at_s[row]!r}, start {attempts.start_at_s[row]!r}, "
            f"answer {attempts.answered_at_s[row]!r}, release {attempts.released_at_s[row]!r}, "
            f"replica {attempts.replica[row]}, {Outcome(int(attempts.outcome[row])).kind}"
        )
        raise InvariantError(law, what=what)


def causality(deployment: DeploymentRecord) -> None:
    """Arrival <= start <= answer and release; nothing is answered after its thread is free."""
    a = deployment.attempts
    started = ~np.isnan(a.start_at_s)
    broken = started & (a.start_at_s < a.arrival_at_s)
    broken |= a.answered_at_s < a.arrival_at_s
    broken |= started & (a.answered_at_s < a.start_at_s)
    broken |= started & ((a.released_at_s < a.start_at_s) | (a.answered_at_s > a.released_at_s))
    broken |= ~started & ~np.isnan(a.released_at_s)
    _require(
        "an attempt arrives, starts, is answered and is released in this order", broken, deployment
    )


def outcomes(deployment: DeploymentRecord) -> None:
    """An attempt is exactly one of completed, failed, queued and running, and looks like it."""
    a = deployment.attempts
    started, answered = ~np.isnan(a.start_at_s), ~np.isnan(a.answered_at_s)
    released = ~np.isnan(a.released_at_s)
    lost = np.isin(a.outcome, [int(outcome) for outcome in LOST])
    refused = np.isin(a.outcome, [Outcome.RATE_LIMITED, Outcome.QUEUE_FULL])
    broken = (a.outcome == Outcome.COMPLETED) & ~(started & answered & released)
    broken |= (a.outcome == Outcome.QUEUED) & (started | answered | released)
    broken |= (a.outcome == Outcome.RUNNING) & ~(started & ~answered & ~released)
    broken |= lost & ~(started & answered & released)
    broken |= (refused | (a.outcome == Outcome.DISABLED)) & (started | ~answered)
    broken |= refused & (a.answered_at_s != a.arrival_at_s)
    broken |= (a.outcome == Outcome.COMPLETED) & (a.answered_at_s != a.released_at_s)
    broken |= started != (a.replica >= 0)
    _require("an attempt's instants fit its outcome", broken, deployment)


def retries(deployment: DeploymentRecord) -> None:
    """Attempts of a request are numbered from 1, each after the failed answer to the one before.

    With the requests that are backing off: arrived = completed + failed + queued + running +
    backing off, every request counted once, by its last attempt.
    """
    a = deployment.attempts
    law = "attempts of a request follow each other"
    answered_at_s: dict[int, float] = {}
    tried: dict[int, int] = {}
    outcome: dict[int, Outcome] = {}
    for row, (request, attempt) in enumerate(
        zip(a.request.tolist(), a.attempt.tolist(), strict=True)
    ):
        what = f"{deployment.name} request {request} attempt {attempt}"
        if attempt != tried.get(request, 0) + 1:
            raise InvariantError(law, what=what)
        if attempt > 1 and not (
            outcome[request].is_failure and a.arrival_at_s[row] >= answered_at_s[request]
        ):
            raise InvariantError(law, what=what)
        tried[request] = attempt
        outcome[request] = Outcome(int(a.outcome[row]))
        answered_at_s[request] = float(a.answered_at_s[row])
    for request in deployment.backing_off.tolist():
        if not outcome[request].is_failure:
            raise InvariantError("only failed requests back off", what=f"request {request}")


def first_in_first_out(deployment: DeploymentRecord) -> None:
    """Attempts that start do so in the order in which they arrived."""
    a = deployment.attempts
    if np.any(np.diff(a.arrival_at_s) < 0):
        raise InvariantError("rows are in order of arrival", what=deployment.name)
    starts = a.start_at_s[~np.isnan(a.start_at_s)]
    if np.any(np.diff(starts) < 0):
        at_s = float(starts[1:][np.diff(starts) < 0][0])
        raise InvariantError("first in, first out", what=deployment.name, at_s=at_s)


def one_request_a_thread(deployment: DeploymentRecord) -> None:
    """A thread serves one request at a time, and exists."""
    a = deployment.attempts
    counts = {
        revision.number: revision.configuration.thread_count or 32
        for revision in deployment.control.revisions
    }
    free_at_s: dict[tuple[int, int], float] = defaultdict(lambda: -np.inf)
    started = np.flatnonzero(~np.isnan(a.start_at_s))
    broken = np.zeros(len(a.start_at_s), dtype=bool)
    for row in started.tolist():
        thread = int(a.replica[row]), int(a.thread[row])
        broken[row] = a.start_at_s[row] < free_at_s[thread]
        broken[row] |= not 0 <= a.thread[row] < counts[int(a.revision[row])]
        released_at_s = float(a.released_at_s[row])
        free_at_s[thread] = np.inf if np.isnan(released_at_s) else released_at_s
    _require("a thread serves one request at a time", broken, deployment)


def served_where_responsive(deployment: DeploymentRecord) -> None:
    """A request starts on a RESPONSIVE replica of the active revision.

    One whose memory kills the replica at its start ends the spell at that instant. Those of no
    length that started before it, at the same instant, were served while the replica was there.
    """
    a = deployment.attempts
    of_memory = (a.outcome == Outcome.OUT_OF_MEMORY) & (a.released_at_s == a.start_at_s)
    killer = {
        (int(a.replica[row]), float(a.start_at_s[row])): row
        for row in np.flatnonzero(of_memory).tolist()
    }
    spells_of = responsive_spells(deployment.control.transitions)
    active = {
        revision.number: (
            np.inf if revision.active_at_s is None else revision.active_at_s,
            np.inf if revision.retired_at_s is None else revision.retired_at_s,
        )
        for revision in deployment.control.revisions
    }
    broken = np.zeros(len(a.start_at_s), dtype=bool)
    for row in np.flatnonzero(~np.isnan(a.start_at_s)).tolist():
        at_s = float(a.start_at_s[row])
        from_s, to_s = active[int(a.revision[row])]
        is_last = a.released_at_s[row] == at_s and row <= killer.get(
            (int(a.replica[row]), at_s), -1
        )
        responsive = any(
            spell.start_at_s <= at_s < spell.end_at_s or (is_last and at_s == spell.end_at_s)
            for spell in spells_of[int(a.replica[row])]
        )
        broken[row] = not (responsive and from_s <= at_s < to_s)
    _require("only RESPONSIVE replicas of the active revision start requests", broken, deployment)


def nobody_waits_for_an_idle_thread(deployment: DeploymentRecord) -> None:
    """While an attempt is queued, every thread of the serving replicas is taken.

    Looked at in the middle between all neighbouring instants at which something changed.
    """
    a = deployment.attempts
    waits_until_s = np.where(np.isnan(a.start_at_s), a.answered_at_s, a.start_at_s)
    taken_from_s, taken_until_s = _taken_in_service(deployment)
    since_s = np.array([c.at_s for c in deployment.control.capacity], np.float64)
    counts = np.array([c.responsive_threads for c in deployment.control.capacity], np.float64)

    changes = (a.arrival_at_s, waits_until_s, taken_from_s, taken_until_s, since_s)
    edges = np.unique(np.concatenate(changes))
    edges = edges[np.isfinite(edges)]
    at_s = (edges[:-1] + edges[1:]) / 2
    at_s = at_s[(edges[:-1] < at_s) & (at_s < edges[1:])]

    waiting = align(count_over_time(a.arrival_at_s, waits_until_s), at_s)
    taken = align(count_over_time(taken_from_s, taken_until_s), at_s)
    threads = align(steps(since_s, counts), at_s)
    broken = np.flatnonzero((waiting > 0) & (taken < threads))
    if len(broken):
        first = broken[0]
        what = (
            f"{deployment.name}: {waiting[first]:.0f} waiting, "
            f"{taken[first]:.0f} of {threads[first]:.0f} threads taken"
        )
        raise InvariantError("nobody waits for an idle thread", what=what, at_s=float(at_s[first]))


def _taken_in_service(deployment: DeploymentRecord) -> NDArray[np.float64]:
    """Return from when until when attempts held a thread of a replica that was RESPONSIVE.

    One span for each attempt and spell of its replica that meet: shape (2, spans), in seconds.
    """
    a = deployment.attempts
    by_replica = np.argsort(a.replica, kind="stable")
    replica = a.replica[by_replica]
    spans = [np.empty((2, 0))]
    for spell in spells(deployment.control.transitions, _RESPONSIVE, np.inf):
        rows = by_replica[slice(*np.searchsorted(replica, (spell.replica, spell.replica + 1)))]
        from_s = np.maximum(a.start_at_s[rows], spell.start_at_s)
        to_s = np.fmin(a.released_at_s[rows], spell.end_at_s)  # NaN: held to the end
        spans.append(np.array([from_s, to_s])[:, from_s < to_s])
    return np.concatenate(spans, axis=1)


def responsive_spells(transitions: list[Transition]) -> dict[int, list[Spell]]:
    """Return, by replica, the spells in which it was RESPONSIVE, an open one up to infinity."""
    by_replica: dict[int, list[Spell]] = defaultdict(list)
    for spell in spells(transitions, _RESPONSIVE, np.inf):
        by_replica[spell.replica].append(spell)
    return by_replica
