"""Scenarios whose pictures are hard to draw, run for real: of few and many, long and short."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from sim.results.result import Result
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate

MINUTE_S: Final = 60.0
HOUR_S: Final = 3600.0
DAY_S: Final = 86400.0

QUICK: Final = MappingProxyType(
    {"image": "1GB", "container_start": "5s", "model_load": "15s", "probe": {"period": "5s"}}
)
"""A replica that is RESPONSIVE half a minute after it began to start."""


def configuration(least: int, most: int, **wire: object) -> dict[str, Any]:
    """A runtime configuration between `least` and `most` replicas, of one core and four threads."""
    plain = {"cpu": 1.0, "memory": "2GiB", "threadCount": 4}
    return {"minReplicas": least, "maxReplicas": most, **plain, **wire}


def deployment(
    name: str, wire: Mapping[str, Any], *, rate: str, responsive: int, **settings: object
) -> dict[str, Any]:
    """A deployment that is asked `rate` for answers of about a third of a second."""
    return {
        "name": name,
        "runtimeConfiguration": wire,
        "initial": {"responsive": responsive},
        "replica": dict(QUICK),
        "request": {"wait": {"kind": "lognormal", "mean": "300ms", "cv": 0.8}, "cpu": "20ms"},
        "traffic": [{"kind": "poisson", "name": "users", "rate": rate}],
        **settings,
    }


def scenario(
    name: str,
    *deployments: Mapping[str, Any],
    horizon: str,
    cores: float = 64,
    tenants: Mapping[str, float] | None = None,
    queues: Iterable[Mapping[str, Any]] = (),
    timeline: Iterable[Mapping[str, Any]] = (),
    **fields: object,
) -> Scenario:
    """A scenario with a queue of `cores`, of which `tenants` hold some, and other `queues`."""
    cpu = {"kind": "vcpu", "name": "cores", "limit": cores, "tenants": dict(tenants or {})}
    return Scenario.from_file_form(
        {
            "name": name,
            "seed": 5,
            "start": "2026-04-13T08:00:00+02:00",
            "horizon": horizon,
            "queues": [cpu, *queues],
            "deployments": list(deployments),
            "timeline": list(timeline),
            **fields,
        }
    )


def put(at: str, name: str, wire: Mapping[str, Any]) -> dict[str, Any]:
    """A PUT of the runtime configuration `wire`."""
    return {"event": "replace", "at": at, "deployment": name, "runtimeConfiguration": wire}


def one_replica() -> Scenario:
    """One replica, which is replaced."""
    wire = configuration(1, 1)
    return scenario(
        "One replica",
        deployment("solo", wire, rate="4/s", responsive=1),
        horizon="20min",
        timeline=[put("8min", "solo", {**wire, "threadCount": 8})],
    )


def forty_replicas() -> Scenario:
    """Twenty replicas are replaced by twenty: a bar each, as many as there may be."""
    wire = configuration(20, 20)
    return scenario(
        "Twenty replicas for twenty",
        deployment("ranker", wire, rate="150/s", responsive=20),
        horizon="15min",
        timeline=[put("5min", "ranker", {**wire, "threadCount": 8})],
    )


def two_hundred_replicas() -> Scenario:
    """A hundred replicas are replaced by a hundred, for which there is not all the room."""
    wire = configuration(100, 100)
    return scenario(
        "A hundred replicas for a hundred",
        deployment("fleet", wire, rate="400/s", responsive=100),
        horizon="12min",
        cores=160,
        timeline=[put("4min", "fleet", {**wire, "threadCount": 8})],
    )


def six_deployments() -> Scenario:
    """Six deployments and a tenant share a queue; two of them are replaced."""
    names = ("ranker", "embedder", "translator", "classifier", "summariser", "detector")
    return scenario(
        "Six deployments",
        *(
            deployment(
                name,
                configuration(1 + i % 3, 6),
                rate=f"{6 + 4 * i}/s",
                responsive=1 + i % 3,
                autoscaler={"evaluation_interval": "5s"},
            )
            for i, name in enumerate(names)
        ),
        horizon="30min",
        cores=32,
        tenants={"nightly batch": 6},
        timeline=[
            put("10min", "translator", configuration(3, 6, threadCount=8)),
            put("12min", "detector", configuration(3, 6, threadCount=8, cpu=2.0)),
            {
                "event": "tenant",
                "at": "20min",
                "queue": "cores",
                "tenant": "nightly batch",
                "use": 12,
            },
        ],
    )


def twenty_rollouts(horizon: str = "10h", every_min: int = 29) -> Scenario:
    """A deployment is replaced twenty times."""
    return scenario(
        "Twenty rollouts",
        deployment("ranker", configuration(2, 4), rate="2/s", responsive=2),
        horizon=horizon,
        cores=12,
        timeline=[
            put(f"{10 + every_min * i}min", "ranker", configuration(2, 4, threadCount=5 + i))
            for i in range(20)
        ],
    )


def thirty_days() -> Scenario:
    """A month of days and nights, with a rollout in its second week and one in its last."""
    wire = configuration(1, 8)
    night, day = {"at": "03:00", "rate": "0.02/s"}, {"at": "14:00", "rate": "0.25/s"}
    daily = {"kind": "cycle", "name": "users", "period": "day", "points": [night, day]}
    slow = {"wait": {"kind": "lognormal", "mean": "40s", "cv": 0.8}, "cpu": "100ms"}
    return scenario(
        "Thirty days",
        deployment(
            "assistant",
            wire,
            rate="1/s",
            responsive=1,
            traffic=[daily],
            request=slow,
            autoscaler={"evaluation_interval": "30s"},
        ),
        horizon="30d",
        cores=24,
        tenants={"training": 4},
        timeline=[
            put("9d", "assistant", {**wire, "cpu": 2.0}),
            put("23d", "assistant", {**wire, "cpu": 1.5}),
        ],
    )


def disabled() -> Scenario:
    """A deployment is off for a third of the run."""
    return scenario(
        "Off for a while",
        deployment("ranker", configuration(3, 6), rate="20/s", responsive=3),
        horizon="15min",
        timeline=[
            {"event": "disable", "at": "5min", "deployment": "ranker"},
            {"event": "start", "at": "10min", "deployment": "ranker"},
        ],
    )


def killed() -> Scenario:
    """Replicas are killed one by one, then all; some hang."""
    kill = {"event": "kill", "deployment": "ranker"}
    return scenario(
        "Killed replicas",
        deployment("ranker", configuration(4, 6), rate="20/s", responsive=4),
        horizon="20min",
        timeline=[
            {**kill, "at": "4min", "replicas": {"count": 1}},
            {**kill, "at": "4min10s", "replicas": {"count": 1}},
            {
                "event": "hang",
                "at": "7min",
                "deployment": "ranker",
                "replicas": {"count": 1},
                "for": "1min",
            },
            {**kill, "at": "12min", "replicas": "all"},
        ],
    )


def gpu_deadlock() -> Scenario:
    """A new revision waits for the GPUs of the old one, after a rollout that waited a moment."""
    wire = configuration(3, 3, gpu={"count": 1, "type": "T4"})
    return scenario(
        "GPU deadlock",
        deployment("generator", wire, rate="2/s", responsive=3),
        horizon="20min",
        queues=[{"kind": "vgpu", "name": "gpus", "limits": {"T4": 3, "A100": 2}}],
        timeline=[put("6min", "generator", {**wire, "threadCount": 8})],
    )


def thrash() -> Scenario:
    """A replica more and a replica less, again and again, for an hour; then once in a while."""
    delays = {
        "scaleUpDelay": {"value": 10, "unit": "SECONDS"},
        "scaleDownDelay": {"value": 20, "unit": "SECONDS"},
    }
    wire = configuration(
        1, 4, scalingConfiguration={"scaleUpLoadThreshold": 0.75, **delays}, threadCount=6
    )
    steady = {"at": "0s", "rate": "5/s", "law": "gamma", "cv": 0.001}
    calm = {"at": "1h", "rate": "1/s", "law": "gamma", "cv": 0.001}
    bursts = [
        row
        for hour in (2, 3, 4)
        for row in ({**steady, "at": f"{hour}h"}, {**calm, "at": f"{hour}h20s"})
    ]
    return scenario(
        "Up and down",
        deployment(
            "ranker",
            wire,
            rate="1/s",
            responsive=1,
            request={"wait": "995ms"},
            traffic=[{"kind": "windows", "name": "users", "rows": [steady, calm, *bursts]}],
            replica={
                "image_cached": True,
                "container_start": "2s",
                "model_load": "0s",
                "probe": {"period": "1s"},
            },
        ),
        horizon="5h",
    )


SCENES: Final[Mapping[str, Callable[[], Scenario]]] = MappingProxyType(
    {
        scene.__name__.replace("_", " "): scene
        for scene in (
            one_replica,
            forty_replicas,
            two_hundred_replicas,
            six_deployments,
            twenty_rollouts,
            thirty_days,
            disabled,
            killed,
            gpu_deadlock,
            thrash,
        )
    }
)
"""Every scene by its name."""


@cache
def result(scene: str) -> Result:
    """Return the run of a scene, once for all tests."""
    return simulate(SCENES[scene]())
