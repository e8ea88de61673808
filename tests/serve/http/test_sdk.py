"""The official Python SDK cannot tell a served scenario from the platform.

Every warning is an error here: the SDK warns where an answer is not as it expects.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import foundry_sdk
import pytest
from foundry_sdk.v2 import AsyncFoundryClient, FoundryClient
from foundry_sdk.v2.models import errors as sdk_errors

from servers import PLATFORM, RANKER, TOKEN, USUAL, Server, rid_of, serving
from sim.wire.endpoint_errors import ENDPOINT_ERRORS

pytestmark = [
    pytest.mark.filterwarnings("error"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # it does not close its connections
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

MODEL = "ri.models.main.model.ranker"
CONFIGURATION = USUAL | {"sources": [], "environmentVariables": {}}
DIRECT = {"type": "direct", "modelRid": MODEL, "branch": "dev"}
UNKNOWN = "ri.foundry-ml-live.main.live-deployment.unknown"
SECRET = "the-secret-of-a-client"
"""Its hash stands in TOKENS."""

TOKENS = """
tokens:
  - name: everything
    sha256: {everything}
    permissions: {{"*": [view, replace, start, disable, execute]}}
    create: ["*"]
  - name: looker
    sha256: {looker}
    permissions: {{"*": [view]}}
clients:
  - client_id: bot
    secret_sha256: {secret}
    permissions: {{"*": [view, start]}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server whose users may do everything, look only, or are a client."""
    from sim.serve.http.tokens import digest_of  # noqa: PLC0415 - beside its one use

    file: Path = tmp_path_factory.mktemp("tokens") / "tokens.yaml"
    file.write_text(
        TOKENS.format(
            everything=digest_of(TOKEN), looker=digest_of("looker"), secret=digest_of(SECRET)
        )
    )
    with serving(PLATFORM, "--speed", "1000", "--tokens", file) as found:
        yield found


def sync_client(server: Server, token: str = TOKEN, **config: Any) -> Any:
    """Return the SDK's client for live deployments."""
    client = FoundryClient(
        auth=foundry_sdk.UserTokenAuth(token),
        hostname=server.host,
        config=foundry_sdk.Config(scheme="http", **config),
    )
    return client.models.LiveDeployment


LOOP = asyncio.Runner()
"""One loop for all: the SDK's asynchronous client keeps its connections for as long as it lives."""


class AsyncAsSync:
    """The SDK's asynchronous client, waited for at every call."""

    def __init__(self, server: Server, token: str = TOKEN) -> None:
        client = AsyncFoundryClient(
            auth=foundry_sdk.UserTokenAuth(token),
            hostname=server.host,
            config=foundry_sdk.Config(scheme="http"),
            preview=True,
        )
        self._client = client.models.LiveDeployment

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            async def in_the_loop() -> Any:
                return await getattr(self._client, name)(*arguments, **named)

            return LOOP.run(in_the_loop())

        return call


CLIENTS = pytest.mark.parametrize("make", [sync_client, AsyncAsSync], ids=["sync", "async"])


@CLIENTS
def test_every_operation(server: Server, make: Callable[..., Any]) -> None:
    """Each returns the SDK's own objects."""
    client = make(server)

    listed = client.list(model_rid=MODEL, branch="master", preview=True)
    got = client.get(RANKER, preview=True)
    replaced = client.replace(RANKER, runtime_configuration=CONFIGURATION, preview=True)
    nothing = client.disable(rid_of("limited"), preview=True)
    still_nothing = client.start(rid_of("limited"), preview=True)
    answer = client.transform_json(RANKER, input={"n": 1, "vector": None}, preview=True)
    branch = f"feature/of the {type(client).__name__}"
    made = client.create(
        deployment_type=DIRECT | {"branch": branch},
        runtime_configuration=CONFIGURATION,
        preview=True,
    )

    assert [one.rid for one in listed.data] == [RANKER]
    assert got.status.state == "ACTIVE"
    assert replaced.runtime_configuration.thread_count == 32
    assert nothing is still_nothing is None
    assert answer.output == {"n": 1, "score": 0.5}
    assert made.branch == branch
    found = client.list(model_rid=MODEL, branch=branch, preview=True).data
    assert [one.rid for one in found] == [made.rid]


def replacing(**wire: Any) -> Callable[[Any], Any]:
    """Return a call of replace with these fields in its configuration."""
    configuration = CONFIGURATION | wire
    return lambda client: client.replace(RANKER, runtime_configuration=configuration, preview=True)


def creating(**wire: Any) -> Callable[[Any], Any]:
    """Return a call of create with these fields in its configuration."""
    configuration = CONFIGURATION | wire
    return lambda client: client.create(
        deployment_type=DIRECT, runtime_configuration=configuration, preview=True
    )


def inferring(given: Any, name: str = "ranker") -> Callable[[Any], Any]:
    """Return a call of transform_json."""
    return lambda client: client.transform_json(rid_of(name), input=given, preview=True)


def source(name: str) -> dict[str, list[str]]:
    """Return the field of a configuration that names one source."""
    return {"sources": [f"ri.magritte..source.{name}"]}


ABOUT_RANKER = {"liveDeploymentRid": RANKER}
ABOUT_UNKNOWN = {"liveDeploymentRid": UNKNOWN}
OFF = rid_of("off")

WRONG_CONFIGURATIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "ThreadCountTooHigh",
        {"threadCount": 129},
        {"maxThreadCount": 128, "providedThreadCount": 129},
    ),
    (
        "InvalidGpuCount",
        {"gpu": {"count": 5, "type": "T4"}},
        {"providedGpuCount": 5, "maxGpuCount": 4},
    ),
    (
        "GpuTypeNotAvailable",
        {"gpu": {"count": 1, "type": "B300"}},
        {"requestedGpuType": "B300", "availableGpuTypes": ["H100", "T4"]},
    ),
    (
        "ReservedEnvironmentVariable",
        {"environmentVariables": {"CLIENT_ID": "x"}},
        {"name": "CLIENT_ID"},
    ),
    (
        "DeploymentSourceNotEnabledForComputeModules",
        source("disabled"),
        {"sourceRid": "ri.magritte..source.disabled"},
    ),
]

ERRORS: list[tuple[str, Callable[[Any], Any], dict[str, Any]]] = [
    *((name, replacing(**wire), told) for name, wire, told in WRONG_CONFIGURATIONS),
    *((name, creating(**wire), told) for name, wire, told in WRONG_CONFIGURATIONS),
    ("LiveDeploymentSourcesCannotBeUpdatedWhileRunning", replacing(**source("good")), ABOUT_RANKER),
    ("LiveDeploymentNotFound", lambda c: c.get(UNKNOWN, preview=True), ABOUT_UNKNOWN),
    ("LiveDeploymentNotFound", lambda c: c.start(UNKNOWN, preview=True), ABOUT_UNKNOWN),
    ("LiveDeploymentNotFound", lambda c: c.disable(UNKNOWN, preview=True), ABOUT_UNKNOWN),
    (
        "LiveDeploymentNotFound",
        lambda c: c.replace(UNKNOWN, runtime_configuration=CONFIGURATION, preview=True),
        ABOUT_UNKNOWN,
    ),
    (
        "LiveDeploymentNotFound",
        lambda c: c.transform_json(UNKNOWN, input={}, preview=True),
        ABOUT_UNKNOWN,
    ),
    (
        "ModelNotFound",
        lambda c: c.list(model_rid="ri.models.main.model.x", preview=True),
        {"modelRid": "ri.models.main.model.x"},
    ),
    (
        "ModelNotFound",
        lambda c: c.create(
            deployment_type=DIRECT | {"modelRid": "ri.models.main.model.x"},
            runtime_configuration=CONFIGURATION,
            preview=True,
        ),
        {"modelRid": "ri.models.main.model.x"},
    ),
    ("UnsupportedLiveDeployment", lambda c: c.get(rid_of("assistant"), preview=True), {}),
    (
        "UnsupportedLiveDeployment",
        lambda c: c.replace(rid_of("assistant"), runtime_configuration=CONFIGURATION, preview=True),
        {},
    ),
    ("InferenceTimeout", inferring({}, "endless"), {"liveDeploymentRid": rid_of("endless")}),
    *(
        (
            "InferenceInvalidInput",
            inferring(given),
            ABOUT_RANKER | {"errorType": told},
        )
        for given, told in [
            ({}, {"type": "requiredValueMissing", "fieldName": "n"}),
            ({"n": 1, "m": 1}, {"type": "unknownInputName", "inputName": "m"}),
            (
                {"n": "1"},
                {"type": "typeMismatch", "expectedType": "integer", "actualType": "string"},
            ),
            ({"n": 2**80}, {"type": "unsupportedType", "unsupportedType": "bigInteger"}),
            (
                {"n": 1, "vector": [[1.0, 2.0]]},
                {"type": "invalidArrayShape", "expectedShape": [2, 2], "actualShape": [1, 2]},
            ),
            (
                {"n": 1, "vector": [[1.0, 2.0], [1.0]]},
                {
                    "type": "inconsistentArrayDimensions",
                    "firstElementShape": [2],
                    "conflictingElementShape": [1],
                },
            ),
            ({"n": 1, "rows": 1}, {"type": "invalidTabularFormat", "inputFieldName": "rows"}),
            ({"n": 1, "labels": 1}, {"type": "invalidMapFormat"}),
        ]
    ),
]
IDS = [f"{number}-{name}" for number, (name, _, _) in enumerate(ERRORS)]

DENIED: list[tuple[str, Callable[[Any], Any], dict[str, Any]]] = [
    ("CreateLiveDeploymentPermissionDenied", creating(), {}),
    ("ReplaceLiveDeploymentPermissionDenied", replacing(), ABOUT_RANKER),
    (
        "StartLiveDeploymentPermissionDenied",
        lambda c: c.start(RANKER, preview=True),
        ABOUT_RANKER,
    ),
    (
        "DisableLiveDeploymentPermissionDenied",
        lambda c: c.disable(RANKER, preview=True),
        ABOUT_RANKER,
    ),
    ("TransformJsonLiveDeploymentPermissionDenied", inferring({"n": 1}), ABOUT_RANKER),
]

ELSEWHERE: list[tuple[str, dict[str, Any]]] = [
    ("DeploymentSourceNotImportedIntoProject", source("elsewhere")),
    ("DeploymentSourceCannotExportResourceMarkings", source("marked")),
]


def refused(name: str, call: Callable[[Any], Any], client: Any) -> Any:
    """Return the error that a call raises, which is the SDK's of that name."""
    with pytest.raises(getattr(sdk_errors, name)) as raised:
        call(client)
    assert raised.value.name == name
    assert raised.value.error_instance_id
    return raised.value


@CLIENTS
@pytest.mark.parametrize(("name", "call", "told"), ERRORS, ids=IDS)
def test_every_error_is_typed(
    server: Server,
    make: Callable[..., Any],
    name: str,
    call: Callable[[Any], Any],
    told: dict[str, Any],
) -> None:
    """As the SDK's exception of its name, with its parameters and no other."""
    found = dict(refused(name, call, make(server)).parameters)
    if "errorType" in found:
        found["errorType"] = found["errorType"].model_dump(by_alias=True, exclude_none=True)
    assert found == told


@CLIENTS
@pytest.mark.parametrize(("name", "call", "told"), DENIED, ids=[name for name, _, _ in DENIED])
def test_what_a_token_may_not_do_is_typed(
    server: Server,
    make: Callable[..., Any],
    name: str,
    call: Callable[[Any], Any],
    told: dict[str, Any],
) -> None:
    """Each operation has an error of its own."""
    assert refused(name, call, make(server, "looker")).parameters == told


@CLIENTS
@pytest.mark.parametrize(("name", "wire"), ELSEWHERE, ids=[name for name, _ in ELSEWHERE])
def test_a_source_that_cannot_be_used_is_typed(
    server: Server, make: Callable[..., Any], name: str, wire: dict[str, Any]
) -> None:
    """With the source, and the project or the deployment that may not have it."""
    for call in (replacing(**wire), creating(**wire)):
        told = refused(name, call, make(server)).parameters
        assert told["sourceRid"] == wire["sources"][0]
        assert set(told) == {"sourceRid", set(told).difference({"sourceRid"}).pop()}


@CLIENTS
def test_a_request_that_is_lost_is_typed(server: Server, make: Callable[..., Any]) -> None:
    """InferenceFailure, when its replica is killed while it runs."""
    found: list[BaseException] = []

    def call() -> None:
        try:
            inferring({}, "fragile")(make(server))
        except sdk_errors.InferenceFailure as error:
            found.append(error)

    server.until("fragile", "ACTIVE")
    server.ask("POST", "/sim/speed", {"speed": 1})
    try:
        calling = threading.Thread(target=call)
        calling.start()
        event = {"event": "kill", "deployment": "fragile", "replicas": "all"}
        while calling.is_alive():
            state = {
                one["name"]: one for one in server.ask("GET", "/sim/state").data["deployments"]
            }
            if state["fragile"]["counts"]["in_flight"]:
                server.ask("POST", "/sim/fault", event)
            time.sleep(0.01)
        calling.join()
    finally:
        server.ask("POST", "/sim/speed", {"speed": 1000})

    (error,) = found
    assert isinstance(error, sdk_errors.InferenceFailure)
    assert error.parameters == {
        "liveDeploymentRid": rid_of("fragile"),
        "errorMessage": "The replica was lost.",
    }


def counts_of(server: Server, name: str) -> dict[str, Any]:
    """Return the counts of a deployment's requests."""
    state = server.ask("GET", "/sim/state").data["deployments"]
    found: dict[str, Any] = next(one["counts"] for one in state if one["name"] == name)
    return found


def test_no_documented_error_is_left_out() -> None:
    """Every error that an endpoint declares is provoked by a test above."""
    provoked = {name for name, _, _ in (*ERRORS, *DENIED)} | {name for name, _ in ELSEWHERE}
    provoked |= {"InferenceFailure"}

    assert provoked == {error.error_name for error in ENDPOINT_ERRORS}


@CLIENTS
def test_generic_errors_have_their_class(server: Server, make: Callable[..., Any]) -> None:
    """Preview, token and arguments: the classes of their statuses, by name."""
    cases: list[tuple[Any, Callable[[Any], Any], int, str]] = [
        (make(server), lambda c: c.get(RANKER, preview=False), 400, "ApiFeaturePreviewUsageOnly"),
        (
            make(server, "nobody"),
            lambda c: c.get(RANKER, preview=True),
            401,
            "Default:Unauthorized",
        ),
        (make(server), replacing(minReplicas=5), 400, "Default:InvalidArgument"),
        (make(server), replacing(unknownField=5), 422, "Conjure:UnprocessableEntity"),
    ]
    classes = {
        400: foundry_sdk.BadRequestError,
        401: foundry_sdk.UnauthorizedError,
        422: foundry_sdk.UnprocessableEntityError,
    }
    for client, call, status, name in cases:
        with pytest.raises(classes[status]) as raised:
            call(client)
        assert raised.value.name == name


@pytest.mark.parametrize(
    ("name", "error"),
    [("limited", foundry_sdk.RateLimitError), ("off", foundry_sdk.ServiceUnavailable)],
)
def test_the_sdk_tries_429_and_503_again(server: Server, name: str, error: type[Exception]) -> None:
    """Four attempts in all, each of which the simulation has seen; then its own exception."""
    client = sync_client(server)
    if name == "limited":
        inferring({}, name)(client)  # the burst
    time.sleep(0.2)  # views are some hundredths of a second old
    before = counts_of(server, name)["arrived"]

    with pytest.raises(error):
        inferring({}, name)(client)

    time.sleep(0.2)
    assert counts_of(server, name)["arrived"] - before == 4


def test_a_confidential_client_gets_its_tokens(server: Server) -> None:
    """Unchanged: it asks for a token, uses it, and signs out."""
    config = foundry_sdk.Config(scheme="http")
    auth = foundry_sdk.ConfidentialClientAuth(
        client_id="bot",
        client_secret=SECRET,
        scopes=["api:models-read"],
        should_refresh=False,
    )
    client = FoundryClient(auth=auth, hostname=server.host, config=config).models.LiveDeployment

    assert client.get(RANKER, preview=True).rid == RANKER
    with pytest.raises(foundry_sdk.PermissionDeniedError) as raised:
        client.start(RANKER, preview=True)
    assert raised.value.name == "ApiUsageDenied"
    assert raised.value.parameters == {"missingScope": "api:models-write"}
    auth.sign_out()


def test_every_parameter_that_is_declared_is_sent() -> None:
    """The SDK would warn of a missing one, and pass an additional one over: here both are told."""
    for error in ENDPOINT_ERRORS:
        typed = getattr(sdk_errors, f"{error.error_name}Parameters")
        names = {field.name for field in fields(error)}
        camel = {
            "".join(part.title() if n else part for n, part in enumerate(name.split("_")))
            for name in names
        }
        assert camel == set(typed.__annotations__), error.error_name
