"""Paths worked by hand through the whole engine: timeouts, impatient clients, abandonment."""

from builders import FAST_START, attempts, deployment, run

TIMES = ("arrival_at_s", "start_at_s", "answered_at_s", "released_at_s")
HALF_BYTES = 2**29


def impatient(*deadline_s: float) -> dict[str, object]:
    """Return a client that does not retry and waits so long for request 0, 1, ..."""
    return {"policy": "none", "deadline_s": {"kind": "sequence", "values": list(deadline_s)}}


def test_a_request_that_ends_at_its_deadline_succeeds() -> None:
    """Ends come before deadlines; a hair later it would be abandoned."""
    record = run(deployment(at_s=[0, 10], wait_s=[3, 3.125], service={"timeout_s": 3}))

    assert attempts(record, *TIMES, "outcome") == [
        (0, 0, 3, 3, "completed"),
        (10, 10, 13, 13.125, "inference_timeout"),
    ]


def test_a_request_that_could_only_start_at_its_deadline_does_not() -> None:
    """Deadlines come before starts: the thread goes to the one behind it, at the same instant."""
    record = run(deployment(at_s=[0, 0, 1], wait_s=[3, 1, 1], service={"timeout_s": 3}))

    assert attempts(record, *TIMES, "outcome") == [
        (0, 0, 3, 3, "completed"),
        (0, None, 3, None, "inference_timeout"),
        (1, 3, 4, 4, "completed"),
    ]


def test_no_patience_at_all() -> None:
    """A deadline of 0 is over before the start that would come at the same instant."""
    record = run(deployment(at_s=[1], wait_s=0, client=impatient(0)))

    assert attempts(record, *TIMES, "outcome") == [(1, None, 1, None, "client_timeout")]


def test_the_lesser_of_timeout_and_client_deadline_counts() -> None:
    """The client's only if it is strictly shorter; three requests of 10 s against 3 s."""
    spec = deployment(
        at_s=[0, 0, 0],
        wait_s=10,
        service={"timeout_s": 3},
        client=impatient(2, 3, 4),
        wire={"threads": 3},
    )

    assert attempts(run(spec), *TIMES, "outcome") == [
        (0, 0, 2, 10, "client_timeout"),
        (0, 0, 3, 10, "inference_timeout"),
        (0, 0, 3, 10, "inference_timeout"),
    ]


def test_the_platform_gives_up_after_five_minutes() -> None:
    """[doc] InferenceTimeout after 300 s where the scenario says nothing else."""
    record = run(deployment(at_s=[0], wait_s=400), horizon_s=1000)

    assert attempts(record, *TIMES, "outcome") == [(0, 0, 300, 400, "inference_timeout")]


def test_an_abandoned_request_holds_its_thread() -> None:
    """Answered at 3, it keeps the only thread until 5."""
    record = run(deployment(at_s=[0, 1, 3], wait_s=[5, 1, 1], service={"timeout_s": 3}))

    # 1 leaves the queue at 4; 2 starts at 5 and ends at its deadline.
    assert attempts(record, *TIMES, "outcome") == [
        (0, 0, 3, 5, "inference_timeout"),
        (1, None, 4, None, "inference_timeout"),
        (3, 5, 6, 6, "completed"),
    ]


def test_an_abandoned_request_holds_its_cores() -> None:
    """Two of 2 s share one core until 4, though the client of one left at 1."""
    spec = deployment(at_s=[0, 0], cpu_s=2, client=impatient(1, 99), wire={"threads": 2, "cpu": 1})

    assert attempts(run(spec), *TIMES, "outcome") == [
        (0, 0, 1, 4, "client_timeout"),
        (0, 0, 4, 4, "completed"),
    ]


def test_an_abandoned_request_holds_its_gpu() -> None:
    """The slot is free at 2, not at 1."""
    spec = deployment(at_s=[0, 0], gpu_s=2, client=impatient(1, 99), wire={"threads": 2, "gpus": 1})

    assert attempts(run(spec), *TIMES, "outcome") == [
        (0, 0, 1, 2, "client_timeout"),
        (0, 0, 4, 4, "completed"),
    ]


def test_an_abandoned_request_holds_its_memory() -> None:
    """A byte more than the half that is left kills; what was answered before stays answered."""
    spec = deployment(
        at_s=[0, 2],
        wait_s=5,
        memory_bytes=[HALF_BYTES, HALF_BYTES + 1],
        client=impatient(1, 99),
        wire={"threads": 2, "memory": "1GiB"},
    )

    assert attempts(run(spec), *TIMES, "outcome") == [
        (0, 0, 1, 2, "client_timeout"),
        (2, 2, 2, 2, "out_of_memory"),
    ]


def test_a_request_that_ended_gives_its_memory_back() -> None:
    """An end at the instant of a start makes room for it."""
    spec = deployment(
        at_s=[0, 5],
        wait_s=5,
        memory_bytes=[HALF_BYTES, HALF_BYTES + 1],
        wire={"threads": 2, "memory": "1GiB"},
    )

    assert attempts(run(spec), *TIMES, "outcome") == [
        (0, 0, 5, 5, "completed"),
        (5, 5, 10, 10, "completed"),
    ]


def test_deadlines_run_while_nothing_serves() -> None:
    """Responsive at 2: who waits 1.5 s from 0 on has left by then, who does from 1 on has not."""
    spec = deployment(
        at_s=[0, 1], wait_s=1, client=impatient(1.5, 1.5), replica=FAST_START, initial="cold"
    )

    assert attempts(run(spec), *TIMES, "outcome") == [
        (0, None, 1.5, None, "client_timeout"),
        (1, 2, 2.5, 3, "client_timeout"),
    ]


def test_each_attempt_has_its_own_deadline() -> None:
    """A client that leaves after 2 s comes again a second later, and leaves again after 2 s."""
    client = {
        "policy": "custom",
        "max_attempts": 2,
        "retry_on": ["client_timeout"],
        "backoff_s": [1],
        "deadline_s": 2,
    }
    record = run(deployment(at_s=[0], wait_s=10, client=client, wire={"threads": 2}))

    assert attempts(record, "request", "attempt", *TIMES, "thread", "outcome") == [
        (0, 1, 0, 0, 2, 10, 0, "client_timeout"),
        (0, 2, 3, 3, 5, 13, 1, "client_timeout"),
    ]


def test_deadlines_in_the_queue_leave_the_others_in_order() -> None:
    """Two leave from the middle of the queue; the rest is served as it came."""
    spec = deployment(
        at_s=[0, 0, 0, 0, 0], wait_s=[5, 1, 1, 1, 1], client=impatient(99, 99, 2, 99, 3)
    )

    assert attempts(run(spec), "start_at_s", "answered_at_s", "outcome") == [
        (0, 5, "completed"),
        (5, 6, "completed"),
        (None, 2, "client_timeout"),
        (6, 7, "completed"),
        (None, 3, "client_timeout"),
    ]
