"""A live deployment: what the API knows of it, how it behaves, and its traffic."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    Field,
    GetJsonSchemaHandler,
    SerializationInfo,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from typing_extensions import override

from sim.scenario.models.parameters import ModelApi
from sim.scenario.models.policies import (
    AutoscalerPolicy,
    Client,
    NoRetryClient,
    RolloutPolicy,
    Service,
)
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.replica import ReplicaBehaviour
from sim.scenario.models.spec import Name, Spec, derived_rid
from sim.scenario.models.traffic import Traffic
from sim.units import Count
from sim.wire.models import Rid, RuntimeConfiguration

PROJECT_RID: Final = derived_rid("ri.compass.main.folder", "project")
"""The project of every deployment that names none."""


class QueueNames(Spec):
    """The resource queues that a deployment's replicas stand in."""

    vcpu: Name | None = None
    """Absent: the file's first vCPU queue; unlimited if it has none."""
    vgpu: Name | None = None
    """Absent: the file's first vGPU queue; unlimited if it has none."""


class Initial(Spec):
    """What there is at time 0.

    ``cold``: created at 0. ``disabled``: configured, no replica. ``responsive``: so many replicas
    have been responsive for long.
    """

    kind: Literal["cold", "disabled", "responsive"] = "cold"
    """How the run finds the deployment."""
    responsive_count: Count = 0
    """Responsive replicas at time 0; 0 unless *kind* is responsive."""

    @classmethod
    @override
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "description": "What there is at time 0.",
            "oneOf": [
                {"enum": ["cold", "disabled"]},
                {
                    "type": "object",
                    "properties": {
                        "responsive": {
                            "type": "integer",
                            "minimum": 0,
                            "description": "Responsive replicas at time 0.",
                        }
                    },
                    "required": ["responsive"],
                    "additionalProperties": False,
                },
            ],
        }

    @model_validator(mode="before")
    @classmethod
    def _from_file_form(cls, data: Any) -> Any:
        if isinstance(data, str) and data in {"cold", "disabled"}:
            return {"kind": data}
        if isinstance(data, dict) and set(data) == {"responsive"}:
            return {"kind": "responsive", **data}
        if isinstance(data, Initial) or (isinstance(data, dict) and "responsive" not in data):
            return data
        reason = "must be cold, disabled or {responsive: n}"
        raise PydanticCustomError("initial", "{reason}", {"reason": reason})

    @model_validator(mode="after")
    def _count_only_when_responsive(self) -> Self:
        if self.kind != "responsive" and self.responsive_count:
            msg = f"a deployment that starts {self.kind} has no responsive replica"
            raise ValueError(msg)
        return self

    @model_serializer
    def _bare_in_files(self, info: SerializationInfo) -> Any:
        if info.mode != "json":
            return {"kind": self.kind, "responsive_count": self.responsive_count}
        return {"responsive": self.responsive_count} if self.kind == "responsive" else self.kind


class NewDeployments(Spec):
    """How deployments behave that are created while the simulation is served."""

    queues: QueueNames = QueueNames()
    """Where their replicas queue for resources."""
    replica: ReplicaBehaviour = ReplicaBehaviour()
    """How replicas start, are probed and end."""
    request: RequestDemands = RequestDemands()
    """What a request asks for."""
    service: Service = Service()
    """Admission, dispatch and timeouts."""
    client: Client = NoRetryClient()
    """What clients do on failure."""
    rollout: RolloutPolicy = RolloutPolicy()
    """How a new revision takes over."""
    autoscaler: AutoscalerPolicy = AutoscalerPolicy()
    """How replicas are added and removed."""
    api: ModelApi | None = None
    """What inference takes and gives back; absent: as of the model's first deployment here."""


class Deployment(Spec):
    """One live deployment and everything about it."""

    name: Name
    """What events, tables and pictures call it."""
    rid: Rid = Field(
        default_factory=lambda data: derived_rid(
            "ri.foundry-ml-live.main.live-deployment", data["name"]
        )
    )
    """Resource identifier; absent: derived from the name."""
    model_rid: Rid = Field(
        default_factory=lambda data: derived_rid("ri.models.main.model", data["name"])
    )
    """The model; absent: derived from the name."""
    model_version_rid: Rid = Field(
        default_factory=lambda data: derived_rid("ri.models.main.model-version", data["name"])
    )
    """The version served first; absent: derived from the name."""
    kind: Literal["direct", "objective"] = "direct"
    """Direct, or of a Modeling Objective: that has no branch, and the API does not replace it."""
    branch: Annotated[str, Field(min_length=1)] = "master"
    """Branch of the model that is followed."""
    project_rid: Rid = PROJECT_RID
    """The project that the deployment is in; absent: one for all."""
    runtime_configuration: Annotated[RuntimeConfiguration, Field(alias="runtimeConfiguration")]
    """The API's object, word for word as in a PUT."""
    queues: QueueNames = QueueNames()
    """Where its replicas queue for resources."""
    initial: Initial = Initial()
    """What there is at time 0."""
    replica: ReplicaBehaviour = ReplicaBehaviour()
    """How replicas start, are probed and end."""
    request: RequestDemands = RequestDemands()
    """What a request asks for."""
    service: Service = Service()
    """Admission, dispatch and timeouts."""
    client: Client = NoRetryClient()
    """What clients do on failure."""
    rollout: RolloutPolicy = RolloutPolicy()
    """How a new revision takes over."""
    autoscaler: AutoscalerPolicy = AutoscalerPolicy()
    """How replicas are added and removed."""
    api: ModelApi | None = None
    """What inference takes and gives back when it is served; absent: anything, given back."""
    traffic: tuple[Traffic, ...] = ()
    """Sources of requests, added up; each has a name of its own."""

    @field_validator("traffic")
    @classmethod
    def _named(cls, traffic: tuple[Traffic, ...]) -> tuple[Traffic, ...]:
        return tuple(
            source if source.name else source.model_copy(update={"name": f"{source.kind}{number}"})
            for number, source in enumerate(traffic)
        )

    @field_serializer("runtime_configuration", when_used="json")
    def _as_wire(self, configuration: RuntimeConfiguration) -> dict[str, Any]:
        return configuration.to_wire()
