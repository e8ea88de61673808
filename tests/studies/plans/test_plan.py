"""Plans on small scenarios: each verdict, what it rests on, and helps that hold."""

from typing import Any

import numpy as np
import pytest

from plan_scenarios import CLIFF, DEADLOCK, NEVER_UP, STALLS, TWO
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate
from sim.studies import Plan, plan
from sim.studies.plans.plan_report import PlanReport
from sim.studies.runs.seeds import replication_seed
from study_scenarios import DRAWN, SOMETIMES_STUCK

CURRENT = "deployments.api.rollout.initial_replicas=current"
FAILED = "deployments.api.failed_ratio"


def planned(text: str, **options: Any) -> PlanReport:
    """Return the plan of a small scenario, made in this process."""
    return plan(parse_scenario(text), workers=1, **options).report


@pytest.fixture(scope="module")
def cliff() -> PlanReport:
    """The plan of a small cliff, with helps."""
    return planned(CLIFF, runs=10)


def test_a_rollout_that_leaves_users_waiting_is_risky(cliff: PlanReport) -> None:
    """The one replica of the new revision has half of what the load occupies."""
    assert (cliff.verdict, cliff.decided_by) == ("RISKY", "runs")
    assert "as long as without it" in cliff.why
    assert cliff.effect == "rollout"
    assert (cliff.now.runs, cliff.then.runs) == (10, 10)
    assert [one.rule for one in cliff.findings] == ["capacity-cliff"]


def test_numbers_are_those_of_runs_with_the_seeds_of_the_replications(cliff: PlanReport) -> None:
    """Made here one by one, with the event and without it."""
    seeds = [replication_seed(5, number) for number in range(10)]
    for text, side in ((CLIFF, cliff.then), (CLIFF.partition("timeline")[0], cliff.now)):
        runs = [simulate(parse_scenario(text), seed=seed).figures.deployments[0] for seed in seeds]
        means = [run.response_s.mean or 0.0 for run in runs]
        found = side.measures["deployments.api.response_s.mean"]
        assert found.value == pytest.approx(float(np.mean(means)), rel=1e-12)
    dip = cliff.then.measures["deployments.api.rollouts.1.dip_ratio"]
    assert dip.value == 0.75  # of four threads one is left


def test_both_sides_are_compared_seed_by_seed(cliff: PlanReport) -> None:
    """Four measures of the deployment, fixed before there are runs."""
    assert {address.rpartition("api.")[2] for address in cliff.difference} == {
        "failed_ratio",
        "response_s.mean",
        "response_s.p99",
        "compute_seconds_per_day",
    }
    found = cliff.difference["deployments.api.response_s.mean"]
    assert found.verdict == "worse"
    assert found.difference.low is not None
    assert found.difference.low > 1.0


def test_helps_are_the_smallest_values_that_hold(cliff: PlanReport) -> None:
    """As many replicas as before; more than two replicas, or than two threads, which are all busy.

    With 10 runs three of either may be on the border.
    """
    told = {one.set.partition("=")[0]: one for one in cliff.helps}

    assert [one.verdict for one in cliff.helps] == ["WORKS"] * 3
    assert told[CURRENT.partition("=")[0]].set == CURRENT
    for field in ("minReplicas", "threadCount"):
        one = told[f"timeline[0].runtimeConfiguration.{field}"]
        value, smaller = (int(words.partition("=")[2]) for words in (one.set, one.smaller.set))
        assert value == smaller + 1 + len(one.on_the_border)
        assert (smaller, value) in {(2, 3), (2, 4)}
        assert one.smaller.verdict == "RISKY"
        assert (one.decided_by, one.runs in {10, 20}) == ("runs", True)


def test_the_same_plan_comes_from_any_number_of_workers(cliff: PlanReport) -> None:
    """To the last digit, helps and all."""
    two = plan(parse_scenario(CLIFF), workers=2, runs=10)

    assert two.report == cliff


def test_arithmetic_condemns_a_deadlock_without_a_run() -> None:
    """It says how much more room is enough, and that one core less is not."""
    report = planned(DEADLOCK)

    assert (report.verdict, report.decided_by) == ("NEVER", "arithmetic")
    assert "never switches" in report.why
    assert (report.now.runs, report.then.runs) == (0, 0)
    (one,) = report.helps
    assert (one.set, one.verdict, one.decided_by) == ("queues.cores.limit=3", None, "arithmetic")
    assert (one.smaller.set, one.smaller.verdict) == ("", "NEVER")
    assert [(one.queue, one.short, one.is_deadlocked) for one in report.stalled_on] == [
        ("cores", "cores", True)
    ]


@pytest.mark.parametrize("event", ["replace", "publish"])
def test_what_condemns_the_old_revision_condemns_a_new_one_like_it(event: str) -> None:
    """The replicas that there are once started; none like them will, with another memory or not."""
    text = CLIFF.replace("container_start: 1s", "container_start: 1s, start_timeout: 1s")
    if event == "publish":
        text = text.partition("timeline")[0] + (
            "timeline: [{event: publish, at: 60s, deployment: api}]"
        )
    report = planned(text)

    assert (report.verdict, report.decided_by) == ("NEVER", "arithmetic")
    assert [one.rule for one in report.findings if one.level == "never"] == ["start-never-in-time"]


def test_a_version_that_starts_in_time_is_not_condemned_for_the_one_before() -> None:
    """A publish that loads its model faster is what mends it."""
    text = CLIFF.replace("model_load: 1s", "model_load: 50s, start_timeout: 30s")
    publish = "timeline: [{event: publish, at: 60s, deployment: api, model_load: 1s}]"
    report = planned(text.partition("timeline:")[0] + publish, runs=1, helps=False)

    assert report.decided_by == "runs"
    assert "never" not in {one.level for one in report.findings}


def test_runs_are_made_of_a_deadlock_where_they_are_asked_for() -> None:
    """Then its help is tried, and who holds the cores is known."""
    report = planned(DEADLOCK, runs=10)

    assert (report.verdict, report.decided_by, report.then.runs) == ("NEVER", "arithmetic", 10)
    (one,) = report.helps
    assert (one.set, one.verdict, one.decided_by) == ("queues.cores.limit=3", "WORKS", "runs")
    (waited,) = report.stalled_on
    assert waited.holders == "2 x api revision 0 RESPONSIVE (2 cores)"
    assert report.stall_probability.value == 1.0


def test_a_rollout_that_waits_too_long_is_risky_and_says_for_what() -> None:
    """The run of that seed shows the same; a spare core mends it."""
    report = planned(STALLS, runs=10)

    assert report.verdict == "RISKY"
    assert "the rollout stalled in 10 of 10 runs" in report.why
    (waited,) = report.stalled_on
    assert (waited.queue, waited.short, waited.is_deadlocked) == ("cores", "cores", False)
    run = simulate(parse_scenario(STALLS), seed=waited.seed)
    assert [one.resource for one in run.figures.deployments[0].rollouts[0].stalls] == ["cores"]
    assert [(one.set, one.verdict) for one in report.helps] == [("queues.cores.limit=3", "WORKS")]


def test_runs_that_differ_are_never_called_never() -> None:
    """A rollout that does not end in some runs is risky: only arithmetic says never."""
    report = planned(SOMETIMES_STUCK, runs=20, helps=False)
    values = [
        simulate(parse_scenario(SOMETIMES_STUCK), seed=replication_seed(0, number))
        .figures.deployments[0]
        .rollouts[0]
        .duration_s
        for number in range(20)
    ]

    finished = sum(value is not None for value in values)
    assert 0 < finished < 20
    assert report.verdict == "RISKY"
    assert f"the rollout finished in {finished} of 20 runs" in report.why
    assert report.helps == []


def test_the_one_run_that_can_be_decides_alone() -> None:
    """Nothing is drawn, so that what it does not do no run does."""
    report = planned(NEVER_UP)

    assert (report.verdict, report.decided_by, report.then.runs) == ("NEVER", "runs", 1)
    assert "does not finish, and nothing is drawn" in report.why
    assert report.cautions == []


def test_a_rollout_that_does_no_harm_works() -> None:
    """Its queue has room, and half of its threads are enough meanwhile."""
    report = planned(DRAWN, runs=10)

    assert report.verdict == "WORKS"
    assert report.why.startswith("the rollout is full in all 10 runs and none stalls")
    assert report.helps == []
    assert report.difference[FAILED].verdict == "identical"


def test_a_change_in_place_has_no_rollout() -> None:
    """Nor a chance of a stall; failures of the other deployment are compared too."""
    report = planned(TWO, event=3, runs=10)

    assert (report.verdict, report.effect) == ("WORKS", "in_place")
    assert report.stall_probability.value is None
    assert not any(".rollouts." in address for address in report.then.measures)
    assert "deployments[eu.ranker v2].failed_ratio" in report.difference


def test_requests_that_fail_where_none_did_make_it_risky() -> None:
    """A timeout below what the queue of one replica comes to."""
    text = CLIFF.replace("    request:", "    service: {timeout: 5s}\n    request:")
    report = planned(text, runs=10, helps=False)

    assert report.verdict == "RISKY"
    assert "of requests fail, 0 % without it" in report.why
    assert report.difference[FAILED].verdict == "worse"


def test_failures_in_a_few_runs_are_counted_and_not_averaged() -> None:
    """A mean over runs with and without failures would say little."""
    text = CLIFF.replace("    request:", "    service: {timeout: 45s}\n    request:")
    report = planned(text, runs=10, helps=False)
    seeds = [replication_seed(5, number) for number in range(10)]
    runs = [simulate(parse_scenario(text), seed=seed).figures.deployments[0] for seed in seeds]
    failing = sum(run.requests.failed.total > 0 for run in runs)

    assert 0 < failing < 10
    assert f"requests fail in {failing} of 10 runs, in 0 without it" in report.why


def test_requests_of_another_deployment_count_too() -> None:
    """The new revision has a replica more: the core with which the other would scale up."""
    text = """
name: Takes the core
seed: 5
horizon: 4min
queues:
  - {kind: vcpu, name: cores, limit: 3}
deployments:
  - name: api
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1, threadCount: 2}
    replica: &quick {image_cached: true, container_start: 1s, model_load: 1s,
                      probe: {period: 1s}}
    request: {wait: {kind: exponential, mean: 200ms}}
    traffic: [{kind: poisson, name: web, rate: 1/s}]
  - name: other
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 2, cpu: 1, threadCount: 1,
      scalingConfiguration: {scaleUpLoadThreshold: 0.1,
                             scaleUpDelay: {value: 20, unit: SECONDS},
                             scaleDownDelay: {value: 1, unit: HOURS}}}
    replica: *quick
    service: {timeout: 2s}
    request: {wait: {kind: exponential, mean: 1s}}
    traffic: [{kind: poisson, name: web, rate: 0.9/s}]
timeline:
  - {event: replace, at: 5s, deployment: api,
     runtimeConfiguration: {minReplicas: 2, maxReplicas: 2, cpu: 1, threadCount: 3}}
"""
    report = planned(text, runs=10, helps=False)

    assert report.verdict == "RISKY"
    assert "of requests of other fail" in report.why


def test_a_put_says_what_to_set_in_its_body() -> None:
    """Its own fields start from the configuration, those of the scenario from its top."""
    put = {"minReplicas": 1, "maxReplicas": 4, "cpu": 1.0, "threadCount": 1, "memory": "8GiB"}
    report = planned(CLIFF.partition("timeline")[0], put=put, at_s=60.0, runs=10)

    assert {(one.of, one.set.partition("=")[0]) for one in report.helps} == {
        ("scenario", CURRENT.partition("=")[0]),
        ("put", "runtimeConfiguration.minReplicas"),
        ("put", "runtimeConfiguration.threadCount"),
    }


def test_a_plan_shows_itself_in_a_notebook() -> None:
    """As it does in a pull request."""
    found = plan(parse_scenario(DEADLOCK))

    assert isinstance(found, Plan)
    assert found._repr_markdown_().startswith("<!-- sim plan -->\n\n**verdict: NEVER**")
    assert repr(found).startswith("<Plan of A small deadlock: NEVER, ")


@pytest.mark.parametrize("options", [{"runs": 0}, {"workers": 0}])
def test_numbers_below_one_are_refused(options: dict[str, Any]) -> None:
    """Of runs and of workers."""
    with pytest.raises(ValueError, match="must be at least 1, not 0"):
        plan(parse_scenario(DEADLOCK), **options)
