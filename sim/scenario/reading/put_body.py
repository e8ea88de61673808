"""The body of a PUT from outside a scenario, checked for one of its deployments."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sim.errors import Problem, ScenarioError
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.document import Document
from sim.scenario.reading.validation import Validation, validate_document, validate_file
from sim.scenario.rules.configurations import context_of
from sim.wire.endpoint_errors import UnsupportedLiveDeployment
from sim.wire.models import RuntimeConfiguration
from sim.wire.user_rules import load_rules
from sim.wire.violations import Violation, read

_BODY: Final = "runtimeConfiguration"


@dataclass(frozen=True, slots=True)
class PutBody:
    """What a file says that is to be PUT.

    Attributes:
        configuration: The complete new configuration; None if it cannot be read as one.
        validation: What is wrong with it, in the words of ``sim validate``; first that the
            deployment is none that the API replaces.
    """

    configuration: RuntimeConfiguration | None
    validation: Validation


def read_put(
    source: str | Path | Mapping[str, Any],
    scenario: Scenario,
    deployment: Deployment,
    *,
    running_sources: frozenset[str] | None,
) -> PutBody:
    """Return what is to be PUT: ``{"runtimeConfiguration": ...}`` or a bare configuration.

    Args:
        source: A YAML or JSON file, ``-`` for standard input, or the plain data.
        scenario: Has the platform's limits and the users' own rules.
        deployment: Whom the PUT is meant for.
        running_sources: The sources that it runs with then; None: it is disabled.

    Raises:
        ScenarioError: The file cannot be read, or is a scenario or an object of the API that has
            no configuration.
    """
    context = replace(context_of(scenario, deployment), running_sources=running_sources)
    rules = load_rules(scenario.rules, base_dir=scenario.base_dir)
    limits = scenario.platform.limits
    if isinstance(source, Mapping):
        document = Document(dict(source))
        found = validate_document(document, limits=limits, extra_rules=rules, context=context)
    else:
        found = validate_file(source, limits=limits, extra_rules=rules, context=context)
    data = found.data
    if isinstance(data, dict) and "deployments" in data:
        raise _no_put("is a scenario", source)
    if deployment.kind != "direct":
        found = replace(found, problems=(_not_direct(deployment), *found.problems))
    body = read(RuntimeConfiguration, data.get(_BODY, data) if isinstance(data, dict) else data)
    if isinstance(body, list) and not found.problems:
        raise _no_put(f"is {found.words}", source)
    return PutBody(None if isinstance(body, list) else body, found)


def _no_put(what: str, source: str | Path | Mapping[str, Any]) -> ScenarioError:
    message = f"{what}: a PUT is a runtime configuration, or an object with that key"
    name = None if isinstance(source, Mapping) else str(source)
    return ScenarioError(Problem(message=message, rule="put-body", file=name))


def _not_direct(deployment: Deployment) -> Violation:
    """Return what the API says first, whatever the body is: it knows the deployment by its RID."""
    return Violation(
        message=f"{deployment.name} is of kind {deployment.kind}, and the API replaces direct "
        "deployments only",
        rule="direct-deployment",
        fault=UnsupportedLiveDeployment(),
    )
