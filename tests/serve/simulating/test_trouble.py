"""A disk that is full, and one that has room again; a run that begins again; what is private."""

import json
import resource
import signal
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from serve.simulating.test_worker import CONFIGURATION, RID, SCENARIO, shown

from live_workers import Process, working
from sim.serve.simulating.journal import JOURNAL_FILE

KILL = {"event": "kill", "deployment": "ranker", "replicas": "all"}
COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("replace", {"rid": RID, "runtimeConfiguration": CONFIGURATION | {"threadCount": 2}}),
    ("start", {"rid": RID}),
    ("disable", {"rid": RID}),
    ("event", {"event": KILL}),
    ("traffic", {"deployment": "ranker", "rate_per_s": 5, "for_s": 5}),
    ("infer", {"rid": RID, "input": {}}),
    ("pause", {}),
    ("resume", {}),
    ("step", {"for_s": 1}),
    ("speed", {"speed": 2}),
    ("reset", {}),
    (
        "create",
        {
            "type": "objective",
            "modelRid": "ri.models.main.model.1",
            "runtimeConfiguration": CONFIGURATION,
        },
    ),
]
"""Every command that is written down."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a scenario file: one deployment, which starts in 2 s."""
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO.replace("    rid:", "    model_rid: ri.models.main.model.1\n    rid:"))
    return path


def bounded(worker: Process, size: int) -> None:
    """Let no file of the process grow above a size: writing more fails, as on a disk that is full.

    `resource.RLIM_INFINITY` makes room again.
    """
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux bounds the files of another process")
    hard = resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.parametrize("room", [0, 1, 40], ids="{} bytes left".format)
def test_on_a_full_disk_commands_are_refused_and_change_nothing(
    file: Path, tmp_path: Path, room: int
) -> None:
    """With the reason, which the view has too; with room again it goes on by itself."""
    folder = tmp_path / "run"
    with working(file, "--speed", "1", "--run-dir", folder) as worker:
        worker.ask("pause")
        worker.ask("replace", rid=RID, runtimeConfiguration=CONFIGURATION)
        path = folder / JOURNAL_FILE
        written = path.read_bytes()
        before = worker.view
        bounded(worker, len(written) + room)

        for do, fields in COMMANDS:
            said = worker.ask(do, **fields)
            assert said["status"] == 503, do
            assert "File too large; nothing was done" in said["refused"], do
        assert "File too large" in worker.until_shown()["trouble"]
        assert shown(worker.view) | {"trouble": None} == shown(before)
        assert path.read_bytes() == written

        bounded(worker, resource.RLIM_INFINITY)
        while worker.until_shown()["trouble"] is not None:
            pass  # it looks by itself whether there is room
        for do, fields in COMMANDS[:2]:
            assert "ok" in worker.ask(do, **fields)
        after = worker.view
        worker.process.send_signal(signal.SIGKILL)
        worker.process.wait()

    with working("--resume", folder) as worker:
        assert shown(worker.view) == shown(after)


def test_a_snapshot_for_which_there_is_no_room_says_so(file: Path, tmp_path: Path) -> None:
    """And leaves nothing behind; the next one has its number."""
    folder = tmp_path / "run"
    with working(file, "--speed", "1", "--run-dir", folder) as worker:
        worker.ask("pause")
        worker.ask("step", for_s=5)
        bounded(worker, 1000)
        assert "could not be written: File too large" in worker.ask("snapshot")["refused"]
        bounded(worker, resource.RLIM_INFINITY)
        place = Path(worker.ask("snapshot")["ok"]["directory"])

        assert place.name == "0001"
        assert [path.name for path in place.parent.iterdir()] == ["0001"]


def test_nobody_else_may_read_what_is_written(file: Path, tmp_path: Path) -> None:
    """Not a file of the run or of a snapshot, nor enter a folder."""
    folder = tmp_path / "run"
    with working(file, "--speed", "1", "--run-dir", folder) as worker:
        worker.ask("step", for_s=5)
        worker.ask("snapshot")

    paths = [folder, *folder.rglob("*")]
    assert len(paths) > 10
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in paths} == {0}


def test_a_reset_is_the_beginning(file: Path, tmp_path: Path) -> None:
    """The same view as at first, whatever was done; who waits is told; so is a resumed run."""
    folder = tmp_path / "run"
    with working(file, "--speed", "max", "--run-dir", folder) as worker:
        worker.ask("pause")
        worker.ask("reset")
        first = worker.view
        assert first["at_s"] == 0.0
        assert first["paused"]
        worker.ask("step", for_s=30)
        worker.ask("disable", rid=RID)
        at_30_s = worker.view
        for do, fields in COMMANDS:
            if do not in {"infer", "reset", "resume"}:
                worker.ask(do, **fields)
        waiting = worker.send("infer", rid=RID, input={})
        reset = worker.send("reset")

        said: dict[int, dict[str, Any]] = {}
        while not {waiting, reset} <= said.keys():
            line = worker.line()
            assert line is not None
            said[line.get("id", 0)] = line
        assert said[waiting]["fault"]["errorName"] == "InferenceFailure"
        assert said[reset]["ok"] == {"at_s": 0.0, "speed": 2.0, "paused": True}
        assert shown(worker.until_shown()) == shown(first)
        assert worker.ask("speed", speed="max")["ok"]["speed"] == "max"
        worker.ask("step", for_s=30)
        worker.ask("disable", rid=RID)
        assert shown(worker.view) == shown(at_30_s)
        worker.process.kill()
        worker.process.wait()

    with working("--resume", folder) as worker:
        assert shown(worker.view) == shown(at_30_s)
        assert worker.view["paused"]


@pytest.mark.parametrize(
    ("do", "fields", "words"),
    [
        ("step", {"for_s": -1}, "above 0"),
        ("step", {}, "no for_s"),
        ("speed", {"speed": 0}, "above 0"),
        ("replace", {"rid": RID}, "no runtimeConfiguration"),
        ("start", {"rid": RID, "soon": True}, "'soon'"),
        ("reset", {"to_s": 5}, "'to_s'"),
        ("reached", {}, "no command"),
        ("dance", {}, "no command"),
    ],
)
def test_a_command_that_is_refused_leaves_no_trace(
    file: Path, tmp_path: Path, do: str, fields: dict[str, Any], words: str
) -> None:
    """Not in the journal, and time goes by as before."""
    folder = tmp_path / "run"
    with working(file, "--speed", "1", "--run-dir", folder) as worker:
        assert words in worker.ask(do, **fields)["refused"]
        assert not worker.until_shown()["paused"]

    entries = [json.loads(line) for line in (folder / JOURNAL_FILE).read_bytes().splitlines()]
    assert {entry["do"] for entry in entries[1:]} <= {"reached"}
