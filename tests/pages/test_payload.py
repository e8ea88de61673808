"""Numbers on their way into a page: few digits where few are seen, all where it says exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from page_reading import Page
from sim.pages.payload import Grids, clock_data, column, instants, packed
from sim.zones import read_clock


@given(st.lists(st.floats(-1e18, 1e18, allow_nan=False), max_size=20), st.integers(1, 15))
def test_a_column_keeps_its_digits(values: list[float], digits: int) -> None:
    """To the last one kept, rounded half of it away at the most; 0 stays 0."""
    kept = column(np.array(values), digits)
    for value, found in zip(values, kept, strict=True):
        assert found is not None
        assert found == pytest.approx(value, rel=0.5001 * 10.0 ** (1 - digits), abs=1e-275)
        assert found != 0 or abs(value) < 1e-275


def test_nothing_is_null_and_whole_numbers_have_no_point() -> None:
    """A page has a hundred thousand of them."""
    kept = column(np.array([np.nan, 3.0, 0.25, -0.0]))
    assert kept == [None, 3, 0.25, 0]
    assert [type(value) for value in kept] == [type(None), int, float, int]


def test_instants_are_kept_to_the_microsecond() -> None:
    """Beyond that digits are those of the machine."""
    assert instants(np.array([10.8 * 3, 86_399.1234567])) == [32.4, 86_399.123457]


def test_edges_that_charts_share_are_kept_once() -> None:
    """By their values."""
    grids = Grids()
    places = [grids.place(np.array(edges)) for edges in ([0.0, 1], [0.0, 2], [0.0, 1])]
    assert places == [0, 1, 0]
    assert grids.columns == [[0, 1], [0, 2]]


def test_a_browser_can_unpack_it() -> None:
    """Base64 of deflate of JSON, which ends no element whatever is in it."""
    text = packed({"name": "</script><b>\u2028"})
    assert "<" not in text
    assert Page(data=text).drawn == {"name": "</script><b>\u2028"}


def test_the_clock_is_set_forward_on_its_way() -> None:
    """In Berlin at 02:00 of 29 March 2026: from then on it is two hours ahead of UTC."""
    start = read_clock("2026-03-28T20:00[Europe/Berlin]")
    found = clock_data(start, 86_400)
    assert found["start"] == 1_774_724_400  # 2026-03-28 19:00 UTC
    assert found["offsets"] == [[0, 3600], [6 * 3600, 7200]]
