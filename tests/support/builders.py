"""Small scenarios from a few SI numbers, and a run's attempts as rows that a test can write down.

A scenario built here is quiet unless told otherwise: replicas are RESPONSIVE at 0, their number is
fixed, every thread has a core of its own, the autoscaler looks once an hour, clients do not retry.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sim.record import AttemptColumns, Record
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.states import Outcome

QUANTITIES = ("wait_s", "cpu_s", "gpu_s", "memory_bytes")

FAST_START = {
    "image_cached": True,
    "container_start_s": 1.0,
    "model_load_s": 1.0,
    "probe": {"period_s": 1.0},
}
"""A replica that is RESPONSIVE 2 s after it began to start, at its third probe."""


def configuration(
    *, replicas: int = 1, threads: int = 1, cpu: float | None = None, gpus: int = 0, **wire: object
) -> dict[str, Any]:
    """Return a runtime configuration in JSON form with a fixed number of replicas.

    Args:
        replicas: minReplicas and maxReplicas.
        threads: threadCount.
        cpu: Cores; None: one for each thread.
        gpus: T4s.
        wire: Other fields, or these, by their JSON names.
    """
    gpu = {"gpu": {"count": gpus, "type": "T4"}} if gpus else {}
    return {
        "minReplicas": replicas,
        "maxReplicas": replicas,
        "threadCount": threads,
        "cpu": float(threads if cpu is None else cpu),
        **gpu,
        **wire,
    }


def demands(**quantities: object) -> dict[str, Any]:
    """Return what requests ask for: a number for all, a list in order, or a distribution's dict."""
    return {
        name: {"kind": "sequence", "values": value} if isinstance(value, list) else value
        for name, value in quantities.items()
    }


def deployment(
    *,
    at_s: Sequence[float] = (),
    wire: Mapping[str, Any] | None = None,
    **settings: object,
) -> dict[str, Any]:
    """Return a deployment in Python's names, with one source of requests at `at_s` (if any).

    Args:
        at_s: Arrivals, ascending.
        wire: Arguments of `configuration`.
        settings: `wait_s`, `cpu_s`, `gpu_s`, `memory_bytes` as in `demands`; anything else is a
            field of the deployment.
    """
    wire = dict(wire or {})
    asked = {name: settings.pop(name) for name in QUANTITIES if name in settings}
    traffic = [{"kind": "instants", "name": "given", "at_s": list(at_s)}] if at_s else []
    return {
        "name": "a",
        "runtime_configuration": configuration(**wire),
        "initial": {"kind": "responsive", "responsive_count": wire.get("replicas", 1)},
        "request": demands(**asked),
        "autoscaler": {"evaluation_interval_s": 3600.0},
        "traffic": traffic,
        **settings,
    }


def scenario(
    *deployments: Mapping[str, Any], horizon_s: float = 100.0, **fields: object
) -> Scenario:
    """Return the scenario with these deployments; `fields` are others of its fields."""
    return Scenario.model_validate(
        {"name": "test", "horizon_s": horizon_s, "deployments": list(deployments), **fields}
    )


def run(*deployments: Mapping[str, Any], horizon_s: float = 100.0, **fields: object) -> Record:
    """Return the record of `scenario` with the same arguments."""
    return simulate_record(
        scenario(*deployments, horizon_s=horizon_s, **fields), engine="reference"
    )


def columns(record: Record, deployment_index: int = 0) -> AttemptColumns:
    """Return the attempts of one deployment."""
    return record.deployments[deployment_index].attempts


def attempts(record: Record, *names: str, deployment_index: int = 0) -> list[tuple[Any, ...]]:
    """Return the named columns of one deployment's attempts, a tuple each, in order of arrival.

    An instant that never came and a place that never was are None; an outcome is its word.
    """
    table = columns(record, deployment_index)
    return list(
        zip(*(_readable(name, getattr(table, name).tolist()) for name in names), strict=True)
    )


def _readable(name: str, values: list[Any]) -> list[Any]:
    if name == "outcome":
        return [Outcome(code).kind for code in values]
    if name in {"revision", "replica", "thread"}:
        return [None if place < 0 else place for place in values]
    return [None if isinstance(value, float) and math.isnan(value) else value for value in values]
