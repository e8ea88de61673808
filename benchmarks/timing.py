"""How benchmarks measure: processor time in alternating runs, and peak memory in own processes.

Machines drift: another tenant takes a cache, a clock slows down. Two things that are compared
therefore run in turns, and what is reported is the median of the ratios of neighbouring runs. Time
is the processor time of the process, so that waiting for a core does not count. Owns no job.
"""

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Mine = TypeVar("Mine")
Theirs = TypeVar("Theirs")

BENCHMARKS = Path(__file__).resolve().parent

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Timed(Generic[T]):
    """What a run returned, and the processor time that it took in seconds."""

    seconds: float
    value: T


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: the seconds of each run, and the requests that each run served."""

    seconds: tuple[float, ...]
    request_count: int

    @property
    def median_s(self) -> float:
        """The median run."""
        return statistics.median(self.seconds)

    @property
    def requests_per_s(self) -> float:
        """Requests a second of the median run."""
        return self.request_count / self.median_s


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides that ran in turns; `ratios` are those of neighbouring runs, above 1 if mine won."""

    mine: Side
    theirs: Side
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the ratios: how many times the speed of theirs, request for request."""
        return statistics.median(self.ratios)


Ready = Callable[[], Callable[[], T]]
"""Prepares a run, which is not measured, and returns the run, which is."""


def at_once(run: Callable[[], T]) -> Ready[T]:
    """Return `run` as something that needs no preparation."""
    return lambda: run


def timed(ready: Ready[T]) -> Timed[T]:
    """Return what the run returns and the processor time that it took, garbage swept before."""
    run = ready()
    gc.collect()
    begin_s = process_time()
    value = run()
    return Timed(process_time() - begin_s, value)


def alternate(
    mine: Ready[Mine],
    theirs: Ready[Theirs],
    *,
    rounds: int,
    request_counts: tuple[int, int],
    times_as_fast: Callable[[Timed[Mine], Timed[Theirs]], float] | None = None,
) -> tuple[Comparison, Mine, Theirs]:
    """Run both sides in turns, mine first and last, and return the comparison and last values.

    Args:
        mine: Made warm by the caller, as `theirs`.
        theirs: Runs `rounds` times, `mine` once more: 2 x `rounds` pairs of neighbours.
        rounds: At least 1.
        request_counts: Requests that a run of mine and one of theirs serves.
        times_as_fast: The ratio of two neighbours; by default that of their times per request.
    """
    my_count, their_count = request_counts

    def per_request(own: Timed[Mine], other: Timed[Theirs]) -> float:
        return (other.seconds / their_count) / (own.seconds / my_count)

    compare = times_as_fast or per_request
    own = timed(mine)
    my_s, their_s, ratios = [own.seconds], list[float](), list[float]()
    other = timed(theirs)
    for number in range(rounds):
        if number > 0:
            other = timed(theirs)
        ratios.append(compare(own, other))
        own = timed(mine)
        ratios.append(compare(own, other))
        their_s.append(other.seconds)
        my_s.append(own.seconds)
    sides = Side(tuple(my_s), my_count), Side(tuple(their_s), their_count)
    return Comparison(*sides, tuple(ratios)), own.value, other.value


def in_own_process(*arguments: str) -> Any:
    """Run a child job of the benchmarks in a fresh interpreter and return what it printed last.

    Raises:
        subprocess.CalledProcessError: The child failed; what it said stands on stderr.
    """
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS), "--child", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, **_ONE_THREAD},
    )
    return json.loads(done.stdout.splitlines()[-1])


@dataclass(frozen=True, slots=True)
class Alone:
    """What a run came to that had a process and one core to itself."""

    seconds: float
    peak_bytes: int
    answer: dict[str, Any]


def alone(run: Ready[dict[str, Any]]) -> Alone:
    """Carry out a run in this process, kept to one core."""
    keep_to_one_core()
    done = timed(run)
    return Alone(done.seconds, peak_bytes(), done.value)


def keep_to_one_core() -> None:
    """Bind this process to one of the cores that it may use, where the system can do that."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def peak_bytes() -> int:
    """Return the most memory that this process has had resident.

    Linux hands `ru_maxrss` on from the parent that started the process, however large that was;
    the peak in `/proc` begins with the program.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return kibibytes if sys.platform == "darwin" else kibibytes * 1024
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def shell(
    command: Sequence[str], environment: Mapping[str, str], *, runs: int, status: int = 0
) -> Side:
    """Run a command `runs` times in processes of its own; their processor time, user and system.

    Raises:
        subprocess.CalledProcessError: It ended with another status.
    """
    seconds = []
    for _ in range(runs):
        begin_s = _children_s()
        ended = subprocess.run(
            command,
            check=False,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **_ONE_THREAD, **environment},
        )
        if ended.returncode != status:
            raise subprocess.CalledProcessError(ended.returncode, command)
        seconds.append(_children_s() - begin_s)
    return Side(tuple(seconds), 1)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
