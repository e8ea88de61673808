"""The OpenAPI document: the API's operations from the same models and errors that answer them.

Every status that an operation can answer is declared, those of malformed requests too.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic.json_schema import models_json_schema

import sim
from sim.serve.http.checks import RID_PARAMETER, Operation
from sim.serve.http.described import (
    BODY_EXAMPLES,
    EXAMPLE_MODEL,
    EXAMPLE_RID,
    LINKS,
    RID_LIST,
    Schema,
    parameter,
)
from sim.serve.http.operations import OPERATIONS
from sim.serve.http.routes import Route
from sim.serve.http.users import Scope
from sim.wire.errors import (
    ApiFeaturePreviewUsageOnly,
    ApiUsageDenied,
    ErrorCode,
    Fault,
    Internal,
    InvalidArgument,
    InvalidAttributionHeader,
    MalformedCredentials,
    MissingCredentials,
    PermissionDenied,
    RequestEntityTooLarge,
    Unauthorized,
    UnprocessableEntity,
    UnsupportedMediaType,
    description_of,
)
from sim.wire.models import WireObject
from sim.wire.rid import SCHEMA as RID

JSON: Final = "application/json"
REF: Final = "#/components/schemas/{model}"

_ALWAYS: Final = (
    InvalidArgument,
    ApiFeaturePreviewUsageOnly,
    MissingCredentials,
    MalformedCredentials,
    Unauthorized,
    ApiUsageDenied,
    PermissionDenied,
    Internal,
)
_WITH_BODY: Final = (UnprocessableEntity, UnsupportedMediaType, RequestEntityTooLarge)

_EMPTY: Final = {
    "404": "Unknown route; without a body.",
    "414": "The URL is too long; without a body.",
    "429": "Too many requests: not executed, try again; without a body.",
    "431": "The headers are too long; without a body.",
    "503": "Unavailable or no capacity: not executed, try again; without a body.",
}

_ENVELOPE: Final = {
    "type": "object",
    "description": "What every error answers.",
    "properties": {
        "errorCode": {"type": "string", "enum": [code.value for code in ErrorCode]},
        "errorName": {"type": "string"},
        "errorDescription": {"type": "string"},
        "errorInstanceId": {"type": "string", "format": "uuid"},
        "parameters": {"type": "object"},
    },
    "required": ["errorCode", "errorName", "errorDescription", "errorInstanceId", "parameters"],
}

_STRANGER: Final = {
    "400": "The request does not say for which host it is.",
    "403": "The request is for another host, or comes from another origin's page.",
}
_ANSWERS: Final = {
    JSON: {"type": ["object", "array"]},
    "text/plain": {"type": "string"},
    "text/event-stream": {"type": "string"},
}
"""What the simulator's own routes answer, by media type."""
_TRACE: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
"""An example of W3C's Trace Context, section 3.2."""


def document(own_routes: Sequence[Route], parts: Schema) -> dict[str, Any]:
    """Return the document of the API and of *own_routes*, whose schemas refer to *parts*."""
    models = [model for one in OPERATIONS for model in (one.body, one.answer) if model is not None]
    unique = list(dict.fromkeys(models))
    _, schemas = models_json_schema(
        [(model, "validation") for model in unique], by_alias=True, ref_template=REF
    )
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for operation in OPERATIONS:
        paths[operation.path][operation.method.lower()] = _operation(operation)
    for route in own_routes:
        paths[route.path][route.method.lower()] = _own(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Live deployments, simulated",
            "version": sim.__version__,
            "description": "The LiveDeployment resource over a running simulation.",
        },
        "paths": dict(paths),
        "components": {
            "schemas": {**schemas["$defs"], **parts, "Error": _ENVELOPE},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "client": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": "/multipass/api/oauth2/token",
                            "scopes": {scope.value: scope.name.lower() for scope in Scope},
                        }
                    },
                },
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": ["LiveDeployment"],
        "summary": operation.summary,
        "parameters": list(_parameters(operation)),
        "security": [{"token": []}, {"client": [operation.scope.value]}],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        content = _content(operation.body)
        content[JSON]["example"] = BODY_EXAMPLES[operation.name]
        described["requestBody"] = {"required": True, "content": content}
    return described


def _content(model: type[WireObject]) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": REF.format(model=model.__name__)}}}


def _parameters(operation: Operation) -> Iterable[Schema]:
    if f"{{{RID_PARAMETER}}}" in operation.path:
        yield _rid_in_path()
    preview = {"type": "boolean", "enum": [True]}
    yield {
        **parameter("preview", preview, example=True, required=True),
        "description": "Must be true: the endpoint is in preview.",
    }
    if operation.name == "list":
        yield parameter("modelRid", RID, example=EXAMPLE_MODEL, required=True)
        yield parameter("branch", {"type": "string"}, example="master")
    if operation.takes_attribution:
        yield parameter("attribution", RID_LIST, example=EXAMPLE_MODEL, place="header")
        for name, example in (("traceParent", _TRACE), ("traceState", "sim=1")):
            yield parameter(name, {"type": "string"}, example=example, place="header")


def _rid_in_path() -> Schema:
    return parameter(RID_PARAMETER, RID, example=EXAMPLE_RID, place="path", required=True)


def _responses(operation: Operation) -> dict[str, Any]:
    faults: list[type[Fault]] = [*_ALWAYS, *operation.errors]
    if operation.body is not None:
        faults += _WITH_BODY
    if operation.takes_attribution:
        faults.append(InvalidAttributionHeader)
    names: dict[str, list[str]] = defaultdict(list)
    for fault in faults:
        names[str(fault.http_status)].append(f"`{fault.error_name}`: {description_of(fault)}")
    responses: dict[str, Any] = {}
    if operation.answer is None:
        responses["204"] = {"description": "Done; without a body."}
    else:
        responses["200"] = {"description": "Done.", "content": _content(operation.answer)}
        if operation.name in LINKS:
            responses["200"]["links"] = LINKS[operation.name]
    for status, sentences in sorted(names.items()):
        if status in _EMPTY:
            sentences = [*sentences, _EMPTY[status]]
        responses[status] = {
            "description": "\n\n".join(sentences),
            "content": {JSON: {"schema": {"$ref": REF.format(model="Error")}}},
        }
    for status, sentence in _EMPTY.items():
        responses.setdefault(status, {"description": sentence})
    return responses


def _own(route: Route) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.name,
        "tags": ["simulator"],
        "summary": route.summary,
        "responses": {
            str(status): {"description": words} for status, words in route.statuses.items()
        },
    }
    for status, words in _STRANGER.items():
        described["responses"].setdefault(status, {"description": words})
    success = described["responses"]["200"]
    if route.name != "revokeToken":
        success["content"] = {route.answer_type: {"schema": _ANSWERS[route.answer_type]}}
    if route.links is not None:
        success["links"] = route.links
    if route.needs_token:
        described["security"] = [{"token": []}]
    parameters = list(route.parameters)
    if f"{{{RID_PARAMETER}}}" in route.path:
        parameters.append(_rid_in_path())
    if parameters:
        described["parameters"] = parameters
    if route.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {route.media_type: {"schema": route.body}},
        }
    return described
