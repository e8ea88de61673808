"""The quick laws of a run say what their plain definitions say, and where they are broken."""

import math
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import deployment, run, scenario
from sim.errors import InvariantError, ScenarioError
from sim.reasons import Reason
from sim.record import DeploymentRecord, Record, Transition
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.states import Outcome, ReplicaState
from sim.testing import check_invariants, scenarios
from sim.testing.control_laws import grants_in_order
from sim.testing.request_laws import (
    nobody_waits_for_an_idle_thread,
    responsive_spells,
    served_where_responsive,
)

Wait = tuple[float, float, float]
"""When a replica asked, was granted, and left ungranted; infinite where it was not so."""

ASKED_GRANTED_LEFT = (ReplicaState.QUEUED, ReplicaState.STARTING, ReplicaState.DELETED)


def later(deployment: DeploymentRecord, row: int, shift_s: float) -> DeploymentRecord:
    """Move the service of one attempt by so much."""
    names = ("start_at_s", "answered_at_s", "released_at_s")
    moved = {name: np.array(getattr(deployment.attempts, name)) for name in names}
    for column in moved.values():
        column[row] += shift_s
    return replace(deployment, kept=replace(deployment.attempts, **moved))


def test_a_request_that_waits_while_a_thread_idles_is_found() -> None:
    """Three requests of 10 s for one thread; the last starts half a second after it is free."""
    record = run(deployment(at_s=[1.0, 2.0, 3.0], wait_s=10.0))
    check_invariants(record)
    broken = replace(record, deployments=(later(record.deployments[0], row=2, shift_s=0.5),))
    message = "idle thread.*1 waiting, 0 of 1 threads taken"
    with pytest.raises(InvariantError, match=message) as found:
        check_invariants(broken)
    assert found.value.at_s == 21.25


def test_a_thread_of_a_hung_replica_is_not_counted_as_taken() -> None:
    """Replica 0 hangs at 3 with its request and is out by 8; replica 1 is free from 12 on."""
    record = run(
        deployment(
            at_s=[1.0, 2.0, 8.0],
            wait_s=10.0,
            wire={"replicas": 2},
            replica={"probe": {"period_s": 1.0}},
        ),
        timeline=[
            {"event": "hang", "at_s": 3.0, "deployment": "a", "replicas": {"numbers": [0]}},
        ],
    )
    check_invariants(record)
    broken = replace(record, deployments=(later(record.deployments[0], row=2, shift_s=0.5),))
    with pytest.raises(InvariantError, match=r"1 waiting, 0 of 1 threads taken") as found:
        check_invariants(broken)
    assert found.value.at_s == 12.25


def test_what_is_served_in_no_time_may_precede_the_kill_of_its_instant() -> None:
    """At 11 the thread serves the second request, and the third kills: the law sees no wrong.

    Where the third is completed too, and the kill comes first in the record, it sees one.
    """
    spec = deployment(
        at_s=[1.0, 2.0, 3.0], wait_s=[10.0, 0.0, 0.0], memory_bytes=[0, 0, 64 * 1024**3]
    )
    record = run(spec)
    outcomes = [Outcome.COMPLETED, Outcome.COMPLETED, Outcome.OUT_OF_MEMORY]
    assert record.deployments[0].attempts.outcome.tolist() == outcomes
    assert record.deployments[0].attempts.start_at_s[1:].tolist() == [11.0, 11.0]
    check_invariants(record)

    swapped = np.array([Outcome.COMPLETED, Outcome.OUT_OF_MEMORY, Outcome.COMPLETED], np.int8)
    served = record.deployments[0]
    broken = replace(served, kept=replace(served.attempts, outcome=swapped))
    with pytest.raises(InvariantError, match="RESPONSIVE") as found:
        served_where_responsive(broken)
    assert "request 2" in str(found.value)


def plain_is_broken(deployment: DeploymentRecord) -> bool:
    """The law as it is defined: look at every instant between two changes, one by one."""
    a = deployment.attempts
    spells = responsive_spells(deployment.control.transitions)
    waits_until_s = np.where(np.isnan(a.start_at_s), a.answered_at_s, a.start_at_s)
    waits_until_s = np.where(np.isnan(waits_until_s), np.inf, waits_until_s)
    taken_until_s = np.where(np.isnan(a.released_at_s), np.inf, a.released_at_s)
    capacity = [(c.at_s, c.responsive_threads) for c in deployment.control.capacity]
    columns = (a.arrival_at_s, waits_until_s, a.start_at_s, taken_until_s)
    edges = np.unique(np.concatenate([*columns, np.array([at_s for at_s, _ in capacity])]))
    edges = edges[np.isfinite(edges)]
    for begin_s, end_s in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        at_s = (begin_s + end_s) / 2
        waiting = ((a.arrival_at_s <= at_s) & (at_s < waits_until_s)).any()
        if not waiting or not begin_s < at_s < end_s:
            continue
        threads = next((count for since_s, count in reversed(capacity) if since_s <= at_s), 0)
        taken = sum(
            any(spell.start_at_s <= at_s < spell.end_at_s for spell in spells[replica])
            for replica in a.replica[(a.start_at_s <= at_s) & (at_s < taken_until_s)].tolist()
        )
        if taken < threads:
            return True
    return False


def is_broken(deployment: DeploymentRecord) -> bool:
    """Return what the law says."""
    try:
        nobody_waits_for_an_idle_thread(deployment)
    except InvariantError:
        return True
    return False


@settings(max_examples=60)
@given(scenarios(), st.data())
def test_idle_threads_are_found_where_the_plain_definition_finds_them(
    scenario: Scenario, data: st.DataObject
) -> None:
    """In runs as they are, and in runs with a request whose service was moved."""
    for each in simulate_record(scenario, engine="reference").deployments:
        assert not is_broken(each)
        started = np.flatnonzero(~np.isnan(each.attempts.start_at_s))[:300]
        if len(started):
            row = data.draw(st.sampled_from(started.tolist()))
            shift_s = data.draw(st.sampled_from([0.001, 0.1, 1.0, 30.0]))
            moved = later(each, row, shift_s)
            assert is_broken(moved) == plain_is_broken(moved)


@cache
def of_one_queue() -> Record:
    """Return a run with one queue and one deployment in it."""
    queue = {"kind": "vcpu", "name": "cores", "limit_millicores": 1000}
    return run(deployment(queues={"vcpu": "cores"}), queues=[queue])


def queued(waits: list[Wait]) -> Record:
    """Return a run in whose queue replicas waited like this."""
    record = of_one_queue()
    only = record.deployments[0]
    revision = only.control.revisions[0].number
    moves = []
    for replica, instants_s in enumerate(waits):
        before = None
        for at_s, after in zip(instants_s, ASKED_GRANTED_LEFT, strict=True):
            if at_s < math.inf:
                moves.append(Transition(at_s, replica, revision, before, after, Reason.CREATED))
                before = after
    moves.sort(key=lambda move: move.at_s)
    control = replace(only.control, transitions=moves)
    return replace(record, deployments=(replace(only, control=control),))


def test_an_overtaken_replica_is_found() -> None:
    """One that asked at 5 s is granted at 30 s, one that asked at 6 s at 20 s."""
    grants_in_order(queued([(5.0, 20.0, math.inf), (6.0, 20.0, math.inf), (6.0, math.inf, 40.0)]))
    with pytest.raises(InvariantError, match=r"asked at 5\.0 s, overtaken") as found:
        grants_in_order(queued([(5.0, 30.0, math.inf), (6.0, 20.0, math.inf)]))
    assert found.value.at_s == 20.0


@st.composite
def _waits(draw: st.DrawFn) -> Wait:
    asked_s = float(draw(st.integers(0, 8)))
    ended_s = asked_s + draw(st.integers(1, 6))
    granted_s, left_s = draw(
        st.sampled_from(
            [(ended_s, math.inf), (ended_s, math.inf), (math.inf, ended_s), (math.inf, math.inf)]
        )
    )
    return asked_s, granted_s, left_s


@settings(max_examples=1000)
@given(st.lists(_waits(), max_size=6))
def test_overtaking_is_found_where_the_plain_definition_finds_it(waits: list[Wait]) -> None:
    """Of every two, the one that asked earlier must be granted no later, or leave before."""
    overtaken = any(
        one[0] < other[0] and other[1] < min(one[1], one[2])
        for one, other in combinations(sorted(waits), 2)
    )
    try:
        grants_in_order(queued(waits))
    except InvariantError:
        assert overtaken
    else:
        assert not overtaken


def test_a_run_that_folded_its_attempts_keeps_the_laws_of_the_rest() -> None:
    """There are none to be checked, and nobody can take an empty column for them."""
    spec = scenario(deployment(at_s=[1.0, 2.0], wait_s=3.0))
    (folded,) = simulate_record(spec, keep="summary").deployments

    check_invariants(simulate_record(spec, keep="summary"))
    with pytest.raises(ScenarioError, match="kept its summary and not its attempts"):
        _ = folded.attempts
