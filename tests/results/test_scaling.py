"""Replicas of the active revision over time, steps, and what held the autoscaler."""

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from build_record import NAN, course, life, replace_story, tick_columns
from build_record import deployment as built
from builders import FAST_START, deployment, run
from path_scenarios import engine_scenarios
from sim.reasons import Reason
from sim.record import (
    BoundsChange,
    ControlLog,
    Decision,
    DeploymentRecord,
    RevisionRecord,
    Transition,
)
from sim.results.fleet import Fleet
from sim.results.scaling import Scaling, scaling
from sim.scenario.models.policies import AutoscalerPolicy
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.states import LIVE, ReplicaState
from sim.wire.models import RuntimeConfiguration

_S = ReplicaState
_R = Reason

POLICY = AutoscalerPolicy()

NO_HOLDS = dict.fromkeys(("at_max", "at_min", "nothing_responsive", "up_timer", "down_timer"), 0.0)

CONFIGURATION = RuntimeConfiguration.from_wire({"minReplicas": 1, "maxReplicas": 4})


def step(at_s: float, reason: Reason) -> Decision:
    """Return a step of the autoscaler."""
    return Decision(at_s, "autoscaler", "up" if reason is _R.LOAD_HIGH else "down", reason)


def held(at_s: float, reason: Reason, until_s: float | None) -> Decision:
    """Return a spell in which the autoscaler was held."""
    return Decision(at_s, "autoscaler", "held", reason, until_s=until_s)


def scaling_of(
    log: ControlLog, *, loads: tuple[tuple[float, float], ...] = (), horizon_s: float = 100.0
) -> Scaling:
    """Return the figures of a deployment with this log and these evaluations."""
    return scaling(built(control=log, loads=loads), POLICY, horizon_s)


def active(*transitions: Transition, **more: Any) -> ControlLog:
    """Return the log of a deployment whose only revision was active throughout."""
    revisions = [RevisionRecord(0, CONFIGURATION, "ri.v", "created", 0, 0)]
    bounds = [BoundsChange(0, 1, 4)]
    moves = sorted(transitions, key=lambda move: move.at_s)
    return ControlLog(**{"revisions": revisions, "bounds": bounds, "transitions": moves, **more})


def test_the_story_in_figures() -> None:
    """Two replicas to 140, then one of the new revision, of at most two; one step up, at 180.

    (2 x 140 + 1 x 60) / 200 = 1.7. The timer that began at 5 was never noted to have ended.
    """
    (api,) = replace_story().deployments

    assert scaling(api, POLICY, 200.0).model_dump(mode="json") == {
        "min": 1,
        "mean": 1.7,
        "max": 2,
        "ups": 1,
        "downs": 0,
        "to_zero": 0,
        "ups_while_starting": 0,
        "reversals": 0,
        "first_up_at_s": 180.0,
        "last_up_at_s": 180.0,
        "up_spacing_s": {"min": None, "mean": None, "max": None},
        "up_delay_s": 60.0,
        "max_replicas_least": 2,
        "max_replicas_most": 2,
        "at_max_s": 140.0,
        "at_max_queued_s": 0.0,
        "at_zero_s": 0.0,
        "none_responsive_s": 0.0,
        "load": {"max": 0.75, "threshold": 0.75, "can_reach": True, "full_s": 0.0},
        "held_by": {**NO_HOLDS, "up_timer": 195.0},
    }


def test_what_is_disabled_or_not_yet_active_is_left_out() -> None:
    """Enabled to 40 and from 70 on: two replicas, then none to 80, then one that is there at 90.

    60 to 100 is a rollout that is never switched to; its replicas do not count. Mean over 70 s:
    (2 x 40 + 0 x 10 + 1 x 20) / 70; nothing responsive from 70 to 90.
    """
    configuration = CONFIGURATION
    delay = {"scaleUpLoadThreshold": 0.75, "scaleUpDelay": {"value": 90, "unit": "SECONDS"}}
    slower = RuntimeConfiguration.from_wire(
        {
            "minReplicas": 1,
            "maxReplicas": 4,
            "scalingConfiguration": {**delay, "scaleDownDelay": {"value": 1, "unit": "MINUTES"}},
        }
    )
    log = active(
        *life(0, 0, (0, _S.RESPONSIVE), (40, _S.DECOMMISSIONED), (45, _S.DELETED)),
        *life(1, 0, (0, _S.RESPONSIVE), (40, _S.DECOMMISSIONED), (40, _S.DELETED)),
        *life(2, 1, (30, _S.QUEUED), (40, _S.DELETED)),
        *life(3, 2, (80, _S.QUEUED), (80, _S.STARTING), (90, _S.RESPONSIVE)),
        revisions=[
            RevisionRecord(0, configuration, "ri.v", "created", 0, 0, retired_at_s=40),
            RevisionRecord(1, configuration, "ri.v", "replace", 30, None, retired_at_s=40),
            RevisionRecord(2, slower, "ri.v", "started", 70, 70),
        ],
    )
    found = scaling_of(log)

    assert found.up_delay_s == 90
    assert (found.min, found.mean, found.max) == (0, 100 / 70, 2)
    assert (found.at_zero_s, found.none_responsive_s) == (10, 20)


def test_bounds_are_those_in_force() -> None:
    """Three replicas: below a maximum of 4, at one of 3 from 20 on, above one of 2 from 50 to 70.

    From 30 to 60 the third still waits in a queue: at or above the maximum from 20 to 70, waiting
    for 30 s of it.
    """
    bounds = [BoundsChange(0, 1, 4), BoundsChange(20, 1, 3), BoundsChange(50, 1, 2)]
    log = active(
        *life(0, 0, (0, _S.RESPONSIVE)),
        *life(1, 0, (0, _S.RESPONSIVE), (70, _S.DECOMMISSIONED), (70, _S.DELETED)),
        *life(2, 0, (0, _S.RESPONSIVE), (30, _S.DECOMMISSIONED), (30, _S.DELETED)),
        *life(3, 0, (30, _S.QUEUED), (60, _S.STARTING), (70, _S.DELETED)),
        bounds=bounds,
    )
    found = scaling_of(log)

    assert (found.at_max_s, found.at_max_queued_s) == (50, 30)
    assert (found.max_replicas_least, found.max_replicas_most) == (2, 4)


def test_a_number_that_held_for_no_time_is_none() -> None:
    """A replica is created and deleted at 10; the second goes and comes at 20."""
    log = active(
        *life(0, 0, (0, _S.RESPONSIVE)),
        *life(1, 0, (10, _S.QUEUED), (10, _S.DELETED)),
        *life(2, 0, (0, _S.RESPONSIVE), (20, _S.DECOMMISSIONED), (20, _S.DELETED)),
        *life(3, 0, (20, _S.QUEUED)),
    )

    assert (scaling_of(log).min, scaling_of(log).max) == (2, 2)


def test_steps_are_counted_spaced_and_turned_round() -> None:
    """Up at 10, 40, 100, down at 130, up at 145, down at 200 and 210, to zero at 220.

    Times between steps up: 30, 60 and 45 s; up after down or the other way three times.
    """
    kinds = {"u": _R.LOAD_HIGH, "d": _R.LOAD_LOW, "z": _R.IDLE}
    taken = zip((10, 40, 100, 130, 145, 200, 210, 220), "uuududdz", strict=True)
    log = active(decisions=[step(at_s, kinds[kind]) for at_s, kind in taken])
    found = scaling_of(log, horizon_s=300.0)

    assert (found.ups, found.downs, found.to_zero, found.reversals) == (4, 2 + 1, 1, 3)
    assert (found.first_up_at_s, found.last_up_at_s) == (10, 145)
    assert found.up_spacing_s.model_dump() == {"min": 30, "mean": 45, "max": 60}


def test_a_step_up_while_another_starts_is_counted_at_its_place_in_the_log() -> None:
    """Steps at 10, 20 and 30: the first with nobody on the way, the second while the first starts.

    At 30 the first has been there since 25, and the second becomes RESPONSIVE at 30, before the
    evaluation: the third step comes with nobody on the way. One of another revision does not count.
    """
    up = _R.SCALE_UP
    moves = [
        *course(9, 1, (5, _S.QUEUED, _R.ROLLOUT)),
        *course(0, 0, (10, _S.QUEUED, up), (10, _S.STARTING, _R.GRANTED)),
        *course(1, 0, (20, _S.QUEUED, up)),
        *course(0, 0, (25, _S.RESPONSIVE, _R.PROBE_PASSED)),
        *course(1, 0, (30, _S.RESPONSIVE, _R.PROBE_PASSED)),
        *course(2, 0, (30, _S.QUEUED, up)),
    ]
    before: dict[int, ReplicaState] = {}
    log = active()
    for move in moves:
        log.transitions.append(replace(move, before=before.get(move.replica)))
        before[move.replica] = move.after

    assert scaling_of(log).ups_while_starting == 1


def test_holds_are_summed_by_reason_to_their_end_or_the_end_of_the_run() -> None:
    """At max 10 to 30 and from 80 on: 40 s; the timer up 5 to 10. A wait in a queue is no hold."""
    queue = Decision(0, "queue", "held", _R.AT_MAX, until_s=100)
    log = active(
        decisions=[
            *(queue, held(5, _R.UP_TIMER, 10), held(10, _R.AT_MAX, 30)),
            *(held(30, _R.DOWN_TIMER, 32.5), held(40, _R.AT_MIN, 47)),
            *(held(50, _R.NOTHING_RESPONSIVE, 60), held(80, _R.AT_MAX, None)),
        ]
    )

    assert scaling_of(log).held_by.model_dump() == {
        "at_max": 40,
        "at_min": 7,
        "nothing_responsive": 10,
        "up_timer": 5,
        "down_timer": 2.5,
    }


@pytest.mark.parametrize(
    ("threshold", "comparison", "can_reach"),
    [(1.0, "above", False), (1.0, "at_or_above", True), (0.99, "above", True)],
)
def test_a_threshold_of_one_cannot_be_exceeded(
    threshold: float,
    comparison: str,
    can_reach: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """Load is busy threads over threads: at most 1."""
    ticks = replace(tick_columns([(0, 1.0)]), threshold=np.array([threshold]))
    record = replace(built(control=active()), ticks=ticks)
    policy = AutoscalerPolicy.model_validate({"scale_up_comparison": comparison})

    assert scaling(record, policy, 100.0).load.can_reach is can_reach


def test_the_time_at_full_load_is_that_of_its_evaluations() -> None:
    """5 s each: at 10, 15 and, to the end of the run at 97, at 95; nothing responsive at 20.

    At 0 one thread of 400 is idle, which is not all of them.
    """
    loads = ((0, 399 / 400), (10, 1.0), (15, 1.0), (20, NAN), (95, 1.0))
    found = scaling_of(active(), loads=loads, horizon_s=97.0).load

    assert (found.max, found.threshold, found.full_s) == (1.0, 0.75, 5 + 5 + 2)


def test_the_threshold_is_the_lowest_that_there_was() -> None:
    """1 at first, which a load above it cannot be; 0.5 after a change in place."""
    ticks = replace(tick_columns([(0, 0.9), (5, 0.4)]), threshold=np.array([1.0, 0.5]))
    policy = AutoscalerPolicy(scale_up_comparison="above")
    found = scaling(replace(built(control=active()), ticks=ticks), policy, 100.0).load

    assert (found.max, found.threshold, found.can_reach) == (0.9, 0.5, True)


def test_a_deployment_that_was_always_disabled_has_no_number_of_replicas() -> None:
    """Null for what never was; without an evaluation there is no load and no threshold."""
    found = scaling_of(ControlLog()).model_dump()

    assert (found["min"], found["mean"], found["max"], found["up_delay_s"]) == (None,) * 4
    assert (found["max_replicas_least"], found["max_replicas_most"]) == (None, None)
    assert found["load"] == {"max": None, "threshold": None, "can_reach": True, "full_s": 0.0}
    assert (found["at_max_s"], found["at_zero_s"], found["held_by"]) == (0, 0, NO_HOLDS)


def wire(least: int, most: int) -> dict[str, Any]:
    """Return a configuration with these bounds."""
    return {"minReplicas": least, "maxReplicas": most, "cpu": 1.0, "threadCount": 1}


def test_a_put_in_place_leaves_the_bounds_before_it_in_the_log() -> None:
    """Bounds 1 to 3, from 40 s on 2 to 2: two replicas are at the maximum for the last 60 s."""
    record = run(
        deployment(
            wire={"replicas": 2, "minReplicas": 1, "maxReplicas": 3}, replica=dict(FAST_START)
        ),
        horizon_s=100.0,
        timeline=[
            {
                "event": "replace",
                "at_s": 40.0,
                "deployment": "a",
                "runtime_configuration": {**wire(2, 2), "cpu": 1.0},
            }
        ],
    )
    (one,) = record.deployments

    assert one.control.bounds == [BoundsChange(0, 1, 3), BoundsChange(40, 2, 2)]
    found = scaling(one, POLICY, 100.0)
    assert (found.at_max_s, found.max_replicas_least, found.max_replicas_most) == (60, 2, 3)


def test_bounds_are_those_of_the_revision_that_is_active() -> None:
    """A new revision with a maximum of 5 is there 2 s after its PUT; disabled from 60 to 70 s.

    While it is pending, and while nothing is active, what was in force before stays in the log.
    """
    put = {**wire(1, 5), "memory": "8GiB"}
    record = run(
        deployment(wire={"replicas": 1, "maxReplicas": 3}, replica=dict(FAST_START)),
        horizon_s=100.0,
        timeline=[
            {"event": "replace", "at_s": 40.0, "deployment": "a", "runtime_configuration": put},
            {"event": "disable", "at_s": 60.0, "deployment": "a"},
            {"event": "start", "at_s": 70.0, "deployment": "a"},
        ],
    )

    assert record.deployments[0].control.bounds == [BoundsChange(0, 1, 3), BoundsChange(42, 1, 5)]


def test_slow_starts_overshoot() -> None:
    """Load 1 from 0 on; the delay is 10 s, the start takes 30 s, evaluations every 5 s.

    The evaluation at 0 sees nothing yet; counted from 5 on, steps come at 15, 25 and 35 s. None of
    these replicas is there by 44 s, so that the second and third step come while others start. The
    timer runs from 5 to 15, and after a step from the next evaluation on: 20 to 25, 30 to 35, 40 to
    the end.
    """
    record = run(
        deployment(
            wire={
                "replicas": 1,
                "maxReplicas": 5,
                "scalingConfiguration": {
                    "scaleUpLoadThreshold": 0.75,
                    "scaleUpDelay": {"value": 10, "unit": "SECONDS"},
                    "scaleDownDelay": {"value": 30, "unit": "MINUTES"},
                },
            },
            at_s=[0.0],
            wait_s=99.0,
            autoscaler={"evaluation_interval_s": 5.0},
            replica={**FAST_START, "model_load_s": 29.0},
        ),
        horizon_s=44.0,
    )
    found = scaling(record.deployments[0], POLICY, 44.0)

    assert (found.min, found.max, found.ups, found.ups_while_starting) == (1, 4, 3, 2)
    assert (found.first_up_at_s, found.last_up_at_s) == (15, 35)
    assert found.mean == (1 * 15 + 2 * 10 + 3 * 10 + 4 * 9) / 44
    assert found.up_spacing_s.model_dump() == {"min": 10, "mean": 10, "max": 10}
    assert found.load.full_s == 44 - 5
    assert found.held_by.up_timer == 10 + 5 + 5 + 4


def live_at(record: DeploymentRecord, at_s: float) -> int | None:
    """Return how many live replicas serve at an instant, old ones that stay too; None without one.

    They are those of the revisions that are active and not retired.
    """
    serving = {
        one.number
        for one in record.control.revisions
        if one.active_at_s is not None
        and one.active_at_s <= at_s < (math.inf if one.retired_at_s is None else one.retired_at_s)
    }
    if not serving:
        return None
    last = {m.replica: m for m in record.control.transitions if m.at_s <= at_s}
    return sum(m.revision in serving and m.after in LIVE for m in last.values())


def pieces_of(record: DeploymentRecord, horizon_s: float) -> list[tuple[float, int]]:
    """Return the pieces of time with an active revision: how long, and how many live replicas."""
    log = record.control
    edges = {0.0, horizon_s, *(move.at_s for move in log.transitions)}
    edges |= {one.active_at_s for one in log.revisions if one.active_at_s is not None}
    edges |= {one.retired_at_s for one in log.revisions if one.retired_at_s is not None}
    found = ((b - a, live_at(record, (a + b) / 2)) for a, b in pairwise(sorted(edges)))
    return [(length_s, live) for length_s, live in found if live is not None]


@given(engine_scenarios())
def test_replicas_over_time_are_those_of_the_transitions(drawn: Scenario) -> None:
    """Counted in the middle of every piece of time in which nothing changed, replica by replica.

    Steps are decided where replicas are asked for; nothing lasts longer than the run.
    """
    record = simulate_record(drawn)
    for one, spec in zip(record.deployments, drawn.deployments, strict=True):
        found = scaling(one, spec.autoscaler, record.horizon_s)
        pieces = pieces_of(one, record.horizon_s)
        whole_s = math.fsum(length_s for length_s, _ in pieces)

        assert math.fsum(Fleet.of(one.control, record.horizon_s).length_s) == pytest.approx(whole_s)
        assert found.min == min((live for _, live in pieces), default=None)
        assert found.max == max((live for _, live in pieces), default=None)
        if found.mean is not None:
            replicas_s = math.fsum(length_s * live for length_s, live in pieces)
            assert found.mean == pytest.approx(replicas_s / whole_s)
        reasons = [move.reason for move in one.control.transitions]
        assert found.ups == reasons.count(_R.SCALE_UP) >= found.ups_while_starting
        assert found.downs == reasons.count(_R.SCALE_DOWN)
        assert found.at_max_queued_s <= found.at_max_s <= whole_s + 1e-9
        assert math.fsum(found.held_by.model_dump().values()) <= record.horizon_s + 1e-9
