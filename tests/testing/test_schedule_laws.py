"""The laws of bounds say where a record breaks them."""

from dataclasses import replace
from typing import Any

import pytest

from builders import FAST_START, deployment, run
from sim.errors import InvariantError
from sim.reasons import Reason
from sim.record import ControlLog, Record
from sim.testing.laws import INVARIANTS

ENTRY = {"min_count": 3, "max_count": 3, "from_time": "00:00:20", "to_time": "00:00:50"}


def ran() -> Record:
    """Run one replica that is joined by two others from 20 to 50."""
    policy = {"evaluation_interval_s": 3600.0, "schedule": [ENTRY]}
    return run(deployment(replica=FAST_START, autoscaler=policy))


def broken(record: Record, **logs: Any) -> Record:
    """Return the record with other logs of control."""
    (one,) = record.deployments
    control: ControlLog = replace(one.control, **logs)
    return replace(record, deployments=(replace(one, control=control),))


def test_bounds_that_come_late_are_found() -> None:
    """Those of 20 are written down at 30."""
    record = ran()
    first, second, *rest = record.deployments[0].control.bounds
    late = broken(record, bounds=[first, replace(second, at_s=30.0), *rest])
    law = INVARIANTS["bounds_are_those_of_the_clock"]
    law(record)

    with pytest.raises(InvariantError, match=r"\(1, 1\) in force, \(3, 3\) meant") as found:
        law(late)
    assert found.value.at_s == 20.0


def test_a_replica_too_few_is_found() -> None:
    """One of the two that are asked for at 20 is not there."""
    record = ran()
    moves = [move for move in record.deployments[0].control.transitions if move.replica != 2]
    law = INVARIANTS["live_replicas_are_within_bounds"]
    law(record)

    with pytest.raises(InvariantError, match=r"2 live replicas, bounds \(3, 3\)") as found:
        law(broken(record, transitions=moves))
    assert found.value.at_s == 20.0


def test_a_revision_that_goes_for_a_schedule_is_found() -> None:
    """The replicas that go at 50 say that they do for a newer revision, which nobody asked for."""
    record = ran()
    moves = [
        replace(move, reason=Reason.SUPERSEDED) if move.reason is Reason.ABOVE_MAX else move
        for move in record.deployments[0].control.transitions
    ]
    law = INVARIANTS["schedules_give_up_no_revision"]
    law(record)

    with pytest.raises(InvariantError, match="revision 0: superseded") as found:
        law(broken(record, transitions=moves))
    assert found.value.at_s == 50.0
