"""What fields of a scenario must be to each other."""

from collections.abc import Iterator, Sequence

from sim.errors import DataPath, Problem, field_text
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.parameter_values import Misfit, fitted, type_text
from sim.scenario.models.parameters import ModelApi
from sim.scenario.models.policies import RolloutPolicy
from sim.scenario.models.queues import ResourceQueue, VcpuQueue, VgpuQueue
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import ReplaceEvent
from sim.scenario.rules.named_files import file_problems, specs
from sim.scenario.rules.rows_in_order import row_problems
from sim.suffixes import alias_of
from sim.units import format_cores, format_duration
from sim.wire.models import GpuType, RuntimeConfiguration
from sim.wire.normal import DEFAULT_SCALING, NormalConfiguration, normalise
from sim.wire.violations import suggestion


def scenario_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield everything wrong with *scenario* that no single field shows."""
    for number, event in enumerate(scenario.timeline):
        if event.at_s >= scenario.horizon_s:
            horizon = format_duration(scenario.horizon_s)
            message = f"must be before the horizon, {horizon}"
            yield Problem(path=("timeline", number, "at"), message=message, rule="before-horizon")
    yield from file_problems(scenario)
    yield from row_problems(scenario)
    yield from _threshold_problems(scenario)
    yield from _initial_problems(scenario)
    for path, spec in specs(scenario):
        if isinstance(spec, ModelApi):
            yield from _api_problems(spec, path)
        elif isinstance(spec, RolloutPolicy):
            yield from _strategy_problems(spec, path)


def _strategy_problems(policy: RolloutPolicy, path: DataPath) -> Iterator[Problem]:
    """Check that nothing is said of blue/green where another strategy rolls out."""
    kind = policy.strategy.kind
    if kind == "blue_green":
        return
    for name in policy.BLUE_GREEN_ONLY:
        if name in policy.model_fields_set:
            message = f"belongs to strategy blue_green, and the strategy here is {kind}"
            yield Problem(
                path=(*path, alias_of(name)), message=message, rule="other-strategy", of_key=True
            )


def _api_problems(api: ModelApi, path: DataPath) -> Iterator[Problem]:
    """Check that names are given once, echoes name inputs, and constants are of their types."""
    inputs = [parameter.name for parameter in api.inputs]
    for key, parameters in (("inputs", api.inputs), ("outputs", api.outputs)):
        names = [parameter.name for parameter in parameters]
        for number, name in enumerate(names):
            if name in names[:number]:
                message = f"is the name of another one too: {key}[{names.index(name)}]"
                yield Problem(
                    path=(*path, key, number, "name"), message=message, rule="unique-names"
                )
    for number, output in enumerate(api.outputs):
        below = (*path, "outputs", number)
        if output.echo is not None and output.echo not in inputs:
            message = f"is no input{suggestion(output.echo, inputs)}"
            yield Problem(path=(*below, "echo"), message=message, rule="unknown-input")
        if output.value is not None:
            try:
                fitted(output.value, output.type, name=output.name, casts=False)
            except Misfit as misfit:
                message = f"is no {type_text(output.type)}: {misfit.defect.to_wire()}"
                yield Problem(path=(*below, "value"), message=message, rule="output-type")


def _configurations(
    scenario: Scenario,
) -> Iterator[tuple[DataPath, int, Deployment, RuntimeConfiguration]]:
    """Yield every runtime configuration with its path, and whose it is."""
    numbers = {deployment.name: number for number, deployment in enumerate(scenario.deployments)}
    for number, deployment in enumerate(scenario.deployments):
        path: DataPath = ("deployments", number, "runtimeConfiguration")
        yield path, number, deployment, deployment.runtime_configuration
    for number, event in enumerate(scenario.timeline):
        if isinstance(event, ReplaceEvent) and event.deployment in numbers:
            concerned = numbers[event.deployment]
            path = ("timeline", number, "runtimeConfiguration")
            yield path, concerned, scenario.deployments[concerned], event.runtime_configuration


def _threshold_problems(scenario: Scenario) -> Iterator[Problem]:
    """Check that no scale-down threshold is above a scale-up threshold of its deployment."""
    judged: set[int] = set()
    for path, number, deployment, configuration in _configurations(scenario):
        threshold = deployment.autoscaler.scale_down_load_threshold
        scaling = configuration.scaling_configuration or DEFAULT_SCALING
        up = scaling.scale_up_load_threshold
        if threshold is not None and threshold > up and number not in judged:
            judged.add(number)
            yield Problem(
                path=("deployments", number, "autoscaler", "scale_down_load_threshold"),
                message=f"must be at most the scale-up threshold, {up:g} in {field_text(path)}",
                rule="thresholds",
            )


def _initial_problems(scenario: Scenario) -> Iterator[Problem]:
    """Check that the replicas of time 0 are allowed and fit beside each other and the tenants."""
    free = _Free(scenario.queues)
    for number, deployment in enumerate(scenario.deployments):
        if deployment.initial.kind != "responsive":
            continue
        path: DataPath = ("deployments", number, "initial", "responsive")
        count = deployment.initial.responsive_count
        try:
            configuration = normalise(deployment.runtime_configuration)
        except ValueError:
            continue  # a broken rule, told with the rules
        low, high = configuration.min_replicas, configuration.max_replicas
        if low <= high and not low <= count <= high:
            message = f"must be from minReplicas, {low}, to maxReplicas, {high}"
            yield Problem(path=path, message=message, rule="initial-bounds")
        for name, reason in free.take(deployment, configuration, count):
            message = f"does not fit into queue {name!r} beside what is there: {reason}"
            yield Problem(path=path, message=message, rule="initial-fits")


class _Free:
    """What the queues have left beside their tenants and the replicas placed so far."""

    def __init__(self, queues: Sequence[ResourceQueue]) -> None:
        self.millicores = {
            queue.name: queue.limit_millicores - sum(queue.tenants.values())
            for queue in queues
            if isinstance(queue, VcpuQueue)
        }
        self.gpus = {
            queue.name: {
                gpu_type: limit - sum(use.get(gpu_type, 0) for use in queue.tenants.values())
                for gpu_type, limit in queue.limits.items()
            }
            for queue in queues
            if isinstance(queue, VgpuQueue)
        }

    def take(
        self, deployment: Deployment, configuration: NormalConfiguration, count: int
    ) -> Iterator[tuple[str, str]]:
        """Take what *count* replicas need; yield each queue that has too little, and why."""
        vcpu, vgpu = deployment.queues.vcpu, deployment.queues.vgpu
        if vcpu in self.millicores:
            need, there = count * configuration.cpu_millicores, max(self.millicores[vcpu], 0)
            self.millicores[vcpu] = there - need
            if need > there:
                yield vcpu, f"{format_cores(need)} cores wanted, {format_cores(there)} free"
        if vgpu in self.gpus and configuration.gpu_count:
            placed = self._place(self.gpus[vgpu], configuration, count)
            if placed < count:
                yield vgpu, f"there are GPUs for {placed} of {count} replicas"

    def _place(
        self, left: dict[GpuType, int], configuration: NormalConfiguration, count: int
    ) -> int:
        """Give GPUs to at most *count* replicas, the first type that fits; return how many got."""
        wanted = list(left) if configuration.gpu_type is None else [configuration.gpu_type]
        for placed in range(count):
            fitting = [kind for kind in wanted if left.get(kind, 0) >= configuration.gpu_count]
            if not fitting:
                return placed
            left[fitting[0]] -= configuration.gpu_count
        return count
