"""`sim pull`: a deployment read through the official SDK is a scenario that runs."""

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from servers import TOKEN, USUAL, Server, rid_of
from sim import load_scenario, simulate

RID = "ri.foundry-ml-live.main.live-deployment.f351c142-0e4c-4b12-adc2-6e1539737ae9"
SECRET = "a-very-secret-value"
SHOWN: dict[str, Any] = {
    "rid": RID,
    "modelVersion": {
        "modelRid": "ri.models.main.model.1",
        "modelVersionRid": "ri.models.main.model-version.1",
        "later": "field",
    },
    "branch": "feature/one: two # three",
    "runtimeConfiguration": {
        "minReplicas": 2,
        "maxReplicas": 3,
        "cpu": 1.5,
        "memory": "1.5 gIb",
        "gpu": {"count": 1, "type": "T4"},
        "threadCount": 32,
        "scalingConfiguration": {
            "scaleUpLoadThreshold": 0.5,
            "scaleUpDelay": {"value": 1, "unit": "MINUTES"},
            "scaleDownDelay": {"value": 2, "unit": "HOURS"},
        },
        "environmentVariables": {"A": SECRET, "B": SECRET, "C": 'other: {odd} "text"\n'},
        "sources": ["ri.magritte..source.1"],
        "aFieldOfTomorrow": 1,
    },
    "status": {"state": "ACTIVE", "isReady": True},
}


@contextmanager
def platform(status: int, body: bytes) -> Iterator[str]:
    """Give the address of a server that answers every GET so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def pull(
    host: str, *arguments: str | Path, rid: str = RID, token: str = "t"
) -> subprocess.CompletedProcess[str]:
    """Run `sim pull` against a platform on this machine."""
    environment = {key: value for key, value in os.environ.items() if "FOUNDRY" not in key}
    if token:
        environment["FOUNDRY_TOKEN"] = token
    command = [sys.executable, "-m", "sim", "pull", "--hostname", host, "--rid", rid]
    return subprocess.run(
        [*command, "--scheme", "http", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
    )


def test_a_pulled_deployment_is_a_scenario(tmp_path: Path) -> None:
    """Word for word its configuration, but for values of environment variables and what is new."""
    file = tmp_path / "pulled.yaml"
    with platform(200, json.dumps(SHOWN).encode()) as host:
        done = pull(host, "--out", file)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"wrote {file}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SECRET not in file.read_text()
    scenario = load_scenario(file)
    (found,) = scenario.deployments
    wanted = {k: v for k, v in SHOWN["runtimeConfiguration"].items() if k != "aFieldOfTomorrow"}
    assert found.runtime_configuration.to_wire() == wanted | {
        "environmentVariables": {"A": "***1", "B": "***1", "C": "***2"}
    }
    assert (found.rid, found.branch) == (RID, SHOWN["branch"])
    assert found.initial.responsive_count == 2
    assert simulate(scenario).summary()["deployments"][0]["name"] == "pulled"


def test_values_are_written_when_asked_for() -> None:
    """To stdout, where there is no file."""
    with platform(200, json.dumps(SHOWN).encode()) as host:
        done = pull(host, "--with-values")

    assert done.returncode == 0
    assert SECRET in done.stdout


@pytest.mark.parametrize(
    ("status", "initial"),
    [
        ({"state": "DISABLED", "isReady": False}, "disabled"),
        ({"state": "STARTING", "isReady": False}, "cold"),
        ({"state": "DEGRADED", "isReady": True}, "{responsive: 2}"),
    ],
    ids=["disabled", "starting", "degraded"],
)
def test_the_status_becomes_the_initial_condition(status: dict[str, Any], initial: str) -> None:
    """As far as it tells."""
    with platform(200, json.dumps(SHOWN | {"status": status}).encode()) as host:
        assert f"initial: {initial} #" in pull(host).stdout


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, b"", "ApiNotFoundError"),
        (500, b"<html>" + SECRET.encode(), "SDKInternalError"),
        (200, b'{"rid": "' + SECRET.encode() + b'"}', "ValidationError"),
        (
            400,
            b'{"errorCode":"INVALID_ARGUMENT","errorName":"UnsupportedLiveDeployment",'
            b'"errorInstanceId":"3","parameters":{}}',
            "UnsupportedLiveDeployment",
        ),
    ],
    ids=["no api", "html", "another object", "refused"],
)
def test_what_the_platform_refuses_is_told_in_a_word(status: int, body: bytes, words: str) -> None:
    """Status 2, one line on stderr, nothing of what was answered."""
    with platform(status, body) as host:
        done = pull(host)

    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert SECRET not in done.stderr


def test_bad_input_is_told(tmp_path: Path) -> None:
    """No token, no identifier, nobody there, a file that is there already."""
    file = tmp_path / "there.yaml"
    file.write_text("mine")
    for done, words in (
        (pull("127.0.0.1:1", token=""), "FOUNDRY_TOKEN"),
        (pull("127.0.0.1:1", rid="x"), "resource identifier"),
        (pull("127.0.0.1:1"), "ConnectionError"),
        (pull("127.0.0.1:1", "--out", file), "--force"),
        (pull("127.0.0.1:1", "--out", file, "--force"), "ConnectionError"),
    ):
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert file.read_text() == "mine"


def test_it_works_against_a_served_scenario(server: Server) -> None:
    """The endpoint of this very program."""
    done = pull(server.host, rid=rid_of("off"), token=TOKEN)

    assert done.returncode == 0
    assert "initial: disabled" in done.stdout
    assert f"threadCount: {USUAL['threadCount']}" in done.stdout
