"""What a chart holds at each width: bins of bins, exact changes, stacks."""

import numpy as np
import pytest

from plot_runs import NOTHING, steps
from sim.pages.chart import ALWAYS_EXACT, FACTOR, MOST_CHANGES, Kind, Line, Sketch, charts
from sim.results.timeline import Steps

EDGES = np.linspace(0, 1000, 8001)

BLUE = Line("used", "blue")
BAND = Line("used", "blue", has_band=True)
LIMIT = Line("limit", "ink", is_dashed=True)


def sketch(
    *lines: tuple[Line, Steps], key: str = "a", kind: Kind = "lines", seldom: bool = True
) -> Sketch:
    """A chart to be made of the lines."""
    return Sketch(key, "", "", kind, lines, seldom)


def busy(count: int) -> Steps:
    """A series of so many changes."""
    return steps(np.linspace(0, 999, count), np.arange(count) % 7)


def test_what_changes_seldom_is_exact_and_needs_no_bins() -> None:
    """Every change is there, with the beginning and the end of the run."""
    (chart,) = charts([sketch((BLUE, steps([0, 10, 250.5], [1, 2, 0])))], EDGES)
    assert chart.levels == ()
    assert chart.exact is not None
    assert chart.exact.edge_at_s.tolist() == [0, 10, 250.5, 1000]
    assert [column.tolist() for column in chart.exact.columns] == [[1, 2, 0]]


def test_lines_of_one_chart_share_their_instants() -> None:
    """A line has no value before its first."""
    (chart,) = charts([sketch((BLUE, steps([0, 20], [1, 2])), (LIMIT, steps([10], [5])))], EDGES)
    assert chart.exact is not None
    used, limit = (column.tolist() for column in chart.exact.columns)
    assert used == [1, 1, 2]
    assert limit == pytest.approx([np.nan, 5, 5], nan_ok=True)


def test_many_changes_have_bins_too() -> None:
    """Each level is of bins four times as wide, down to few."""
    (chart,) = charts([sketch((BAND, busy(ALWAYS_EXACT + 1)))], EDGES)
    assert chart.exact is not None
    counts = [len(level.edge_at_s) - 1 for level in chart.levels]
    assert counts[0] == 8000
    assert counts[1:] == [-(-count // FACTOR) for count in counts[:-1]]
    assert all(len(level.columns) == 3 for level in chart.levels)
    mean, least, most = chart.levels[-1].columns
    assert (least <= mean).all()
    assert (mean <= most).all()


def test_what_requests_do_is_shown_in_bins_alone() -> None:
    """However few there are, a page is not a log of requests."""
    (chart,) = charts([sketch((BAND, busy(100)), seldom=False)], EDGES)
    assert chart.exact is None
    assert chart.levels


def test_exact_changes_are_those_of_the_charts_with_fewest() -> None:
    """Together they are no more than a page has room for."""
    count = MOST_CHANGES // 2 + 1
    made = charts([sketch((BAND, busy(count + i)), key=key) for i, key in enumerate("cab")], EDGES)
    assert [chart.key for chart in made] == ["c", "a", "b"]
    assert [chart.exact is not None for chart in made] == [True, False, False]


def test_areas_stand_on_each_other_and_limits_do_not() -> None:
    """In exact values and in bins."""
    lines = (
        (BLUE, busy(5000)),
        (Line("more", "orange"), steps([0], [10])),
        (LIMIT, steps([0], [3])),
    )
    (chart,) = charts([sketch(*lines, kind="stack")], EDGES)
    assert chart.exact is not None
    for level in (chart.exact, *chart.levels):
        below, above, limit = level.columns
        assert above == pytest.approx(below + 10)
        assert set(limit.tolist()) == {3.0}


def test_a_line_that_never_was_is_left_out() -> None:
    """A chart of nothing else is empty and is still a chart."""
    with_one, without = charts(
        [sketch((BLUE, NOTHING), (LIMIT, steps([0], [3]))), sketch((BLUE, NOTHING), key="b")],
        EDGES,
    )
    assert with_one.lines == (LIMIT,)
    assert (without.lines, without.levels, without.exact) == ((), (), None)
