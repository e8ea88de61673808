"""The simulator's own routes under ``/sim``: to look into the simulation, and to steer it.

All but health and readiness need a token with every scope. Their errors of credentials are the
API's; a command that makes no sense is answered 400 with a message.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from sim.serve.http.answers import ApiError, Empty, SenselessCommand, json_response
from sim.serve.http.asked import one_value, query_of
from sim.serve.http.bodies import json_of
from sim.serve.http.checks import RID_PARAMETER, ServerState
from sim.serve.http.events import Hub
from sim.serve.http.history import History
from sim.serve.http.users import Scope
from sim.serve.protocol.commands import (
    DECISIONS,
    EVENT,
    LINT,
    PAUSE,
    QUEUES,
    REPLICAS,
    RESET,
    RESUME,
    SNAPSHOT,
    SPEED,
    STEP,
    TRAFFIC,
    A,
    AnyNameFields,
    Command,
    EventFields,
    F,
    NameFields,
    NoFields,
)
from sim.wire.errors import ApiUsageDenied

MAX_COMMAND_BYTES: Final = 2**20


async def health(service: ServerState, _: Request) -> Response:
    """Tell whether the simulation runs; needs no token."""
    worker = service.worker
    if not worker.is_alive:
        return json_response({"status": "failed", "message": worker.failure}, status=503)
    scenario = worker.ready["scenario"]
    return json_response(
        {"status": "serving", "scenario": scenario, **worker.view.health()}, status=200
    )


async def ready(service: ServerState, _: Request) -> Response:
    """Tell whether every deployment that is not disabled serves; needs no token."""
    worker = service.worker
    if not worker.is_alive:
        return json_response({"ready": False, "message": worker.failure}, status=503)
    waiting = [one.name for one in worker.view.deployments.values() if one.is_awaited]
    body = {"ready": not waiting, "waiting_for": waiting, "at_s": worker.view.at_s}
    return json_response(body, status=503 if waiting else 200)


async def state(service: ServerState, request: Request) -> Response:
    """Tell the newest view of everything."""
    await _admit(service, request)
    return json_response(service.worker.view.to_json())


async def replicas(service: ServerState, request: Request) -> Response:
    """Tell each replica of one deployment."""
    await _admit(service, request)
    found = service.worker.view.deployments.get(request.path_params[RID_PARAMETER])
    if found is None:
        raise SenselessCommand("there is no such deployment", status=404)
    return json_response(await service.worker.ask(REPLICAS, NameFields(deployment=found.name)))


async def queues(service: ServerState, request: Request) -> Response:
    """Tell what stands in the resource queues."""
    await _admit(service, request)
    return json_response(await service.worker.ask(QUEUES, NoFields()))


async def decisions(service: ServerState, request: Request) -> Response:
    """Tell the decisions of the autoscaler, of one deployment with ``deployment=NAME``."""
    await _admit(service, request)
    name = one_value(query_of(request), "deployment")
    fields = AnyNameFields() if name is None else AnyNameFields(deployment=name)
    return json_response(await service.worker.ask(DECISIONS, fields))


async def lint(service: ServerState, request: Request) -> Response:
    """Tell what arithmetic decides of the scenario as it stands now."""
    await _admit(service, request)
    return json_response(await service.worker.ask(LINT, NoFields()))


async def traffic(service: ServerState, request: Request) -> Response:
    """Add requests to a deployment: so many a second, for so long."""
    return await _command(service, request, TRAFFIC)


async def fault(service: ServerState, request: Request) -> Response:
    """Let something happen now: an event of a scenario's timeline, without its instant."""
    await _admit(service, request)
    event = await _object(service, request)
    return json_response(await service.worker.ask(EVENT, EventFields(event=event)))


async def speed(service: ServerState, request: Request) -> Response:
    """Set the simulated seconds per second, or ``max``."""
    return await _command(service, request, SPEED)


async def pause(service: ServerState, request: Request) -> Response:
    """Let simulated time stand still."""
    return await _command(service, request, PAUSE)


async def resume(service: ServerState, request: Request) -> Response:
    """Let simulated time go on."""
    return await _command(service, request, RESUME)


async def step(service: ServerState, request: Request) -> Response:
    """Let so much simulated time go by at once, and then stand still."""
    return await _command(service, request, STEP)


async def reset(service: ServerState, request: Request) -> Response:
    """Go back to the scenario's beginning, at the same speed."""
    return await _command(service, request, RESET)


async def snapshot(service: ServerState, request: Request) -> Response:
    """Write the run so far to its directory."""
    return await _command(service, request, SNAPSHOT)


class RequestHistory:
    """The newest calls of the API."""

    def __init__(self, history: History) -> None:
        self._history = history

    async def __call__(self, service: ServerState, request: Request) -> Response:
        """Tell the calls that are remembered; with ``after=NUMBER`` those behind that one."""
        await _admit(service, request)
        after = one_value(query_of(request), "after")
        return json_response(self._history.to_json(after=_number(after, "after") or 0))


class EventStream:
    """The event stream, as server-sent events."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, service: ServerState, request: Request) -> Response:
        """Begin a stream; with Last-Event-ID, after the event of that number."""
        await _admit(service, request)
        if self._hub.is_full:
            raise Empty(503, retry_after_s=1)
        last = _number(request.headers.get("last-event-id"), "Last-Event-ID")
        return StreamingResponse(
            self._hub.stream(after=last),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _number(text: str | None, name: str) -> int | None:
    """Return the number that *text* is; None for None.

    Raises:
        SenselessCommand: It is none, from 0 to 19 digits long.
    """
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise SenselessCommand(f"{name} must be the number of what was seen last")
    return int(text)


async def _admit(service: ServerState, request: Request) -> None:
    """Refuse everyone without every scope.

    Raises:
        EarlyAnswer: The token is missing, unknown or lacks a scope, or the simulation has ended.
    """
    if not service.worker.is_alive:
        raise Empty(503)
    user = await service.gate.user_of(request)
    for scope in Scope:
        if scope not in user.scopes:
            raise ApiError(ApiUsageDenied(missing_scope=scope.value))


async def _object(service: ServerState, request: Request) -> dict[str, Any]:
    async with service.bodies.content(request, most_bytes=MAX_COMMAND_BYTES) as content:
        data = await json_of(content)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise SenselessCommand("the body must be a JSON object")
    return data


async def _command(service: ServerState, request: Request, command: Command[F, A]) -> Response:
    """Send *command* with the fields of the body, which must be all of it and of their types."""
    await _admit(service, request)
    data = await _object(service, request)
    kinds = _kinds(command)
    for name in data:
        if name not in kinds:
            raise SenselessCommand(
                f"{name[:100]} is unknown; known are: {', '.join(kinds) or 'none'}"
            )
    for name, kind in kinds.items():
        value = data.get(name)
        if name not in data or isinstance(value, bool) or not isinstance(value, kind):
            raise SenselessCommand(f"{name} is missing or of a wrong type")
    return json_response(await service.worker.ask(command, command.of(data)))


@cache
def _kinds(command: Command[F, A]) -> Mapping[str, tuple[type, ...]]:
    """Return as what JSON values of each field of *command* are read, in the fields' order."""
    return {name: tuple(_read_as(said)) for name, said in command.types.items()}


def _read_as(said: Any) -> Iterator[type]:
    """Yield as what JSON values of a type are read: numbers with a point and without, words."""
    if get_origin(said) in {Union, UnionType}:
        for one in get_args(said):
            yield from _read_as(one)
    elif get_origin(said) is Literal:
        yield from {type(word) for word in get_args(said)}
    elif said is float:
        yield from (int, float)
    else:
        yield get_origin(said) or said
