"""The routes besides the API's: the simulator's own, the OAuth endpoint, the metrics."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from sim.serve.http import control, oauth
from sim.serve.http.answers import JSON_TYPE
from sim.serve.http.checks import RID_PARAMETER, ServerState
from sim.serve.http.described import (
    EVENT_NUMBER,
    GRANT,
    LATER_REQUESTS,
    NOTHING,
    REPLICAS_OF_FIRST,
    REVOCATION,
    SPEED,
    STEP,
    TRAFFIC,
    Schema,
    parameter,
)
from sim.serve.http.events import Hub
from sim.serve.http.history import History
from sim.serve.http.metrics import CONTENT_TYPE, Metrics

Endpoint = Callable[[ServerState, Request], Awaitable[Response]]

_OK: Final = {200: "Done."}
_TOKEN: Final = {
    401: "The token is missing or unknown.",
    403: "The token lacks a scope: these routes need every one.",
    429: "Too many wrong tokens from this address: not executed; without a body.",
    500: "The server has failed.",
    503: "The simulation has ended, or has no room; without a body.",
}
_COMMAND: Final = {
    **_OK,
    **_TOKEN,
    400: "The command makes no sense; why is in `message`.",
    413: "The body is too large.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route that is not one of the API's operations.

    Attributes:
        method: The HTTP method.
        path: The path's template.
        name: Unique; metrics and the document call it so.
        endpoint: Answers.
        summary: What it does.
        statuses: What it can answer, in words.
        needs_token: Whether a bearer token is asked for.
        body: The schema of its body; None: it takes none.
        media_type: Of the body.
        answer_type: The media type of its success.
        parameters: What it takes in query and headers, as the document has it.
        links: What may be called next, as the document has it.
    """

    method: str
    path: str
    name: str
    endpoint: Endpoint
    summary: str
    statuses: Mapping[int, str]
    needs_token: bool = True
    body: Schema | None = None
    media_type: str = JSON_TYPE
    answer_type: str = JSON_TYPE
    parameters: Sequence[Schema] = ()
    links: Schema | None = None


def own_routes(hub: Hub, metrics: Metrics, history: History, fault: Schema) -> tuple[Route, ...]:
    """Return every route besides the API's operations; *fault* is the schema of a fault's body."""

    async def show_metrics(_: ServerState, __: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return (
        Route(
            method="GET",
            path="/sim/health",
            name="health",
            endpoint=control.health,
            summary="Whether the simulation runs.",
            statuses={200: "It runs.", 503: "It has ended; why is in `message`."},
            needs_token=False,
        ),
        Route(
            method="GET",
            path="/sim/ready",
            name="ready",
            endpoint=control.ready,
            summary="Whether every deployment that is not disabled serves.",
            statuses={200: "Each serves.", 503: "Those in `waiting_for` do not, or it has ended."},
            needs_token=False,
        ),
        Route(
            method="GET",
            path="/metrics",
            name="metrics",
            endpoint=show_metrics,
            summary="Metrics in Prometheus' text format.",
            statuses=_OK,
            needs_token=False,
            answer_type="text/plain",
        ),
        _get(
            "/sim/state",
            "state",
            control.state,
            "The newest view of everything.",
            links=REPLICAS_OF_FIRST,
        ),
        _get(
            f"/sim/deployments/{{{RID_PARAMETER}}}/replicas",
            "replicas",
            control.replicas,
            "Each replica of a deployment.",
            {404: "There is no such deployment."},
        ),
        _get("/sim/queues", "queues", control.queues, "What stands in the resource queues."),
        _get(
            "/sim/decisions",
            "decisions",
            control.decisions,
            "The autoscaler's decisions; of one deployment with `deployment=NAME`.",
            {400: "There is no such deployment."},
            parameters=[parameter("deployment", {"type": "string"}, example="ranker")],
        ),
        _get(
            "/sim/lint",
            "lint",
            control.lint,
            "What never happens, and what is likely, in the scenario with all that was commanded.",
        ),
        _get(
            "/sim/requests",
            "requests",
            control.RequestHistory(history),
            "The newest calls of the API, without inputs; behind one with `after=NUMBER`.",
            {400: "It is no number."},
            parameters=[parameter("after", EVENT_NUMBER, example=0)],
            links=LATER_REQUESTS,
        ),
        _get(
            "/sim/events",
            "events",
            control.EventStream(hub),
            "What happens, as server-sent events.",
            {400: "Last-Event-ID is no number."},
            parameters=[parameter("Last-Event-ID", EVENT_NUMBER, example=0, place="header")],
            answer_type="text/event-stream",
        ),
        _order("traffic", control.traffic, "Add requests to a deployment.", TRAFFIC),
        _order(
            "fault",
            control.fault,
            "Let an event of a scenario's timeline happen now, such as a kill.",
            fault,
        ),
        _order("speed", control.speed, "Set the simulated seconds per second, or max.", SPEED),
        _order("pause", control.pause, "Let simulated time stand still.", NOTHING),
        _order("resume", control.resume, "Let simulated time go on.", NOTHING),
        _order("step", control.step, "Let some simulated time go by.", STEP),
        _order("reset", control.reset, "Go back to the scenario's beginning.", NOTHING),
        _order("snapshot", control.snapshot, "Write the run so far to its directory.", NOTHING),
        _form(oauth.TOKEN_PATH, "token", oauth.token, "Get a token for a client's secret.", GRANT),
        _form(oauth.REVOKE_PATH, "revokeToken", oauth.revoke, "End a client's token.", REVOCATION),
    )


def _get(
    path: str,
    name: str,
    endpoint: Endpoint,
    summary: str,
    more: Mapping[int, str] | None = None,
    **described: Any,
) -> Route:
    return Route(
        method="GET",
        path=path,
        name=name,
        endpoint=endpoint,
        summary=summary,
        statuses={**_OK, **_TOKEN, 400: "The query cannot be read.", **(more or {})},
        **described,
    )


def _order(name: str, endpoint: Endpoint, summary: str, body: Schema) -> Route:
    return Route(
        method="POST",
        path=f"/sim/{name}",
        name=name,
        endpoint=endpoint,
        summary=summary,
        statuses=_COMMAND,
        body=body,
    )


def _form(path: str, name: str, endpoint: Endpoint, summary: str, body: Schema) -> Route:
    return Route(
        method="POST",
        path=path,
        name=name,
        endpoint=endpoint,
        summary=summary,
        statuses={
            **_OK,
            400: "An error of RFC 6749.",
            401: "The client is unknown.",
            429: "Too many wrong secrets from this address, or tokens of this client; no body.",
            500: "The server has failed.",
            503: "There is no room.",
        },
        needs_token=False,
        body=body,
        media_type=oauth.FORM_TYPE,
    )
