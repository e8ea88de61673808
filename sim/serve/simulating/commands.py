"""Commands from outside: what each needs, what it does to the world, and what it answers.

The one place that says what these commands do; what they are called and say is
`sim.serve.protocol`. What has changed the world stands in the journal; to replay a journal is to
carry its entries out again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sim.serve.protocol.commands import (
    CREATE,
    DECISIONS,
    DISABLE,
    EVENT,
    LINT,
    QUEUES,
    REPLACE,
    REPLICAS,
    START,
    TRAFFIC,
    A,
    AnyNameFields,
    At,
    Command,
    CreateFields,
    EventFields,
    F,
    Fields,
    NameFields,
    NoFields,
    ReplaceFields,
    RidFields,
    TrafficAdded,
    TrafficFields,
)
from sim.serve.protocol.events import DecisionMade
from sim.serve.protocol.views import ApiDeployment, ShownFindings, ShownQueue, ShownReplica
from sim.serve.simulating import shown
from sim.serve.simulating.entries import CALLS, CallsFields, Entry, stands_still
from sim.serve.simulating.refusals import Refusal, Senseless
from sim.serve.simulating.world import World
from sim.wire.models import CreateLiveDeploymentRequest, RuntimeConfiguration

Act = Callable[[World, Fields], Any]


def _create(world: World, fields: CreateFields) -> ApiDeployment:
    kind = {key: value for key, value in fields.items() if key in _KIND}
    configuration = fields["runtimeConfiguration"]
    request = CreateLiveDeploymentRequest.from_wire(
        {"deploymentType": kind, "runtimeConfiguration": configuration}
    )
    return world.create(request.deployment_type, request.runtime_configuration).to_wire()


def _replace(world: World, fields: ReplaceFields) -> ApiDeployment:
    configuration = RuntimeConfiguration.from_wire(fields["runtimeConfiguration"])
    return world.replace(fields["rid"], configuration).to_wire()


def _start(world: World, fields: RidFields) -> None:
    world.start(fields["rid"])


def _disable(world: World, fields: RidFields) -> None:
    world.disable(fields["rid"])


def _event(world: World, fields: EventFields) -> At:
    event: object = fields["event"]
    if not isinstance(event, dict) or "at" in event:
        raise Senseless("an event is an object as in a scenario's timeline, without at")
    world.event(event)
    return At(at_s=world.at_s)


def _traffic(world: World, fields: TrafficFields) -> TrafficAdded:
    count = world.traffic(fields["deployment"], fields["rate_per_s"], fields["for_s"])
    return TrafficAdded(at_s=world.at_s, requests=count)


def _calls(world: World, fields: CallsFields) -> None:
    world.infer(fields["rid"], fields["count"])


def _replicas(world: World, fields: NameFields) -> list[ShownReplica]:
    return shown.replicas(world, world.named(fields["deployment"]))


def _queues(world: World, _: NoFields) -> list[ShownQueue]:
    return shown.queues(world)


def _decisions(world: World, fields: AnyNameFields) -> list[DecisionMade]:
    name = fields.get("deployment")
    chosen = world.served.values() if name is None else [world.named(name)]
    return [decision for one in chosen for decision in shown.decisions(one)]


def _lint(world: World, _: NoFields) -> ShownFindings:
    return shown.findings(world)


def _row(command: Command[F, A], act: Callable[[World, F], A]) -> tuple[str, Act]:
    """Return a command's name with what carries it out, which takes and returns what it says."""
    return command.do, lambda world, fields: act(world, command.of(fields))


_KIND: Final = frozenset({"type", "modelRid", "branch"})

CHANGES: Final[Mapping[str, Act]] = dict(
    (
        _row(CREATE, _create),
        _row(REPLACE, _replace),
        _row(START, _start),
        _row(DISABLE, _disable),
        _row(EVENT, _event),
        _row(TRAFFIC, _traffic),
        _row(CALLS, _calls),
    )
)
"""The entries of a journal that change the world, by name."""

LOOKS: Final[Mapping[str, Act]] = dict(
    (
        _row(REPLICAS, _replicas),
        _row(QUEUES, _queues),
        _row(DECISIONS, _decisions),
        _row(LINT, _lint),
    )
)
"""The commands that only look at the world, by name."""


class UnrepeatableError(Exception):
    """An entry cannot be carried out, though it once was."""

    def __init__(self, place: int, reason: str) -> None:
        """Keep its place among the entries, from 0, and what the world says."""
        super().__init__(reason)
        self.place = place


def replay(world: World, entries: Sequence[Entry]) -> bool:
    """Carry out the entries of a run; return whether time stood still at its end.

    Raises:
        UnrepeatableError: One is refused: another version, or not the run's scenario.
    """
    for place, entry in enumerate(entries):
        world.advance(entry["at_s"])
        if entry["do"] not in CHANGES:
            continue
        try:
            CHANGES[entry["do"]](world, entry)
        except (Refusal, KeyError, TypeError, ValueError) as error:
            reason = f"{entry['do']} cannot be carried out: {type(error).__name__}: {error}"
            raise UnrepeatableError(place, reason) from None
    return stands_still(entries)


def repeatable(world: World, entries: Sequence[Entry]) -> list[Entry]:
    """Carry out those entries that can be, and return them.

    One that is refused has changed nothing, so that the others follow as if it were not there.
    """
    found = []
    for entry in entries:
        try:
            replay(world, [entry])
        except UnrepeatableError:
            continue
        found.append(entry)
    return found
