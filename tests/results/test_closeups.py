"""Which rollouts are enlarged, and how much around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results.closeups import SLIVER_RATIO, Stretch, stretches
from sim.results.rollouts import RolloutCourse
from sim.results.timeline import Window

DAY_S = 86400.0
DAY = Window(0.0, DAY_S)


def rollout(
    put_at_s: float,
    full_at_s: float | None = None,
    *,
    number: int = 1,
    gone_at_s: float | None = None,
    ended_at_s: float | None = None,
) -> RolloutCourse:
    """A rollout of which the instants matter here."""
    return RolloutCourse(
        number=number,
        cause="replace",
        strategy="blue_green",
        old_revision=0,
        new_revision=1,
        ended="open",
        threads_at_put=1,
        threads_at_full=None,
        put_at_s=put_at_s,
        switched_at_s=full_at_s,
        full_at_s=full_at_s,
        gone_at_s=gone_at_s,
        progress_exceeded_at_s=None,
        ended_at_s=ended_at_s,
        duration_s=None,
        dip_ratio=None,
        cores_dip_ratio=None,
        stalls=(),
    )


def test_a_rollout_under_a_fiftieth_of_the_width_is_enlarged() -> None:
    """A fiftieth of a day is 1728 s: a second less is a sliver, and as much is none."""
    (found,) = stretches([rollout(40_000, 41_727)], DAY)
    assert (found.rollouts, found.put_at_s) == ((1,), 40_000)
    assert (found.window.start_at_s, found.window.end_at_s) == (40_000 - 431.75, 41_727 + 431.75)
    assert stretches([rollout(40_000, 41_728)], DAY) == ()
    assert SLIVER_RATIO == 1 / 50


def test_the_last_old_replica_belongs_to_it_unless_it_is_long_after() -> None:
    """Gone after ten minutes is shown; gone after two hours is not, and the rollout still is."""
    (near,) = stretches([rollout(40_000, 40_100, gone_at_s=40_600)], DAY)
    assert near.window == Window(40_000 - 150, 40_600 + 150)
    (far,) = stretches([rollout(40_000, 40_100, gone_at_s=47_200)], DAY)
    assert far.window == Window(40_000 - 25, 40_100 + 25)


@pytest.mark.parametrize("ended_at_s", [40_100.0, None])
def test_a_rollout_that_was_never_full_counts_to_its_end(ended_at_s: float | None) -> None:
    """Given up soon it is a sliver; open to the end of the run it is none."""
    found = stretches([rollout(40_000, None, ended_at_s=ended_at_s)], DAY)
    assert len(found) == (1 if ended_at_s else 0)


def test_what_is_still_open_just_before_the_end_is_enlarged() -> None:
    """Up to the end of the run, and not beyond."""
    (found,) = stretches([rollout(DAY_S - 100)], DAY)
    assert found.window == Window(DAY_S - 125, DAY_S)


def test_short_rollouts_have_some_seconds_around_them() -> None:
    """Ten at least: a rollout given up at its own instant is seen too."""
    (found,) = stretches([rollout(5.0, None, ended_at_s=5.0)], DAY)
    assert found.window == Window(0.0, 15.0)


def test_in_a_short_run_the_margin_is_short() -> None:
    """In ten seconds a margin of ten would show it all."""
    (found,) = stretches([rollout(5.0, 5.1)], Window(0.0, 10.0))
    assert found.window == Window(4.9, 5.1 + 0.1)


def test_only_rollouts_that_begin_in_the_window_are_enlarged_by_its_width() -> None:
    """In an hour of the day a hundred seconds are no sliver, and what was before is not there."""
    hour = Window(36_000, 39_600)
    rollouts = [
        rollout(10_000, 10_010),
        rollout(36_000, 36_010, number=2),
        rollout(37_000, 37_100, number=3),
    ]
    assert [found.rollouts for found in stretches(rollouts, hour)] == [(2,)]


def test_near_rollouts_share_what_is_enlarged_if_neither_is_a_sliver_of_it() -> None:
    """A second PUT while the first still starts; not one of a second beside one of a minute."""
    both = [rollout(40_000, None, ended_at_s=40_060), rollout(40_060, 40_200, number=2)]
    assert stretches(both, DAY) == (Stretch(Window(39_985, 40_235), (1, 2), 40_000),)
    uneven = [rollout(40_000, 41_000), rollout(41_100, 41_101, number=2)]
    assert [found.rollouts for found in stretches(uneven, DAY)] == [(1,), (2,)]
    apart = [rollout(40_000, 40_060), rollout(40_200, 40_260, number=2)]
    assert [found.rollouts for found in stretches(apart, DAY)] == [(1,), (2,)]


LENGTHS = st.tuples(st.floats(0, DAY_S - 1), st.floats(0, 5000))


@given(st.lists(LENGTHS, max_size=20))
def test_every_sliver_is_enlarged_once_and_is_none_there(spans: list[tuple[float, float]]) -> None:
    """All that begin, and are over, within a fiftieth; in a window that holds them."""
    lives = [(put, min(put + length, DAY_S)) for put, length in sorted(spans)]
    rollouts = [rollout(*life, number=number) for number, life in enumerate(lives, start=1)]
    found = stretches(rollouts, DAY)
    told = [number for stretch in found for number in stretch.rollouts]
    slivers = [
        number
        for number, (put_at_s, full_at_s) in enumerate(lives, start=1)
        if full_at_s - put_at_s < DAY_S / 50
    ]
    assert told == slivers
    for stretch in found:
        window = stretch.window
        assert 0 <= window.start_at_s < window.end_at_s <= DAY_S
        assert lives[stretch.rollouts[0] - 1][0] == stretch.put_at_s
        for number in stretch.rollouts:
            put_at_s, full_at_s = lives[number - 1]
            assert window.start_at_s <= put_at_s <= full_at_s <= window.end_at_s
            length_s = full_at_s - put_at_s
            if length_s > 1:  # of shorter ones the ten seconds around them are more than they are
                assert length_s >= window.length_s * SLIVER_RATIO
