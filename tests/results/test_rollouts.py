"""What a rollout did, on the hand-made story and on variants of it."""

from dataclasses import replace
from typing import Any

import pytest

from build_record import replace_story, stall
from sim.reasons import Reason
from sim.record import CapacityChange, Decision, RolloutRecord
from sim.results.metrics import Requests
from sim.results.rollouts import rollouts


def rollout(
    *,
    capacity: list[CapacityChange] | None = None,
    horizon_s: float = 200,
    warm_up_s: float = 0,
    **changes: object,
) -> dict[str, Any]:
    """Return the rollout of the story, with other values in its record."""
    (found,) = replace_story().deployments
    found.control.rollouts[0] = replace(found.control.rollouts[0], **changes)  # type: ignore[arg-type] # the names are the record's own
    if capacity is not None:
        found.control.capacity[:] = capacity
    (only,) = rollouts(
        found,
        Requests.of(found).arrived_in(warm_up_s, horizon_s),
        horizon_s=horizon_s,
        warm_up_s=warm_up_s,
        queue_kinds={"cpu": "vcpu", "gpu": "vgpu"},
    )
    return only.model_dump(mode="json")


def test_the_story_of_one_replace() -> None:
    """PUT at 100, switch and full at 140, gone at 160: half of the capacity lost for a moment."""
    found = rollout()

    assert found["cause"] == "replace"
    assert (found["old_revision"], found["new_revision"]) == (0, 1)
    assert (found["put_at_s"], found["switched_at_s"], found["full_at_s"]) == (100, 140, 140)
    assert (found["gone_at_s"], found["ended"], found["ended_at_s"]) == (160, "done", 160)
    assert found["duration_s"] == 40
    assert (found["threads_at_put"], found["threads_at_full"]) == (4, 2)
    assert found["dip_ratio"] == found["cores_dip_ratio"] == 0.5
    assert found["stalls"] == []


def test_before_during_and_after_are_by_arrival() -> None:
    """As long before as during, ten minutes after or to the horizon."""
    found = rollout()
    windows = [found[key] for key in ("before", "during", "after")]

    assert [w["start_at_s"] for w in windows] == [60, 100, 140]
    assert [w["end_at_s"] for w in windows] == [100, 140, 200]
    assert [w["requests"]["arrived"] for w in windows] == [1, 3, 4]
    assert [w["response_s"]["max"] for w in windows] == [5, 22, None]
    assert [w["wait_s"]["mean"] for w in windows] == [1, 2, None]


def test_after_is_ten_minutes_long() -> None:
    """The window does not run to the horizon if that is far."""
    assert rollout(horizon_s=10_000)["after"]["end_at_s"] == 740


def test_before_begins_with_the_run() -> None:
    """A rollout that takes longer than what went before has a shorter "before"."""
    assert rollout(full_at_s=250, horizon_s=300)["before"]["start_at_s"] == 0
    assert rollout(put_at_s=0)["before"] is None


def test_the_deepest_fall_counts_and_threads_and_cores_fall_apart() -> None:
    """From 4 threads to 1 and back, while cores fall from 2 to 1.5; later falls are no dip."""
    found = rollout(
        capacity=[
            CapacityChange(0, 4, 2000),
            CapacityChange(99, 1, 500),
            CapacityChange(99.5, 4, 2000),
            CapacityChange(120, 1, 1500),
            CapacityChange(140, 2, 1800),
            CapacityChange(141, 0, 0),
        ]
    )

    assert (found["dip_ratio"], found["cores_dip_ratio"]) == (0.75, 0.25)


def test_a_gain_of_capacity_is_no_dip() -> None:
    """The window includes the instant before the PUT took effect."""
    found = rollout(capacity=[CapacityChange(0, 4, 2000), CapacityChange(140, 8, 4000)])

    assert (found["dip_ratio"], found["cores_dip_ratio"]) == (0, 0)


def test_without_capacity_there_is_nothing_to_lose() -> None:
    """A dip is relative to what was there; null where nothing was."""
    found = rollout(threads_at_put=0, millicores_at_put=0)

    assert found["dip_ratio"] is found["cores_dip_ratio"] is None


@pytest.mark.parametrize(
    ("ended", "ended_at_s", "end_at_s"), [("open", None, 200), ("superseded", 130, 130)]
)
def test_a_rollout_that_never_got_full_has_no_duration_and_no_after(
    ended: str, ended_at_s: float | None, end_at_s: float
) -> None:
    """It is followed to its end, or to the horizon."""
    found = rollout(
        switched_at_s=None, full_at_s=None, gone_at_s=None, ended=ended, ended_at_s=ended_at_s
    )

    assert [found[key] for key in ("switched_at_s", "full_at_s", "gone_at_s")] == [None] * 3
    assert found["duration_s"] is found["after"] is found["threads_at_full"] is None
    assert found["during"]["end_at_s"] == end_at_s
    assert found["before"]["start_at_s"] == 100 - (end_at_s - 100)


def test_a_stall_names_who_holds_the_queue() -> None:
    """Deployments by revision and state, tenants by name; cores in a vCPU queue."""
    (found,) = rollout(stalls=[stall(is_deadlocked=True, until_s=None)])["stalls"]

    assert found == {
        "since_s": 100,
        "until_s": None,
        "resource": "cpu",
        "is_deadlocked": True,
        "own_old_revision": True,
        "behind": None,
        "behind_in_turn": None,
        "short": None,
        "freed_by": None,
        "holders": [
            {
                "deployment": "api",
                "revision": 0,
                "state": "RESPONSIVE",
                "replicas": 2,
                "cores": 2,
                "gpus": None,
            },
            {
                "deployment": "nightly",
                "revision": None,
                "state": None,
                "replicas": 0,
                "cores": 1,
                "gpus": None,
            },
        ],
    }


def test_a_gpu_queue_is_held_in_gpus() -> None:
    """The same record in a vGPU queue."""
    in_gpu_queue = replace(stall(), resource="gpu")
    (found,) = rollout(stalls=[in_gpu_queue])["stalls"]

    assert [(h["cores"], h["gpus"]) for h in found["holders"]] == [(None, 2000), (None, 1000)]


def test_rollouts_come_in_order_of_time() -> None:
    """A superseded rollout is followed by the one that superseded it."""
    (found,) = replace_story().deployments
    second = RolloutRecord(150, "publish", 1, 2, 2, 1000, live_at_put=1, strategy="blue_green")
    found.control.rollouts.append(second)
    found.control.decisions.append(Decision(150, "rollout", "publish", Reason.ROLLED_OUT))
    both = rollouts(found, Requests.of(found), horizon_s=200, warm_up_s=0, queue_kinds={})

    assert [(r.cause, r.ended) for r in both] == [("replace", "done"), ("publish", "open")]


def test_a_rollout_has_the_number_of_its_event() -> None:
    """A PUT that changed nothing keeps its number, so that a number is one event in every run."""
    (found,) = replace_story().deployments
    found.control.decisions.insert(0, Decision(50, "rollout", "replace", Reason.PUT_KEPT))
    (one,) = rollouts(found, Requests.of(found), horizon_s=200, warm_up_s=0, queue_kinds={})

    assert one.number == 2
