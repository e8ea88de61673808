"""What a user of the shell waits for: the program's start, lint, and a small run."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from checks import WrongAnswerError
from jobs import Found, Goal, Job
from timing import BENCHMARKS, shell

SCENARIO = BENCHMARKS.parent / "scenarios" / "gpu_queue_deadlock.yaml"
SOUND = SCENARIO.with_name("gpu_queue_one_spare.yaml")
"""Of which lint finds nothing, so that its status is 0."""
PROGRAM = Path(sys.executable).with_name("sim")


def measured(arguments: tuple[str, ...], expected: str, *, runs: int) -> Found:
    """Return the processor seconds of `sim` with `arguments`; `expected` is part of its output.

    The first run finds neither bytecode nor compiled code on disk.

    Raises:
        WrongAnswerError: It printed something else.
    """
    command = [str(PROGRAM), *arguments]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if expected not in printed:
        raise WrongAnswerError(f"{' '.join(arguments)} does not print {expected!r}")
    warm = shell(command, {}, runs=runs)
    with TemporaryDirectory() as empty:
        fresh = {"PYTHONPYCACHEPREFIX": f"{empty}/bytecode", "NUMBA_CACHE_DIR": f"{empty}/numba"}
        first = shell(command, fresh, runs=1)
    return Found(
        path="vectorised" if "vectorised" in arguments else "",
        here=f"second run: {warm.median_s:.3g} s of processor time, median of {runs}",
        against="",
        values=(warm.median_s,),
        checked=(f"prints {expected!r}",),
        beside=f"first run, no bytecode and no compiled code on disk: {first.median_s:.3g} s",
    )


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
