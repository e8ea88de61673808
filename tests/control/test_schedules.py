"""Schedules of bounds: timelines worked by hand.

A start takes 2 s (`builders.FAST_START`), a replica has a thread and a core, and time 0 is Monday
midnight, UTC, unless it is said otherwise. Replicas beyond the bounds have nothing in flight, so
that they are gone at once.
"""

from typing import Any

import pytest
from hypothesis import given, settings

from builders import FAST_START, configuration, deployment, scenario
from engine_pairs import PAIRS, difference_of_engines
from sim.reasons import Reason
from sim.record import ControlLog, DeploymentRecord
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import ReplaceEvent, ScheduleEvent
from sim.simulation.live import LiveSimulation
from sim.simulation.options import ENGINES, Engine
from sim.simulation.run import simulate_record
from sim.states import ReplicaState
from sim.testing import check_invariants, scenarios

Plain = dict[str, Any]

OTHER = {"memory": "2GiB"}
"""What makes a configuration another one."""

BERLIN = "Europe/Berlin"
RETIRED = (ReplicaState.DECOMMISSIONED, ReplicaState.DELETED)


def entry(least: int, most: int, begins: str, ends: str, **rest: Any) -> Plain:
    """Return an entry in Python's names."""
    return {
        "min_count": least,
        "max_count": most,
        "from_time": begins,
        "to_time": ends,
        **rest,
    }


def event(at_s: float, *entries: Plain) -> Plain:
    """Return an event that sets a schedule."""
    return {"event": "schedule", "at_s": at_s, "deployment": "a", "schedule": list(entries)}


def put(at_s: float, **wire: Any) -> Plain:
    """Return a replace event."""
    return {
        "event": "replace",
        "at_s": at_s,
        "deployment": "a",
        "runtime_configuration": configuration(**wire),
    }


def ran(
    engine: Engine,
    *schedule: Plain,
    timeline: tuple[Plain, ...] = (),
    horizon_s: float = 100.0,
    fields: Plain | None = None,
    autoscaler: Plain | None = None,
    **settings: Any,
) -> DeploymentRecord:
    """Run a deployment with a schedule; `fields` are others of the scenario's."""
    policy = {"evaluation_interval_s": 3600.0, **(autoscaler or {}), "schedule": list(schedule)}
    settings = {"replica": FAST_START, "wire": {"maxReplicas": 3}, **settings}
    built = scenario(
        deployment(autoscaler=policy, **settings),
        horizon_s=horizon_s,
        timeline=list(timeline),
        **(fields or {}),
    )
    record = simulate_record(built, engine=engine)
    check_invariants(record)
    (found,) = record.deployments
    return found


def bounds(log: ControlLog) -> list[tuple[float, int, int]]:
    """Return the bounds in force, as they changed."""
    return [(one.at_s, one.min_replicas, one.max_replicas) for one in log.bounds]


def decided(log: ControlLog, *actors: str) -> list[tuple[float, str, Reason]]:
    """Return what some actors decided."""
    return [(d.at_s, d.action, d.reason) for d in log.decisions if d.actor in actors]


def asked(log: ControlLog) -> list[tuple[float, int, int, Reason]]:
    """Return when which replica of which revision was asked for, and why, after time 0."""
    return [
        (move.at_s, move.replica, move.revision, move.reason)
        for move in log.transitions
        if move.before is None and move.at_s
    ]


def left(log: ControlLog) -> list[tuple[float, int, int, Reason]]:
    """Return when which replica of which revision was no longer wanted, and why."""
    return [
        (move.at_s, move.replica, move.revision, move.reason)
        for move in log.transitions
        if move.after in RETIRED and move.before is not ReplicaState.DECOMMISSIONED
    ]


def threads(log: ControlLog) -> list[tuple[float, int]]:
    """Return the threads that took requests, as they changed."""
    return [(change.at_s, change.responsive_threads) for change in log.capacity]


@pytest.mark.parametrize("engine", ENGINES)
def test_over_midnight_it_belongs_to_the_day_on_which_it_begins(engine: Engine) -> None:
    """Monday 23:59:30 is 0: from 23:59:50 to 00:00:20 is 20 to 50, though 50 is a Tuesday.

    The Tuesday's own entry, which stands first, begins a day later.
    """
    found = ran(
        engine,
        entry(5, 5, "23:59:50", "00:00:20", days=("tue",)),
        entry(3, 4, "23:59:50", "00:00:20", days=("mon",)),
        fields={"start": "2026-01-05T23:59:30+01:00"},
    )

    log = found.control
    assert bounds(log) == [(0.0, 1, 3), (20.0, 3, 4), (50.0, 1, 3)]
    assert asked(log) == [(20.0, 1, 0, Reason.BELOW_MIN), (20.0, 2, 0, Reason.BELOW_MIN)]
    assert threads(log) == [(0.0, 1), (22.0, 3)]  # three are within 1 to 3
    assert decided(log, "schedule") == [
        (20.0, "bounds", Reason.BOUNDS_BY_SCHEDULE),
        (50.0, "bounds", Reason.BOUNDS_AS_CONFIGURED),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_one_that_began_the_day_before_holds_from_the_start(engine: Engine) -> None:
    """Tuesday midnight is 0, and Monday's entry goes on until 20: three are created, two go."""
    found = ran(
        engine,
        entry(3, 3, "23:00", "00:00:20", days=("mon",)),
        fields={"start": "2026-01-06T00:00:00+00:00"},
        wire={},
        initial={"kind": "cold"},
    )

    log = found.control
    assert bounds(log) == [(0.0, 3, 3), (20.0, 1, 1)]
    assert threads(log) == [(0.0, 0), (2.0, 3), (20.0, 1)]
    assert left(log) == [(20.0, 2, 0, Reason.ABOVE_MAX), (20.0, 1, 0, Reason.ABOVE_MAX)]
    assert decided(log, "schedule") == [(20.0, "bounds", Reason.BOUNDS_AS_CONFIGURED)]


@pytest.mark.parametrize("engine", ENGINES)
def test_where_the_clock_is_set_forward_it_begins_with_the_next_hour_that_there_is(
    engine: Engine,
) -> None:
    """01:59:30 is 0 and 03:00 is 30: from 02:15 to 03:00:20 is 30 to 50.

    From 02:10 to 02:50 is no time at all; in UTC, where 0 is 00:59:30, 01:00 is 30 too.
    """
    found = ran(
        engine,
        entry(5, 5, "02:10", "02:50", zone=BERLIN),
        entry(3, 3, "02:15", "03:00:20", zone=BERLIN),
        entry(2, 2, "01:00", "01:00:30", zone="Etc/UTC"),
        fields={"start": "2026-03-29T01:59:30[Europe/Berlin]"},
    )

    assert bounds(found.control) == [(0.0, 1, 3), (30.0, 3, 3), (50.0, 2, 2), (60.0, 1, 3)]
    assert threads(found.control) == [(0.0, 1), (32.0, 3), (50.0, 2)]


@pytest.mark.parametrize("engine", ENGINES)
def test_of_an_hour_that_comes_twice_both_ends_are_the_first(engine: Engine) -> None:
    """02:59:30 in summer is 0, 30 s before the clock is set back: 02:59:40 is 10, and not 3610.

    03:00:10 is 40 s and an hour later. Without a zone the clock is the start's own.
    """
    found = ran(
        engine,
        entry(2, 2, "02:59:40", "02:59:50"),
        entry(3, 3, "02:59:50", "03:00:10", zone=BERLIN),
        horizon_s=3700.0,
        fields={"start": "2026-10-25T02:59:30+02:00[Europe/Berlin]"},
    )

    assert bounds(found.control) == [(0.0, 1, 3), (10.0, 2, 2), (20.0, 3, 3), (3640.0, 1, 3)]
    assert threads(found.control) == [(0.0, 1), (12.0, 2), (22.0, 3)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_put_inside_a_window_is_compared_and_stored_without_it(engine: Engine) -> None:
    """4 to 6 from 20 to 60. At 30 other bounds are stored, to no effect; at 40 nothing differs.

    At 60 the stored ones, 2 to 3, come into force, and one of four goes.
    """
    found = ran(
        engine,
        entry(4, 6, "00:00:20", "00:01:00"),
        timeline=(
            put(30.0, minReplicas=2, maxReplicas=3),
            put(40.0, minReplicas=2, maxReplicas=3),
        ),
    )

    log = found.control
    assert bounds(log) == [(0.0, 1, 3), (20.0, 4, 6), (60.0, 2, 3)]
    assert decided(log, "rollout") == [
        (30.0, "replace", Reason.PUT_IN_PLACE),
        (40.0, "replace", Reason.PUT_KEPT),
    ]
    assert threads(log) == [(0.0, 1), (22.0, 4), (60.0, 3)]
    assert left(log) == [(60.0, 3, 0, Reason.ABOVE_MAX)]
    assert log.revisions[0].configuration.min_replicas == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rollout_inside_a_window_begins_with_its_minimum(engine: Engine) -> None:
    """The PUT of 30 asks for 1 to 3, and the window for 4 to 6: four new replicas, there at 32."""
    found = ran(
        engine,
        entry(4, 6, "00:00:20", "00:01:00"),
        timeline=(put(30.0, maxReplicas=3, **OTHER),),
        rollout={"switch_when": "all"},
    )

    log = found.control
    assert [(at_s, revision) for at_s, _, revision, why in asked(log) if why is Reason.ROLLOUT] == (
        [(30.0, 1)] * 4
    )
    assert threads(log) == [(0.0, 1), (22.0, 4), (60.0, 3)]
    assert [(r.switched_at_s, r.ended) for r in log.rollouts] == [(32.0, "done")]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_timeline_sets_and_clears_a_schedule(engine: Engine) -> None:
    """At 20 a whole day of 3 is set, together with a PUT of 2 further down, which comes first.

    One replica is asked for by the PUT and one more by the schedule, which is one change; at 50 it
    is cleared, and 2 are configured.
    """
    found = ran(
        engine,
        timeline=(
            event(20.0, entry(3, 3, "08:00", "08:00")),
            put(20.0, replicas=2),
            event(50.0),
        ),
    )

    log = found.control
    assert decided(log, "schedule", "rollout") == [
        (20.0, "schedule", Reason.SCHEDULE_SET),
        (20.0, "replace", Reason.PUT_IN_PLACE),
        (20.0, "bounds", Reason.BOUNDS_BY_SCHEDULE),
        (50.0, "schedule", Reason.SCHEDULE_CLEARED),
        (50.0, "bounds", Reason.BOUNDS_AS_CONFIGURED),
    ]
    assert bounds(log) == [(0.0, 1, 3), (20.0, 3, 3), (50.0, 2, 2)]
    assert threads(log) == [(0.0, 1), (22.0, 3), (50.0, 2)]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_does_not_fit_into_the_queue_waits_and_is_withdrawn_first(engine: Engine) -> None:
    """Of three asked for at 20 one fits. At 50, when one is to be left, those in line go first."""
    found = ran(
        engine,
        entry(4, 4, "00:00:20", "00:00:50"),
        wire={},
        fields={"queues": [{"kind": "vcpu", "name": "cpu", "limit_millicores": 2000}]},
    )

    log = found.control
    assert threads(log) == [(0.0, 1), (22.0, 2), (50.0, 1)]
    assert left(log) == [(50.0, number, 0, Reason.ABOVE_MAX) for number in (3, 2, 1)]
    assert [(wait.since_s, wait.until_s, wait.ended) for wait in log.waits] == [
        (20.0, 50.0, "withdrawn"),
        (20.0, 50.0, "withdrawn"),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_start_inside_a_window_asks_for_its_minimum(engine: Engine) -> None:
    """Disabled at 30, started at 40: three again, until the window ends at 60."""
    found = ran(
        engine,
        entry(3, 3, "00:00:20", "00:01:00"),
        timeline=(
            {"event": "disable", "at_s": 30.0, "deployment": "a"},
            {"event": "start", "at_s": 40.0, "deployment": "a"},
        ),
        wire={},
    )

    assert threads(found.control) == [(0.0, 1), (22.0, 3), (30.0, 0), (42.0, 3), (60.0, 1)]


@pytest.mark.parametrize("engine", ENGINES)
def test_while_it_is_disabled_nothing_changes(engine: Engine) -> None:
    """The window from 20 to 60 begins before the disable of 30 and ends before the start of 70."""
    found = ran(
        engine,
        entry(3, 3, "00:00:20", "00:01:00"),
        timeline=(
            {"event": "disable", "at_s": 30.0, "deployment": "a"},
            {"event": "start", "at_s": 70.0, "deployment": "a"},
        ),
        wire={},
    )

    assert decided(found.control, "schedule") == [(20.0, "bounds", Reason.BOUNDS_BY_SCHEDULE)]
    assert threads(found.control) == [(0.0, 1), (22.0, 3), (30.0, 0), (72.0, 1)]
    assert bounds(found.control) == [(0.0, 1, 1), (20.0, 3, 3), (70.0, 1, 1)]


BUSY_FOR_20_S = {
    "scaleUpLoadThreshold": 0.75,
    "scaleUpDelay": {"value": 20, "unit": "SECONDS"},
    "scaleDownDelay": {"value": 60, "unit": "SECONDS"},
}


@pytest.mark.parametrize(
    ("most", "up_at_s", "changes"),
    [(3, 25.0, 0), (4, 35.0, 1)],
    ids=["equal bounds", "other bounds"],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_equal_bounds_keep_the_counters(
    engine: Engine, most: int, up_at_s: float, changes: int
) -> None:
    """The thread is busy from 1 on, seen at 5, 10, 15, 20 and 25: the fifth time it is 20 s.

    A window that begins at 12 and says what is configured changes nothing; one that says more
    begins to count anew, at 15.
    """
    found = ran(
        engine,
        entry(1, most, "00:00:12", "00:05:00"),
        at_s=[1.0],
        wait_s=90.0,
        wire={"maxReplicas": 3, "scalingConfiguration": BUSY_FOR_20_S},
        autoscaler={"evaluation_interval_s": 5.0},
    )

    ups = [at_s for at_s, action, _ in decided(found.control, "autoscaler") if action == "up"]
    assert ups[0] == up_at_s
    assert len(decided(found.control, "schedule")) == changes


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pending_revision_has_the_bounds_too_and_asks_first(engine: Engine) -> None:
    """The revision of 10 takes 31 s to start. At 20 both are to have two to three.

    It asks ahead of the active one. At 30 the configurations' 1 to 1 hold again: of each the newer
    one goes, and the pending one is there at 41.
    """
    found = ran(
        engine,
        entry(2, 3, "00:00:20", "00:00:30"),
        timeline=(put(10.0, **OTHER),),
        wire={},
        replica={**FAST_START, "container_start_s": 30.0},
    )

    log = found.control
    assert asked(log) == [
        (10.0, 1, 1, Reason.ROLLOUT),
        (20.0, 2, 1, Reason.BELOW_MIN),
        (20.0, 3, 0, Reason.BELOW_MIN),
    ]
    assert left(log) == [
        (30.0, 2, 1, Reason.ABOVE_MAX),
        (30.0, 3, 0, Reason.ABOVE_MAX),
        (41.0, 0, 0, Reason.SWITCHED),
    ]
    assert [rollout.switched_at_s for rollout in log.rollouts] == [41.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_fewer_replicas_may_be_enough_for_a_switch(engine: Engine) -> None:
    """Of three new ones one fits beside the old two, and all are needed. At 20 one is to be left.

    Those that wait go, so that all that there are are RESPONSIVE, and the old ones go for the
    switch and not for the bounds.
    """
    found = ran(
        engine,
        entry(1, 1, "00:00:20", "00:05:00"),
        timeline=(put(10.0, minReplicas=2, maxReplicas=3, **OTHER),),
        wire={"replicas": 2, "maxReplicas": 3},
        rollout={"switch_when": "all", "initial_replicas": 3},
        fields={"queues": [{"kind": "vcpu", "name": "cpu", "limit_millicores": 3000}]},
    )

    assert left(found.control) == [
        (20.0, 4, 1, Reason.ABOVE_MAX),
        (20.0, 3, 1, Reason.ABOVE_MAX),
        (20.0, 0, 0, Reason.SWITCHED),
        (20.0, 1, 0, Reason.SWITCHED),
    ]
    assert threads(found.control) == [(0.0, 2), (20.0, 1)]


@pytest.mark.parametrize("engine", ENGINES)
def test_old_replicas_that_stay_are_cut(engine: Engine) -> None:
    """Three old ones serve beside a new one from 12 on. At 20 each revision is to have two.

    One old one goes; the new one gets another, which is there at 22, and two threads are all that
    it may have: the old ones go.
    """
    found = ran(
        engine,
        entry(2, 2, "00:00:20", "00:05:00"),
        timeline=(put(10.0, minReplicas=1, maxReplicas=3, **OTHER),),
        wire={"replicas": 3},
        rollout={"old_goes": "at_full"},
    )

    assert asked(found.control) == [
        (10.0, 3, 1, Reason.ROLLOUT),
        (20.0, 4, 1, Reason.BELOW_MIN),
    ]
    assert left(found.control) == [
        (20.0, 2, 0, Reason.ABOVE_MAX),
        (22.0, 0, 0, Reason.SWITCHED),
        (22.0, 1, 0, Reason.SWITCHED),
    ]
    assert threads(found.control) == [(0.0, 3), (12.0, 4), (20.0, 3), (22.0, 2)]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_added_to_old_replicas_that_stay(engine: Engine) -> None:
    """Three old ones beside a new one from 12 on, and at 20 four are to be there.

    Three are asked for, all of the new revision; with them it has more threads than the three of
    the PUT, and the old ones go at 22.
    """
    found = ran(
        engine,
        entry(4, 5, "00:00:20", "00:05:00"),
        timeline=(put(10.0, minReplicas=1, maxReplicas=3, **OTHER),),
        wire={"replicas": 3},
        rollout={"old_goes": "at_full"},
    )

    assert [(at_s, revision) for at_s, _, revision, _ in asked(found.control)] == [
        (10.0, 1),
        *[(20.0, 1)] * 3,
    ]
    assert [at_s for at_s, _, revision, _ in left(found.control) if revision == 0] == [22.0] * 3


@pytest.mark.parametrize("engine", ENGINES)
def test_calls_at_the_instant_of_a_change_come_after_it(engine: Engine) -> None:
    """The window begins at 20, and a PUT of then rolls out four; a schedule that is posted acts.

    In a timeline the PUT would come first: one new replica, and three more by the change.
    """
    window = entry(4, 4, "00:00:20", "00:05:00")
    policy = {"evaluation_interval_s": 3600.0, "schedule": [window]}
    run = LiveSimulation(scenario(deployment(replica=FAST_START, autoscaler=policy)), engine=engine)
    run.advance(20.0)
    run.submit(ReplaceEvent.model_validate(put(20.0, **OTHER)))
    run.carry_out()
    run.advance(50.0)
    run.submit(ScheduleEvent.model_validate(event(50.0, entry(2, 2, "00:00", "00:00"))))
    run.carry_out()

    log = run.deployments["a"].control.journal.log
    rolled_out = [at_s for at_s, _, _, why in asked(log) if why is Reason.ROLLOUT]
    assert rolled_out == [20.0] * 4
    assert bounds(log) == [(0.0, 1, 1), (20.0, 4, 4), (50.0, 2, 2)]
    assert threads(log)[-1] == (50.0, 2)


@settings(parent=PAIRS, max_examples=PAIRS.max_examples // 5)
@given(scenarios(always=["schedules"]))
def test_both_engines_agree_where_schedules_are_on(built: Scenario) -> None:
    """Each drawn run has a schedule, and its laws hold."""
    assert difference_of_engines(built) is None
    check_invariants(simulate_record(built))
