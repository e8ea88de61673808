"""Strategy recreate: timelines worked by hand, on both engines.

A start takes 2 s (`builders.FAST_START`), a replica has a thread and a core unless it is said
otherwise, and the PUT comes at 10.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import FAST_START, attempts, deployment, scenario
from engine_pairs import drawn_paths, first_difference
from rollout_runs import DRAINS, IS_GONE, OTHER, Plain, asked, desired, put, threads, went
from sim.engines.vectorised import compilation
from sim.reasons import Reason
from sim.record import ControlLog, Record
from sim.results.result import Result
from sim.scenario.models.scenario import Scenario
from sim.simulation.options import ENGINES, Engine
from sim.simulation.run import simulate_record
from sim.states import DeploymentState
from sim.testing import check_invariants
from targeting_scenarios import targeting_scenarios


@pytest.fixture(scope="module", autouse=True)
def compiled() -> Iterator[None]:
    """Make the event loop compiled for small runs too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compilation, "FEWEST_TO_COMPILE", 0)
        yield


def ran(
    engine: Engine, *timeline: Plain, queues: tuple[Plain, ...] = (), **settings: Any
) -> Record:
    """Run a deployment that is recreated, for 100 s."""
    settings = {"replica": FAST_START, "rollout": {"strategy": {"kind": "recreate"}}, **settings}
    built = scenario(deployment(**settings), timeline=list(timeline), queues=list(queues))
    record = simulate_record(built, engine=engine)
    check_invariants(record)
    return record


def log_of(record: Record) -> ControlLog:
    """Return what control wrote down of the one deployment."""
    (found,) = record.deployments
    return found.control


@pytest.mark.parametrize("engine", ENGINES)
def test_the_new_ones_are_asked_for_when_the_last_old_one_is_gone(engine: Engine) -> None:
    """One is idle and gone at 10, the other serves until 13; the new ones are there at 15.

    The requests of 11 and 14 wait in the line for them. Nothing is held beyond the two replicas
    that there are to be.
    """
    record = ran(
        engine,
        put(10.0, replicas=2, **OTHER),
        at_s=[5.0, 11.0, 14.0],
        wait_s=8.0,
        wire={"replicas": 2},
    )

    log = log_of(record)
    assert went(log, 0) == [
        (10.0, 0, DRAINS, Reason.RECREATED),
        (10.0, 1, DRAINS, Reason.RECREATED),
        (10.0, 1, IS_GONE, Reason.NOTHING_IN_FLIGHT),
        (13.0, 0, IS_GONE, Reason.LAST_REQUEST_ENDED),
    ]
    assert asked(log) == [(13.0, 1, Reason.ROLLOUT)] * 2
    assert threads(log) == [(0.0, 2), (10.0, 0), (15.0, 2)]
    assert attempts(record, "start_at_s", "revision") == [(5.0, 0), (15.0, 1), (15.0, 1)]
    assert [(one.at_s, one.state, one.is_ready) for one in log.statuses] == [
        (0.0, DeploymentState.ACTIVE, True),
        (10.0, DeploymentState.ACTIVE, False),  # nothing is live
        (13.0, DeploymentState.STARTING, False),
        (15.0, DeploymentState.ACTIVE, True),
    ]
    (rollout,) = log.rollouts
    assert (rollout.switched_at_s, rollout.full_at_s, rollout.gone_at_s) == (15.0, 15.0, 13.0)
    assert (rollout.ended, rollout.ended_at_s) == ("done", 15.0)
    (told,) = Result(record).summary()["deployments"][0]["rollouts"]
    assert (told["strategy"], told["dip_ratio"]) == ("recreate", 1.0)
    assert (told["outage_s"], told["surge_replica_seconds"]) == (5.0, 0.0)
    assert (told["available_min"], told["live_max"]) == (0, 2)


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_asked_for_meanwhile_and_the_desired_count_moves_on(engine: Engine) -> None:
    """An in-place PUT at 12 makes 2 of 1; the old one serves until 20, and then 2 are asked for."""
    record = ran(
        engine,
        put(10.0, maxReplicas=3, **OTHER),
        put(12.0, minReplicas=2, maxReplicas=3, **OTHER),
        at_s=[5.0],
        wait_s=15.0,
    )

    log = log_of(record)
    assert desired(log) == [(0.0, 1), (12.0, 2)]
    assert asked(log) == [(20.0, 1, Reason.ROLLOUT)] * 2
    assert [(r.ended, r.full_at_s) for r in log.rollouts] == [("done", 22.0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_put_in_the_middle_waits_for_the_same_old_ones(engine: Engine) -> None:
    """The second of three configurations has no replica when it is replaced at 12.

    A further one, back to the first at 30, is a new revision: replicas that drain never return.
    """
    record = ran(
        engine,
        put(10.0, **OTHER),
        put(12.0, memory="3GiB"),
        put(30.0),
        at_s=[5.0, 29.0],
        wait_s=15.0,
    )

    log = log_of(record)
    assert asked(log) == [(20.0, 2, Reason.ROLLOUT), (44.0, 3, Reason.ROLLOUT)]
    assert [(r.new_revision, r.ended, r.ended_at_s) for r in log.rollouts] == [
        (1, "superseded", 12.0),
        (2, "done", 22.0),
        (3, "done", 46.0),
    ]
    assert [r.gone_at_s for r in log.revisions] == [20.0, 12.0, 44.0, None]


@pytest.mark.parametrize("engine", ENGINES)
def test_at_zero_nothing_is_asked_for_until_somebody_waits(engine: Engine) -> None:
    """Nothing is live at the PUT: an arrival at 20 asks for one, which is the switch at 22."""
    record = ran(
        engine,
        put(10.0, minReplicas=0, **OTHER),
        at_s=[20.0],
        wait_s=1.0,
        wire={"minReplicas": 0},
        initial={"kind": "responsive", "responsive_count": 0},
    )

    log = log_of(record)
    assert desired(log) == [(0.0, 0), (20.0, 1)]
    assert asked(log) == [(20.0, 1, Reason.FROM_ZERO)]
    assert [(r.switched_at_s, r.ended) for r in log.rollouts] == [(22.0, "done")]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_disable_in_the_middle_ends_it_and_a_start_waits_for_nobody(engine: Engine) -> None:
    """Disabled at 12, started at 14; the old one serves until 20, the new ones are there at 16."""
    record = ran(
        engine,
        put(10.0, replicas=2, **OTHER),
        {"event": "disable", "at_s": 12.0, "deployment": "a"},
        {"event": "start", "at_s": 14.0, "deployment": "a"},
        at_s=[5.0],
        wait_s=15.0,
    )

    log = log_of(record)
    assert asked(log) == [(14.0, 2, Reason.STARTED)] * 2
    assert threads(log) == [(0.0, 1), (10.0, 0), (16.0, 2)]
    assert [(r.ended, r.ended_at_s) for r in log.rollouts] == [("cancelled", 12.0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_the_old_ones_hold_is_free_for_the_new_ones(engine: Engine) -> None:
    """In a queue of 2 cores for 2 replicas blue/green would wait for ever; here nobody waits."""
    record = ran(
        engine,
        put(10.0, replicas=2, **OTHER),
        wire={"replicas": 2},
        queues=({"kind": "vcpu", "name": "cores", "limit_millicores": 2000},),
    )

    log = log_of(record)
    assert asked(log) == [(10.0, 1, Reason.ROLLOUT)] * 2
    assert log.waits == []
    assert [r.ended for r in log.rollouts] == ["done"]


@pytest.mark.parametrize("engine", ENGINES)
def test_one_whose_life_is_over_is_replaced_without_a_rollout(engine: Engine) -> None:
    """At 30 both end; one had a successor, asked for at 20, the other would be one too many."""
    record = ran(
        engine,
        wire={"replicas": 2},
        replica={**FAST_START, "start_timeout_s": 10.0, "lifetime": {"min_s": 30.0, "max_s": 30.0}},
    )

    assert asked(log_of(record))[:2] == [
        (20.0, 0, Reason.SUCCESSOR),
        (30.0, 0, Reason.BELOW_DESIRED),
    ]


def test_engines_agree_where_replicas_are_recreated() -> None:
    """Drawn scenarios, every log and attempt bit for bit, every law."""

    @settings(max_examples=settings().max_examples // 4)
    @given(built=targeting_scenarios({"kind": "recreate"}), seed=st.integers(0, 1000))
    def agree(built: Scenario, seed: int) -> None:
        reference = simulate_record(built, engine="reference")
        with drawn_paths(seed):
            vectorised = simulate_record(built, engine="vectorised")
        assert first_difference(reference, vectorised) is None
        check_invariants(reference)

    agree()
