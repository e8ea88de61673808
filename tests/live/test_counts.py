"""Counts of attempts on the way are those of a run that ends there."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.engine import simulate_record
from sim.live.counts import Counts, in_flight_by_replica
from sim.live.world import World
from sim.record import AttemptColumns
from sim.scenario.scenario import Scenario
from sim.states import Outcome
from sim.testing import scenarios


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
