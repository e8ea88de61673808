"""Both request engines on one scenario, compared bit for bit, and paths chosen at random."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import settings
from typing_extensions import override

from sim.engines.vectorised import arrays, outcomes
from sim.engines.vectorised.choice import PathChoice
from sim.engines.vectorised.eventloop import State
from sim.record import ControlLog, Record
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record

LOGS = tuple(log.name for log in fields(ControlLog))
"""All that control writes down."""

PAIRS = settings(max_examples=3 * settings().max_examples // 2)
"""For tests that compare drawn pairs of runs: half as many again as the profile has, 300 in CI."""


def first_difference(one: Record, other: Record) -> str | None:
    """Return where two records differ first, or None if they are equal bit for bit."""
    if one.queue_samples != other.queue_samples:
        return "queue samples"
    for mine, theirs in zip(one.deployments, other.deployments, strict=True):
        for log in LOGS:
            left, right = getattr(mine.control, log), getattr(theirs.control, log)
            if left != right:
                pairs = ((x, y) for x, y in zip(left, right, strict=False) if x != y)
                return f"{mine.name} {log}: {next(pairs, (len(left), len(right)))}"
        for table in ("attempts", "ticks"):
            for column in getattr(mine, table).__slots__:
                left = getattr(getattr(mine, table), column)
                right = getattr(getattr(theirs, table), column)
                if not np.array_equal(left, right, equal_nan=left.dtype.kind == "f"):
                    return f"{mine.name} {table}.{column}"
        if not np.array_equal(mine.backing_off, theirs.backing_off):
            return f"{mine.name} backing off"
        if mine.contention != theirs.contention:
            return f"{mine.name} contention: {mine.contention} {theirs.contention}"
    return None


def difference_of_engines(scenario: Scenario) -> str | None:
    """Run `scenario` on both engines and return where they differ first."""
    reference = simulate_record(scenario, engine="reference")
    vectorised = simulate_record(scenario, engine="vectorised")
    return first_difference(reference, vectorised)


class Eager(PathChoice):
    """Tries a stretch wherever one may begin, however few requests it has, and by windows.

    Whether an earlier test has loaded the compiled form must not decide what is tested.
    """

    def __init__(self, *, is_compiled: bool) -> None:
        """Find that one request is enough."""
        super().__init__(is_compiled=is_compiled)
        self.fewest = 1

    @override
    def takes_windows(self, threads: int, waiting: int) -> bool:
        """Let windows serve, which need one certificate more than a tournament: causality."""
        return True

    @override
    def pause(self) -> int:
        """Look again at the next arrival."""
        return 1


class Drawn(Eager):
    """Chooses at random which path serves what, for how long, in windows of which length."""

    generator = np.random.default_rng(0)

    def __init__(self, *, is_compiled: bool) -> None:
        """Draw what holds for a whole run."""
        super().__init__(is_compiled=is_compiled)
        self.window = int(self.generator.integers(1, 11)) if self.generator.random() < 0.8 else None
        self.most = int(self.generator.integers(1, 60))
        self.fewest = int(self.generator.choice([1, 1, 2, 5]))

    @override
    def takes_windows(self, threads: int, waiting: int) -> bool:
        """Let windows serve in most cases."""
        return bool(self.generator.random() < 0.6)

    @override
    def note_whole(self) -> None:
        """Draw how much the next stretch offers."""
        self.most = int(self.generator.integers(1, 60))

    @override
    def pause(self) -> int:
        """Go on by the event loop for some arrivals."""
        return int(self.generator.integers(1, 6))


@contextmanager
def eager_paths() -> Iterator[Counter[str]]:
    """Let stretches be tried everywhere; yield the number of starts that each path served."""
    with _choosing(Eager) as served:
        yield served


@contextmanager
def counted_paths() -> Iterator[Counter[str]]:
    """Let paths be chosen as usual; yield the number of starts that each path served."""
    with _choosing(PathChoice) as served:
        yield served


@contextmanager
def drawn_paths(seed: int) -> Iterator[Counter[str]]:
    """Let paths be chosen at random; yield the number of starts that each path served."""
    with _choosing(
        type("DrawnOnce", (Drawn,), {"generator": np.random.default_rng(seed)})
    ) as served:
        yield served


@contextmanager
def _choosing(choice: type[PathChoice]) -> Iterator[Counter[str]]:
    served: Counter[str] = Counter()
    by_path = outcomes.served_by

    def counted(state: State) -> dict[str, int]:
        served.update(found := by_path(state))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "PathChoice", choice)
        patch.setattr("sim.engines.vectorised.plane.served_by", counted)
        yield served
