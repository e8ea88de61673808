"""The seven operations over HTTP: what each answers, and what it has done then."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from servers import API, RANKER, TOKEN, TWO_USERS, USUAL, Server, serving

SHIPPED = Path(__file__).parents[3] / "scenarios" / "serve.yaml"
SEED = "ri.foundry-ml-live.main.live-deployment.f351c142-0e4c-4b12-adc2-6e1539737ae9"
SEED_BODY = (
    '{"runtimeConfiguration":{"minReplicas":1,"maxReplicas":3,"cpu":1.0,'
    '"memory":"256MiB","threadCount":32}}'
)
MODEL = "ri.models.main.model.ranker"
NOT_FOUND = "The specified live deployment was not found."


def test_list_shows_the_direct_deployments_of_a_model(server: Server) -> None:
    """Not the one of an objective; a branch narrows, and another branch has none."""
    path = f"{API}?modelRid={MODEL}&preview=true"

    found = server.ask("GET", path)

    assert found.status == 200
    assert [one["rid"] for one in found.data["data"]] == [RANKER]
    assert server.ask("GET", f"{path}&branch=master").data == found.data | {
        "data": server.ask("GET", path).data["data"]
    }
    assert server.ask("GET", f"{path}&branch=other").data == {"data": []}


def test_get_shows_a_deployment(server: Server) -> None:
    """With the optional keys that the SDK insists on, and without those that were left out."""
    found = server.call("get", "off")

    assert found.status == 200
    assert found.headers["content-type"] == "application/json"
    assert found.data == {
        "rid": "ri.foundry-ml-live.main.live-deployment.off",
        "modelVersion": found.data["modelVersion"],
        "branch": "master",
        "runtimeConfiguration": USUAL | {"environmentVariables": {}, "sources": []},
        "status": {"state": "DISABLED", "isReady": False},
    }


def test_replace_answers_at_once_and_rolls_out(server: Server) -> None:
    """The new configuration in the answer and in get, while the old replicas still serve."""
    server.ask("POST", "/sim/pause", {})
    try:
        wanted = USUAL | {"threadCount": 16}
        answer = server.call("replace", body={"runtimeConfiguration": wanted})

        assert answer.status == 200
        assert answer.data["runtimeConfiguration"]["threadCount"] == 16
        assert answer.data["status"] == {"state": "ACTIVE", "isReady": True}
        assert server.call("get").data == answer.data
        path = f"/sim/deployments/{RANKER}/replicas"
        roles = {one["role"]: one["state"] for one in server.ask("GET", path).data}
        assert roles == {"active": "RESPONSIVE", "pending": "QUEUED"}
        server.ask("POST", "/sim/step", {"for_s": 10})
        roles = {one["role"]: one["state"] for one in server.ask("GET", path).data}
        assert roles == {"active": "RESPONSIVE"}
    finally:
        server.ask("POST", "/sim/resume", {})


def test_disable_and_start_answer_without_a_body(server: Server) -> None:
    """204; twice does no more; the status follows in simulated time."""
    for name in ("disable", "disable"):
        answer = server.call(name, "fragile")
        assert (answer.status, answer.body) == (204, b"")
    assert server.until("fragile", "DISABLED")["status"]["isReady"] is False
    assert server.call("start", "fragile").status == 204
    assert server.call("start", "fragile").status == 204
    assert server.until("fragile", "ACTIVE")["status"]["isReady"] is True


def test_create_makes_one_that_can_be_found(server: Server) -> None:
    """200, not 201; it starts, and infers as its model's others do."""
    kind = {"type": "direct", "modelRid": MODEL, "branch": "dev"}

    made = server.call("create", body={"deploymentType": kind, "runtimeConfiguration": USUAL})

    assert made.status == 200
    assert made.data["branch"] == "dev"
    rid = made.data["rid"]
    listed = server.ask("GET", f"{API}?modelRid={MODEL}&branch=dev&preview=true").data["data"]
    assert [one["rid"] for one in listed] == [rid]
    path = f"{API}/{rid}/transformJson?preview=true"
    answer = server.ask("POST", path, {"input": {"n": 4}})
    assert (answer.status, answer.data) == (200, {"output": {"n": 4, "score": 0.5}})
    again = server.call("create", body={"deploymentType": kind, "runtimeConfiguration": USUAL})
    assert (again.status, again.error) == (409, "Default:Conflict")


def test_an_objective_is_made_and_not_handled(server: Server) -> None:
    """The simulator's own kind: get and replace do not handle it, the others do."""
    kind = {"type": "objective", "modelRid": MODEL}
    made = server.call("create", body={"deploymentType": kind, "runtimeConfiguration": USUAL})
    assert made.status == 200
    assert "branch" not in made.data
    path = f"{API}/{made.data['rid']}"

    for method, body in (("GET", None), ("PUT", {"runtimeConfiguration": USUAL})):
        answer = server.ask(method, f"{path}?preview=true", body)
        assert (answer.status, answer.error) == (400, "UnsupportedLiveDeployment")
    assert server.ask("POST", f"{path}/start?preview=true").status == 204


def test_inference_is_answered_when_the_simulation_says_so(server: Server) -> None:
    """With the declared output; direct deployments cast what is nearly of the type."""
    answer = server.call("transformJson", body={"input": {"n": 3.6}})

    assert (answer.status, answer.data) == (200, {"output": {"n": 3, "score": 0.5}})


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server of the shipped scenario, for one who may do everything and one who may look."""
    file: Path = tmp_path_factory.mktemp("tokens") / "tokens.yaml"
    file.write_text(TWO_USERS)
    with serving(SHIPPED, "--speed", "60", "--tokens", file) as found:
        yield found


def curled(server: Server, rid: str, body: str, *, token: str = TOKEN) -> Any:
    """Return what the request of the page is answered, sent by curl to one deployment."""
    done = subprocess.run(
        [
            "curl",
            "--silent",
            "--show-error",
            "-X",
            "PUT",
            "-H",
            "Content-type: application/json",
            "-H",
            f"Authorization: Bearer {token}",
            f"{server.address}{API}/{rid}?preview=true",
            "-d",
            body,
        ],
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


WITH_CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@WITH_CURL
@pytest.mark.parametrize(
    ("more", "name", "sentence"),
    [
        (
            {"threadCount": 129},
            "ThreadCountTooHigh",
            "The specified thread count exceeds the maximum allowed value.",
        ),
        (
            {"gpu": {"count": 0, "type": "T4"}},
            "InvalidGpuCount",
            "The GPU count is invalid. The GPU count must be between 1 and the maximum allowed "
            "for the requested GPU type.",
        ),
        (
            {"gpu": {"count": 1, "type": "A100"}},
            "GpuTypeNotAvailable",
            "The requested GPU type is not available. Use a GPU type that is available in the "
            "deployment's resource queue.",
        ),
        ({"rid": SEED[:-1] + "8"}, "LiveDeploymentNotFound", NOT_FOUND),
        (
            {"token": "looker"},
            "ReplaceLiveDeploymentPermissionDenied",
            "Could not replace the LiveDeployment.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_the_page_s_errors_have_its_descriptions(
    shipped: Server, more: dict[str, Any], name: str, sentence: str
) -> None:
    """Those of the checks on HTTP and those of the simulation, word for word."""
    wanted = {key: value for key, value in more.items() if key not in {"rid", "token"}}
    body = json.dumps({"runtimeConfiguration": USUAL | wanted})

    error = curled(shipped, more.get("rid", SEED), body, token=more.get("token", TOKEN))

    assert (error["errorName"], error["errorDescription"]) == (name, sentence)


@WITH_CURL
def test_a_deployment_of_another_kind_is_described_as_on_the_page(shipped: Server) -> None:
    """The sixth error of the page; and the first two of get's own."""
    model = "ri.models.main.model.f351c142-0e4c-4b12-adc2-6e1539737ae9"
    kind = {"type": "objective", "modelRid": model}
    made = shipped.call("create", body={"deploymentType": kind, "runtimeConfiguration": USUAL})

    error = curled(shipped, made.data["rid"], SEED_BODY)
    looked = shipped.ask("GET", f"{API}/{made.data['rid']}?preview=true").data
    missing = shipped.ask("GET", f"{API}/{SEED[:-1]}8?preview=true").data

    assert error["errorName"] == "UnsupportedLiveDeployment"
    assert error["errorDescription"] == "The Live Deployment type is not supported by the API."
    assert looked["errorDescription"] == error["errorDescription"]
    assert missing["errorDescription"] == NOT_FOUND


@WITH_CURL
def test_the_page_s_own_request_is_answered_as_on_the_page(shipped: Server) -> None:
    """Byte for byte by curl; the answer as JSON, with the two keys that newer pages have."""
    answer = curled(shipped, SEED, SEED_BODY)

    assert answer == {
        "rid": SEED,
        "modelVersion": {
            "modelRid": "ri.models.main.model.f351c142-0e4c-4b12-adc2-6e1539737ae9",
            "modelVersionRid": (
                "ri.models.main.model-version.adf94926-c3ac-41ea-beb2-4946699d08ee"
            ),
        },
        "branch": "master",
        "runtimeConfiguration": {
            "minReplicas": 1,
            "maxReplicas": 3,
            "cpu": 1.0,
            "memory": "256MiB",
            "threadCount": 32,
            "sources": [],
            "environmentVariables": {},
        },
        "status": {"state": "ACTIVE", "isReady": True},
    }


def test_the_shipped_scenario_offers_two_types_of_gpus(shipped: Server) -> None:
    """H100 and T4; another type is answered with these."""
    body = {"runtimeConfiguration": USUAL | {"gpu": {"count": 1, "type": "A100"}}}

    answer = shipped.ask("PUT", f"{API}/{SEED}?preview=true", body)

    assert answer.error == "GpuTypeNotAvailable"
    assert answer.data["parameters"] == {
        "requestedGpuType": "A100",
        "availableGpuTypes": ["H100", "T4"],
    }
