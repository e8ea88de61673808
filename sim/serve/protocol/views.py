"""What the simulating process shows: the view, and details on demand."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

Speed = float | Literal["max"]
"""Simulated seconds per second, or as fast as they can be computed."""


class ApiStatus(TypedDict):
    """The status of a deployment, as the API shows it."""

    state: str
    isReady: bool


class ApiDeployment(TypedDict):
    """A deployment, as the API shows it: see `sim.wire.models.LiveDeployment`."""

    rid: str
    modelVersion: dict[str, str]
    branch: NotRequired[str]
    runtimeConfiguration: dict[str, Any]
    status: ApiStatus


class ShownCounts(TypedDict):
    """How many attempts of a deployment there were; those that failed are counted by outcome."""

    arrived: int
    completed: int
    failed: dict[str, int]
    queued: int
    in_flight: int


class ShownDeployment(TypedDict):
    """A deployment in a view: as the API shows it, and besides; its replicas by their state."""

    name: str
    rid: str
    kind: Literal["direct", "objective"]
    modelRid: str
    branch: str | None
    projectRid: str
    deployment: ApiDeployment
    counts: ShownCounts
    replicas: dict[str, int]


class ShownQueue(TypedDict):
    """A resource queue in cores, or one type of GPU of a queue in GPUs."""

    name: str
    kind: Literal["vcpu", "vgpu"]
    gpuType: str | None
    used: float
    limit: float
    waiting: int
    head_since_s: float | None
    cause: str | None


Role = Literal["active", "pending", "retired"]
"""What a replica's revision is to its deployment."""


class ShownReplica(TypedDict):
    """A replica that is not deleted."""

    number: int
    revision: int
    role: Role
    state: str
    since_s: float
    reason: str
    gpuType: str | None
    in_flight: int


class ShownFinding(TypedDict):
    """What arithmetic says of the scenario: see `sim.lint.finding.Finding`."""

    level: Literal["never", "risk"]
    rule: str
    field: str
    line: int | None
    claim: str
    numbers: dict[str, float]
    remedy: str


class ShownFindings(TypedDict):
    """All that arithmetic says of the scenario as it stands now."""

    schema: str
    findings: list[ShownFinding]


class ShownTime(TypedDict):
    """How far simulated time is, how fast it goes by, and whether it stands still."""

    at_s: float
    speed: Speed
    paused: bool


class ShownRun(TypedDict):
    """What there is at a simulated instant."""

    at_s: float
    deployments: list[ShownDeployment]
    queues: list[ShownQueue]


class ShownView(ShownRun):
    """What there is at a simulated instant, how time goes by, and what is not as it should be."""

    speed: Speed
    paused: bool
    behind_s: float
    trouble: str | None
