"""What the API's rules, and the users' own, say of every runtime configuration in a scenario.

A scenario that could not be read is looked through as data, whatever it holds, so that a broken
rule is told together with every other fault. What cannot be read is passed over here: reading the
scenario as a whole tells why.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from sim.errors import DataPath, Problem, ScenarioError
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.queues import ResourceQueue, VgpuQueue
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import ReplaceEvent
from sim.scenario.rules.located import value_at
from sim.wire.limits import PlatformLimits
from sim.wire.models import RuntimeConfiguration
from sim.wire.rule import DeploymentContext, Rule
from sim.wire.rules import check
from sim.wire.user_rules import load_rules

_QUEUE: Final = TypeAdapter[ResourceQueue](ResourceQueue)
_IDENTITY: Final = ("name", "rid", "project_rid", "queues", "runtimeConfiguration")


_Configuration = tuple[DataPath, RuntimeConfiguration, DeploymentContext]
"""A configuration, where it stands, and whose it is."""


def rule_problems(scenario: Scenario, *, extra_rules: Sequence[Rule] = ()) -> Iterator[Problem]:
    """Yield every rule that a configuration in *scenario* breaks.

    By deployment, then by event, each in the order of the table.

    Args:
        scenario: The scenario.
        extra_rules: Rules besides those that the scenario names.
    """
    yield from _broken_rules(
        _configurations(scenario),
        scenario.platform.limits,
        scenario.rules,
        base_dir=scenario.base_dir,
        extra_rules=extra_rules,
    )


def rule_problems_in_data(
    data: Any,
    *,
    base_dir: Path | None,
    extra_rules: Sequence[Rule] = (),
) -> Iterator[Problem]:
    """Yield what `rule_problems` does, as far as a scenario's *data* can be read.

    Args:
        data: A scenario's file form, which may be faulty.
        base_dir: Directory that the files of the scenario's own rules start from.
        extra_rules: Rules besides those that the scenario names.
    """
    limits = _limits(data)
    if limits is None:
        return
    named = value_at(data, ("rules",))
    references = [str(item) for item in (named if isinstance(named, list) else [])]
    yield from _broken_rules(
        _readable_configurations(data),
        limits,
        references,
        base_dir=base_dir,
        extra_rules=extra_rules,
    )


def _broken_rules(
    configurations: Iterable[_Configuration],
    limits: PlatformLimits,
    references: Sequence[str],
    *,
    base_dir: Path | None,
    extra_rules: Sequence[Rule],
) -> Iterator[Problem]:
    try:
        own = load_rules(references, base_dir=base_dir)
    except ScenarioError as error:
        own = ()
        for problem in error.problems:
            reference: DataPath = ("rules", references.index(str(problem.value)))
            yield Problem(path=reference, message=problem.message, rule=problem.rule)
    known = {rule.name for rule in extra_rules}
    rules = [*extra_rules, *(rule for rule in own if rule.name not in known)]
    for path, configuration, context in configurations:
        try:
            found = check(configuration, limits, context, extra_rules=rules)
        except ScenarioError as error:
            names = [rule.name for rule in own]
            for problem in error.problems:
                at = ("rules", names.index(problem.rule)) if problem.rule in names else ()
                yield Problem(path=at, message=problem.message, rule=problem.rule)
            return
        for violation in found:
            yield violation.below(path)


def _limits(data: Any) -> PlatformLimits | None:
    limits = value_at(data, ("platform", "limits"), {})
    try:
        return PlatformLimits.model_validate(limits, by_alias=True, by_name=False)
    except ValidationError:
        return None


def context_of(scenario: Scenario, deployment: Deployment) -> DeploymentContext:
    """Return what a rule may know of a deployment of *scenario*."""
    queues = [queue for queue in scenario.queues if isinstance(queue, VgpuQueue)]
    return _context(deployment, queues)


def _configurations(scenario: Scenario) -> Iterator[_Configuration]:
    contexts: dict[str, DeploymentContext] = {}
    for number, deployment in enumerate(scenario.deployments):
        context = context_of(scenario, deployment)
        contexts.setdefault(deployment.name, context)
        path: DataPath = ("deployments", number, "runtimeConfiguration")
        yield path, deployment.runtime_configuration, context
    for number, event in enumerate(scenario.timeline):
        if isinstance(event, ReplaceEvent):
            context = contexts.get(event.deployment, DeploymentContext())
            yield ("timeline", number, "runtimeConfiguration"), event.runtime_configuration, context


def _readable_configurations(data: Any) -> Iterator[_Configuration]:
    queues = _gpu_queues(data)
    contexts: dict[str, DeploymentContext] = {}
    for number, item in enumerate(_list(data, "deployments")):
        known = {key: item[key] for key in _IDENTITY if key in item}
        try:
            deployment = Deployment.from_file_form(known)
        except ValidationError:
            continue
        context = _context(deployment, queues)
        contexts.setdefault(deployment.name, context)
        path: DataPath = ("deployments", number, "runtimeConfiguration")
        yield path, deployment.runtime_configuration, context
    for number, item in enumerate(_list(data, "timeline")):
        if item.get("event") != "replace" or not isinstance(item.get("deployment"), str):
            continue
        context = contexts.get(item["deployment"], DeploymentContext())
        try:
            configuration = RuntimeConfiguration.from_wire(item.get("runtimeConfiguration"))
        except ValidationError:
            continue
        yield ("timeline", number, "runtimeConfiguration"), configuration, context


def _list(data: Any, key: str) -> list[dict[str, Any]]:
    """Return the mappings in the list at *key*; others stand as empty ones, to keep the count."""
    items = value_at(data, (key,))
    return [
        item if isinstance(item, dict) else {}
        for item in (items if isinstance(items, list) else [])
    ]


def _gpu_queues(data: Any) -> list[VgpuQueue]:
    queues = []
    for item in _list(data, "queues"):
        try:
            queue = _QUEUE.validate_python(
                item, by_alias=True, by_name=False, context={"file_form": True}
            )
        except ValidationError:
            continue
        if isinstance(queue, VgpuQueue):
            queues.append(queue)
    return queues


def _context(deployment: Deployment, queues: list[VgpuQueue]) -> DeploymentContext:
    name = deployment.queues.vgpu
    queue = next((queue for queue in queues if name in {None, queue.name}), None)
    return DeploymentContext(
        name=deployment.name,
        rid=deployment.rid,
        project_rid=deployment.project_rid,
        gpu_types=None if queue is None else tuple(queue.limits),
    )
