"""What a user of the shell waits for: the program's start, lint, plans, and a small run."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from pyarrow.parquet import ParquetFile

from checks import WrongAnswerError
from jobs import Found, Goal, Job
from sim.results.files import PICTURE_FILE
from sim.studies.runs.local import cores
from timing import BENCHMARKS, shell

SCENARIO = BENCHMARKS.parent / "scenarios" / "gpu_queue_deadlock.yaml"
SOUND = SCENARIO.with_name("gpu_queue_one_spare.yaml")
"""Of which lint finds nothing, so that its status is 0."""
PLANNED = (SCENARIO.with_name("capacity_cliff.yaml"), SCENARIO.with_name("replace_under_load.yaml"))
"""With a PUT that makes requests wait."""
DAY = SCENARIO.with_name("replace_under_load.yaml")
DAY_SETTINGS = (
    *("--set", "horizon=24h"),
    *("--set", "deployments.ranker.traffic.users.rate=38/s"),
)
PROGRAM = Path(sys.executable).with_name("sim")


def measured(arguments: tuple[str, ...], expected: str, *, runs: int, status: int = 0) -> Found:
    """Return the processor seconds of `sim` with `arguments`; `expected` is part of its output.

    The first run finds neither bytecode nor compiled code on disk.

    Raises:
        WrongAnswerError: It printed something else.
    """
    command = [str(PROGRAM), *arguments]
    _require_printed(command, expected)
    warm = shell(command, {}, runs=runs, status=status)
    with TemporaryDirectory() as empty:
        fresh = {"PYTHONPYCACHEPREFIX": f"{empty}/bytecode", "NUMBA_CACHE_DIR": f"{empty}/numba"}
        first = shell(command, fresh, runs=1, status=status)
    return Found(
        path="vectorised" if "vectorised" in arguments else "",
        here=f"second run: {warm.median_s:.3g} s of processor time, median of {runs}",
        against="",
        values=(warm.median_s,),
        checked=(f"prints {expected!r}",),
        beside=f"first run, no bytecode and no compiled code on disk: {first.median_s:.3g} s",
    )


def plans(_full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return the seconds of `sim plan` on two shipped scenarios, with as many workers as cores."""
    told_s, helped_s = [], []
    for scenario in PLANNED:
        command = [str(PROGRAM), "plan", str(scenario), "--quiet"]
        _require_printed([*command, "--no-helps"], "verdict: RISKY")
        told_s.append(median(_wall_s([*command, "--no-helps"]) for _ in range(3)))
        helped_s.append(_wall_s(command))
    names = " and ".join(scenario.stem for scenario in PLANNED)
    return Found(
        path="vectorised",
        here=f"{names}: median of 3 on {cores()} cores; wall clock, so that they are to be idle",
        against="",
        values=tuple(told_s),
        checked=("prints the verdict",),
        beside="with helps " + " and ".join(f"{one:.3g} s" for one in helped_s),
    )


def day_written(_full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return how fast a day is with tables and picture, by the day without; waited for, in turns.

    Raises:
        WrongAnswerError: Tables have not the requests of the summary, or there is no picture.
    """
    alone = [str(PROGRAM), "run", str(DAY), "--quiet", *DAY_SETTINGS]
    with TemporaryDirectory() as folder:
        out = Path(folder) / "day"
        written = [*alone, "--out", str(out)]
        _wall_s(written)
        requests = ParquetFile(out / "requests.parquet").metadata.num_rows
        if not (2.9e6 < requests < 3.7e6 and (out / PICTURE_FILE).exists()):
            raise WrongAnswerError(f"a day of {requests:,} requests, or no picture of it")
        pairs = [(_wall_s(alone), _wall_s(written)) for _ in range(5)]
        size_bytes = sum(file.stat().st_size for file in out.iterdir())
    ratios = [alone_s / written_s for alone_s, written_s in pairs]
    alone_s, written_s = (median(side) for side in zip(*pairs, strict=True))
    return Found(
        path="vectorised",
        here=f"with tables and picture: {requests:,} in {written_s:.3g} s, waited for",
        against=f"without: {alone_s:.3g} s",
        values=(median(ratios),),
        spread=(min(ratios), max(ratios)),
        checked=("as many rows of requests as a day has, and a picture",),
        beside=f"{written_s / alone_s:.3g} times as long; {size_bytes / 1e6:.0f} MB on disk",
    )


def _wall_s(command: Sequence[str]) -> float:
    begun_s = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - begun_s


def _require_printed(command: Sequence[str], expected: str) -> None:
    printed = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    if expected not in printed:
        raise WrongAnswerError(f"{' '.join(command[1:])} does not print {expected!r}")


JOBS = (
    Job(
        name="shell-help",
        title="`sim --help`",
        cpu="",
        threads="",
        demand="",
        goals=(Goal(0.3, 0.15, "s"),),
        measure=lambda _full: measured(("--help",), "Usage: sim", runs=9),
    ),
    Job(
        name="shell-lint",
        title="`sim lint`, all rules",
        cpu="",
        threads="",
        demand="",
        goals=(Goal(0.5, 0.2, "s"),),
        measure=lambda _full: measured(("lint", str(SOUND)), "nothing found", runs=9),
    ),
    Job(
        name="shell-plan-arithmetic",
        title="`sim plan` where arithmetic decides",
        cpu="",
        threads="",
        demand="",
        goals=(Goal(0.5, 0.2, "s"),),
        measure=lambda _full: measured(("plan", str(SCENARIO)), "verdict: NEVER", runs=9, status=3),
    ),
    Job(
        name="shell-plan",
        title="`sim plan` to its verdict, 2 x 30 runs",
        cpu="1 and 2, not shared",
        threads="20 x 2 and 4 x 4",
        demand="as shipped",
        goals=(Goal(10.0, 5.0, "s"), Goal(10.0, 5.0, "s")),
        measure=plans,
    ),
    Job(
        name="shell-day-written",
        title="`sim run` of a day at 38 requests/s with tables and picture, against without",
        cpu="1 and 2, not shared",
        threads="4 x 4",
        demand="as shipped",
        goals=(Goal(1 / 2, 1 / 1.3),),
        measure=day_written,
    ),
    Job(
        name="shell-run",
        title="`sim run` of a small scenario (7,000 requests), no pictures",
        cpu="4, not shared",
        threads="4 x 2",
        demand="cpu, 20 ms; gpu, gamma, mean 500 ms",
        goals=(Goal(1.5, 0.6, "s"),),
        measure=lambda _full: measured(
            ("run", str(SCENARIO), "--engine", "vectorised"),
            "deadlock: all that it waits for is held by the revision that it is to replace",
            runs=5,
        ),
    ),
)
