"""Commands from outside: what each needs, what it does to the world, and what it answers.

The one place that knows these commands by name. What has changed the world stands in the journal;
to replay a journal is to carry its entries out again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sim.live.entries import Entry, stands_still
from sim.live.refusals import Refusal, Senseless
from sim.live.served import Served
from sim.live.world import World
from sim.wire.models import CreateLiveDeploymentRequest, RuntimeConfiguration

Fields = Mapping[str, Any]
Act = Callable[[World, Fields], Any]


def _shown(found: Served) -> Mapping[str, Any]:
    return found.to_wire()


def _create(world: World, fields: Fields) -> Any:
    kind = {key: fields[key] for key in ("type", "modelRid", "branch") if key in fields}
    configuration = fields["runtimeConfiguration"]
    request = CreateLiveDeploymentRequest.from_wire(
        {"deploymentType": kind, "runtimeConfiguration": configuration}
    )
    return _shown(world.create(request.deployment_type, request.runtime_configuration))


def _replace(world: World, fields: Fields) -> Any:
    configuration = RuntimeConfiguration.from_wire(fields["runtimeConfiguration"])
    return _shown(world.replace(fields["rid"], configuration))


def _start(world: World, fields: Fields) -> Any:
    world.start(fields["rid"])


def _disable(world: World, fields: Fields) -> Any:
    world.disable(fields["rid"])


def _event(world: World, fields: Fields) -> Any:
    event = fields["event"]
    if not isinstance(event, dict) or "at" in event:
        raise Senseless("an event is an object as in a scenario's timeline, without at")
    world.event(event)
    return {"at_s": world.at_s}


def _traffic(world: World, fields: Fields) -> Any:
    count = world.traffic(fields["deployment"], fields["rate_per_s"], fields["for_s"])
    return {"at_s": world.at_s, "requests": count}


def _infer(world: World, fields: Fields) -> Any:
    return world.infer(fields["rid"], fields["count"])


CHANGES: Final[Mapping[str, Act]] = {
    "create": _create,
    "replace": _replace,
    "start": _start,
    "disable": _disable,
    "event": _event,
    "traffic": _traffic,
    "infer": _infer,
}
"""The commands that change the world, by name."""


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
