"""Runs worked by hand in which one line of the event loop decides, on both engines."""

from typing import Any

import pytest

from builders import FAST_START, attempts, configuration, deployment, scenario
from engine_pairs import eager_paths
from sim.record import Record
from sim.scenario.models.queues import VcpuQueue
from sim.simulation.options import ENGINES, Engine
from sim.simulation.run import simulate_record

Plain = dict[str, Any]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return the name of an engine."""
    name: Engine = request.param
    return name


def event(kind: str, at_s: float, deployment: str = "a", **settings: object) -> Plain:
    """Return an event of the timeline."""
    return {"event": kind, "at_s": at_s, "deployment": deployment, **settings}


def scaled(least: int, most: int, delay_s: int) -> Plain:
    """Return the wire form of bounds and of a delay, both ways."""
    delay = {"value": delay_s, "unit": "SECONDS"}
    scaling = {"scaleUpLoadThreshold": 0.75, "scaleUpDelay": delay, "scaleDownDelay": delay}
    return {"minReplicas": least, "maxReplicas": most, "scalingConfiguration": scaling}


def decided(record: Record, name: str, at_s: float) -> list[tuple[str, str]]:
    """Return who decided what for a deployment at an instant, in order."""
    (found,) = (one for one in record.deployments if one.name == name)
    rows = (row for row in found.control.decisions if row.at_s == at_s)
    return [(row.actor, row.action) for row in rows]


def test_ends_that_rounding_makes_equal_come_in_the_order_of_their_starts(engine: Engine) -> None:
    """Five share two cores at 1000: three with 1/4 s of work, one with 1 s, one with a bit less.

    When the three are done the other two have a core each, with 3/4 s and a bit less to go: the bit
    is lost when that is added to the instant. So they end together, the fourth before the fifth,
    and the line is 0 to 4 when five more requests come.
    """
    less = 1.0 - 2.0**-53

    record = simulate_record(
        scenario(
            deployment(
                wire={"threads": 5, "cpu": 2},
                at_s=[1000] * 5 + [1010] * 5,
                cpu_s=[0.25, 0.25, 0.25, 1.0, less] + [0.0] * 5,
            ),
            horizon_s=1020,
        ),
        engine=engine,
    )

    released = [at_s for (at_s,) in attempts(record, "released_at_s")]
    assert released[3] == released[4]
    assert attempts(record, "thread")[5:] == [(0,), (1,), (2,), (3,), (4,)]


def test_a_replica_that_goes_at_the_instant_of_its_readiness_takes_no_request(
    engine: Engine,
) -> None:
    """Replica 1 is killed at 93 and RESPONSIVE again at 93 + 10 + 2 = 105, where load has been low.

    The evaluation of 105, the 22nd with a load below 3/4, lets one go after 105 s / 5 s = 21 of
    them: replica 1, which has no request, while 0 has one. So the first request of 106 finds thread
    1 of replica 0, and the second one waits for it.
    """
    record = simulate_record(
        scenario(
            deployment(
                wire={"threads": 2, **scaled(1, 2, 105)},
                initial={"kind": "responsive", "responsive_count": 2},
                replica=FAST_START,
                autoscaler={"evaluation_interval_s": 5.0},
                at_s=[1, 106, 106],
                wait_s=[150, 1, 1],
            ),
            horizon_s=120,
            timeline=[event("kill", 93, replicas={"numbers": [1]})],
        ),
        engine=engine,
    )

    gone = [x.at_s for x in record.deployments[0].control.transitions if x.replica == 1][-1]
    assert gone == 105
    assert attempts(record, "replica", "thread", "released_at_s") == [
        (0, 0, None),
        (0, 1, 107),
        (0, 1, 108),
    ]


def test_a_queue_of_any_length_fails_at_once_and_tries_again(engine: Engine) -> None:
    """The first of 200 runs when the deployment is disabled at 10; the others come again at 20.

    There is room for a few dozen retries to begin with.
    """
    client = {
        "policy": "custom",
        "max_attempts": 2,
        "retry_on": ["disabled"],
        "backoff_s": [10.0],
    }

    record = simulate_record(
        scenario(
            deployment(at_s=[1] * 200, wait_s=50, client=client), timeline=[event("disable", 10)]
        ),
        engine=engine,
    )

    rows = attempts(record, "request", "arrival_at_s", "answered_at_s", "outcome")
    assert rows[0] == (0, 1, 51, "completed")
    assert rows[1:] == [
        (request, at_s, answered_at_s, "disabled")
        for at_s, answered_at_s in ((1, 10), (20, 20))
        for request in range(1, 200)
    ]


def test_cores_stand_still_while_a_replica_hangs(engine: Engine) -> None:
    """Two requests of 4 s share a core from 1 on, the replica hangs from 3 to 13: 9 + 10 s."""
    record = simulate_record(
        scenario(
            deployment(wire={"threads": 2, "cpu": 1}, at_s=[1, 1], cpu_s=4),
            timeline=[event("hang", 3, replicas="all", for_s=10.0)],
        ),
        engine=engine,
    )

    assert attempts(record, "released_at_s") == [(19,), (19,)]


def test_what_ends_after_an_evaluation_comes_before_an_arrival_elsewhere(engine: Engine) -> None:
    """At 110 replica 0 of `a` becomes empty, and a request meets `b`, first in the file, at zero.

    `a` was replaced at 3: replica 1 has taken over at 5 and is busy from 6 on. The evaluation of
    110 is the 21st with high load since 10, and asks for the last of three cores. Then (class 7)
    the request on replica 0 ends, whose core is free when (class 10) the request arrives: `b` need
    not wait for it.
    """
    common: Plain = {"replica": FAST_START, "autoscaler": {"evaluation_interval_s": 5.0}}
    record = simulate_record(
        scenario(
            deployment(
                name="b",
                wire=scaled(0, 1, 100),
                initial={"kind": "responsive", "responsive_count": 0},
                at_s=[110],
                **common,
            ),
            deployment(wire=scaled(1, 2, 100), at_s=[1, 6], wait_s=[109, 500], **common),
            queues=[VcpuQueue(name="cpu", limit_millicores=3000)],
            timeline=[
                event(
                    "replace",
                    3,
                    runtime_configuration=configuration(**scaled(1, 2, 100), memory="2GiB"),
                )
            ],
            horizon_s=120,
        ),
        engine=engine,
    )

    assert decided(record, "a", 110) == [("autoscaler", "up")]
    assert decided(record, "b", 110) == [("autoscaler", "from_zero")]


def test_who_asked_for_the_gpu_together_gets_it_in_the_order_of_starts(engine: Engine) -> None:
    """Thread 0 is free again at 1 and stands behind thread 2; thread 1 has the GPU until 10.

    The two of 2 take threads 2 and 0, in this order, and ask at once: 10 to 15, and 15 to 20.
    """
    record = simulate_record(
        scenario(
            deployment(
                wire={"threads": 3, "gpus": 1},
                at_s=[0, 0, 2, 2],
                wait_s=[1, 0, 0, 0],
                gpu_s=[0, 10, 5, 5],
            )
        ),
        engine=engine,
    )

    assert attempts(record, "thread", "released_at_s") == [(0, 1), (1, 10), (2, 15), (0, 20)]


def test_of_replicas_with_equally_few_requests_the_lowest_number_serves(engine: Engine) -> None:
    """Replica 1 is killed at 5 and back at 17, replica 0 at 6 and 18: into the places left over.

    Both are idle at 20.
    """
    record = simulate_record(
        scenario(
            deployment(
                wire={"replicas": 2},
                replica=FAST_START,
                service={"dispatch": "fewest_in_flight"},
                at_s=[20],
                wait_s=1,
            ),
            timeline=[
                event("kill", at_s, replicas={"numbers": [number]})
                for at_s, number in ((5, 1), (6, 0))
            ],
        ),
        engine=engine,
    )

    assert attempts(record, "replica", "start_at_s") == [(0, 20)]


def test_a_request_that_starts_when_the_warm_up_ends_runs_at_full_speed(engine: Engine) -> None:
    """Two seconds after 0 the replica is RESPONSIVE, ten later it is warm: at 12.

    The request of 12 waits for 3 s, one more for the hang from 14 to 15, and works from 16 to 20.
    A stretch that begins after the hang finds it waiting.
    """
    with eager_paths():
        record = simulate_record(
            scenario(
                deployment(
                    wire={"threads": 2},
                    initial={"kind": "cold"},
                    replica={**FAST_START, "warmup": {"duration_s": 10.0, "factor": 2.0}},
                    at_s=[12, 15.25, 15.5, 15.75, 17],
                    wait_s=[3, 0, 0, 0, 0],
                    cpu_s=[4, 0.25, 0.25, 0.25, 0.25],
                ),
                timeline=[event("hang", 14, replicas="all", for_s=1.0)],
            ),
            engine=engine,
        )

    assert attempts(record, "start_at_s", "released_at_s") == [
        (12, 20),
        (15.25, 15.5),
        (15.5, 15.75),
        (15.75, 16),
        (17, 17.25),
    ]


def test_at_one_instant_the_timeout_comes_before_the_clients_deadline(engine: Engine) -> None:
    """Both are 3 s: what runs from 1 to 6 is answered at 4, by the platform, in a stretch too."""
    with eager_paths():
        record = simulate_record(
            scenario(
                deployment(
                    wire={"threads": 2},
                    at_s=[1, 2],
                    wait_s=[5, 1],
                    service={"timeout_s": 3.0},
                    client={"policy": "none", "deadline_s": 3.0},
                )
            ),
            engine=engine,
        )

    assert attempts(record, "answered_at_s", "released_at_s", "outcome") == [
        (4, 6, "inference_timeout"),
        (3, 3, "completed"),
    ]
