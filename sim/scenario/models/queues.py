"""Resource queues: how much of a resource may be in use at the same time, and by whom."""

from collections.abc import Mapping
from typing import Annotated, Literal, cast

from pydantic import Field

from sim.scenario.models.spec import Name, Spec
from sim.units import Count, Millicores
from sim.wire.models import GpuType

GpuCounts = dict[GpuType, Count]
"""Whole GPUs by type."""


class VcpuQueue(Spec):
    """Limits the vCPUs that are in use at the same time; serves in order of request."""

    kind: Literal["vcpu"] = "vcpu"
    name: Name
    """What deployments and events call the queue."""
    limit_millicores: Millicores
    """Cores that may be in use, by whole thousandths."""
    tenants: dict[Name, Millicores] = Field(default_factory=dict)
    """Cores that others hold from the start, by tenant; events change them."""


class VgpuQueue(Spec):
    """Limits the GPUs of each type that are in use at the same time."""

    kind: Literal["vgpu"] = "vgpu"
    name: Name
    """What deployments and events call the queue."""
    limits: Annotated[GpuCounts, Field(min_length=1)]
    """GPUs that may be in use, by type; a request for any type takes the first that fits."""
    tenants: dict[Name, GpuCounts] = Field(default_factory=dict)
    """GPUs that others hold from the start, by tenant and type; events change them."""


Resource = GpuType | None
"""What a queue limits: a type of GPU, or vCPU (None), counted in millicores."""


def amounts(use: int | Mapping[GpuType, int]) -> dict[Resource, int]:
    """Return amounts by resource: millicores of vCPU, or GPUs by type."""
    return {None: use} if isinstance(use, int) else cast("dict[Resource, int]", dict(use))


ResourceQueue = Annotated[VcpuQueue | VgpuQueue, Field(discriminator="kind")]
"""A queue of either kind."""
