"""Replicas as bars and as counts."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from plot_runs import life, replaced
from sim.palette import STATES
from sim.plots.bars import counts_of, draw_bars, draw_counts, greatest_count, rows_of
from sim.results.timeline import ReplicaBar, StateCounts, Window
from sim.states import ReplicaState

S = ReplicaState


@st.composite
def lives(draw: st.DrawFn) -> list[ReplicaBar]:
    """Some replicas of some revisions with whole seconds in any states."""
    bars = []
    for replica in range(draw(st.integers(1, 6))):
        instants = sorted(draw(st.sets(st.integers(0, 60), min_size=2, max_size=6)))
        states = draw(
            st.lists(
                st.sampled_from(list(STATES)),
                min_size=len(instants) - 1,
                max_size=len(instants) - 1,
            )
        )
        moves = [(state, float(at_s)) for state, at_s in zip(states, instants, strict=False)]
        bars.append(life(replica, replica // 2, *moves, until_s=float(instants[-1])))
    return bars


def in_state(bars: Sequence[ReplicaBar], state: ReplicaState, at_s: float) -> int:
    """How many replicas are in `state` at an instant, by looking at each."""
    return sum(
        span.state is state and span.start_at_s <= at_s < span.end_at_s
        for bar in bars
        for span in bar.spans
    )


@given(lives())
def test_counts_are_what_looking_at_each_replica_gives(bars: list[ReplicaBar]) -> None:
    """At every second each state has as many replicas as there are in it."""
    states = counts_of(bars)
    assert np.all(np.diff(states.at_s) > 0)
    for second in range(int(states.at_s[0]), 61):
        i = int(np.searchsorted(states.at_s, second, side="right")) - 1
        for state in STATES:
            shown = states.counts[state][i] if state in states.counts else 0
            assert shown == in_state(bars, state, second)


def areas(ax: Axes) -> list[PolyCollection]:
    """The collections that are filled; the others are hatches over them."""
    return [
        collection
        for collection in ax.collections
        if isinstance(collection, PolyCollection) and len(np.asarray(collection.get_facecolor()))
    ]


def colour_of(collection: PolyCollection) -> str:
    """The one face colour of a collection as "#RRGGBB"."""
    (face,) = np.asarray(collection.get_facecolor()).tolist()
    return to_hex(face).upper()


@pytest.mark.parametrize("count", [1, 4, 20, 40])
def test_there_is_one_rectangle_for_each_spell(count: int) -> None:
    """Every spell in a state is drawn from its start to its end, in the state's colour."""
    bars = replaced(count, horizon_s=3600, rng=np.random.default_rng(5))
    ax = Figure().add_subplot()
    draw_bars(ax, bars)
    drawn = sorted(
        (colour_of(collection), *path.get_extents().intervalx)
        for collection in areas(ax)
        for path in collection.get_paths()
    )
    spells = sorted(
        (STATES[span.state].face, span.start_at_s, span.end_at_s)
        for bar in bars
        for span in bar.spans
    )
    assert drawn == spells


def test_rows_are_numbered_and_grouped_by_revision() -> None:
    """Each row has its replica's number, revisions are named and stand apart."""
    bars = [life(n, n // 2, (S.RESPONSIVE, 0.0), until_s=9.0) for n in range(4)]
    ax = Figure().add_subplot()
    draw_bars(ax, bars)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "1", "2", "3"]
    assert [text.get_text() for text in ax.texts] == ["revision 0", "revision 1"]
    assert ax.get_yticks().tolist() == [0.5, 1.5, 3.0, 4.0]
    assert rows_of(bars) == 4.5


def test_counts_are_stacked_to_the_number_of_replicas() -> None:
    """The areas lie on each other and reach to the horizon."""
    bars = replaced(60, horizon_s=3600, rng=np.random.default_rng(5))
    ax = Figure().add_subplot()
    draw_counts(ax, counts_of(bars), window=Window(0, 4000))
    tops = [area.get_paths()[0].get_extents() for area in ax.collections]
    assert max(extent.ymax for extent in tops) == 60
    assert {extent.xmax for extent in tops} == {4000}
    assert len(ax.collections) == len({span.state for bar in bars for span in bar.spans})


def test_the_greatest_count_is_of_all_states_together() -> None:
    """Two that are responsive while one starts are three."""
    counts = {S.RESPONSIVE: np.array([2, 2, 1]), S.STARTING: np.array([0, 1, 0])}
    assert greatest_count(StateCounts(np.array([0.0, 5.0, 9.0]), counts)) == 3


def test_no_replicas_yet_are_no_area() -> None:
    """A revision that comes later than what is shown."""
    ax = Figure().add_subplot()
    draw_counts(
        ax,
        StateCounts(
            np.empty(0),
            {S.RESPONSIVE: np.empty(0, np.int64)},
        ),
        window=Window(0, 9),
    )
    assert not ax.collections


def test_names_of_revisions_can_be_left_out() -> None:
    """Where there is no room for them on the left."""
    ax = Figure().add_subplot()
    draw_bars(ax, [life(0, 0, (S.RESPONSIVE, 0.0), until_s=9.0)], with_names=False)
    assert not ax.texts
