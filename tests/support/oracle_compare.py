"""An oracle scenario in the engine's spelling, a record in the oracle's form, their difference."""

import math
from collections.abc import Iterable, Iterator
from pprint import pformat
from typing import Any

from oracle import run
from oracle_binding import LIMITS
from oracle_scenarios import STALL_AFTER, Plain
from sim.record import AttemptColumns, DeploymentRecord, TickColumns
from sim.results.binding import binding
from sim.scenario.models.scenario import Scenario
from sim.simulation.options import Engine
from sim.simulation.run import simulate_record
from sim.states import LIVE, Outcome

SCALING = {
    "scale up": "up",
    "scale from zero": "from zero",
    "scale down": "down",
    "scale to zero": "to zero",
}
"""What the autoscaler does, by the reason of the transition that it causes."""
ENDED = {"reverted": "cancelled"}
"""What the engine's record calls the end of a rollout."""

COLUMNS = (
    *("request", "attempt", "arrival_at_s", "start_at_s", "answered_at_s", "released_at_s"),
    *("revision", "replica", "thread"),
)


def to_scenario(scenario: Plain) -> Scenario:
    """Return the engine's spelling of a complete oracle scenario."""
    return Scenario.model_validate(
        {
            "name": "drawn",
            "horizon_s": scenario["horizon"],
            "queues": [_queue(queue) for queue in scenario["queues"]],
            "deployments": [_deployment(d) for d in scenario["deployments"]],
            "timeline": [_event(event) for event in scenario["timeline"]],
        }
    )


def _queue(queue: Plain) -> Plain:
    if "vcpu" in queue["limits"]:
        tenants = {name: 1000 * use["vcpu"] for name, use in queue["tenants"].items()}
        limit = 1000 * queue["limits"]["vcpu"]
        return {
            "kind": "vcpu",
            "name": queue["name"],
            "limit_millicores": limit,
            "tenants": tenants,
        }
    return {"kind": "vgpu", **queue}


def _wire(c: Plain) -> Plain:
    core = c["core"]
    seconds = {"up": c["up_delay"], "down": c["down_delay"]}
    delays = {name: {"value": value, "unit": "SECONDS"} for name, value in seconds.items()}
    gpu_type = {"type": core["gpu_type"]} if core["gpu_type"] else {}
    connection = "ri.magritte..source.00000000-0000-0000-0000-00000000000"
    return {
        "minReplicas": c["min"],
        "maxReplicas": c["max"],
        "cpu": float(core["cpu"]),
        "memory": f"{core['memory']}B",
        **({"gpu": {"count": core["gpu"], **gpu_type}} if core["gpu"] else {}),
        "threadCount": core["threads"],
        "scalingConfiguration": {
            "scaleUpLoadThreshold": float(c["up"]),
            "scaleUpDelay": delays["up"],
            "scaleDownDelay": delays["down"],
        },
        "environmentVariables": {"SETTING": str(core["env"])} if core["env"] else {},
        "sources": [f"{connection}{number}" for number in range(core["sources"])],
    }


def _in_order(values: list[int]) -> Plain | int:
    return {"kind": "sequence", "values": values} if any(values) else 0


def _demands(given: Plain) -> Plain:
    return {
        "wait_s": _in_order(given["wait"]),
        "cpu_s": _in_order(given["cpu"]),
        "gpu_s": _in_order(given["gpu"]),
        "memory_bytes": _in_order(given["memory"]),
    }


def _replica(d: Plain) -> Plain:
    lifetime = d["lifetime"]
    probe = ("delay", "period")
    return {
        "image_bytes": d["pull"],
        "pull_bytes_per_s": 1.0,
        "container_start_s": d["container"],
        "model_load_s": d["load"],
        "model_memory_bytes": d["model_memory"],
        "probe": {f"{name}_s": d[f"probe_{name}"] for name in probe}
        | {name: d[name] for name in ("success_threshold", "failure_threshold")},
        **{f"{name}_s": d[name] for name in ("start_timeout", "unresponsive_grace", "grace")},
        "backoff": {f"{name}_s": d[f"backoff_{name}"] for name in ("initial", "max", "healthy")},
        "failed_after": d["failed_after"],
        "lifetime": None if lifetime is None else {"min_s": lifetime, "max_s": lifetime},
        "warmup": {"duration_s": d["warmup"][0], "factor": d["warmup"][1]},
        "gpu_slots": d["gpu_slots"],
    }


def _client(d: Plain) -> Plain:
    deadline = None if d["deadline"] is None else _in_order(d["deadline"])
    if d["max_attempts"] == 1:
        return {"policy": "none", "deadline_s": deadline}
    return {
        "policy": "custom",
        "deadline_s": deadline,
        "max_attempts": d["max_attempts"],
        "retry_on": list(d["retry_on"]),
        "backoff_s": list(d["retry_waits"]),
    }


def _deployment(d: Plain) -> Plain:
    responsive = {"kind": "responsive", "responsive_count": d["initial"]}
    rate, burst = d["rate_limit"] or (None, None)
    return {
        "name": d["name"],
        "runtime_configuration": _wire(d["configuration"]),
        "queues": {"vcpu": d["vcpu"], "vgpu": d["vgpu"]},
        "initial": responsive if isinstance(d["initial"], int) else {"kind": d["initial"]},
        "replica": _replica(d),
        "request": _demands(d),
        "service": {
            "timeout_s": d["timeout"],
            "queue_capacity": d["queue_capacity"],
            "dispatch": d["dispatch"],
            "rate_limit": rate and {"rate_per_s": rate, "burst": burst},
        },
        "client": _client(d),
        "rollout": {key: d[key] for key in ("scaling_only", "initial_replicas", "switch_when")}
        | {"stall_after_s": STALL_AFTER},
        "autoscaler": {
            "evaluation_interval_s": d["interval"],
            "scale_up_comparison": d["comparison"],
            "scale_down_load_threshold": d["down_threshold"],
            "count_starting": d["count_starting"],
        },
        "traffic": [{"kind": "instants", "at_s": list(d["arrivals"])}] if d["arrivals"] else [],
    }


def _event(event: Plain) -> Plain:
    kept = ("event", "deployment", "queue", "tenant", "replicas", "factor", "limits", "use")
    spelt = {"at_s": event["at"]} | {key: event[key] for key in kept if key in event}
    if "for" in event:
        spelt["for_s"] = event["for"]
    if event["event"] == "replace":
        spelt["runtime_configuration"] = _wire(event["configuration"])
    if event["event"] == "queue_limit" and "vcpu" in event["limits"]:
        spelt["limit_millicores"] = 1000 * spelt.pop("limits")["vcpu"]
    if event["event"] == "tenant" and "vcpu" in event["use"]:
        spelt["use"] = 1000 * event["use"]["vcpu"]
    if event["event"] == "publish":
        spelt |= _version(event)
    return spelt


def _version(event: Plain) -> Plain:
    names = {"pull": "image_bytes", "load": "model_load_s", "model_memory": "model_memory_bytes"}
    spelt = {name: event[key] for key, name in names.items() if key in event}
    return spelt | ({"request": _demands(event)} if "wait" in event else {})


def engine_run(scenario: Plain, engine: Engine = "reference") -> dict[str, Plain]:
    """Return what an engine says of a complete oracle scenario, in the oracle's form."""
    record = simulate_record(to_scenario(scenario), engine=engine)
    horizon_s = record.horizon_s
    return {d.name: _in_form(d, horizon_s) for d in record.deployments}


def _in_form(deployment: DeploymentRecord, horizon_s: float) -> Plain:
    log = deployment.control
    return {
        "transitions": [
            (x.at_s, x.replica, x.revision, x.before and x.before.value, x.after.value)
            for x in log.transitions
        ],
        "actions": _actions(deployment),
        "statuses": [(x.at_s, x.state.value, x.is_ready) for x in log.statuses],
        "evaluations": _evaluations(deployment.ticks),
        "attempts": _rows(deployment.attempts),
        "binding": _binding(deployment, horizon_s),
    }


def _binding(deployment: DeploymentRecord, horizon_s: float) -> list[tuple[str, Any]]:
    found = binding(deployment, warm_up_s=0.0, horizon_s=horizon_s).model_dump()
    return [(name, found[name]) for name in (*LIMITS, "thread_waits", "gpu_waits")]


def _actions(deployment: DeploymentRecord) -> list[tuple[float | None, str, int]]:
    log = deployment.control
    actions: list[tuple[float | None, str, int]] = [
        (x.at_s, SCALING[x.reason.words], x.replica)
        for x in log.transitions
        if x.reason.words in SCALING and (x.before is None or x.before in LIVE)
    ]
    for rollout in log.rollouts:
        actions.append((rollout.put_at_s, "roll out", rollout.new_revision))
        if rollout.switched_at_s is not None:
            actions.append((rollout.switched_at_s, "switch", rollout.new_revision))
        is_pending = rollout.switched_at_s is None
        if is_pending and rollout.ended in ("superseded", "cancelled"):
            actions.append((rollout.ended_at_s, rollout.ended, rollout.new_revision))
    return actions


def _evaluations(ticks: TickColumns) -> list[tuple[Any, ...]]:
    names = ("at_s", "busy", "responsive", "live", "load")
    return _with_nothing(zip(*(getattr(ticks, name).tolist() for name in names), strict=True))


def _rows(attempts: AttemptColumns) -> list[tuple[Any, ...]]:
    columns = [getattr(attempts, name).tolist() for name in COLUMNS]
    kinds = [Outcome(code).kind for code in attempts.outcome.tolist()]
    return _with_nothing(zip(*columns, kinds, strict=True))


def _with_nothing(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows with None for NaN, which equals nothing."""
    return [
        tuple(None if isinstance(x, float) and math.isnan(x) else x for x in row) for row in rows
    ]


def ordered(log: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the rows in an order that both sides can keep.

    The model does not say in which order two replicas change in one item: a replica's own changes
    stay in order, replicas stand by number. Actions of one instant stand by their words.
    """
    if log == "transitions":
        return sorted(rows, key=lambda row: row[:2])
    if log == "actions":
        return sorted((at, ENDED.get(action, action), number) for at, action, number in rows)
    return rows


def first_difference(scenario: Plain, expected: dict[str, Plain]) -> str | None:
    """Return where the engine first disagrees with `expected`, and the scenario; None: nowhere."""
    found = engine_run(scenario)
    for name, logs in expected.items():
        for log, rows in logs.items():
            want, got = ordered(log, rows), ordered(log, found[name][log])
            if want != got:
                pairs = [*zip(want, got, strict=False), (None, None)]
                place = next(
                    (i for i, (w, g) in enumerate(pairs) if w != g), min(len(want), len(got))
                )
                return (
                    f"{name}: {log} differ from number {place} on\n"
                    f"oracle: {pformat(want[place : place + 3])}\n"
                    f"engine: {pformat(got[place : place + 3])}\n"
                    f"scenario: {pformat(scenario, width=100, compact=True, sort_dicts=False)}"
                )
    return None


def reduced(scenario: Plain) -> Plain:
    """Return the scenario without what it needs not to show that the two disagree."""
    for less in _without_something(scenario):
        if first_difference(less, run(less)) is not None:
            return reduced(less)
    return scenario


def _without_something(scenario: Plain) -> Iterator[Plain]:
    deployments, timeline = scenario["deployments"], scenario["timeline"]
    for number, gone in enumerate(deployments):
        others = deployments[:number] + deployments[number + 1 :]
        events = [event for event in timeline if event.get("deployment") != gone["name"]]
        if others:
            yield {**scenario, "deployments": others, "timeline": events}
        if gone["arrivals"]:
            idle = [*deployments[:number], {**gone, "arrivals": []}, *deployments[number + 1 :]]
            yield {**scenario, "deployments": idle}
    for number in range(len(timeline)):
        yield {**scenario, "timeline": timeline[:number] + timeline[number + 1 :]}
