"""Processes that make runs: the same runs as here, and none lost but the one that kills."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sim.studies.runs.case import Case
from sim.studies.runs.executor import ATTEMPTS
from sim.studies.runs.local import Processes, local
from sim.studies.runs.replication import Lost, Made, Replication, Task
from study_scenarios import drawn
from study_workers import DEADLY, FAULTY, die_once, make_or_die

SEEDS = range(10, 22)


def tasks() -> list[Task]:
    """Return some runs, the deadly one and the faulty one among them."""
    parcel = Case("a", drawn()).parcel
    return [Task(parcel, seed) for seed in SEEDS]


def made_by(executor: Processes) -> dict[int, Made]:
    """Return what comes of the tasks, by seed."""
    try:
        return {task.seed: made for task, made in executor.run(tasks())}
    finally:
        executor.close()


def test_processes_make_the_same_runs_as_this_one() -> None:
    """To the last digit, each once."""
    here = {task.seed: made for task, made in local(1).run(tasks())}
    there = made_by(Processes(2))

    assert sorted(there) == sorted(here) == list(SEEDS)
    for seed, made in here.items():
        other = there[seed]
        assert isinstance(made, Replication)
        assert isinstance(other, Replication)
        np.testing.assert_array_equal(made.values, other.values)
        np.testing.assert_array_equal(made.thinned[0].values, other.thinned[0].values)
        assert made.reasons == other.reasons


def test_a_run_that_kills_its_worker_takes_no_other_with_it() -> None:
    """It is tried three times, and told; so is one that fails through a fault of ours."""
    found = made_by(Processes(2, make_or_die))

    assert found[DEADLY] == Lost(DEADLY, f"its worker died, {ATTEMPTS} times")
    assert found[FAULTY] == Lost(FAULTY, "a fault of ours")
    others = [made for seed, made in found.items() if seed not in {DEADLY, FAULTY}]
    assert len(others) == len(SEEDS) - 2
    assert all(isinstance(made, Replication) for made in others)


def test_a_worker_that_dies_once_is_no_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the system takes one because memory is short."""
    monkeypatch.setenv("DIE_ONCE", str(tmp_path / "died"))
    found = made_by(Processes(2, die_once))

    assert (tmp_path / "died").exists()
    assert sorted(found) == list(SEEDS)
    assert all(isinstance(made, Replication) for made in found.values())


ORPHANS = """
import os, signal, sys
from study_scenarios import drawn
from sim.studies.runs.case import Case
from sim.studies.runs.local import Processes
from sim.studies.runs.replication import Task

def main():
    parcel = Case("a", drawn()).parcel
    runs = Processes(2).run([Task(parcel, seed) for seed in range(10_000)])
    next(runs)
    import multiprocessing
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    main()
"""


def test_workers_end_with_whoever_started_them(tmp_path: Path) -> None:
    """Even if that is killed outright: nobody is left to work for it."""
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    support = Path(__file__).parent.parent / "support"
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(support), "PYTHONSAFEPATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    workers = [int(word) for word in done.stdout.split()]
    assert len(workers) == 2, done.stderr
    patience_ends_s = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < patience_ends_s
        time.sleep(0.05)
