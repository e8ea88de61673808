"""How many replicas a new revision asks for (`initial_replicas`)."""

import pytest

from builders import FAST_START, configuration, deployment, run
from sim.scenario.models.replica_number import rounded_up


@pytest.mark.parametrize(
    ("asked", "live", "lowest", "highest", "expected"),
    [
        ("min", 7, 2, 20, 2),
        ("min", 7, 0, 20, 1),
        ("current", 7, 2, 20, 7),
        ("current", 7, 2, 5, 5),
        ("current", 0, 0, 20, 1),
        (3, 7, 2, 20, 3),
        (3, 0, 0, 20, 3),
        (1, 7, 2, 20, 2),
        (30, 7, 2, 20, 20),
        ("50%", 7, 1, 20, 4),  # 3.5
        ("10%", 7, 1, 20, 1),  # 0.7
        ("10%", 7, 2, 20, 2),
        ("150%", 7, 1, 20, 11),  # 10.5
        ("300%", 7, 1, 20, 20),
        ("80%", 0, 0, 20, 1),
    ],
)
def test_the_number_of_first_replicas(
    asked: int | str, live: int, lowest: int, highest: int, expected: int
) -> None:
    """A share of those live at the PUT, rounded up; within the new bounds, and at least one."""
    bounds = {"minReplicas": lowest, "maxReplicas": highest}
    one = deployment(
        wire={"minReplicas": 0, "maxReplicas": 20},
        initial={"kind": "responsive", "responsive_count": live},
        replica=FAST_START,
        rollout={"initial_replicas": asked},
    )
    new = configuration(memory="2GiB", **bounds)
    put = {"event": "replace", "at_s": 10.0, "deployment": "a", "runtime_configuration": new}

    log = run(one, timeline=[put], horizon_s=20.0).deployments[0].control
    assert [m.at_s for m in log.transitions if m.revision == 1 and m.before is None] == [
        10.0
    ] * expected


@pytest.mark.parametrize(
    ("percent", "count", "expected"),
    [("7%", 100, 7), ("14%", 50, 7), ("29%", 100, 29), ("1%", 1, 1), ("100%", 9, 9), ("25%", 0, 0)],
)
def test_a_percentage_is_rounded_up_from_its_exact_value(
    percent: str, count: int, expected: int
) -> None:
    """In floats 7 % of 100 is 7.000000000000001, which would be 8."""
    assert rounded_up(percent, count) == expected
