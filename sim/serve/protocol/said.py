"""The lines of the simulating process: what it says by itself, and its replies to commands."""

from typing import Any, NotRequired, final

from typing_extensions import TypedDict

from sim.serve.protocol.events import StreamEvent
from sim.serve.protocol.views import ShownView


class Ready(TypedDict):
    """What is played: the scenario's name, its models, the platform's limits."""

    scenario: str
    models: list[str]
    limits: dict[str, Any]


@final
class ReadyLine(TypedDict):
    """Says that commands are taken, as the first line."""

    ready: Ready


@final
class FailedLine(TypedDict):
    """Says why nothing can be played, as the first line, or why it cannot go on, as the last."""

    failed: str


@final
class ViewLine(TypedDict):
    """Shows the newest view."""

    view: ShownView


@final
class EventsLine(TypedDict):
    """Tells what has happened since the last such line, in order of time."""

    events: list[StreamEvent]


class ApiFault(TypedDict):
    """An error that the API documents, and the HTTP status of its answer."""

    status: int
    errorCode: str
    errorName: str
    errorDescription: str
    parameters: dict[str, Any]


class _Reply(TypedDict):
    """The number of the command; the simulated instant, where an inference call is answered."""

    id: int
    at_s: NotRequired[float]


@final
class Done(_Reply):
    """Says that the command was carried out."""

    ok: Any


@final
class Faulted(_Reply):
    """Refuses the command with an error of the API."""

    fault: ApiFault


@final
class Refused(_Reply):
    """Refuses the command with words; HTTP answers 400, or `status` where it is there."""

    refused: str
    status: NotRequired[int]


@final
class Unserved(_Reply):
    """Refuses the command without words; HTTP answers `status`, 429 or 503."""

    status: int


Reply = Done | Faulted | Refused | Unserved


Said = ReadyLine | FailedLine | ViewLine | EventsLine | Done | Faulted | Refused | Unserved
"""A line of the simulating process; which one it is shows by its keys."""
