"""Snapshots: their numbers, who is told, and what is refused; processes are the test's own."""

import os
from pathlib import Path
from typing import Any

import pytest

from builders import deployment, scenario
from sim.serve.simulating.journal import Journal
from sim.serve.simulating.refusals import Senseless
from sim.serve.simulating.snapshot import Snapshots
from sim.serve.simulating.world import World


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Let children have the numbers 101, 102, ...; those in here have ended, with this status."""
    found: dict[int, int] = {}
    numbers = iter(range(101, 1000))
    monkeypatch.setattr(os, "fork", lambda: next(numbers))

    def waitpid(child: int, _options: int) -> tuple[int, int]:
        return (child, found[child]) if child in found else (0, 0)

    monkeypatch.setattr(os, "waitpid", waitpid)
    return found


def told(snapshots: Snapshots) -> list[tuple[int, Path | str]]:
    """Return what is told of snapshots by now: the command, and the place or why there is none."""
    found: list[Any] = list(snapshots.done())
    return [
        (one["id"], Path(one["ok"]["directory"]) if "ok" in one else one["refused"])
        for one in found
    ]


def begun() -> World:
    """Return a world in which a second has gone by."""
    world = World(scenario(deployment(), horizon_s=100.0))
    world.advance(1.0)
    return world


def test_snapshots_are_numbered_behind_those_that_are_there_or_being_made(
    tmp_path: Path, ended: dict[int, int]
) -> None:
    """Behind the seventh come the eighth and, before that one is written, the ninth."""
    (tmp_path / "snapshots" / "0007").mkdir(parents=True)
    (tmp_path / "snapshots" / "notes").mkdir()
    snapshots, world = Snapshots(Journal(tmp_path)), begun()

    snapshots.begin(1, world)
    snapshots.begin(2, world)
    ended.update({101: 0, 102: 0})

    folder = tmp_path / "snapshots"
    assert told(snapshots) == [(1, folder / "0008"), (2, folder / "0009")]


def test_the_first_snapshot_is_number_one(tmp_path: Path, ended: dict[int, int]) -> None:
    """In a folder that is made for it."""
    snapshots = Snapshots(Journal(tmp_path))
    snapshots.begin(1, begun())
    ended[101] = 0

    assert told(snapshots) == [(1, tmp_path / "snapshots" / "0001")]


def test_each_snapshot_is_told_once_when_it_is_made(tmp_path: Path, ended: dict[int, int]) -> None:
    """Not before, and whether it went well: the second could not be written."""
    snapshots, world = Snapshots(Journal(tmp_path)), begun()
    snapshots.begin(1, world)
    snapshots.begin(2, world)

    assert told(snapshots) == []
    ended[102] = 256
    assert told(snapshots) == [(2, "the snapshot could not be written: stderr says why")]
    ended[101] = 0
    assert told(snapshots) == [(1, tmp_path / "snapshots" / "0001")]
    assert told(snapshots) == []


def test_what_cannot_be_a_snapshot_is_refused(tmp_path: Path) -> None:
    """Without a directory, and at the very beginning."""
    with pytest.raises(Senseless, match="--run-dir"):
        Snapshots(Journal(None)).begin(1, begun())
    with pytest.raises(Senseless, match="nothing has happened"):
        Snapshots(Journal(tmp_path)).begin(1, World(scenario(deployment(), horizon_s=100.0)))
