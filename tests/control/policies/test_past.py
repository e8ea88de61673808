"""Averages over evaluations: which of them a window has, and one division."""

import pytest

from sim.control.policies.past import Past, Total
from sim.errors import InvariantError


def past(count: int, *, interval_s: float = 5.0, most_s: float = 60.0) -> Past:
    """Return the past after `count` evaluations, of which number k saw k busy threads of 100."""
    rows = [Total(1, number, 100, 0, number) for number in range(count)]
    return Past(interval_s, most_s).and_then(rows)


@pytest.mark.parametrize(
    ("window_s", "busy"),
    [(5, [19]), (5.5, [18, 19]), (10, [18, 19]), (60, range(8, 20)), (0.1, [19])],
)
def test_a_window_has_the_evaluations_less_than_its_length_ago(
    window_s: float, busy: list[int]
) -> None:
    """Of evaluations every 5 s, 12 are less than a minute ago, the present one among them."""
    total = past(20).over(window_s)

    assert total == Total(len(busy), sum(busy), 100 * len(busy), 0, sum(busy))


def test_a_window_of_whole_intervals_is_not_one_longer_by_rounding() -> None:
    """2.1 / 0.3 is above 7 in floats, and seven evaluations are in the window."""
    assert 2.1 / 0.3 > 7
    assert past(20, interval_s=0.3, most_s=2.1).over(2.1).evaluations == 7


def test_there_may_be_fewer_evaluations_than_a_window_has() -> None:
    """Three so far: 0, 1 and 2 busy threads of 100."""
    assert past(3).over(60) == Total(3, 3, 300, 0, 3)


def test_integers_are_added_and_divided_once() -> None:
    """49 of 49 threads are all of them; 49 x (1 / 49) is less, in floats."""
    assert 49 * (1 / 49) < 1
    assert Past(1.0, 9.0).and_then([Total(1, 7, 7)] * 7).over(9).load == 1.0


def test_without_a_thread_there_is_no_load() -> None:
    """No replica counted in any of them."""
    assert Past(1.0, 9.0).and_then([Total(1)] * 3).over(9).load is None


def test_nothing_is_kept_for_a_policy_that_does_not_look_back() -> None:
    """The load rule, for one."""
    assert past(20, most_s=0.0).rows == ()


def test_a_policy_looks_back_no_further_than_it_says() -> None:
    """What is older is not there."""
    with pytest.raises(InvariantError, match="looks back no further than it says: 61 s"):
        past(20).over(61)
