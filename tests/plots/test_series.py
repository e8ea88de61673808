"""Step series as lines, and as bins where they are dense."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from plot_runs import NOTHING, steps, view
from sim.plots.series import DASHED_PER_IN, area, greatest, limit, line, measured
from sim.results.bins import binned
from sim.results.timeline import Steps, Window

HORIZON_S = 100.0
RUN = Window(0.0, HORIZON_S)
CROWD = 250
"""Steps on an axes of two and a half inches that are drawn one by one."""


def test_nothing_stays_nothing() -> None:
    """A series without a value has no line and no greatest value."""
    ax = Figure().add_subplot()
    drawn = line(ax, NOTHING, window=RUN, label="x", color="k")
    assert np.isnan(np.asarray(drawn.get_ydata())).all()
    assert greatest(NOTHING) == 0
    assert greatest(steps([0], [np.nan])) == 0


def test_a_line_holds_its_last_value_to_the_horizon() -> None:
    """Every step is drawn, and the line does not end at the last of them."""
    ax = Figure().add_subplot()
    drawn = line(ax, steps([0, 10, 20], [1, 3, 2]), window=RUN, label="x", color="k")
    assert np.asarray(drawn.get_xdata()).tolist() == [0, 10, 20, HORIZON_S]
    assert np.asarray(drawn.get_ydata()).tolist() == [1, 3, 2, 2]


@pytest.mark.parametrize(
    ("size", "shown"), [(CROWD, ["x"]), (CROWD + 1, ["x, mean of 0.5 s", "x, least to most"])]
)
def test_a_dense_series_is_drawn_as_mean_and_range(size: int, shown: list[str]) -> None:
    """One step too many for a line, and the legend says what is drawn in its place."""
    ax = Figure().add_subplot()
    at_s = np.arange(size, dtype=np.float64) * (HORIZON_S / size)
    dense = Steps(at_s, np.where(np.arange(size) % 2, 4.0, 0.0))
    shown_in = view(end_at_s=HORIZON_S, width_in=2.5)
    handles = measured(ax, dense, view=shown_in, label="x", color="#1F5FBF")
    assert [handle.get_label() for handle in handles] == shown
    (area,) = [c for c in ax.collections if isinstance(c, PolyCollection)]
    assert area.get_paths()[0].get_extents().intervaly.tolist() == [0, 4]
    (drawn,) = ax.lines
    assert len(np.asarray(drawn.get_xdata())) == (size + 1 if size <= CROWD else 201)


def test_one_value_between_gaps_is_drawn() -> None:
    """A bin with neighbours that have no value is a line of its own length, not a lost point."""
    ax = Figure().add_subplot()
    drawn = line(
        ax, steps([0, 10, 20], [np.nan, 5, np.nan]), window=Window(0, 30), label="x", color="k"
    )
    vertices = np.asarray(drawn.get_path().vertices)
    assert vertices[~np.isnan(vertices).any(axis=1)].tolist() == [[10, 5], [20, 5]]


def test_bins_begin_with_the_window() -> None:
    """Each is of its own ten seconds, whatever the run's beginning was."""
    bins = binned(steps([35, 50, 62], [4, 0, 6]), width_s=10, window=Window(35, 65))
    assert bins.start_at_s.tolist() == [35, 45, 55]
    assert bins.mean.tolist() == pytest.approx([4, 2, 1.8])  # 5 s of 4; 3 s of 6


def test_an_area_reaches_up_to_where_a_value_ends() -> None:
    """The last value before a gap is held to the gap, and the one after it from its own instant."""
    ax = Figure().add_subplot()
    at_s, value = np.array([0.0, 10, 20, 30, 40]), np.array([2.0, 3, np.nan, 5])
    area(ax, at_s, 0 * value, value)
    (drawn,) = ax.collections
    spans = []
    for path in drawn.get_paths():
        corners = np.asarray(path.vertices)
        spans.append((corners[:, 0].min(), corners[:, 0].max(), corners[:, 1].max()))
    assert spans == [(0, 20, 3), (30, 40, 5)]


@pytest.mark.parametrize(("count", "is_binned"), [(DASHED_PER_IN, False), (60, True)])
def test_a_limit_whose_dashes_would_run_together_is_drawn_as_its_means(
    count: int, *, is_binned: bool
) -> None:
    """Steps within a twentieth of the width make the whole of it bins, and the legend says so."""
    at_s = np.append(0.0, 50 + 5 * np.arange(count) / count)
    steps_of_limit = Steps(at_s, np.where(np.arange(count + 1) % 2, 4.0, 8.0))
    ax = Figure().add_subplot()
    shown_in = view(end_at_s=HORIZON_S, width_in=20)
    drawn = limit(ax, steps_of_limit, view=shown_in, label="threads there", short="threads")
    assert drawn.get_label() == ("threads, mean of 0.5 s" if is_binned else "threads there")
    assert len(np.asarray(drawn.get_xdata())) == (201 if is_binned else count + 2)


def test_dashes_are_counted_by_the_inch_and_not_by_more() -> None:
    """Sixty steps over an inch and a half are 40 in any inch: still one by one."""
    at_s = np.append(0.0, 50 + 7.5 * np.arange(60) / 60)
    steps_of_limit = Steps(at_s, np.where(np.arange(61) % 2, 4.0, 8.0))
    shown_in = view(end_at_s=HORIZON_S, width_in=20)
    drawn = limit(Figure().add_subplot(), steps_of_limit, view=shown_in, label="x")
    assert drawn.get_label() == "x"
