"""Which limit binds: worked by hand, under both engines, with attempts kept and dropped."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binding_definition import last_phase_scenarios, seconds_held
from build_record import deployment as recorded
from builders import FAST_START, configuration, demands, deployment, scenario
from folds import Bounds, folding_within
from sim.reasons import Reason
from sim.record import Contention, ControlLog, Decision, Transition
from sim.results.binding import Binding, binding, union_grains
from sim.results.result import Result
from sim.scenario.models.scenario import Scenario
from sim.simulation.live import LiveSimulation
from sim.simulation.options import ENGINES, KEEPS, Engine
from sim.simulation.run import simulate, simulate_record
from sim.states import ReplicaState

_S = ReplicaState
HORIZON_S = 64.0
"""A power of two: shares times it are the seconds to the last bit, where these are halves."""

STANDS = {"probe": {"period_s": 1.0, "failure_threshold": 1000}}
"""Replicas of which a hang is not noticed."""


def binding_of(run: Scenario, name: str = "a") -> dict[str, Any]:
    """Return the figures of a deployment, the same from both engines, kept or folded."""
    found = []
    with folding_within(Bounds(least_rows=1, ahead=1, block_rows=3)):
        for keep in KEEPS:
            for engine in ("reference", "vectorised"):
                summary = simulate(run, keep=keep, engine=engine).summary()
                found += [d["binding"] for d in summary["deployments"] if d["name"] == name]
    assert found == [found[0]] * 4
    return dict(found[0])


def held(*deployments: Mapping[str, Any], **fields: Any) -> dict[str, float]:
    """Return seconds of each limit that ever bound, and counts of waits, in a run of 64 s."""
    run = scenario(*deployments, horizon_s=HORIZON_S, **fields)
    measured_s = HORIZON_S - fields.get("warm_up_s", 0.0)
    return {
        limit: value if limit.endswith("waits") else value * measured_s
        for limit, value in binding_of(run).items()
        if value
    }


def event(at_s: float, kind: str, **fields: Any) -> dict[str, Any]:
    """Return an event of the timeline."""
    return {"at_s": at_s, "event": kind, "deployment": "a", **fields}


def hang(at_s: float, for_s: float) -> dict[str, Any]:
    """Return a hang of all replicas."""
    return event(at_s, "hang", for_s=for_s, replicas="all")


def kill(at_s: float) -> dict[str, Any]:
    """Return the death of all replicas."""
    return event(at_s, "kill", replicas="all")


SCALING = {
    "scaleUpLoadThreshold": 0.75,
    "scaleUpDelay": {"value": 5, "unit": "SECONDS"},
    "scaleDownDelay": {"value": 1, "unit": "HOURS"},
}

TWO_ON_A_CORE: dict[str, Any] = {"wire": {"threads": 2, "cpu": 1.0}, "cpu_s": 2.0}
THREE_ON_A_GPU: dict[str, Any] = {"wire": {"threads": 3, "gpus": 1}, "gpu_s": 4.0}


# Cores


def test_two_requests_share_a_core() -> None:
    """One alone from 10 s, both from 11 s; the first has 1 s left and takes 2, to 13 s."""
    assert held(deployment(at_s=[10, 11], **TWO_ON_A_CORE)) == {"cores": 2.0}


def test_as_many_requests_as_cores_share_nothing() -> None:
    """Two on two cores; the third shares with them until the first two are done, 3 s of work each.

    All three from 10 s on, at two thirds of a second per second: all end at 14.5 s.
    """
    two = deployment(at_s=[10, 10], wire={"threads": 3, "cpu": 2.0}, cpu_s=3.0)
    three = deployment(at_s=[10, 10, 10], wire={"threads": 3, "cpu": 2.0}, cpu_s=3.0)

    assert held(two) == {}
    assert held(three) == {"cores": 4.5}


def test_one_request_on_half_a_core_shares_nothing() -> None:
    """It takes 4 s for 2 s of work, with or without others; two together take 8 s."""
    one = deployment(at_s=[10], wire={"threads": 2, "cpu": 0.5}, cpu_s=2.0)
    two = deployment(at_s=[10, 10], wire={"threads": 2, "cpu": 0.5}, cpu_s=2.0)

    assert held(one) == {}
    assert held(two) == {"cores": 8.0}


def test_cores_that_the_code_cannot_use_are_none() -> None:
    """Four cores, of which the model's code uses one: as on one core."""
    behaviour = {"cpu_parallelism": 1.0}
    run = deployment(at_s=[10, 10], wire={"threads": 2, "cpu": 4.0}, cpu_s=2.0, replica=behaviour)

    assert held(run) == {"cores": 4.0}


def test_what_two_replicas_hold_back_at_one_time_counts_once() -> None:
    """By the line, requests 0 and 2 meet on replica 0, 1 and 3 on replica 1.

    Two at 10 s and two at 11 s, 2 s of work each: shared on both from 11 s to 13 s. Then one more
    pair, 20 s and 21 s, that meets on neither.
    """
    spec = deployment(
        at_s=[10, 10, 11, 11, 20, 21],
        wire={"replicas": 2, "threads": 2, "cpu": 1.0},
        cpu_s=2.0,
    )

    assert held(spec) == {"cores": 2.0}


def test_shares_of_replicas_that_follow_each_other_add_up() -> None:
    """Replica 0 shares from 10.5 s to 14 s, replica 1 from 12 s to 15.5 s."""
    spec = deployment(
        at_s=[10, 10.25, 10.5, 12],
        wire={"replicas": 2, "threads": 2, "cpu": 1.0},
        cpu_s=[2.25, 3.5, 2.0, 2.0],
    )

    # Replica 0 has requests 0 and 2: 0 has 1.75 s left at 10.5 s and takes 3.5, to 14 s. Replica 1
    # has 1 and 3: 1 has 1.75 s left at 12 s and takes 3.5, to 15.5 s.
    assert held(spec) == {"cores": 5.0}


# GPUs


def test_requests_wait_for_a_place_on_the_gpu() -> None:
    """4 s each, in turn: the second waits from 11 s to 14 s, the third from 12 s to 18 s."""
    assert held(deployment(at_s=[10, 11, 12], **THREE_ON_A_GPU)) == {"gpu": 7.0, "gpu_waits": 2}


def test_who_gets_a_place_at_once_has_not_waited() -> None:
    """The second asks at the instant at which the first is done: its cpu phase ends then.

    Ends come by start number, so that the place is free before it asks.
    """
    spec = deployment(at_s=[10, 10], wire={"threads": 2, "gpus": 1}, cpu_s=[0.0, 4.0], gpu_s=4.0)

    assert held(spec) == {}


def test_a_wait_of_no_length_is_none() -> None:
    """The first asks at 14 s, before the other is done there: that one started later."""
    spec = deployment(at_s=[10, 10], wire={"threads": 2, "gpus": 1}, cpu_s=[4.0, 0.0], gpu_s=4.0)

    assert held(spec) == {}


def test_who_waits_at_the_end_has_waited() -> None:
    """The second waits from 62 s to the horizon, the third asks there and waits no time."""
    assert held(deployment(at_s=[61, 62], **THREE_ON_A_GPU)) == {"gpu": 2.0, "gpu_waits": 1}


def test_those_killed_in_the_line_have_waited() -> None:
    """The replica dies at 13 s; two were in line since 11 s and 12 s."""
    run = deployment(at_s=[10, 11, 12], replica=FAST_START, **THREE_ON_A_GPU)

    assert held(run, timeline=[kill(13)]) == {"gpu": 2.0, "gpu_waits": 2}


# Hangs, kills, replicas that drain


def test_on_a_replica_that_hangs_it_is_the_hang_that_holds() -> None:
    """Two share from 10 s, with 4 s each; 3 s are left at 12 s, when it hangs for 5 s.

    They go on from 17 s to 23 s.
    """
    spec = deployment(at_s=[10, 10], wire={"threads": 2, "cpu": 1.0}, cpu_s=4.0, replica=STANDS)

    assert held(spec, timeline=[hang(12, 5.0)]) == {"cores": 8.0}


def test_who_begins_to_share_in_a_hang_shares_from_its_end_on() -> None:
    """The second joins at 13 s, in the hang of 12 s to 17 s; the first has 2 s left, takes 4."""
    spec = deployment(at_s=[10, 13], wire={"threads": 2, "cpu": 1.0}, cpu_s=4.0, replica=STANDS)

    assert held(spec, timeline=[hang(12, 5.0)]) == {"cores": 4.0}


def test_a_line_of_the_gpu_stands_still_in_a_hang() -> None:
    """In line: 11 s to 12 s, and 17 s to 19 s, where the first ends; the hang is 12 s to 17 s.

    The third asks in the hang, at 13 s, and waits from 17 s to 23 s.
    """
    spec = deployment(at_s=[10, 11, 13], replica=STANDS, **THREE_ON_A_GPU)

    assert held(spec, timeline=[hang(12, 5.0)]) == {"gpu": 7.0, "gpu_waits": 2}


def test_a_line_of_the_gpu_that_is_formed_in_a_hang_counts_from_its_end_on() -> None:
    """The second asks at 13 s, in the hang of 12 s to 17 s; the first has 2 s left, to 19 s."""
    spec = deployment(at_s=[10, 13], replica=STANDS, **THREE_ON_A_GPU)

    assert held(spec, timeline=[hang(12, 5.0)]) == {"gpu": 2.0, "gpu_waits": 1}


def test_a_replica_killed_while_it_hangs_holds_nothing_back_later() -> None:
    """Sharing and waiting from 10 s on, a hang at 12 s, its death at 14 s."""
    cores = deployment(at_s=[10, 10], replica={**FAST_START, **STANDS}, **TWO_ON_A_CORE)
    gpu = deployment(at_s=[10, 10], replica={**FAST_START, **STANDS}, **THREE_ON_A_GPU)
    timeline = [hang(12, 30.0), kill(14)]

    assert held(cores, timeline=timeline) == {"cores": 2.0}
    assert held(gpu, timeline=timeline) == {"gpu": 2.0, "gpu_waits": 1}


def test_a_kill_ends_what_is_shared() -> None:
    """Shared from 10 s to 11.5 s; nothing arrives after that."""
    run = deployment(at_s=[10, 10], replica=FAST_START, **TWO_ON_A_CORE)

    assert held(run, timeline=[kill(11.5)]) == {"cores": 1.5}


def test_a_replica_that_drains_still_counts() -> None:
    """Disabled at 11 s; the two that share a core are done at 14 s."""
    run = deployment(at_s=[10, 10], **TWO_ON_A_CORE)

    assert held(run, timeline=[event(11, "disable")]) == {"cores": 4.0}


def test_abandoned_requests_hold_what_they_hold() -> None:
    """Their clients leave at 11 s; they share the core until 14 s."""
    run = deployment(at_s=[10, 10], client={"policy": "none", "deadline_s": 1.0}, **TWO_ON_A_CORE)

    assert held(run) == {"cores": 4.0}


# Threads


def test_attempts_wait_for_the_only_thread() -> None:
    """4 s each, in turn: the second waits from 11 s to 14 s, the third from 12 s to 18 s."""
    assert held(deployment(at_s=[10, 11, 12], wait_s=4.0)) == {"threads": 7.0, "thread_waits": 2}


def test_spells_in_line_with_a_gap_between_add_up() -> None:
    """Two in a row at 10 s, at 30 s and at 60 s: 4 s each time, cut by the horizon at 64 s."""
    spec = deployment(at_s=[10, 10, 30, 30, 61, 61], wait_s=4.0)

    assert held(spec) == {"threads": 4.0 + 4.0 + 3.0, "thread_waits": 3}


def test_who_loses_patience_in_line_has_stood_there() -> None:
    """The second arrives at 11 s and leaves at 13 s; the first holds the thread to 20 s."""
    patience = demands(deadline_s=[20.0, 2.0])
    spec = deployment(at_s=[10, 11], wait_s=10.0, client={"policy": "none", **patience})

    assert held(spec) == {"threads": 2.0, "thread_waits": 1}


def test_who_waits_for_a_replica_does_not_wait_for_a_thread() -> None:
    """Cold: RESPONSIVE at 2 s. Three stand there from 1 s; the thread takes them at 2, 6, 10 s."""
    spec = deployment(at_s=[1, 1, 1], wait_s=4.0, replica=FAST_START, initial="cold")

    assert held(spec) == {"threads": 8.0, "thread_waits": 2}


def test_a_line_that_loses_its_replica_waits_for_that() -> None:
    """In line from 10 s; the replica dies at 12 s and serves again at 24 s, where they start.

    A back-off of 10 s, then 2 s for the start; the two left take the thread at 24 s and 28 s.
    """
    run = deployment(at_s=[10, 10, 10], wait_s=4.0, replica=FAST_START)

    assert held(run, timeline=[kill(12)]) == {"threads": 2.0 + 4.0, "thread_waits": 2}


def test_attempts_that_are_refused_stand_in_no_line() -> None:
    """The queue holds nobody: the second and the third are refused at once."""
    run = deployment(at_s=[10, 11, 12], wait_s=4.0, service={"queue_capacity": 0})

    assert held(run) == {}


# Memory


def test_a_replica_killed_for_memory_is_short_of_it_until_it_serves_again() -> None:
    """Killed at 10 s; 10 s of back-off and 2 s for the start."""
    run = deployment(
        at_s=[10, 10],
        wire={"threads": 2, "memory": "1GiB"},
        wait_s=1.0,
        memory_bytes=2**29 + 1,
        replica=FAST_START,
    )

    assert held(run) == {"memory": 12.0}


def test_a_model_that_does_not_fit_is_short_of_memory_from_its_first_failure_on() -> None:
    """The container is up at 1 s, the model does not fit at 2 s, nor at any time later."""
    run = deployment(
        wire={"memory": "1GiB"},
        replica={**FAST_START, "model_memory_bytes": 2**31},
        initial="cold",
    )

    assert held(run) == {"memory": 62.0}


def test_a_replica_that_goes_is_short_of_nothing() -> None:
    """The model does not fit at 2 s; it is disabled at 7 s."""
    run = deployment(
        wire={"memory": "1GiB"},
        replica={**FAST_START, "model_memory_bytes": 2**31},
        initial="cold",
    )

    assert held(run, timeline=[event(7, "disable")]) == {"memory": 5.0}


def test_a_kill_by_a_fault_is_no_want_of_memory() -> None:
    """Nor is a start that a fault lets fail."""
    run = deployment(replica=FAST_START)

    assert held(run, timeline=[kill(10), event(15, "fail_starts", for_s=10.0)]) == {}


# Limits of replicas


def test_a_replica_waits_for_the_limit_of_its_queue() -> None:
    """One core of two is a tenant's until 20 s: the second replica is QUEUED until then."""
    run = deployment(wire={"replicas": 2}, replica=FAST_START, initial="cold")
    queue = {"kind": "vcpu", "name": "q", "limit_millicores": 2000, "tenants": {"t": 1000}}
    leaves = {"at_s": 20.0, "event": "tenant", "queue": "q", "tenant": "t", "use": 0}

    assert held(run, queues=[queue], timeline=[leaves]) == {"queue_limit": 20.0}


def test_the_autoscaler_is_held_at_max() -> None:
    """Full from 10 s to 30 s; evaluations each second, a delay of 5 s: held from 16 s to 31 s.

    The evaluation at 10 s sees what started before it, so that of 11 s is the first to count; the
    sixth is at 16 s. That of 30 s still sees the request, which has not ended before it.
    """
    wire = {"scalingConfiguration": SCALING}
    run = deployment(at_s=[10], wait_s=20.0, wire=wire, autoscaler={"evaluation_interval_s": 1.0})

    assert held(run) == {"max_replicas": 15.0}


# The time that is measured


def test_the_warm_up_is_left_out() -> None:
    """Of what begins in the warm-up, to 12 s, the rest counts."""
    cores = deployment(at_s=[10, 11], **TWO_ON_A_CORE)
    gpu = deployment(at_s=[10, 10, 11], **THREE_ON_A_GPU)
    threads = deployment(at_s=[3, 3, 10, 10, 11], wait_s=4.0)

    assert held(cores, warm_up_s=12.0) == {"cores": 1.0}
    assert held(gpu, warm_up_s=12.0) == {"gpu": 6.0, "gpu_waits": 2}
    # Threads: 3 s to 7 s is over; then 10 s to 14 s for the fourth, to 18 s for the fifth. The
    # third takes over from the second at 11 s.
    assert held(threads, warm_up_s=12.0) == {"threads": 7.0, "thread_waits": 2}


def test_what_binds_all_the_time_has_a_share_of_one() -> None:
    """Three for one thread and one core, for ever; and a horizon that halves do not make up."""
    run = scenario(
        deployment(at_s=[0, 0, 0], wire={"threads": 2, "cpu": 1.0}, cpu_s=1000.0),
        horizon_s=49.0 / 3.0,
    )
    found = binding_of(run)

    assert (found["cores"], found["threads"]) == (1.0, 1.0)


def test_what_never_bound_is_zero() -> None:
    """A run without requests has all keys."""
    assert binding_of(scenario(deployment())) == {
        **dict.fromkeys(("threads", "cores", "gpu", "memory", "queue_limit", "max_replicas"), 0),
        **dict.fromkeys(("thread_waits", "gpu_waits"), 0),
    }


def test_a_run_that_ends_in_its_warm_up_is_measured_from_its_beginning() -> None:
    """It has no other time: at 5 s one request has waited for the only thread since 1 s."""
    simulation = LiveSimulation(scenario(deployment(at_s=[1, 1], wait_s=9.0), warm_up_s=20.0))
    simulation.advance(5.0)
    simulation.end_here()
    (found,) = Result(simulation.finish()).summary()["deployments"]

    assert found["binding"]["threads"] == 0.8
    assert found["binding"]["thread_waits"] == 1


# From a record


def test_a_deployment_has_what_its_record_says() -> None:
    """Held at max from 10 s to 20 s and from 50 s on; by timers in between; two QUEUED at once."""
    control = ControlLog(
        decisions=[
            Decision(10.0, "autoscaler", "held", Reason.AT_MAX, until_s=20.0),
            Decision(20.0, "autoscaler", "held", Reason.UP_TIMER, until_s=50.0),
            Decision(50.0, "autoscaler", "held", Reason.AT_MAX),
        ],
        transitions=[
            Transition(0.0, 0, 0, None, _S.QUEUED, Reason.CREATED),
            Transition(4.0, 1, 0, None, _S.QUEUED, Reason.CREATED),
            Transition(6.0, 0, 0, _S.QUEUED, _S.STARTING, Reason.GRANTED),
            Transition(8.0, 1, 0, _S.QUEUED, _S.STARTING, Reason.GRANTED),
        ],
    )
    record = replace(recorded(control=control), contention=Contention(2**32, 2**33, 5))

    assert binding(record, warm_up_s=0.0, horizon_s=64.0) == Binding(
        threads=0.0,
        cores=1 / 64,
        gpu=2 / 64,
        memory=0.0,
        queue_limit=8 / 64,
        max_replicas=24 / 64,
        thread_waits=0,
        gpu_waits=5,
    )


@pytest.mark.parametrize(
    ("intervals", "seconds"),
    [
        ([], 0),
        ([(1.0, 3.0), (2.0, 4.0)], 3),
        ([(6.0, 7.0), (1.0, 9.0), (2.0, 3.0)], 8),
        ([(1.0, 2.0), (3.0, 5.0)], 3),
        ([(-4.0, 2.0), (8.0, 99.0)], 4),
        ([(20.0, 30.0)], 0),
        ([(5.0, 5.0)], 0),
    ],
)
def test_time_that_is_covered_twice_counts_once(
    intervals: list[tuple[float, float]], seconds: float
) -> None:
    """Of what is before 0 s and after 10 s nothing counts."""
    assert union_grains(intervals, 0.0, 10.0) == seconds * 2**32


def test_a_put_that_switches_keeps_the_line() -> None:
    """The line outlives its revision: it stood before old threads until the switch, new ones after.

    The old replica serves one at a time from 10 s on, 20 s each. The new one takes over at 22 s,
    2 s after the PUT, with two threads: nobody is left in line.
    """
    run = deployment(at_s=[10, 11, 12], wait_s=20.0, replica=FAST_START)
    put = event(20, "replace", runtime_configuration=configuration(threads=2))

    assert held(run, timeline=[put]) == {"threads": 11.0, "thread_waits": 2}


# By definition


@given(drawn=last_phase_scenarios(), engine=st.sampled_from(ENGINES))
def test_shares_are_what_they_are_by_definition(
    drawn: tuple[Scenario, list[float], float], engine: Engine
) -> None:
    """Against a look at every stretch of time in which nothing happens.

    Rounded down, each end of a spell moves by less than a grain, and so does the spell's length.
    Each spell begins with an attempt's arrival or last phase, or with a change of a replica, or
    with the time that is measured. The share is rounded once more, by less than 2^-53 of a minute.
    """
    run, wait_s, places = drawn
    record = simulate_record(run, engine=engine)
    wanted = seconds_held(record, wait_s, places)
    (one,) = record.deployments
    found = binding(one, warm_up_s=run.warm_up_s, horizon_s=run.horizon_s)
    whole = Fraction(run.horizon_s) - Fraction(run.warm_up_s)
    grains = len(one.attempts.request) + len(one.control.transitions) + 2

    assert found.threads is not None
    assert found.cores is not None
    assert found.gpu is not None
    for share, seconds in ((found.threads, "threads"), (found.cores + found.gpu, "last")):
        assert abs(Fraction(share) * whole - wanted[seconds]) <= Fraction(grains, 2**32)
    assert 0.0 in (found.cores, found.gpu)
