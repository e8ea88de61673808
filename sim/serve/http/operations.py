"""The seven operations of the LiveDeployment resource.

Source: Palantir API reference, Live Deployment; the official Python SDK 1.111.0.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

from fastapi import Request
from fastapi.responses import Response

from sim.serve.http.answers import CLIENT_GONE, ApiError, Empty, json_response
from sim.serve.http.asked import one_value, required_rid
from sim.serve.http.checks import RID_PARAMETER, Call, Operation, deployment_of
from sim.serve.http.users import EVERY, Permission, Scope, User
from sim.serve.http.view import View
from sim.serve.protocol.commands import (
    CREATE,
    DISABLE,
    INFER,
    REPLACE,
    START,
    InferFields,
    ReplaceFields,
    RidFields,
)
from sim.wire import endpoint_errors as wire
from sim.wire.errors import Conflict
from sim.wire.models import (
    CreateLiveDeploymentRequest,
    ListLiveDeploymentsResponse,
    LiveDeployment,
    ReplaceLiveDeploymentRequest,
    TransformJsonLiveDeploymentRequest,
    TransformLiveDeploymentResponse,
    WireObject,
)

COLLECTION: Final = "/api/v2/models/liveDeployments"
ONE: Final = f"{COLLECTION}/{{{RID_PARAMETER}}}"

T = TypeVar("T")
W = TypeVar("W", bound=WireObject)


def _no_content() -> Response:
    return Response(status_code=204)


def _knows_model(user: User, view: View, model_rid: str) -> bool:
    """Return whether *user* may know of a model that exists: it may use it, or see it in use."""
    if user.may(Permission.VIEW, EVERY) or user.may_create(model_rid):
        return True
    return any(
        one.model_rid == model_rid and user.may(Permission.VIEW, one.rid)
        for one in view.deployments.values()
    )


def _require_model(call: Call, model_rid: str) -> None:
    worker = call.service.worker
    if model_rid not in worker.models or not _knows_model(call.user, worker.view, model_rid):
        raise ApiError(wire.ModelNotFound(model_rid=model_rid))


async def list_deployments(call: Call) -> Response:
    """Answer the direct deployments of a model that the user may see."""
    model_rid = required_rid(one_value(call.query, "modelRid"), "modelRid")
    branch = one_value(call.query, "branch")
    _require_model(call, model_rid)
    found = [
        one.body
        for one in call.service.worker.view.deployments.values()
        if one.is_direct
        and one.model_rid == model_rid
        and (branch is None or one.branch == branch)
        and call.user.may(Permission.VIEW, one.rid)
    ]
    return json_response({"data": found})


async def create(call: Call) -> Response:
    """Make a deployment, which begins to start at once."""
    body = _sent(call, CreateLiveDeploymentRequest)
    kind = body.deployment_type
    _require_model(call, kind.model_rid)
    if not call.user.may_create(kind.model_rid):
        raise ApiError(wire.CreateLiveDeploymentPermissionDenied())
    said = kind.to_wire() | {"runtimeConfiguration": body.runtime_configuration.to_wire()}
    return json_response(
        await call.service.worker.ask(CREATE, CREATE.of(said), text_bytes=call.body_bytes)
    )


async def get(call: Call) -> Response:
    """Answer a deployment as it is."""
    found = deployment_of(call, Permission.VIEW)
    if not found.is_direct:
        raise ApiError(wire.UnsupportedLiveDeployment())
    return json_response(found.body)


async def replace(call: Call) -> Response:
    """Take a complete runtime configuration and begin to roll it out."""
    body = _sent(call, ReplaceLiveDeploymentRequest)
    found = deployment_of(call, Permission.REPLACE, wire.ReplaceLiveDeploymentPermissionDenied)
    return json_response(
        await call.service.worker.ask(
            REPLACE,
            ReplaceFields(rid=found.rid, runtimeConfiguration=body.runtime_configuration.to_wire()),
            text_bytes=call.body_bytes,
        )
    )


async def start(call: Call) -> Response:
    """Switch a deployment on."""
    found = deployment_of(call, Permission.START, wire.StartLiveDeploymentPermissionDenied)
    await call.service.worker.ask(START, RidFields(rid=found.rid))
    return _no_content()


async def disable(call: Call) -> Response:
    """Switch a deployment off."""
    found = deployment_of(call, Permission.DISABLE, wire.DisableLiveDeploymentPermissionDenied)
    await call.service.worker.ask(DISABLE, RidFields(rid=found.rid))
    return _no_content()


async def transform_json(call: Call) -> Response:
    """Put one request into the simulated deployment, and answer when the simulation says so."""
    body = _sent(call, TransformJsonLiveDeploymentRequest)
    found = deployment_of(
        call, Permission.EXECUTE, wire.TransformJsonLiveDeploymentPermissionDenied
    )
    answer = call.service.worker.ask(
        INFER, InferFields(rid=found.rid, input=body.input), text_bytes=call.body_bytes
    )
    return json_response(await _while_connected(call.request, answer))


async def _while_connected(request: Request, answer: Awaitable[T]) -> T:
    """Wait for *answer* as long as the client does; a request that it has left stays in the queue.

    Raises:
        Empty: The client has gone; what it will never read is counted under `CLIENT_GONE`.
    """
    waiting = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(_disconnect(request))
    try:
        await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise Empty(CLIENT_GONE)
        return await waiting
    finally:
        waiting.cancel()
        leaving.cancel()


async def _disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _sent(call: Call, model: type[W]) -> W:
    """Return the body, which the operation's row says is a *model*."""
    body: Any = call.body
    if not isinstance(body, model):
        raise TypeError(f"{type(body).__name__} is no {model.__name__}")
    return body


_CONFIGURATION_ERRORS: Final = (
    wire.ThreadCountTooHigh,
    wire.InvalidGpuCount,
    wire.GpuTypeNotAvailable,
    wire.ReservedEnvironmentVariable,
    wire.DeploymentSourceNotImportedIntoProject,
    wire.DeploymentSourceCannotExportResourceMarkings,
    wire.DeploymentSourceNotEnabledForComputeModules,
)

OPERATIONS: Final = (
    Operation(
        name="list",
        method="GET",
        path=COLLECTION,
        scope=Scope.READ,
        perform=list_deployments,
        answer=ListLiveDeploymentsResponse,
        errors=(wire.ModelNotFound,),
        summary="List the direct live deployments of a model.",
    ),
    Operation(
        name="create",
        method="POST",
        path=COLLECTION,
        scope=Scope.WRITE,
        perform=create,
        body=CreateLiveDeploymentRequest,
        answer=LiveDeployment,
        errors=(
            *_CONFIGURATION_ERRORS,
            wire.ModelNotFound,
            wire.CreateLiveDeploymentPermissionDenied,
            Conflict,
        ),
        summary="Create a live deployment, which starts at once.",
    ),
    Operation(
        name="get",
        method="GET",
        path=ONE,
        scope=Scope.READ,
        perform=get,
        answer=LiveDeployment,
        errors=(wire.LiveDeploymentNotFound, wire.UnsupportedLiveDeployment),
        summary="Get a live deployment, its configuration and its status.",
    ),
    Operation(
        name="replace",
        method="PUT",
        path=ONE,
        scope=Scope.WRITE,
        perform=replace,
        body=ReplaceLiveDeploymentRequest,
        answer=LiveDeployment,
        errors=(
            *_CONFIGURATION_ERRORS,
            wire.LiveDeploymentNotFound,
            wire.UnsupportedLiveDeployment,
            wire.ReplaceLiveDeploymentPermissionDenied,
            wire.LiveDeploymentSourcesCannotBeUpdatedWhileRunning,
        ),
        summary="Replace the runtime configuration and roll it out.",
    ),
    Operation(
        name="start",
        method="POST",
        path=f"{ONE}/start",
        scope=Scope.WRITE,
        perform=start,
        errors=(wire.LiveDeploymentNotFound, wire.StartLiveDeploymentPermissionDenied),
        summary="Start a disabled live deployment.",
    ),
    Operation(
        name="disable",
        method="POST",
        path=f"{ONE}/disable",
        scope=Scope.WRITE,
        perform=disable,
        errors=(wire.LiveDeploymentNotFound, wire.DisableLiveDeploymentPermissionDenied),
        summary="Disable a live deployment and remove its replicas.",
    ),
    Operation(
        name="transformJson",
        method="POST",
        path=f"{ONE}/transformJson",
        scope=Scope.EXECUTE,
        perform=transform_json,
        body=TransformJsonLiveDeploymentRequest,
        answer=TransformLiveDeploymentResponse,
        errors=(
            wire.LiveDeploymentNotFound,
            wire.TransformJsonLiveDeploymentPermissionDenied,
            wire.InferenceInvalidInput,
            wire.InferenceFailure,
            wire.InferenceTimeout,
        ),
        summary="Run inference: one request into the simulated deployment.",
        takes_attribution=True,
    ),
)
"""Every operation, in the order of the reference."""
