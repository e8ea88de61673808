"""The API's objects as they travel in JSON.

Owns which JSON is an object of the API and how each object is written back. What values mean
(bytes, seconds, defaults) is `sim.wire.normal`, which values are allowed is `sim.wire.rules`.

JSON types are strict, as the service reads them: a number is never given as text or as a
boolean, an integer never as ``1.0`` and never outside 32 bits, a double may be given as an
integer and is finite; an unknown field is refused; null for an optional field means absent.

Source: Palantir API reference, Live Deployment; Conjure wire format, sections 4 and 5.
"""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from sim.states import DeploymentState
from sim.wire.rid import SCHEMA, is_rid

MIN_INTEGER: Final = -(2**31)
MAX_INTEGER: Final = 2**31 - 1


def _unicode(text: str) -> str:
    """Refuse half of a surrogate pair, which JSON can escape but no encoding can write."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text_unicode", "Input should be valid Unicode") from None
    return text


def _resource_identifier(text: str) -> str:
    if not is_rid(text):
        raise PydanticCustomError(
            "rid",
            "Input should be a resource identifier: "
            "ri.<service>.<instance, may be empty>.<type>.<locator>",
        )
    return text


def _none_as_empty_list(value: object) -> object:
    return [] if value is None else value


def _none_as_empty_map(value: object) -> object:
    return {} if value is None else value


Integer = Annotated[int, Field(strict=True, ge=MIN_INTEGER, le=MAX_INTEGER)]
"""A Conjure integer: signed, 32 bits."""
Double = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A Conjure double, finite; an integer is accepted for it and written back with ``.0``."""
Text = Annotated[str, Strict(), AfterValidator(_unicode)]
Boolean = Annotated[bool, Strict()]
Rid = Annotated[
    str,
    Strict(),
    AfterValidator(_resource_identifier),
    WithJsonSchema(SCHEMA),
]
"""A resource identifier in the grammar of `sim.wire.rid`."""


class GpuType(StrEnum):
    """The documented kinds of GPU, in the order of the API's enum."""

    A100 = "A100"
    A10G = "A10G"
    A16 = "A16"
    B200 = "B200"
    B300 = "B300"
    H100 = "H100"
    H200 = "H200"
    L4 = "L4"
    L40S = "L40S"
    T4 = "T4"
    V100 = "V100"


class DurationUnit(StrEnum):
    """The units in which the API counts time."""

    MILLISECONDS = "MILLISECONDS"
    SECONDS = "SECONDS"
    MINUTES = "MINUTES"
    HOURS = "HOURS"
    DAYS = "DAYS"
    WEEKS = "WEEKS"
    MONTHS = "MONTHS"
    YEARS = "YEARS"


MILLISECONDS_PER: Final = {
    DurationUnit.MILLISECONDS: 1,
    DurationUnit.SECONDS: 1_000,
    DurationUnit.MINUTES: 60_000,
    DurationUnit.HOURS: 3_600_000,
    DurationUnit.DAYS: 86_400_000,
    DurationUnit.WEEKS: 604_800_000,
    DurationUnit.MONTHS: 2_629_746_000,
    DurationUnit.YEARS: 31_556_952_000,
}
"""Milliseconds in one of each unit.

A month is a twelfth of a year and a year has 365.2425 days. Source: the API defines neither;
these are the estimates of java.time.temporal.ChronoUnit (assumed).
"""


class WireObject(BaseModel):
    """Base of the API's objects: immutable, strict, camelCase in JSON, snake_case in Python."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        protected_namespaces=(),
    )

    @classmethod
    def from_wire(cls, data: object) -> Self:
        """Return the object that decoded JSON *data* stands for; only JSON names are known.

        Raises:
            pydantic.ValidationError: The data is not such an object.
        """
        return cls.model_validate(data, by_alias=True, by_name=False)

    def to_wire(self) -> dict[str, Any]:
        """Return the object as JSON data; optional fields that are absent stay absent."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Duration(WireObject):
    """A span of time as the API writes it: a count of a unit."""

    value: Integer
    """How many of the unit."""
    unit: DurationUnit
    """The unit."""

    @property
    def seconds(self) -> float:
        """The span in seconds, to the nearest float."""
        return self.value * MILLISECONDS_PER[self.unit] / 1000


class Gpu(WireObject):
    """GPUs of one replica; without a type any type will do."""

    count: Integer
    """GPUs of each replica."""
    type: GpuType | None = None
    """Which kind; absent: any."""


class ScalingConfiguration(WireObject):
    """When the autoscaler acts: a load, and for how long it must last."""

    scale_up_load_threshold: Double
    """Load, from 0 to 1, at which a replica is added."""
    scale_up_delay: Duration
    """How long the load must have been that high."""
    scale_down_delay: Duration
    """How long the load must have been low before a replica goes."""


class RuntimeConfiguration(WireObject):
    """What a live deployment runs with; the same object in requests and in responses.

    ``sources`` and ``environmentVariables`` may be absent on the way in and are always
    present on the way out. The memory text is kept as it was given.
    """

    min_replicas: Integer
    """Fewest replicas; 0 lets the deployment scale to zero."""
    max_replicas: Integer
    """Most replicas."""
    cpu: Double | None = None
    """Cores of each replica, requested and limited; absent: 1."""
    memory: Text | None = None
    """Memory of each replica, requested and limited; absent: 4GiB."""
    gpu: Gpu | None = None
    """GPUs of each replica; absent: none."""
    thread_count: Integer | None = None
    """Requests that each replica serves at a time; absent: 32."""
    scaling_configuration: ScalingConfiguration | None = None
    """When replicas are added and removed; absent: 0.75, 1 minute, 30 minutes."""
    environment_variables: Annotated[
        dict[Text, Text], BeforeValidator(_none_as_empty_map, json_schema_input_type=dict[str, str])
    ] = {}
    """Variables of the container, by name."""
    sources: Annotated[
        tuple[Rid, ...],
        BeforeValidator(_none_as_empty_list, json_schema_input_type=list[Rid]),
    ] = ()
    """Connections that the model may reach, as resource identifiers."""


class ModelVersion(WireObject):
    """Which version of which model a deployment serves."""

    model_rid: Rid
    model_version_rid: Rid


class Status(WireObject):
    """What the API reports a deployment to be doing."""

    state: DeploymentState
    is_ready: Boolean


class LiveDeployment(WireObject):
    """A live deployment as get, create, replace and list answer it."""

    rid: Rid
    model_version: ModelVersion
    branch: Text | None = None
    runtime_configuration: RuntimeConfiguration
    status: Status


class ListLiveDeploymentsResponse(WireObject):
    """What list answers: everything at once, without pages."""

    data: tuple[LiveDeployment, ...]


class DirectDeployment(WireObject):
    """The one documented variant of ``deploymentType``; its fields sit beside ``type``."""

    type: Literal["direct"]
    model_rid: Rid
    branch: Text


class ObjectiveDeployment(WireObject):
    """A deployment of a modeling objective, which follows no branch.

    The API cannot create one: the variant is the simulator's own, so that there can be
    deployments that get and replace do not handle.
    """

    type: Literal["objective"]
    model_rid: Rid


class CreateLiveDeploymentRequest(WireObject):
    """The body of create."""

    deployment_type: Annotated[DirectDeployment | ObjectiveDeployment, Field(discriminator="type")]
    runtime_configuration: RuntimeConfiguration


class ReplaceLiveDeploymentRequest(WireObject):
    """The body of replace: the complete configuration, in which absent means default."""

    runtime_configuration: RuntimeConfiguration


class TransformJsonLiveDeploymentRequest(WireObject):
    """The body of transformJson: the model's inputs by name, any JSON each; absent: none."""

    input: Annotated[
        dict[Text, Any], BeforeValidator(_none_as_empty_map, json_schema_input_type=dict[str, Any])
    ] = {}


class TransformLiveDeploymentResponse(WireObject):
    """What transformJson answers: the model's outputs by name."""

    output: dict[Text, Any] = {}
