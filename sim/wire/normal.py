"""A runtime configuration in SI numbers, with every default filled in.

Owns what absent fields mean and when two configurations are the same. A Replace compares
normal configurations: ``1GiB`` equals ``1024MiB``, one minute equals sixty seconds, and an
absent field equals its default written out.
"""

from dataclasses import dataclass, replace
from typing import Final

from sim.units import parse_cores
from sim.wire.memory import parse_memory
from sim.wire.models import (
    Duration,
    DurationUnit,
    GpuType,
    RuntimeConfiguration,
    ScalingConfiguration,
)

DEFAULT_THREAD_COUNT: Final = 32
"""Source: Replace Live Deployment, threadCount."""
DEFAULT_CPU: Final = 1.0
"""vCPU of a replica. Source: Compute module usage, default resources; assumed to hold here."""
DEFAULT_MEMORY: Final = "4GiB"
"""Source: Compute module usage, default resources, read in binary units; assumed to hold."""
DEFAULT_SCALING: Final = ScalingConfiguration(
    scale_up_load_threshold=0.75,
    scale_up_delay=Duration(value=1, unit=DurationUnit.MINUTES),
    scale_down_delay=Duration(value=30, unit=DurationUnit.MINUTES),
)
"""Source: Compute modules, Scaling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalConfiguration:
    """What a runtime configuration means; equal exactly if a Replace finds no difference.

    Attributes:
        min_replicas: Fewest live replicas; 0 lets the deployment scale to zero.
        max_replicas: Most live replicas.
        cpu_millicores: Request and limit of one replica, in thousandths of a core.
        memory_bytes: Request and limit of one replica.
        gpu_count: GPUs of one replica; 0 is none.
        gpu_type: Type of those GPUs; None is any.
        thread_count: Requests that one replica serves at a time.
        scale_up_load_threshold: Load from which the autoscaler adds a replica.
        scale_up_delay_s: How long the load must last for that.
        scale_down_delay_s: How long low load must last before a replica goes.
        environment_variables: Name and value of each, by name.
        sources: RIDs without repetition, ascending: their order has no meaning.
    """

    min_replicas: int
    max_replicas: int
    cpu_millicores: int
    memory_bytes: int
    gpu_count: int
    gpu_type: GpuType | None
    thread_count: int
    scale_up_load_threshold: float
    scale_up_delay_s: float
    scale_down_delay_s: float
    environment_variables: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]


def normalise(configuration: RuntimeConfiguration) -> NormalConfiguration:
    """Return what *configuration* means.

    Works for every configuration whose cpu and memory can be read, whether or not it keeps
    the other rules.

    Raises:
        ValueError: The memory text is not in its grammar, or cpu is finer than a thousandth.
    """
    gpu, scaling = configuration.gpu, configuration.scaling_configuration or DEFAULT_SCALING
    cpu, memory, threads = configuration.cpu, configuration.memory, configuration.thread_count
    return NormalConfiguration(
        min_replicas=configuration.min_replicas,
        max_replicas=configuration.max_replicas,
        cpu_millicores=parse_cores(DEFAULT_CPU if cpu is None else cpu),
        memory_bytes=parse_memory(DEFAULT_MEMORY if memory is None else memory),
        gpu_count=0 if gpu is None else gpu.count,
        gpu_type=None if gpu is None else gpu.type,
        thread_count=DEFAULT_THREAD_COUNT if threads is None else threads,
        scale_up_load_threshold=scaling.scale_up_load_threshold,
        scale_up_delay_s=scaling.scale_up_delay.seconds,
        scale_down_delay_s=scaling.scale_down_delay.seconds,
        environment_variables=tuple(sorted(configuration.environment_variables.items())),
        sources=tuple(sorted(set(configuration.sources))),
    )


def differs_only_in_scaling(a: NormalConfiguration, b: NormalConfiguration) -> bool:
    """Return whether *a* and *b* agree in all but the bounds and the scaling configuration.

    Equal configurations do. These are the fields that can change without new replicas.
    """
    return b == replace(
        a,
        min_replicas=b.min_replicas,
        max_replicas=b.max_replicas,
        scale_up_load_threshold=b.scale_up_load_threshold,
        scale_up_delay_s=b.scale_up_delay_s,
        scale_down_delay_s=b.scale_down_delay_s,
    )
