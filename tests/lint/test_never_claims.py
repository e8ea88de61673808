"""What lint says never happens is looked for in runs of drawn scenarios, and is not there.

`lint_scenarios.troubled` draws events of every kind around rollouts in tight queues. Of each
exemption of the rule about rollouts there is a case here in which the rollout does switch, or what
stands in the queue does come: where lint would speak, the run itself refutes it.
"""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from lint_claims import refutations
from lint_scenarios import troubled
from sim.lint.linting import lint
from sim.scenario.models.scenario import Scenario
from sim.scenario.rules.check import check_scenario
from sim.simulation.run import simulate_record
from sim.testing import scenarios

IN_CI = 500
IN_ALL = 20_000
FIRST_SEED = 2_000_000

Plain = dict[str, Any]


def refuted_of(wanted: int) -> tuple[list[str], Counter[str]]:
    """Return what runs refute, and how often each *never* was claimed in so many scenarios."""
    refuted, claims = [], Counter[str]()
    for seed in range(FIRST_SEED, FIRST_SEED + wanted):
        scenario = Scenario.from_file_form(troubled(Random(seed)))
        nevers = [finding for finding in lint(scenario) if finding.level == "never"]
        claims.update(finding.rule for finding in nevers)
        if not nevers:
            continue
        record = simulate_record(scenario, engine="reference")
        for finding in nevers:
            refuted += [
                f"{seed}: {finding.claim} {what}" for what in refutations(scenario, finding, record)
            ]
    return refuted, claims


def test_no_never_is_refuted() -> None:
    """In a part of what is looked at in all; each rule claims something."""
    refuted, claims = refuted_of(IN_CI)

    assert refuted == []
    assert claims["rollout-never-switches"] >= 100
    assert len(claims) == 7


@settings(max_examples=settings().max_examples // 2)
@given(scenarios(max_deployments=3))
def test_no_never_is_refuted_of_the_public_scenarios(scenario: Scenario) -> None:
    """They are drawn for other laws, and lint judges any of them."""
    nevers = [finding for finding in lint(scenario) if finding.level == "never"]
    if not nevers:
        return
    record = simulate_record(scenario, engine="reference")

    assert [what for it in nevers for what in refutations(scenario, it, record)] == []


@pytest.mark.exhaustive
def test_no_never_is_refuted_in_all() -> None:
    """The counts are printed."""
    refuted, claims = refuted_of(IN_ALL)

    print(f"{IN_ALL} scenarios, refuted {len(refuted)} of {dict(claims)}")  # noqa: T201 - the count is what is asked for
    assert refuted == []
    assert min(claims.values()) >= 200


# What may free more -----------------------------------------------------------------------------


def stuck() -> Plain:
    """Return a scenario whose rollout never switches: both GPUs are held until it does."""
    wire = {"minReplicas": 2, "maxReplicas": 2, "cpu": 1, "gpu": {"count": 1, "type": "T4"}}
    scaling = {
        "scaleUpLoadThreshold": 0.5,
        "scaleUpDelay": {"value": 0, "unit": "SECONDS"},
        "scaleDownDelay": {"value": 0, "unit": "SECONDS"},
    }
    wire |= {"threadCount": 1, "scalingConfiguration": scaling}
    return {
        "name": "stuck",
        "horizon": "3min",
        "queues": [
            {"kind": "vgpu", "name": "gpus", "limits": {"T4": 3}, "tenants": {"others": {"T4": 1}}}
        ],
        "deployments": [
            {
                "name": "ranker",
                "runtimeConfiguration": wire,
                "initial": {"responsive": 2},
                "replica": {
                    "image": "0B",
                    "container_start": "1s",
                    "model_load": "1s",
                    "probe": {"period": "1s", "failure_threshold": 1},
                    "backoff": {"initial": "60s", "max": "60s"},
                    "grace": "5s",
                },
                "request": {"wait": "5s"},
                "autoscaler": {"evaluation_interval": "1s"},
            }
        ],
        "timeline": [
            {
                "at": "10s",
                "event": "replace",
                "deployment": "ranker",
                "runtimeConfiguration": {**wire, "memory": "8GiB"},
            }
        ],
    }


def limit_raised(data: Plain) -> None:
    """The queue gets one more GPU later."""
    data["timeline"].append(
        {"at": "60s", "event": "queue_limit", "queue": "gpus", "limits": {"T4": 4}}
    )


def tenant_leaves(data: Plain) -> None:
    """Another tenant uses none later."""
    data["timeline"].append(
        {"at": "60s", "event": "tenant", "queue": "gpus", "tenant": "others", "use": {"T4": 0}}
    )


def lifetime_ends(data: Plain) -> None:
    """Old replicas go at the end of their lifetime; their successors stand behind."""
    data["deployments"][0]["replica"]["lifetime"] = {"min": "90s", "max": "100s"}


def minimum_lowered(data: Plain) -> None:
    """The bounds of a pending publish change in place, and those of the old revision with them."""
    wire = data["deployments"][0]["runtimeConfiguration"]
    data["timeline"] = [
        {"at": "10s", "event": "publish", "deployment": "ranker"},
        {
            "at": "60s",
            "event": "replace",
            "deployment": "ranker",
            "runtimeConfiguration": {**wire, "minReplicas": 1, "maxReplicas": 1},
        },
    ]


def to_zero(data: Plain) -> None:
    """The old revision may scale to zero, and does."""
    for place in (data["deployments"][0], data["timeline"][0]):
        place["runtimeConfiguration"] = {**place["runtimeConfiguration"], "minReplicas": 0}


def failed_replica_goes_first(data: Plain) -> None:
    """A scale-down takes a killed replica, which holds a GPU, before one that waits for one."""
    one = data["deployments"][0]
    for place in (one, data["timeline"][0]):
        place["runtimeConfiguration"] = {**place["runtimeConfiguration"], "maxReplicas": 3}
    one["traffic"] = [{"kind": "instants", "at": ["11s", "11s"]}]
    data["timeline"].append(
        {"at": "14s", "event": "kill", "deployment": "ranker", "replicas": {"numbers": [1]}}
    )


def other_type(data: Plain) -> None:
    """The new revision takes any type, and another one is free."""
    data["queues"][0]["limits"]["A100"] = 1
    wire = data["timeline"][0]["runtimeConfiguration"]
    data["timeline"][0]["runtimeConfiguration"] = {**wire, "gpu": {"count": 1}}


def old_on_other_type(data: Plain) -> None:
    """The old revision, which takes any type, holds GPUs of another one."""
    data["queues"][0]["limits"] = {"A100": 2, "T4": 2}
    one = data["deployments"][0]
    one["runtimeConfiguration"] = {**one["runtimeConfiguration"], "gpu": {"count": 1}}


FREES = (
    limit_raised,
    tenant_leaves,
    lifetime_ends,
    minimum_lowered,
    to_zero,
    failed_replica_goes_first,
    other_type,
    old_on_other_type,
)


def rules_and_switches(data: Plain) -> tuple[set[str], list[bool]]:
    """Return the rules that speak, and of each rollout of a run whether it switched."""
    scenario = Scenario.from_file_form(data)
    check_scenario(scenario)
    record = simulate_record(scenario, engine="reference")
    switched = [r.switched_at_s is not None for r in record.deployments[0].control.rollouts]
    return {finding.rule for finding in lint(scenario)}, switched


def test_without_any_of_them_it_never_switches() -> None:
    """Both old replicas stay, and one more GPU there is not."""
    rules, switched = rules_and_switches(stuck())

    assert "rollout-never-switches" in rules
    assert switched == [False]


@pytest.mark.parametrize("frees", FREES, ids=lambda frees: frees.__name__)
def test_lint_does_not_condemn_a_rollout_that_something_frees(
    frees: Callable[[Plain], None],
) -> None:
    """It does switch, so that a *never* would be false."""
    data = stuck()
    frees(data)

    rules, switched = rules_and_switches(data)

    assert switched == [True]
    assert "rollout-never-switches" not in rules


def test_the_instant_that_frees_it_is_named() -> None:
    """The rollout waits, as a risk, until the limit is raised."""
    data = stuck()
    limit_raised(data)
    scenario = Scenario.from_file_form(data)

    found = next(finding for finding in lint(scenario) if finding.rule == "rollout-waits")

    assert found.numbers["frees_at_s"] == 60.0
    assert "changes at 1min" in found.claim


def test_a_start_that_is_made_faster_is_in_time() -> None:
    """`slow_starts` with a factor below 1: it takes 2 of 3 seconds, and the replica comes up."""
    data = stuck()
    data["timeline"] = [
        {
            "at": "0s",
            "event": "slow_starts",
            "deployment": "ranker",
            "factor": 0.25,
            "for": "3min",
        }
    ]
    data["deployments"][0]["initial"] = "cold"
    data["deployments"][0]["replica"] |= {"model_load": "8s", "start_timeout": "3s"}
    scenario = Scenario.from_file_form(data)
    record = simulate_record(scenario, engine="reference")
    reached = {move.after.value for move in record.deployments[0].control.transitions}

    assert "RESPONSIVE" in reached
    assert "start-never-in-time" not in {finding.rule for finding in lint(scenario)}
