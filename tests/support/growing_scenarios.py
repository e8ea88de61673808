"""A strategy for scenarios in which replicas become more, and wider, while a few requests run.

Against `sim.testing.scenarios` and `path_scenarios`: few requests, long ones and each with demands
of its own, most of them around the instants at which another configuration comes; one to three
replicas to begin with and up to nine afterwards, with other threads; starts of a second or two.
What runs on the old replicas is then hidden by nothing that comes after it.
"""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from hypothesis import strategies as st

from sim.scenario.models.scenario import Scenario
from sim.scenario.rules.check import check_scenario
from sim.testing.features import with_half_of_its_features

Plain = dict[str, Any]

HORIZON_S = 90
_STEPS_A_SECOND = 2


def growing_scenarios() -> st.SearchStrategy[Scenario]:
    """Draw valid scenarios of a minute and a half, of one or two deployments."""
    return with_half_of_its_features(_files(), but={"replacing", "work"}).map(_built)


def _built(data: Plain) -> Scenario:
    scenario = Scenario.from_file_form(data)
    check_scenario(scenario)
    return scenario


@st.composite
def _files(draw: st.DrawFn) -> Plain:
    has_gpus = draw(st.booleans())
    deployments, timeline = [], []
    for name in "ab"[: draw(st.sampled_from([1, 1, 1, 2]))]:
        changes_at = sorted(draw(st.lists(st.integers(2, 80), min_size=1, max_size=4)))
        deployment = draw(_deployments(name, changes_at, has_gpus=has_gpus))
        deployments.append(deployment)
        wire = deployment["runtimeConfiguration"]
        timeline += [{"at": _at(at), **draw(_changes(name, wire))} for at in changes_at]
    queues: list[Plain] = [
        {"kind": "vcpu", "name": "cpu", "limit": draw(st.integers(30, 60)), "tenants": {}}
    ]
    if has_gpus:
        queues.append({"kind": "vgpu", "name": "gpu", "limits": {"T4": 12}})
    return {
        "name": "drawn",
        "seed": draw(st.integers(0, 3)),
        "horizon": f"{HORIZON_S}s",
        "queues": queues,
        "deployments": deployments,
        "timeline": timeline,
    }


def _at(steps: int) -> str:
    return f"{1000 * steps // _STEPS_A_SECOND}ms"


@st.composite
def _configurations(draw: st.DrawFn, replicas: tuple[int, ...], *, has_gpus: bool) -> Plain:
    least = draw(st.sampled_from(replicas))
    delay = draw(st.sampled_from([0, 2, 10]))
    configuration: Plain = {
        "minReplicas": least,
        "maxReplicas": least + draw(st.integers(0, 2)),
        "cpu": draw(st.sampled_from([0.25, 0.5, 1.0, 1.0, 2.0, 4.0])),
        "memory": draw(st.sampled_from(["1GiB", "2GiB"])),
        "threadCount": draw(st.integers(1, 6)),
        "scalingConfiguration": {
            "scaleUpLoadThreshold": draw(st.sampled_from([0.25, 0.75])),
            "scaleUpDelay": {"value": delay, "unit": "SECONDS"},
            "scaleDownDelay": {"value": delay + 20, "unit": "SECONDS"},
        },
    }
    if has_gpus:
        configuration["gpu"] = {"count": 1, "type": "T4"}
    return configuration


@st.composite
def _changes(draw: st.DrawFn, name: str, wire: Plain) -> Plain:
    """Draw an event without its instant: mostly another configuration, with more replicas."""
    kinds = ["replace"] * 6 + ["publish", "hang", "kill", "disable", "start"]
    event: Plain = {"event": draw(st.sampled_from(kinds)), "deployment": name}
    match event["event"]:
        case "replace":
            other = draw(_configurations((3, 4, 5, 9, 2, 1), has_gpus="gpu" in wire))
            changed = draw(st.sampled_from([("cpu", "threadCount"), ("memory",), ()]))
            bounds = {key: other[key] for key in ("minReplicas", "maxReplicas", *changed)}
            event["runtimeConfiguration"] = {**wire, **bounds}
        case "hang":
            event["replicas"] = {"numbers": draw(st.lists(st.integers(0, 3), min_size=1))}
            event["for"] = draw(st.sampled_from(["1s", "3s", "20s"]))
        case "kill":
            event["replicas"] = {"numbers": draw(st.lists(st.integers(0, 3), min_size=1))}
        case _:
            pass
    return event


@st.composite
def _deployments(draw: st.DrawFn, name: str, changes_at: list[int], *, has_gpus: bool) -> Plain:
    wire = draw(_configurations((1, 1, 2, 3), has_gpus=has_gpus))
    chance = draw(st.randoms(use_true_random=True))
    requests = sorted(_requests(chance, changes_at), key=lambda request: request["at"])
    quantities = ("wait", "cpu", "memory", *(["gpu"] if has_gpus else []))
    return {
        "name": name,
        "runtimeConfiguration": wire,
        "initial": draw(st.sampled_from([{"responsive": wire["minReplicas"]}] * 4 + ["cold"])),
        "replica": draw(_BEHAVIOURS),
        "request": {
            quantity: {"kind": "sequence", "values": [one[quantity] for one in requests]}
            for quantity in quantities
        },
        "service": draw(_SERVICES),
        "client": draw(st.sampled_from(_CLIENTS)),
        "rollout": draw(_ROLLOUTS),
        "autoscaler": {"evaluation_interval": draw(st.sampled_from(["1s", "2s", "5s"]))},
        "traffic": [{"kind": "instants", "at": [_at(one["at"]) for one in requests]}],
    }


def _requests(chance: Random, changes_at: list[int]) -> Iterator[Plain]:
    """Yield requests that work over each change, and some that come soon after it."""
    for change_at in changes_at:
        for _ in range(chance.randint(1, 3)):
            yield _request(chance, max(0, change_at - chance.randint(0, 8)), _LONG)
        for _ in range(chance.randint(0, 6)):
            yield _request(chance, change_at + chance.randint(0, 24), _SHORT)


def _request(chance: Random, at: int, demands: Mapping[str, list[str]]) -> Plain:
    asked = {quantity: chance.choice(values) for quantity, values in demands.items()}
    return {"at": at, **asked}


_LONG = {
    "wait": ["0s", "0s", "2s", "30s"],
    "cpu": ["5s", "10s", "20s", "0s"],
    "gpu": ["0s", "0s", "5s", "20s"],
    "memory": ["0B", "100MiB", "500MiB"],
}
_SHORT = {
    "wait": ["0s", "0s", "5s", "30s"],
    "cpu": ["0s", "1s", "2s", "5s"],
    "gpu": ["0s", "0s", "1s", "5s"],
    "memory": ["0B", "0B", "100MiB", "500MiB"],
}
_BEHAVIOURS = st.fixed_dictionaries(
    {
        "image": st.just("0B"),
        "container_start": st.sampled_from(["0s", "1s", "2s"]),
        "model_load": st.sampled_from(["0s", "1s"]),
        "grace": st.sampled_from(["2s", "30s", "60s"]),
        "probe": st.fixed_dictionaries(
            {"period": st.sampled_from(["1s", "2s"]), "failure_threshold": st.integers(1, 2)}
        ),
        "unresponsive_grace": st.sampled_from(["3s", "60s"]),
        "gpu_slots": st.integers(1, 2),
    },
    optional={
        "lifetime": st.just({"min": "20s", "max": "60s"}),
        "warmup": st.just({"seconds": "10s", "factor": 2.0}),
    },
)
_SERVICES = st.fixed_dictionaries(
    {
        "timeout": st.sampled_from(["300s", "20s", "6s"]),
        "dispatch": st.sampled_from(["line", "line", "fewest_in_flight"]),
    },
    optional={"queue_capacity": st.integers(0, 3)},
)
_CLIENTS: list[Plain] = [
    {"policy": "sdk"},
    {"policy": "none", "deadline": "8s"},
    {
        "policy": "custom",
        "max_attempts": 3,
        "retry_on": ["client_timeout", "queue_full", "inference_timeout"],
        "backoff": ["0s", "2s"],
        "deadline": "5s",
    },
]
_ROLLOUTS = st.fixed_dictionaries(
    {
        "scaling_only": st.sampled_from(["in_place", "in_place", "rollout"]),
        "initial_replicas": st.sampled_from(["min", "min", "current"]),
        "switch_when": st.sampled_from(["first", "all"]),
    }
)
