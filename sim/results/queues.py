"""How far each resource queue was used, and who waited in it."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from sim.record import QueueSample
from sim.results.measure import Group, measure
from sim.results.series import MILLICORES_PER_CORE
from sim.results.steps import steps, time_mean
from sim.results.waits import AmountUnit, QueueWait
from sim.scenario.models.queues import ResourceQueue, VcpuQueue


class ResourceReport(Group):
    """What was used of one resource of a queue, over the whole run."""

    unit: AmountUnit
    gpu_type: str | None = Field(description="null for cores.")
    limit: float | None = measure("cores or GPUs")
    """The limit at the end of the run."""
    limit_min: float | None = measure("cores or GPUs")
    """The lowest limit that there was."""
    limit_max: float | None = measure("cores or GPUs")
    """The highest limit that there was."""
    used_mean: float | None = measure("cores or GPUs")
    """What was used on average over time; null for a run of no length."""
    used_max: float = measure("cores or GPUs")
    """The most that was used at one time."""


class QueueReport(Group):
    """One resource queue, over the whole run."""

    name: str
    kind: Literal["vcpu", "vgpu"]
    resources: tuple[ResourceReport, ...]
    waiting_max: int = measure("replicas", better="less")
    """The most replicas that stood in line at one time."""
    longest_head_wait_s: float | None = measure("s", better="less")
    """The longest that the first in line had waited; null where nobody waited."""
    waits: tuple[QueueWait, ...]


def queue_report(
    spec: ResourceQueue,
    samples: Sequence[QueueSample],
    waits: Sequence[QueueWait],
    horizon_s: float,
) -> QueueReport:
    """Return what there is to say of one queue.

    Args:
        spec: The queue.
        samples: Its changes, in order of time.
        waits: Who waited in it, in order of time.
        horizon_s: Where the run ended.
    """
    types = (None,) if isinstance(spec, VcpuQueue) else tuple(t.value for t in spec.limits)
    return QueueReport(
        name=spec.name,
        kind=spec.kind,
        resources=tuple(
            _resource([s for s in samples if s.gpu_type == gpu_type], gpu_type, horizon_s)
            for gpu_type in types
        ),
        waiting_max=max((s.waiting for s in samples), default=0),
        longest_head_wait_s=_longest_head_wait(samples, horizon_s),
        waits=tuple(waits),
    )


def _resource(
    samples: Sequence[QueueSample], gpu_type: str | None, horizon_s: float
) -> ResourceReport:
    scale = MILLICORES_PER_CORE if gpu_type is None else 1
    at_s = np.array([0.0, *(s.at_s for s in samples)])
    used = np.array([0, *(s.used for s in samples)]) / scale
    return ResourceReport(
        unit="cores" if gpu_type is None else "GPUs",
        gpu_type=gpu_type,
        limit=samples[-1].limit / scale if samples else None,
        limit_min=min((s.limit / scale for s in samples), default=None),
        limit_max=max((s.limit / scale for s in samples), default=None),
        used_mean=time_mean(steps(at_s, used), 0.0, horizon_s),
        used_max=float(steps(at_s, used).value.max()),
    )


def _longest_head_wait(samples: Sequence[QueueSample], horizon_s: float) -> float | None:
    """Return the longest that a head of the line ever waited in it, None if nobody did."""
    longest: float | None = None
    ends = [*(s.at_s for s in samples[1:]), horizon_s]
    for sample, end_at_s in zip(samples, ends, strict=False):
        if sample.head_since_s is not None:
            longest = max(longest or 0.0, end_at_s - sample.head_since_s)
    return longest
