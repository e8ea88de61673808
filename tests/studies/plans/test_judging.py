"""When users are said to be left waiting: where it may be so in half of all runs."""

from math import comb

import numpy as np
import pytest

from sim.studies.plans.judging import _may_be_half


def tail(count: int, runs: int) -> float:
    """Return how likely so few runs or fewer are, if it is so in half of all."""
    ways = sum(comb(runs, number) for number in range(count + 1))
    return float(ways / 2**runs)


@pytest.mark.parametrize("runs", [1, 2, 6, 10, 30, 100, 300])
def test_it_may_be_half_where_so_few_runs_are_not_too_unlikely_for_that(runs: int) -> None:
    """The exact binomial sum, at 2.5 %: of 30 runs 9 are too few and 10 are not."""
    for count in range(1, runs + 1):
        flags = np.arange(runs) < count
        assert _may_be_half(flags) == (tail(count, runs) >= 0.025)
    assert tail(9, 30) < 0.025 < tail(10, 30)


@pytest.mark.parametrize("runs", [0, 1, 30])
def test_what_never_was_so_is_not_held_against_it(runs: int) -> None:
    """In one run, nothing could ever be excluded."""
    assert not _may_be_half(np.zeros(runs, np.bool_))
