"""What requests hold, as the OpenAPI document describes it: schemas, examples, links.

As tight as the checks behind them. Examples are those of the API's reference, which the shipped
scenario for practice plays, and tell nothing of the deployments that are served.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sim.scenario.schema.event_schema import event_schema
from sim.serve.http.checks import RID_PARAMETER
from sim.wire.rid import PATTERN

Schema = Mapping[str, Any]

MAX_NUMBER: Final = 1e9
"""Of speeds, rates and durations."""
EXAMPLE_RID: Final = "ri.foundry-ml-live.main.live-deployment.f351c142-0e4c-4b12-adc2-6e1539737ae9"
EXAMPLE_MODEL: Final = "ri.models.main.model.f351c142-0e4c-4b12-adc2-6e1539737ae9"
_EXAMPLE_NAME: Final = "ranker"
_CONFIGURATION: Final = {
    "minReplicas": 1,
    "maxReplicas": 3,
    "cpu": 1.0,
    "memory": "256MiB",
    "threadCount": 32,
}
BODY_EXAMPLES: Final[Mapping[str, Any]] = {
    "create": {
        "deploymentType": {"type": "direct", "modelRid": EXAMPLE_MODEL, "branch": "example"},
        "runtimeConfiguration": _CONFIGURATION,
    },
    "replace": {"runtimeConfiguration": _CONFIGURATION},
    "transformJson": {"input": {"input_df": [{"feature_1": 1.0, "feature_2": None}]}},
}
"""Operation -> the example of its body. Source: Palantir API reference, Live Deployment."""

RID_LIST: Final = {"type": "string", "pattern": f"^ *{PATTERN.pattern}( *, *{PATTERN.pattern})* *$"}
"""The attribution header."""
EVENT_NUMBER: Final = {"type": "integer", "minimum": 0, "maximum": 10**18}
_ABOVE_0: Final = {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_NUMBER}


def _taking(fields: Schema) -> dict[str, Any]:
    """Return the schema of an object with exactly these fields."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(fields),
        "additionalProperties": False,
    }


NOTHING: Final = {**_taking({}), "example": {}}
TRAFFIC: Final = {
    **_taking(
        {
            "deployment": {"type": "string", "description": "By the name in the scenario."},
            "rate_per_s": {**_ABOVE_0, "description": "Requests a second."},
            "for_s": {**_ABOVE_0, "description": "For so many simulated seconds."},
        }
    ),
    "example": {"deployment": _EXAMPLE_NAME, "rate_per_s": 5, "for_s": 10},
}
STEP: Final = {**_taking({"for_s": _ABOVE_0}), "example": {"for_s": 10}}
SPEED: Final = {
    **_taking({"speed": {"oneOf": [_ABOVE_0, {"type": "string", "enum": ["max"]}]}}),
    "example": {"speed": 60},
}
_TEXT: Final = {"type": "string"}
GRANT: Final = {
    "type": "object",
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "client_id": _TEXT,
        "client_secret": _TEXT,
        "scope": _TEXT,
    },
    "required": ["grant_type"],
    "example": {
        "grant_type": "client_credentials",
        "client_id": "rollout-bot",
        "client_secret": "its-secret",
        "scope": "api:models-read",
    },
}
REVOCATION: Final = {
    "type": "object",
    "properties": {"token": _TEXT, "client_id": _TEXT, "client_secret": _TEXT},
    "required": ["token"],
    "example": {
        "token": "the-token-to-end",
        "client_id": "rollout-bot",
        "client_secret": "its-secret",
    },
}

_USES: Final = ("get", "replace", "start", "disable", "transformJson")


def _links_to(operations: Iterator[str] | tuple[str, ...], rid: str) -> Schema:
    """Return links to *operations* on the deployment whose RID stands at *rid* in the answer."""
    return {
        operation: {
            "operationId": operation,
            "parameters": {RID_PARAMETER: f"$response.body#{rid}"},
        }
        for operation in operations
    }


LINKS: Final[Mapping[str, Schema]] = {
    "create": _links_to(_USES, "/rid"),
    "list": _links_to(_USES, "/data/0/rid"),
    "get": _links_to(_USES[1:], "/rid"),
    "replace": _links_to(("get",), "/rid"),
}
"""Operation -> what may be called with its answer."""
REPLICAS_OF_FIRST: Final = _links_to(("replicas",), "/deployments/0/rid")
LATER_REQUESTS: Final = {
    "later": {"operationId": "requests", "parameters": {"after": "$response.body#/last"}}
}


def parameter(
    name: str, schema: Schema, *, example: Any, place: str = "query", required: bool = False
) -> Schema:
    """Return a parameter in the query, the path or the headers."""
    return {
        "name": name,
        "in": place,
        "required": required,
        "schema": schema,
        "example": example,
    }


_EVENT_PREFIX: Final = "Event."
"""Before the names of the events' parts: a scenario's and the API's are called alike."""


def fault_body() -> tuple[Schema, Schema]:
    """Return the schema of the body of a fault, and the parts that it refers to by their names."""
    whole = event_schema()
    parts = {f"{_EVENT_PREFIX}{name}": _renamed(part) for name, part in whole.pop("$defs").items()}
    example = {"event": "kill", "deployment": _EXAMPLE_NAME, "replicas": "all"}
    return {**_renamed(whole), "example": example}, parts


def _renamed(part: Any) -> Any:
    """Return a copy of *part* that refers to the document's parts."""
    if isinstance(part, list):
        return [_renamed(one) for one in part]
    if isinstance(part, dict):
        return dict(_renamed_items(part))
    return part


def _renamed_items(part: Schema) -> Iterator[tuple[str, Any]]:
    for key, value in part.items():
        if key == "$ref":
            name = str(value).removeprefix("#/$defs/")
            yield key, f"#/components/schemas/{_EVENT_PREFIX}{name}"
        else:
            yield key, _renamed(value)
