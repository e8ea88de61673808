"""Paths worked by hand through the whole engine: lost requests, retries, disable and publish."""

import pytest

from builders import FAST_START, attempts, deployment, run

TIMES = ("arrival_at_s", "start_at_s", "answered_at_s", "released_at_s")
GIB = 2**30
QUARTER = GIB // 4
HALF = GIB // 2


def event(kind: str, at_s: float, **settings: object) -> dict[str, object]:
    """Return an event of the timeline."""
    return {"event": kind, "at_s": at_s, "deployment": "a", **settings}


def custom(retry_on: list[str], backoff_s: list[float], max_attempts: int) -> dict[str, object]:
    """Return a client that retries so."""
    return {
        "policy": "custom",
        "retry_on": retry_on,
        "backoff_s": backoff_s,
        "max_attempts": max_attempts,
    }


def test_memory_up_to_the_limit_is_fine_and_a_byte_more_kills() -> None:
    """Two halves fit; at 2 one byte more takes all three down, the restart serves what waits."""
    spec = deployment(
        at_s=[0, 1, 2, 3],
        wait_s=[10, 10, 10, 1],
        memory_bytes=[HALF, HALF, 1, 0],
        replica=FAST_START,
        wire={"threads": 3, "memory": "1GiB"},
    )

    # Back at 2 + 10 (back-off) + 2 = 14.
    assert attempts(run(spec), *TIMES, "outcome") == [
        (0, 0, 2, 2, "out_of_memory"),
        (1, 1, 2, 2, "out_of_memory"),
        (2, 2, 2, 2, "out_of_memory"),
        (3, 14, 15, 15, "completed"),
    ]


def test_the_loaded_model_counts_into_memory() -> None:
    """Beside three quarters of model one quarter fits, and one byte more does not."""
    spec = deployment(
        at_s=[0, 20, 21],
        wait_s=2,
        memory_bytes=[QUARTER, QUARTER, 1],
        replica=FAST_START | {"model_memory_bytes": 3 * QUARTER},
        wire={"threads": 3, "memory": "1GiB"},
    )

    assert attempts(run(spec), *TIMES, "outcome") == [
        (0, 0, 2, 2, "completed"),
        (20, 20, 21, 21, "out_of_memory"),
        (21, 21, 21, 21, "out_of_memory"),
    ]


def test_memory_is_checked_after_each_single_start() -> None:
    """Of four that wait the second exceeds; the other two stay in order until the restart."""
    spec = deployment(
        at_s=[0, 0, 0, 0],
        wait_s=[1, 1, 1, 2],
        memory_bytes=[HALF, HALF + 1, 1, 1],
        replica=FAST_START,
        initial="cold",
        wire={"threads": 4, "memory": "1GiB"},
    )

    # RESPONSIVE at 2, killed at 2, RESPONSIVE again at 14.
    assert attempts(run(spec), *TIMES, "thread", "outcome") == [
        (0, 2, 2, 2, 0, "out_of_memory"),
        (0, 2, 2, 2, 1, "out_of_memory"),
        (0, 14, 15, 15, 0, "completed"),
        (0, 14, 16, 16, 1, "completed"),
    ]


def test_a_killed_replicas_idle_threads_leave_the_line() -> None:
    """What comes behind the start that exceeds goes to the other replica."""
    spec = deployment(
        at_s=[0, 0, 0, 0, 0],
        wait_s=1,
        memory_bytes=[3 * QUARTER, 3 * QUARTER, HALF, 1, 1],
        replica=FAST_START,
        initial="cold",
        wire={"replicas": 2, "threads": 3, "memory": "1GiB"},
    )

    # The line at 2, as replica.thread: 0.0, 1.0, 0.1, 1.1, 0.2, 1.2. The third start exceeds on
    # replica 0, which takes 0.2 out of the line.
    assert attempts(run(spec), "start_at_s", "answered_at_s", "replica", "thread", "outcome") == [
        (2, 2, 0, 0, "out_of_memory"),
        (2, 3, 1, 0, "completed"),
        (2, 2, 0, 1, "out_of_memory"),
        (2, 3, 1, 1, "completed"),
        (2, 3, 1, 2, "completed"),
    ]


def test_retries_after_out_of_memory_make_it_worse() -> None:
    """All that were lost come again at once, behind new arrivals, and take it down once more."""
    spec = deployment(
        at_s=[0, 1, 1],
        wait_s=10,
        memory_bytes=[HALF, HALF + 1, 0],
        replica=FAST_START,
        client=custom(["out_of_memory"], [0], 2),
        wire={"threads": 2, "memory": "1GiB"},
    )

    # Killed at 1, back at 13. In the queue: 2, then the retries of 0 and 1. 2 and 0 start at 13;
    # they end at 23, where 1 starts alone.
    assert attempts(run(spec), "request", "attempt", *TIMES, "outcome") == [
        (0, 1, 0, 0, 1, 1, "out_of_memory"),
        (1, 1, 1, 1, 1, 1, "out_of_memory"),
        (2, 1, 1, 13, 23, 23, "completed"),
        (0, 2, 1, 13, 23, 23, "completed"),
        (1, 2, 1, 23, 33, 33, "completed"),
    ]


def test_a_killed_replica_loses_what_it_serves() -> None:
    """What would end at that very instant too; the queue waits for the restart."""
    spec = deployment(at_s=[0, 0, 1], wait_s=[2, 5, 1], replica=FAST_START, wire={"threads": 2})
    record = run(spec, timeline=[event("kill", 2, replicas="all")])

    assert attempts(record, *TIMES, "outcome") == [
        (0, 0, 2, 2, "replica_killed"),
        (0, 0, 2, 2, "replica_killed"),
        (1, 14, 15, 15, "completed"),
    ]


def test_disable_fails_the_queue_and_lets_running_requests_end() -> None:
    """[doc] Queued requests and later arrivals get 503; what runs goes on."""
    record = run(deployment(at_s=[0, 1, 2, 3, 4], wait_s=10), timeline=[event("disable", 3)])

    assert attempts(record, *TIMES, "outcome") == [
        (0, 0, 10, 10, "completed"),
        (1, None, 3, None, "disabled"),
        (2, None, 3, None, "disabled"),
        (3, None, 3, None, "disabled"),
        (4, None, 4, None, "disabled"),
    ]


def test_grace_of_thirty_seconds_expires() -> None:
    """A replica that leaves at 10 loses at 40 what still runs, an end at 40 included."""
    spec = deployment(
        at_s=[0, 0, 0, 0],
        wait_s=[100, 20, 40, 100],
        replica={"grace_s": 30},
        client={"policy": "none", "deadline_s": {"kind": "sequence", "values": [999, 999, 999, 5]}},
        wire={"threads": 4},
    )
    record = run(spec, timeline=[event("disable", 10)])

    # The client of the last left at 5: only its thread is lost.
    assert attempts(record, "answered_at_s", "released_at_s", "outcome") == [
        (40, 40, "grace_over"),
        (20, 20, "completed"),
        (40, 40, "grace_over"),
        (5, 40, "client_timeout"),
    ]


def test_a_draining_replica_that_hangs_goes_on_draining() -> None:
    """Its request has 2 of 4 s left at 2 and ends at 7; no probe brings the replica back."""
    spec = deployment(at_s=[0], wait_s=4, replica={"probe": {"period_s": 1}})
    timeline = [event("disable", 1), event("hang", 2, replicas={"numbers": [0]}, for_s=3)]
    record = run(spec, timeline=timeline)

    assert attempts(record, *TIMES, "outcome") == [(0, 0, 7, 7, "completed")]
    assert [t.after.name for t in record.deployments[0].control.transitions] == [
        "RESPONSIVE",
        "DECOMMISSIONED",
        "DELETED",
    ]


def test_by_default_an_expiry_can_only_hit_abandoned_requests() -> None:
    """Grace is as long as the timeout: what started before the end was answered by then."""
    spec = deployment(at_s=[0], wait_s=1000)
    record = run(spec, timeline=[event("disable", 10)], horizon_s=1000)

    assert attempts(record, "answered_at_s", "released_at_s", "outcome") == [
        (300, 310, "inference_timeout")
    ]


def test_requests_started_after_a_switch_ask_what_the_new_version_asks() -> None:
    """Published at 5, responsive at 7: old work ends on the old replica, the queue moves over."""
    own = {"kind": "instants", "name": "own", "at_s": [14], "demands": {"wait_s": 0.5}}
    given = {"kind": "instants", "name": "given", "at_s": [4.5, 6.5, 6.75, 8]}
    spec = deployment(traffic=[given, own], wait_s=1, replica=FAST_START)
    record = run(spec, timeline=[event("publish", 5, request={"wait_s": 3})])

    # The request of 6.5 runs on revision 0 until 7.5; that of 6.75 is taken over at the switch.
    # A source with demands of its own keeps them.
    assert attempts(record, "start_at_s", "answered_at_s", "revision", "replica") == [
        (4.5, 5.5, 0, 0),
        (6.5, 7.5, 0, 0),
        (7, 10, 1, 1),
        (10, 13, 1, 1),
        (14, 14.5, 1, 1),
    ]


def test_retries_come_behind_new_arrivals_and_wait_as_told() -> None:
    """A wait of 0 is an arrival of the same instant; the last wait stands for all later ones."""
    spec = deployment(
        at_s=[0, 1, 1],
        wait_s=[5, 0.5, 9],
        service={"queue_capacity": 0},
        client=custom(["queue_full"], [0, 4], 4),
    )

    # At 1: 1 and 2, then both again by request. At 5 the thread is free: 1 gets it, 2 does not
    # and comes again at 9, the last time.
    assert attempts(run(spec), "request", "attempt", *TIMES, "outcome") == [
        (0, 1, 0, 0, 5, 5, "completed"),
        (1, 1, 1, None, 1, None, "queue_full"),
        (2, 1, 1, None, 1, None, "queue_full"),
        (1, 2, 1, None, 1, None, "queue_full"),
        (2, 2, 1, None, 1, None, "queue_full"),
        (1, 3, 5, 5, 5.5, 5.5, "completed"),
        (2, 3, 5, None, 5, None, "queue_full"),
        (2, 4, 9, 9, 18, 18, "completed"),
    ]


def test_a_client_gives_up_after_its_last_attempt() -> None:
    """Two attempts in all, however the second ends."""
    spec = deployment(
        at_s=[0, 1],
        wait_s=50,
        service={"queue_capacity": 0},
        client=custom(["queue_full"], [2], 2),
    )

    assert attempts(run(spec), "request", "attempt", "arrival_at_s", "outcome") == [
        (0, 1, 0, "completed"),
        (1, 1, 1, "queue_full"),
        (1, 2, 3, "queue_full"),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_sdk_makes_four_attempts_with_waits_of_quarter_seconds(seed: int) -> None:
    """[doc] Before attempt n + 1 it waits 250 ms times a whole number of at most 2^n."""
    spec = deployment(
        at_s=[0, 1],
        wait_s=90,
        service={"queue_capacity": 0},
        client={"policy": "sdk"},
    )
    refused = attempts(run(spec, seed=seed), "attempt", "arrival_at_s", "outcome")[1:]

    assert [(number, outcome) for number, _, outcome in refused] == [
        (number, "queue_full") for number in (1, 2, 3, 4)
    ]
    at_s = [arrival_at_s for _, arrival_at_s, _ in refused]
    for number in (1, 2, 3):
        assert (at_s[number] - at_s[number - 1]) / 0.25 in range(2**number + 1)


def test_sdk_does_not_retry_after_500() -> None:
    """[doc] A timeout is final."""
    spec = deployment(
        at_s=[0], wait_s=9, service={"timeout_s": 3}, client={"policy": "sdk"}, wire={"threads": 2}
    )

    assert attempts(run(spec), "attempt", "outcome") == [(1, "inference_timeout")]


@pytest.mark.parametrize(
    ("answer", "attempt_count"),
    [
        pytest.param("503", 2, id="503 is tried again, and served by the other replica"),
        pytest.param("InferenceFailure", 1, id="InferenceFailure is a 500"),
    ],
)
def test_what_a_lost_request_is_answered(answer: str, attempt_count: int) -> None:
    """The setting decides whether the SDK tries again; the outcome is the same."""
    spec = deployment(
        at_s=[0],
        wait_s=5,
        service={"lost_request": answer},
        client={"policy": "sdk"},
        wire={"replicas": 2},
    )
    record = run(spec, timeline=[event("kill", 2, replicas={"numbers": [0]})])

    outcomes = [outcome for (outcome,) in attempts(record, "outcome")]
    assert outcomes == ["replica_killed", "completed"][:attempt_count]
