"""The autoscaler's rows in the decision log, every number worked by hand, on both engines.

Evaluations come every 5 s from 0 on, replicas have two threads, a start takes 2 s. Up from load 0.8
on for 10 s, down below 0.75 for 20 s: the third and the fifth evaluation in a row.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from builders import FAST_START, deployment, scenario
from sim.reasons import Reason
from sim.record import Decision
from sim.simulation.options import ENGINES, Engine
from sim.simulation.run import simulate_record

DOWN_TIMER, NOTHING = Reason.DOWN_TIMER, Reason.NOTHING_RESPONSIVE


def rows(
    engine: Engine,
    *,
    least: int,
    most: int,
    responsive: int = 1,
    at_s: Sequence[float] = (1, 1),
    **settings: Any,
) -> list[Decision]:
    """Return what the autoscaler writes down in a minute.

    Unless told otherwise one replica is there, whose two threads are busy from 1 to 19.
    """

    def seconds(value: int) -> dict[str, Any]:
        return {"value": value, "unit": "SECONDS"}

    scaling = {
        "scaleUpLoadThreshold": 0.8,
        "scaleUpDelay": seconds(10),
        "scaleDownDelay": seconds(20),
    }
    wire = {"minReplicas": least, "maxReplicas": most, "scalingConfiguration": scaling}
    one: dict[str, Any] = {
        "wait_s": 18,
        "wire": {"threads": 2, **wire},
        "initial": {"kind": "responsive", "responsive_count": responsive},
        "replica": FAST_START,
        "autoscaler": {"evaluation_interval_s": 5.0},
    }
    built = scenario(deployment(at_s=at_s, **(one | settings)), horizon_s=65.0)
    log = simulate_record(built, engine=engine).deployments[0].control
    return [decision for decision in log.decisions if decision.actor == "autoscaler"]


@pytest.mark.parametrize("engine", ENGINES)
def test_steps_say_what_they_saw_and_since_when(engine: Engine) -> None:
    """Up at 15, down at 40, to zero at 45.

    Load is 1 at 5, 10 and 15. The second replica is there from 17 on, and the requests end at 19:
    load is 0 from 20 on. At 40 the idle replica with the higher number goes. At 45 there has been
    no arrival since 1, longer than 20 s.
    """
    assert rows(engine, least=0, most=2) == [
        Decision(5.0, "autoscaler", "held", Reason.UP_TIMER, None, 1.0, 2, 1, 1, 0.8, 5.0, 15.0),
        Decision(15.0, "autoscaler", "up", Reason.LOAD_HIGH, None, 1.0, 2, 1, 1, 0.8, 5.0),
        Decision(20.0, "autoscaler", "held", DOWN_TIMER, None, 0.0, 0, 2, 2, 0.75, 20.0, 40.0),
        Decision(40.0, "autoscaler", "down", Reason.LOAD_LOW, None, 0.0, 0, 2, 2, 0.75, 20.0),
        Decision(45.0, "autoscaler", "to_zero", Reason.IDLE, None, 0.0, 0, 1, 1, 0.75, 1.0),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_second_step_counts_from_the_first(engine: Engine) -> None:
    """Three replicas are idle from 0 on: down at 20 since 0, and at 40 since 20.

    Low load then counts from 40 on: the fifth evaluation, that of 60, is held at the minimum.
    """
    assert rows(engine, least=1, most=3, responsive=3, at_s=[]) == [
        Decision(0.0, "autoscaler", "held", DOWN_TIMER, None, 0.0, 0, 3, 3, 0.75, 0.0, 20.0),
        Decision(20.0, "autoscaler", "down", Reason.LOAD_LOW, None, 0.0, 0, 3, 3, 0.75, 0.0),
        Decision(25.0, "autoscaler", "held", DOWN_TIMER, None, 0.0, 0, 2, 2, 0.75, 20.0, 40.0),
        Decision(40.0, "autoscaler", "down", Reason.LOAD_LOW, None, 0.0, 0, 2, 2, 0.75, 20.0),
        Decision(60.0, "autoscaler", "held", Reason.AT_MIN, None, 0.0, 0, 1, 1, 0.75, 40.0),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_bounds_say_what_they_held_back_and_since_when(engine: Engine) -> None:
    """One replica at least and at most: held at 15, and at 40 with low load since 20; once each."""
    assert rows(engine, least=1, most=1) == [
        Decision(15.0, "autoscaler", "held", Reason.AT_MAX, None, 1.0, 2, 1, 1, 0.8, 5.0, 20.0),
        Decision(40.0, "autoscaler", "held", Reason.AT_MIN, None, 0.0, 0, 1, 1, 0.75, 20.0),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_responsive_has_no_load(engine: Engine) -> None:
    """A cold start: nothing at 0; RESPONSIVE at 2, so that low load counts from 5 on."""
    assert rows(engine, least=1, most=1, at_s=[], initial={"kind": "cold"}) == [
        Decision(
            0.0,
            "autoscaler",
            "held",
            NOTHING,
            None,
            None,
            0,
            0,
            1,
            0.75,
            None,
            5.0,
        ),
        Decision(25.0, "autoscaler", "held", Reason.AT_MIN, None, 0.0, 0, 1, 1, 0.75, 5.0),
    ]
