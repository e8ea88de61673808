"""What a user of the shell waits for: the program's start, lint, plans, and a small run."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from checks import WrongAnswerError
from jobs import Found, Goal, Job
from sim.studies.runs.local import cores
from timing import BENCHMARKS, shell

SCENARIO = BENCHMARKS.parent / "scenarios" / "gpu_queue_deadlock.yaml"
SOUND = SCENARIO.with_name("gpu_queue_one_spare.yaml")
"""Of which lint finds nothing, so that its status is 0."""
PLANNED = (SCENARIO.with_name("capacity_cliff.yaml"), SCENARIO.with_name("replace_under_load.yaml"))
"""With a PUT that makes requests wait."""
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
