"""What can be asked of a run by name: every measure, on small runs and on whatever is drawn."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import FAST_START, configuration, deployment, scenario
from sim.addresses import path_of, steps_of
from sim.errors import ScenarioError
from sim.reasons import Reason
from sim.results.measure import Tally
from sim.results.measures import DERIVED, Measure, Missing, Value, measure_at, measures, value_of
from sim.results.report import Report
from sim.results.requests import FailedRequests, RequestCounts
from sim.results.rollouts import RolloutReport
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.spec import NAME_PATTERN
from sim.simulation.run import simulate
from sim.testing import scenarios

KINDS = {"number": float, "count": int, "yes/no": bool}

TWO = configuration(replicas=2)
THREE = configuration(replicas=3, memory="5GiB")


def put(at_s: float, wire: dict[str, Any], name: str = "a") -> dict[str, Any]:
    """Return a PUT of a configuration."""
    return {
        "event": "replace",
        "at_s": at_s,
        "deployment": name,
        "runtime_configuration": wire,
    }


def value(found: Report, spec: Scenario, address: str) -> Value:
    """Return the value of the measure at an address."""
    return value_of(found, measure_at(address, measures(spec)))


def check(spec: Scenario) -> None:
    """Read every measure of a run, and check that each is what it says that it is."""
    found = simulate(spec).figures
    for one in measures(spec):
        assert one.unit not in {"cores or GPUs", "number"}, one.address
        read = value_of(found, one)
        if isinstance(read, Missing):
            is_no_rollout = read.why.startswith(
                ("the event rolled nothing", "the run ended before")
            )
            wanted = "none" if is_no_rollout else one.undefined
            assert read.undefined == wanted, one.address
            assert one.undefined is not None, one.address
        else:
            assert type(read) is KINDS[one.kind], one.address


@settings(max_examples=max(settings().max_examples // 4, 3))
@given(scenarios())
def test_every_measure_is_what_it_says_it_is(spec: Scenario) -> None:
    """Its kind, and undefined only where it says so, in the way that it says; each address once."""
    check(spec)
    listed = measures(spec)
    assert len({one.address for one in listed}) == len(listed)
    assert [tuple(steps_of(one.address) or ()) for one in listed] == [one.steps for one in listed]
    assert measure_at(listed[-1].address, listed) is listed[-1]


@settings(max_examples=max(settings().max_examples // 4, 3))
@given(scenarios())
def test_each_event_that_rolls_out_has_its_rollout(spec: Scenario) -> None:
    """In order of time, so that the number of an event leads to the rollout that it began."""
    for one in simulate(spec).figures.deployments:
        begun = [event.at_s for event in one.events if event.code is Reason.ROLLED_OUT]
        assert begun == [rollout.put_at_s for rollout in one.rollouts]


def test_an_event_that_changes_nothing_keeps_its_number() -> None:
    """The first PUT asks for what there is; the second rolls out three replicas of more memory."""
    spec = scenario(
        deployment(at_s=[1.0], wait_s=1.0, wire={"replicas": 2}, replica=FAST_START),
        timeline=[put(10.0, TWO), put(20.0, THREE)],
        horizon_s=100.0,
    )
    found = simulate(spec).figures
    (only,) = found.deployments

    nothing = value(found, spec, "deployments.a.rollouts.1.duration_s")
    assert nothing == Missing("none", "the event rolled nothing out: nothing to change")
    assert value(found, spec, "a.rollouts.2.put_at_s") == 20.0
    assert value(found, spec, "a.rollouts.2.duration_s") == only.rollouts[0].duration_s
    assert value(found, spec, "a.rollouts.2.stalled") is False
    with pytest.raises(ScenarioError, match=r"a\.rollouts\.3\.stalled is no measure"):
        value(found, spec, "a.rollouts.3.stalled")


def test_what_did_not_end_is_beyond_and_what_had_nothing_in_it_is_none() -> None:
    """A rollout whose starts take longer than the run; a deployment that nobody asked."""
    slow = {**FAST_START, "container_start_s": 500.0, "start_timeout_s": 1000.0}
    spec = scenario(
        deployment(wait_s=1.0, wire={"replicas": 2}, replica=slow),
        timeline=[put(10.0, THREE)],
        horizon_s=100.0,
    )
    found = simulate(spec).figures

    duration = value(found, spec, "a.rollouts.1.duration_s")
    assert duration == Missing("beyond", "it had not happened when the run ended")
    response = value(found, spec, "a.response_s.p99")
    assert response == Missing("none", "there was nothing to measure")
    assert value(found, spec, "a.rollouts.1.after.requests.arrived") == response
    assert value(found, spec, "a.failed_ratio") == value(found, spec, "a.availability") == response


def test_a_report_of_another_scenario_is_not_read() -> None:
    """Neither a deployment nor a resource that it does not have; an event that came later is none.

    The measures are of a scenario with a queue of T4s and a PUT at 50 s.
    """
    gpus = {"kind": "vgpu", "name": "gpu", "limits": {"T4": 1}}
    queued = {**deployment(wait_s=1.0, wire={"gpus": 1}), "queues": {"vgpu": "gpu"}}
    spec = scenario(queued, queues=[gpus], timeline=[put(50.0, configuration(gpus=1))])
    other_type = scenario(queued, queues=[{**gpus, "limits": {"H100": 1, "T4": 1}}])
    other_name = scenario({**deployment(wait_s=1.0), "name": "b"})

    used = measure_at("queues.gpu.H100.used_max", measures(other_type))
    with pytest.raises(LookupError, match="queue gpu has no 'H100'"):
        value_of(simulate(spec).figures, used)
    arrived = measure_at("a.requests.arrived", measures(spec))
    with pytest.raises(LookupError, match="the report has no 'a'"):
        value_of(simulate(other_name).figures, arrived)
    cut = simulate(spec.before(20.0)).figures
    assert value(cut, spec, "a.rollouts.1.stalled") == Missing(
        "none", "the run ended before the event"
    )


def test_resources_are_called_by_their_type_and_have_its_unit() -> None:
    """Cores of a vCPU queue, GPUs by type; the second of two T4s is never used."""
    spec = scenario(
        {
            **deployment(at_s=[1.0], wait_s=1.0, wire={"gpus": 1}),
            "queues": {"vcpu": "cpu", "vgpu": "gpu"},
        },
        queues=[
            {"kind": "vcpu", "name": "cpu", "limit_millicores": 8000},
            {"kind": "vgpu", "name": "gpu", "limits": {"T4": 2, "H100": 0}},
        ],
    )
    found, listed = simulate(spec).figures, measures(spec)

    used = [one for one in listed if one.steps[0] == "queues" and one.steps[-1] == "used_max"]
    assert [(one.address, one.unit) for one in used] == [
        ("queues.cpu.cores.used_max", "cores"),
        ("queues.gpu.T4.used_max", "GPUs"),
        ("queues.gpu.H100.used_max", "GPUs"),
    ]
    assert [value_of(found, one) for one in used] == [1.0, 1.0, 0.0]


def test_derived_measures_are_functions_of_the_report() -> None:
    """One thread for 10 s, a line of one: of three requests at once the last is refused."""
    spec = scenario(
        deployment(
            at_s=[1.0, 1.0, 1.0], wait_s=10.0, service={"queue_capacity": 1}, wire={"replicas": 1}
        ),
        horizon_s=100.0,
    )
    found = simulate(spec).figures
    (only,) = found.deployments

    assert value(found, spec, "a.failed_ratio") == 1 / 3
    assert value(found, spec, "a.availability") == 1 - 1 / 3
    assert value(found, spec, "a.attempts_per_request") == 1.0
    per_day = value(found, spec, "a.compute_seconds_per_day")
    assert per_day == only.compute_seconds.total * 864
    assert {one.measure.steps for of in DERIVED.values() for one in of}.isdisjoint(
        (name,) for model in DERIVED for name in model.model_fields
    )


def test_a_short_address_is_taken_where_it_names_one_thing() -> None:
    """A deployment and a queue of one name differ in all but this."""
    both = (
        Measure(("deployments", "a", "x"), "s", "number", None, None),
        Measure(("queues", "a", "x"), "s", "number", None, None),
        Measure(("queues", "b", "x"), "s", "number", None, None),
    )

    assert measure_at("b.x", both) is both[2]
    with pytest.raises(ScenarioError, match=r"write deployments\.a\.x or queues\.a\.x"):
        measure_at("a.x", both)
    with pytest.raises(ScenarioError, match=r"queues\.c\.x is no measure; did you mean"):
        measure_at("queues.c.x", both)


@given(st.lists(st.from_regex(NAME_PATTERN, fullmatch=True), min_size=1, max_size=4))
def test_an_address_leads_back_to_its_steps(steps: list[str]) -> None:
    """Whatever deployments are called."""
    assert steps_of(path_of(steps)) == steps


def test_a_tally_is_of_counts_alone() -> None:
    """So that its total is the sum of its fields."""
    assert RequestCounts.model_fields["failed"].annotation is FailedRequests
    for model in Tally.__subclasses__():
        assert {field.annotation for field in model.model_fields.values()} == {int}, model


def test_a_rollout_tells_its_course_its_extent_its_causes_and_its_windows() -> None:
    """The order of the keys in `result.json`."""
    assert list(RolloutReport.model_fields) == [
        *("number", "cause", "strategy", "old_revision", "new_revision", "ended"),
        *("threads_at_put", "threads_at_full"),
        *("put_at_s", "switched_at_s", "full_at_s", "gone_at_s", "ended_at_s"),
        *("progress_exceeded_at_s", "duration_s"),
        *("dip_ratio", "cores_dip_ratio", "stalls"),
        *("outage_s", "surge_replica_seconds", "available_min", "live_max"),
        *("why_not_switched", "given_up_by"),
        *("never_fits", "waited_for", "threads", "failed_starts", "before", "during", "after"),
    ]
