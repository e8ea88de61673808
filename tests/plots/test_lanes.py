"""Where triangles of scaling and bars of stalls stand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from plot_runs import view
from sim.plots.lanes import (
    LEAST_STALL_IN,
    MAX_STALL_LANES,
    SIGN_PT,
    STALL_PT,
    draw_scaling,
    draw_stalls,
    signs,
    stall_bars,
    stalls_in,
)
from sim.plots.marks import LANE_IN
from sim.plots.text import width_in
from sim.results.timeline import Mark, StallSpan

UP = "\u25b2"
HORIZON_S = 3600.0
WHOLE = view(end_at_s=HORIZON_S)

STEPS = st.lists(
    st.one_of(
        st.floats(0, 3599), st.floats(1000, 1030), st.integers(0, 59).map(lambda m: 60.0 * m)
    ),
    min_size=1,
    max_size=300,
).map(sorted)


def ups(at_s: list[float]) -> list[Mark]:
    """Steps up at these instants."""
    return [Mark(instant, "scale_up", "+1") for instant in at_s]


def half_in(text: str) -> float:
    """Half the width of a sign."""
    return width_in(text, size_pt=SIGN_PT) / 2


@given(STEPS)
def test_signs_do_not_meet_and_stand_for_every_step(at_s: list[float]) -> None:
    """Counts add up to the steps, and no sign reaches the next."""
    shown = signs(WHOLE, ups(at_s), UP)
    assert sum(int(sign.text.strip(UP) or 1) for sign in shown) == len(at_s)
    for one, other in pairwise(shown):
        room_in = WHOLE.place_in(other.at_s) - WHOLE.place_in(one.at_s)
        assert room_in > half_in(one.text) + half_in(other.text)


@given(STEPS)
def test_a_lone_sign_is_at_its_instant_and_a_count_is_among_its_steps(at_s: list[float]) -> None:
    """A triangle within half its width, though others are crowded; a count between its ends."""
    marks, rest = ups(at_s), list(at_s)
    for sign in signs(WHOLE, marks, UP):
        count = int(sign.text.strip(UP) or 1)
        mine, rest = rest[:count], rest[count:]
        if count == 1:
            away_in = abs(WHOLE.place_in(sign.at_s) - WHOLE.place_in(mine[0]))
            assert away_in <= half_in(sign.text)
        assert mine[0] <= sign.at_s <= mine[-1]
        # However dense, a count stands for less than an inch of the run.
        assert WHOLE.place_in(mine[-1]) - WHOLE.place_in(mine[0]) < 1


@pytest.mark.parametrize("every_s", [7, 20, 35, 50, 70])
def test_however_regular_a_crowd_is_its_signs_do_not_meet(every_s: int) -> None:
    """Steps at every distance about a sign's width, as an autoscaler makes them."""
    shown = signs(WHOLE, ups([float(at_s) for at_s in range(0, 3600, every_s)]), UP)
    for one, other in pairwise(shown):
        room_in = WHOLE.place_in(other.at_s) - WHOLE.place_in(one.at_s)
        assert room_in > half_in(one.text) + half_in(other.text)


def test_a_step_right_before_many_at_one_instant_is_counted_with_them() -> None:
    """A tenth of an inch is no room for a triangle and a count of thirty."""
    later_s = 1000 + 0.11 / WHOLE.inches_per_s
    assert [sign.text for sign in signs(WHOLE, ups([1000, *[later_s] * 30]), UP)] == [f"{UP}31"]


def test_a_count_stands_in_the_middle_of_its_steps() -> None:
    """Two steps of 20 s apart: ten seconds after the first."""
    (sign,) = signs(WHOLE, ups([600, 620]), UP)
    assert (sign.at_s, sign.text) == (610, f"{UP}2")


def test_a_lone_step_beside_a_crowd_stays_where_it_is() -> None:
    """A hundred steps in ten minutes, and one long after."""
    shown = signs(WHOLE, ups([*np.linspace(0, 600, 100), 2900.0]), UP)
    assert (shown[-1].at_s, shown[-1].text) == (2900.0, UP)


def test_every_step_has_a_tick_at_its_instant() -> None:
    """Those that share a sign too."""
    ax = Figure().add_subplot()
    draw_scaling(ax, WHOLE, ups([600, 601, 1200]), UP)
    (ticks,) = [c for c in ax.collections if isinstance(c, LineCollection)]
    assert [segment[0][0] for segment in ticks.get_segments()] == [600, 601, 1200]
    assert [text.get_text() for text in ax.texts] == [f"{UP}2", UP]


def stall(start_at_s: float, end_at_s: float, *, is_deadlocked: bool = False) -> StallSpan:
    """A stall between two instants."""
    return StallSpan(start_at_s, end_at_s, "cpu", "nobody", is_deadlocked=is_deadlocked)


STALLS = (
    stall(100, 105),
    stall(600, 1200),
    stall(1200, 1200),
    stall(1300, 3600, is_deadlocked=True),
    stall(3590, 3600),
)


def test_a_stall_is_a_bar_of_its_length_with_its_number() -> None:
    """A long one holds its number, a short or empty one has it on its right, and can be seen."""
    ax = Figure().add_subplot()
    bars = stall_bars(WHOLE, STALLS)
    draw_stalls(ax, WHOLE, bars, height_in=stalls_in(bars))
    per_in = HORIZON_S / WHOLE.width_in
    spans = [c.get_paths()[0].get_extents().intervalx.tolist() for c in ax.collections]
    least_s = LEAST_STALL_IN * per_in
    wanted = [(100, 100 + least_s), (600, 1200), (1200, 1200 + least_s), (1300, 3600)]
    for span, expected in zip(spans, [*wanted, (3590, 3590 + least_s)], strict=True):
        assert span == pytest.approx(expected)
    assert [text.get_text() for text in ax.texts] == ["S1", "S2", "S3", "S4 deadlock", "S5"]
    is_inside = [
        left <= text.get_position()[0] < right
        for text, (left, right) in zip(ax.texts, spans, strict=True)
    ]
    assert is_inside == [False, True, False, True, False]


@given(st.lists(st.tuples(st.floats(0, 3599), st.floats(0, 900)), max_size=12))
def test_bars_and_numbers_of_stalls_do_not_meet(spans: list[tuple[float, float]]) -> None:
    """In one lane each is over before the next; where lanes run out, the bar alone is drawn."""
    found = [stall(start, min(start + length, HORIZON_S)) for start, length in sorted(spans)]
    bars = stall_bars(WHOLE, found)
    assert len(bars) == len(found)
    for lane in range(MAX_STALL_LANES):
        mine = [bar for bar in bars if bar.lane == lane and bar.text]
        for one, other in pairwise(mine):
            assert one.end_in < other.left_in
    assert stalls_in(bars) <= LANE_IN * MAX_STALL_LANES
    nameless = [bar for bar in bars if not bar.text]
    assert all(bar.lane == MAX_STALL_LANES - 1 for bar in nameless)


def test_where_lanes_run_out_the_bar_is_drawn_without_its_number() -> None:
    """Eight stalls at one time have six numbers."""
    bars = stall_bars(WHOLE, [stall(600, 1200) for _ in range(8)])
    assert [bar.text for bar in bars] == ["S1", "S2", "S3", "S4", "S5", "S6", "", ""]
    assert [bar.lane for bar in bars] == [0, 1, 2, 3, 4, 5, 5, 5]


def test_a_view_shows_the_stalls_that_reach_into_it_under_their_numbers() -> None:
    """Cut off where it begins and ends; one that is over when it begins is not there."""
    narrow = view(start_at_s=1200, end_at_s=1400, width_in=2.0)
    bars = stall_bars(narrow, STALLS)
    assert [bar.text for bar in bars] == ["S3", "S4 deadlock"]
    assert (bars[1].left_in, bars[1].right_in) == pytest.approx((1.0, 2.0))
    assert bars[1].end_in >= bars[1].text_in + width_in(bars[1].text, size_pt=STALL_PT)
