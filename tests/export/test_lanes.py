"""Lanes: nothing on one overlaps, and there are no more of them than there must be."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sim.export.lanes import lanes


def test_a_lane_is_used_again_when_it_is_free() -> None:
    """The third begins where the first ends; the fourth finds both taken."""
    assert lanes([(0, 2), (1, 5), (2, 4), (3, 9), (4, 4)]) == [[0, 2, 4], [1], [3]]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5))))
def test_nothing_on_a_lane_overlaps(drawn: list[tuple[int, int]]) -> None:
    """Each stands on one lane, and there are as many lanes as stretches at one time.

    One without a length needs a lane too, which others of that instant may have before and after.
    """
    stretches = [(float(start), float(start + length)) for start, length in sorted(drawn)]
    found = lanes(stretches)
    assert sorted(place for lane in found for place in lane) == list(range(len(stretches)))
    for lane in found:
        for before, after in pairwise(lane):
            assert stretches[before][1] <= stretches[after][0]
    at_once = [
        sum(start <= at_s < end for start, end in stretches) + ((at_s, at_s) in stretches)
        for at_s, _ in stretches
    ]
    assert len(found) <= max(at_once, default=0)
