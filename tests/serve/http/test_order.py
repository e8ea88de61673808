"""The order in which a request is checked: of two things wrong, the earlier one is answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from servers import API, PLATFORM, TOKEN, TWO_USERS, USUAL, Answer, Server, rid_of, serving
from sim.serve.http.tokens import digest_of

TOKENS = f"""{TWO_USERS}  - name: without scopes
    sha256: {digest_of("scopeless")}
    scopes: []
    permissions: {{"*": [view]}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server with users of every kind."""
    file: Path = tmp_path_factory.mktemp("tokens") / "tokens.yaml"
    file.write_text(TOKENS)
    with serving(PLATFORM, "--tokens", file) as found:
        yield found


WRONG: dict[str, tuple[int, str]] = {
    "route": (404, ""),
    "no token": (401, "MissingCredentials"),
    "malformed token": (401, "Conjure:MalformedCredentials"),
    "unknown token": (401, "Default:Unauthorized"),
    "scope": (403, "ApiUsageDenied"),
    "preview": (400, "ApiFeaturePreviewUsageOnly"),
    "media type": (415, "Conjure:UnsupportedMediaType"),
    "json": (400, "Default:InvalidArgument"),
    "object": (422, "Conjure:UnprocessableEntity"),
    "identifier": (400, "Default:InvalidArgument"),
    "existence": (404, ""),
    "permission": (403, ""),
    "semantics": (400, ""),
}
"""What can be wrong with a request, in the order of the checks, and the answer.

Error names that differ from operation to operation are in OPERATIONS. Those of one kind (tokens,
bodies) exclude each other.
"""

KINDS = (
    {"no token", "malformed token", "unknown token", "scope", "permission"},
    {"json", "object", "semantics"},
    {"identifier", "existence"},
)


@dataclass(frozen=True)
class Case:
    """An operation: its request when nothing is wrong, and its own errors.

    Attributes:
        method: The HTTP method.
        path: With the RID's place open.
        name: A deployment.
        body: Nothing is wrong with it; None: it takes none.
        senseless: A body that the rules refuse.
        not_found: Of what does not exist.
        denied: Of what may not be done.
        refused: Of the body that the rules refuse.
        query: Parameters besides preview.
    """

    method: str
    path: str
    name: str = "ranker"
    body: Any = None
    senseless: Any = None
    not_found: str = "LiveDeploymentNotFound"
    denied: str | None = None
    refused: str | None = None
    query: str = ""


KIND = {"type": "direct", "modelRid": "ri.models.main.model.ranker", "branch": "master"}
WITH_129 = USUAL | {"threadCount": 129}

OPERATIONS = {
    "list": Case("GET", API, query="&modelRid={rid}", not_found="ModelNotFound"),
    "create": Case(
        "POST",
        API,
        body={"deploymentType": KIND, "runtimeConfiguration": USUAL},
        senseless={"deploymentType": KIND | {"branch": "x"}, "runtimeConfiguration": WITH_129},
        denied="CreateLiveDeploymentPermissionDenied",
        refused="ThreadCountTooHigh",
    ),
    "get": Case("GET", f"{API}/{{rid}}"),
    "replace": Case(
        "PUT",
        f"{API}/{{rid}}",
        body={"runtimeConfiguration": USUAL},
        senseless={"runtimeConfiguration": WITH_129},
        denied="ReplaceLiveDeploymentPermissionDenied",
        refused="ThreadCountTooHigh",
    ),
    "start": Case("POST", f"{API}/{{rid}}/start", denied="StartLiveDeploymentPermissionDenied"),
    "disable": Case(
        "POST",
        f"{API}/{{rid}}/disable",
        name="off",
        denied="DisableLiveDeploymentPermissionDenied",
    ),
    "transformJson": Case(
        "POST",
        f"{API}/{{rid}}/transformJson",
        body={"input": {"n": 1}},
        senseless={"input": {"n": "one"}},
        denied="TransformJsonLiveDeploymentPermissionDenied",
        refused="InferenceInvalidInput",
    ),
}

TOKENS_SHOWN: dict[str, dict[str, str]] = {
    "no token": {},
    "malformed token": {"Authorization": "Basic Zm9vOmJhcg=="},
    "unknown token": {"Authorization": "Bearer nobodys"},
    "scope": {"Authorization": "Bearer scopeless"},
    "permission": {"Authorization": "Bearer looker"},
}


def send(server: Server, case: Case, wrong: frozenset[str]) -> Answer:
    """Send the request of an operation with these things wrong."""
    rid = rid_of(case.name) if case.not_found != "ModelNotFound" else "ri.models.main.model.ranker"
    if "identifier" in wrong:
        rid = "not-a-rid"
    elif "existence" in wrong:
        rid = "ri.models.main.model.unknown"
    path = case.path.format(rid=rid) + ("/no/where" if "route" in wrong else "")
    preview = "preview=false" if "preview" in wrong else "preview=true"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for name, shown in TOKENS_SHOWN.items():
        if name in wrong:
            headers = shown
    body = case.body
    if "semantics" in wrong:
        body = case.senseless
    elif "object" in wrong:
        body = {"unknown": 1}
    if "json" in wrong:
        body = b"{"
        headers = headers | {"Content-Type": "application/json"}
    if "media type" in wrong:
        headers = headers | {"Content-Type": "text/plain"}
    query = case.query.format(rid=rid)
    return server.ask(case.method, f"{path}?{preview}{query}", body, token=None, headers=headers)


def can_be_wrong(case: Case) -> list[str]:
    """Return what can be wrong with an operation's request, in the order of the checks."""
    found = []
    for name in WRONG:
        of_body = name in {"media type", "json", "object"}
        if of_body and case.body is None:
            continue
        if name in {"identifier", "existence"} and "{rid}" not in case.path + case.query:
            continue
        if (name == "permission" and case.denied is None) or (
            name == "semantics" and case.senseless is None
        ):
            continue
        found.append(name)
    return found


def expected(case: Case, name: str) -> tuple[int, str]:
    """Return status and error of one thing that is wrong."""
    status, error = WRONG[name]
    own = {"existence": case.not_found, "permission": case.denied, "semantics": case.refused}
    return status, own.get(name) or error


@pytest.mark.parametrize("operation", OPERATIONS)
def test_of_two_things_wrong_the_earlier_is_answered(server: Server, operation: str) -> None:
    """Every pair that can be wrong at the same time, and everything alone."""
    case = OPERATIONS[operation]
    found = can_be_wrong(case)
    sets = [(name,) for name in found] + list(combinations(found, 2))

    for wrong in sets:
        if any(len(kind.intersection(wrong)) > 1 for kind in KINDS):
            continue
        answer = send(server, case, frozenset(wrong))
        assert (answer.status, answer.error) == expected(case, wrong[0]), wrong


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - {"create"}))
def test_when_nothing_is_wrong_it_is_done(server: Server, operation: str) -> None:
    """The requests above fail for what is wrong with them, and for nothing else."""
    assert send(server, OPERATIONS[operation], frozenset()).status in {200, 204}


def test_a_body_that_is_too_large_comes_after_its_type_and_before_its_content(
    server: Server,
) -> None:
    """413 above 50 MiB, be it JSON or not; one byte less is looked at."""
    case = OPERATIONS["replace"]
    path = f"{case.path.format(rid=rid_of('ranker'))}?preview=true"
    most = 50 * 1024**2
    as_json = {"Content-Type": "application/json"}

    too_large = server.ask("PUT", path, b"{" * (most + 1), headers=as_json)
    largest = server.ask("PUT", path, b"{" * most, headers=as_json)
    mistyped = server.ask("PUT", path, b"{" * (most + 1), headers={"Content-Type": "text/plain"})

    assert (too_large.status, too_large.error) == (413, "Default:RequestEntityTooLarge")
    assert (largest.status, largest.error) == (400, "Default:InvalidArgument")
    assert mistyped.status == 415


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        f"{API}/",
        API.lower(),
        f"{API}/{rid_of('ranker')}/",
        f"{API}/{rid_of('ranker')}/Start",
        f"{API}/{rid_of('ranker')}/start/",
        f"/{API}/{rid_of('ranker')}",
        f"{API}/../liveDeployments/{rid_of('ranker')}",
    ],
)
def test_what_is_no_route_is_404_without_a_body(server: Server, path: str) -> None:
    """Whatever the token; slashes and letters count."""
    for method in ("GET", "POST"):
        answer = server.ask(method, f"{path}?preview=true", token=None)
        assert (answer.status, answer.body) == (404, b""), method


def test_a_slash_that_is_escaped_does_not_part_segments(server: Server) -> None:
    """What stands around it is one identifier, which nothing has."""
    answer = server.ask("GET", f"{API}/{rid_of('ranker')}%2Fstart?preview=true")

    assert answer.error in {"Default:InvalidArgument", "LiveDeploymentNotFound"}


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE", "OPTIONS", "POST"])
def test_another_method_is_no_route(server: Server, method: str) -> None:
    """404 without a body, not 405."""
    answer = server.ask(method, f"{API}/{rid_of('ranker')}?preview=true")

    assert (answer.status, answer.body) == (404, b"")


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("true", 200),
        ("TRUE", 200),
        ("True", 200),
        ("1", 400),
        ("", 400),
        ("true&preview=true", 400),
    ],
)
def test_preview_is_true_in_any_case(server: Server, value: str, status: int) -> None:
    """Given once; every other text is false."""
    assert server.ask("GET", f"{API}/{rid_of('ranker')}?preview={value}").status == status


def test_every_error_has_an_identifier_of_its_own(server: Server) -> None:
    """A UUID, another one each time."""
    answers = [send(server, OPERATIONS["get"], frozenset({"existence"})).data for _ in range(2)]

    assert len({answer["errorInstanceId"] for answer in answers}) == 2
    assert answers[0]["errorCode"] == "NOT_FOUND"
    assert answers[0]["parameters"] == {"liveDeploymentRid": "ri.models.main.model.unknown"}


def test_attribution_must_be_identifiers(server: Server) -> None:
    """Of transformJson alone, which documents the header."""
    path = f"{API}/{rid_of('ranker')}/transformJson?preview=true"
    body = {"input": {"n": 1}}

    listed = server.ask("POST", path, body, headers={"attribution": "ri.a..b.c, ri.d..e.f"})
    answer = server.ask("POST", path, body, headers={"attribution": "me"})

    assert (listed.status, answer.status) == (200, 400)
    assert answer.error == "InvalidAttributionHeader"
    assert answer.data["parameters"] == {"header": "me"}
