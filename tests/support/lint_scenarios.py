"""Scenarios in which much goes wrong, for the claims of lint to be refuted by.

Small and quick: a minute or two, few requests, starts of seconds, tight queues. Events of every
kind come in between: limits and tenants change, replicas are killed, hang, and fail to start,
deployments are disabled and started, versions are published, bounds change in place.
"""

from collections.abc import Callable
from random import Random
from typing import Any

Plain = dict[str, Any]

HORIZON_S = 120


def troubled(rng: Random) -> Plain:
    """Return the file form of a scenario; most are valid, and many have a finding."""
    has_gpus = rng.random() < 0.6
    names = ["ranker", "tagger"][: rng.choice([1, 1, 2])]
    deployments = [_deployment(rng, name, has_gpus=has_gpus) for name in names]
    queues = _queues(rng, deployments, has_gpus=has_gpus)
    count = rng.randint(1, 6)
    instants = rng.sample(range(1, HORIZON_S - 10), count)
    events = [_event(rng, at_s, deployments, queues) for at_s in instants]
    return {
        "name": "troubled",
        "seed": rng.randint(0, 5),
        "horizon": f"{HORIZON_S}s",
        "queues": queues,
        "deployments": deployments,
        "timeline": [event for event in events if event is not None],
    }


def _queues(rng: Random, deployments: list[Plain], *, has_gpus: bool) -> list[Plain]:
    """Return queues in which what is there at first fits, mostly with nothing to spare."""
    cores, gpus = 0, 0
    for one in deployments:
        there = one["initial"]["responsive"] if isinstance(one["initial"], dict) else 0
        wire = one["runtimeConfiguration"]
        cores += there * wire["cpu"]
        gpus += there * wire.get("gpu", {"count": 0})["count"]
    others, rest = rng.choice([0, 0, 1, 2]), rng.choice([0, 0, 1])
    queues: list[Plain] = []
    if rng.random() < 0.7:
        limit = others + max(cores, 1) + rng.choice([0, 0, 1, 1, 2, 6])
        queues.append(
            {"kind": "vcpu", "name": "cores", "limit": limit, "tenants": {"others": others}}
        )
    if has_gpus:
        limits = {"T4": rest + max(gpus, 1) + rng.choice([0, 0, 0, 1, 2])}
        if rng.random() < 0.3:
            limits["A100"] = rng.randint(1, 3)
        tenants = {"rest": {"T4": rest}}
        queues.append({"kind": "vgpu", "name": "gpus", "limits": limits, "tenants": tenants})
    return queues


def _configuration(rng: Random, *, has_gpus: bool) -> Plain:
    least = rng.choice([0, 1, 1, 1, 2, 2, 3])
    delay_s = rng.choice([0, 5])
    wire: Plain = {
        "minReplicas": least,
        "maxReplicas": max(least, 1) + rng.choice([0, 0, 1, 2]),
        "cpu": rng.choice([1, 1, 1, 2, 3]),
        "memory": rng.choice(["1GiB", "2GiB", "4GiB"]),
        "threadCount": rng.choice([1, 2, 4]),
        "scalingConfiguration": {
            "scaleUpLoadThreshold": rng.choice([0.5, 0.75, 1.0]),
            "scaleUpDelay": {"value": delay_s, "unit": "SECONDS"},
            "scaleDownDelay": {"value": delay_s + rng.choice([0, 3, 15]), "unit": "SECONDS"},
        },
    }
    if has_gpus and rng.random() < 0.9:
        wire["gpu"] = {"count": rng.choice([1, 1, 1, 2, 3])}
        if rng.random() < 0.7:
            wire["gpu"]["type"] = "T4"
    return wire


def _deployment(rng: Random, name: str, *, has_gpus: bool) -> Plain:
    wire = _configuration(rng, has_gpus=has_gpus)
    is_sound = rng.random() < 0.6
    initial: Any = {"responsive": rng.randint(wire["minReplicas"], wire["maxReplicas"])}
    found: Plain = {
        "name": name,
        "runtimeConfiguration": wire,
        "initial": rng.choice([initial, initial, initial, initial, "cold", "disabled"]),
        "replica": _sound_behaviour(rng) if is_sound else _behaviour(rng),
        "request": _demands(rng, has_gpu=has_gpus),
        "rollout": {
            "scaling_only": rng.choice(["in_place", "in_place", "rollout"]),
            "initial_replicas": rng.choice(["min", "min", "current"]),
            "switch_when": rng.choice(["first", "first", "all"]),
        },
        "autoscaler": {
            "evaluation_interval": rng.choice(["1s", "2s"]),
            "scale_up_comparison": rng.choice(["at_or_above", "above", "above"]),
        },
    }
    if rng.random() < 0.8:
        instants = sorted(rng.randint(0, HORIZON_S - 1) for _ in range(rng.randint(1, 25)))
        found["traffic"] = [{"kind": "instants", "at": [f"{at_s}s" for at_s in instants]}]
    return found


def _behaviour(rng: Random) -> Plain:
    found: Plain = {
        "image": rng.choice(["0B", "0B", "1GB"]),
        "container_start": rng.choice(["0s", "1s", {"kind": "uniform", "low": "1s", "high": "3s"}]),
        "model_load": rng.choice(["0s", "2s", {"kind": "exponential", "mean": "2s"}]),
        "model_memory": rng.choice(["0B", "0B", "512MiB", "1GiB", "3GiB"]),
        "start_timeout": rng.choice(["1s", "3s", "8s", "30s", "30s"]),
        "unresponsive_grace": rng.choice(["2s", "10s"]),
        "grace": rng.choice(["2s", "20s"]),
        "backoff": {"initial": "2s", "max": "8s"},
        "probe": {
            "delay": rng.choice(["0s", "0s", "2s"]),
            "period": rng.choice(["1s", "2s", "300ms"]),
            "success_threshold": rng.choice([1, 1, 2]),
            "failure_threshold": rng.choice([1, 2]),
        },
    }
    if rng.random() < 0.15:
        found["lifetime"] = {"min": rng.choice(["20s", "60s", "500s"]), "max": "600s"}
    return found


def _sound_behaviour(rng: Random) -> Plain:
    """Return one with which starts succeed, so that what can be granted can take over."""
    found: Plain = {
        "image": "0B",
        "container_start": rng.choice(["0s", "1s"]),
        "model_load": rng.choice(["0s", "2s"]),
        "start_timeout": "30s",
        "unresponsive_grace": rng.choice(["2s", "10s"]),
        "grace": rng.choice(["2s", "20s"]),
        "backoff": {"initial": "2s", "max": "8s"},
        "probe": {"period": "1s", "failure_threshold": 1},
    }
    if rng.random() < 0.1:
        found["lifetime"] = {"min": rng.choice(["20s", "60s", "500s"]), "max": "600s"}
    return found


def _demands(rng: Random, *, has_gpu: bool) -> Plain:
    return {
        "wait": rng.choice(["1s", "4s", {"kind": "exponential", "mean": "3s"}]),
        "memory": rng.choice(
            ["0B", "0B", "0B", "700MiB", {"kind": "uniform", "low": "600MiB", "high": "1GiB"}]
        ),
        "gpu": rng.choice(["0s", "1s"]) if has_gpu or rng.random() < 0.1 else "0s",
    }


def _event(rng: Random, at_s: int, deployments: list[Plain], queues: list[Plain]) -> Plain | None:
    one = rng.choice(deployments)
    make = rng.choice(_EVENTS)
    event = make(rng, one, queues)
    return None if event is None else {"at": f"{at_s}s", **event}


def _replace(rng: Random, one: Plain, _: list[Plain]) -> Plain:
    wire = dict(one["runtimeConfiguration"])
    kind = rng.choice(["memory", "threads", "bounds", "bounds", "any", "same"])
    if kind == "memory":
        wire["memory"] = rng.choice(["1GiB", "3GiB", "8GiB"])
    elif kind == "threads":
        wire["threadCount"] = rng.choice([1, 3, 8])
    elif kind == "bounds":
        least = rng.choice([0, 1, 2, 3])
        wire |= {"minReplicas": least, "maxReplicas": max(least, 1) + rng.choice([0, 1])}
        if rng.random() < 0.5:
            wire["memory"] = "5GiB"
    elif kind == "any":
        wire = _configuration(rng, has_gpus="gpu" in wire)
    return {"event": "replace", "deployment": one["name"], "runtimeConfiguration": wire}


def _publish(rng: Random, one: Plain, _: list[Plain]) -> Plain:
    event: Plain = {"event": "publish", "deployment": one["name"]}
    if rng.random() < 0.5:
        event["model_memory"] = rng.choice(["0B", "1GiB", "3GiB", "6GiB"])
    if rng.random() < 0.3:
        event["model_load"] = rng.choice(["1s", "12s", "50s"])
    return event


def _disturb(rng: Random, one: Plain, _: list[Plain]) -> Plain:
    span = {"for": rng.choice(["3s", "20s"])}
    chosen: Any = rng.choice(["all", {"count": 1}, {"numbers": [0]}, {"numbers": [1, 2]}])
    event = rng.choice(
        [
            {"event": "kill", "replicas": chosen},
            {"event": "hang", "replicas": chosen, **span},
            {"event": "hang", "replicas": chosen},
            {"event": "fail_starts", **span},
            {"event": "slow_starts", "factor": rng.choice([0.25, 0.5, 2.0]), **span},
        ]
    )
    return {**event, "deployment": one["name"]}


def _switch_off_or_on(rng: Random, one: Plain, _: list[Plain]) -> Plain:
    return {"event": rng.choice(["disable", "start"]), "deployment": one["name"]}


def _change_queue(rng: Random, _: Plain, queues: list[Plain]) -> Plain | None:
    if not queues:
        return None
    queue = rng.choice(queues)
    is_limit, amount = rng.random() < 0.5, rng.randint(0, 6)
    if queue["kind"] == "vcpu":
        if is_limit:
            return {"event": "queue_limit", "queue": "cores", "limit": amount}
        return {"event": "tenant", "queue": "cores", "tenant": "others", "use": amount}
    if is_limit:
        return {"event": "queue_limit", "queue": "gpus", "limits": {"T4": amount}}
    return {"event": "tenant", "queue": "gpus", "tenant": "rest", "use": {"T4": amount}}


_EVENTS: list[Callable[[Random, Plain, list[Plain]], Plain | None]] = [
    *[_replace] * 6,
    *[_publish] * 3,
    *[_disturb] * 4,
    *[_change_queue] * 3,
    _switch_off_or_on,
]
