"""Who holds what: by hand, and against what every queue has in use."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given

from build_record import replace_story
from builders import deployment, scenario
from path_scenarios import engine_scenarios
from sim.results.result import Result
from sim.results.steps import align, steps
from sim.results.table import Table
from sim.results.timeline import Steps
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate

TENANT_LEAVES = {"event": "tenant", "at": "110s", "queue": "cpu", "tenant": "nightly", "use": 0}
STORY = Result(replace_story(timeline=[TENANT_LEAVES])).holders


def held(table: Table) -> dict[tuple[object, ...], list[tuple[float, float]]]:
    """What each holder has, as (instant, amount), by queue, type of GPU, name and revision."""
    names = ("queue", "gpu_type", "holder", "revision", "at_s", "used")
    rows = zip(*(table[name].tolist() for name in names), strict=True)
    return {
        key: [(at_s, used) for *_, at_s, used in found]
        for key, found in groupby(rows, key=lambda row: tuple(row[:4]))
    }


def test_a_grant_is_held_from_leaving_the_queue_until_the_replica_is_deleted() -> None:
    """The story: replica 0 goes at 140, replica 1 drains to 160, replica 2 is granted at 110."""
    assert held(STORY) == {
        ("cpu", None, "nightly", -1): [(0, 1), (110, 0)],
        ("cpu", None, "api", 0): [(0, 2), (140, 1), (160, 0)],
        ("cpu", None, "api", 1): [(0, 0), (110, 1)],
    }


def test_the_columns_tell_unit_and_nothing() -> None:
    """Cores have no type of GPU, tenants no revision."""
    assert STORY.columns == ("queue", "at_s", "unit", "gpu_type", "holder", "revision", "used")
    frame = STORY.to_arrow()
    assert set(frame.column("unit").to_pylist()) == {"cores"}
    assert frame.column("gpu_type").null_count == len(STORY)
    assert frame.column("revision").to_pylist()[:3] == [None, None, 0]


def test_what_is_held_of_each_type_of_gpu_is_told_apart() -> None:
    """Two replicas of any type of two GPUs: one T4 pair is free, so that one takes the A10Gs.

    A tenant has one T4 and one A10G from the start and gives the A10G back at 50 s; a deployment
    that asks for no GPU is not there.
    """
    run = simulate(
        scenario(
            deployment(name="any", wire={"replicas": 2, "gpu": {"count": 2}}),
            deployment(name="none", wire={"replicas": 1}),
            queues=[
                {
                    "kind": "vgpu",
                    "name": "gpus",
                    "limits": {"T4": 4, "A10G": 3},
                    "tenants": {"lab": {"T4": 1, "A10G": 1}},
                }
            ],
            timeline=[
                {
                    "event": "tenant",
                    "at_s": 50.0,
                    "queue": "gpus",
                    "tenant": "lab",
                    "use": {"T4": 1},
                }
            ],
        )
    )
    assert held(run.holders) == {
        ("gpus", "T4", "lab", -1): [(0, 1)],
        ("gpus", "A10G", "lab", -1): [(0, 1), (50, 0)],
        ("gpus", "T4", "any", 0): [(0, 2)],
        ("gpus", "A10G", "any", 0): [(0, 2)],
    }


def test_a_restart_keeps_its_grant_and_who_stands_in_no_queue_holds_nothing() -> None:
    """A replica is killed and starts again; another deployment has no queue."""
    kill = {"event": "kill", "at_s": 20.0, "deployment": "a", "replicas": "all"}
    run = simulate(
        scenario(
            deployment(wire={"replicas": 2}, queues={"vcpu": "cores"}),
            queues=[
                {"kind": "vcpu", "name": name, "limit_millicores": 9000}
                for name in ("other", "cores")
            ],
            timeline=[kill],
        )
    )
    assert held(run.holders) == {("cores", None, "a", 0): [(0, 2)]}


def used(table: Table, queue: str, gpu_type: str | None) -> Steps:
    """What is in use of one resource."""
    rows = table.where("queue", queue)
    rows = rows if gpu_type is None else rows.where("gpu_type", gpu_type)
    return steps(rows["at_s"], rows["used"])


@pytest.mark.parametrize("keep", ["attempts", "summary"])
@given(drawn_run=engine_scenarios())
def test_what_holders_have_is_what_is_in_use(drawn_run: Scenario, keep: str) -> None:
    """At every instant at which either changes, in every queue and of every type of GPU."""
    result = simulate(drawn_run, keep=keep)  # type: ignore[arg-type] # a literal, parametrised
    queues, holders = result.queues, held(result.holders)
    resources = set(zip(queues["queue"].tolist(), queues["gpu_type"].tolist(), strict=True))
    assert {key[:2] for key in holders} <= resources
    for queue, gpu_type in resources:
        in_use = used(queues, queue, gpu_type)
        mine = [
            Steps(*np.array(rows).T)
            for key, rows in holders.items()
            if key[:2] == (queue, gpu_type)
        ]
        at_s = np.unique(np.concatenate([in_use.at_s, *(found.at_s for found in mine)]))
        total = sum((align(found, at_s) for found in mine), np.zeros(at_s.size))
        # In millicores, as sums of cores would be rounded.
        np.testing.assert_array_equal(np.rint(total * 1000), np.rint(align(in_use, at_s) * 1000))
