"""Sums of long columns, against the library's sum of one float after the other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.random import stream
from sim.results.sums import BLOCK_ROWS, exact_sum

FLOATS = st.floats(-1e300, 1e300)


@given(st.lists(FLOATS), st.lists(FLOATS), st.integers(0, 2))
def test_the_sum_is_rounded_once(ends: list[float], beginnings: list[float], blocks: int) -> None:
    """Whatever the sizes and signs, over several blocks too: `math.fsum` is the definition."""
    between = [1e-3 * place for place in range(blocks * BLOCK_ROWS)]
    values = np.array([*beginnings, *between, *ends])

    assert exact_sum(values) == math.fsum(values)


@given(st.lists(st.integers(0, 2**20), min_size=1), st.integers(1, 2000))
def test_a_long_column_of_durations_is_summed_exactly(ticks: list[int], times: int) -> None:
    """The sum of whole 2^-30 s, in integers."""
    values = np.tile(np.array(ticks, dtype=np.float64), times) / 2**30

    assert exact_sum(values) == math.ldexp(sum(ticks) * times, -30)


def test_the_largest_block_of_the_largest_values_is_not_rounded() -> None:
    """A block whose leading parts are as large as they can be: one bit more would be rounded."""
    values = np.full(BLOCK_ROWS, np.nextafter(2.0, 0))

    assert exact_sum(values) == BLOCK_ROWS * 2 - BLOCK_ROWS * 2.0**-52


@pytest.mark.parametrize("seed", range(5))
def test_what_is_added_and_taken_away_leaves_nothing(seed: int) -> None:
    """A block with all bits of its values in use, and the same negative in another order."""
    rng = stream(seed, "sums")
    block = 1.0 + rng.random(BLOCK_ROWS)

    assert exact_sum(np.concatenate((block, -rng.permutation(block)))) == 0.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e305, -1e305])
def test_what_has_no_exact_sum_is_left_to_the_library(value: float) -> None:
    """Values that are none, infinite, or beyond what can be scaled."""
    values = np.array([1.0, value, 2.0])

    np.testing.assert_equal(exact_sum(values), math.fsum(values))


def test_the_column_stays_as_it_is() -> None:
    """Also one that nobody may write to."""
    values = np.broadcast_to(np.float64(0.1), (3,))

    assert exact_sum(values) == math.fsum([0.1, 0.1, 0.1])
    assert exact_sum(np.empty(0)) == 0.0
