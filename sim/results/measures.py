"""The measures of a run: every number of its report by an address, for all who ask by name.

An address is a path as `--set` has it: `deployments.ranker.response_s.p99`. Rollouts count from 1
among the replace and publish events of their deployment, whether or not these rolled anything out,
so that a number means the same event in every run of a scenario. Resources of a queue are called by
their type of GPU, or `cores`.

Measures are the fields of the report's models that state a unit, and `DERIVED`; nothing else lists
them. Lists of what happened (events, waits, revisions) have no addresses, and amounts only where
the scenario says in what unit they are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol, get_args, get_origin

from sim.addresses import path_of, steps_of
from sim.errors import Problem, ScenarioError
from sim.reasons import Reason
from sim.results.measure import Better, Group, Undefined
from sim.results.queues import QueueReport, ResourceReport
from sim.results.report import DeploymentReport
from sim.results.rollouts import RolloutReport, RolloutWindow
from sim.scenario.models.queues import ResourceQueue, VcpuQueue
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import PublishEvent, ReplaceEvent
from sim.wire.violations import suggestion

Kind = Literal["number", "count", "yes/no"]
"""What values of a measure are: floats, integers or truth values."""

CORES: Final = "cores"
"""What the resource of a vCPU queue is called."""

DAY_S: Final = 86400.0

CATALOGUE: Final = 2
"""Number of the catalogue of measures, which stored values are kept with: it is raised when a
measure comes, goes, or means something else."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a run, by its address.

    Attributes:
        steps: The parts of the address: `("deployments", "ranker", "response_s", "p99")`.
        unit: As its field states it.
        kind: What its values are.
        better: Which way is better for those who use the deployment; None where neither is.
        undefined: What it means that it has no value; None where it always has one.
    """

    steps: tuple[str, ...]
    unit: str
    kind: Kind
    better: Better | None
    undefined: Undefined | None

    @property
    def address(self) -> str:
        """The address in words, names that need it in brackets."""
        return path_of(self.steps)


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a measure has no value in a run: what that means, and why in words."""

    undefined: Undefined
    why: str


Value = float | int | bool | Missing
"""What a measure is in one run."""


class Measured(Protocol):
    """What measures are read from: a report, or its `sim.results.summary.MeasuredParts`."""

    @property
    def horizon_s(self) -> float:
        """Where the run ends."""

    @property
    def deployments(self) -> tuple[DeploymentReport, ...]:
        """In the order of the scenario."""

    @property
    def queues(self) -> tuple[QueueReport, ...]:
        """In the order of the scenario."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A measure that the report has no field for: a function of what it has.

    `read` is given the whole and the part that the measure is of.
    """

    measure: Measure
    read: Callable[[Measured, Any], float | int | bool | None]


def _failed_ratio(_report: Measured, of: DeploymentReport | RolloutWindow) -> float | None:
    requests = of.requests
    return requests.failed.total / requests.arrived if requests.arrived else None


def _availability(report: Measured, of: DeploymentReport) -> float | None:
    failed = _failed_ratio(report, of)
    return None if failed is None else 1 - failed


def _compute_seconds_per_day(report: Measured, of: DeploymentReport) -> float | None:
    return of.compute_seconds.total * DAY_S / report.horizon_s if report.horizon_s else None


DERIVED: Final[Mapping[type[Group], tuple[Derived, ...]]] = MappingProxyType(
    {
        DeploymentReport: (
            Derived(Measure(("failed_ratio",), "ratio", "number", "less", "none"), _failed_ratio),
            Derived(Measure(("availability",), "ratio", "number", "more", "none"), _availability),
            Derived(
                Measure(("attempts_per_request",), "ratio", "number", "less", "none"),
                lambda _report, of: of.attempts.per_request,
            ),
            Derived(
                Measure(("compute_seconds_per_day",), "compute-seconds", "number", "less", "none"),
                _compute_seconds_per_day,
            ),
        ),
        RolloutReport: (
            Derived(
                Measure(("failed_ratio",), "ratio", "number", "less", "none"),
                lambda report, of: None if of.during is None else _failed_ratio(report, of.during),
            ),
            Derived(
                Measure(("stalled",), "yes/no", "yes/no", "less", "none"),
                lambda _report, of: bool(of.stalls),
            ),
        ),
    }
)
"""Measures beside the fields, by the model that they are of."""


def measures(scenario: Scenario) -> tuple[Measure, ...]:
    """Return every measure that runs of a scenario have, in the order of the report."""
    return tuple(_measures(scenario))


def measure_at(address: str, among: Sequence[Measure]) -> Measure:
    """Return the measure at an address, whose first part may be left out if one thing has it.

    So may the first two, in a scenario of one deployment.

    Raises:
        ScenarioError: There is none, or the short form names several.
    """
    steps = tuple(steps_of(address) or ())
    found: list[Measure] = []
    for left_out in range(3):
        found = found or [one for one in among if one.steps[left_out:] == steps]
    if len(found) == 1:
        return found[0]
    if found:
        whole = " or ".join(one.address for one in found)
        message = f"{address} names several measures: write {whole}"
        raise ScenarioError(Problem(message=message, rule="ambiguous-measure"))
    near = suggestion(address, [path_of(one.steps[n:]) for n in range(3) for one in among])
    raise ScenarioError(Problem(message=f"{address} is no measure{near}", rule="unknown-measure"))


def value_of(report: Measured, measure: Measure) -> Value:
    """Return what a measure is in a run of its scenario, or why it has no value there.

    Raises:
        LookupError: The report is of another scenario, which does not have the measure.
    """
    kind, name, *steps = measure.steps
    if kind == "queues":
        queue = _named(report.queues, name)
        return _read(report, *_in_queue(queue, steps), measure)
    deployment = _named(report.deployments, name)
    if steps[0] != "rollouts":
        return _read(report, deployment, steps, measure)
    rollout = _rollout(deployment, int(steps[1]))
    return rollout if isinstance(rollout, Missing) else _read(report, rollout, steps[2:], measure)


# What there is -------------------------------------------------------------------------------


def _measures(scenario: Scenario) -> Iterator[Measure]:
    for deployment in scenario.deployments:
        at = ("deployments", deployment.name)
        yield from _of(DeploymentReport, at)
        events = [
            event
            for event in scenario.timeline
            if isinstance(event, ReplaceEvent | PublishEvent)
            if event.deployment == deployment.name
        ]
        for number in range(1, len(events) + 1):
            for one in _of(RolloutReport, (*at, "rollouts", str(number))):
                yield replace(one, undefined=one.undefined or "none")  # it may roll nothing out
    for queue in scenario.queues:
        at = ("queues", queue.name)
        yield from _of(QueueReport, at)
        unit = "cores" if isinstance(queue, VcpuQueue) else "GPUs"
        for resource in _resources(queue):
            yield from _of(ResourceReport, (*at, resource), unit)


def _resources(queue: ResourceQueue) -> tuple[str, ...]:
    return (CORES,) if isinstance(queue, VcpuQueue) else tuple(t.value for t in queue.limits)


def _of(model: type[Group], at: tuple[str, ...], amount: str | None = None) -> Iterator[Measure]:
    """Yield the measures of a model, as of a part of the report.

    Args:
        model: The model.
        at: Where the part is: the parts of its address.
        amount: In what its amounts are, where the place says so.
    """
    for one in (*_fields(model), *(derived.measure for derived in DERIVED.get(model, ()))):
        unit = amount if one.unit == "cores or GPUs" else one.unit
        if unit is not None:
            yield replace(one, steps=(*at, *one.steps), unit=unit)


@cache
def _fields(model: type[Group]) -> tuple[Measure, ...]:
    """Return the measures among the fields of a model, and of the models in these."""
    found: list[Measure] = []
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is tuple:
            continue
        kinds = get_args(field.annotation) or (field.annotation,)
        may_miss = type(None) in kinds
        stated: Any = field.json_schema_extra or {}
        unit = stated.get("unit")
        if unit not in {None, "number"}:
            kind: Kind = "yes/no" if bool in kinds else "number" if float in kinds else "count"
            undefined = stated["undefined"] if may_miss else None
            found.append(Measure((name,), unit, kind, stated["better"], undefined))
        for part in kinds:
            if isinstance(part, type) and issubclass(part, Group):
                found += [
                    replace(
                        one,
                        steps=(name, *one.steps),
                        undefined=one.undefined or ("none" if may_miss else None),
                    )
                    for one in _fields(part)
                ]
    return tuple(found)


# What it is ----------------------------------------------------------------------------------


def _named(parts: Sequence[Any], name: str) -> Any:
    for part in parts:
        if part.name == name:
            return part
    raise LookupError(f"the report has no {name!r}")


def _in_queue(queue: QueueReport, steps: Sequence[str]) -> tuple[Group, Sequence[str]]:
    """Return the part of a queue's report that a measure is of, and the steps from there on."""
    if len(steps) == 1:
        return queue, steps
    for resource in queue.resources:
        if (resource.gpu_type or CORES) == steps[0]:
            return resource, steps[1:]
    raise LookupError(f"queue {queue.name} has no {steps[0]!r}")


def _rollout(deployment: DeploymentReport, number: int) -> RolloutReport | Missing:
    """Return the rollout of the event with a number, or why it made none."""
    puts = [event for event in deployment.events if event.event in ("replace", "publish")]
    if number > len(puts):
        return Missing("none", "the run ended before the event")
    event = puts[number - 1]
    if event.code is not Reason.ROLLED_OUT:
        return Missing("none", f"the event rolled nothing out: {event.effect}")
    return next(rollout for rollout in deployment.rollouts if rollout.number == number)


def _read(report: Measured, of: Group, steps: Sequence[str], measure: Measure) -> Value:
    for derived in DERIVED.get(type(of), ()):
        if derived.measure.steps == tuple(steps):
            found = derived.read(report, of)
            break
    else:
        found = _attribute(of, steps)
    if found is not None:
        return found
    if measure.undefined == "beyond":
        return Missing("beyond", "it had not happened when the run ended")
    return Missing("none", "there was nothing to measure")


def _attribute(of: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if of is None:
            return None
        of = getattr(of, step)
    return of
