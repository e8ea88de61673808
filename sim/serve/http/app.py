"""The application: routes to endpoints, and what happens around every answer."""

import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import unquote

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Route as Path
from starlette.types import ASGIApp, Receive, Scope, Send

from sim.serve.http.answers import ApiError, EarlyAnswer
from sim.serve.http.checks import RID_PARAMETER, ServerState, handle
from sim.serve.http.described import fault_body
from sim.serve.http.events import Hub
from sim.serve.http.history import Answered, History
from sim.serve.http.hosts import Hosts
from sim.serve.http.metrics import Metrics
from sim.serve.http.openapi import document
from sim.serve.http.operations import OPERATIONS
from sim.serve.http.pages import add_page
from sim.serve.http.routes import own_routes
from sim.serve.http.worker_process import WorkerProcess
from sim.wire.errors import Internal

LOGGER: Final = logging.getLogger("sim.serve.http")

Endpoint = Callable[[Request], Awaitable[Response]]


def make_app(service: ServerState, hub: Hub, hosts: Hosts) -> ASGIApp:
    """Return the application that answers for *service* and streams the events of *hub*.

    Requests that are not meant for *hosts*, or come from another origin's page, reach nothing.
    """
    metrics, history = Metrics(service.worker), History()
    fault, parts = fault_body()
    own = own_routes(hub, metrics, history, fault)
    app = FastAPI(
        title="Live deployments, simulated",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        exception_handlers={HTTPException: _unknown_route},
    )
    described = document(own, parts)
    app.openapi = lambda: described  # type: ignore[method-assign]  # the documented way to give one's own
    add_page(app)
    watch = _Watch(service.worker, metrics, history)
    for operation in OPERATIONS:
        endpoint: Endpoint = partial(handle, operation, service)
        watched = watch.of(endpoint, operation.name, is_call=True)
        _add(app, operation.path, operation.method, watched, operation.name)
    for route in own:
        endpoint = partial(route.endpoint, service)
        _add(app, route.path, route.method, watch.of(endpoint, route.name), route.name)
    return _Doorway(app, hosts)


def _add(app: FastAPI, path: str, method: str, endpoint: Endpoint, name: str) -> None:
    """Route *method* and *path* to *endpoint*: nothing but these, HEAD not even for GET."""
    route = Path(path, endpoint, methods=[method], name=name, include_in_schema=False)
    route.methods = {method}
    app.router.routes.append(route)


@dataclass(frozen=True, slots=True)
class _Watch:
    """Sees every answer: counts it, and notes those to calls of the API."""

    worker: WorkerProcess
    metrics: Metrics
    history: History

    def of(self, endpoint: Endpoint, name: str, *, is_call: bool = False) -> Endpoint:
        """Return *endpoint*, whose errors are answers, watched under *name*."""

        async def watched(request: Request) -> Response:
            began_at_s, asked_at_s = time.perf_counter(), self.worker.at_s
            response, error = await _answered(endpoint, request)
            self.metrics.count(name, response.status_code, time.perf_counter() - began_at_s)
            if is_call:
                self.history.note(
                    Answered(
                        operation=name,
                        rid=request.path_params.get(RID_PARAMETER),
                        user=getattr(request.state, "user", None),
                        status=response.status_code,
                        error=error,
                        asked_at_s=asked_at_s,
                        answered_at_s=self.worker.at_s,
                    )
                )
            return response

        return watched


async def _answered(endpoint: Endpoint, request: Request) -> tuple[Response, str | None]:
    """Return what *endpoint* answers, in whichever way it does, and the name of its error.

    A fault of ours is a 500. Of it, the log gets the kind and the place, and not the message: it
    may quote a body, and a body may hold secrets.
    """
    try:
        return await endpoint(request), None
    except EarlyAnswer as answer:
        return answer.response(), answer.error_name
    except Exception as error:
        place = "".join(traceback.format_tb(error.__traceback__))
        kind = type(error).__name__
        LOGGER.error("a request has failed: %s\n%s", kind, place)  # noqa: TRY400 - no message
        failed = ApiError(Internal())
        return failed.response(), failed.error_name


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
            except EarlyAnswer as answer:
                await answer.response()(scope, receive, send)
                return
            raw = scope["raw_path"].decode("latin-1")
            if "%2f" in raw.lower():
                parts = raw.split("/")
                path = "/".join(unquote(part).replace("/", "%2F") for part in parts)
                scope = {**scope, "path": path}
        await self._app(scope, receive, send)
