"""Numbers beside axes: units, ticks and words."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.plots.quantities import (
    MAX_CHARACTERS,
    MAX_INTERVALS,
    MAX_LOG_TICKS,
    count_words,
    duration_words,
    instant_words,
    log_ticks,
    response_unit,
    time_axis,
    time_scale,
)
from sim.results.timeline import Window

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@pytest.mark.parametrize(
    ("horizon_s", "unit", "step_s"),
    [
        (0.3, "s", 0.05),
        (2, "s", 0.2),
        (60, "s", 5),
        (180, "s", 15),
        (10 * MINUTE, "min", MINUTE),
        (HOUR, "min", 5 * MINUTE),
        (2 * HOUR, "min", 10 * MINUTE),
        (8 * HOUR, "h", HOUR),
        (DAY, "h", 2 * HOUR),
        (3 * DAY, "h", 6 * HOUR),
        (7 * DAY, "d", DAY),
        (100 * DAY, "d", 14 * DAY),
        (1000 * DAY, "d", 100 * DAY),
    ],
)
def test_time_is_told_in_the_unit_people_would_use(
    horizon_s: float, unit: str, step_s: float
) -> None:
    """Each length of run has its unit and round steps."""
    scale = time_scale(horizon_s)
    assert scale.unit == unit
    assert scale.step_s == pytest.approx(step_s)


@given(st.floats(1e-3, 1e9))
def test_ticks_are_few_distinct_and_within_the_run(horizon_s: float) -> None:
    """Ticks begin at 0, do not leave the run, and no two have one label."""
    axis = time_axis(Window(0.0, horizon_s))
    ticks, labels = axis.ticks_s(), axis.labels()
    assert ticks[0] == 0
    assert 2 <= ticks.size <= MAX_INTERVALS + 1
    assert ticks[-1] <= horizon_s * (1 + 1e-9)
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= 6


@given(st.floats(0, 1e7), st.floats(1e-2, 1e6), st.sampled_from([5, 12]))
def test_ticks_of_a_part_of_the_run_are_in_it(
    start_at_s: float, length_s: float, most: int
) -> None:
    """However deep inside and short it is, labels are few, short and distinct, and tell instants.

    Each label is its instant counted from the origin, to the sixth digit.
    """
    window = Window(start_at_s, start_at_s + length_s)
    axis = time_axis(window, intervals=most)
    ticks, labels = axis.ticks_s(), axis.labels()
    assert 1 <= ticks.size <= most + 2  # an end that is a tick but for its rounding counts as one
    slack_s = 1e-6 * axis.scale.step_s
    assert window.start_at_s - slack_s <= ticks[0] <= ticks[-1] <= window.end_at_s + slack_s
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= MAX_CHARACTERS
    assert axis.origin_at_s in (0.0, start_at_s)
    told = axis.origin_at_s + np.array(list(map(float, labels))) * axis.scale.unit_s
    assert np.abs(told - ticks).max() <= axis.scale.step_s / 2


def test_a_window_deep_inside_of_a_run_counts_from_its_own_beginning() -> None:
    """Two minutes on the twelfth day: seconds since then, not 1,000,000 of them."""
    axis = time_axis(Window(12 * DAY, 12 * DAY + 120))
    assert (axis.origin_at_s, axis.scale.unit) == (12 * DAY, "s")
    assert axis.labels() == [str(10 * n) for n in range(13)]


def test_an_axis_may_count_from_an_instant_inside() -> None:
    """What was before it is negative."""
    axis = time_axis(Window(590, 650), origin_at_s=600, intervals=5)
    assert axis.labels() == ["0", "15", "30", "45"]
    assert axis.ticks_s().tolist() == [600, 615, 630, 645]
    assert time_axis(Window(580, 650), origin_at_s=600, intervals=5).labels()[0] == "-15"


@pytest.mark.parametrize(
    ("at_s", "words"),
    [
        (0, "0 s"),
        (9.254, "9.25 s"),
        (59.99, "59.99 s"),
        (59.996, "1 min"),
        (90, "1 min 30 s"),
        (3600, "1 h"),
        (97 * MINUTE + 5.4, "1 h 37 min 5 s"),
        (12 * DAY + 8 * HOUR, "12 d 8 h"),
    ],
)
def test_instants_are_told_as_clocks_show_them(at_s: float, words: str) -> None:
    """To the second from a minute on, without parts that are nought."""
    assert instant_words(at_s) == words


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [(0.5, "0.5 s"), (10, "10 s"), (60, "1 min"), (900, "15 min"), (5400, "1.5 h"), (DAY, "1 d")],
)
def test_durations_are_told_in_their_largest_unit(duration_s: float, words: str) -> None:
    """A duration is at least one of its unit, unless it is less than a second."""
    assert duration_words(duration_s) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (950, "950"), (1500, "1.5k"), (20_000, "20k"), (3e6, "3M")]
)
def test_counts_are_short(count: float, words: str) -> None:
    """Thousands and millions have their letters."""
    assert count_words(count) == words


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.9, 60, [1, 2, 5, 10, 20, 50]),
        (0.31, 80, [1, 3, 10, 30]),
        (0.1, 5000, [0.1, 1, 10, 100, 1000]),
    ],
)
def test_logarithmic_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    """One, two and five where there is room, else fewer."""
    assert log_ticks(low, high) == pytest.approx(ticks)


@given(st.floats(1e-6, 1e6), st.floats(30, 1e12))
def test_logarithmic_ticks_are_few_and_within(low: float, span: float) -> None:
    """A wide axis has at least one tick, and never more than there is room for."""
    ticks = log_ticks(low, low * span)
    assert 1 <= len(ticks) <= MAX_LOG_TICKS
    assert all(low <= tick <= low * span for tick in ticks)
    assert ticks == sorted(ticks)


def test_response_times_below_a_second_are_milliseconds() -> None:
    """The unit follows the longest of them."""
    assert response_unit(0.999) == ("ms", 1e-3)
    assert response_unit(1.0) == ("s", 1.0)
    assert math.isclose(0.25 / response_unit(0.25)[1], 250)
