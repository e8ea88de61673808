"""The order in which a request is checked, and the seven operations as a table of what they need.

The order: route, credentials, scope, rate, preview, media type, size, JSON, object, identifiers,
existence, permission, and then what the operation itself finds wrong. Existence and permission
come from the newest view; what follows them is mostly the worker's to say.

Source: assumed, from the platform's error pages and the frameworks it is built with.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

from sim.serve.http.answers import ApiError, Empty
from sim.serve.http.asked import (
    Query,
    query_of,
    require_attribution,
    require_json_type,
    require_preview,
    required_rid,
)
from sim.serve.http.bodies import Bodies, json_of, object_of
from sim.serve.http.gate import Gate, require_scope
from sim.serve.http.rates import RateLimits
from sim.serve.http.users import Permission, Scope, User
from sim.serve.http.view import DeploymentView
from sim.serve.http.worker_process import WorkerProcess
from sim.wire.endpoint_errors import LiveDeploymentNotFound
from sim.wire.errors import Fault
from sim.wire.models import WireObject

RID_PARAMETER = "liveDeploymentRid"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """What answering a request needs."""

    worker: WorkerProcess
    gate: Gate
    rates: RateLimits
    bodies: Bodies


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that has passed the checks which all operations share.

    Attributes:
        request: As it came.
        service: What answers it.
        user: Who asks.
        query: Its parameters.
        body: The object in its body; None for operations that take none.
        body_bytes: How long the body was.
    """

    request: Request
    service: ServerState
    user: User
    query: Query
    body: WireObject | None
    body_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the API.

    Attributes:
        name: Its name, as the SDKs have it.
        method: The HTTP method.
        path: The path's template.
        scope: What the token must be good for.
        perform: Answers a call that has passed the shared checks.
        body: The object that the body must be; None: the body is not looked at.
        answer: The object in the answer; None: 204 and nothing.
        errors: The errors that it declares.
        summary: What it does.
        takes_attribution: Whether the attribution header means something to it.
    """

    name: str
    method: str
    path: str
    scope: Scope
    perform: Callable[[Call], Awaitable[Response]]
    body: type[WireObject] | None = None
    answer: type[WireObject] | None = None
    errors: tuple[type[Fault], ...] = ()
    summary: str = ""
    takes_attribution: bool = False


async def handle(operation: Operation, service: ServerState, request: Request) -> Response:
    """Check *request* in the order of the module and perform *operation*.

    Raises:
        EarlyAnswer: A check fails.
    """
    if not service.worker.is_alive:
        raise Empty(503)
    user = await service.gate.user_of(request)
    request.state.user = user.name
    require_scope(user, operation.scope)
    with service.rates.admit(user.name):
        query = query_of(request)
        require_preview(query)
        async with _body(operation, service, request) as (body, size):
            if RID_PARAMETER in request.path_params:
                required_rid(request.path_params[RID_PARAMETER], RID_PARAMETER)
            if operation.takes_attribution:
                require_attribution(request)
            call = Call(
                request=request, service=service, user=user, query=query, body=body, body_bytes=size
            )
            return await operation.perform(call)


@asynccontextmanager
async def _body(
    operation: Operation, service: ServerState, request: Request
) -> AsyncIterator[tuple[WireObject | None, int]]:
    if operation.body is None:
        yield None, 0
        return
    require_json_type(request)
    async with service.bodies.content(request) as content:
        yield object_of(operation.body, await json_of(content)), len(content)


def deployment_of(
    call: Call, permission: Permission, denied: Callable[[str], Fault] | None = None
) -> DeploymentView:
    """Return the deployment that *call* is about, on which its user has *permission*.

    Raises:
        ApiError: There is none, it cannot be seen, or *denied* of its RID.
    """
    rid = call.request.path_params[RID_PARAMETER]
    found = call.service.worker.view.deployments.get(rid)
    if found is None or not call.user.may(Permission.VIEW, rid):
        raise ApiError(LiveDeploymentNotFound(live_deployment_rid=rid))
    if denied is not None and not call.user.may(permission, rid):
        raise ApiError(denied(rid))
    return found
