"""The scenarios that benchmarks run, from a few numbers.

Every deployment here is served by its own replicas, RESPONSIVE at 0, with no resource queue.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import parse_scenario

EVALUATION_S = 5.0
"""Seconds between evaluations of the autoscaler, the default of scenarios."""

Settings = Mapping[str, Any]


def exponential(mean_s: float) -> dict[str, object]:
    """Return an exponential demand in the words of a scenario file."""
    return {"kind": "exponential", "mean": f"{mean_s * 1e3:g}ms"}


def configuration(
    *, replicas: tuple[int, int], threads: int, cpu: float, memory: str = "4GiB"
) -> dict[str, Any]:
    """Return a runtime configuration with these bounds of replicas."""
    return {
        "minReplicas": replicas[0],
        "maxReplicas": replicas[1],
        "cpu": cpu,
        "memory": memory,
        "threadCount": threads,
    }


def steady(
    *,
    replicas: int,
    threads: int,
    rate_per_s: float,
    horizon_s: float,
    request: Settings,
    cpu: float = 1.0,
    seed: int = 1,
) -> Scenario:
    """Return one deployment whose replicas and whose Poisson traffic stay as they are.

    The platform's timeout is moved out of the way, so that a queue may grow.
    """
    return _parsed(
        name="steady",
        seed=seed,
        horizon_s=horizon_s,
        deployments=[
            {
                "name": "steady",
                "runtimeConfiguration": configuration(
                    replicas=(replicas, replicas), threads=threads, cpu=cpu
                ),
                "initial": {"responsive": replicas},
                "service": {"timeout": f"{math.ceil(horizon_s) + 1}s"},
                "request": request,
                "traffic": [{"kind": "poisson", "name": "users", "rate": f"{rate_per_s:.17g}/s"}],
            }
        ],
    )


def day(*, hours: float, request: Settings) -> Scenario:
    """Return a busy deployment on cpu 1, threadCount 32: autoscaled, replaced three times.

    Traffic rises from 150 requests a second to 450 and falls again: 300 on average. A run of fewer
    `hours` is the same day in haste.
    """
    horizon_s = hours * 3600
    wire = configuration(replicas=(4, 60), threads=32, cpu=1.0)
    points = [(0.0, 150), (horizon_s / 2, 450), (horizon_s, 150)]
    rates = [{"at": f"{at_s:g}s", "rate": f"{rate}/s"} for at_s, rate in points]
    return _parsed(
        name="a day",
        seed=1,
        horizon_s=horizon_s,
        deployments=[
            {
                "name": "busy",
                "runtimeConfiguration": wire,
                "initial": {"responsive": 12},
                "autoscaler": {"scale_down_load_threshold": 0.5},
                "request": request,
                "traffic": [{"kind": "piecewise", "name": "users", "points": rates}],
            }
        ],
        timeline=[
            {
                "at": f"{horizon_s * part:g}s",
                "event": "replace",
                "deployment": "busy",
                "runtimeConfiguration": {**wire, "memory": f"{4 + number}GiB"},
            }
            for number, part in enumerate((0.25, 0.5, 0.75), start=1)
        ],
    )


def fleet(*, deployments: int, horizon_s: float = 3600.0) -> Scenario:
    """Return deployments of 20 replicas and 1 request/s each, autoscaled, each replaced once."""
    wire = configuration(replicas=(10, 40), threads=32, cpu=1.0)
    names = [f"d{number}" for number in range(deployments)]
    return _parsed(
        name="a fleet",
        seed=1,
        horizon_s=horizon_s,
        deployments=[
            {
                "name": name,
                "runtimeConfiguration": wire,
                "initial": {"responsive": 20},
                "request": {"cpu": exponential(1.0)},
                "traffic": [{"kind": "poisson", "name": "users", "rate": "1/s"}],
            }
            for name in names
        ],
        timeline=[
            {
                "at": f"{horizon_s / 3:g}s",
                "event": "replace",
                "deployment": name,
                "runtimeConfiguration": {**wire, "memory": "3GiB"},
            }
            for name in names
        ],
    )


def _parsed(*, name: str, seed: int, horizon_s: float, **rest: object) -> Scenario:
    written = {"name": name, "seed": seed, "horizon": f"{horizon_s:.17g}s", **rest}
    return parse_scenario(json.dumps(written))
