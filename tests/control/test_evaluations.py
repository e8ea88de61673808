"""What an evaluation counts at the very instant of a change, worked by hand.

A replica counts, with its busy threads and all its threads, if it took requests before the
evaluation. Each timeline is played by the oracle and by both engines. Evaluations come every 5 s
from 0 on; replicas that are there at 0 are probed every 10 s from 0 on; a start takes 50 s.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from builders import FAST_START, deployment, scenario
from oracle import run as oracle_run
from oracle_compare import engine_run, to_scenario
from oracle_scenarios import Plain, complete
from sim.reasons import Reason
from sim.record import Decision, Record
from sim.scenario.models.deployment import Deployment
from sim.scenario.reading.loader import load_scenario
from sim.simulation.live import LiveSimulation
from sim.simulation.options import ENGINES, Engine
from sim.simulation.run import simulate_record

Simulate = Callable[[Plain], dict[str, Plain]]
Seen = tuple[int, int, int, float | None]
"""Busy threads, replicas that count, live ones, load."""

NEVER_ENDS = 1000
AT_ONCE: Plain = {"pull": 0, "container": 0, "load": 0}
"""A start that takes no time."""

PLAYERS: dict[str, Simulate] = {
    "oracle": oracle_run,
    **{engine: partial(engine_run, engine=engine) for engine in ENGINES},
}


@pytest.fixture(params=PLAYERS)
def simulate(request: pytest.FixtureRequest) -> Simulate:
    """The oracle, then each engine."""
    return PLAYERS[request.param]


def played(horizon: int, *events: Plain, queues: tuple[Plain, ...] = (), **settings: Any) -> Plain:
    """One deployment, `a`, with what differs from the oracle's defaults."""
    return complete(
        {
            "horizon": horizon,
            "queues": queues,
            "deployments": [{"name": "a", "timeout": NEVER_ENDS, **settings}],
            "timeline": [e if "queue" in e else {"deployment": "a", **e} for e in events],
        }
    )


def seen_from(logs: Plain, first: int, last: int) -> list[Seen]:
    """What the evaluations in [first, last] saw."""
    return [row[1:] for row in logs["evaluations"] if first <= row[0] <= last]


def decision(record: Record, at_s: float, actor: str = "autoscaler") -> Decision:
    """The one decision of the autoscaler at an instant."""
    (found,) = (
        one
        for one in record.deployments[0].control.decisions
        if (one.at_s, one.actor) == (at_s, actor)
    )
    return found


# Readiness --------------------------------------------------------------------------------------


def test_a_replica_does_not_count_at_the_instant_of_its_readiness(simulate: Simulate) -> None:
    """A cold start: RESPONSIVE at 50, so that it counts from 55 on; the request of 10 runs then."""
    logs = simulate(played(60, arrivals=[10], wait=NEVER_ENDS))["a"]

    assert seen_from(logs, 45, 55) == [(0, 0, 1, None), (0, 0, 1, None), (1, 1, 1, 1.0)]


ONE_AFTER_ANOTHER: Plain = {
    "configuration": {"min": 1, "max": 4, "up_delay": 60},
    "initial": 1,
    "arrivals": [2] * 8,
    "wait": NEVER_ENDS,
}
"""One thread a replica, and more requests than threads: load is 1 from 5 on."""


def test_a_new_replica_does_not_stop_the_timer_that_runs(simulate: Simulate) -> None:
    """Steps at 65, 125, 185: the 13th evaluations with load 1, each counted from the last step on.

    At 115 the second replica turns RESPONSIVE and is all idle; only the first one counts.
    """
    logs = simulate(played(190, **ONE_AFTER_ANOTHER))["a"]

    assert seen_from(logs, 110, 120) == [(1, 1, 2, 1.0), (1, 1, 2, 1.0), (2, 2, 2, 1.0)]
    assert logs["actions"] == [(65, "up", 1), (125, "up", 2), (185, "up", 3)]


def test_steps_come_as_if_readiness_were_a_second_later(simulate: Simulate) -> None:
    """A container that takes 6 s instead of 5 s makes replicas RESPONSIVE between evaluations."""
    at_a_tick = simulate(played(190, **ONE_AFTER_ANOTHER))["a"]
    between = simulate(played(190, **ONE_AFTER_ANOTHER, container=6))["a"]

    assert (115, 1, "RESPONSIVE") in [(x[0], x[1], x[4]) for x in at_a_tick["transitions"]]
    assert (116, 1, "RESPONSIVE") in [(x[0], x[1], x[4]) for x in between["transitions"]]
    assert between["actions"] == at_a_tick["actions"]


def test_a_step_at_the_instant_of_a_readiness_sees_what_others_see(simulate: Simulate) -> None:
    """A delay of 50 s: steps at 55, 105, 155, each at the instant at which the one before is there.

    The evaluation of 105 is the 11th from 55 on and acts; one that acts and one that does not are
    computed in different ways.
    """
    settings = ONE_AFTER_ANOTHER | {"configuration": {"min": 1, "max": 4, "up_delay": 50}}
    logs = simulate(played(160, **settings))["a"]

    assert logs["actions"] == [(55, "up", 1), (105, "up", 2), (155, "up", 3)]
    assert seen_from(logs, 105, 105) == [(1, 1, 2, 1.0)]
    assert seen_from(logs, 155, 155) == [(2, 2, 3, 1.0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_decision_has_the_numbers_of_its_evaluation(engine: Engine) -> None:
    """The step of 105 above: one of two live replicas counts, whose thread is busy."""
    settings = ONE_AFTER_ANOTHER | {"configuration": {"min": 1, "max": 4, "up_delay": 50}}
    record = simulate_record(to_scenario(played(110, **settings)), engine=engine)

    step = decision(record, 105.0)
    assert (step.action, step.busy, step.responsive, step.live, step.load) == ("up", 1, 1, 2, 1.0)
    assert (step.threshold, step.since_s) == (0.75, 55.0)


def test_with_count_starting_a_new_replica_is_still_starting(simulate: Simulate) -> None:
    """From the step of 65 on load is 1 / 2: until 110, at 115 and not before 120 it is 2 / 2.

    So the next step is that of the 13th evaluation from 120 on, at 180. Without being starting at
    115 the load there would be 1 / 1.
    """
    logs = simulate(played(190, **ONE_AFTER_ANOTHER, count_starting=True))["a"]

    assert seen_from(logs, 65, 70) == [(1, 1, 1, 1.0), (1, 1, 2, 0.5)]
    assert seen_from(logs, 110, 120) == [(1, 1, 2, 0.5), (1, 1, 2, 0.5), (2, 2, 2, 1.0)]
    assert logs["actions"] == [(65, "up", 1), (180, "up", 2)]


def test_replicas_that_are_there_at_the_beginning_count_at_once(simulate: Simulate) -> None:
    """Two have taken requests before 0; one that turns RESPONSIVE at 0 has not."""
    there = simulate(played(6, initial=2, configuration={"min": 2, "max": 2}))["a"]
    cold = simulate(played(6, **AT_ONCE))["a"]

    assert seen_from(there, 0, 5) == [(0, 2, 2, 0.0)] * 2
    assert seen_from(cold, 0, 5) == [(0, 0, 1, None), (0, 1, 1, 0.0)]


def test_a_started_deployment_counts_its_replica_after_its_readiness(simulate: Simulate) -> None:
    """Disabled from 10 to 20, a start takes no time: RESPONSIVE at 20, it counts at 25.

    While it is disabled there is no evaluation.
    """
    events = [{"at": 10, "event": "disable"}, {"at": 20, "event": "start"}]
    logs = simulate(played(30, *events, initial=1, **AT_ONCE))["a"]

    assert [row for row in logs["evaluations"] if row[0] >= 5] == [
        (5, 0, 1, 1, 0.0),
        (20, 0, 0, 1, None),
        (25, 0, 1, 1, 0.0),
    ]


def test_a_replica_that_was_not_needed_goes_to_zero_at_its_readiness(simulate: Simulate) -> None:
    """The client of 10 gave up at 13; at 60 the replica is there and 50 s are over: it goes.

    To zero looks at what is live, queued and in flight, and not at what counts.
    """
    configuration = {"min": 0, "max": 1, "up_delay": 50, "down_delay": 50}
    logs = simulate(
        played(70, configuration=configuration, initial=0, arrivals=[10], wait=1, deadline=3)
    )["a"]

    assert logs["actions"] == [(10, "from zero", 0), (60, "to zero", 0)]
    assert seen_from(logs, 55, 65) == [(0, 0, 1, None), (0, 0, 1, None), (0, 0, 0, None)]


def test_a_change_of_bounds_begins_the_timer_anew(simulate: Simulate) -> None:
    """PUT in place at 30, before that evaluation: the 13th with load 1 is that of 90, not 65."""
    put = {"at": 30, "event": "replace", "configuration": {"min": 1, "max": 5, "up_delay": 60}}
    logs = simulate(played(95, put, **ONE_AFTER_ANOTHER))["a"]

    assert logs["actions"] == [(90, "up", 1)]


def test_a_switch_begins_the_timer_anew(simulate: Simulate) -> None:
    """Held at the maximum, load 1 from 5 on; switch at 53: the first of 13 is 55, so up at 115."""
    put = {"at": 3, "event": "replace", "configuration": {"min": 1, "max": 2, "env": 1}}
    settings = ONE_AFTER_ANOTHER | {"configuration": {"min": 1, "max": 1}}
    logs = simulate(played(120, put, **settings))["a"]

    assert sorted(logs["actions"]) == [(3, "roll out", 1), (53, "switch", 1), (115, "up", 2)]


# Recovery ---------------------------------------------------------------------------------------

HANG: Plain = {"at": 12, "event": "hang", "replicas": {"numbers": [1]}, "for": 23}
RECOVERY: Plain = {
    "configuration": {"min": 1, "max": 3, "threads": 2, "cpu": 2, "up": 0.9, "up_delay": 20},
    "initial": 2,
    "failure_threshold": 1,
    "arrivals": [1, 1, 1],
    "wait": NEVER_ENDS,
}
"""Two requests run on replica 0 and one on replica 1, which hangs from 12 to 35.

It misses the probe of 20 and passes that of 40.
"""


def test_a_recovered_replica_counts_after_the_instant_of_recovery(simulate: Simulate) -> None:
    """3 / 4 before 20 and from 45 on; between, and at 40 too, 2 / 2: its request does not count.

    Five evaluations from 20 on have load 1, and the fifth, that of 40, acts: 20 s are 4 intervals.
    """
    logs = simulate(played(50, HANG, **RECOVERY))["a"]

    assert [row[1] for row in logs["transitions"] if row[0] == 40 and row[4] == "RESPONSIVE"] == [1]
    assert seen_from(logs, 15, 15) == [(3, 2, 2, 0.75)]
    assert seen_from(logs, 20, 40) == [(2, 1, 2, 1.0)] * 5
    assert seen_from(logs, 45, 45) == [(3, 2, 3, 0.75)]
    assert logs["actions"] == [(40, "up", 2)]


def test_with_count_starting_a_recovered_replica_is_starting_at_that_instant(
    simulate: Simulate,
) -> None:
    """UNRESPONSIVE it is not starting, 2 / 2 at 35; at 40 its threads count as those to come."""
    logs = simulate(played(50, HANG, **RECOVERY, count_starting=True))["a"]

    assert seen_from(logs, 35, 45) == [(2, 1, 2, 1.0), (2, 1, 2, 0.5), (3, 2, 2, 0.75)]
    assert logs["actions"] == []


def test_a_replica_that_recovers_alone_gives_no_load(simulate: Simulate) -> None:
    """The one request runs on the only replica: no load from 20 to 40, 1 / 1 before and after."""
    logs = simulate(
        played(
            50,
            {"at": 12, "event": "hang", "replicas": "all", "for": 23},
            initial=1,
            failure_threshold=1,
            arrivals=[1],
            wait=NEVER_ENDS,
        )
    )["a"]

    assert seen_from(logs, 15, 45) == [
        (1, 1, 1, 1.0),
        *[(0, 0, 1, None)] * 5,
        (1, 1, 1, 1.0),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_responsive_is_said_until_something_is(engine: Engine) -> None:
    """Held from 20 on; at 40 the replica is RESPONSIVE, though that evaluation does not count it.

    It is killed at 42: from 45 on nothing is responsive again, and that is a second spell.
    """
    hang = {"at": 12, "event": "hang", "replicas": "all", "for": 23}
    kill = {"at": 42, "event": "kill", "replicas": "all"}
    twice = played(70, hang, kill, initial=1, failure_threshold=1)
    record = simulate_record(to_scenario(twice), engine=engine)

    held = [
        (one.at_s, one.responsive)
        for one in record.deployments[0].control.decisions
        if one.reason is Reason.NOTHING_RESPONSIVE
    ]
    assert held == [(20.0, 0), (45.0, 0)]


# Switches and what goes -------------------------------------------------------------------------


def test_none_of_the_new_revision_counts_at_the_instant_of_a_switch(simulate: Simulate) -> None:
    """`switch_when: all`, two replicas, the second of which is QUEUED until 100.

    The first is RESPONSIVE since 110 and takes requests from 150 on, like the second: neither
    counts at 150. Before, the old revision's two, with one request, are seen: 1 / 2.
    """
    queue = {"name": "q", "limits": {"vcpu": 4}, "tenants": {"batch": {"vcpu": 1}}}
    put = {"event": "replace", "configuration": {"min": 2, "max": 2, "env": 1}}
    freed = {"event": "tenant", "queue": "q", "tenant": "batch", "use": {"vcpu": 0}}
    logs = simulate(
        played(
            160,
            {"at": 60, **put},
            {"at": 100, **freed},
            queues=(queue,),
            configuration={"min": 2, "max": 2},
            initial=2,
            switch_when="all",
            arrivals=[120, 151],
            wait=NEVER_ENDS,
        )
    )["a"]

    assert logs["actions"] == [(60, "roll out", 1), (150, "switch", 1)]
    assert seen_from(logs, 145, 155) == [(1, 2, 2, 0.5), (0, 0, 2, None), (1, 2, 2, 0.5)]


def test_a_switch_between_evaluations_shows_at_the_next_one(simulate: Simulate) -> None:
    """PUT at 63, switch at 113: the evaluation of 115 counts the new replica."""
    put = {"at": 63, "event": "replace", "configuration": {"env": 1}}
    logs = simulate(played(120, put, initial=1, arrivals=[112], wait=NEVER_ENDS))["a"]

    assert logs["actions"] == [(63, "roll out", 1), (113, "switch", 1)]
    assert seen_from(logs, 110, 115) == [(0, 1, 1, 0.0), (0, 1, 1, 0.0)]


def test_a_replica_that_went_at_the_instant_does_not_count(simulate: Simulate) -> None:
    """A PUT at 50 takes the second of two replicas, a kill at 60 the first: both before class 5."""
    logs = simulate(
        played(
            65,
            {"at": 50, "event": "replace", "configuration": {"min": 1, "max": 1}},
            {"at": 60, "event": "kill", "replicas": "all"},
            configuration={"min": 1, "max": 2},
            initial=2,
            arrivals=[1, 1],
            wait=NEVER_ENDS,
        )
    )["a"]

    assert seen_from(logs, 45, 60) == [
        (2, 2, 2, 1.0),
        (1, 1, 1, 1.0),
        (1, 1, 1, 1.0),
        (0, 0, 1, None),
    ]


# Live runs and the file of the fault -------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_deployment_that_is_added_counts_its_replica_after_its_readiness(engine: Engine) -> None:
    """Added at 10 with starts of no time: RESPONSIVE at 10, it counts at 15."""
    run = LiveSimulation(scenario(deployment(), horizon_s=20), engine=engine)
    at_once = FAST_START | {"container_start_s": 0.0, "model_load_s": 0.0}
    added = deployment(
        name="b",
        initial={"kind": "cold"},
        replica=at_once,
        autoscaler={"evaluation_interval_s": 5.0},
    )

    run.advance(10.0)
    run.add_deployment(Deployment.model_validate(added))
    run.carry_out()
    run.advance(20.0)

    ticks = run.finish().deployments[1].ticks
    assert ticks.at_s.tolist() == [10.0, 15.0]
    assert ticks.responsive.tolist() == [0, 1]
    assert str(ticks.load.tolist()) == "[nan, 0.0]"


PHASE = Path(__file__).parents[3] / "shared" / "faults" / "phase.yaml"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("container_start", ["5s", "5001ms"])
def test_a_millisecond_of_start_time_does_not_move_the_steps(
    engine: Engine, container_start: str
) -> None:
    """The public input of the fault: a step a minute, whatever the phase of readiness."""
    if not PHASE.exists():
        pytest.skip(f"the faulty input is not at {PHASE}")
    override = f"deployments.a.replica.container_start={container_start}"
    record = simulate_record(load_scenario(PHASE, overrides=[override]), engine=engine)

    decisions = record.deployments[0].control.decisions
    ups = [one.at_s for one in decisions if one.action == "up"]
    assert ups == [65.0, 125.0, 185.0, 245.0]
