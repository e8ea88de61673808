"""How the two processes end: with each other, when told, and one run in a directory at a time."""

import http.client
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from servers import PLATFORM, USUAL, Server, serving

AT_ONCE_S = 1.0
"""How soon a process must be gone whose other half was killed: a hundred times what it takes."""
HUGE = """
name: more replicas than can be built
horizon: 1h
deployments:
  - name: a
    initial: {responsive: 2000000}
    runtimeConfiguration: {minReplicas: 2000000, maxReplicas: 2000000, threadCount: 1}
"""
BUSY = """
name: many requests
horizon: 10h
deployments:
  - name: a
    initial: {responsive: 50}
    runtimeConfiguration: {minReplicas: 50, maxReplicas: 50, threadCount: 32}
    request: {wait: {kind: exponential, mean: 300ms}}
    traffic: [{kind: poisson, name: users, rate: 3000/s}]
"""


def children_of(pid: int) -> list[int]:
    """Return the numbers of the processes that a process has started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    if not listed.parent.parent.parent.exists():
        pytest.skip("child processes are listed in /proc, which is not here")
    return [int(child) for child in listed.read_text().split()]


def is_alive(pid: int) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def until(holds: Callable[[], bool], within_s: float) -> bool:
    """Return whether something holds within that time."""
    ends_at_s = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > ends_at_s:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def starting(file: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Give `sim serve` while it starts, and its simulating process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sim", "serve", str(file), "--port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | environment,
    )
    try:
        assert until(lambda: bool(children_of(process.pid)), 10.0)
        yield process, children_of(process.pid)[0]
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("wait_s", [0.0, 0.3, 1.5])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_simulating_process_that_builds_ends_with_its_server(
    tmp_path: Path, number: int, wait_s: float
) -> None:
    """While Python starts, imports, builds: killed with it, or ended by it when that is told to."""
    file = tmp_path / "huge.yaml"
    file.write_text(HUGE)

    with starting(file) as (server, worker):
        time.sleep(wait_s)
        assert is_alive(worker)
        server.send_signal(number)

        assert until(lambda: not is_alive(worker), AT_ONCE_S)
        assert server.wait(timeout=5) == (0 if number == signal.SIGTERM else -number)


def test_a_simulating_process_that_compiles_ends_with_its_server(tmp_path: Path) -> None:
    """To compile takes half a minute where no machine code is kept yet."""
    file = tmp_path / "busy.yaml"
    file.write_text(BUSY)

    with starting(file, NUMBA_CACHE_DIR=str(tmp_path / "empty")) as (server, worker):
        time.sleep(3.0)
        assert is_alive(worker)
        server.kill()

        assert until(lambda: not is_alive(worker), AT_ONCE_S)


def test_processes_that_compute_and_write_end_with_their_server(tmp_path: Path) -> None:
    """The simulating one amid requests, and the copy of it that writes a snapshot."""
    file = tmp_path / "busy.yaml"
    file.write_text(BUSY)
    with serving(file, "--speed", "30", "--run-dir", tmp_path / "run") as server:
        (worker,) = children_of(server.process.pid)
        assert until(lambda: server.ask("GET", "/sim/health").data["at_s"] > 30, 60.0)
        asking = threading.Thread(target=_ask_and_be_left, args=(server,))
        asking.start()
        assert until(lambda: bool(children_of(worker)), 10.0)
        (writer,) = children_of(worker)
        server.process.kill()

        assert until(lambda: not is_alive(worker) and not is_alive(writer), AT_ONCE_S)
        asking.join()
    assert not (tmp_path / "run" / "snapshots" / "0001").exists()  # whole or not at all


def _ask_and_be_left(server: Server) -> None:
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        server.ask("POST", "/sim/snapshot", {})


def test_when_the_simulating_process_dies_so_does_the_server() -> None:
    """By itself, with status 1 and a reason, so that a supervisor sees it."""
    with serving(PLATFORM) as server:
        (worker,) = children_of(server.process.pid)
        os.kill(worker, signal.SIGKILL)

        assert server.process.wait(timeout=5) == 1
        assert "the simulating process has ended with status -9" in server.log.read_text()


def test_when_it_dies_before_it_has_begun_it_is_told_too(tmp_path: Path) -> None:
    """Status 1 and not 2: nothing is wrong with what was asked for."""
    file = tmp_path / "huge.yaml"
    file.write_text(HUGE)
    with starting(file) as (server, worker):
        os.kill(worker, signal.SIGKILL)

        assert server.wait(timeout=5) == 1


def test_a_hangup_is_an_orderly_end(tmp_path: Path) -> None:
    """As when a terminal is closed: status 0, and the run can go on."""
    with serving(PLATFORM, "--run-dir", tmp_path / "run") as server:
        assert server.call("replace", body={"runtimeConfiguration": USUAL}).status == 200
        server.process.send_signal(signal.SIGHUP)
        assert server.process.wait(timeout=5) == 0

    with serving("--resume", tmp_path / "run"):
        pass


def test_nohup_is_respected() -> None:
    """Who has said that a hangup is to be ignored is obeyed."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # children inherit that
    try:
        with serving(PLATFORM) as server:
            server.process.send_signal(signal.SIGHUP)
            time.sleep(0.5)
            assert server.ask("GET", "/sim/health").status == 200
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_directory_has_one_run_at_a_time(tmp_path: Path) -> None:
    """A second server is refused with the number of the first; when that has ended it may go on."""
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "sim", "serve", "--port", "0"]
    with serving(PLATFORM, "--run-dir", folder) as server:
        (worker,) = children_of(server.process.pid)
        before = (folder / "journal.jsonl").read_bytes()
        asked = ([str(PLATFORM), "--run-dir", str(folder)], ["--resume", str(folder)])
        others = [
            subprocess.Popen(
                [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for options in asked
        ]
        for other in others:
            printed, complaint = other.communicate(timeout=30)
            assert (other.returncode, printed) == (2, "")
            assert re.search(rf"is in use: process {worker}\b", complaint)
        assert (folder / "journal.jsonl").read_bytes().startswith(before)
        assert server.call("get").status == 200

    with serving("--resume", folder) as server:
        assert server.call("get").status == 200


def test_a_run_can_go_on_as_soon_as_its_server_is_killed(tmp_path: Path) -> None:
    """The lock goes with the process, also while a snapshot is written."""
    folder = tmp_path / "run"
    with serving(PLATFORM, "--run-dir", folder) as server:
        assert server.call("replace", body={"runtimeConfiguration": USUAL}).status == 200
        server.process.kill()
        with serving("--resume", folder) as again:
            configuration = again.call("get").data["runtimeConfiguration"]
            assert configuration["threadCount"] == USUAL["threadCount"]


def test_a_full_disk_is_told_and_got_over(tmp_path: Path) -> None:
    """503 with the reason, which health has too; nothing was done, and it goes on with room."""
    folder = tmp_path / "run"
    body = {"runtimeConfiguration": USUAL | {"threadCount": 7}}
    with serving(PLATFORM, "--run-dir", folder) as server:
        (worker,) = children_of(server.process.pid)
        before = server.call("get").data
        hard = resource.prlimit(worker, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, hard))
        refused = server.call("replace", body=body)

        assert refused.status == 503
        assert "File too large; nothing was done" in refused.data["message"]
        assert server.call("get").data == before
        health = server.ask("GET", "/sim/health")
        assert health.status == 200
        assert "File too large" in health.data["trouble"]
        assert health.data["behind"] == (health.data["behind_s"] > 0)

        resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
        assert until(lambda: server.ask("GET", "/sim/health").data["trouble"] is None, 10.0)
        assert server.call("replace", body=body).status == 200
