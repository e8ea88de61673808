"""Cost against size: how the time grows with requests, threads and deployments.

The exponent is the slope of a least-squares line through the logarithms, over all sizes: 1 is
proportional, below 1 means that something fixed is still seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from made import exponential, fleet, steady
from parts import window_kernel
from peers import numba_heap
from rows.kernel import requests
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from timing import at_once, timed

THREADS_PER_REPLICA = 100


@dataclass(frozen=True, slots=True)
class Line:
    """What one side took at each size; `sizes` and `seconds` are of one length."""

    label: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """How the time grows with the size."""
        return exponent(self.sizes, self.seconds)


@dataclass(frozen=True, slots=True)
class Curve:
    """Cost against one size; `setting` says what stays the same."""

    title: str
    size: str
    setting: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Scaling:
    """A curve that can be measured: by its name, at full size or not."""

    name: str
    measure: Callable[[bool], Curve]


def curve_again(kept: Mapping[str, Any]) -> Curve:
    """Return what was kept as JSON."""
    lines = tuple(
        Line(line["label"], tuple(line["sizes"]), tuple(line["seconds"])) for line in kept["lines"]
    )
    return Curve(kept["title"], kept["size"], kept["setting"], lines)


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the b of the least-squares fit seconds = a x size^b on logarithms."""
    x, y = np.log(sizes), np.log(seconds)
    return float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())


def line(label: str, sizes: Sequence[int], run: Callable[[int], Callable[[], Any]]) -> Line:
    """Time `run(size)()` at every size: the faster of two runs, the first one being cold.

    The first size runs once more beforehand, so that nothing is compiled inside.
    """
    run(sizes[0])()
    seconds = []
    for size in sizes:
        ready = run(size)
        seconds.append(min(timed(at_once(ready)).seconds for _ in range(2)))
    return Line(label, tuple(sizes), tuple(seconds))


def by_kernels(
    sizes: Sequence[int], arguments: Callable[[int], tuple[numba_heap.Floats, ...]]
) -> tuple[Line, ...]:
    """Return the lines of the kernels that there are: heap and windows."""
    kernels = {"Numba heap": numba_heap.serve, "window kernel": window_kernel()}

    def run(serve: Callable[..., object], size: int) -> Callable[[], Any]:
        given = arguments(size)
        return lambda: serve(*given)

    return tuple(
        line(label, sizes, partial(run, serve))
        for label, serve in kernels.items()
        if serve is not None
    )


def _engine(scenario: Scenario) -> Callable[[], object]:
    return lambda: simulate_record(scenario, engine="vectorised")


def _wait_scenario(count: int, replicas: int, threads: int) -> Scenario:
    rate_per_s = replicas * threads * 0.8
    return steady(
        replicas=replicas,
        threads=threads,
        rate_per_s=rate_per_s,
        horizon_s=count / rate_per_s,
        request={"wait": exponential(1.0)},
    )


def _cpu_scenario(count: int) -> Scenario:
    rate_per_s = 10 * 0.9 / 0.1
    return steady(
        replicas=10,
        threads=32,
        rate_per_s=rate_per_s,
        horizon_s=count / rate_per_s,
        request={"cpu": exponential(0.1)},
    )


def over_requests(full: bool) -> Curve:  # noqa: FBT001 - the one setting of every job
    """Return the cost of 10^4 to 10^6 requests, or to 10^7."""
    sizes = [10**power for power in range(4, 8 if full else 7)]
    return Curve(
        title="requests",
        size="requests",
        setting="10 replicas x 32 threads; wait at 0.8, or cpu 1 at cpu utilisation 0.9",
        lines=(
            line("engine, wait", sizes, lambda n: _engine(_wait_scenario(n, 10, 32))),
            line("engine, cpu shared", sizes, lambda n: _engine(_cpu_scenario(n))),
            *by_kernels(sizes, lambda n: (*requests(320, 0.8, n), np.zeros(320))),
        ),
    )


def over_threads(full: bool) -> Curve:  # noqa: FBT001 - as above
    """Return the cost of 10 to 10^5 threads under so many requests that most threads serve some."""
    count = 2_000_000 if full else 400_000
    sizes = [10, 100, 1_000, 10_000, 100_000]

    def engine(threads: int) -> Callable[[], object]:
        each = min(threads, THREADS_PER_REPLICA)
        return _engine(_wait_scenario(count, threads // each, each))

    return Curve(
        title="threads",
        size="threads",
        setting=f"{count:,} requests at 0.8, wait, up to {THREADS_PER_REPLICA} threads a replica",
        lines=(
            line("engine, wait", sizes, engine),
            *by_kernels(sizes, lambda n: (*requests(n, 0.8, count), np.zeros(n))),
        ),
    )


def over_deployments(full: bool) -> Curve:  # noqa: FBT001 - as above
    """Return the cost of 1 to 100 deployments, or to 1,000."""
    sizes = [1, 3, 10, 30, 100, *([300, 1000] if full else [])]
    return Curve(
        title="deployments",
        size="deployments",
        setting="one hour, 20 replicas x 32 threads and 1 request/s each, a rollout in each",
        lines=(line("engine, cpu shared", sizes, lambda n: _engine(fleet(deployments=n))),),
    )


SCALINGS = (
    Scaling("scaling-requests", over_requests),
    Scaling("scaling-threads", over_threads),
    Scaling("scaling-deployments", over_deployments),
)

LOOKS = {
    "engine, wait": ("#0072B2", "o"),
    "engine, cpu shared": ("#D55E00", "s"),
    "Numba heap": ("#009E73", "D"),
    "window kernel": ("#CC79A7", "^"),
}
"""Colour and marker of each side. Okabe and Ito, Color universal design (2008)."""


def draw(curves: Sequence[Curve], path: Path) -> None:
    """Draw the curves side by side, on logarithmic axes, into the file at `path`."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only a whole run draws

    figure = Figure(figsize=(4.2 * len(curves), 3.8), layout="constrained")
    for axes, curve in zip(figure.subplots(1, len(curves), squeeze=False)[0], curves, strict=True):
        for one in curve.lines:
            colour, marker = LOOKS[one.label]
            axes.loglog(
                one.sizes,
                one.seconds,
                color=colour,
                marker=marker,
                markersize=5,
                label=f"{one.label}: exponent {one.exponent:.2f}",
            )
        axes.set_xlabel(curve.size)
        axes.set_title(f"cost against {curve.title}", loc="left", fontsize=11)
        axes.grid(visible=True, which="major", alpha=0.3)
        axes.legend(frameon=False, fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("processor time in seconds")
    figure.savefig(path, dpi=120)
