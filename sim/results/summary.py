"""The summary of a run: the contents of `result.json`.

Keys are always there: what never happened is null, and what never occurred is counted 0. Numbers
are in seconds, cores, GPUs and fractions. Definitions: `sim.results.metrics` (requests, waits),
`sim.results.rollouts`, `sim.results.cost`, and the modules of the groups of figures.
"""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

import numpy as np

from sim.record import DeploymentRecord, QueueSample, Record, RevisionRecord
from sim.results.attempts import attempts, rates, sums_of
from sim.results.binding import binding
from sim.results.cost import Allocation, ComputeSeconds, compute_seconds
from sim.results.events import events
from sim.results.folded import requests_of
from sim.results.metrics import (
    Spell,
    billed_spells,
    queue_waits,
    replica_seconds,
)
from sim.results.provenance import provenance
from sim.results.rollouts import rollouts
from sim.results.scaling import scaling
from sim.results.sketch import QUANTILE_RELATIVE_ERROR
from sim.results.starts import starts
from sim.results.status import status
from sim.results.steps import steps, time_mean
from sim.results.tables import MILLICORES_PER_CORE
from sim.results.waits import queue_waits_by_name
from sim.results.warnings import warnings
from sim.scenario.deployment import Deployment
from sim.scenario.queues import ResourceQueue, VcpuQueue
from sim.wire.normal import normalise

SCHEMA: Final = "sim-result/2"
"""Name and version of the form of `result.json`; the version changes when a key does."""


def summary(record: Record) -> dict[str, Any]:
    """Return what `result.json` holds: plain dictionaries, lists, numbers and words.

    Requests are counted and measured by the instant of their first arrival, those of the warm-up
    left out; replicas, cost and resource queues over the whole run. A quantile of
    requests is at most `quantile_relative_error` of its value off: 0 where attempts were kept. All
    else is exact.

    Raises:
        ScenarioError: A GPU type has no usage rate.
    """
    waits = queue_waits_by_name(record)
    return {
        "schema": SCHEMA,
        "provenance": provenance(record),
        "name": record.scenario.name,
        "start": record.scenario.start.isoformat(),
        "horizon_s": record.horizon_s,
        "warm_up_s": record.scenario.warm_up_s,
        "warnings": [found.model_dump(mode="json") for found in warnings(record)],
        "quantile_relative_error": 0.0 if record.keeps_attempts else QUANTILE_RELATIVE_ERROR,
        "deployments": [
            _deployment(record, *pair)
            for pair in zip(record.deployments, record.scenario.deployments, strict=True)
        ],
        "queues": [
            _queue(spec, [s for s in record.queue_samples if s.queue == number], record.horizon_s)
            | {"waits": [wait.model_dump(mode="json") for wait in waits.get(spec.name, ())]}
            for number, spec in enumerate(record.scenario.queues)
        ],
    }


def _deployment(record: Record, deployment: DeploymentRecord, spec: Deployment) -> dict[str, Any]:
    horizon_s = record.horizon_s
    transitions = deployment.control.transitions
    measured = requests_of(deployment).arrived_in(record.scenario.warm_up_s, horizon_s)
    requests = measured.counts()
    billed = list(billed_spells(transitions, horizon_s))
    rates: dict[str, float] = dict(record.scenario.platform.usage_rates.items())
    return {
        "name": deployment.name,
        "rid": deployment.rid,
        "requests": requests,
        "wait_s": measured.wait_figures(),
        "response_s": measured.response_figures(),
        **_figures(record, deployment, spec, requests),
        "events": events(deployment.control),
        "rollouts": rollouts(
            deployment,
            measured,
            horizon_s=horizon_s,
            warm_up_s=record.scenario.warm_up_s,
            queue_kinds={queue.name: queue.kind for queue in record.scenario.queues},
        ),
        "binding": binding(
            deployment, warm_up_s=record.scenario.warm_up_s, horizon_s=horizon_s
        ).model_dump(mode="json"),
        "replica_seconds": float(replica_seconds(billed)),
        "compute_seconds": _cost(deployment, billed, rates).rounded(),
        "queue_waits": queue_waits(transitions, horizon_s),
        "revisions": [_revision(revision) for revision in deployment.control.revisions],
    }


def _figures(
    record: Record, deployment: DeploymentRecord, spec: Deployment, requests: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the groups of figures that are models: attempts, rates, status, scaling, starts."""
    horizon_s, warm_up_s, log = record.horizon_s, record.scenario.warm_up_s, deployment.control
    sums = sums_of(
        deployment,
        warmup_s=spec.replica.warmup.duration_s,
        warm_up_s=warm_up_s,
        horizon_s=horizon_s,
    )
    return {
        **rates(sums, requests, horizon_s - warm_up_s).model_dump(mode="json"),
        "attempts": attempts(sums, requests, horizon_s).model_dump(mode="json"),
        "status": status(log.statuses, horizon_s).model_dump(mode="json"),
        "scaling": scaling(deployment, spec.autoscaler, horizon_s).model_dump(mode="json"),
        "starts": starts(log.transitions, horizon_s).model_dump(mode="json"),
    }


def _cost(
    deployment: DeploymentRecord, billed: list[Spell], usage_rates: dict[str, float]
) -> ComputeSeconds:
    configured = {r.number: normalise(r.configuration) for r in deployment.control.revisions}
    held_s: dict[Allocation, Fraction] = defaultdict(Fraction)
    for spell in billed:
        normal = configured[spell.revision]
        asked = None if normal.gpu_type is None else normal.gpu_type.value
        allocation = Allocation(
            normal.cpu_millicores,
            normal.memory_bytes,
            normal.gpu_count,
            deployment.control.gpu_types.get(spell.replica, asked),
        )
        held_s[allocation] += replica_seconds([spell])
    booked = (compute_seconds(s, allocation, usage_rates) for allocation, s in held_s.items())
    return sum(booked, ComputeSeconds())


def _revision(revision: RevisionRecord) -> dict[str, Any]:
    return {
        "number": revision.number,
        "why": revision.why,
        "model_version_rid": revision.model_version_rid,
        "created_at_s": revision.created_at_s,
        "active_at_s": revision.active_at_s,
        "retired_at_s": revision.retired_at_s,
        "gone_at_s": revision.gone_at_s,
    }


def _queue(spec: ResourceQueue, samples: list[QueueSample], horizon_s: float) -> dict[str, Any]:
    types = (None,) if isinstance(spec, VcpuQueue) else tuple(t.value for t in spec.limits)
    return {
        "name": spec.name,
        "kind": spec.kind,
        "resources": [
            _resource([s for s in samples if s.gpu_type == gpu_type], gpu_type, horizon_s)
            for gpu_type in types
        ],
        "waiting_max": max((s.waiting for s in samples), default=0),
        "longest_head_wait_s": _longest_head_wait(samples, horizon_s),
    }


def _resource(samples: list[QueueSample], gpu_type: str | None, horizon_s: float) -> dict[str, Any]:
    scale = MILLICORES_PER_CORE if gpu_type is None else 1
    at_s = np.array([0.0, *(s.at_s for s in samples)])
    used = np.array([0, *(s.used for s in samples)]) / scale
    return {
        "unit": "cores" if gpu_type is None else "GPUs",
        "gpu_type": gpu_type,
        "limit": samples[-1].limit / scale if samples else None,
        "limit_min": min((s.limit / scale for s in samples), default=None),
        "limit_max": max((s.limit / scale for s in samples), default=None),
        "used_mean": time_mean(steps(at_s, used), 0.0, horizon_s),
        "used_max": float(steps(at_s, used).value.max()),
    }


def _longest_head_wait(samples: list[QueueSample], horizon_s: float) -> float | None:
    """Return the longest that a head of the line ever waited in it, None if nobody did."""
    longest: float | None = None
    ends = [*(s.at_s for s in samples[1:]), horizon_s]
    for sample, end_at_s in zip(samples, ends, strict=False):
        if sample.head_since_s is not None:
            longest = max(longest or 0.0, end_at_s - sample.head_since_s)
    return longest
