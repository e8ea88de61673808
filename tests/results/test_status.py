"""The last and the worst status, and the time without service."""

import math

import pytest
from hypothesis import given

from build_record import replace_story
from builders import FAST_START, deployment, run
from path_scenarios import engine_scenarios
from sim.record import StatusChange
from sim.results.fleet import Fleet
from sim.results.status import FROM_GOOD_TO_BAD, status
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.states import DeploymentState

_D = DeploymentState


def test_the_story_is_active_throughout() -> None:
    """From 0 to the end, ready."""
    (api,) = replace_story().deployments

    assert status(api.control.statuses, 200.0).model_dump(mode="json") == {
        "last": "ACTIVE",
        "last_since_s": 0.0,
        "worst": "ACTIVE",
        "worst_since_s": 0.0,
        "worst_s": 200.0,
        "not_ready_s": 0.0,
        "disabled_s": 0.0,
    }


def test_the_worst_counts_from_its_first_time_and_in_all() -> None:
    """STARTING 0 to 30, FAILED 30 to 50 and 60 to 65; DISABLED 70 to 80; ready from 50 to 60.

    Not ready: 50 s at first, 10 s from 60 on, the 10 s of being disabled: 70 s, and ACTIVE without
    a replica from 80 to 90, which is 80 s in all.
    """
    changes = [
        StatusChange(0, _D.STARTING, is_ready=False),
        StatusChange(30, _D.FAILED, is_ready=False),
        StatusChange(50, _D.ACTIVE, is_ready=True),
        StatusChange(60, _D.FAILED, is_ready=False),
        StatusChange(65, _D.STARTING, is_ready=False),
        StatusChange(70, _D.DISABLED, is_ready=False),
        StatusChange(80, _D.ACTIVE, is_ready=False),
        StatusChange(90, _D.ACTIVE, is_ready=True),
    ]
    found = status(changes, 100.0)

    assert (found.worst, found.worst_since_s, found.worst_s) == (_D.FAILED, 30, 25)
    assert (found.last, found.last_since_s) == (_D.ACTIVE, 80)  # ready only since 90
    assert (found.not_ready_s, found.disabled_s) == (80, 10)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (_D.ACTIVE, _D.DISABLED),
        (_D.DISABLED, _D.DEGRADED),
        (_D.DEGRADED, _D.STARTING),
        (_D.STARTING, _D.FAILED),
    ],
)
def test_statuses_go_from_good_to_bad(better: DeploymentState, worse: DeploymentState) -> None:
    """As documented, whichever of two came first."""
    for order in ((better, worse), (worse, better)):
        changes = [StatusChange(10 * n, one, is_ready=True) for n, one in enumerate(order)]
        assert status(changes, 20.0).worst is worse
    assert set(FROM_GOOD_TO_BAD) == set(_D)


def test_nothing_was_reported() -> None:
    """Null for what never was, and no time."""
    found = status([], 10.0)

    assert (found.last, found.worst, found.worst_since_s) == (None, None, None)
    assert (found.not_ready_s, found.disabled_s, found.worst_s) == (0.0, 0.0, 0.0)


def test_a_deployment_that_is_stopped_and_started_by_hand() -> None:
    """Disabled at 10 s, started at 30 s, there again 2 s later: 22 s without service."""
    record = run(
        deployment(replica=FAST_START),
        horizon_s=100.0,
        timeline=[
            {"event": "disable", "at_s": 10.0, "deployment": "a"},
            {"event": "start", "at_s": 30.0, "deployment": "a"},
        ],
    )
    found = status(record.deployments[0].control.statuses, 100.0)

    assert (found.not_ready_s, found.disabled_s) == (22.0, 20.0)
    assert (found.worst, found.worst_since_s, found.last_since_s) == (_D.STARTING, 30.0, 32.0)


@given(engine_scenarios())
def test_ready_and_responsive_are_told_by_two_logs_alike(drawn: Scenario) -> None:
    """Not ready is disabled, or enabled with nothing RESPONSIVE: from statuses and from replicas.

    Both are sums of differences of the same instants, in another order.
    """
    record = simulate_record(drawn)
    for one in record.deployments:
        found = status(one.control.statuses, record.horizon_s)
        fleet = Fleet.of(one.control, record.horizon_s)
        responsive_s = math.fsum(fleet.length_s[fleet.responsive > 0])
        enabled_s = math.fsum(fleet.length_s)

        assert record.horizon_s - found.not_ready_s == pytest.approx(responsive_s, abs=1e-9)
        assert record.horizon_s - found.disabled_s == pytest.approx(enabled_s, abs=1e-9)
