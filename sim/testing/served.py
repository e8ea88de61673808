"""A scenario that is served for a test, with who talks to it ready to do so.

Owns the process: it is this one's Python with `sim serve` on a free port of this machine, and it
ends with the test, or with the process that runs the tests, however that ends.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest

from sim.errors import SimError

if TYPE_CHECKING:
    from foundry_sdk.v2 import FoundryClient

START_S: Final = 120.0
"""How long a server may take to start; compiling the engine the first time takes half a minute."""
STOP_S: Final = 10.0
LOOK_S: Final = 0.02
"""Real seconds between two looks at something that is awaited."""
ANSWER_S: Final = 120.0
"""How long an answer may take."""

_PROGRAM: Final = """
import os, signal, threading
def end_with_parent():
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_parent, daemon=True).start()
import sys
from sim.__main__ import main
sys.exit(main())
"""
"""`sim` that ends in order when its standard input does, which is this process's to hold."""


class NotServedError(SimError):
    """A scenario was not served, or a served one did not do as it was told."""


@dataclass
class Served:
    """A scenario that is being served.

    Attributes:
        address: Such as ``http://127.0.0.1:40123``.
        token: One that may do everything.
    """

    address: str
    token: str
    _process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def hostname(self) -> str:
        """Host and port, as the SDK takes them."""
        return self.address.removeprefix("http://")

    @cached_property
    def client(self) -> "FoundryClient":
        """The official SDK's client; needs the extra `foundry`."""
        import foundry_sdk  # noqa: PLC0415 - only who asks for it has it
        from foundry_sdk.v2 import FoundryClient  # noqa: PLC0415 - likewise

        return FoundryClient(
            auth=foundry_sdk.UserTokenAuth(self.token),
            hostname=self.hostname,
            config=foundry_sdk.Config(scheme="http"),
        )

    def get(self, path: str) -> Any:
        """Return what GET *path* answers, as JSON.

        Raises:
            NotServedError: It is no success; the error tells the answer.
        """
        return self._ask("GET", path)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return what POST *path* answers, as JSON, such as of `/sim/step`.

        Raises:
            NotServedError: It is no success; the error tells the answer.
        """
        return self._ask("POST", path, body or {})

    def rid(self, name: str) -> str:
        """Return the identifier of the deployment that the scenario calls *name*.

        Raises:
            NotServedError: There is none.
        """
        for one in self.get("/sim/state")["deployments"]:
            if one["name"] == name:
                return str(one["rid"])
        raise NotServedError(f"the scenario has no deployment {name!r}")

    def requests(self, *, after: int = 0) -> list[dict[str, Any]]:
        """Return the newest calls of the API, the oldest first, with numbers above *after*."""
        return list(self.get(f"/sim/requests?after={after}")["calls"])

    def until_ready(self, *, within_s: float = 60.0) -> None:
        """Wait until every deployment that is not disabled serves.

        Raises:
            NotServedError: After *within_s* real seconds some does not.
        """
        ends_at_s = time.monotonic() + within_s
        while (said := self._ask("GET", "/sim/ready", also=503)) and not said["ready"]:
            if time.monotonic() > ends_at_s:
                waiting = ", ".join(said.get("waiting_for", ())) or said.get("message")
                raise NotServedError(f"not ready after {within_s:g} s: {waiting}")
            time.sleep(LOOK_S)

    def stop(self) -> None:
        """End the server: by asking, then by force."""
        process = self._process
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _ask(self, method: str, path: str, body: object = None, *, also: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.address + path, data=data, headers=headers, method=method
        )
        try:
            with _OPENER.open(request, timeout=ANSWER_S) as response:
                text, status = response.read(), response.status
        except urllib.error.HTTPError as error:
            with error:
                text, status = error.read(), error.code
        if not (200 <= status < 300 or status == also):
            raise NotServedError(f"{method} {path} is answered {status}: {text.decode()[:1000]}")
        return json.loads(text) if text else None


_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks this machine without a detour through a proxy of the environment."""


@contextmanager
def serving(
    scenario: str | Path | Mapping[str, Any],
    *options: str,
    speed: float | Literal["max"] = 60,
) -> Iterator[Served]:
    """Serve *scenario* until the block ends.

    Args:
        scenario: A file, or what a file would hold.
        options: More of `sim serve`'s.
        speed: Simulated seconds per second.

    Raises:
        NotServedError: It cannot be served; the error tells what `sim serve` says.
    """
    with tempfile.TemporaryDirectory(prefix="sim-served-") as folder:
        file = _file_of(scenario, Path(folder))
        served = _started([str(file), "--speed", str(speed), *options], Path(folder) / "stderr")
        try:
            yield served
        finally:
            served.stop()


Serve = Callable[..., Served]
"""Serves a scenario, with the arguments of `serving`, to the end of the test."""


@pytest.fixture
def served_scenario() -> Iterator[Serve]:
    """Give a function that serves a scenario, as `serving` does, until the test is over."""
    with ExitStack() as stack:

        def serve(
            scenario: str | Path | Mapping[str, Any],
            *options: str,
            speed: float | Literal["max"] = 60,
        ) -> Served:
            return stack.enter_context(serving(scenario, *options, speed=speed))

        yield serve


def _file_of(scenario: str | Path | Mapping[str, Any], folder: Path) -> Path:
    """Return the file of *scenario*, written into *folder* if it is none."""
    if isinstance(scenario, str | Path):
        return Path(scenario)
    file = folder / "scenario.json"
    file.write_text(json.dumps(scenario), encoding="utf-8")
    return file


def _started(arguments: Sequence[str], errors: Path) -> Served:
    """Return a server that accepts connections.

    Raises:
        NotServedError: There is none; the error tells what was said on stderr.
    """
    token = secrets.token_urlsafe()
    with errors.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, "serve", "--port", "0", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=os.environ | {"SIM_TOKEN": token},
        )
    patience = threading.Timer(START_S, process.kill)
    patience.start()
    line = b"" if process.stdout is None else process.stdout.readline()
    patience.cancel()
    found = re.fullmatch(r"serving (\S+)\n", line.decode())
    served = Served("" if found is None else found[1], token, process)
    if found is None:
        served.stop()
        raise NotServedError(f"sim serve has not begun: {errors.read_text().strip()}")
    return served
