"""The deployments of a live run as the API knows them: by RID, with what it shows of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sim.control.deployment import DeploymentControl
from sim.record import StatusChange
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.queues import ResourceQueue, VgpuQueue
from sim.serve.protocol.views import ApiDeployment
from sim.wire.models import LiveDeployment, ModelVersion, Status
from sim.wire.rule import DeploymentContext


@dataclass(frozen=True, slots=True)
class ServedDeployment:
    """A deployment: what the scenario says of it, and its control."""

    spec: Deployment
    control: DeploymentControl

    @property
    def is_direct(self) -> bool:
        """Whether the API handles it in full."""
        return self.spec.kind == "direct"

    @property
    def branch(self) -> str | None:
        """The branch that it follows; one of an objective follows none."""
        return self.spec.branch if self.is_direct else None

    @property
    def model_version_rid(self) -> str:
        """The version that serves; of a disabled deployment the one that would."""
        active = self.control.active
        return (active.model if active else self.control.model).version_rid

    @property
    def status(self) -> StatusChange:
        """What it reports now."""
        return self.control.journal.log.statuses[-1]

    def context(self, queues: Sequence[ResourceQueue]) -> DeploymentContext:
        """Return what the rules of a configuration may know of it."""
        active = self.control.active
        return context_of(
            self.spec,
            queues,
            running_sources=None if active is None else frozenset(active.configuration.sources),
        )

    def to_wire(self) -> ApiDeployment:
        """Return it as the API's object.

        After a PUT the configuration is the new one at once, while the model version and the status
        are those of what serves. Source: assumed.
        """
        status = self.status
        shown = LiveDeployment(
            rid=self.spec.rid,
            model_version=ModelVersion(
                model_rid=self.spec.model_rid,
                model_version_rid=self.model_version_rid,
            ),
            branch=self.branch,
            runtime_configuration=self.control.configuration,
            status=Status(state=status.state, is_ready=status.is_ready),
        )
        return cast("ApiDeployment", shown.to_wire())


def context_of(
    spec: Deployment,
    queues: Sequence[ResourceQueue],
    *,
    running_sources: frozenset[str] | None = None,
) -> DeploymentContext:
    """Return what the rules of a configuration may know of the deployment `spec`."""
    queue = next((queue for queue in queues if queue.name == spec.queues.vgpu), None)
    return DeploymentContext(
        name=spec.name,
        rid=spec.rid,
        project_rid=spec.project_rid,
        gpu_types=tuple(queue.limits) if isinstance(queue, VgpuQueue) else None,
        running_sources=running_sources,
    )
