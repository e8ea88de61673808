"""What the worker has last shown of the simulation: get and list are answered from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Self

from sim.serve.protocol.views import (
    ApiDeployment,
    ShownCounts,
    ShownDeployment,
    ShownQueue,
    ShownView,
    Speed,
)

DIRECT: Final = "direct"
DISABLED: Final = "DISABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentView:
    """One deployment as the worker shows it.

    Attributes:
        name: What the scenario calls it.
        rid: Its RID.
        kind: ``direct`` or ``objective``.
        model_rid: The model it serves.
        branch: The branch it follows; None for an objective's.
        body: The API's LiveDeployment, as JSON data.
        counts: Requests that arrived, completed, failed (by kind), wait and run.
        replicas: Replicas by state.
    """

    name: str
    rid: str
    kind: str
    model_rid: str
    branch: str | None
    body: ApiDeployment
    counts: ShownCounts
    replicas: Mapping[str, int]

    @classmethod
    def of(cls, data: ShownDeployment) -> Self:
        """Return the deployment in one entry of a view."""
        return cls(
            name=data["name"],
            rid=data["rid"],
            kind=data["kind"],
            model_rid=data["modelRid"],
            branch=data.get("branch"),
            body=data["deployment"],
            counts=data["counts"],
            replicas=data["replicas"],
        )

    @property
    def is_direct(self) -> bool:
        """Whether get, list and replace handle it."""
        return self.kind == DIRECT

    @property
    def is_awaited(self) -> bool:
        """Whether it is switched on and does not serve, of itself as the API shows it."""
        status = self.body["status"]
        return status["state"] != DISABLED and not status["isReady"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The simulation at one instant.

    Attributes:
        at_s: The simulated instant.
        speed: Simulated seconds per second, or ``max``.
        paused: Whether simulated time stands still.
        behind_s: How far simulated time is behind its speed, in simulated seconds; 0: it keeps up.
        trouble: Why commands cannot be written down at the moment, None: they can.
        deployments: By RID.
        queues: The resource queues, as the worker shows them.
    """

    at_s: float = 0.0
    speed: Speed = 1.0
    paused: bool = False
    behind_s: float = 0.0
    trouble: str | None = None
    deployments: Mapping[str, DeploymentView] = field(default_factory=lambda: MappingProxyType({}))
    queues: Sequence[ShownQueue] = ()

    @classmethod
    def of(cls, data: ShownView) -> Self:
        """Return the view in the worker's JSON."""
        found = [DeploymentView.of(entry) for entry in data["deployments"]]
        return cls(
            at_s=data["at_s"],
            speed=data["speed"],
            paused=data["paused"],
            behind_s=data["behind_s"],
            trouble=data["trouble"],
            deployments=MappingProxyType({one.rid: one for one in found}),
            queues=data.get("queues", ()),
        )

    def health(self) -> dict[str, Any]:
        """Return what ``/sim/health`` shows: how far time is, and what is not as it should be."""
        return {
            "at_s": self.at_s,
            "behind": self.behind_s > 0,
            "behind_s": self.behind_s,
            "trouble": self.trouble,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the view as ``/sim/state`` shows it: values of environment variables masked."""
        return {
            "at_s": self.at_s,
            "speed": self.speed,
            "paused": self.paused,
            "deployments": [
                {
                    "name": one.name,
                    "rid": one.rid,
                    "kind": one.kind,
                    "modelRid": one.model_rid,
                    "branch": one.branch,
                    "deployment": masked(one.body),
                    "counts": one.counts,
                    "replicas": one.replicas,
                }
                for one in self.deployments.values()
            ],
            "queues": self.queues,
        }


def masked(body: ApiDeployment) -> ApiDeployment:
    """Return a LiveDeployment with its environment variables' names and not their values."""
    configuration = dict(body["runtimeConfiguration"])
    variables = configuration.get("environmentVariables") or {}
    configuration["environmentVariables"] = dict.fromkeys(variables, "***")
    return {**body, "runtimeConfiguration": configuration}
