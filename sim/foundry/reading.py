"""Reading a live deployment through the official SDK, which brings credentials and transport."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

import foundry_sdk
from foundry_sdk.v2 import FoundryClient

from sim.errors import Problem, ScenarioError
from sim.wire.models import LiveDeployment, WireObject
from sim.wire.rid import is_rid


def read_deployment(hostname: str, rid: str, *, scheme: Literal["http", "https"]) -> LiveDeployment:
    """Return a live deployment as the platform at *hostname* shows it.

    The token comes from the SDK's own environment variable, ``FOUNDRY_TOKEN``. Fields that this
    version does not know are left out.

    Raises:
        ScenarioError: The RID is none, or the platform cannot be asked or refuses to answer.
    """
    if not is_rid(rid):
        raise _refused("is no resource identifier", "rid", field="--rid", value=rid)
    try:
        client = FoundryClient(hostname=hostname, config=foundry_sdk.Config(scheme=scheme))
        found = client.models.LiveDeployment.get(rid, preview=True)
    except foundry_sdk.EnvironmentNotConfigured:
        message = "there is no token: set FOUNDRY_TOKEN"
        raise _refused(message, "credentials", field="sim pull") from None
    except Exception as error:  # the SDK's, httpx's and pydantic's have no base in common
        raise _refused(_words(hostname, error), "platform", field="sim pull") from None
    return LiveDeployment.from_wire(
        _known(LiveDeployment, found.model_dump(by_alias=True, exclude_none=True))
    )


def _known(model: type[WireObject], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of *data* that *model* knows, and of the objects inside likewise."""
    known: dict[str, Any] = {}
    for field in model.model_fields.values():
        value = data.get(str(field.alias))
        inner = next(
            (
                kind
                for kind in (field.annotation, *get_args(field.annotation))
                if isinstance(kind, type) and issubclass(kind, WireObject)
            ),
            None,
        )
        if value is not None:
            known[str(field.alias)] = value if inner is None else _known(inner, value)
    return known


def _words(hostname: str, error: Exception) -> str:
    """Return what has gone wrong in one sentence; the SDK's own texts may hold whole answers."""
    name = getattr(error, "name", None) or type(error).__name__
    return f"{hostname} cannot be read: {name}"


def _refused(message: str, rule: str, *, field: str, value: str | None = None) -> ScenarioError:
    return ScenarioError(Problem(message=message, rule=rule, path=(field,), value=value))
