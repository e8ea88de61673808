"""Step series, against counting by hand and against the definition."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results import steps as steps_module
from sim.results.steps import (
    align,
    changes_only,
    count_at,
    count_over_time,
    count_states,
    only_while,
    states_within,
    steps,
    time_mean,
    within,
)
from sim.results.timeline import Steps, Window
from sim.states import ReplicaState

INF = float("inf")

EIGHTHS = st.integers(0, 40).map(lambda k: k / 8)
INTERVALS = st.lists(st.tuples(EIGHTHS, EIGHTHS | st.just(INF)).map(sorted), max_size=12)


def pairs(series: Steps) -> list[tuple[float, float]]:
    """Return the steps as (instant, value)."""
    return list(zip(series.at_s.tolist(), series.value.tolist(), strict=True))


def test_intervals_are_counted_from_zero_on() -> None:
    """Two that overlap, one that does not end, one that is empty."""
    counted = count_over_time(np.array([1.0, 2.0, 5.0, 2.5]), np.array([3.0, INF, 7.0, 2.5]))

    assert pairs(counted) == [(0, 0), (1, 1), (2, 2), (3, 1), (5, 2), (7, 1)]


@given(INTERVALS, EIGHTHS)
def test_a_count_is_the_number_of_half_open_intervals_that_hold_the_instant(
    intervals: list[list[float]], at_s: float
) -> None:
    """The definition, at any instant, ties included."""
    start_at_s = np.array([start for start, _ in intervals])
    end_at_s = np.array([end for _, end in intervals])
    counted = count_over_time(start_at_s, end_at_s)

    (found,) = align(counted, np.array([at_s]))

    assert found == sum(start <= at_s < end for start, end in intervals)


@given(INTERVALS, st.sets(EIGHTHS, min_size=1))
def test_what_is_counted_now_and_then_is_what_is_counted_throughout(
    intervals: list[list[float]], looked_at_s: set[float]
) -> None:
    """At each instant that is asked for, ties included; only the first and changes have a step."""
    at_s = np.array(sorted(looked_at_s))
    start_at_s = np.array([start for start, _ in intervals])
    end_at_s = np.array([end for _, end in intervals])

    found = count_at(at_s, start_at_s, np.where(end_at_s == INF, np.nan, end_at_s))

    wanted = [sum(start <= t < end for start, end in intervals) for t in at_s]
    assert align(found, at_s).tolist() == wanted
    assert len(found.at_s) == 1 + sum(old != new for old, new in pairwise(wanted))


@given(INTERVALS, st.integers(1, 5))
def test_the_blocks_of_a_count_leave_no_seam(intervals: list[list[float]], rows: int) -> None:
    """A few starts and ends at a time are as good as all at once: the same steps, ties included."""
    start_at_s = np.array([start for start, _ in intervals])
    end_at_s = np.array([end for _, end in intervals])
    whole = count_over_time(start_at_s, end_at_s)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps_module, "BLOCK_ROWS", rows)
        parts = count_over_time(start_at_s, np.where(end_at_s == INF, np.nan, end_at_s))

    assert pairs(parts) == pairs(whole)


@given(INTERVALS)
def test_a_series_has_one_row_a_change(intervals: list[list[float]]) -> None:
    """Instants ascend strictly and no value is repeated."""
    counted = count_over_time(
        np.array([start for start, _ in intervals]), np.array([end for _, end in intervals])
    )

    assert np.all(np.diff(counted.at_s) > 0)
    assert np.all(np.diff(counted.value) != 0)


def test_the_last_value_of_an_instant_counts() -> None:
    """What was only true inside an instant is not part of the series."""
    assert pairs(steps(np.array([0.0, 1, 1, 2]), np.array([5.0, 6, 7, 7]))) == [
        (0, 5),
        (1, 7),
        (2, 7),
    ]


def test_nothing_that_stays_nothing_is_no_change() -> None:
    """NaN after NaN is dropped, NaN after a number is kept."""
    kept = changes_only(steps(np.arange(5.0), np.array([1, np.nan, np.nan, 2, 2])))

    np.testing.assert_array_equal(kept.at_s, [0, 1, 3])
    np.testing.assert_array_equal(kept.value, [1, np.nan, 2])


def test_states_are_counted_by_transition() -> None:
    """A replica that is created, moves on and is deleted; one that stays."""
    queued, starting, deleted = (
        ReplicaState.QUEUED,
        ReplicaState.STARTING,
        ReplicaState.DELETED,
    )
    counted = count_states(
        [2, 2, 4, 9], [None, None, queued, starting], [queued, queued, starting, deleted]
    )

    assert counted.at_s.tolist() == [0, 2, 4, 9]
    assert counted.counts[queued].tolist() == [0, 2, 1, 1]
    assert counted.counts[starting].tolist() == [0, 0, 1, 0]
    assert ReplicaState.DELETED not in counted.counts


def test_a_time_mean_weighs_values_by_how_long_they_hold() -> None:
    """10 for 1 s and 20 for 3 s, cut out of a longer series."""
    series = Steps(np.array([0.0, 2, 10]), np.array([10.0, 20, 90]))

    assert time_mean(series, 1, 5) == pytest.approx((10 * 1 + 20 * 3) / 4)
    assert time_mean(series, 5, 5) is None


def test_there_is_no_value_before_the_first_instant() -> None:
    """Not 0, not the first value."""
    series = Steps(np.array([3.0]), np.array([1.0]))

    np.testing.assert_array_equal(align(series, np.array([2.0, 3, 4])), [np.nan, 1, 1])
    np.testing.assert_array_equal(align(Steps(np.array([]), np.array([])), np.array([2.0])), np.nan)


def test_what_is_observed_ends_where_there_is_nothing_to_observe() -> None:
    """Observed every 5 s; none are there from 12 s to 17 s, and none again from 30 s on."""
    observed = steps(np.arange(0, 25, 5.0), np.array([0.5, 0.6, 0.7, 0.8, 0.9]))
    there = steps(np.array([0.0, 12, 17, 30]), np.array([2.0, 0, 1, 0]))
    found = only_while(observed, there)

    assert found.at_s.tolist() == [0, 5, 10, 12, 15, 20, 30]
    np.testing.assert_array_equal(found.value, [0.5, 0.6, 0.7, np.nan, np.nan, 0.9, np.nan])


def test_at_the_instant_at_which_the_last_goes_nothing_is_observed() -> None:
    """What holds at an instant is what holds after all that happened at it."""
    there = steps(np.array([0.0, 5.0]), np.array([2.0, 0.0]))
    found = only_while(steps(np.array([0.0, 5]), np.array([0.5, 0.6])), there)

    assert found.at_s.tolist() == [0, 5]
    assert np.isnan(found.value).tolist() == [False, True]


def test_who_is_never_observed_has_no_gaps_either() -> None:
    """Nothing stays nothing, and without a count of what is there nothing is observed."""
    none = Steps(np.empty(0), np.empty(0))

    assert len(only_while(none, steps(np.zeros(1), np.zeros(1))).at_s) == 0
    assert np.isnan(only_while(steps(np.zeros(1), np.ones(1)), none).value).all()


@given(
    st.lists(st.tuples(EIGHTHS, st.integers(0, 3)), min_size=1, max_size=12),
    EIGHTHS,
    st.integers(1, 20).map(lambda k: k / 8),
    EIGHTHS,
)
def test_within_a_window_a_series_is_what_it_was(
    changes: list[tuple[float, int]], start_at_s: float, length_s: float, at_s: float
) -> None:
    """At every instant inside; no step is outside, and one is where it begins if any was before."""
    at, value = np.array(sorted(changes), np.float64).T
    series, window = steps(at, value), Window(start_at_s, start_at_s + length_s)
    found = within(series, window)

    assert np.all(np.diff(found.at_s) > 0)
    assert all(window.start_at_s <= s < window.end_at_s for s in found.at_s)
    if window.holds(at_s):
        instants = np.array([at_s, start_at_s])
        np.testing.assert_array_equal(align(found, instants), align(series, instants))


def test_states_within_a_window_share_its_instants() -> None:
    """From the window's beginning on, every state as it was."""
    states = count_states(
        [0.0, 10.0, 20.0],
        [None, None, ReplicaState.QUEUED],
        [ReplicaState.RESPONSIVE, ReplicaState.QUEUED, ReplicaState.STARTING],
    )
    found = states_within(states, Window(15, 40))

    assert found.at_s.tolist() == [15, 20]
    assert found.counts[ReplicaState.RESPONSIVE].tolist() == [1, 1]
    assert found.counts[ReplicaState.QUEUED].tolist() == [1, 0]
    assert found.counts[ReplicaState.STARTING].tolist() == [0, 1]
