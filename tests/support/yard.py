"""Resource queues on a clock that is run on demand, with replicas that only remember."""

from dataclasses import dataclass, field

from sim.clock import Clock
from sim.control.line import StartRequest
from sim.control.queues import ResourceQueues
from sim.reasons import Reason
from sim.scenario.models.queues import ResourceQueue, VcpuQueue, VgpuQueue
from sim.states import ReplicaState
from sim.waiting import Cause
from sim.wire.models import GpuType

T4, A100 = GpuType.T4, GpuType.A100


@dataclass
class Owner:
    """A replica that only remembers what it was told."""

    deployment_name: str
    revision_number: int = 0
    number: int = 0
    state: ReplicaState = ReplicaState.QUEUED
    told: list[str] = field(default_factory=list)
    cause: Cause | None = None

    def granted(self) -> None:
        self.state = ReplicaState.STARTING
        self.told.append("granted")

    def waiting(self, cause: Cause) -> None:
        self.cause = cause
        self.told.append(cause.words)


class Yard:
    """Queues on a clock that is run on demand."""

    def __init__(self, *specs: ResourceQueue) -> None:
        self.clock = Clock(0.0)
        self.queues = ResourceQueues(self.clock, specs)
        self.owners: dict[str, Owner] = {}
        self.requests: dict[str, StartRequest] = {}

    def ask(
        self, name: str, cores: float = 0, gpus: int = 0, of: GpuType | None = None
    ) -> StartRequest:
        return self._ask(name, cores, gpus, of, vcpu_queue="cpu")

    def ask_gpu(self, name: str, gpus: int, of: GpuType | None = None) -> StartRequest:
        """Ask for GPUs alone, with cores that nothing limits."""
        return self._ask(name, 1, gpus, of, vcpu_queue=None)

    def _ask(
        self, name: str, cores: float, gpus: int, of: GpuType | None, vcpu_queue: str | None
    ) -> StartRequest:
        owner = self.owners[name] = Owner(name)
        self.requests[name] = self.queues.request(
            owner,
            vcpu_queue=vcpu_queue,
            vgpu_queue="gpu",
            millicores=int(cores * 1000),
            gpu_count=gpus,
            gpu_type=of,
        )
        return self.requests[name]

    def let_go(self, request: StartRequest, why: Reason = Reason.SCALE_DOWN) -> None:
        self.queues.give_up(request, why, why)

    def cause(self, name: str) -> Cause:
        """Return why `name` waits, as it was told."""
        found = self.owners[name].cause
        assert found is not None
        return found

    def granted(self) -> list[str]:
        self.clock.run()
        return [name for name, owner in self.owners.items() if "granted" in owner.told]


def cpu(limit: float, **tenants: int) -> VcpuQueue:
    """Return a vCPU queue of `limit` cores; tenants in cores."""
    holds = {name: cores * 1000 for name, cores in tenants.items()}
    return VcpuQueue(name="cpu", limit_millicores=int(limit * 1000), tenants=holds)


def gpu(**limits: int) -> VgpuQueue:
    """Return a vGPU queue with limits by type, in order."""
    return VgpuQueue(name="gpu", limits={GpuType(name): count for name, count in limits.items()})
