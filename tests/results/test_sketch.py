"""Quantiles from leading bits, against those of the values themselves."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results.metrics import quantiles
from sim.results.sketch import QUANTILE_RELATIVE_ERROR, Sketch, codes_of, middles_of
from sim.results.sums import UNITS_PER_ONE, in_units

LEVELS = np.array([0.5, 0.95, 0.99])
LENGTHS = st.just(0.0) | st.floats(1e-300, 1e300) | st.integers(0, 50).map(float)


@given(values=st.lists(LENGTHS, min_size=1, max_size=300), cut=st.integers(0, 300))
def test_a_quantile_is_within_its_error(values: list[float], cut: int) -> None:
    """Of any values, in one piece or two; 0 is exact, and nothing is above the largest."""
    column = np.array(values)
    parts = [Sketch.of(column[:cut]), Sketch.of(column[cut:])]

    found = Sketch.together(parts).quantiles(LEVELS, at_most=column.max())
    whole = Sketch.of(column).quantiles(LEVELS, at_most=column.max())

    exact = quantiles(column)
    assert (np.abs(found - exact) <= QUANTILE_RELATIVE_ERROR * exact).all()
    assert found.tolist() == whole.tolist()
    assert found.max() <= column.max()


@given(first=LENGTHS, second=LENGTHS)
def test_codes_are_in_the_order_of_values(first: float, second: float) -> None:
    """And 0 has one of its own."""
    code = codes_of(np.array([first, second, 0.0, -0.0]))

    assert (code[0] <= code[1]) or first > second
    assert code[2:].tolist() == [0, 0]
    assert (code[:2] == 0).tolist() == [first == 0, second == 0]
    np.testing.assert_allclose(middles_of(code[:2]), [first, second], rtol=2.0**-9, atol=0)


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 100, 101, 200])
def test_the_rank_is_numpys(count: int) -> None:
    """Values so far apart that each has a bin of its own."""
    values = 1.5 * 2.0 ** np.arange(-count // 2, count - count // 2, dtype=np.float64)

    found = Sketch.of(values).quantiles(LEVELS)

    assert np.round(np.log2(found / 1.5)).tolist() == np.log2(quantiles(values) / 1.5).tolist()


@given(values=st.lists(st.floats(0, 1e300)), cut=st.integers(0, 20))
def test_sums_in_units_are_exact(values: list[float], cut: int) -> None:
    """In integers, in whatever pieces; denormals too."""
    column = np.array(values)
    total = sum(map(Fraction, values), Fraction(0))

    assert Fraction(in_units(column), UNITS_PER_ONE) == total
    assert in_units(column[:cut]) + in_units(column[cut:]) == in_units(column)
