"""Compute-seconds: what the platform books for replicas, by its documented formula.

Sums are exact: seconds are the binary fractions that the instants are, rates and ratios are the
decimal fractions that the documentation prints, and only the final figure is rounded to a float.

Source: Palantir Foundry documentation, "Compute modules", usage, and "Live deployments", usage:
per replica and second max(vCPU, GiB / 7.5) x 0.2 for the vCPU part, GPUs x the rate of their type
for the GPU part. Allocation counts, not use of it. Every published example with GPUs books the
GPU part alone, and no page says that the vCPU part is waived: both parts are kept, and the total
follows the examples.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from sim.errors import Problem, ScenarioError
from sim.results.measure import Group, measure

DEFAULT_GIB_PER_VCPU = Fraction(15, 2)
"""Memory that comes with a vCPU; beyond it memory is what is paid. Source: "Usage types"."""

VCPU = "vcpu"
"""The key of the vCPU rate among the usage rates; all other keys are GPU types."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one replica holds: `millicores`, `memory_bytes` and `gpu_count` GPUs of `gpu_type`."""

    millicores: int
    memory_bytes: int
    gpu_count: int = 0
    gpu_type: str | None = None


@dataclass(frozen=True, slots=True)
class ComputeSeconds:
    """Booked compute-seconds. `total` counts the GPU part alone for replicas with GPUs."""

    vcpu: Fraction = Fraction(0)
    gpu: Fraction = Fraction(0)
    total: Fraction = Fraction(0)

    def __add__(self, other: Self) -> "ComputeSeconds":
        return ComputeSeconds(
            self.vcpu + other.vcpu, self.gpu + other.gpu, self.total + other.total
        )

    def rounded(self) -> "BookedSeconds":
        """Return the three figures as the nearest floats."""
        return BookedSeconds(vcpu=float(self.vcpu), gpu=float(self.gpu), total=float(self.total))


class BookedSeconds(Group):
    """What the platform books, in figures."""

    vcpu: float = measure("compute-seconds", better="less")
    """The vCPU part."""
    gpu: float = measure("compute-seconds", better="less")
    """The GPU part."""
    total: float = measure("compute-seconds", better="less")
    """What is paid: of replicas with GPUs the GPU part alone."""


def decimal(value: float) -> Fraction:
    """Return the decimal fraction that `value` prints as: 1/5 for 0.2."""
    return Fraction(repr(float(value)))


def compute_seconds(
    replica_seconds: Fraction | int, allocation: Allocation, usage_rates: Mapping[str, float]
) -> ComputeSeconds:
    """Return what is booked for replicas that hold `allocation` for `replica_seconds` in all.

    Args:
        replica_seconds: Replicas times seconds, from STARTING to DELETED.
        allocation: What each of them holds.
        usage_rates: Compute-seconds per second of a vCPU (key "vcpu") and of a GPU by type.

    Raises:
        ScenarioError: No rate is known for the GPU type; names the field that takes one.
    """
    gib = Fraction(allocation.memory_bytes, 2**30)
    cores = max(Fraction(allocation.millicores, 1000), gib / DEFAULT_GIB_PER_VCPU)
    vcpu = replica_seconds * cores * decimal(usage_rates[VCPU])
    if allocation.gpu_count == 0:
        return ComputeSeconds(vcpu=vcpu, total=vcpu)
    gpu = replica_seconds * allocation.gpu_count * _gpu_rate(allocation.gpu_type, usage_rates)
    return ComputeSeconds(vcpu=vcpu, gpu=gpu, total=gpu)


def _gpu_rate(gpu_type: str | None, usage_rates: Mapping[str, float]) -> Fraction:
    if gpu_type is None:
        raise ScenarioError(
            Problem(
                message="GPUs of any type have no usage rate where no queue says which types "
                "there are; name a type, or list types in a vgpu queue",
                rule="gpu-rate-unknown",
                path=("runtimeConfiguration", "gpu", "type"),
            )
        )
    if gpu_type not in usage_rates:
        raise ScenarioError(
            Problem(
                message=f"no usage rate is published for GPU type {gpu_type}; give one, "
                f"in compute-seconds per GPU and second, as `{gpu_type}: RATE` in this field",
                rule="gpu-rate-unknown",
                path=("platform", "usage_rates"),
            )
        )
    return decimal(usage_rates[gpu_type])
