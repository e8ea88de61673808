"""A strategy for scenarios in which whole stretches can be served at once, and much is in the way.

Against `sim.testing.scenarios`: more requests, each with demands of its own, mostly zero or small
whole numbers; no rate limit, rarely retries, and limits that are sometimes reached.
"""

from typing import Any

from hypothesis import strategies as st

from sim.scenario.models.distributions import Constant
from sim.scenario.models.queues import VcpuQueue
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.traffic import InstantsTraffic
from sim.scenario.rules.check import check_scenario
from sim.testing import scenarios, timeline_events
from sim.testing.features import with_half_of_its_features
from sim.units import Bytes, Seconds
from sim.wire.normal import normalise

HORIZON_S = 120
Plain = dict[str, Any]


def stretched_scenarios() -> st.SearchStrategy[Scenario]:
    """Draw valid scenarios with tens or hundreds of requests in two minutes."""
    return with_half_of_its_features(_files(), but={"crowds"}).map(_built)


def engine_scenarios() -> st.SearchStrategy[Scenario]:
    """Draw scenarios of all kinds; in every other one many requests meet on few cores."""
    drawn = scenarios(max_deployments=3)
    return drawn | drawn.map(_crowded)


@st.composite
def shared_scenarios(draw: st.DrawFn) -> Scenario:
    """Draw scenarios in which up to twelve requests meet on few cores of up to six replicas.

    Their demands differ, at whole seconds, so that ends come in another order than starts, and
    often together; in every other scenario a revision with more threads follows.
    """
    data = draw(with_half_of_its_features(_files(), but={"crowds", "work"}))
    for one in data["deployments"]:
        wire, replicas = one["runtimeConfiguration"], draw(st.integers(1, 6))
        wire.update(
            threadCount=draw(st.integers(3, 12)),
            cpu=draw(st.sampled_from([1.0, 1.0, 1.5, 2.0, 4.0])),
            minReplicas=draw(st.integers(1, replicas)),
            maxReplicas=replicas,
        )
        one["initial"] = {"responsive": replicas}
        one["request"]["cpu"] = draw(_demand(["1s", "2s", "3s", "6s"]))
        if draw(st.booleans()):
            more = {**wire, "threadCount": wire["threadCount"] + draw(st.integers(1, 8))}
            at = f"{draw(st.integers(1, HORIZON_S - 1))}s"
            data["timeline"].append(
                {
                    "at": at,
                    "event": "replace",
                    "deployment": one["name"],
                    "runtimeConfiguration": more,
                }
            )
    vcpu, *vgpu = data["queues"]
    vcpu["limit"] = 100
    for queue in vgpu:
        queue["limits"] = {"T4": 100, "A100": 100}
    return _built(data)


def _crowded(scenario: Scenario) -> Scenario:
    """Return the scenario with crowds of requests of 10 s of work, for four threads on a core."""
    crowds = InstantsTraffic(name="crowds", at_s=tuple(float(20 * (k // 6)) for k in range(120)))
    deployments = tuple(
        one.model_copy(
            update={
                "request": one.request.model_copy(
                    update={
                        "cpu_s": Constant[Seconds](value=10.0),
                        "memory_bytes": Constant[Bytes](value=0),
                    }
                ),
                "runtime_configuration": one.runtime_configuration.model_copy(
                    update={"cpu": 1.0, "thread_count": 4}
                ),
                "service": one.service.model_copy(update={"rate_limit": None}),
                "traffic": (*one.traffic, crowds),
            }
        )
        for one in scenario.deployments
    )
    missing = sum(
        one.initial.responsive_count
        * max(1000 - normalise(one.runtime_configuration).cpu_millicores, 0)
        for one in scenario.deployments
    )
    queues = tuple(
        queue.model_copy(update={"limit_millicores": queue.limit_millicores + missing})
        if isinstance(queue, VcpuQueue)
        else queue
        for queue in scenario.queues
    )
    return scenario.model_copy(update={"deployments": deployments, "queues": queues})


def _built(data: Plain) -> Scenario:
    scenario = Scenario.from_file_form(data)
    check_scenario(scenario)
    return scenario


def _seconds(least: int, most: int) -> st.SearchStrategy[str]:
    return st.integers(least, most).map(lambda seconds: f"{seconds}s")


@st.composite
def _files(draw: st.DrawFn) -> Plain:
    has_gpus = draw(st.booleans())
    names = [f"d{number}" for number in range(draw(st.sampled_from([1, 1, 1, 2])))]
    deployments = [draw(_deployments(name, has_gpus=has_gpus)) for name in names]
    known = {one["name"]: one["runtimeConfiguration"] for one in deployments}
    events = timeline_events(known, has_gpus=has_gpus, horizon_s=HORIZON_S)
    cores = sum(one["runtimeConfiguration"]["cpu"] for one in deployments)
    queues: list[Plain] = [
        {"kind": "vcpu", "name": "cpu", "limit": 6 * cores, "tenants": {"others": 0}}
    ]
    if has_gpus:
        queues.append({"kind": "vgpu", "name": "gpu", "limits": {"T4": 12, "A100": 12}})
    return {
        "name": "drawn",
        "seed": draw(st.integers(0, 3)),
        "horizon": f"{HORIZON_S}s",
        "queues": queues,
        "deployments": deployments,
        "timeline": draw(st.lists(events, max_size=draw(st.sampled_from([0, 1, 4])))),
    }


@st.composite
def _deployments(draw: st.DrawFn, name: str, *, has_gpus: bool) -> Plain:
    threads, replicas = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    configuration: Plain = {
        "minReplicas": draw(st.integers(0, replicas)),
        "maxReplicas": replicas + draw(st.integers(0, 1)),
        "cpu": draw(st.sampled_from([0.5, 1.0, 1.5, 2.0, 4.0])),
        "memory": draw(st.sampled_from(["1GiB", "2GiB", "4GiB"])),
        "threadCount": threads,
        "scalingConfiguration": {
            "scaleUpLoadThreshold": draw(st.sampled_from([0.5, 0.75, 1.0])),
            "scaleUpDelay": {"value": draw(st.sampled_from([0, 30, 100])), "unit": "SECONDS"},
            "scaleDownDelay": {"value": draw(st.sampled_from([100, 120])), "unit": "SECONDS"},
        },
    }
    if has_gpus:
        configuration["gpu"] = {"count": draw(st.integers(1, 2)), "type": "T4"}
    return {
        "name": name,
        "runtimeConfiguration": configuration,
        "initial": {"responsive": replicas},
        "replica": draw(_behaviours()),
        "request": draw(_demands(has_gpu=has_gpus)),
        "service": draw(_services()),
        "client": draw(_clients()),
        "autoscaler": {"evaluation_interval": draw(st.sampled_from(["5s", "7s"]))},
        "traffic": [draw(_traffic()) for _ in range(draw(st.sampled_from([1, 1, 2])))],
    }


def _behaviours() -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries(
        {
            "image": st.just("0B"),
            "container_start": _seconds(0, 3),
            "model_load": _seconds(0, 3),
            "model_memory": st.sampled_from(["0B", "512MiB"]),
            "grace": _seconds(5, 30),
            "probe": st.just({"period": "5s"}),
            "gpu_slots": st.integers(1, 3),
        },
        optional={"warmup": st.just({"seconds": "20s", "factor": 2.0})},
    )


def _demand(values: list[str]) -> st.SearchStrategy[Any]:
    """Draw one value for all or, in half of the cases, one for each of 300 in turn."""
    several = st.randoms(use_true_random=True).map(
        lambda chance: {"kind": "sequence", "values": [chance.choice(values) for _ in range(300)]}
    )
    return st.sampled_from(values) | several


@st.composite
def _demands(draw: st.DrawFn, *, has_gpu: bool) -> Plain:
    waits = draw(st.sampled_from([["0s", "1s", "2s"], ["0s", "100ms", "300ms"], ["1s", "9s"]]))
    work = draw(st.sampled_from([["0s"], ["0s"], ["0s", "100ms"], ["0s", "1s"], ["500ms"]]))
    memory = draw(st.sampled_from([["0B"], ["0B"], ["0B", "600MiB"], ["300MiB"]]))
    demands = {
        "wait": draw(_demand(waits)),
        "cpu": draw(_demand(work)),
        "memory": draw(_demand(memory)),
    }
    if has_gpu:
        demands["gpu"] = draw(_demand(draw(st.sampled_from([["0s"], ["0s", "1s"], ["300ms"]]))))
    return demands


def _services() -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries(
        {"timeout": st.sampled_from(["300s", "300s", "10s", "3s"])},
        optional={"queue_capacity": st.integers(0, 20)},
    )


def _clients() -> st.SearchStrategy[Plain]:
    custom = {
        "policy": "custom",
        "max_attempts": 3,
        "retry_on": ["client_timeout", "inference_timeout", "queue_full"],
        "backoff": ["0s", "2s"],
    }
    deadlines = st.sampled_from(["5s", "8s"])
    return st.sampled_from([{"policy": "none"}, {"policy": "none"}, {"policy": "sdk"}]) | st.builds(
        lambda client, deadline: {**client, "deadline": deadline},
        st.sampled_from([{"policy": "none"}, custom]),
        deadlines | _demand(["1s", "3s", "20s"]),
    )


@st.composite
def _traffic(draw: st.DrawFn) -> Plain:
    """Draw up to 200 instants, on whole or half seconds or on tenths, some of them in bursts."""
    step_ms = draw(st.sampled_from([1000, 500, 100]))
    count = draw(st.integers(10, 200))
    chance = draw(st.randoms(use_true_random=True))
    steps = (HORIZON_S - 1) * 1000 // step_ms
    at_ms = sorted(step_ms * chance.randint(0, steps) for _ in range(count))
    return {"kind": "instants", "at": [f"{instant}ms" for instant in at_ms]}
