"""How long starts take, and whether replicas may fail, from what the scenario says of them.

Source: "A replica's life" in docs/model.md.
"""

import math

from sim.lint.course import Generation
from sim.lint.laws import greatest, least, mean
from sim.scenario.models.computed import FromColumns
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.model_version import Model, needs_gpu
from sim.scenario.models.replica import Probe
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import (
    FailStartsEvent,
    HangEvent,
    KillEvent,
    SlowStartsEvent,
)

ROUNDING_S = 1e-6
"""More than the sum of a few instants can be off; no claim rests on less."""

_SLACK = 1e-9
"""Of a division in binary fractions: a load of 0.3 s is over at the fourth probe of each 0.1 s."""


def first_pass_s(probe: Probe, load_s: float) -> float:
    """Return how long after the container's start the probe passes that makes it RESPONSIVE.

    Probes come at `delay + j * period`, and pass from the end of the load on; the one that counts
    is the `success_threshold`-th of them.
    """
    missed = max(math.ceil((load_s - probe.delay_s) / probe.period_s - _SLACK), 0)
    return probe.delay_s + (missed + probe.success_threshold - 1) * probe.period_s


def shortest_start_s(scenario: Scenario, deployment: Deployment, model: Model) -> float:
    """Return a duration that no start is shorter than: with the image there, and least draws.

    `slow_starts` with a factor below 1 makes starts faster, several of them together.
    """
    factors = [
        event.factor
        for event in scenario.timeline
        if isinstance(event, SlowStartsEvent) and event.deployment == deployment.name
    ]
    fastest = math.prod(min(factor, 1.0) for factor in factors)
    behaviour = deployment.replica
    container_s = least(behaviour.container_start_s) * fastest
    return container_s + first_pass_s(behaviour.probe, least(model.load_s) * fastest)


def pull_s(deployment: Deployment, model: Model) -> float:
    """Return how long the first start of a replica pulls the image."""
    behaviour = deployment.replica
    return 0.0 if behaviour.image_cached else model.image_bytes / behaviour.pull_bytes_per_s


def mean_start_s(deployment: Deployment, model: Model, *, pulls: bool) -> float | None:
    """Return about how long a start takes: each step as long as on average.

    None where a file would have to be read. With `pulls` it is the first start of a replica.
    """
    behaviour = deployment.replica
    container_s, load_s = mean(behaviour.container_start_s), mean(model.load_s)
    if container_s is None or load_s is None:
        return None
    start_s = container_s + first_pass_s(behaviour.probe, load_s)
    return start_s + (pull_s(deployment, model) if pulls else 0.0)


def lacks_gpu(deployment: Deployment, generation: Generation) -> bool:
    """Return whether requests need a GPU that replicas lack, as far as no file decides it."""
    demands = [generation.model.demands, *(source.demands for source in deployment.traffic)]
    laws = [demand.gpu_s for demand in demands if demand is not None]
    if any(mean(law) is None and not isinstance(law, FromColumns) for law in laws):
        return False
    return generation.normal.gpu_count == 0 and needs_gpu(deployment, generation.model)


def may_fail(scenario: Scenario, deployment: Deployment, generation: Generation) -> bool:
    """Return whether a replica may ever be in STARTING_ERROR or UNRESPONSIVE."""
    disturbing = (KillEvent, HangEvent, FailStartsEvent, SlowStartsEvent)
    if any(
        isinstance(e, disturbing) and e.deployment == deployment.name for e in scenario.timeline
    ):
        return True
    normal, model = generation.normal, generation.model
    demands = [source.demands or model.demands for source in deployment.traffic]
    request_bytes = max(greatest(each.memory_bytes) for each in (*demands, model.demands))
    if math.isinf(request_bytes):
        return True
    if model.memory_bytes + normal.thread_count * math.ceil(request_bytes) > normal.memory_bytes:
        return True
    behaviour = deployment.replica
    longest_s = pull_s(deployment, model) + greatest(behaviour.container_start_s)
    load_s = greatest(model.load_s)
    longest_s += first_pass_s(behaviour.probe, load_s) if math.isfinite(load_s) else math.inf
    # A probe that is due at the end of the load may, by rounding, be the one after it.
    rounding_s = behaviour.probe.period_s
    return longest_s + rounding_s > behaviour.start_timeout_s or lacks_gpu(deployment, generation)
