"""A model version as replicas and requests feel it, and whether its requests need a GPU."""

from dataclasses import dataclass
from typing import TypeVar

from sim.scenario.models.computed import FromColumns
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.quantities import DurationDemand, RandomDuration, RequestDemands
from sim.scenario.models.timeline import PublishEvent

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Model:
    """A model version as replicas and requests feel it."""

    version_rid: str
    image_bytes: int
    load_s: RandomDuration
    memory_bytes: int
    demands: RequestDemands

    def published(self, event: PublishEvent) -> "Model":
        """Return the version that `event` publishes; what it leaves out is as before."""
        return Model(
            version_rid=event.model_version_rid,
            image_bytes=_new_or_old(event.image_bytes, self.image_bytes),
            load_s=_new_or_old(event.model_load_s, self.load_s),
            memory_bytes=_new_or_old(event.model_memory_bytes, self.memory_bytes),
            demands=_new_or_old(event.request, self.demands),
        )


def _new_or_old(new: _T | None, old: _T) -> _T:
    return old if new is None else new


def first_model(deployment: Deployment) -> Model:
    """Return the model version that `deployment` has when the run begins."""
    return Model(
        version_rid=deployment.model_version_rid,
        image_bytes=deployment.replica.image_bytes,
        load_s=deployment.replica.model_load_s,
        memory_bytes=deployment.replica.model_memory_bytes,
        demands=deployment.request,
    )


def needs_gpu(deployment: Deployment, model: Model) -> bool:
    """Return whether requests to `deployment` do GPU work with `model`.

    A traffic source's own demands win over the model's.
    """
    own = [source.demands or model.demands for source in deployment.traffic]
    return any(_may_be_positive(demands.gpu_s) for demands in own or [model.demands])


def _may_be_positive(demand: DurationDemand) -> bool:
    if isinstance(demand, FromColumns):
        return demand.may_be_positive
    return demand.mean > 0
