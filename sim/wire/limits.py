"""What a platform allows: the limits that the API's errors speak of, but no page publishes.

The file form is that of ``sim validate --limits FILE`` and of ``platform.limits`` in a scenario.
"""

from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from sim.units import Flag, PositiveCount
from sim.wire.models import GpuType, Rid, Text

RESERVED_NAMES: Final = (
    "CLIENT_ID",
    "CLIENT_SECRET",
    "RUNTIME_HOST",
    "RUNTIME_PORT",
    "RUNTIME_API",
    "GET_JOB_PATH",
    "GET_JOB_URI",
    "POST_RESULT_PATH",
    "POST_RESULT_URI",
    "POST_SCHEMA_URI",
    "MAX_CONCURRENT_TASKS",
    "SOURCE_CREDENTIALS",
    "SOURCE_CONFIGURATIONS_PATH",
    "DEFAULT_CA_PATH",
    "BUILD2_TOKEN",
    "COMPUTE_SESSION_ID",
    "FOUNDRY_COMPUTE_MODULE_RID",
    "MODULE_AUTH_TOKEN",
    "FOUNDRY_ONTOLOGY_RID",
)
"""Environment variables that the platform sets itself. Source: Compute modules, Containers."""


class _LimitsObject(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_alias=True,
        validate_by_name=True,
    )


class SourceState(_LimitsObject):
    """Whether a deployment may use a source, in the three respects that the API checks."""

    imported: Flag = True
    """It is in the deployment's project, or imported into it."""
    exportable: Flag = True
    """It may be exported to under every marking of the deployment's inputs."""
    enabled: Flag = True
    """It is enabled for compute modules."""


class PlatformLimits(_LimitsObject):
    """The limits a configuration is checked against.

    Examples:
        >>> limits = PlatformLimits(max_thread_count=64)
        >>> limits.max_gpus_of(GpuType.H100)
        8
    """

    max_thread_count: PositiveCount = Field(default=128, alias="max_threads")
    """Most threads of a replica; as many are allowed. Assumed: the number is published nowhere."""
    max_gpu_count: PositiveCount = Field(default=8, alias="max_gpus")
    """Most GPUs of a replica, of a type without a number of its own. Assumed."""
    max_gpu_count_by_type: dict[GpuType, PositiveCount] = Field(
        default={}, alias="max_gpus_by_type"
    )
    """Most GPUs of a replica, by type."""
    gpu_types: tuple[GpuType, ...] = tuple(GpuType)
    """The types that can be had; a deployment's vGPU queue may offer fewer."""
    reserved_names: tuple[Text, ...] = RESERVED_NAMES
    """Environment variables that a configuration must not set."""
    sources: dict[Rid, SourceState] = {}
    """The sources of the platform; while none is listed, sources are not checked."""

    def max_gpus_of(self, gpu_type: GpuType) -> int:
        """Return the most GPUs of *gpu_type* that one replica may have."""
        return self.max_gpu_count_by_type.get(gpu_type, self.max_gpu_count)
