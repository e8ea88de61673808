"""Whether the replicas of time 0 fit into their queues, beside tenants and each other."""

from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.scenario.reading.loader import parse_scenario


def deployment(name: str, count: int, **configuration: object) -> dict[str, Any]:
    """Return a deployment with *count* responsive replicas."""
    return {
        "name": name,
        "runtimeConfiguration": {"minReplicas": 0, "maxReplicas": 9, **configuration},
        "initial": {"responsive": count},
    }


def misfits(queues: list[dict[str, Any]], *deployments: dict[str, Any]) -> list[str]:
    """Return what is said about initial replicas that do not fit."""
    data = {"name": "x", "horizon": "1h", "queues": queues, "deployments": list(deployments)}
    try:
        parse_scenario(data)
    except ScenarioError as error:
        found = [problem for problem in error.problems if problem.rule == "initial-fits"]
        return [f"{problem.field}: {problem.message.rpartition(': ')[2]}" for problem in found]
    return []


CORES = {"kind": "vcpu", "name": "cores", "limit": 4, "tenants": {"batch": 1, "jobs": 0.5}}


def test_cores_are_what_the_tenants_leave() -> None:
    """2.5 of 4: five replicas of half a core fit, three of one do not."""
    assert misfits([CORES], deployment("a", 5, cpu=0.5)) == []
    assert misfits([CORES], deployment("a", 3, cpu=1)) == [
        "deployments[0].initial.responsive: 3 cores wanted, 2.5 free"
    ]


def test_deployments_take_from_the_same_queue_in_order() -> None:
    """The second finds what the first has left; a default replica has one core."""
    assert misfits([CORES], deployment("a", 1), deployment("b", 1)) == []
    assert misfits([CORES], deployment("a", 2), deployment("b", 1)) == [
        "deployments[1].initial.responsive: 1 cores wanted, 0.5 free"
    ]


def test_tenants_beyond_the_limit_leave_nothing() -> None:
    """Not less than nothing."""
    full = {**CORES, "tenants": {"batch": 9}}
    assert misfits([full], deployment("a", 1)) == [
        "deployments[0].initial.responsive: 1 cores wanted, 0 free"
    ]
    assert misfits([full], deployment("a", 0)) == []


GPUS = {
    "kind": "vgpu",
    "name": "gpus",
    "limits": {"T4": 4, "A100": 4},
    "tenants": {"training": {"T4": 1, "A100": 2}},
}


@pytest.mark.parametrize(
    ("count", "gpu", "placed"),
    [
        (3, {"count": 1, "type": "T4"}, None),
        (4, {"count": 1, "type": "T4"}, 3),
        (1, {"count": 2, "type": "A100"}, None),
        (2, {"count": 2, "type": "A100"}, 1),
        (5, {"count": 1}, None),
        (6, {"count": 1}, 5),
        (2, {"count": 2}, None),
        (3, {"count": 2}, 2),
        (1, {"count": 4}, 0),
    ],
)
def test_gpus_are_of_one_type_a_replica(
    count: int, gpu: dict[str, Any], placed: int | None
) -> None:
    """3 T4 and 2 A100 are free; a replica of any type takes the first that has enough."""
    want = (
        []
        if placed is None
        else [f"deployments[0].initial.responsive: there are GPUs for {placed} of {count} replicas"]
    )
    assert misfits([GPUS], deployment("a", count, gpu=gpu)) == want


def test_without_a_queue_everything_fits() -> None:
    """A kind without any queue is unlimited."""
    assert misfits([], deployment("a", 9, cpu=100, gpu={"count": 8})) == []
    assert misfits([CORES], deployment("a", 2, gpu={"count": 8})) == []


def test_what_starts_later_need_not_fit_now() -> None:
    """A cold deployment waits in its queue."""
    cold = {**deployment("a", 0, minReplicas=5), "initial": "cold"}
    assert misfits([CORES], cold) == []
