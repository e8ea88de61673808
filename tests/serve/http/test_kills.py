"""Kill -9 at random instants: what was answered is in the run that goes on, and nothing twice."""

import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from serve.http.test_ends import children_of

from servers import PLATFORM, RANKER, USUAL, Server, rid_of, serving
from sim.serve.simulating import journal as journals
from sim.serve.simulating.chain import Chain
from sim.serve.simulating.commands import replay
from sim.serve.simulating.journal import JOURNAL_FILE, Earlier
from sim.serve.simulating.shown import Views
from sim.serve.simulating.world import World

CLIENTS = 3
STILL = "1e-9"
"""A speed at which time stands still for all that can be seen."""


class Clients:
    """Clients that command without a pause, and know what they were answered."""

    def __init__(self, server: Server, first: int) -> None:
        """Begin, with Replaces numbered from `first`."""
        self._server = server
        self._lock = threading.Lock()
        self._next = first
        self.acknowledged: set[int] = set()
        self._threads = [threading.Thread(target=self._go_on) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def end(self) -> int:
        """Wait until no client is answered any more; return the number after the last."""
        for thread in self._threads:
            thread.join()
        return self._next

    def _go_on(self) -> None:
        try:
            while self._command():
                pass
        except (OSError, http.client.HTTPException):
            pass

    def _command(self) -> bool:
        with self._lock:
            number, self._next = self._next, self._next + 1
        wire = USUAL | {"environmentVariables": {"NUMBER": str(number)}}
        status = self._server.call("replace", body={"runtimeConfiguration": wire}).status
        if status == 200:
            self.acknowledged.add(number)
        return status == 200


def kill(server: Server, draw: random.Random) -> None:
    """Kill one process or both, and wait until they are gone."""
    (worker,) = children_of(server.process.pid)
    whom = draw.choice(["server", "worker", "both"])
    if whom != "server":
        os.kill(worker, signal.SIGKILL)
    if whom != "worker":
        server.process.kill()
    server.process.wait(timeout=10)


def read(folder: Path) -> Earlier:
    """Read a copy of a run's directory, which a server may be using."""
    copy = folder.parent / "copy"
    shutil.copytree(folder, copy)
    try:
        earlier, journal = journals.resume(copy)
        journal.close()
        return earlier
    finally:
        shutil.rmtree(copy)


def numbers_in(earlier: Earlier) -> list[int]:
    """Return the numbers of the Replaces of a run, in order."""
    return [
        int(entry["runtimeConfiguration"]["environmentVariables"]["NUMBER"])
        for entry in earlier.entries
        if entry["do"] == "replace"
    ]


def require_same(server: Server, earlier: Earlier) -> None:
    """Check that a server which goes on is where an uninterrupted run of its journal leads."""
    world = World(earlier.scenario)
    replay(world, earlier.entries)
    state: dict[str, Any] = server.ask("GET", "/sim/state").data
    assert state["at_s"] == pytest.approx(world.at_s, abs=1e-6)
    world.advance(state["at_s"])  # so little, and yet what is due at the last entry's instant
    view = Views(world).view()
    for mine, theirs in zip(view["deployments"], state["deployments"], strict=True):
        assert mine["counts"] == theirs["counts"]
        assert mine["replicas"] == theirs["replicas"]
    served = server.call("get").data["runtimeConfiguration"]
    assert served == world.served[RANKER].to_wire()["runtimeConfiguration"]


def killed(folder: Path, *, times: int, seed: int) -> None:
    """Kill a server so often, each time amid commands; it goes on at once in its directory."""
    draw = random.Random(seed)
    acknowledged: set[int] = set()
    first = 0
    arguments: list[Any] = [PLATFORM, "--run-dir", folder]
    for _ in range(times):
        with serving(*arguments, "--speed", STILL) as server:
            require_kept(server, folder, acknowledged)
            arguments = ["--resume", folder]
            speed = draw.choice([60, 600, "max"])
            assert server.ask("POST", "/sim/speed", {"speed": speed}).status == 200
            clients = Clients(server, first)
            threading.Event().wait(draw.uniform(0.0, 0.8))
            kill(server, draw)
            first = clients.end()
            acknowledged |= clients.acknowledged
    with serving(*arguments, "--speed", STILL) as server:
        require_kept(server, folder, acknowledged)
    assert acknowledged


def require_kept(server: Server, folder: Path, acknowledged: set[int]) -> None:
    """Check that what was acknowledged is in the run that goes on, nothing twice, all as it was."""
    earlier = read(folder)
    numbers = numbers_in(earlier)
    assert acknowledged <= set(numbers)
    assert len(numbers) == len(set(numbers))
    require_same(server, earlier)


@pytest.mark.parametrize("seed", [1, 2])
def test_five_kills(tmp_path: Path, seed: int) -> None:
    """In CI, so that there are ten."""
    killed(tmp_path / "run", times=5, seed=seed)


@pytest.mark.exhaustive
def test_a_hundred_kills(tmp_path: Path) -> None:
    """When asked for: in chains of ten, so that no run grows without end."""
    for seed in range(10):
        killed(tmp_path / str(seed) / "run", times=10, seed=100 + seed)


def run_dir(folder: Path) -> Path:
    """Return the directory of a run that has served, with a Replace and a disabling."""
    with serving(PLATFORM, "--run-dir", folder / "run") as server:
        assert server.call("replace", body={"runtimeConfiguration": USUAL}).status == 200
        assert server.call("disable").status == 204
        assert server.stopped() == 0
    return folder / "run"


def resumed(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Try to resume, by the command line."""
    command = [sys.executable, "-m", "sim", "serve", "--port", "0", "--resume", str(folder)]
    return subprocess.run([*command, *options], capture_output=True, text=True, timeout=60)


def rewritten(folder: Path, change: Callable[[int, dict[str, Any]], dict[str, Any]]) -> None:
    """Write a journal anew with its entries changed and right checksums."""
    path, chain, text = folder / JOURNAL_FILE, Chain(), b""
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        said = json.loads(line)
        del said["n"], said["sum"]
        new, chain = chain.line(change(number, said))
        text += new
    path.write_bytes(text)


def test_a_journal_that_was_changed_is_refused(tmp_path: Path) -> None:
    """With file and line on stderr, status 2, and every file as it was."""
    folder = run_dir(tmp_path)
    path = folder / JOURNAL_FILE
    path.write_bytes(path.read_bytes().replace(b'"do":"replace"', b'"do":"replacE"'))
    before = {one: one.read_bytes() for one in folder.iterdir()}

    done = resumed(folder)

    assert (done.returncode, done.stdout) == (2, "")
    line = path.read_bytes().partition(b"replacE")[0].count(b"\n") + 1
    assert f"{path}:{line}: is not what was written" in done.stderr
    assert {one: one.read_bytes() for one in folder.iterdir()} == before


def test_an_entry_that_cannot_be_carried_out_is_refused(tmp_path: Path) -> None:
    """Its checksum is right, and what it says was possible once; nothing is changed."""
    folder = run_dir(tmp_path)
    unknown = rid_of("nobody")
    rewritten(folder, lambda _, said: {**said, "rid": unknown} if "rid" in said else said)
    before = {one: one.read_bytes() for one in folder.iterdir()}

    done = resumed(folder)

    assert done.returncode == 2
    path = folder / JOURNAL_FILE
    line = path.read_bytes().partition(b'"do":"replace"')[0].count(b"\n") + 1
    assert f"{path}:{line}: replace cannot be carried out" in done.stderr
    assert {one: one.read_bytes() for one in folder.iterdir()} == before


def test_the_run_of_another_version_goes_on_if_told_to(tmp_path: Path) -> None:
    """Refused without; with --resume-anyway in a new journal, which this version resumes."""
    folder = run_dir(tmp_path)
    rewritten(folder, lambda number, said: {**said, "sim": "0.0.1"} if number == 1 else said)
    old = (folder / JOURNAL_FILE).read_bytes()

    done = resumed(folder)
    assert done.returncode == 2
    assert f"{folder / JOURNAL_FILE}:1: sim 0.0.1 with numpy" in done.stderr
    assert "--resume-anyway" in done.stderr
    assert (folder / JOURNAL_FILE).read_bytes() == old

    with serving("--resume", folder, "--resume-anyway") as server:
        threads = server.call("get").data["runtimeConfiguration"]["threadCount"]
        assert threads == USUAL["threadCount"]
    assert (folder / "journal-1.jsonl").read_bytes() == old
    with serving("--resume", folder):
        pass


def test_resume_anyway_needs_something_to_resume() -> None:
    """Alone it says nothing."""
    command = [sys.executable, "-m", "sim", "serve", str(PLATFORM), "--resume-anyway"]
    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 2
    assert "--resume DIR" in done.stderr
