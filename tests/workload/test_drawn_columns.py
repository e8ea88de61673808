"""Columns gathered from blocks, and columns that hold one value."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.workload import drawn_columns
from sim.workload.drawn_columns import Collected, is_repeated, repeated


@given(st.lists(st.integers(0, 3000)), st.floats(0, 1e5))
def test_what_was_collected_is_all_blocks_in_their_order(
    sizes: list[int], expected_count: float
) -> None:
    """Whether or not the room was enough, and whatever the blocks become afterwards."""
    found, parts, first = Collected(expected_count), [np.empty(0)], 0.0
    for size in sizes:
        block = first + np.arange(size, dtype=np.float64)
        parts.append(block.copy())
        found.add(block)
        block[:] = -1.0
        first += size

    whole = found.whole()

    assert whole.tolist() == np.concatenate(parts).tolist()
    assert whole.flags.owndata  # and no page of room that was not needed


def test_no_room_is_made_for_more_than_a_gibibyte() -> None:
    """A wild guess is no reason to fail."""
    found = Collected(1e15)
    found.add(np.ones(3))

    assert found.whole().tolist() == [1.0] * 3
    assert drawn_columns.MOST_ROOM * 8 == 2**30


def test_a_repeated_value_is_held_once() -> None:
    """And nobody writes to it by mistake."""
    found = repeated(np.int64(7), 1000)

    assert found.tolist() == [7] * 1000
    assert is_repeated(found)
    assert not found.flags.writeable
    assert not is_repeated(np.full(1000, 7))
    assert not is_repeated(repeated(np.int64(7), 0))  # there is no value to read
