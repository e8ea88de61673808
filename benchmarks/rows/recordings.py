"""A log of ten million requests: read, looked at, and replayed in a whole run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from checks import WrongAnswerError
from jobs import Found, Goal, Job, compared
from rows.shell import PROGRAM
from sim.recordings.layout import Layout
from sim.recordings.reading import read_rows
from sim.recordings.rows import Rows
from sim.scenario.reading.loader import load_scenario
from sim.simulation.run import simulate
from timing import Alone, Ready, alternate, at_once, in_own_process, shell

ROWS, FEW_ROWS = 10**7, 10**6
GIBIBYTE = 2**30
START_US = 1_700_000_000 * 10**6
RATE_PER_S = 100.0
DEMAND_S = 0.05

SCENARIO = """
name: A log of ten million requests
horizon: trace
deployments:
  - name: ranker
    runtimeConfiguration: {minReplicas: 8, maxReplicas: 8, cpu: 1.0, memory: 4GiB, threadCount: 4}
    initial: {responsive: 8}
    traffic:
      - kind: trace
        path: log.csv
        format: csv
        time_column: at
        demands: {wait: {kind: column, column: demand, unit: s}}
"""


@contextmanager
def log(rows: int) -> Iterator[Path]:
    """Write a CSV of so many requests, with instants since 1970 to the microsecond, and remove it.

    Its columns are `at`, `demand` and `who`, a text that nobody asks for.
    """
    rng = np.random.default_rng(7)
    at_us = START_US + np.cumsum(rng.exponential(1e6 / RATE_PER_S, rows)).astype(np.int64)
    whole = pa.array(at_us).cast(pa.decimal128(38, 0))
    at_s = pa.Array.from_buffers(pa.decimal128(38, 6), rows, whole.buffers())
    demand_s = np.rint(rng.exponential(DEMAND_S, rows) * 1e6) / 1e6
    names = pa.array([f"user{number}" for number in range(97)]).take(pa.array(at_us % 97))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "log.csv"
        pacsv.write_csv(pa.table({"at": at_s, "demand": demand_s, "who": names}), file)
        yield file


def reading(full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return how fast the rows of a log are read, by pyarrow's own reading of the columns.

    Raises:
        WrongAnswerError: Both have read other numbers.
    """
    count = ROWS if full else FEW_ROWS
    with log(count) as file:
        mine = at_once(partial(read_rows, file, Layout("csv"), "at", "s", ["demand"]))
        theirs = at_once(partial(_as_pyarrow_reads, file))
        mine()()
        found, rows, table = alternate(mine, theirs, rounds=3, request_counts=(count, count))
    _require_same(rows, table)
    return compared(
        found,
        path="",
        here="instants to the nanosecond, and a column",
        against="pyarrow.csv, both columns as floats",
        checked=("the columns are equal, the instants to a microsecond",),
    )


def _as_pyarrow_reads(file: Path) -> pa.Table:
    only = pacsv.ConvertOptions(include_columns=["at", "demand"])
    return pacsv.read_csv(file, convert_options=only)


def _require_same(rows: Rows, table: pa.Table) -> None:
    after_s = np.abs(rows.at_ns / 1e9 - table.column("at").to_numpy()).max()
    is_same = np.array_equal(rows.columns["demand"], table.column("demand").to_numpy())
    if not is_same or after_s > 1e-6:
        raise WrongAnswerError("other numbers were read than pyarrow reads")


def replay_alone(file: str) -> Ready[dict[str, Any]]:
    """Prepare a run of a log, of which the summary is kept, as a child process carries it out."""

    def run() -> dict[str, Any]:
        result = simulate(load_scenario(Path(file)), keep="summary")
        (used,) = result.figures.traffic
        return {"rows": used.rows, "used": used.used, "summary": len(result.summary())}

    return at_once(run)


CHILDREN: dict[str, Callable[..., Ready[dict[str, Any]]]] = {"replay-alone": replay_alone}
"""What a child process of the benchmarks can be asked to do."""


def replaying(full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return the peak memory of a whole run of a log, of which the summary is kept.

    Raises:
        WrongAnswerError: Not all rows were used.
    """
    count = ROWS if full else FEW_ROWS
    with log(count) as file:
        scenario = file.with_name("log.yaml")
        scenario.write_text(SCENARIO, encoding="utf-8")
        child = Alone(**in_own_process("replay-alone", str(scenario)))
    if child.answer["used"] != count:
        raise WrongAnswerError(f"{child.answer['used']:,} of {count:,} rows were used")
    return Found(
        path="vectorised",
        here=f"load, simulate and summary: {count:,} in {child.seconds:.3g} s"
        + ("" if full else " (FULL=1 has ten million)"),
        against="",
        values=(child.peak_bytes / GIBIBYTE,),
        checked=("every row is a request",),
        is_full_size=full,
    )


def looking(full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return the processor seconds of `sim trace look`."""
    count = ROWS if full else FEW_ROWS
    with log(count) as file:
        command = [str(PROGRAM), "trace", "look", str(file)]
        seconds = shell(command, {}, runs=3).median_s
    return Found(
        path="",
        here=f"{count:,} rows: {seconds:.3g} s of processor time, median of 3"
        + ("" if full else " (FULL=1 has ten million)"),
        against="",
        values=(seconds,),
        is_full_size=full,
    )


def _job(
    name: str, title: str, goal: Goal, measure: Callable[[bool], Found], demand: str = ""
) -> Job:
    return Job(
        name=name, title=title, cpu="", threads="", demand=demand, goals=(goal,), measure=measure
    )


JOBS = (
    _job(
        "log-read",
        "a log of 10^7 rows with one demand column, CSV: reading",
        Goal(0.5, 0.77),
        reading,
    ),
    _job(
        "log-run",
        "the same, whole run, its summary kept: memory",
        Goal(1, 0.6, "GiB"),
        replaying,
        "wait, from its column",
    ),
    _job("log-look", "`sim trace look` of it", Goal(10, 4, "s"), looking),
)
