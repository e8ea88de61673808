"""Numbers beside axes: units, ticks and words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.plots.quantities import (
    MAX_INTERVALS,
    MAX_LOG_TICKS,
    count_words,
    duration_words,
    log_ticks,
    response_unit,
    time_scale,
)

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
    scale = time_scale(horizon_s)
    ticks = scale.ticks_s(horizon_s)
    labels = [scale.number(at_s) for at_s in ticks]
    assert ticks[0] == 0
    assert 2 <= ticks.size <= MAX_INTERVALS + 1
    assert ticks[-1] <= horizon_s * (1 + 1e-9)
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= 6


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
