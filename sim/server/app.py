"""The application: routes to endpoints, and what happens around every answer."""

import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from urllib.parse import unquote

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Route as Path
from starlette.types import ASGIApp, Receive, Scope, Send

from sim.server.answers import Answer, Refused
from sim.server.checks import Service, handle
from sim.server.events import Hub
from sim.server.hosts import Hosts
from sim.server.metrics import Metrics
from sim.server.openapi import document
from sim.server.operations import OPERATIONS
from sim.server.routes import own_routes
from sim.wire.errors import Internal

LOGGER: Final = logging.getLogger("sim.server")

Endpoint = Callable[[Request], Awaitable[Response]]


def make_app(service: Service, hub: Hub, hosts: Hosts) -> ASGIApp:
    """Return the application that answers for *service* and streams the events of *hub*.

    Requests that are not meant for *hosts*, or come from another origin's page, reach nothing.
    """
    metrics = Metrics(service.worker)
    own = own_routes(hub, metrics)
    app = FastAPI(
        title="Live deployments, simulated",
        redirect_slashes=False,
        redoc_url=None,
        exception_handlers={HTTPException: _unknown_route},
    )
    described = document(own)
    app.openapi = lambda: described  # type: ignore[method-assign]  # the documented way to give one's own
    for operation in OPERATIONS:
        endpoint: Endpoint = partial(handle, operation, service)
        _add(app, operation.path, operation.method, endpoint, metrics, name=operation.name)
    for route in own:
        endpoint = partial(route.endpoint, service)
        _add(app, route.path, route.method, endpoint, metrics, name=route.name)
    return _Doorway(app, hosts)


def _add(
    app: FastAPI,
    path: str,
    method: str,
    endpoint: Endpoint,
    metrics: Metrics,
    *,
    name: str,
) -> None:
    """Route *method* and *path* to *endpoint*: nothing but these, HEAD not even for GET."""

    async def timed(request: Request) -> Response:
        began_at_s = time.perf_counter()
        response = await _answered(endpoint, request)
        metrics.count(name, response.status_code, time.perf_counter() - began_at_s)
        return response

    route = Path(path, timed, methods=[method], name=name, include_in_schema=False)
    route.methods = {method}
    app.router.routes.append(route)


async def _answered(endpoint: Endpoint, request: Request) -> Response:
    """Return what *endpoint* answers, in whichever way it does; a fault of ours is a 500.

    Of a fault, the log gets the kind and the place, and not the message: it may quote a body, and
    a body may hold secrets.
    """
    try:
        return await endpoint(request)
    except Answer as answer:
        return answer.response()
    except Exception as error:
        place = "".join(traceback.format_tb(error.__traceback__))
        kind = type(error).__name__
        LOGGER.error("a request has failed: %s\n%s", kind, place)  # noqa: TRY400 - no message
        return Refused(Internal()).response()


async def _unknown_route(_: Request, error: Exception) -> Response:
    """Answer an unknown path, and an unknown method on a known one: 404 without a body."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return Response(status_code=404 if status == 405 else status)


class _Doorway:
    """Lets nobody in but who means this server, and reads paths as they are written.

    A slash that is written ``%2F`` belongs to its segment instead of parting two.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._hosts.require_own(Headers(scope=scope), version=scope["http_version"])
            except Answer as answer:
                await answer.response()(scope, receive, send)
                return
            raw = scope["raw_path"].decode("latin-1")
            if "%2f" in raw.lower():
                parts = raw.split("/")
                path = "/".join(unquote(part).replace("/", "%2F") for part in parts)
                scope = {**scope, "path": path}
        await self._app(scope, receive, send)
