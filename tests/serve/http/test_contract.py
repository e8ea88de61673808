"""The served description and the answers agree, whatever is sent."""

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
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

from servers import PLATFORM, RANKER, TOKEN, Answer, Server, serving

MOST = {
    "/sim/step": {"for_s": 30},
    "/sim/traffic": {"rate_per_s": 20, "for_s": 5},
}
"""Of what takes as long as one says: sizes that do not take long. The description allows more."""

KNOWN = {
    "liveDeploymentRid": st.sampled_from([RANKER, "ri.foundry-ml-live.main.live-deployment.off"])
}
EXAMPLES = {"in CI": 60, "all": 800}
FEW = {"snapshot": 3}
"""Of what takes seconds each time: the run is written, and it has nothing in its body to draw."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server on which time goes by quickly, with a directory for snapshots."""
    folder = tmp_path_factory.mktemp("contract") / "run"
    with serving(PLATFORM, "--speed", "100", "--run-dir", folder) as found:
        yield found
        assert "Traceback" not in found.log.read_text()
        assert found.ask("GET", "/sim/health").status == 200


@pytest.fixture(scope="module")
def described(server: Server) -> Any:
    """Return the description that the server gives of itself."""
    return server.ask("GET", "/openapi.json", token=None).data


OPERATIONS = [
    "snapshot",  # while there is little to write
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
    "lint",
    "fault",
    "speed",
    "step",
    "traffic",
    "pause",
    "resume",
    "reset",
    "events",
    "token",
    "revokeToken",
]


def test_every_operation_is_described_and_drawn(described: Any) -> None:
    """What the description has is drawn below, all of it."""
    found = {
        operation["operationId"]
        for path in described["paths"].values()
        for operation in path.values()
    }

    assert found == set(OPERATIONS)


def contract(server: Server, described: Any, name: str, mode: Any, count: int) -> None:
    """Send drawn requests to an operation, and check every answer against the description."""
    schema = schemathesis.openapi.from_dict(limited(described))
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
        max_examples=min(count, FEW.get(name, count)),
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def agree(case: Any) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        if name == "events":
            request = case.as_transport_kwargs(base_url=server.address, headers=headers)
            with session.request(**request, stream=True, timeout=60) as begun:  # it has no end
                assert str(begun.status_code) in declared, begun.status_code
                kind = "text/event-stream" if begun.ok else "application/json"
                assert begun.headers["content-type"].startswith(kind)
            return
        response = case.call(base_url=server.address, session=session, headers=headers, timeout=60)
        assert str(response.status_code) in declared, (response.status_code, response.text)
        assert "Default:Internal" not in response.text
        case.validate_response(response, checks=SHAPES)

    try:
        with session:
            agree()
    finally:
        for path, body in (("/sim/resume", {}), ("/sim/speed", {"speed": 100})):
            assert server.ask("POST", path, body).status == 200


def limited(described: Any) -> Any:
    """Return the description with smaller sizes of what takes as long as one says."""
    smaller = copy.deepcopy(described)
    for path, fields in MOST.items():
        body = smaller["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        for field, most in fields.items():
            body["schema"]["properties"][field]["maximum"] = most
    return smaller


SHAPES = [response_schema_conformance, content_type_conformance]
POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
NOTHING_TO_BREAK = {"health", "metrics", "ready", "token", "revokeToken"}
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


def test_identifiers_faults_and_speeds_are_described_as_tightly_as_they_are_checked(
    described: Any,
) -> None:
    """Patterns of identifiers everywhere, every kind of fault by its name, numbers or `max`."""
    parts = described["components"]["schemas"]
    rids = [
        parts["LiveDeployment"]["properties"]["rid"],
        parts["ModelVersion"]["properties"]["modelRid"],
        parts["DirectDeployment"]["properties"]["modelRid"],
        parts["RuntimeConfiguration"]["properties"]["sources"]["items"],
        *(
            one["schema"]
            for path in described["paths"].values()
            for operation in path.values()
            for one in operation.get("parameters", ())
            if one["name"].endswith("Rid")
        ),
    ]
    assert len(rids) == 4 + 5 + 1 + 1  # five operations on one, list's model, replicas
    for schema in rids:
        assert re.search(schema["pattern"], RANKER)
        for wrong in ("", "ri.a.b.c", "ri.A..c.d", "x" + RANKER, f"{RANKER} "):
            assert not re.search(schema["pattern"], wrong)

    def body_of(path: str) -> Any:
        return described["paths"][path]["post"]["requestBody"]["content"]["application/json"]

    fault = body_of("/sim/fault")["schema"]
    kinds = [parts[one["$ref"].rpartition("/")[2]]["properties"] for one in fault["oneOf"]]
    assert sorted(kind["event"]["const"] for kind in kinds) == [
        "disable",
        "fail_starts",
        "hang",
        "kill",
        "publish",
        "queue_limit",
        "replace",
        "schedule",
        "slow_starts",
        "start",
        "tenant",
    ]
    assert not [kind for kind in kinds if "at" in kind]
    used = json.dumps({name: part for name, part in parts.items() if name.startswith("Event.")})
    assert '"path"' not in used
    assert '"linear"' not in used
    speed = body_of("/sim/speed")["schema"]["properties"]["speed"]["oneOf"]
    assert speed[0] == {"type": "number", "exclusiveMinimum": 0, "maximum": 1e9}
    assert speed[1]["enum"] == ["max"]


EXAMPLE = "ri.foundry-ml-live.main.live-deployment.f351c142-0e4c-4b12-adc2-6e1539737ae9"
SHIPPED = Path(__file__).parents[3] / "scenarios" / "serve.yaml"


def test_schemathesis_runs_its_examples_and_follows_the_links(tmp_path: Path) -> None:
    """Its own command line finds nothing wrong, and in the examples a deployment that is there."""
    with serving(SHIPPED, "--speed", "600", "--run-dir", tmp_path / "run") as server:
        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                "run",
                f"{server.address}/openapi.json",
                "--phases=examples,stateful",
                "--max-examples=10",
                "--seed=1",
                "--exclude-operation-id=events",
                "--exclude-operation-id=pause",
                "--checks=not_a_server_error,status_code_conformance,"
                "response_schema_conformance,content_type_conformance,"
                "ensure_resource_availability",
                "--request-timeout=60",
                "--no-color",
                "-H",
                f"Authorization: Bearer {TOKEN}",
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=os.environ | {"SCHEMATHESIS_HOOKS": ""},
        )

        calls = server.ask("GET", "/sim/requests").data["calls"]

    assert done.returncode == 0, done.stdout
    assert {"Examples", "Stateful"} <= set(re.findall(r"✅ (\w+)$", done.stdout, flags=re.M))
    succeeded = {(one["operation"], one["rid"]) for one in calls if one["status"] in {200, 204}}
    assert {("list", None), ("get", EXAMPLE), ("replace", EXAMPLE), ("create", None)} <= succeeded


LINKED = {
    "create": ["get", "replace", "start", "disable", "transformJson"],
    "list": ["get", "replace", "start", "disable", "transformJson"],
    "get": ["replace", "start", "disable", "transformJson"],
    "replace": ["get"],
    "state": ["replicas"],
    "requests": ["requests"],
}


def test_the_links_lead_from_an_answer_to_the_next_call(tmp_path: Path) -> None:
    """With the examples as bodies and the rest of the parameters, each is answered with success."""
    with serving(SHIPPED, "--speed", "60", "--run-dir", tmp_path / "run") as server:
        described = server.ask("GET", "/openapi.json", token=None).data
        operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in described["paths"].items()
            for method, operation in methods.items()
        }

        def call(name: str, given: dict[str, str]) -> Answer:
            method, path, operation = operations[name]
            query = []
            for one in operation.get("parameters", ()):
                value = given.get(one["name"], one["example"])
                text = json.dumps(value) if value is True else str(value)
                if one["in"] == "path":
                    path = path.replace(f"{{{one['name']}}}", text)
                elif one["in"] == "query":
                    query.append(f"{one['name']}={text}")
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("example")
            return server.ask(method, f"{path}?{'&'.join(query)}", body)

        found = {}
        for name, (_, _, operation) in operations.items():
            links = operation["responses"].get("200", {}).get("links", {})
            if not links:
                continue
            found[name] = [link["operationId"] for link in links.values()]
            answer = call(name, {})
            assert answer.status == 200, name
            for link in links.values():
                given = {
                    parameter: at(answer.data, pointer.removeprefix("$response.body#"))
                    for parameter, pointer in link["parameters"].items()
                }
                if link["operationId"] == "transformJson":
                    call("start", given)  # the link before has switched it off
                followed = call(link["operationId"], given)
                assert followed.status in {200, 204}, (name, link["operationId"], followed.body)

    assert found == LINKED


def at(data: Any, pointer: str) -> Any:
    """Return what a JSON pointer leads to."""
    for part in pointer.split("/")[1:]:
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data


def test_the_page_needs_no_network(server: Server) -> None:
    """Nothing that it loads is elsewhere, and all of it is there."""
    pytest.importorskip("fastapi_offline", reason="the viewer's files are not installed")

    page = server.ask("GET", "/docs", token=None).body.decode()

    loaded = re.findall(r"""(?:href|src)="([^"]+)"|url: '([^']+)'""", page)
    places = [first or second for first, second in loaded]
    assert len(places) == 4  # a style, an icon, a script, the description
    for place in places:
        assert place.startswith("/"), place
        assert server.ask("GET", place, token=None).status == 200
    assert "//" not in "".join(places)
    assert '"validatorUrl": null' in page
