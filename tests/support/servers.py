"""A served scenario as a client sees it: `sim serve` in processes of its own, on a free port."""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from sim.serve.http.tokens import digest_of

PLATFORM = Path(__file__).parents[1] / "serve" / "http" / "platform.yaml"
TOKEN = "a-token-of-the-tests"
TWO_USERS = f"""
tokens:
  - name: everything
    sha256: {digest_of(TOKEN)}
    permissions: {{"*": [view, replace, start, disable, execute]}}
    create: ["*"]
  - name: looker
    sha256: {digest_of("looker")}
    permissions: {{"*": [view]}}
"""
"""A tokens file: one who may do everything, by `TOKEN`, and one who may only look."""
API = "/api/v2/models/liveDeployments"
RANKER = "ri.foundry-ml-live.main.live-deployment.ranker"
USUAL = {
    "minReplicas": 1,
    "maxReplicas": 3,
    "cpu": 1.0,
    "memory": "256MiB",
    "threadCount": 32,
}


def rid_of(name: str) -> str:
    """Return the identifier of a deployment of `platform.yaml`."""
    return f"ri.foundry-ml-live.main.live-deployment.{name}"


@dataclass(frozen=True)
class Answer:
    """What an HTTP request was answered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The name of the error in the body, empty for none."""
        return str(self.data["errorName"]) if self.status >= 400 and self.body else ""


@dataclass
class Server:
    """A running server."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.address).netloc

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection of its own."""
        return http.client.HTTPConnection(self.host, timeout=60)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = TOKEN,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request; a body that is no bytes goes as JSON."""
        wanted = dict(headers or {})
        if token is not None:
            wanted.setdefault("Authorization", f"Bearer {token}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            wanted.setdefault("Content-Type", "application/json")
        connection = self.connection()
        try:
            connection.request(method, path, body=body, headers=wanted)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, response.read(), found)
        finally:
            connection.close()

    def call(self, operation: str, name: str = "ranker", body: object = None) -> Answer:
        """Carry out one of the API's operations on a deployment."""
        one = f"{API}/{rid_of(name)}"
        method, path = {
            "get": ("GET", one),
            "replace": ("PUT", one),
            "start": ("POST", f"{one}/start"),
            "disable": ("POST", f"{one}/disable"),
            "transformJson": ("POST", f"{one}/transformJson"),
            "create": ("POST", API),
        }[operation]
        return self.ask(method, f"{path}?preview=true", body)

    def until(self, name: str, state: str, *, within_s: float = 30.0) -> Mapping[str, Any]:
        """Return the deployment as soon as it reports `state`."""
        ends_at_s = time.monotonic() + within_s
        found: dict[str, Any] = self.call("get", name).data
        while found["status"]["state"] != state:
            assert time.monotonic() < ends_at_s, f"{name} has not become {state}: {found}"
            time.sleep(0.02)
            found = self.call("get", name).data
        return found

    def stopped(self) -> int:
        """Ask it to end, and return its exit status."""
        self.process.terminate()
        return self.process.wait(timeout=30)

    @classmethod
    def start(
        cls,
        *arguments: str | Path,
        log: Path,
        program: Sequence[str] = ("-m", "sim"),
        **environment: str,
    ) -> Self:
        """Start `sim serve` on a free port and wait until it serves.

        Args:
            arguments: Of `sim serve`.
            log: Where standard error goes.
            program: What Python runs.
            environment: Variables of the process besides those of this one.

        Raises:
            AssertionError: It does not.
        """
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, *program, "serve", "--port", "0", *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=errors,
                env=os.environ | environment,
            )
        assert process.stdout is not None
        found = re.fullmatch(rb"serving (\S+)\n", process.stdout.readline())
        if found is None:
            process.wait(timeout=30)
            process.stdout.close()
            raise AssertionError(log.read_text())
        return cls(found[1].decode(), process, log)


@contextmanager
def serving(
    *arguments: str | Path, program: Sequence[str] = ("-m", "sim"), **environment: str
) -> Iterator[Server]:
    """Give a server; `$SIM_TOKEN` is `TOKEN` unless told otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"SIM_TOKEN": TOKEN} | environment
        log = Path(folder) / "log"
        server = Server.start(*arguments, log=log, program=program, **environment)
        try:
            yield server
        finally:
            server.process.terminate()
            try:
                server.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()
            if server.process.stdout is not None:
                server.process.stdout.close()
