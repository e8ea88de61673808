"""The Dockerfile: what it runs works in an environment of its own, and it can be built."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from sim.serve.http.tokens import digest_of

ROOT = Path(__file__).parent.parent
ENGINES = ("docker", "podman")


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile with what follows each, from top to bottom."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def shell(command: str, folder: Path, environment: Mapping[str, str]) -> int:
    """Run a command as a container would, with `sh`; return its exit status."""
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=dict(environment), check=False, timeout=900
    ).returncode


def environment_of(folder: Path) -> dict[str, str]:
    """Return what the Dockerfile's ENV says, on top of what finds Python and its packages here."""
    python = Path(sys.executable).parent
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    found = kept | {"PATH": f"{python}{os.pathsep}{os.environ['PATH']}"}
    for word, rest in instructions():
        if word == "ENV":
            found |= dict(re.findall(r"(\w+)=(\S*)", rest))
    scratch = {"HOME": str(folder / "home"), "NUMBA_CACHE_DIR": str(folder / "numba")}
    return found | scratch


def test_what_it_runs_serves_the_shipped_scenario(tmp_path: Path) -> None:
    """Its COPY and RUN lines in an empty folder, then CMD and the health check beside it."""
    for word, rest in instructions():
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                put = tmp_path / target / source if target.endswith("/") else tmp_path / target
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                copy(ROOT / source, put)
    (tmp_path / "home").mkdir()
    file = tmp_path / "tokens.yaml"
    file.write_text(f"tokens: [{{name: me, sha256: {digest_of('mine')}}}]\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environment = environment_of(tmp_path)
    for word, rest in instructions():
        if word == "RUN":
            assert shell(rest, tmp_path, environment) == 0, rest

    served = environment | {"TOKENS": str(file), "PORT": port}
    (command,) = (rest for word, rest in instructions() if word == "CMD")
    (check,) = (rest for word, rest in instructions() if word == "HEALTHCHECK")
    look = check.partition("CMD ")[2]
    assert shell(look, tmp_path, served) != 0
    process = subprocess.Popen(["sh", "-c", command], cwd=tmp_path, env=served)
    try:
        ends_at_s = time.monotonic() + 180
        while shell(look, tmp_path, served) != 0:
            assert process.poll() is None
            assert time.monotonic() < ends_at_s
            time.sleep(0.5)
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/sim/state", headers={"Authorization": "Bearer mine"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sim/state", timeout=10)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def answers(engine: str) -> bool:
    """Return whether a container engine is installed and running."""
    if shutil.which(engine) is None:
        return False
    return subprocess.run([engine, "info"], capture_output=True, check=False).returncode == 0


def test_it_can_be_built() -> None:
    """By the container engine that answers here."""
    engine = next(filter(answers, ENGINES), None)
    if engine is None:
        pytest.skip("building the image needs a container engine, docker or podman, that answers")

    done = subprocess.run([engine, "build", "--quiet", str(ROOT)], check=False, timeout=1800)

    assert done.returncode == 0
