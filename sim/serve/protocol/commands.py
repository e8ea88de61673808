"""The lines of the HTTP process: the commands, what each says, and what answers it when done."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Any, Final, Generic, Literal, NotRequired, TypeVar, cast, get_type_hints

from typing_extensions import TypedDict

from sim.serve.protocol.events import DecisionMade
from sim.serve.protocol.views import (
    ApiDeployment,
    ShownFindings,
    ShownQueue,
    ShownReplica,
    ShownTime,
    Speed,
)

Fields = Mapping[str, Any]
"""The fields of a command of which only the name is known."""

F = TypeVar("F", bound=Mapping[str, object])
A = TypeVar("A")


# What commands say ------------------------------------------------------------------------------


class NoFields(TypedDict):
    """A command that says nothing but its name."""


class CreateFields(TypedDict):
    """A deployment to make: the API's `deploymentType` and its configuration, side by side."""

    type: Literal["direct", "objective"]
    modelRid: str
    branch: NotRequired[str]
    runtimeConfiguration: dict[str, Any]


class ReplaceFields(TypedDict):
    """A deployment, and its configuration from now on."""

    rid: str
    runtimeConfiguration: dict[str, Any]


class RidFields(TypedDict):
    """A deployment, as the API names it."""

    rid: str


class InferFields(TypedDict):
    """A deployment, and the input of a call."""

    rid: str
    input: dict[str, Any]


class EventFields(TypedDict):
    """An event of a scenario's timeline, without its instant."""

    event: dict[str, Any]


class TrafficFields(TypedDict):
    """A deployment by its name, and requests for it."""

    deployment: str
    rate_per_s: float
    for_s: float


class StepFields(TypedDict):
    """How much simulated time is to go by."""

    for_s: float


class SpeedFields(TypedDict):
    """How fast simulated time is to go by."""

    speed: Speed


class NameFields(TypedDict):
    """A deployment, as the scenario names it."""

    deployment: str


class AnyNameFields(TypedDict):
    """A deployment, as the scenario names it; without one, all of them."""

    deployment: NotRequired[str]


# What stands under `ok` when they are done, and is no part of a view ------------------------------


class At(TypedDict):
    """The simulated instant at which a command was carried out."""

    at_s: float


class TrafficAdded(At):
    """The simulated instant from which on requests were added, and how many there are."""

    requests: int


class InferenceDone(TypedDict):
    """What the model gives back."""

    output: Mapping[str, Any]


class SnapshotWritten(TypedDict):
    """Where the snapshot is."""

    directory: str


# Commands ---------------------------------------------------------------------------------------


class AskedLine(TypedDict):
    """A command's line, which has the command's fields beside these."""

    id: int
    do: str


_ASKED: Final = frozenset(AskedLine.__annotations__)


def fields_of(asked: AskedLine) -> Fields:
    """Return the command's fields in a line."""
    return {key: value for key, value in asked.items() if key not in _ASKED}


@dataclass(frozen=True)
class Command(Generic[F, A]):
    """A command.

    Attributes:
        do: Its name.
        fields: What its line says besides.
        answer: What stands under `ok` when it is done.
        does: What it does, in words.
    """

    do: str
    fields: type[F]
    answer: type[A]
    does: str

    def line(self, number: int, fields: F) -> Mapping[str, object]:
        """Return the line that asks for it, to be answered under a number."""
        return {"id": number, "do": self.do, **fields}

    def of(self, fields: Fields) -> F:
        """Return fields of which is known that they are this command's."""
        return cast("F", fields)

    @cached_property
    def needed(self) -> frozenset[str]:
        """The fields that it must have."""
        return frozenset(getattr(self.fields, "__required_keys__", ()))

    @cached_property
    def optional(self) -> frozenset[str]:
        """The fields that it may have."""
        return frozenset(getattr(self.fields, "__optional_keys__", ()))

    @cached_property
    def types(self) -> Mapping[str, Any]:
        """The type of each field, in their order."""
        return get_type_hints(self.fields)


CREATE: Final = Command(
    "create", CreateFields, ApiDeployment, "makes a deployment, which begins to start"
)
REPLACE: Final = Command(
    "replace", ReplaceFields, ApiDeployment, "replaces a configuration; its rollout begins"
)
START: Final = Command("start", RidFields, NoneType, "switches a deployment on")
DISABLE: Final = Command("disable", RidFields, NoneType, "switches a deployment off")
INFER: Final = Command(
    "infer",
    InferFields,
    InferenceDone,
    "is one request, and is answered when the simulation has ended it",
)
EVENT: Final = Command("event", EventFields, At, "lets an event of a timeline happen")
TRAFFIC: Final = Command("traffic", TrafficFields, TrafficAdded, "adds requests from now on")
PAUSE: Final = Command("pause", NoFields, ShownTime, "lets time stand still")
RESUME: Final = Command("resume", NoFields, ShownTime, "lets time go on")
STEP: Final = Command(
    "step", StepFields, ShownTime, "lets time go by, and is answered when it stands still again"
)
SPEED: Final = Command("speed", SpeedFields, ShownTime, "sets how fast time goes by")
RESET: Final = Command("reset", NoFields, ShownTime, "goes back to the scenario's beginning")
REPLICAS: Final = Command("replicas", NameFields, list[ShownReplica], "shows each replica")
QUEUES: Final = Command("queues", NoFields, list[ShownQueue], "shows the resource queues")
DECISIONS: Final = Command(
    "decisions", AnyNameFields, list[DecisionMade], "shows the newest decisions"
)
LINT: Final = Command(
    "lint", NoFields, ShownFindings, "says what arithmetic decides of the scenario as it is now"
)
SNAPSHOT: Final = Command(
    "snapshot",
    NoFields,
    SnapshotWritten,
    "writes the run so far, and is answered when it is written",
)
STOP: Final = Command("stop", NoFields, NoneType, "ends the process in order")

COMMANDS: Final[tuple[Command[Any, Any], ...]] = (
    CREATE,
    REPLACE,
    START,
    DISABLE,
    INFER,
    EVENT,
    TRAFFIC,
    PAUSE,
    RESUME,
    STEP,
    SPEED,
    RESET,
    REPLICAS,
    QUEUES,
    DECISIONS,
    LINT,
    SNAPSHOT,
    STOP,
)
"""Every command, in the order of docs/live.md."""
