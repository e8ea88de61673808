"""The status that a deployment reports, as a table of sentences."""

from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from sim.control.roster import Roster
from sim.control.status import status
from sim.states import DeploymentState, ReplicaState

Q, STARTING, STARTED = ReplicaState.QUEUED, ReplicaState.STARTING, ReplicaState.STARTED
R, U, E = ReplicaState.RESPONSIVE, ReplicaState.UNRESPONSIVE, ReplicaState.STARTING_ERROR
GONE = (ReplicaState.DECOMMISSIONED, ReplicaState.DELETED)


class Case(NamedTuple):
    name: str
    replicas: tuple[ReplicaState, ...]
    state: str
    is_ready: bool
    failed_starts: int = 0
    is_from_zero: bool = False


CASES = [
    Case("one that serves", (R,), "ACTIVE", is_ready=True),
    Case("one that serves beside some to come", (R, Q, STARTING, STARTED), "ACTIVE", is_ready=True),
    Case("one that serves beside some that go", (R, *GONE), "ACTIVE", is_ready=True),
    Case("one that serves beside one that does not answer", (R, U), "DEGRADED", is_ready=True),
    Case("one that serves beside one that failed", (R, E), "DEGRADED", is_ready=True),
    Case("none", (), "ACTIVE", is_ready=False),
    Case("none but some that go", GONE, "ACTIVE", is_ready=False),
    Case("the first on the way up from zero", (Q,), "ACTIVE", is_ready=False, is_from_zero=True),
    Case(
        "it failed on the way", (E,), "ACTIVE", is_ready=False, failed_starts=3, is_from_zero=True
    ),
    Case("one in line", (Q,), "STARTING", is_ready=False),
    Case("one in its start", (STARTED,), "STARTING", is_ready=False),
    Case("its second start in a row failed", (E,), "STARTING", is_ready=False, failed_starts=2),
    Case("its third start in a row failed", (E,), "FAILED", is_ready=False, failed_starts=3),
    Case("it starts for the fourth time", (STARTING,), "FAILED", is_ready=False, failed_starts=3),
    Case("none that answers", (U, U), "FAILED", is_ready=False),
    Case("one that does not answer and one to come", (U, Q), "STARTING", is_ready=False),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_deployment_reports_what_its_replicas_are(case: Case) -> None:
    """State and readiness from the live replicas; each has failed as many starts in a row."""
    roster = Roster()
    nobody: Any = SimpleNamespace()
    for number, state in enumerate(case.replicas):
        roster.add(nobody, 0, 0.0)
        roster.enter(number, state, 1.0)
        for _ in range(case.failed_starts):
            roster.note_start(number, failed=True)
    serving: Any = SimpleNamespace(number=0, roster=roster, tally=roster.tally(0))

    found = status([serving], is_scaling_from_zero=case.is_from_zero, failed_after=3)

    assert found == (DeploymentState[case.state], case.is_ready)


def test_a_disabled_deployment_says_so() -> None:
    """Whatever it did before."""
    found = status(None, is_scaling_from_zero=True, failed_after=3)

    assert found == (DeploymentState.DISABLED, False)
