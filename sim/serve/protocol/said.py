"""The lines of the simulating process: what it says by itself, and its replies to commands."""

from typing import Any, NotRequired, final

from typing_extensions import TypedDict

from sim.serve.protocol.events import StreamEvent
from sim.serve.protocol.views import ShownView


class Ready(TypedDict):
    """What is played."""

    scenario: str
    models: list[str]
    limits: dict[str, Any]


@final
class ReadyLine(TypedDict):
    """The first line: commands are taken."""

    ready: Ready


@final
class FailedLine(TypedDict):
    """The first line where nothing can be played, or the last where it cannot go on: why."""

    failed: str


@final
class ViewLine(TypedDict):
    """The newest view."""

    view: ShownView


@final
class EventsLine(TypedDict):
    """What has happened since the last line of this kind, in order of time."""

    events: list[StreamEvent]


class ApiFault(TypedDict):
    """An error that the API documents."""

    status: int
    errorCode: str
    errorName: str
    errorDescription: str
    parameters: dict[str, Any]


class _Reply(TypedDict):
    """The number of the command; of an inference call also the instant of its end."""

    id: int
    at_s: NotRequired[float]


@final
class Done(_Reply):
    """The command was carried out."""

    ok: Any


@final
class Faulted(_Reply):
    """The command is refused with an error of the API."""

    fault: ApiFault


@final
class Refused(_Reply):
    """The command is refused with words, and HTTP answers 400 or what `status` says."""

    refused: str
    status: NotRequired[int]


@final
class Unserved(_Reply):
    """The command is refused without words, and HTTP answers 429 or 503."""

    status: int


Reply = Done | Faulted | Refused | Unserved


Said = ReadyLine | FailedLine | ViewLine | EventsLine | Done | Faulted | Refused | Unserved
"""A line of the simulating process; which one it is shows by its keys."""
