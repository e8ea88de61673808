"""Commands from outside: what each needs, what it does to the world, and what it answers.

The one place that knows these commands by name. What has changed the world stands in the journal;
to replay a journal is to carry its entries out again.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sim.live.refusals import Senseless
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


def replay(world: World, entries: tuple[Fields, ...]) -> bool:
    """Carry out the entries of a journal; return whether time stood still at its end."""
    is_paused = False
    for entry in entries:
        world.advance(entry["at_s"])
        do = entry["do"]
        if do in CHANGES:
            CHANGES[do](world, entry)
        elif do in PAUSES:
            is_paused = PAUSES[do]
    return is_paused


PAUSES: Final = {"pause": True, "resume": False, "step": True}
"""The commands of time, and whether it stands still after them."""
