"""Reading a live deployment through the official SDK, which brings credentials and transport."""

from typing import Literal

import foundry_sdk
from foundry_sdk.v2 import FoundryClient

from sim.errors import Problem, ScenarioError
from sim.wire.known_fields import known_fields
from sim.wire.models import LiveDeployment
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
        known_fields(LiveDeployment, found.model_dump(by_alias=True, exclude_none=True))
    )


def _words(hostname: str, error: Exception) -> str:
    """Return what has gone wrong in one sentence; the SDK's own texts may hold whole answers."""
    name = getattr(error, "name", None) or type(error).__name__
    return f"{hostname} cannot be read: {name}"


def _refused(message: str, rule: str, *, field: str, value: str | None = None) -> ScenarioError:
    return ScenarioError(Problem(message=message, rule=rule, path=(field,), value=value))
