"""Paths worked by hand through the whole engine: waits, shared cores, GPUs, hangs, warm-up."""

import pytest

from builders import FAST_START, attempts, deployment, run


def hang(at_s: float, for_s: float) -> dict[str, object]:
    """Return a hang of all replicas."""
    return {"event": "hang", "at_s": at_s, "deployment": "a", "replicas": "all", "for_s": for_s}


@pytest.mark.parametrize(
    ("cpu", "at_s", "cpu_s", "answered_at_s"),
    [
        # Alone until 1, half a core each until request 0 ends, then alone.
        pytest.param(1, [0, 1], [2, 2], [3, 4], id="one core"),
        # From 1 at 2/3 each: 1 s left of the first two takes 1.5; the third has then 1 left.
        pytest.param(2, [0, 0, 1], [2, 2, 2], [2.5, 2.5, 3.5], id="two cores"),
        # Alone at 1/2: half done at 1; together at 1/4 until 3; the 1 s left of the second at 1/2.
        pytest.param(0.5, [0, 1], [1, 1.5], [3, 5], id="half a core"),
        # Alone at 1, not 1.5; together at 3/4: the second ends at 2, the first has 0.75 left.
        pytest.param(1.5, [0, 1], [2.5, 0.75], [2.75, 2], id="one and a half"),
        # Two at 1/2: 1 s done each at 2. Three at 1/3: the third ends at 2.75, a quarter s done by
        # each; then 0.75 s are left, at 1/2.
        pytest.param(1, [0, 0, 2], [2, 2, 0.25], [4.25, 4.25, 2.75], id="one joins two"),
        # Three at 1/3 until 3 (1 s each), then two at 1/2 until 5, then the last alone.
        pytest.param(1, [0, 0, 0], [1, 2, 3], [3, 5, 6], id="a staircase"),
    ],
)
def test_requests_share_the_cores(
    cpu: float, at_s: list[float], cpu_s: list[float], answered_at_s: list[float]
) -> None:
    """Each of n requests in their cpu phase gets min(1, cpu / n) cores."""
    spec = deployment(at_s=at_s, cpu_s=cpu_s, wire={"threads": 3, "cpu": cpu})

    assert [at for (at,) in attempts(run(spec), "answered_at_s")] == answered_at_s


@pytest.mark.parametrize(
    ("cpu", "parallelism", "answered_at_s"),
    [
        pytest.param(4, 1.0, [3, 4], id="code that uses one core"),
        pytest.param(1, 8.0, [3, 4], id="cpu is also the limit"),
        pytest.param(4, 2.0, [2, 3], id="one core for each of two"),
    ],
)
def test_cpu_parallelism(cpu: float, parallelism: float, answered_at_s: list[float]) -> None:
    """The lesser of cpu and cpu_parallelism is shared; 2 s from 0 and 2 s from 1."""
    spec = deployment(
        at_s=[0, 1],
        cpu_s=2,
        replica={"cpu_parallelism": parallelism},
        wire={"threads": 2, "cpu": cpu},
    )

    assert [at for (at,) in attempts(run(spec), "answered_at_s")] == answered_at_s


def test_cores_are_shared_inside_a_replica_only() -> None:
    """Two requests on two replicas of one core do not slow each other."""
    spec = deployment(at_s=[0, 0], cpu_s=2, wire={"replicas": 2, "threads": 2, "cpu": 1})

    assert attempts(run(spec), "replica", "answered_at_s") == [(0, 2), (1, 2)]


def test_a_waiting_request_needs_no_core() -> None:
    """The first has the core for itself until the second's wait is over, at 2."""
    spec = deployment(at_s=[0, 0], wait_s=[0, 2], cpu_s=[3, 1], wire={"threads": 2, "cpu": 1})

    # From 2 both have 1 s left, at half a core each.
    assert attempts(run(spec), "answered_at_s") == [(4,), (4,)]


def test_wait_then_cpu_then_gpu() -> None:
    """Three phases in this order, on one core and one GPU slot."""
    spec = deployment(
        at_s=[0, 0],
        wait_s=[1, 0],
        cpu_s=[1, 2],
        gpu_s=[2, 1],
        wire={"threads": 2, "cpu": 1, "gpus": 1},
    )

    # 1 has the core until 1; then both have 1 s of work left and share it until 3. There they end
    # by start number: 0 gets the slot (3 to 5), then 1 (5 to 6).
    assert attempts(run(spec), "answered_at_s") == [(5,), (6,)]


@pytest.mark.parametrize(
    ("gpus", "slots", "answered_at_s"),
    [
        pytest.param(1, 1, [3, 5, 7], id="one slot: one after the other"),
        pytest.param(1, 2, [3, 2, 4], id="two slots of one GPU"),
        pytest.param(2, 1, [3, 2, 4], id="one slot of each of two GPUs"),
        pytest.param(2, 2, [3, 2, 3], id="four slots: nobody waits"),
    ],
)
def test_gpu_slots(gpus: int, slots: int, answered_at_s: list[float]) -> None:
    """GPU work of 3 and 2 s from 0, and 2 s from 1, each at full speed once it has a slot."""
    spec = deployment(
        at_s=[0, 0, 1],
        gpu_s=[3, 2, 2],
        replica={"gpu_slots": slots},
        wire={"threads": 3, "gpus": gpus},
    )

    assert [at for (at,) in attempts(run(spec), "answered_at_s")] == answered_at_s


def test_the_line_for_the_gpu_is_by_time() -> None:
    """Who asked for a slot first gets it first, whatever its start number."""
    spec = deployment(
        at_s=[0, 0, 0],
        wait_s=[0, 2, 1],
        gpu_s=[5, 1, 1],
        wire={"threads": 3, "gpus": 1},
    )

    # 0 has the slot until 5; 2 has asked at 1, 1 at 2.
    assert attempts(run(spec), "answered_at_s") == [(5,), (7,), (6,)]


def test_at_one_time_the_line_for_the_gpu_is_by_start_number() -> None:
    """Of two that come at 2 the lower start number is first, though its wait ends last."""
    spec = deployment(
        at_s=[0, 0, 0],
        wait_s=[0, 2, 0],
        cpu_s=[0, 0, 2],
        gpu_s=[5, 1, 1],
        wire={"threads": 3, "gpus": 1},
    )

    # At 2 the cpu phase of 2 ends (class 6), then the wait of 1 (class 7); at 5 1 is first.
    assert attempts(run(spec), "answered_at_s") == [(5,), (6,), (7,)]


@pytest.mark.parametrize(
    ("cpu_s", "gpu_s", "answered_at_s"),
    [
        pytest.param([0, 2], [2, 1], [2, 3], id="freed, then asked for"),
        pytest.param([2, 0], [1, 2], [3, 2], id="asked for, then freed"),
    ],
)
def test_a_slot_freed_at_the_instant_it_is_asked_for(
    cpu_s: list[float], gpu_s: list[float], answered_at_s: list[float]
) -> None:
    """Whichever of the two ends comes first at 2, the GPU work goes on from 2."""
    spec = deployment(at_s=[0, 0], cpu_s=cpu_s, gpu_s=gpu_s, wire={"threads": 2, "gpus": 1})

    assert [at for (at,) in attempts(run(spec), "answered_at_s")] == answered_at_s


def test_requests_that_ask_for_nothing() -> None:
    """They start and end at the instant they arrive, one after the other, each on a thread."""
    record = run(deployment(at_s=[1, 1, 1], wire={"threads": 2}))

    # The first ends before the second arrives: its thread 0 stands behind thread 1 then.
    assert attempts(record, "start_at_s", "answered_at_s", "thread", "outcome") == [
        (1, 1, 0, "completed"),
        (1, 1, 1, "completed"),
        (1, 1, 0, "completed"),
    ]


def test_an_empty_request_that_exceeds_the_memory_does_not_complete() -> None:
    """Its end (class 7) would come after the kill (class 2)."""
    spec = deployment(at_s=[1], memory_bytes=2**30 + 1, wire={"memory": "1GiB"})

    assert attempts(run(spec), "start_at_s", "answered_at_s", "outcome") == [
        (1, 1, "out_of_memory")
    ]


def test_warm_up_slows_what_is_started_on_a_young_replica() -> None:
    """Demands double in [2, 12) after RESPONSIVE at 2, and for 10 s after a restart."""
    spec = deployment(
        at_s=[3, 11.5, 12, 33],
        wait_s=1,
        cpu_s=1,
        gpu_s=0.5,
        replica=FAST_START | {"warmup": {"duration_s": 10, "factor": 2}},
        initial="cold",
        wire={"threads": 3, "gpus": 1},
    )
    kill = {"event": "kill", "at_s": 20, "deployment": "a", "replicas": "all"}
    record = run(spec, timeline=[kill])

    # Twice 2.5 s; the one started at 12 is not slowed; back at 20 + 10 + 2 = 32, warm at 42.
    assert attempts(record, "start_at_s", "answered_at_s") == [
        (3, 8),
        (11.5, 16.5),
        (12, 14.5),
        (33, 38),
    ]


def test_replicas_that_are_there_at_the_start_are_warm() -> None:
    """They have been responsive for long."""
    spec = deployment(at_s=[0], wait_s=1, replica={"warmup": {"duration_s": 10, "factor": 2}})

    assert attempts(run(spec), "answered_at_s") == [(1,)]


def test_a_hang_stops_waits_and_requests_that_start_in_it() -> None:
    """From 2 to 5: 2 of 4 s are left; one that starts at 3 begins at 5; one due at 2 ends at 5."""
    spec = deployment(at_s=[0, 0, 3], wait_s=[4, 2, 1], wire={"threads": 3})
    record = run(spec, timeline=[hang(2, 3)])

    assert attempts(record, "start_at_s", "answered_at_s") == [(0, 7), (0, 5), (3, 6)]


def test_an_idle_replica_that_hangs_freezes_what_it_is_given() -> None:
    """A request that starts at 3 begins at 5, in whatever phase."""
    for phase in ("wait_s", "cpu_s", "gpu_s"):
        spec = deployment(at_s=[3], **{phase: [1]}, wire={"gpus": 1})

        assert attempts(run(spec, timeline=[hang(2, 3)]), "start_at_s", "answered_at_s") == [(3, 6)]


def test_a_hang_stops_shared_cores() -> None:
    """Two of 2 s on one core are half done at 2; from 5 they share with one that joined at 3."""
    spec = deployment(at_s=[0, 0, 3], cpu_s=[2, 2, 0.5], wire={"threads": 3, "cpu": 1})
    record = run(spec, timeline=[hang(2, 3)])

    # At 1/3 each the third ends at 6.5; the others have 0.5 left, at half a core: 7.5.
    assert attempts(record, "answered_at_s") == [(7.5,), (7.5,), (6.5,)]


def test_a_hang_stops_the_gpu_and_its_line() -> None:
    """2 of 4 s are left at 2; the next in line follows at 7."""
    spec = deployment(at_s=[0, 1], gpu_s=[4, 1], wire={"threads": 2, "gpus": 1})
    record = run(spec, timeline=[hang(2, 3)])

    assert attempts(record, "answered_at_s") == [(7,), (8,)]


def test_a_hang_does_not_stop_deadlines() -> None:
    """The client leaves at 3; the request goes on at 5 and ends at 7."""
    spec = deployment(at_s=[0], wait_s=4, service={"timeout_s": 3})
    record = run(spec, timeline=[hang(2, 3)])

    assert attempts(record, "answered_at_s", "released_at_s", "outcome") == [
        (3, 7, "inference_timeout")
    ]


def test_hangs_that_overlap_end_with_the_last() -> None:
    """From 2 to 5 and from 3 to 7: 2 of 4 s are left at 7."""
    record = run(deployment(at_s=[0], wait_s=4), timeline=[hang(2, 3), hang(3, 4)])

    assert attempts(record, "answered_at_s") == [(9,)]


def test_one_hang_after_another() -> None:
    """2 s done until 2, 1 more from 4 to 5, the last from 8."""
    spec = deployment(at_s=[0], wait_s=4)
    record = run(spec, timeline=[hang(2, 2), hang(5, 3)])

    assert attempts(record, "answered_at_s") == [(9,)]


def test_an_unresponsive_replica_is_given_nothing() -> None:
    """A probe missed at 3 takes its threads out of the line until one passes at 6."""
    spec = deployment(
        at_s=[0, 4, 6],
        wait_s=[3, 1, 1],
        replica={"probe": {"period_s": 1, "failure_threshold": 1}},
        wire={"threads": 2},
    )
    record = run(spec, timeline=[hang(2.5, 3)])

    # 0.5 of 3 s is left at 2.5 and at 5.5: request 0 ends at 6, after the probe (class 3), so its
    # thread 0 joins (class 7) before the replica's other thread (class 9). Then request 1 starts.
    assert attempts(record, "start_at_s", "answered_at_s", "thread") == [
        (0, 6, 0),
        (6, 7, 0),
        (6, 7, 1),
    ]


def test_an_unresponsive_replica_goes_on_with_what_it_has() -> None:
    """A thread that is freed while its replica is UNRESPONSIVE stays out of the line."""
    spec = deployment(
        at_s=[0, 4],
        wait_s=[2.75, 1],
        replica={"probe": {"period_s": 1, "failure_threshold": 1, "success_threshold": 2}},
    )
    record = run(spec, timeline=[hang(2.5, 1.25)])

    # UNRESPONSIVE at 3; request 0 has 0.25 left at 3.75: ends at 4. Probes pass at 4 and 5.
    assert attempts(record, "start_at_s", "answered_at_s") == [(0, 4), (5, 6)]
