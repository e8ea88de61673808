"""Waits as they are told: who is in one entry, what an entry says; and the causes of rollouts."""

from dataclasses import replace
from typing import Any

import pytest

from build_record import deployment, replace_story, scenario
from sim.reasons import Reason
from sim.record import (
    CapacityChange,
    ControlLog,
    GivenUp,
    Record,
    RolloutRecord,
    WhyNot,
)
from sim.results.rollout_causes import rollout_causes
from sim.results.waits import queue_waits_by_name, rollout_waits, stall_figures
from sim.states import ReplicaState
from sim.waiting import (
    Asker,
    Cause,
    Freed,
    Holder,
    Need,
    NeverFits,
    Shortage,
    Stall,
    Wait,
)

ONE_CORE = Need("cpu", "vcpu", None, 1000)
TWO_T4 = Need("gpu", "vgpu", "T4", 2)
NO_CORE = Shortage(ONE_CORE, None, 0, 3000)
NO_ROOM = Cause(Reason.NO_ROOM, "cpu", NO_CORE, NO_CORE)
OLD = Holder("api", 0, ReplicaState.RESPONSIVE, 2, 2000)
NIGHTLY = Holder("nightly", None, None, 0, 1000)
OLD_WENT = Freed(Reason.SWITCHED, "api", 0, Reason.LAST_REQUEST_ENDED)


def asker(replica: int, revision: int = 1, name: str = "api") -> Asker:
    """Return a replica that needs one core."""
    return Asker(name, revision, replica, (ONE_CORE,))


def behind(ahead: Asker) -> Cause:
    """Return the cause of one who stands behind another that needs a core."""
    return Cause(Reason.BEHIND, "cpu", NO_CORE, NO_CORE, ahead)


def wait(
    replica: int,
    cause: Cause = NO_ROOM,
    *,
    since_s: float = 100,
    until_s: float | None = 110,
    freed_by: Freed | None = OLD_WENT,
    holders: tuple[Holder, ...] = (OLD, NIGHTLY),
    revision: int = 1,
) -> Wait:
    """Return a wait of a replica of `api`, granted if it ended."""
    found = Wait(asker(replica, revision), since_s, cause, holders, 0)
    found.until_s = until_s
    if until_s is not None:
        found.ended, found.freed_by = "granted", freed_by
    return found


def entries(*waits: Wait) -> list[dict[str, Any]]:
    """Return what is told of waits of one deployment in queue `cpu`."""
    log = ControlLog(waits=list(waits))
    record = Record(scenario(), 0, "reference", (deployment(control=log),), ())
    return [entry.model_dump(mode="json") for entry in queue_waits_by_name(record).get("cpu", [])]


def test_an_entry_says_who_waited_for_what_and_what_ended_it() -> None:
    """All of its fields."""
    (found,) = entries(wait(2))

    assert found == {
        "since_s": 100,
        "until_s": 110,
        "ended": "granted",
        "deployment": "api",
        "revision": 1,
        "replicas": [2],
        "needs": {
            "queue": "cpu",
            "amount": 1,
            "free": 0,
            "limit": 3,
            "unit": "cores",
            "gpu_type": None,
            "any_type": False,
        },
        "code": "no_room",
        "words": "it does not fit into what is free",
        "behind": None,
        "behind_in_turn": None,
        "short": found["needs"],
        "held_by": [
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
        "holders_left_out": 0,
        "freed_by": {
            "code": "switched",
            "words": "api revision 0 (switched over; last request ended)",
            "deployment": "api",
            "revision": 0,
        },
        "never_fits": None,
    }


def test_replicas_that_wait_together_are_one_entry() -> None:
    """The head of the line, and those of its revision that stand behind it for the same time."""
    together = [wait(2), wait(3, behind(asker(2))), wait(4, behind(asker(2)))]

    assert [entry["replicas"] for entry in entries(*together)] == [[2, 3, 4]]


@pytest.mark.parametrize(
    "other",
    [
        wait(3, behind(asker(2)), until_s=120),
        wait(3, behind(asker(2)), until_s=None),
        wait(3, behind(asker(2)), since_s=101),
        wait(3, behind(asker(2)), freed_by=Freed(Reason.LIMIT_RAISED)),
        wait(3, behind(asker(2)), revision=2),
        wait(3, behind(asker(2, name="other"))),
    ],
    ids=["longer", "still", "later", "by another", "of another revision", "behind another"],
)
def test_what_differs_is_another_entry(other: Wait) -> None:
    """In span, end, revision, or for whom it waited."""
    assert [entry["replicas"] for entry in entries(wait(2), other)] == [[2], [3]]


def test_a_wait_of_no_length_is_none() -> None:
    """Granted at the instant at which it was told to wait."""
    assert entries(wait(2, until_s=100)) == []


def test_waits_stand_in_the_queue_in_whose_line_they_are() -> None:
    """The shortage may be in another one."""
    gpu_needed = Shortage(TWO_T4, "T4", 1, 2)
    first = Asker("other", 0, 7, (ONE_CORE, TWO_T4))
    cause = Cause(Reason.BEHIND, "cpu", NO_CORE, gpu_needed, asker(1, name="other"), first)
    held = (Holder("other", 0, ReplicaState.RESPONSIVE, 1, 1),)
    (found,) = entries(wait(2, cause, holders=held))

    assert found["behind"] == {"deployment": "other", "revision": 1, "replica": 1}
    assert found["behind_in_turn"] == {"deployment": "other", "revision": 0, "replica": 7}
    short = found["short"]
    assert (short["queue"], short["amount"], short["free"], short["limit"]) == ("gpu", 2, 1, 2)
    assert (short["unit"], short["gpu_type"]) == ("GPUs", "T4")
    assert [(h["cores"], h["gpus"]) for h in found["held_by"]] == [(None, 1)]


def test_what_never_fits_has_both_numbers() -> None:
    """8 cores against 6; any type of GPU, 4 against 2."""
    cores = wait(2, until_s=None)
    cores.judge(lambda _needs: NeverFits(Need("cpu", "vcpu", None, 8000), None, 6000))
    gpus = wait(3, since_s=120, until_s=None)
    gpus.judge(lambda _needs: NeverFits(Need("gpu", "vgpu", None, 4), "T4", 2))
    one, other = entries(cores, gpus)

    assert (one["code"], other["code"]) == ("never_fits", "never_fits")
    assert one["never_fits"] == {
        "queue": "cpu",
        "resource": "vCPU",
        "asked": 8,
        "largest_limit": 6,
        "unit": "cores",
        "gpu_type": None,
    }
    assert (other["never_fits"]["resource"], other["never_fits"]["gpu_type"]) == ("any GPU", "T4")
    assert (other["never_fits"]["asked"], other["never_fits"]["largest_limit"]) == (4, 2)


def test_a_rollouts_waits_are_those_of_its_revision_while_it_went_on() -> None:
    """Revision 1, from its beginning to 150: not the scale-up at 160, not another revision."""
    every = [wait(2), wait(3, revision=2), wait(4, since_s=160, until_s=170)]
    (found,) = rollout_waits(every, revision=1, until_s=150)

    assert (found.replicas, found.queue) == ((2,), "cpu")


@pytest.mark.parametrize(
    ("freed_by", "holders", "expected"),
    [
        (OLD_WENT, (OLD, NIGHTLY), True),
        (Freed(Reason.SCALE_DOWN, "api", 1), (OLD,), False),  # one of its own
        (Freed(Reason.SCALE_DOWN, "other", 0), (OLD,), False),
        (Freed(Reason.TENANT_LEFT, "nightly"), (OLD, NIGHTLY), False),
        (None, (OLD,), True),
        (None, (OLD, replace(OLD, revision=1)), True),  # and itself
        (None, (replace(OLD, revision=1),), False),
        (None, (OLD, NIGHTLY), False),
        (None, (replace(OLD, deployment="other"),), False),
        (None, (), False),
    ],
)
def test_for_whom_a_rollout_waited(
    freed_by: Freed | None, holders: tuple[Holder, ...], *, expected: bool
) -> None:
    """What freed it tells; else it waited for its own old revision if nobody else held it."""
    until_s = None if freed_by is None else 110
    (found,) = rollout_waits([wait(2, until_s=until_s, freed_by=freed_by, holders=holders)], 1, 200)
    stall = Stall(100, "cpu", holders, until_s=until_s, freed_by=freed_by)
    told = stall_figures(stall, deployment="api", revision=1, kind="vcpu")

    assert found.own_old_revision == told.own_old_revision == expected


def causes(**changes: Any) -> dict[str, Any]:
    """Return the causes of the story's rollout, with other values in its record."""
    (found,) = replace_story().deployments
    if (capacity := changes.pop("capacity", None)) is not None:
        found.control.capacity[:] = [CapacityChange(at_s, n, 500 * n) for at_s, n in capacity]
    record: RolloutRecord = replace(found.control.rollouts[0], **changes)
    return rollout_causes(found, record, horizon_s=200).model_dump(mode="json")


@pytest.mark.parametrize(
    ("capacity", "threads"),
    [
        ([(0, 4), (140, 2)], (2, 60.0, None)),
        ([(0, 4), (140, 2), (150, 3), (170, 5), (180, 1)], (2, 30.0, 170.0)),
        ([(0, 4), (140, 4)], (4, 0.0, None)),
        ([(0, 4), (140, 6), (150, 1)], (6, 0.0, None)),
        ([(0, 4), (120, 1), (130, 4), (140, 3), (141, 4)], (3, 1.0, 141.0)),
    ],
    ids=["never back", "back at 170", "as many", "more", "a dip before"],
)
def test_threads_after_the_switch_against_before(
    capacity: list[tuple[float, int]], threads: tuple[Any, ...]
) -> None:
    """4 threads at the PUT; the switch is at 140: from there to when there were 4 again."""
    found = causes(capacity=capacity)["threads"]

    assert found["at_put"] == 4
    assert (found["after_switch"], found["below_s"], found["restored_at_s"]) == threads


def test_without_a_switch_there_is_nothing_after_it() -> None:
    """Null, and not 0."""
    assert causes(switched_at_s=None)["threads"] == {
        "at_put": 4,
        "after_switch": None,
        "below_s": None,
        "restored_at_s": None,
    }


def test_failed_starts_say_which_and_how_often() -> None:
    """As data, and in the words of why it did not switch."""
    found = causes(
        switched_at_s=None,
        failed_starts={Reason.MODEL_MEMORY: 40, Reason.KILLED: 1},
        why_not_switched=WhyNot(Reason.STARTS_FAILED),
    )

    assert [(f["code"], f["times"]) for f in found["failed_starts"]] == [
        ("model_memory", 40),
        ("killed", 1),
    ]
    assert found["why_not_switched"] == {
        "code": "starts_failed",
        "words": "its starts failed: model_memory is above the memory limit, 40 x; "
        "killed by a fault, 1 x",
        "behind": None,
        "behind_in_turn": None,
        "short": None,
        "held_by": [],
    }


def test_who_was_still_in_line_says_for_whom() -> None:
    """Behind whom, what was short, who held it."""
    why = WhyNot(Reason.STILL_IN_LINE, behind(asker(9, 3, "other")), (OLD,))
    found = causes(switched_at_s=None, why_not_switched=why)["why_not_switched"]

    assert found["code"] == "still_in_line"
    assert found["words"] == (
        "it waited in a resource queue: behind replica 9 of other revision 3; "
        "queue cpu has 0 of 3 cores free, 1 needed"
    )
    assert found["behind"] == {"deployment": "other", "revision": 3, "replica": 9}
    assert [h["cores"] for h in found["held_by"]] == [2]


def test_what_gave_it_up_is_told() -> None:
    """The event, its instant, what it meant, and its revision."""
    found = causes(given_up_by=GivenUp(130, "publish", Reason.SUPERSEDED, 2))

    assert found["given_up_by"] == {
        "at_s": 130,
        "event": "publish",
        "code": "superseded",
        "words": "superseded",
        "revision": 2,
    }
    assert causes()["given_up_by"] is causes()["never_fits"] is causes()["why_not_switched"] is None
