"""For each rule of lint, drawn scenarios at its edge: units beyond it, at it, or short of it.

Each builder takes a generator and `over`, whole units beyond the edge: with 1 the rule must speak,
with 0 and below it must be silent. Units are the smallest that the field has: a thousandth of a
core, a GPU, a byte, a millisecond, a thread, a replica. What the rule does not depend on is drawn.
The edges are computed here from the model's text, in whole numbers, by other means than in lint.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

Plain = dict[str, Any]
MIB = 2**20

LOG = Path(__file__).parent / "called_columns.csv"
"""A trace of one row, whose columns are called as response times are, or nearly so."""


def _wire(rng: Random, **fields: Any) -> Plain:
    return {
        "minReplicas": 1,
        "maxReplicas": 1,
        "cpu": rng.choice([0.5, 1, 2]),
        "memory": rng.choice(["1GiB", "4GiB"]),
        "threadCount": rng.randint(1, 6),
        **fields,
    }


def _one(rng: Random, wire: Plain, **fields: Any) -> Plain:
    return {
        "name": rng.choice(["a", "ranker", "eu.ranker v2"]),
        "runtimeConfiguration": wire,
        "initial": "cold",
        "replica": _quick(),
        **fields,
    }


def _quick(**fields: Any) -> Plain:
    start = {"image": "0B", "container_start": "1s", "model_load": "1s"}
    return {**start, "probe": {"period": "1s"}, **fields}


def _scenario(
    rng: Random, *deployments: Plain, queues: list[Plain] | None = None, timeline: Any = ()
) -> Plain:
    return {
        "name": "edge",
        "seed": rng.randint(0, 3),
        "horizon": "2min",
        "queues": queues or [],
        "deployments": list(deployments),
        "timeline": list(timeline),
    }


def _put(at_s: int, name: str, wire: Plain) -> Plain:
    return {"at": f"{at_s}s", "event": "replace", "deployment": name, "runtimeConfiguration": wire}


def _users(rate_per_s: float) -> list[Plain]:
    return [{"kind": "poisson", "name": "users", "rate": f"{rate_per_s!r}/s"}]


def _ms(count: int) -> str:
    return f"{count}ms"


# Never ------------------------------------------------------------------------------------------


def _replica_never_fits(rng: Random, over: int) -> Plain:
    if rng.random() < 0.5:
        limit = 1000 * rng.randint(1, 6)
        wire = _wire(rng, cpu=(limit + over) / 1000)
        queue: Plain = {"kind": "vcpu", "name": "q", "limit": limit / 1000}
        lower: Plain = {"event": "queue_limit", "queue": "q", "limit": 0.25}
        again: Plain = {"event": "queue_limit", "queue": "q", "limit": limit / 1000}
    else:
        limits = {"T4": rng.randint(2, 6), "A100": rng.randint(2, 6)}
        gpu_type = rng.choice([None, "T4", "A100"])
        most = max(limits.values()) if gpu_type is None else limits[gpu_type]
        gpu = {"count": most + over, **({} if gpu_type is None else {"type": gpu_type})}
        wire = _wire(rng, gpu=gpu)
        queue = {"kind": "vgpu", "name": "q", "limits": limits}
        lower = {"event": "queue_limit", "queue": "q", "limits": {"T4": 0, "A100": 0}}
        again = {"event": "queue_limit", "queue": "q", "limits": limits}
    one = _one(rng, wire)
    timeline = [{"at": "20s", **lower}, {"at": "50s", **again}] if rng.random() < 0.5 else []
    if rng.random() < 0.3:
        one["runtimeConfiguration"] = {**wire, "cpu": 0.25}
        one["runtimeConfiguration"].pop("gpu", None)
        timeline.append(_put(60, one["name"], wire))
    return _scenario(rng, one, queues=[queue], timeline=timeline)


def _model_never_fits(rng: Random, over: int) -> Plain:
    memory = rng.randint(1, 4) * 1024 * MIB
    one = _one(rng, _wire(rng, memory=str(memory)))
    if rng.random() < 0.5:
        one["replica"]["model_memory"] = f"{memory + over}B"
        return _scenario(rng, one)
    publish = {"at": "9s", "event": "publish", "deployment": one["name"]}
    return _scenario(rng, one, timeline=[{**publish, "model_memory": f"{memory + over}B"}])


def _request_never_fits(rng: Random, over: int) -> Plain:
    memory, least = rng.randint(1, 4) * 1024 * MIB, rng.randint(1, 512) * MIB
    law: Any = rng.choice(
        [
            f"{least}B",
            {"kind": "uniform", "low": f"{least}B", "high": f"{2 * least}B"},
            {"kind": "empirical", "values": [f"{3 * least}B", f"{least}B"]},
        ]
    )
    one = _one(
        rng,
        _wire(rng, memory=str(memory)),
        request={"wait": "100ms", "memory": law},
        traffic=_users(0.5),
        replica=_quick(model_memory=f"{memory - least + over}B"),
    )
    return _scenario(rng, one)


def _start_never_in_time(rng: Random, over: int) -> Plain:
    container, load = 200 * rng.randint(0, 20), 200 * rng.randint(0, 20)
    delay, period = 100 * rng.randint(0, 30), 100 * rng.randint(1, 30)
    needed = rng.randint(1, 3)
    is_faster = rng.random() < 0.3
    speed = 2 if is_faster else 1
    probe, passes = delay, 0
    while True:  # the probes one after the other, as the model's text has them
        passes += probe * speed >= load
        if passes == needed:
            break
        probe += period
    start = container // speed + probe
    replica = _quick(
        container_start=_ms(container),
        model_load=_ms(load),
        start_timeout=_ms(max(start - over, 1)),
        probe={"delay": _ms(delay), "period": _ms(period), "success_threshold": needed},
    )
    one = _one(rng, _wire(rng), replica=replica)
    event = {"event": "slow_starts", "deployment": one["name"], "at": "0s", "for": "2min"}
    factor = 0.5 if is_faster else rng.choice([1.0, 2.0])
    timeline = [{**event, "factor": factor}] if is_faster or rng.random() < 0.3 else []
    if start - over < 1 or (over > 0 and start < 2):
        return _start_never_in_time(rng, over)
    return _scenario(rng, one, timeline=timeline)


def _gpu_missing(rng: Random, over: int) -> Plain:
    wire, gpu = _wire(rng), _ms(max(over, 0))
    if over < 0:
        wire, gpu = {**wire, "gpu": {"count": 1}}, "1s"
    one = _one(rng, wire, request={"wait": "1s", "gpu": gpu}, traffic=_users(0.2))
    return _scenario(rng, one)


def _never_scales_up(rng: Random, over: int) -> Plain:
    threshold = 1.0 if over > 0 or rng.random() < 0.5 else 0.999
    comparison = "above" if over > 0 or threshold < 1 else "at_or_above"
    delay_s = rng.randint(0, 9)
    scaling = {
        "scaleUpLoadThreshold": threshold,
        "scaleUpDelay": {"value": delay_s, "unit": "SECONDS"},
        "scaleDownDelay": {"value": 60, "unit": "SECONDS"},
    }
    wire = _wire(rng, maxReplicas=rng.randint(2, 5), threadCount=1, scalingConfiguration=scaling)
    one = _one(
        rng,
        wire,
        request={"wait": "1s"},
        autoscaler={"scale_up_comparison": comparison},
        traffic=_users(1.0),
    )
    return _scenario(rng, one)


def _rollout_never_switches(rng: Random, over: int) -> Plain:
    least, more = rng.randint(1, 3), rng.choice([0, 0, 1])
    there, held = least, rng.randint(0, 2)
    new_count, switch = rng.choice([(1, "first"), (rng.randint(1, 3), "first"), (2, "all")])
    needed = new_count if switch == "all" else 1
    old_size, new_size = rng.randint(1, 2), rng.randint(1, 2)
    limit = least * old_size + held + needed * new_size - over
    gpu = {"count": old_size, "type": "T4"}
    wire = _wire(rng, minReplicas=least, maxReplicas=least + more, gpu=gpu)
    new = {**wire, "gpu": {"count": new_size, "type": "T4"}, "threadCount": 7}
    new |= {"minReplicas": new_count, "maxReplicas": new_count}
    one = _one(rng, wire, initial={"responsive": there}, rollout={"switch_when": switch})
    queue = {"kind": "vgpu", "name": "q", "limits": {"T4": limit, "A100": 5}}
    put_at = rng.randint(10, 60)
    timeline = [_put(put_at, one["name"], new)]
    if rng.random() < 0.4:  # a tenant that takes more for a while
        use = {"at": f"{put_at - 5}s", "event": "tenant", "queue": "q", "tenant": "t"}
        timeline.append({**use, "use": {"T4": held + rng.randint(0, 1)}})
        timeline.append({**use, "at": f"{put_at + 9}s", "use": {"T4": held}})
    if rng.random() < 0.4 and not more:
        kill = {"event": "kill", "deployment": one["name"], "replicas": "all"}
        timeline.append({"at": f"{put_at + 3}s", **kill})
    queue["tenants"] = {"t": {"T4": held}}
    return _scenario(rng, one, queues=[queue], timeline=timeline)


# Risk -------------------------------------------------------------------------------------------


def _rollout_waits(rng: Random, over: int) -> Plain:
    there, held = rng.randint(2, 4), rng.randint(0, 2)
    wire = _wire(rng, maxReplicas=there, cpu=1)
    limit = there + held + 1 - over
    one = _one(rng, wire, initial={"responsive": there})
    queue = {"kind": "vcpu", "name": "q", "limit": limit, "tenants": {"t": held}}
    new = {**wire, "threadCount": 7}
    return _scenario(rng, one, queues=[queue], timeline=[_put(30, one["name"], new)])


def _capacity_cliff(rng: Random, over: int) -> Plain:
    asked, threads = rng.randint(1, 4), rng.randint(1, 5)
    wire = _wire(rng, minReplicas=asked, maxReplicas=9, threadCount=threads)
    one = _one(
        rng,
        wire,
        initial={"responsive": 9},
        request={"wait": "1s"},
        traffic=_users(asked * threads + over),
    )
    new = {**wire, "memory": "8GiB"}
    return _scenario(rng, one, timeline=[_put(rng.randint(1, 99), one["name"], new)])


def _overload(rng: Random, over: int) -> Plain:
    most, cores = rng.randint(1, 4), rng.choice([1, 2])
    rate_per_s = 10 * most * cores + over
    wire = _wire(rng, maxReplicas=most, cpu=cores, threadCount=32)
    points = [{"at": "0s", "rate": "1/s"}, {"at": "60s", "rate": f"{rate_per_s}/s"}]
    traffic: Any = rng.choice([_users(rate_per_s), [{"kind": "piecewise", "points": points}]])
    queues: list[Plain] = []
    if rng.random() < 0.5:
        wire["maxReplicas"] = most + 3
        queues = [{"kind": "vcpu", "name": "q", "limit": most * cores + rng.choice([0, 0.5])}]
    one = _one(rng, wire, request={"cpu": "100ms"}, traffic=traffic)
    return _scenario(rng, one, queues=queues)


def _memory_of_busy_threads(rng: Random, over: int) -> Plain:
    threads, each, model = rng.randint(2, 8), rng.randint(1, 90) * MIB, rng.randint(0, 900) * MIB
    wire = _wire(rng, threadCount=threads, memory=str(threads * each + model - over))
    law: Any = rng.choice([f"{each}B", {"kind": "exponential", "mean": f"{each}B"}])
    one = _one(rng, wire, request={"memory": law}, replica=_quick(model_memory=f"{model}B"))
    return _scenario(rng, one)


def _swinging_replicas(rng: Random, over: int) -> Plain:
    up, threads = rng.choice([0.5, 0.75]), 4 * rng.randint(1, 3)
    count = rng.randint(1, 3)
    scaling = {
        "scaleUpLoadThreshold": up,
        "scaleUpDelay": {"value": 0, "unit": "SECONDS"},
        "scaleDownDelay": {"value": 30, "unit": "SECONDS"},
    }
    wire = _wire(rng, maxReplicas=4, threadCount=threads, scalingConfiguration=scaling)
    rate_per_s = up * threads * count + 0.5
    settings = {} if over > 0 else {"scale_down_load_threshold": up - 0.01}
    one = _one(rng, wire, request={"wait": "1s"}, traffic=_users(rate_per_s), autoscaler=settings)
    return _scenario(rng, one)


def _overshoot(rng: Random, over: int) -> Plain:
    delay_s = rng.randint(5, 30)
    scaling = {
        "scaleUpLoadThreshold": 0.75,
        "scaleUpDelay": {"value": delay_s, "unit": "SECONDS"},
        "scaleDownDelay": {"value": 300, "unit": "SECONDS"},
    }
    wire = _wire(rng, maxReplicas=rng.randint(3, 9), scalingConfiguration=scaling)
    replica = _quick(container_start=f"{2 * delay_s - 1 + over}s", model_load="1s")
    return _scenario(rng, _one(rng, wire, replica=replica, traffic=_users(1.0)))


def _threshold_out_of_reach(rng: Random, over: int) -> Plain:
    rate_per_s, busy = rng.choice([(9, 9), (8, 4)])  # u / (1 - u) requests are at work on one core
    wire = _wire(rng, maxReplicas=4, cpu=1, threadCount=2 * busy + over)
    wire["scalingConfiguration"] = {
        "scaleUpLoadThreshold": 0.5,
        "scaleUpDelay": {"value": 1, "unit": "MINUTES"},
        "scaleDownDelay": {"value": 30, "unit": "MINUTES"},
    }
    one = _one(rng, wire, request={"cpu": "100ms"}, traffic=_users(rate_per_s))
    return _scenario(rng, one)


def _first_start_too_slow(rng: Random, over: int) -> Plain:
    pull_s, load_s = rng.randint(1, 30), rng.randint(0, 9)
    timeout = 1000 * (pull_s + load_s + 1) - over
    replica = _quick(
        image=f"{100 * pull_s}MB",
        pull="100MB/s",
        container_start="1s",
        model_load=f"{load_s}s",
        start_timeout=_ms(timeout),
    )
    return _scenario(rng, _one(rng, _wire(rng), replica=replica))


def _maxima_above_limit(rng: Random, over: int) -> Plain:
    counts = [rng.randint(1, 4) for _ in range(rng.randint(1, 3))]
    ones = [
        {**_one(rng, _wire(rng, cpu=1, maxReplicas=count)), "name": f"d{number}"}
        for number, count in enumerate(counts)
    ]
    limit = sum(counts) - over * 0.001
    if limit < 1:
        return _maxima_above_limit(rng, over)
    return _scenario(rng, *ones, queues=[{"kind": "vcpu", "name": "q", "limit": limit}])


def _deadline_below_demand(rng: Random, over: int) -> Plain:
    wait, work = rng.randint(1, 2000), 4 * rng.randint(0, 500)
    takes = wait + 2 * work  # on half a core
    patience = takes - over
    if patience < 1:
        return _deadline_below_demand(rng, over)
    one = _one(
        rng,
        _wire(rng, cpu=0.5),
        request={"wait": _ms(wait), "cpu": _ms(work)},
        traffic=_users(0.1),
    )
    key, value = rng.choice([("client", "deadline"), ("service", "timeout")])
    one[key] = {value: _ms(patience), **({"policy": "none"} if key == "client" else {})}
    return _scenario(rng, one)


def _lifetimes_together(rng: Random, over: int) -> Plain:
    count, load_s, least_s = rng.randint(2, 5), rng.randint(1, 9), rng.randint(20, 90)
    spread = 1000 * (load_s + 1) - over  # a start takes the load and a second
    replica = _quick(
        model_load=f"{load_s}s",
        lifetime={"min": f"{least_s}s", "max": _ms(1000 * least_s + spread)},
    )
    wire = _wire(rng, minReplicas=count, maxReplicas=count)
    return _scenario(rng, _one(rng, wire, initial={"responsive": count}, replica=replica))


def _response_time_demand(rng: Random, over: int) -> Plain:
    """Count the columns of a sum that are called as response times are: one, or none of them."""
    responses = rng.sample(["rt", "request_time", "latency_ms", "elapsed time"], max(over, 0))
    others = ["service_ms", "cpu_ms", "tokens", "art", "request_bytes", "time_to_first_token"]
    columns = [*responses, *rng.sample(others, rng.randint(1, 3))]
    rng.shuffle(columns)
    law = {"kind": "linear", "per": dict.fromkeys(columns, "1ms")}
    asked = {rng.choice(["wait", "cpu"]): law}
    trace = {"kind": "trace", "path": str(LOG), "format": "csv", "time_column": "latency"}
    own = rng.random() < 0.5
    fields = {} if own else {"request": asked}
    source = {**trace, **({"demands": asked} if own else {})}
    return _scenario(rng, _one(rng, _wire(rng), traffic=[source], **fields))


EDGES: dict[str, Callable[[Random, int], Plain]] = {
    "replica-never-fits": _replica_never_fits,
    "model-never-fits": _model_never_fits,
    "request-never-fits": _request_never_fits,
    "start-never-in-time": _start_never_in_time,
    "gpu-missing": _gpu_missing,
    "never-scales-up": _never_scales_up,
    "rollout-never-switches": _rollout_never_switches,
    "rollout-waits": _rollout_waits,
    "capacity-cliff": _capacity_cliff,
    "overload": _overload,
    "deadline-below-demand": _deadline_below_demand,
    "lifetimes-together": _lifetimes_together,
    "response-time-demand": _response_time_demand,
    "memory-of-busy-threads": _memory_of_busy_threads,
    "swinging-replicas": _swinging_replicas,
    "overshoot": _overshoot,
    "threshold-out-of-reach": _threshold_out_of_reach,
    "first-start-too-slow": _first_start_too_slow,
    "maxima-above-limit": _maxima_above_limit,
}
"""By the name of the rule."""
