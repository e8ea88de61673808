"""How far simulated time goes by real time, with a clock in the test's hand."""

import pytest

from sim.serve.simulating import pace as pacing
from sim.serve.simulating.pace import MOST_BEHIND_S, PIECE_S, Pace


class Hand:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.at_s = 1000.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    """Put a clock in the place of real time."""
    clock = Hand()
    monkeypatch.setattr(pacing, "now_s", clock)
    return clock


def test_time_goes_by_at_the_speed_that_was_set(hand: Hand) -> None:
    """So many simulated seconds a second, from the instant of the setting on."""
    pace = Pace(60.0, at_s=5.0)
    hand.at_s += 0.1
    assert pace.goal_s(5.0, most_s=0.0) == pytest.approx(11.0)

    pace.set(11.0, speed=2.0)
    hand.at_s += 0.25

    assert pace.goal_s(11.0, most_s=0.0) == pytest.approx(11.5)


def test_time_stands_still_while_paused(hand: Hand) -> None:
    """And what real time has gone by meanwhile is not made up for."""
    pace = Pace(60.0, at_s=5.0)
    pace.set(5.0, paused=True)
    hand.at_s += 100.0
    assert pace.goal_s(5.0, most_s=1e9) == 5.0

    pace.set(5.0, paused=False)

    assert pace.goal_s(5.0, most_s=1e9) == 5.0


def test_who_cannot_keep_up_does_not_fall_behind_for_ever(hand: Hand) -> None:
    """At most half a second of real time is made up for."""
    pace = Pace(10.0, at_s=0.0)
    hand.at_s += 100.0

    assert pace.goal_s(0.0, most_s=0.0) == pytest.approx(10.0 * MOST_BEHIND_S)
    hand.at_s += 0.1
    assert pace.goal_s(5.0, most_s=0.0) == pytest.approx(6.0)


def test_time_never_goes_back(hand: Hand) -> None:
    """A step may have led further than the speed would have: then time waits for the clock."""
    pace = Pace(2.0, at_s=0.0)
    hand.at_s += 1.0

    assert pace.goal_s(50.0, most_s=0.0) == 50.0
    assert pace.piece_s(50.0, 50.0) == 50.0


def test_a_speed_counts_from_the_instant_of_its_setting(hand: Hand) -> None:
    """Ten seconds at the old speed are not made up for, or counted again, at the new one."""
    pace = Pace(1.0, at_s=0.0)
    hand.at_s += 0.4
    pace.set(0.4, speed=5.0)

    assert pace.speed == 5.0
    assert pace.goal_s(0.4, most_s=0.0) == 0.4
    hand.at_s += 0.2
    assert pace.goal_s(0.4, most_s=0.0) == pytest.approx(1.4)


def test_one_slow_piece_is_no_rule() -> None:
    """Pieces get shorter by a quarter at most at a time, and never shorter than 0.1 s a second."""
    pace = Pace("max", at_s=0.0)
    first_s = pace.piece_s(1e9, 0.0)

    pace.note(first_s, 3600.0)
    assert pace.piece_s(1e9, 0.0) == pytest.approx(first_s / 4)
    for _ in range(20):
        pace.note(1e-9, 3600.0)
    assert pace.piece_s(1e9, 0.0) == pytest.approx(0.1 * PIECE_S)
    pace.note(0.0, 1.0)  # nothing went by: there is nothing to learn
    assert pace.piece_s(1e9, 0.0) == pytest.approx(0.1 * PIECE_S)


def test_at_speed_max_time_goes_to_where_it_stands_still(hand: Hand) -> None:
    """No further than told, and never back."""
    pace = Pace("max", at_s=0.0)
    hand.at_s += 1.0

    assert pace.goal_s(0.0, most_s=3600.0) == 3600.0
    assert pace.goal_s(4000.0, most_s=3600.0) == 4000.0


def test_pieces_are_as_long_as_they_may_take_to_compute() -> None:
    """They grow while computing is quick, at most twofold at a time, and shrink when it is slow."""
    pace = Pace("max", at_s=0.0)
    first = pace.piece_s(1e9, 0.0)

    pace.note(first, 1e-9)
    assert pace.piece_s(1e9, 0.0) == pytest.approx(2 * first)
    for _ in range(40):
        pace.note(100.0, 1.0)
    assert pace.piece_s(1e9, 0.0) == pytest.approx(100.0 * PIECE_S)
    assert pace.piece_s(0.5, 0.0) == 0.5
