"""Many runs: what a replication costs beside its simulation, workers, the store, and plans."""

import resource
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np

from checks import WrongAnswerError
from jobs import Found, Goal, Job, absent
from sim.engines.vectorised.compilation import can_compile, load
from sim.scenario.reading.loader import load_scenario
from sim.simulation.run import simulate_record
from sim.studies.answers.study import stored_study, study
from sim.studies.runs.case import Case
from sim.studies.runs.executor import InThisProcess
from sim.studies.runs.local import cores, local
from sim.studies.runs.replication import Replication, Replicator, Task
from sim.studies.runs.sampling import Sampling
from sim.studies.runs.seeds import replication_seed
from sim.studies.runs.store import open_store
from timing import BENCHMARKS

SCENARIOS = BENCHMARKS.parent / "scenarios"
LOADED = SCENARIOS / "replace_under_load.yaml"
SMALL = SCENARIOS / "gpu_queue_one_spare.yaml"


def case_of(file: Path) -> Case:
    """Return a shipped scenario as a case."""
    scenario = load_scenario(file)
    return Case(scenario.name, scenario)


def beside_the_simulation(_full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return what a replication takes beyond its own simulation, in a warm worker."""
    if can_compile():
        load()
    case, replicator = case_of(LOADED), Replicator()
    tasks = [Task(case.parcel, replication_seed(7, number)) for number in range(20)]
    replicator.make(tasks[0])
    over_s = []
    for task in tasks:
        begun_s = process_time()
        made = replicator.make(task)
        middle_s = process_time()
        simulate_record(case.scenario, seed=task.seed)
        over_s.append((middle_s - begun_s) - (process_time() - middle_s))
        if not isinstance(made, Replication):
            raise WrongAnswerError("a replication could not be made")
    return Found(
        path="vectorised",
        here=f"{len(tasks)} runs of replace_under_load, each with and without what is kept of it",
        against="",
        values=(1000 * median(over_s),),
        checked=("every run was made",),
    )


def two_workers(_full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return how much faster two workers are than one, once they have begun."""
    case = case_of(LOADED)
    took_s, answers = {}, {}
    for workers in (1, 2):
        executor = local(workers)
        with Sampling(executor) as sampling:
            study([case], sampling, runs=8, seed=1)
            begun_s = time.perf_counter()
            found = study([case], sampling, runs=60, seed=2)
            took_s[workers] = time.perf_counter() - begun_s
            answers[workers] = found.report
    if answers[1] != answers[2]:
        raise WrongAnswerError("two workers give another answer than one")
    return Found(
        path="vectorised",
        here=f"two workers: {took_s[2]:.3g} s",
        against=f"one worker: {took_s[1]:.3g} s",
        values=(took_s[1] / took_s[2],),
        checked=("both answers are equal, to the last digit",),
    )


def overhead_of_a_worker(_full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return what a run costs more in a process than here: its way there and back."""
    case = case_of(SMALL)
    seeds = [replication_seed(3, number) for number in range(200)]
    took_s, made = {}, []
    for workers in (1, 2):
        executor = local(workers)
        try:
            for again in range(2):
                begun_s = time.perf_counter()
                made = list(executor.run(Task(case.parcel, seed) for seed in seeds))
                if again:
                    took_s[workers] = time.perf_counter() - begun_s
        finally:
            executor.close()
        if len(made) != len(seeds):
            raise WrongAnswerError("runs are missing")
    share = min(2, cores())
    over_s = (took_s[2] * share - took_s[1]) / len(seeds)
    return Found(
        path="vectorised",
        here=f"{len(seeds)} runs of gpu_queue_one_spare in two workers: {took_s[2]:.3g} s",
        against=f"in this process: {took_s[1]:.3g} s",
        values=(1000 * max(0.0, over_s),),
        checked=("every run came back",),
    )


def store_of_ten_thousand(_full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return how long a store of 10,000 runs takes to be opened, resumed, and shown."""
    case = case_of(SMALL)
    made = Replicator().make(Task(case.parcel, 1))
    if not isinstance(made, Replication):
        raise WrongAnswerError("a replication could not be made")
    rng = np.random.default_rng(1)
    seeds = [replication_seed(3, number) for number in range(10_000)]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "runs.db"
        with open_store(file) as store:
            store.note(case, seed=3, runs=10_000)
            for seed in seeds:
                values = made.values * rng.uniform(0.9, 1.1, made.values.size)
                store.add(case.key, replace(made, seed=seed, values=values))
        begun_s = time.perf_counter()
        with open_store(file) as store:
            found = stored_study(store, with_series=False)
        opened_s = time.perf_counter() - begun_s
        with open_store(file) as store:
            sampling = Sampling(InThisProcess(), store=store, with_series=False)
            sampling.look_up(case)
            missing = sum(sampling.run(case, seed) is None for seed in seeds)
        resumed_s = time.perf_counter() - begun_s - opened_s
        number = found.estimate("response_s.p99").number
        table_s = time.perf_counter() - begun_s - opened_s - resumed_s
        found.pooled(percentiles=("p99",))
        pooled_s = time.perf_counter() - begun_s - opened_s - resumed_s - table_s
        if missing or found.runs != 10_000 or number.defined != 10_000:
            raise WrongAnswerError("runs are missing")
        size = file.stat().st_size
    return Found(
        path="",
        here=f"open {opened_s:.3g} s, resume {resumed_s:.3g} s, a row of the table "
        f"{table_s:.3g} s, pooled percentiles {pooled_s:.3g} s; {size / 2**20:.0f} MiB",
        against="",
        values=(opened_s + resumed_s + table_s + pooled_s,),
        checked=("all 10,000 runs are there",),
    )


def memory_of_a_worker(_full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return how much the memory of a process has grown from its 100th run to its 1,000th."""
    case, replicator = case_of(SMALL), Replicator()
    peak_bytes = {}
    for number in range(1000):
        replicator.make(Task(case.parcel, replication_seed(3, number)))
        if number in (99, 999):
            peak_bytes[number] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    grown_bytes = peak_bytes[999] - peak_bytes[99]
    return Found(
        path="vectorised",
        here=f"peak after 100 runs {peak_bytes[99] / 2**20:.0f} MiB, after 1,000 "
        f"{peak_bytes[999] / 2**20:.0f} MiB",
        against="",
        values=(grown_bytes / 2**30,),
    )


def on_a_cluster(_full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return what a run costs more on a Dask cluster of this machine than in this process."""
    if find_spec("distributed") is None:
        return absent(1, "Dask is not installed (extra: dask)")
    from distributed import LocalCluster  # noqa: PLC0415 - heavy, and not installed everywhere

    from sim.studies.runs.cluster import Cluster  # noqa: PLC0415 - likewise

    case, workers = case_of(SMALL), min(2, cores())
    tasks = [Task(case.parcel, replication_seed(3, number)) for number in range(200)]
    here = InThisProcess()
    list(here.run(tasks))
    begun_s = time.perf_counter()
    list(here.run(tasks))
    alone_s = time.perf_counter() - begun_s
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL"
    ) as local_cluster:
        executor = Cluster(local_cluster.scheduler_address)
        list(executor.run(tasks))
        begun_s = time.perf_counter()
        made = list(executor.run(tasks))
        there_s = time.perf_counter() - begun_s
        executor.close()
    if not all(isinstance(one, Replication) for _, one in made):
        raise WrongAnswerError("runs are missing")
    return Found(
        path="vectorised",
        here=f"{len(tasks)} runs of gpu_queue_one_spare, {workers} workers: {there_s:.3g} s",
        against=f"in this process: {alone_s:.3g} s",
        values=(1000 * max(0.0, (there_s * workers - alone_s) / len(tasks)),),
        checked=("every run came back",),
    )


JOBS = (
    Job(
        name="studies-beside",
        title="a replication beside its own simulation (72,000 requests), warm",
        cpu="",
        threads="4 x 4",
        demand="as shipped",
        goals=(Goal(12, 5, "ms"),),
        measure=beside_the_simulation,
    ),
    Job(
        name="studies-workers",
        title="60 runs of replace_under_load, two workers against one, waited for",
        cpu="",
        threads="4 x 4",
        demand="as shipped",
        goals=(Goal(1.8, 1.95),),
        measure=two_workers,
    ),
    Job(
        name="studies-local",
        title="a run's way to a worker of this machine and back",
        cpu="",
        threads="",
        demand="",
        goals=(Goal(5, 2, "ms"),),
        measure=overhead_of_a_worker,
    ),
    Job(
        name="studies-dask",
        title="the same on a Dask cluster on loopback",
        cpu="",
        threads="",
        demand="",
        goals=(Goal(20, 10, "ms"),),
        measure=on_a_cluster,
    ),
    Job(
        name="studies-store",
        title="a store of 10,000 runs: open, find all there, a row of the table",
        cpu="",
        threads="",
        demand="",
        goals=(Goal(1, 0.3, "s"),),
        measure=store_of_ten_thousand,
    ),
    Job(
        name="studies-memory",
        title="how much a worker's memory grows from its 100th run to its 1,000th",
        cpu="",
        threads="",
        demand="",
        goals=(Goal(0.02, 0.005, "GiB"),),
        measure=memory_of_a_worker,
    ),
)
