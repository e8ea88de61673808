"""The errors that the live-deployment endpoints declare, with their exact names and parameters.

Source: Palantir API reference, Live Deployment, the error tables of the endpoints; the official
Python SDK for parameter types.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from typing_extensions import override

from sim.wire.errors import ErrorCode, Fault, JsonFields
from sim.wire.models import GpuType


@dataclass(frozen=True, slots=True)
class ThreadCountTooHigh(Fault):
    """create, replace: ``threadCount`` exceeds the platform's maximum."""

    error_name = "ThreadCountTooHigh"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The thread count is higher than the platform allows."

    max_thread_count: int
    provided_thread_count: int


@dataclass(frozen=True, slots=True)
class InvalidGpuCount(Fault):
    """create, replace: ``gpu.count`` is not between 1 and the maximum of the type."""

    error_name = "InvalidGpuCount"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "A replica must have at least one GPU and no more than its type allows."

    provided_gpu_count: int
    max_gpu_count: int


@dataclass(frozen=True, slots=True)
class GpuTypeNotAvailable(Fault):
    """create, replace: ``gpu.type`` is not in the deployment's resource queue."""

    error_name = "GpuTypeNotAvailable"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "GPUs of this type are not available to the deployment."

    requested_gpu_type: GpuType
    available_gpu_types: tuple[GpuType, ...]


@dataclass(frozen=True, slots=True)
class ReservedEnvironmentVariable(Fault):
    """create, replace: the platform sets the environment variable itself."""

    error_name = "ReservedEnvironmentVariable"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The platform sets this environment variable itself."

    name: str


@dataclass(frozen=True, slots=True)
class DeploymentSourceNotImportedIntoProject(Fault):
    """create, replace: the source is not in the deployment's project."""

    error_name = "DeploymentSourceNotImportedIntoProject"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The source is neither in the deployment's project nor imported into it."

    source_rid: str
    project_rid: str


@dataclass(frozen=True, slots=True)
class DeploymentSourceCannotExportResourceMarkings(Fault):
    """create, replace: the source may not be exported to under a marking of the resource."""

    error_name = "DeploymentSourceCannotExportResourceMarkings"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "Markings of the resource may not be exported to the source."

    source_rid: str
    resource_rid: str


@dataclass(frozen=True, slots=True)
class DeploymentSourceNotEnabledForComputeModules(Fault):
    """create, replace: the source is not enabled for compute modules."""

    error_name = "DeploymentSourceNotEnabledForComputeModules"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The source is not enabled for compute modules."

    source_rid: str


@dataclass(frozen=True, slots=True)
class ModelNotFound(Fault):
    """create, list: there is no such model, or the caller may not see it."""

    error_name = "ModelNotFound"
    error_code = ErrorCode.NOT_FOUND
    description = "The model does not exist, or is not visible to the caller."

    model_rid: str


@dataclass(frozen=True, slots=True)
class UnsupportedLiveDeployment(Fault):
    """get, replace: the deployment is not a direct one."""

    error_name = "UnsupportedLiveDeployment"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The live deployment is of a kind that this endpoint does not handle."


@dataclass(frozen=True, slots=True)
class CreateLiveDeploymentPermissionDenied(Fault):
    """create: not permitted."""

    error_name = "CreateLiveDeploymentPermissionDenied"
    error_code = ErrorCode.PERMISSION_DENIED
    description = "The caller may not create a live deployment here."


@dataclass(frozen=True, slots=True)
class _DeploymentFault(Fault):
    live_deployment_rid: str


@dataclass(frozen=True, slots=True)
class LiveDeploymentSourcesCannotBeUpdatedWhileRunning(_DeploymentFault):
    """replace: sources change only while the deployment is disabled."""

    error_name = "LiveDeploymentSourcesCannotBeUpdatedWhileRunning"
    error_code = ErrorCode.CONFLICT
    description = "The sources of a live deployment can change only while it is disabled."


@dataclass(frozen=True, slots=True)
class LiveDeploymentNotFound(_DeploymentFault):
    """get, replace, start, disable, transformJson: no such deployment, or not visible."""

    error_name = "LiveDeploymentNotFound"
    error_code = ErrorCode.NOT_FOUND
    description = "The live deployment does not exist, or is not visible to the caller."


@dataclass(frozen=True, slots=True)
class ReplaceLiveDeploymentPermissionDenied(_DeploymentFault):
    """replace: not permitted."""

    error_name = "ReplaceLiveDeploymentPermissionDenied"
    error_code = ErrorCode.PERMISSION_DENIED
    description = "The caller may not replace the live deployment."


@dataclass(frozen=True, slots=True)
class StartLiveDeploymentPermissionDenied(_DeploymentFault):
    """start: not permitted."""

    error_name = "StartLiveDeploymentPermissionDenied"
    error_code = ErrorCode.PERMISSION_DENIED
    description = "The caller may not start the live deployment."


@dataclass(frozen=True, slots=True)
class DisableLiveDeploymentPermissionDenied(_DeploymentFault):
    """disable: not permitted."""

    error_name = "DisableLiveDeploymentPermissionDenied"
    error_code = ErrorCode.PERMISSION_DENIED
    description = "The caller may not disable the live deployment."


@dataclass(frozen=True, slots=True)
class TransformJsonLiveDeploymentPermissionDenied(_DeploymentFault):
    """transformJson: not permitted."""

    error_name = "TransformJsonLiveDeploymentPermissionDenied"
    error_code = ErrorCode.PERMISSION_DENIED
    description = "The caller may not run inference on the live deployment."


@dataclass(frozen=True, slots=True)
class InferenceTimeout(_DeploymentFault):
    """transformJson: no answer within five minutes."""

    error_name = "InferenceTimeout"
    error_code = ErrorCode.TIMEOUT
    description = "The inference took longer than five minutes."


@dataclass(frozen=True, slots=True)
class InferenceFailure(_DeploymentFault):
    """transformJson: the model failed."""

    error_name = "InferenceFailure"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The model failed on the request."

    error_message: str


class InputDefect(JsonFields):
    """Base of what can be wrong with an input; its fields stand beside ``type`` in JSON."""

    __slots__ = ()

    type: ClassVar[str]

    @override
    def to_wire(self) -> dict[str, Any]:
        return {"type": self.type} | JsonFields.to_wire(self)


@dataclass(frozen=True, slots=True)
class InvalidArrayShape(InputDefect):
    """An array has another shape than the model takes."""

    type = "invalidArrayShape"
    expected_shape: tuple[int, ...]
    actual_shape: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class TypeMismatch(InputDefect):
    """A value has another type than the model takes."""

    type = "typeMismatch"
    expected_type: str
    actual_type: str


@dataclass(frozen=True, slots=True)
class UnsupportedType(InputDefect):
    """No model takes values of the type."""

    type = "unsupportedType"
    unsupported_type: str


@dataclass(frozen=True, slots=True)
class UnknownInputName(InputDefect):
    """The model has no input of the name."""

    type = "unknownInputName"
    input_name: str


@dataclass(frozen=True, slots=True)
class InvalidTabularFormat(InputDefect):
    """An input is not a table."""

    type = "invalidTabularFormat"
    input_field_name: str


@dataclass(frozen=True, slots=True)
class InconsistentArrayDimensions(InputDefect):
    """The elements of an array differ in shape."""

    type = "inconsistentArrayDimensions"
    first_element_shape: tuple[int, ...]
    conflicting_element_shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RequiredValueMissing(InputDefect):
    """A value that the model needs is missing."""

    type = "requiredValueMissing"
    field_name: str


@dataclass(frozen=True, slots=True)
class InvalidMapFormat(InputDefect):
    """An input is not a map."""

    type = "invalidMapFormat"


@dataclass(frozen=True, slots=True)
class InferenceInvalidInput(_DeploymentFault):
    """transformJson: the input does not fit the model."""

    error_name = "InferenceInvalidInput"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The input does not fit the model."

    error_type: InputDefect


ENDPOINT_ERRORS: Final[tuple[type[Fault], ...]] = (
    ThreadCountTooHigh,
    InvalidGpuCount,
    GpuTypeNotAvailable,
    ReservedEnvironmentVariable,
    DeploymentSourceNotImportedIntoProject,
    DeploymentSourceCannotExportResourceMarkings,
    DeploymentSourceNotEnabledForComputeModules,
    LiveDeploymentSourcesCannotBeUpdatedWhileRunning,
    LiveDeploymentNotFound,
    ModelNotFound,
    UnsupportedLiveDeployment,
    CreateLiveDeploymentPermissionDenied,
    ReplaceLiveDeploymentPermissionDenied,
    StartLiveDeploymentPermissionDenied,
    DisableLiveDeploymentPermissionDenied,
    TransformJsonLiveDeploymentPermissionDenied,
    InferenceTimeout,
    InferenceInvalidInput,
    InferenceFailure,
)
"""Every error that an endpoint of the resource declares."""
