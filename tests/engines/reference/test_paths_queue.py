"""Paths worked by hand through the whole engine: the queue, the line of threads, admission."""

import pytest

from builders import FAST_START, attempts, deployment, run

TIMES = ("arrival_at_s", "start_at_s", "answered_at_s")


def test_first_come_first_served() -> None:
    """One thread takes requests in order of arrival, ties by number, and idles in between."""
    record = run(deployment(at_s=[0, 1, 1, 2, 10], wait_s=[2, 1, 1.5, 0.5, 1]))

    assert attempts(record, *TIMES, "released_at_s", "outcome") == [
        (0, 0, 2, 2, "completed"),
        (1, 2, 3, 3, "completed"),
        (1, 3, 4.5, 4.5, "completed"),
        (2, 4.5, 5, 5, "completed"),
        (10, 10, 11, 11, "completed"),
    ]


def test_arrivals_of_one_instant_come_by_source_then_number() -> None:
    """The order of sources is that of the file, whatever their names."""
    sources = [
        {"kind": "instants", "name": "zeta", "at_s": [1, 1]},
        {"kind": "instants", "name": "alpha", "at_s": [1, 1]},
    ]
    record = run(deployment(traffic=sources, wait_s=1))

    assert attempts(record, "request", "source", "start_at_s") == [
        (0, 0, 1),
        (1, 0, 2),
        (2, 1, 3),
        (3, 1, 4),
    ]


def test_a_freed_thread_goes_to_the_tail_of_the_line() -> None:
    """The thread that has been idle for longest serves next."""
    # Thread 0 is busy until 2, thread 1 until 1: the line is 1, 0.
    record = run(deployment(at_s=[0, 0, 3, 3], wait_s=[2, 1, 5, 5], wire={"threads": 2}))

    assert attempts(record, "start_at_s", "thread") == [(0, 0), (0, 1), (3, 1), (3, 0)]


@pytest.mark.parametrize(
    ("first", "second", "next_thread"),
    [
        pytest.param("wait_s", "wait_s", 0, id="two waits: by start number"),
        pytest.param("cpu_s", "cpu_s", 0, id="two cpu phases: by start number"),
        pytest.param("gpu_s", "cpu_s", 0, id="gpu and cpu are one class: by start number"),
        pytest.param("wait_s", "cpu_s", 1, id="an end of cpu comes before an end of wait"),
        pytest.param("wait_s", "gpu_s", 1, id="an end of gpu comes before an end of wait"),
    ],
)
def test_order_of_ends_at_one_instant(first: str, second: str, next_thread: int) -> None:
    """Both end at 2; who ends first stands first in the line."""
    work = {name: [0.0, 0.0, 0.0] for name in ("wait_s", "cpu_s", "gpu_s")}
    work[first][0] = work[second][1] = 2.0
    record = run(deployment(at_s=[0, 0, 3], **work, wire={"threads": 2, "gpus": 1}))

    assert attempts(record, "answered_at_s", "thread") == [(2, 0), (2, 1), (3, next_thread)]


def test_threads_of_replicas_that_are_there_at_the_start_take_turns() -> None:
    """The first line is by thread number, then replica number."""
    record = run(deployment(at_s=[0] * 5, wait_s=1, wire={"replicas": 2, "threads": 2}))

    assert attempts(record, "start_at_s", "replica", "thread") == [
        (0, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
        (0, 1, 1),
        (1, 0, 0),
    ]


def test_threads_of_a_restarted_replica_are_spread_over_the_line() -> None:
    """Killed at 1, back at 1 + 10 + 2 = 13, beside two idle threads of the other replica."""
    kill = {"event": "kill", "at_s": 1, "deployment": "a", "replicas": {"numbers": [1]}}
    spec = deployment(
        at_s=[2, 13, 13, 13, 13],
        wait_s=1,
        replica=FAST_START,
        wire={"replicas": 2, "threads": 2},
    )
    record = run(spec, timeline=[kill])

    # After the request of 2 the line is 0.1, 0.0 (replica.thread). Behind the ceil(1 * 2 / 2) =
    # first comes 1.0, behind the second 1.1. They join before the arrivals of 13.
    assert attempts(record, "start_at_s", "replica", "thread") == [
        (2, 0, 0),
        (13, 0, 1),
        (13, 1, 0),
        (13, 0, 0),
        (13, 1, 1),
    ]


def test_fewest_in_flight() -> None:
    """The less occupied replica serves; a request that ends at an arrival's instant is gone."""
    record = run(
        deployment(
            at_s=[0, 1, 2, 3, 4],
            wait_s=[10, 1, 10, 10, 10],
            service={"dispatch": "fewest_in_flight"},
            wire={"replicas": 2, "threads": 2},
        )
    )

    # In flight on (0, 1): (0, 0) to 0; (1, 0) to 1; the second ends at 2: (1, 0) to 1 again;
    # (1, 1) to 0; (2, 1): 0 is full, to 1.
    assert attempts(record, "start_at_s", "replica", "thread") == [
        (0, 0, 0),
        (1, 1, 0),
        (2, 1, 0),
        (3, 0, 1),
        (4, 1, 1),
    ]


def test_abandoned_requests_count_as_in_flight() -> None:
    """A replica whose client has left is still occupied."""
    record = run(
        deployment(
            at_s=[0, 2, 3],
            wait_s=10,
            service={"dispatch": "fewest_in_flight"},
            client={"policy": "none", "deadline_s": 1},
            wire={"replicas": 2, "threads": 2},
        )
    )

    assert attempts(record, "replica", "thread") == [(0, 0), (1, 0), (0, 1)]


def test_no_place_to_wait() -> None:
    """With queue_capacity 0 a request needs an idle thread; one that ends now is idle."""
    record = run(
        deployment(at_s=[0, 1, 2, 5, 5], wait_s=[2, 1, 1, 1, 1], service={"queue_capacity": 0})
    )

    # At 5 the first takes the thread before the second arrives.
    assert attempts(record, *TIMES, "released_at_s", "outcome") == [
        (0, 0, 2, 2, "completed"),
        (1, None, 1, None, "queue_full"),
        (2, 2, 3, 3, "completed"),
        (5, 5, 6, 6, "completed"),
        (5, None, 5, None, "queue_full"),
    ]


def test_two_places_to_wait() -> None:
    """The third in the queue is refused; a start makes room at once."""
    record = run(
        deployment(
            at_s=[0, 1, 2, 3, 4, 4], wait_s=[4, 1, 1, 1, 1, 1], service={"queue_capacity": 2}
        )
    )

    # At 4 request 1 has started before 4 arrives, which finds one waiting; 5 finds two.
    assert attempts(record, *TIMES, "outcome") == [
        (0, 0, 4, "completed"),
        (1, 4, 5, "completed"),
        (2, 5, 6, "completed"),
        (3, None, 3, "queue_full"),
        (4, 6, 7, "completed"),
        (4, None, 4, "queue_full"),
    ]


def test_places_to_wait_before_any_replica_is_there() -> None:
    """A cold deployment lets as many wait as fit; they start when it turns responsive, at 2."""
    spec = deployment(
        at_s=[0, 0.5, 2],
        wait_s=1,
        service={"queue_capacity": 1},
        replica=FAST_START,
        initial="cold",
    )
    record = run(spec)

    # At 2: the replica's thread joins and takes request 0 before request 2 arrives.
    assert attempts(record, *TIMES, "outcome") == [
        (0, 2, 3, "completed"),
        (0.5, None, 0.5, "queue_full"),
        (2, 3, 4, "completed"),
    ]


def test_an_arrival_wakes_a_deployment_at_zero() -> None:
    """Even one that is refused for a full queue: asked for at 1, the replica serves from 3 on."""
    spec = deployment(
        at_s=[1, 2, 3],
        wait_s=1,
        service={"queue_capacity": 0},
        replica=FAST_START,
        initial={"kind": "responsive", "responsive_count": 0},
        wire={"minReplicas": 0},
    )

    assert attempts(run(spec), *TIMES, "outcome") == [
        (1, None, 1, "queue_full"),
        (2, None, 2, "queue_full"),
        (3, 3, 4, "completed"),
    ]


def test_order_of_the_checks_at_admission() -> None:
    """Disabled, then the rate limit, then the queue; only what passes the limit counts for it."""
    spec = deployment(
        at_s=[0, 1, 1.5, 2, 3.5, 4],
        wait_s=10,
        service={"queue_capacity": 0, "rate_limit": {"rate_per_s": 1, "burst": 1}},
        replica=FAST_START,
    )
    timeline = [
        {"event": "disable", "at_s": 3, "deployment": "a"},
        {"event": "start", "at_s": 3.75, "deployment": "a"},
    ]
    record = run(spec, timeline=timeline)

    # tat: 0 accepted -> 1; 1 accepted -> 2 (then full); 1.5 < 2: 429, tat stays; 2 accepted -> 3
    # (then full); 3.5 disabled, tat stays; 4 accepted -> 5, no thread yet: full. Had the 429
    # counted, 2 would be one too; had the attempt at 3.5, tat would be 4.5 and 4 a 429.
    assert attempts(record, "arrival_at_s", "answered_at_s", "outcome") == [
        (0, 10, "completed"),
        (1, 1, "queue_full"),
        (1.5, 1.5, "rate_limited"),
        (2, 2, "queue_full"),
        (3.5, 3.5, "disabled"),
        (4, 4, "queue_full"),
    ]


def test_rate_limit_with_burst() -> None:
    """At 1/s with burst 2 the third at once is refused; a second later there is room for one."""
    spec = deployment(
        at_s=[0, 0, 0, 1, 1, 2.5],
        wait_s=1,
        service={"rate_limit": {"rate_per_s": 1, "burst": 2}},
        wire={"threads": 9},
    )

    # tat 1, 2; 2 - 0 > 1: refused; at 1 2 - 1 <= 1: tat 3; 3 - 1 > 1: refused; at 2.5: tat 4.
    assert attempts(run(spec), "arrival_at_s", "outcome") == [
        (0, "completed"),
        (0, "completed"),
        (0, "rate_limited"),
        (1, "completed"),
        (1, "rate_limited"),
        (2.5, "completed"),
    ]


def test_nothing_happens_at_the_horizon() -> None:
    """What would end, start or be tried again at or after it is running, queued, backing off."""
    client = {
        "policy": "custom",
        "max_attempts": 2,
        "retry_on": ["queue_full"],
        "backoff_s": [7],
    }
    spec = deployment(at_s=[0, 1, 2, 3], wait_s=10, service={"queue_capacity": 1}, client=client)
    record = run(spec, horizon_s=10)

    # 2 and 3 are to come again at 9 and 10; at 9 the queue is still full.
    assert attempts(record, "request", "attempt", *TIMES, "released_at_s", "outcome") == [
        (0, 1, 0, 0, None, None, "running"),
        (1, 1, 1, None, None, None, "queued"),
        (2, 1, 2, None, 2, None, "queue_full"),
        (3, 1, 3, None, 3, None, "queue_full"),
        (2, 2, 9, None, 9, None, "queue_full"),
    ]
    assert record.deployments[0].backing_off.tolist() == [3]


def test_two_deployments_do_not_share_threads_or_queues() -> None:
    """Each serves its own requests, numbered on their own."""
    first = deployment(at_s=[0, 0], wait_s=2)
    second = deployment(at_s=[0, 1], wait_s=3) | {"name": "b"}
    record = run(first, second)

    wanted = ("request", "start_at_s", "answered_at_s", "replica")
    assert attempts(record, *wanted) == [(0, 0, 2, 0), (1, 2, 4, 0)]
    assert attempts(record, *wanted, deployment_index=1) == [(0, 0, 3, 0), (1, 3, 6, 0)]
