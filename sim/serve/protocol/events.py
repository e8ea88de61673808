"""What has happened, as the simulating process tells it, and the stream of events hands it on."""

from typing import Literal

from typing_extensions import TypedDict


class ReplicaChanged(TypedDict):
    """A replica is in another state than before; `before` is null for its first one."""

    at_s: float
    kind: Literal["replica"]
    deployment: str
    replica: int
    revision: int
    before: str | None
    after: str
    reason: str
    code: str


class _Decision(TypedDict):
    """What was decided about a deployment."""

    at_s: float
    kind: Literal["decision"]
    deployment: str
    actor: str
    action: str
    reason: str
    code: str


class DecisionGrounds(TypedDict, total=False):
    """What a decision was made from, as far as it was looked at."""

    load: float
    busy: int
    responsive: int
    live: int
    threshold: float
    since_s: float


class DecisionMade(_Decision, DecisionGrounds):
    """Something was decided about a deployment, and from what, as far as it was looked at."""


class StatusChanged(TypedDict):
    """A deployment reports another status than before."""

    at_s: float
    kind: Literal["status"]
    deployment: str
    state: str
    isReady: bool


StreamEvent = ReplicaChanged | DecisionMade | StatusChanged
"""What the stream of events tells; `kind` is the event's name there."""
