"""A Dask cluster on this machine: the same runs, and none lost when workers are killed."""

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.studies.answers.study import study
from sim.studies.runs import cluster as cluster_module
from sim.studies.runs.case import Case
from sim.studies.runs.cluster import Cluster
from sim.studies.runs.executor import InThisProcess
from sim.studies.runs.replication import Lost, Replication, Task
from sim.studies.runs.sampling import Sampling
from study_scenarios import drawn
from study_workers import FAULTY, make_or_fail

distributed = pytest.importorskip("distributed", reason="Dask is not installed (extra: dask)")

pytestmark = pytest.mark.filterwarnings("ignore")  # of a cluster whose workers are killed


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Give the address of a scheduler with three workers, each a process that is begun again."""
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL"
    ) as found:
        yield found.scheduler_address


@pytest.fixture
def cluster(scheduler: str) -> Iterator[Cluster]:
    """Give the cluster as what makes runs."""
    found = Cluster(scheduler)
    yield found
    found.close()


def test_a_study_on_a_cluster_is_that_of_this_process(cluster: Cluster) -> None:
    """The whole report, to the last digit."""
    case = Case("a", drawn())
    with Sampling(InThisProcess()) as sampling:
        here = study([case], sampling, runs=12)
    with Sampling(cluster) as sampling:
        there = study([case], sampling, runs=12)

    assert here.report == there.report


def test_workers_that_are_killed_lose_nothing(cluster: Cluster) -> None:
    """Three times, one in the middle of its work: each run is there, and none has failed."""
    parcel = Case("a", drawn()).parcel
    for _ in range(3):
        found = {}
        tasks = [Task(parcel, seed) for seed in range(60)]
        for task, made in cluster.run(tasks):
            found[task.seed] = made
            if len(found) == 20:
                victim = next(iter(cluster.call(os.getpid).values()))
                os.kill(victim, signal.SIGKILL)
        assert sorted(found) == list(range(60))
        assert all(isinstance(made, Replication) for made in found.values())


def test_a_fault_of_ours_is_tried_again_and_told(scheduler: str) -> None:
    """It takes no other run with it."""
    found = Cluster(scheduler, make_or_fail)
    parcel = Case("a", drawn()).parcel
    try:
        made = dict(found.run([Task(parcel, seed) for seed in range(FAULTY - 3, FAULTY + 3)]))
    finally:
        found.close()
    by_seed = {task.seed: one for task, one in made.items()}

    assert by_seed.pop(FAULTY) == Lost(FAULTY, "a fault of ours")
    assert len(by_seed) == 5
    assert all(isinstance(one, Replication) for one in by_seed.values())


def test_a_worker_of_another_version_is_refused_by_its_name(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a run is given to it; also where only the source differs."""
    version, numpy_version, source = cluster_module.program()
    monkeypatch.setattr(cluster_module, "program", lambda: ("9.9", numpy_version, source))
    told = r"worker tcp://127\.0\.0\.1:\d+ has sim .* has sim 9\.9"
    with pytest.raises(ScenarioError, match=told):
        Cluster(scheduler)
    monkeypatch.setattr(cluster_module, "program", lambda: (version, np.__version__, "another"))
    with pytest.raises(ScenarioError, match="from another source"):
        Cluster(scheduler)


def test_no_scheduler_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence; nothing listens there."""
    monkeypatch.setattr(cluster_module, "CONNECT_S", 0.5)
    with pytest.raises(ScenarioError, match=r"no scheduler answers at tcp://127\.0\.0\.1:1"):
        Cluster("tcp://127.0.0.1:1")
