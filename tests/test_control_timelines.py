"""Control timelines worked by hand, every transition with its second, against engine and oracle.

Unless a timeline says otherwise a start takes 50 s: 25 s to pull the image and 5 s for the
container make STARTED, 20 s later the model is loaded. Probes come at STARTED + 0, 10, 20 s; the
third finds the model loaded, which makes RESPONSIVE. A restart skips the pull: 25 s. Replicas that
are there at 0 are probed at 0, 10, 20, ... The autoscaler evaluates every 5 s, from 0 on.
"""

from collections.abc import Callable
from typing import Any

import pytest

from oracle import run as oracle_run
from oracle_compare import engine_run, to_scenario
from oracle_scenarios import Plain, complete
from sim.reasons import Reason
from sim.simulation.run import simulate_record
from sim.states import ReplicaState
from sim.waiting import Freed, Holder

Simulate = Callable[[Plain], dict[str, Plain]]
Life = list[tuple[int, str]]

ONE_THAT_SERVES: Life = [(0, "RESPONSIVE")]


@pytest.fixture(params=[oracle_run, engine_run], ids=["oracle", "engine"])
def simulate(request: pytest.FixtureRequest) -> Simulate:
    """The oracle, then the engine."""
    chosen: Simulate = request.param
    return chosen


def scenario(
    horizon: int,
    *events: Plain,
    queues: tuple[Plain, ...] = (),
    **deployment: Any,
) -> Plain:
    """One deployment, `a`, with what differs from the oracle's defaults."""
    timeline = [event if "queue" in event else {"deployment": "a", **event} for event in events]
    return complete(
        {
            "horizon": horizon,
            "queues": queues,
            "deployments": [{"name": "a", **deployment}],
            "timeline": timeline,
        }
    )


def replace(at: int, **configuration: int) -> Plain:
    """A PUT at `at`."""
    return {"at": at, "event": "replace", "configuration": configuration}


def vcpu(limit: int, **tenants: int) -> Plain:
    """A vCPU queue."""
    uses = {name: {"vcpu": use} for name, use in tenants.items()}
    return {"name": "q", "limits": {"vcpu": limit}, "tenants": uses}


def start(at: int, responsive_after: int = 50) -> Life:
    """An undisturbed start that is requested and granted at `at`."""
    started = at + responsive_after - 20
    responsive = at + responsive_after
    return [(at, "QUEUED"), (at, "STARTING"), (started, "STARTED"), (responsive, "RESPONSIVE")]


def gone(at: int, deleted_at: int | None = None) -> Life:
    """The end of a replica that serves: at once, or when its last request has ended."""
    return [(at, "DECOMMISSIONED"), (at if deleted_at is None else deleted_at, "DELETED")]


def lives(logs: Plain) -> dict[tuple[int, int], Life]:
    """What became of each (revision, replica)."""
    found: dict[tuple[int, int], Life] = {}
    for at, replica, revision, before, after in logs["transitions"]:
        life = found.setdefault((revision, replica), [])
        assert before == (life[-1][1] if life else None)
        life.append((at, after))
    return found


def served(logs: Plain) -> list[tuple[Any, ...]]:
    """Of each attempt: start, answer, release, replica, outcome."""
    return [(row[3], row[4], row[5], row[7], row[9]) for row in logs["attempts"]]


def test_a_first_deployment_starts_cold(simulate: Simulate) -> None:
    """Two replicas are wanted, the queue has room for one until a tenant leaves at 40."""
    logs = simulate(
        scenario(
            100,
            {"at": 40, "event": "tenant", "queue": "q", "tenant": "batch", "use": {"vcpu": 0}},
            queues=(vcpu(2, batch=1),),
            configuration={"min": 2, "max": 2},
            arrivals=[10],
            wait=7,
        )
    )["a"]

    assert lives(logs) == {
        (0, 0): [(0, "QUEUED"), (0, "STARTING"), (30, "STARTED"), (50, "RESPONSIVE")],
        (0, 1): [(0, "QUEUED"), (40, "STARTING"), (70, "STARTED"), (90, "RESPONSIVE")],
    }
    # A replica that is only starting does not make it DEGRADED.
    assert logs["statuses"] == [(0, "STARTING", False), (50, "ACTIVE", True)]
    # The request of 10 waits for the first thread.
    assert served(logs) == [(50, 57, 57, 0, "completed")]


def test_a_healthy_replace_switches_at_the_first_responsive_replica(simulate: Simulate) -> None:
    """PUT at 60: the new replica serves from 110 on, the old one ends what it has until 115."""
    logs = simulate(scenario(130, replace(60, env=1), initial=1, arrivals=[95, 112], wait=[20, 3]))[
        "a"
    ]

    assert lives(logs) == {
        (0, 0): [*ONE_THAT_SERVES, *gone(110, deleted_at=115)],
        (1, 1): start(60),
    }
    assert logs["actions"] == [(60, "roll out", 1), (110, "switch", 1)]
    assert logs["statuses"] == [(0, "ACTIVE", True)]
    assert served(logs) == [(95, 115, 115, 0, "completed"), (112, 115, 115, 1, "completed")]


def test_a_second_replace_supersedes_the_first(simulate: Simulate) -> None:
    """PUTs at 60 and 100; there is room for two replicas, the third gets the second one's place.

    Replica 1 has been STARTED since 90 and is deleted by the PUT at 100, which is of class 1; its
    core is granted to replica 2 in class 4 of the same second.
    """
    logs = simulate(
        scenario(160, replace(60, env=1), replace(100, env=2), queues=(vcpu(2),), initial=1)
    )["a"]

    assert lives(logs) == {
        (0, 0): [*ONE_THAT_SERVES, *gone(150)],
        (1, 1): [(60, "QUEUED"), (60, "STARTING"), (90, "STARTED"), (100, "DELETED")],
        (2, 2): start(100),
    }
    assert sorted(logs["actions"]) == [
        (60, "roll out", 1),
        (100, "roll out", 2),
        (100, "superseded", 1),
        (150, "switch", 2),
    ]


def test_a_replace_with_the_old_configuration_reverts(simulate: Simulate) -> None:
    """The PUT at 85 equals what serves: the pending replica, STARTING, is deleted; no more."""
    logs = simulate(scenario(300, replace(60, env=1), replace(85), initial=1))["a"]

    assert lives(logs) == {
        (0, 0): ONE_THAT_SERVES,
        (1, 1): [(60, "QUEUED"), (60, "STARTING"), (85, "DELETED")],
    }


GPU_STALL = scenario(
    360,
    {"deployment": "a", **replace(60, gpu=1, env=1)},
    {"at": 300, "event": "queue_limit", "queue": "g", "limits": {"T4": 2}},
    queues=({"name": "g", "limits": {"T4": 1}, "tenants": {}},),
    configuration={"gpu": 1},
    initial=1,
)


def test_a_replace_that_waits_for_its_own_gpu_waits_for_another_one(simulate: Simulate) -> None:
    """The only T4 is held by the replica that is to be replaced; a second one comes at 300."""
    logs = simulate(GPU_STALL)["a"]

    assert lives(logs) == {
        (0, 0): [*ONE_THAT_SERVES, *gone(350)],
        (1, 1): [(60, "QUEUED"), (300, "STARTING"), (330, "STARTED"), (350, "RESPONSIVE")],
    }


def test_the_stall_names_its_holder_and_what_ended_it() -> None:
    """It begins when the replica was queued and ends with the grant: so it was no deadlock."""
    rollout = simulate_record(to_scenario(GPU_STALL)).deployments[0].control.rollouts[0]

    (stall,) = rollout.stalls
    assert (stall.since_s, stall.until_s, stall.resource) == (60, 300, "g")
    assert stall.holders == (Holder("a", 0, ReplicaState.RESPONSIVE, 1, 1),)
    assert stall.freed_by == Freed(Reason.LIMIT_RAISED)
    assert not stall.is_deadlocked


BUSY_UP_TO_MAX = scenario(
    250,
    configuration={"min": 1, "max": 2},
    initial=1,
    arrivals=[2, 116],
    wait=[200, 200],
    timeout=1000,
)


def test_load_scales_up_to_the_maximum_and_is_held_there(simulate: Simulate) -> None:
    """One thread a replica. Load is 1 from 2 on; the delay of 60 s is 12 intervals of 5 s.

    Evaluations with load 1: 5, 10, ..., the 13th is that of 65 and adds replica 1. At 115 it is
    RESPONSIVE (class 3) before the evaluation (class 5), but took no request before it: that
    evaluation sees 1 / 1 too, the 11th of the next delay, whose first is that of 65. At 120 both
    are busy, and at 125 load is 1 for the 13th time: two live replicas are the maximum. The request
    of 2 ends at 202, so evaluations from 205 on see 1 / 2.
    """
    logs = simulate(BUSY_UP_TO_MAX)["a"]

    assert lives(logs) == {(0, 0): ONE_THAT_SERVES, (0, 1): start(65)}
    assert logs["actions"] == [(65, "up", 1)]
    assert served(logs) == [(2, 202, 202, 0, "completed"), (116, None, None, 1, "running")]


def test_being_held_at_the_maximum_is_logged_once() -> None:
    """The evaluations of 125 to 200 all want one more; the log says so at 125."""
    log = simulate_record(to_scenario(BUSY_UP_TO_MAX)).deployments[0].control

    held = [(x.at_s, x.load, x.live) for x in log.decisions if x.reason is Reason.AT_MAX]
    assert held == [(125, 1.0, 2)]


def test_equal_thresholds_make_a_sawtooth(simulate: Simulate) -> None:
    """Three requests at all times on replicas of four threads: 3 / 8 with two, 3 / 4 with one.

    Three requests start together at 1 and last until 265, the next three follow at once, for 384 s,
    and so on: 265, 649, 1033, 1417, 1801, ... A tick always sees three, except that of 0.
    Down: 30 min are 360 intervals, the 361st evaluation is that of 1800 and takes a replica.
    Up: 1805 is the first evaluation with 3 / 4, 1865 the 13th; the new one serves from 1915 on and
    counts from 1920 on, whose evaluation sees 3 / 8: the first of 361, the last of which is that of
    3720. So the period is 1800 + 5 + 60 + 50 + 5 = 1920 s.

    Who goes: the line at 0 is thread 0 of replica 0, thread 0 of replica 1, thread 1 of replica 0
    and so on, alternating: 0 1 0 1 0 1 0 1. Three leave its head and join its tail when they end.
    Taken at 1: 0 1 0, at 265: 1 0 1, at 649: 0 1 0, at 1033: 1 0 1, at 1417: 0 1 0. So at 1800
    replica 1 has the fewest, one, which ends at 1801.
    At 1915 one thread of replica 0 is idle, all four of replica 2 join behind it: 0 2 2 2 2. The
    three of replica 0 follow at 2185: 0 2 2 2 2 0 0 0. Taken at 2185: 0 2 2, at 2569: 2 2 0, at
    2953: 0 0 0, at 3337: 2 2 2. At 3720 replica 0 has none and is gone at once.
    """
    begins = [1, *range(265, 3722, 384)]
    lengths = [264, *[384] * (len(begins) - 1)]
    logs = simulate(
        scenario(
            3840,
            configuration={"min": 1, "max": 2, "threads": 4, "cpu": 4},
            initial=2,
            arrivals=[at for at in begins for _ in range(3)],
            wait=[length for length in lengths for _ in range(3)],
            timeout=1000,
        )
    )["a"]

    assert begins[-1] == 3721
    assert lives(logs) == {
        (0, 0): [*ONE_THAT_SERVES, *gone(3720)],
        (0, 1): [*ONE_THAT_SERVES, *gone(1800, deleted_at=1801)],
        (0, 2): start(1865),
        (0, 3): start(3785),
    }
    assert sorted(logs["actions"]) == [
        (1800, "down", 1),
        (1865, "up", 2),
        (3720, "down", 0),
        (3785, "up", 3),
    ]


def test_a_deployment_scales_from_zero_and_back(simulate: Simulate) -> None:
    """An arrival at 12 asks for a replica at once; a minute without any takes it away.

    The request starts when the replica is RESPONSIVE, at 62, and ends at 65. Last arrival and
    request of the replica are at 12: the first evaluation at or after 12 + 60 is that of 75.
    """
    logs = simulate(
        scenario(
            135,
            configuration={"min": 0, "up_delay": 60, "down_delay": 60},
            initial=0,
            arrivals=[12, 80],
            wait=3,
        )
    )["a"]

    assert lives(logs) == {(0, 0): [*start(12), *gone(75)], (0, 1): start(80)}
    assert logs["actions"] == [(12, "from zero", 0), (75, "to zero", 0), (80, "from zero", 1)]
    assert logs["statuses"] == [
        (0, "ACTIVE", False),  # nothing live; then on the way up from zero
        (62, "ACTIVE", True),
        (75, "ACTIVE", False),
        (130, "ACTIVE", True),
    ]
    assert served(logs) == [(62, 65, 65, 0, "completed"), (130, 133, 133, 1, "completed")]


def test_failing_starts_back_off_until_one_succeeds(simulate: Simulate) -> None:
    """Starts that begin in [0, 120) fail: at 0, 40, 65 and 110; waits are 10, 20, 40, 80 s.

    The first pulls: its container would be up at 30. The others fail 5 s after they began.
    The third failure in a row, at 70, makes FAILED; the start of 195 succeeds and leaves it at 220.
    """
    logs = simulate(scenario(230, {"at": 0, "event": "fail_starts", "for": 120}))["a"]

    assert lives(logs) == {
        (0, 0): [
            *[(0, "QUEUED"), (0, "STARTING"), (30, "STARTING_ERROR")],
            *[(40, "STARTING"), (45, "STARTING_ERROR")],
            *[(65, "STARTING"), (70, "STARTING_ERROR")],
            *[(110, "STARTING"), (115, "STARTING_ERROR")],
            *[(195, "STARTING"), (200, "STARTED"), (220, "RESPONSIVE")],
        ]
    }
    assert logs["statuses"] == [
        (0, "STARTING", False),
        (70, "FAILED", False),
        (220, "ACTIVE", True),
    ]


def test_ten_minutes_of_health_make_back_offs_short_again(simulate: Simulate) -> None:
    """Kills at 10, 645 and 1279; restarts take 25 s, and are RESPONSIVE at 45 and 680.

    The spell from 45 to 645 is ten minutes to the second: its back-off is 10 s, like the first.
    That from 680 to 1279 is a second short: 20 s.
    """
    kills = [{"at": at, "event": "kill", "replicas": {"count": 1}} for at in (10, 645, 1279)]
    logs = simulate(scenario(1300, *kills, initial=1))["a"]

    assert lives(logs) == {
        (0, 0): [
            *[(0, "RESPONSIVE"), (10, "STARTING_ERROR")],
            *[(20, "STARTING"), (25, "STARTED"), (45, "RESPONSIVE"), (645, "STARTING_ERROR")],
            *[(655, "STARTING"), (660, "STARTED"), (680, "RESPONSIVE"), (1279, "STARTING_ERROR")],
            (1299, "STARTING"),
        ]
    }


def test_a_replica_that_hangs_is_found_out_killed_and_restarted(simulate: Simulate) -> None:
    """A hang at 15: misses at 20, 30, 40; killed 120 s later; the restart ends the hang.

    The request of 12 has 97 of its 100 s left when it freezes, and is lost at 160. That of 33 is
    given to the replica, whose second thread is still in the line; it freezes at once, and is lost
    too.
    """
    logs = simulate(
        scenario(
            250,
            {"at": 15, "event": "hang", "replicas": "all", "for": None},
            configuration={"threads": 2, "cpu": 2},
            initial=1,
            arrivals=[12, 33],
            wait=[100, 1],
        )
    )["a"]

    assert lives(logs) == {
        (0, 0): [
            *[(0, "RESPONSIVE"), (40, "UNRESPONSIVE"), (160, "STARTING_ERROR")],
            *[(170, "STARTING"), (175, "STARTED"), (195, "RESPONSIVE")],
        ]
    }
    assert logs["statuses"] == [
        (0, "ACTIVE", True),
        (40, "FAILED", False),  # every live replica is UNRESPONSIVE
        (160, "STARTING", False),
        (195, "ACTIVE", True),
    ]
    assert served(logs) == [
        (12, 160, 160, 0, "replica_killed"),
        (33, 160, 160, 0, "replica_killed"),
    ]


def test_disable_drains_and_start_begins_anew(simulate: Simulate) -> None:
    """Disabled at 20 with two requests running and one queued; started at 30 with what was PUT.

    The PUT of 25 is stored. The replicas of before end what they have, at 40 and 50.
    """
    logs = simulate(
        scenario(
            90,
            {"at": 20, "event": "disable"},
            replace(25, min=1, max=1, env=1),
            {"at": 30, "event": "start"},
            configuration={"min": 2, "max": 2},
            initial=2,
            arrivals=[10, 10, 15, 22, 35],
            wait=[30, 40, 1, 1, 1],
        )
    )["a"]

    assert lives(logs) == {
        (0, 0): [*ONE_THAT_SERVES, *gone(20, deleted_at=40)],
        (0, 1): [*ONE_THAT_SERVES, *gone(20, deleted_at=50)],
        (1, 2): start(30),
    }
    assert logs["statuses"] == [
        (0, "ACTIVE", True),
        (20, "DISABLED", False),
        (30, "STARTING", False),
        (80, "ACTIVE", True),
    ]
    assert served(logs) == [
        (10, 40, 40, 0, "completed"),
        (10, 50, 50, 1, "completed"),
        (None, 20, None, -1, "disabled"),
        (None, 22, None, -1, "disabled"),
        (80, 81, 81, 2, "completed"),
    ]


def test_a_successor_comes_before_a_lifetime_ends(simulate: Simulate) -> None:
    """Lifetime 200 s, start_timeout 60 s: the successor is requested 140 s after RESPONSIVE.

    maxReplicas is 1, and two are live from 140 to 200 and from 330 to 390.
    """
    logs = simulate(scenario(400, initial=1, lifetime=200, start_timeout=60))["a"]

    assert lives(logs) == {
        (0, 0): [*ONE_THAT_SERVES, *gone(200)],
        (0, 1): [*start(140), *gone(390)],
        (0, 2): start(330),
    }


def test_switching_when_all_are_responsive_waits_for_the_last(simulate: Simulate) -> None:
    """Two new replicas; a tenant keeps the second one QUEUED until 100, the switch is at 150.

    The request of 120 goes to the old revision, although a new replica is RESPONSIVE since 110.
    """
    logs = simulate(
        scenario(
            160,
            replace(60, min=2, max=2, env=1),
            {"at": 100, "event": "tenant", "queue": "q", "tenant": "batch", "use": {"vcpu": 0}},
            queues=(vcpu(4, batch=1),),
            configuration={"min": 2, "max": 2},
            initial=2,
            switch_when="all",
            arrivals=[120],
            wait=2,
        )
    )["a"]

    assert lives(logs) == {
        (0, 0): [*ONE_THAT_SERVES, *gone(150)],
        (0, 1): [*ONE_THAT_SERVES, *gone(150)],
        (1, 2): start(60),
        (1, 3): [(60, "QUEUED"), (100, "STARTING"), (130, "STARTED"), (150, "RESPONSIVE")],
    }
    assert logs["actions"] == [(60, "roll out", 1), (150, "switch", 1)]
    assert served(logs) == [(120, 122, 122, 0, "completed")]


def test_a_failed_start_of_the_new_revision_leaves_the_old_one_serving(simulate: Simulate) -> None:
    """The new model takes 101 of 100 bytes: it fails when loaded, at 110, and again and again.

    Waits of 10, 20, 40, 80 s after failures at 110, 145, 190, 255 and so on: a restart loads the
    model 25 s after it began. The timeline ends before the fifth failure, at 360.
    """
    publish = {"at": 60, "event": "publish", "model_memory": 101}
    logs = simulate(scenario(350, publish, initial=1, arrivals=[300], wait=5))["a"]

    assert lives(logs) == {
        (0, 0): ONE_THAT_SERVES,
        (1, 1): [
            *[(60, "QUEUED"), (60, "STARTING"), (90, "STARTED"), (110, "STARTING_ERROR")],
            *[(120, "STARTING"), (125, "STARTED"), (145, "STARTING_ERROR")],
            *[(165, "STARTING"), (170, "STARTED"), (190, "STARTING_ERROR")],
            *[(230, "STARTING"), (235, "STARTED"), (255, "STARTING_ERROR")],
            *[(335, "STARTING"), (340, "STARTED")],
        ],
    }
    assert logs["statuses"] == [(0, "ACTIVE", True)]
    assert served(logs) == [(300, 305, 305, 0, "completed")]
