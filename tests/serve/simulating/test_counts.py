"""Counts of attempts on the way are those of a run that ends there."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_record import Attempt, attempt_columns
from sim.record import AttemptColumns
from sim.scenario.models.scenario import Scenario
from sim.serve.simulating.counts import Counts, in_flight_by_replica
from sim.serve.simulating.world import World
from sim.simulation.run import simulate_record
from sim.states import Outcome
from sim.testing import scenarios

THREE = attempt_columns(
    [
        Attempt(0, 1, Outcome.COMPLETED, 2, 5, 5, replica=0),
        Attempt(1, 3, Outcome.CLIENT_TIMEOUT, 4, 5, 7, replica=1),
        Attempt(2, 5, Outcome.COMPLETED, 7, 9, 9, replica=1),
    ]
)
"""Answers, a start and releases fall together with arrivals; all of it lies ahead at 0."""

AT = {
    1: ((0, 0, 0, 0, 0), {}),
    2: ((1, 0, 0, 1, 0), {}),
    3: ((1, 0, 0, 0, 1), {0: 1}),
    4: ((2, 0, 0, 1, 1), {0: 1}),
    5: ((2, 0, 0, 0, 2), {0: 1, 1: 1}),
    6: ((3, 1, 1, 1, 1), {1: 1}),
    7: ((3, 1, 1, 1, 1), {1: 1}),
    9: ((3, 1, 1, 0, 1), {1: 1}),
    10: ((3, 2, 1, 0, 0), {}),
}
"""At each instant, with what is due at it still to come: arrived, completed, failed, queued and in
flight; and how many are on each replica. An abandoned attempt is both failed and in flight."""


def five(counts: Counts) -> tuple[int, int, int, int, int]:
    """Return the five numbers of `AT`."""
    said = counts.to_wire()
    failed = sum(said["failed"].values())
    return said["arrived"], said["completed"], failed, said["queued"], said["in_flight"]


@pytest.mark.parametrize("at_s", AT)
def test_what_is_due_at_an_instant_has_not_happened_there(at_s: float) -> None:
    """No request vanishes at the instant at which it is answered and its thread released."""
    counts = Counts()
    counts.look(THREE, at_s)

    assert (five(counts), in_flight_by_replica(THREE, at_s)) == AT[int(at_s)]


@pytest.mark.parametrize("first", AT)
def test_what_was_looked_at_before_leaves_no_trace(first: float) -> None:
    """Every instant from `first` on, one after the other, by one who remembers."""
    counts = Counts()
    for at_s, (expected, _) in AT.items():
        if at_s >= first:
            counts.look(THREE, at_s)
            assert five(counts) == expected


def counted_at_the_end(attempts: AttemptColumns) -> dict[str, Any]:
    """Return the counts of a run that has ended, from its outcomes alone."""
    codes, numbers = np.unique(attempts.outcome, return_counts=True)
    of = {Outcome(code): int(count) for code, count in zip(codes, numbers, strict=True)}
    failed = {kind.kind: count for kind, count in of.items() if kind.is_failure}
    begun = ~np.isnan(attempts.start_at_s)
    held = begun & np.isnan(attempts.released_at_s)
    return {
        "arrived": len(attempts.outcome),
        "completed": of.get(Outcome.COMPLETED, 0),
        "failed": failed,
        "queued": of.get(Outcome.QUEUED, 0),
        "in_flight": int(held.sum()),
    }


@given(base=scenarios(max_deployments=2), cuts=st.lists(st.integers(1, 10), min_size=1, max_size=4))
def test_counts_on_the_way_are_those_of_a_run_that_ends_there(
    base: Scenario, cuts: list[int]
) -> None:
    """However often it was looked before; and requests are on the replicas that serve them."""
    world = World(base)
    counts = [Counts() for _ in base.deployments]
    for cut in sorted(cuts):
        world.advance(base.horizon_s * cut / 10)
        for deployment, count in zip(base.deployments, counts, strict=True):
            count.look(world.run.attempts(deployment.name), world.at_s)

    ended = simulate_record(base.model_copy(update={"horizon_s": world.at_s}))

    for record, count in zip(ended.deployments, counts, strict=True):
        assert count.to_wire() == counted_at_the_end(record.attempts)
        on_replicas = in_flight_by_replica(world.run.attempts(record.name), world.at_s)
        assert sum(on_replicas.values()) == count.in_flight
