"""How one start of a replica goes: how long its steps take, and whether one of them fails."""

from dataclasses import dataclass

from sim.control.revision import Revision
from sim.random import stream
from sim.reasons import Reason
from sim.scenario.models.replica import ReplicaBehaviour


@dataclass(frozen=True, slots=True)
class StartPlan:
    """The course of a start from STARTING on.

    The container is up after `container_up_after_s`, where the start fails if `container_fault`
    says why; the model is loaded `model_load_s` later, where it fails if `model_fault` does.
    """

    container_up_after_s: float
    model_load_s: float
    container_fault: Reason | None
    model_fault: Reason | None


@dataclass(frozen=True, slots=True)
class StartFaults:
    """What the timeline does to starts that begin now: slower by `factor`, or failing."""

    factor: float
    fails: bool


def plan_start(
    *,
    seed: int,
    deployment: str,
    replica: int,
    start: int,
    revision: Revision,
    behaviour: ReplicaBehaviour,
    lacks_gpu: bool,
    faults: StartFaults,
) -> StartPlan:
    """Draw start number `start` (from 0) of `replica` from the stream of its own.

    A first start pulls the image, at `image / pull` seconds, unless it is cached; a restart
    finds it pulled. A model larger than the replica's memory fails to load, and so does one
    whose requests need a GPU that the replica lacks.
    """
    rng = stream(seed, f"{deployment}/replica {replica}/start {start}")
    container_start_s = float(behaviour.container_start_s.sample(rng, 1)[0])
    model_load_s = float(revision.model.load_s.sample(rng, 1)[0])
    is_pulled = start > 0 or behaviour.image_cached
    pull_s = 0.0 if is_pulled else revision.model.image_bytes / behaviour.pull_bytes_per_s
    model_fault: Reason | None = None
    if revision.model.memory_bytes > revision.normal.memory_bytes:
        model_fault = Reason.MODEL_MEMORY
    elif lacks_gpu:
        model_fault = Reason.GPU_MISSING
    return StartPlan(
        container_up_after_s=(pull_s + container_start_s) * faults.factor,
        model_load_s=model_load_s * faults.factor,
        container_fault=Reason.START_FAULT if faults.fails else None,
        model_fault=model_fault,
    )
