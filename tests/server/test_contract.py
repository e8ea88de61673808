"""The served description and the answers agree, whatever is sent."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)
from server.servers import PLATFORM, RANKER, TOKEN, Server, serving

OURS = {"events", "step", "traffic", "snapshot", "pause"}
"""The simulator's own that take long on purpose: an endless stream, time, a million requests."""

KNOWN = {
    "liveDeploymentRid": st.sampled_from([RANKER, "ri.foundry-ml-live.main.live-deployment.off"])
}
EXAMPLES = {"in CI": 60, "all": 800}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server on which time goes by quickly."""
    with serving(PLATFORM, "--speed", "100") as found:
        yield found
        assert "Traceback" not in found.log.read_text()
        assert found.ask("GET", "/sim/health").status == 200


@pytest.fixture(scope="module")
def described(server: Server) -> Any:
    """Return the description that the server gives of itself."""
    return server.ask("GET", "/openapi.json", token=None).data


OPERATIONS = [
    "list",
    "create",
    "get",
    "replace",
    "start",
    "disable",
    "transformJson",
    "health",
    "metrics",
    "ready",
    "requests",
    "state",
    "replicas",
    "queues",
    "decisions",
    "fault",
    "speed",
    "resume",
    "token",
    "revokeToken",
]


def test_every_operation_is_described_and_drawn(described: Any) -> None:
    """What the description has is drawn below, but for what takes long on purpose."""
    found = {
        operation["operationId"]
        for path in described["paths"].values()
        for operation in path.values()
    }

    assert found == set(OPERATIONS) | OURS


def contract(server: Server, described: Any, name: str, mode: Any, count: int) -> None:
    """Send drawn requests to an operation, and check every answer against the description."""
    schema = schemathesis.openapi.from_dict(described)
    operation: Any = schema.find_operation_by_id(name)
    cases = operation.as_strategy(mode)
    if "{liveDeploymentRid}" in operation.path:
        one = KNOWN["liveDeploymentRid"].map(lambda rid: {"liveDeploymentRid": rid})
        cases = st.one_of(
            cases,
            one.flatmap(lambda path: operation.as_strategy(mode, path_parameters=path)),
        )
    declared = set(operation.definition.raw["responses"])
    session = requests.Session()

    @given(case=cases)
    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def agree(case: Any) -> None:
        response = case.call(
            base_url=server.address,
            session=session,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=60,
        )
        assert str(response.status_code) in declared, (response.status_code, response.text)
        assert "Default:Internal" not in response.text
        case.validate_response(response, checks=SHAPES)

    with session:
        agree()


SHAPES = [response_schema_conformance, content_type_conformance]
POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
NOTHING_TO_BREAK = {"health", "metrics", "ready", "requests", "token", "revokeToken"}
"""No parameter, or forms in which any text is good."""
DRAWN = pytest.mark.parametrize(
    ("name", "mode"),
    [
        pytest.param(name, mode, id=f"{name}-{mode.value}")
        for name in OPERATIONS
        for mode in (POSITIVE, NEGATIVE)
        if mode is POSITIVE or name not in NOTHING_TO_BREAK
    ],
)


@DRAWN
def test_answers_are_as_described(server: Server, described: Any, name: str, mode: Any) -> None:
    """No 500, no status that is not declared, no body of another form."""
    contract(server, described, name, mode, EXAMPLES["in CI"])


@pytest.mark.exhaustive
@DRAWN
def test_thousands_of_answers_are_as_described(
    server: Server, described: Any, name: str, mode: Any
) -> None:
    """The same at length: over 10,000 cases of the API's operations."""
    contract(server, described, name, mode, EXAMPLES["all"])


def test_the_description_declares_every_documented_status(described: Any) -> None:
    """Each operation of the API has those of its errors, and the empty ones."""
    text = json.dumps(described)
    for path, methods in described["paths"].items():
        if not path.startswith("/api/"):
            continue
        for operation in methods.values():
            statuses = set(operation["responses"])
            assert {"400", "401", "403", "404", "429", "500", "503"} <= statuses
            if "requestBody" in operation:
                assert {"413", "415", "422"} <= statuses
    assert text.count("ThreadCountTooHigh") == 2  # in create and replace
