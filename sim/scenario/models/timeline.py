"""The timeline: what people and mishaps do to the deployments, by instant."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    field_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override

from sim.scenario.models.quantities import RandomDuration, RequestDemands
from sim.scenario.models.queues import GpuCounts
from sim.scenario.models.schedule import Schedule
from sim.scenario.models.spec import Name, Spec, derived_rid
from sim.scenario.models.wall_clock import Instant
from sim.units import Bytes, Count, Factor, Millicores, PositiveCount, PositiveSeconds
from sim.wire.models import Rid, RuntimeConfiguration


class FirstReplicas(Spec):
    """The lowest-numbered responsive replicas of the active revision."""

    count: PositiveCount
    """How many; all of them if there are fewer."""


class NumberedReplicas(Spec):
    """Replicas by their numbers."""

    numbers: Annotated[tuple[Count, ...], Field(min_length=1)]
    """Numbers as the tables of a run show them; one that does not exist then is left out."""


def _selection_kind(value: Any) -> str | None:
    if isinstance(value, FirstReplicas) or (isinstance(value, dict) and "count" in value):
        return "count"
    if isinstance(value, NumberedReplicas) or (isinstance(value, dict) and "numbers" in value):
        return "numbers"
    return "all" if value == "all" else None


ReplicaSelection = Annotated[
    Annotated[Literal["all"], Tag("all")]
    | Annotated[FirstReplicas, Tag("count")]
    | Annotated[NumberedReplicas, Tag("numbers")],
    Discriminator(
        _selection_kind,
        custom_error_type="replica_selection",
        custom_error_message="must be all, {count: n} or {numbers: [n, ...]}",
    ),
]
"""Which replicas a fault hits; `all` are the live ones of every revision."""


class _Event(Spec):
    at_s: Instant
    """When it happens: after a time, or when the clock shows it; before the horizon."""


class _DeploymentEvent(_Event):
    deployment: Name
    """Whom it concerns."""


def _change_of(schema: JsonSchemaValue, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """Return the schema of what changes in a value: of a mapping any keys, and null for none."""
    whole = handler.resolve_ref_schema(schema) if "$ref" in schema else schema
    if "anyOf" in whole:
        return {**whole, "anyOf": [_change_of(one, handler) for one in whole["anyOf"]]}
    if isinstance(whole.get("additionalProperties"), dict):
        return {**whole, "additionalProperties": _or_null(whole["additionalProperties"])}
    if "properties" not in whole:
        return schema
    changes = {}
    for key, part in whole["properties"].items():
        change = {
            name: said for name, said in _change_of(part, handler).items() if name != "default"
        }
        changes[key] = change if key in whole.get("required", ()) else _or_null(change)
    return {"type": "object", "properties": changes, "additionalProperties": False}


def _or_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    if "anyOf" in schema:
        return schema
    described = {key: schema[key] for key in ("description",) if key in schema}
    rest = {key: said for key, said in schema.items() if key not in described}
    return {"anyOf": [rest, {"type": "null"}], **described}


class ReplaceEvent(_DeploymentEvent):
    """A PUT of a runtime configuration."""

    event: Literal["replace"] = "replace"
    runtime_configuration: Annotated[RuntimeConfiguration, Field(alias="runtimeConfiguration")]
    """The complete new configuration, word for word as in a PUT; absent means default. Or `set`."""

    @classmethod
    @override
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the file's other form, which is made whole before it is read."""
        found = handler(core)
        form = handler.resolve_ref_schema(found)
        whole = form["properties"]["runtimeConfiguration"]
        form["properties"]["set"] = {
            **_change_of(whole, handler),
            "description": "What changes of the configuration that the deployment has by then; "
            "null takes a key away. Or `runtimeConfiguration`.",
            "examples": [{"threadCount": 16}],
        }
        form["required"].remove("runtimeConfiguration")
        form["allOf"] = [{"oneOf": [{"required": ["runtimeConfiguration"]}, {"required": ["set"]}]}]
        return found

    @field_serializer("runtime_configuration", when_used="json")
    def _as_wire(self, configuration: RuntimeConfiguration) -> dict[str, Any]:
        return configuration.to_wire()


class PublishEvent(_DeploymentEvent):
    """A new model version on the branch: a rollout with unchanged configuration."""

    event: Literal["publish"] = "publish"
    model_version_rid: Rid = Field(
        default_factory=lambda data: derived_rid(
            "ri.models.main.model-version", f"{data['deployment']} at {data['at_s']!r}"
        )
    )
    """The new version; absent: derived from deployment and instant."""
    image_bytes: Bytes | None = None
    """Size of its image; absent: unchanged."""
    model_load_s: RandomDuration | None = None
    """From started to model loaded; absent: unchanged."""
    model_memory_bytes: Bytes | None = None
    """Memory that the loaded model takes; absent: unchanged."""
    request: RequestDemands | None = None
    """What a request asks of it; absent: unchanged. A source's own demands win."""


class DisableEvent(_DeploymentEvent):
    """The deployment is disabled."""

    event: Literal["disable"] = "disable"


class StartEvent(_DeploymentEvent):
    """The deployment is started."""

    event: Literal["start"] = "start"


class ScheduleEvent(_DeploymentEvent):
    """The deployment gets another schedule of bounds, or none."""

    event: Literal["schedule"] = "schedule"
    schedule: Schedule
    """In place of the one that it has; empty: bounds are those of configurations."""


class QueueLimitEvent(_Event):
    """A queue gets another limit; nobody is evicted."""

    event: Literal["queue_limit"] = "queue_limit"
    queue: Name
    """Whom it concerns."""
    limit_millicores: Millicores | None = None
    """New limit of a vCPU queue, in cores."""
    limits: Annotated[GpuCounts, Field(min_length=1)] | None = None
    """New limits of a vGPU queue; a type left out keeps its limit."""

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.limit_millicores is None) == (self.limits is None):
            msg = "takes either limit (a vcpu queue) or limits (a vgpu queue)"
            raise ValueError(msg)
        return self


class TenantEvent(_Event):
    """Another tenant of a queue uses more or less from now on."""

    event: Literal["tenant"] = "tenant"
    queue: Name
    """Whose tenant."""
    tenant: Name
    """A tenant of the queue's list."""
    use: Annotated[
        Annotated[Millicores, Tag("cores")] | Annotated[GpuCounts, Tag("gpus")],
        Discriminator(lambda value: "gpus" if isinstance(value, dict) else "cores"),
    ]
    """What it uses from now on: cores of a vCPU queue, GPUs by type of a vGPU queue."""


class KillEvent(_DeploymentEvent):
    """Replicas die at once, with the requests on them."""

    event: Literal["kill"] = "kill"
    replicas: ReplicaSelection
    """Which replicas it hits."""


class HangEvent(_DeploymentEvent):
    """Replicas stop to work and to answer probes."""

    event: Literal["hang"] = "hang"
    replicas: ReplicaSelection
    """Which replicas it hits."""
    for_s: PositiveSeconds | None = None
    """How long; absent: until they are restarted."""


class FailStartsEvent(_DeploymentEvent):
    """Starts that begin within the time fail when the container would be up."""

    event: Literal["fail_starts"] = "fail_starts"
    for_s: PositiveSeconds
    """How long."""


class SlowStartsEvent(_DeploymentEvent):
    """Starts that begin within the time take longer."""

    event: Literal["slow_starts"] = "slow_starts"
    factor: Factor
    """Pull, container start and model load are multiplied by this."""
    for_s: PositiveSeconds
    """How long."""


TimelineEvent = Annotated[
    ReplaceEvent
    | PublishEvent
    | DisableEvent
    | StartEvent
    | ScheduleEvent
    | QueueLimitEvent
    | TenantEvent
    | KillEvent
    | HangEvent
    | FailStartsEvent
    | SlowStartsEvent,
    Field(discriminator="event"),
]
"""Something that happens at an instant."""
