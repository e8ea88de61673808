"""The simulator's own routes, who may use them, and how `sim serve` begins and ends."""

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from servers import API, PLATFORM, RANKER, TOKEN, USUAL, Server, rid_of, serving
from sim.serve.http.tokens import digest_of

TOKENS = f"""
tokens:
  - name: everything
    sha256: {digest_of(TOKEN)}
    permissions: {{"*": [view, replace, start, disable, execute]}}
  - name: reader
    sha256: {digest_of("reader")}
    scopes: [api:models-read]
    permissions: {{{rid_of("ranker")}: [view]}}
clients:
  - client_id: bot
    secret_sha256: {digest_of("bot's secret")}
    scopes: [api:models-read, api:models-write]
    permissions: {{"*": [view]}}
limits: {{requests_per_minute: 30, concurrent: 5}}
"""


def events(server: Server, *, last: str | None = None) -> Generator[dict[str, Any], None, None]:
    """Yield the events of the stream, with their numbers and names, as they come."""
    connection = server.connection()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    connection.request(
        "GET", "/sim/events", headers=headers | ({"Last-Event-ID": last} if last else {})
    )
    response = connection.getresponse()
    assert response.headers["content-type"].startswith("text/event-stream")
    number = name = ""
    try:
        while line := response.readline().decode():
            key, _, value = line.strip().partition(": ")
            if key == "id":
                number = value
            elif key == "event":
                name = value
            elif key == "data":
                yield json.loads(value) | {"number": number, "name": name}
    finally:
        connection.close()


def test_what_happens_is_told_while_it_happens(server: Server) -> None:
    """A kill in the stream, and again for a reader that comes back with an earlier number."""
    stream = events(server, last="0")
    server.ask("POST", "/sim/fault", {"event": "kill", "deployment": "endless", "replicas": "all"})
    found = next(event for event in stream if event.get("reason") == "killed by a fault")
    stream.close()

    assert (found["kind"], found["deployment"]) == ("replica", "endless")
    again = events(server, last=str(int(found["number"]) - 1))
    assert next(again) == found
    again.close()


def test_an_event_is_named_by_its_kind(server: Server) -> None:
    """So that a browser can listen to those of one kind alone."""
    stream = events(server, last="0")
    server.ask("POST", "/sim/fault", {"event": "kill", "deployment": "endless", "replicas": "all"})
    wanted = {"replica", "decision", "status"}
    while wanted:
        event = next(stream)
        assert event["name"] == event["kind"]
        wanted.discard(event["name"])
    stream.close()


def test_traffic_can_be_added(server: Server) -> None:
    """A Poisson process of requests, which are counted when they have arrived."""
    before = counts(server, "ranker")["arrived"]

    said = server.ask(
        "POST", "/sim/traffic", {"deployment": "ranker", "rate_per_s": 100, "for_s": 10}
    )

    assert said.status == 200
    assert 850 < said.data["requests"] < 1150  # 1000 expected, 5 standard deviations nearly
    ends_at_s = time.monotonic() + 20
    while counts(server, "ranker")["arrived"] < before + said.data["requests"]:
        assert time.monotonic() < ends_at_s
        time.sleep(0.02)


def counts(server: Server, name: str) -> dict[str, Any]:
    """Return the counts of a deployment."""
    state = server.ask("GET", "/sim/state").data["deployments"]
    return dict(next(one["counts"] for one in state if one["name"] == name))


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/sim/speed", {"speed": 0}, "above 0"),
        ("/sim/speed", {"speed": "quick"}, "max"),
        ("/sim/speed", {}, "missing"),
        ("/sim/speed", {"speed": 1, "more": 1}, "unknown"),
        ("/sim/step", {"for_s": "1s"}, "wrong type"),
        ("/sim/pause", [], "object"),
        ("/sim/traffic", {"deployment": "x", "rate_per_s": 1, "for_s": 1}, "no deployment"),
        ("/sim/fault", {"event": "kill"}, "deployment"),
        (
            "/sim/fault",
            {
                "event": "publish",
                "deployment": "ranker",
                "model_load": {"kind": "empirical", "path": "/etc/passwd", "column": "x"},
            },
            "values only",
        ),
        ("/sim/snapshot", {}, "--run-dir"),
    ],
    ids=str,
)
def test_commands_that_make_no_sense(server: Server, path: str, body: Any, words: str) -> None:
    """400, with a message that says why."""
    answer = server.ask("POST", path, body)

    assert answer.status == 400
    assert words in answer.data["message"]


def test_metrics_are_in_the_format_of_prometheus(server: Server) -> None:
    """Without a token; names and units as is usual there, and the server's own answers."""
    server.call("get")

    answer = server.ask("GET", "/metrics", token=None)

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    text = answer.body.decode()
    for line in (
        'sim_deployment_ready{deployment="ranker"} 1.0',
        'sim_deployment_replicas{deployment="ranker",state="RESPONSIVE"} 1.0',
        "# TYPE sim_deployment_requests_arrived_total counter",
        "# TYPE sim_simulated_time_seconds gauge",
        'sim_http_request_duration_seconds_count{operation="get"}',
    ):
        assert line in text


def test_what_needs_no_token(server: Server) -> None:
    """Health, metrics and the description; nothing else."""
    for path in ("/sim/health", "/metrics", "/docs", "/openapi.json"):
        assert server.ask("GET", path, token=None).status == 200
    assert server.ask("GET", "/sim/ready", token=None).data.keys() == {
        "ready",
        "waiting_for",
        "at_s",
    }
    seen = ("requests", "state", "queues", "decisions", "events", "lint")
    for path in (f"/sim/{name}" for name in seen):
        assert server.ask("GET", path, token=None).error == "MissingCredentials"


def test_lint_judges_what_was_commanded(server: Server) -> None:
    """A publish whose model takes more memory than there is; the API itself took it."""
    before = server.ask("GET", "/sim/lint").data
    event = {"event": "publish", "deployment": "fragile", "model_memory": "1GiB"}
    assert server.ask("POST", "/sim/fault", event).status == 200

    after = server.ask("GET", "/sim/lint").data

    assert before["schema"] == after["schema"] == "sim-lint/1"
    new = [finding for finding in after["findings"] if finding not in before["findings"]]
    assert {(finding["rule"], finding["line"]) for finding in new} == {("model-never-fits", None)}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server with a tokens file and limits."""
    file: Path = tmp_path_factory.mktemp("tokens") / "tokens.yaml"
    file.write_text(TOKENS)
    with serving(PLATFORM, "--tokens", file) as found:
        yield found


def test_the_simulator_s_own_routes_take_every_scope(guarded: Server) -> None:
    """A reader of the API may not look behind it."""
    answer = guarded.ask("GET", "/sim/state", token="reader")

    assert (answer.status, answer.error) == (403, "ApiUsageDenied")
    assert answer.data["parameters"]["missingScope"] in {"api:models-write", "api:models-execute"}


def test_what_may_not_be_seen_is_not_found(guarded: Server) -> None:
    """get, list and the error are those of what does not exist."""
    path = f"{API}/{rid_of('off')}?preview=true"

    hidden = guarded.ask("GET", path, token="reader")

    assert (hidden.status, hidden.error) == (404, "LiveDeploymentNotFound")
    assert guarded.ask("GET", path).status == 200


def token_of(server: Server, form: str, **headers: str) -> Any:
    """Ask for a token with a form."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"} | headers
    path = "/multipass/api/oauth2/token"
    return server.ask("POST", path, form.encode(), token=None, headers=kind)


def test_a_client_gets_a_token(guarded: Server) -> None:
    """Good for what it asked, and for no more than the client; ended by revoking it."""
    form = "grant_type=client_credentials&client_id=bot&client_secret=bot%27s+secret"

    answer = token_of(guarded, f"{form}&scope=api:models-read+offline_access")

    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.data["token_type"] == "bearer"
    token = answer.data["access_token"]
    path = f"{API}/{RANKER}"
    assert guarded.ask("GET", f"{path}?preview=true", token=token).status == 200
    started = guarded.ask("POST", f"{path}/start?preview=true", token=token)
    assert started.data["parameters"] == {"missingScope": "api:models-write"}
    revoked = guarded.ask(
        "POST",
        "/multipass/api/oauth2/revoke_token",
        f"{form}&token={token}".encode(),
        token=None,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert revoked.status == 200
    assert guarded.ask("GET", f"{path}?preview=true", token=token).status == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ("grant_type=client_credentials&client_id=bot&client_secret=x", 401, "invalid_client"),
        ("grant_type=client_credentials&client_id=me&client_secret=x", 401, "invalid_client"),
        ("client_id=bot&client_secret=bot%27s+secret", 400, "invalid_request"),
        (
            "grant_type=password&client_id=bot&client_secret=bot%27s+secret",
            400,
            "unsupported_grant_type",
        ),
        (
            "grant_type=client_credentials&client_id=bot&client_secret=bot%27s+secret"
            "&scope=api:models-execute",
            400,
            "invalid_scope",
        ),
        ("a=1&a=2", 400, "invalid_request"),
    ],
    ids=str,
)
def test_who_gets_no_token(guarded: Server, form: str, status: int, error: str) -> None:
    """The standard's errors."""
    answer = token_of(guarded, form)

    assert (answer.status, answer.data["error"]) == (status, error)


def test_a_user_who_asks_too_much_is_told_when_to_come_again(guarded: Server) -> None:
    """429 without a body, for this user alone; the request was not executed."""
    answers = [
        guarded.ask("GET", f"{API}/{RANKER}?preview=true", token="reader") for _ in range(40)
    ]

    last = answers[-1]
    assert (last.status, last.body) == (429, b"")
    assert 1 <= int(last.headers["retry-after"]) <= 60
    assert sum(answer.status == 200 for answer in answers) <= 30
    assert guarded.ask("GET", f"{API}/{RANKER}?preview=true").status == 200


def sim(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `sim`."""
    return subprocess.run(
        [sys.executable, "-m", "sim", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.yaml",), "no such file"),
        ((PLATFORM, "--host", "0.0.0.0"), "--tokens"),
        ((PLATFORM, "--speed", "fast"), "max"),
        ((PLATFORM, "--allow-host", "http://sim.example.org"), "name of a host"),
        ((PLATFORM, "--tokens", PLATFORM), "platform.yaml"),
        ((PLATFORM, "--host", "256.0.0.1"), "--tokens"),
        ((PLATFORM, "--resume", "a", "--run-dir", "b"), "--run-dir"),
        (("--resume", "nowhere"), "no journal"),
        ((), "SCENARIO"),
    ],
    ids=str,
)
def test_what_cannot_be_served_is_told(arguments: tuple[Any, ...], words: str) -> None:
    """One message on stderr, status 2, nothing on stdout."""
    done = sim("serve", "--port", "0", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told(server: Server) -> None:
    """Before anything is simulated."""
    done = sim("serve", PLATFORM, "--port", server.host.split(":")[1])

    assert done.returncode == 2
    assert "cannot listen" in done.stderr


def test_without_tokens_one_is_made_and_shown_with_a_put() -> None:
    """Ready to paste: the shell does it as it stands."""
    with serving(PLATFORM, SIM_TOKEN="") as server:
        assert server.process.stdout is not None
        token = server.process.stdout.readline().decode().split()[1]
        command = server.process.stdout.readline().decode()

        assert server.ask("GET", f"{API}/{RANKER}?preview=true", token=token).status == 200
        assert command.startswith("curl -X PUT ")
        assert f"Bearer {token}" in command
        assert RANKER in command
        assert token not in server.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order(tmp_path: Path, number: int) -> None:
    """Status 0, calls that wait answered 500, the journal whole, and to be resumed."""
    folder = tmp_path / "run"
    with serving(PLATFORM, "--run-dir", folder) as server:
        body = {"runtimeConfiguration": USUAL | {"threadCount": 5}}
        server.call("replace", body=body)
        waiting = http.client.HTTPConnection(server.host, timeout=30)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        path = f"{API}/{rid_of('endless')}/transformJson?preview=true"
        waiting.request("POST", path, b'{"input":{}}', headers=headers)
        time.sleep(0.5)
        server.process.send_signal(number)
        answer = waiting.getresponse()
        assert (answer.status, json.load(answer)["errorName"]) == (500, "Default:Internal")
        waiting.close()
        assert server.process.wait(timeout=30) == 0

    with serving("--resume", folder) as server:
        assert server.call("get").data["runtimeConfiguration"]["threadCount"] == 5


def test_a_made_token_opens_what_it_was_made_for(tmp_path: Path) -> None:
    """The entry of `sim token` is good in a tokens file; the secret is shown once, on stderr."""
    done = sim("token", "me", "--scope", "api:models-read", "--allow", f"{RANKER}=view")
    token = done.stderr.split()[-1]
    file = tmp_path / "tokens.yaml"
    file.write_text("tokens:\n" + done.stdout)

    assert token not in done.stdout
    with serving(PLATFORM, "--tokens", file) as server:
        assert server.ask("GET", f"{API}/{RANKER}?preview=true", token=token).status == 200
        other = server.ask("GET", f"{API}/{rid_of('off')}?preview=true", token=token)
        assert other.status == 404


@pytest.mark.parametrize(
    "arguments",
    [("a/b",), ("me", "--allow", "x=view"), ("me", "--allow", "*=fly"), ("me", "--create", "x")],
    ids=str,
)
def test_a_token_that_makes_no_sense_is_refused(arguments: tuple[str, ...]) -> None:
    """Status 2, and no entry."""
    done = sim("token", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
