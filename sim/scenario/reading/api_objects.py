"""What the API answers, and takes as bodies: told apart by keys, and held against its rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sim.errors import DataPath
from sim.wire.known_fields import known_fields
from sim.wire.limits import PlatformLimits
from sim.wire.models import (
    CreateLiveDeploymentRequest,
    ListLiveDeploymentsResponse,
    LiveDeployment,
    ReplaceLiveDeploymentRequest,
    RuntimeConfiguration,
    TransformJsonLiveDeploymentRequest,
    WireObject,
)
from sim.wire.rule import DeploymentContext, Rule
from sim.wire.rules import check
from sim.wire.violations import UNKNOWN_FIELD, Violation, read

BODY: Final = "runtimeConfiguration"


@dataclass(frozen=True, slots=True)
class ApiObject:
    """A kind of object of the API.

    Attributes:
        words: What it is, to follow "is".
        model: How it is read.
        is_answer: Whether the API gives it; fields in it that are not known are no faults.
    """

    words: str
    model: type[WireObject]
    is_answer: bool = False


CREATE: Final = ApiObject(
    "the body of a Create Live Deployment request", CreateLiveDeploymentRequest
)
REPLACE: Final = ApiObject(
    "the body of a Replace Live Deployment request", ReplaceLiveDeploymentRequest
)
TRANSFORM: Final = ApiObject(
    "the body of a Transform Json Live Deployment request", TransformJsonLiveDeploymentRequest
)
GET: Final = ApiObject("what Get Live Deployment answers", LiveDeployment, is_answer=True)
LIST: Final = ApiObject(
    "what List Live Deployments answers", ListLiveDeploymentsResponse, is_answer=True
)
BARE: Final = ApiObject("a runtime configuration", RuntimeConfiguration)


def api_object_of(data: object) -> ApiObject:
    """Return what *data* is by its keys, whatever else is wrong with it.

    Anything that has the keys of nothing else is a bare configuration.
    """
    keys = set(data) if isinstance(data, dict) else set()
    if "deploymentType" in keys:
        return CREATE
    if keys & {"modelVersion", "status"}:
        return GET
    if BODY in keys:
        return REPLACE
    if "data" in keys:
        return LIST
    return TRANSFORM if keys == {"input"} else BARE


def violations_of(
    data: Any,
    limits: PlatformLimits | None,
    extra_rules: Sequence[Rule],
    context: DeploymentContext | None,
) -> list[Violation]:
    """Return what is wrong with an object of the API: its form, else its configurations.

    Args:
        data: The object, as JSON data.
        limits: What the platform allows; None: the defaults.
        extra_rules: Rules besides the built-in ones.
        context: The deployment that it is meant for; None: any.

    Raises:
        ScenarioError: The function of an extra rule failed.
    """
    kind = api_object_of(data)
    found = read(kind.model, known_fields(kind.model, data) if kind.is_answer else data)
    if not isinstance(found, list):
        return [
            violation.below(path)
            for path, configuration in _configurations(found)
            for violation in check(configuration, limits, context, extra_rules=extra_rules)
        ]
    return [replace(violation, of_key=violation.rule == UNKNOWN_FIELD) for violation in found]


def _configurations(found: WireObject) -> list[tuple[DataPath, RuntimeConfiguration]]:
    """Return the configurations in an object, and where each stands."""
    match found:
        case RuntimeConfiguration():
            return [((), found)]
        case ListLiveDeploymentsResponse():
            return [
                (("data", place, BODY), one.runtime_configuration)
                for place, one in enumerate(found.data)
            ]
        case CreateLiveDeploymentRequest() | LiveDeployment() | ReplaceLiveDeploymentRequest():
            return [((BODY,), found.runtime_configuration)]
        case _:
            return []
