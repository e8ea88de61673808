"""The picture of a comparison: a row a measure, each verdict told by a mark and in words."""

from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from case_files import ROLLING, TINY, write_case
from plot_sight import contrast
from sim.palette import PAPER
from sim.plots.differences import MARKS
from sim.plots.style import style
from sim.studies import Compared, compare
from sim.studies.answers.relative import WORDS, relative_differences


@pytest.fixture(scope="module")
def worse(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """A case against a busier one: one measure is worse, and two are identical."""
    folder = tmp_path_factory.mktemp("a_directory_of_a_long_name_" * 6)
    a, b = write_case(folder, "a", TINY), write_case(folder, "b", TINY, ("3/s", "3.3/s"))
    return compare(a, b, workers=1)


def said(figure: Figure) -> list[str]:
    """Return the words beside the rows, from above."""
    (ax,) = figure.axes
    return [text.get_text() for text in ax.texts]


def names(figure: Figure) -> list[str]:
    """Return the names of the rows, from above."""
    ax: Axes = figure.axes[0]
    return [label.get_text() for label in ax.get_yticklabels()]


def test_a_row_has_the_difference_in_percent_of_the_first_mean(worse: Compared) -> None:
    """With its interval, all divided by the mean of the first case."""
    p99 = worse.report.measures["deployments.a.response_s.p99"]
    mean = p99.cases["A"].value
    assert mean is not None
    figure = worse.plot()

    row, *others = relative_differences(worse)
    ends = (p99.difference.value, p99.difference.low, p99.difference.high)
    assert row.percent == pytest.approx([100 * (end or 0) / mean for end in ends])
    assert [one.percent for one in others] == [(0.0, None, None)] * 2
    assert names(figure) == ["a.response_s.p99", "a.failed_ratio", "a.compute_seconds_per_day"]
    assert said(figure) == [f"worse, {row.percent[0]:+.3g} %", "identical", "identical"]


def test_several_pairs_stand_below_each_other(tmp_path: Path) -> None:
    """Each row then says which; yes/no is in points; what has no mean has no mark."""
    slow = ("mean: 20s", "mean: 60s")
    files = [
        write_case(tmp_path, "a", ROLLING),
        write_case(tmp_path, "b", ROLLING, slow),
        write_case(tmp_path, "c", ROLLING),
    ]
    of = ["a.rollouts.1.duration_s", "a.rollouts.1.stalled"]
    figure = compare(*files, workers=1, of=of).plot()

    assert names(figure)[::2] == [
        "B against A: a.rollouts.1.duration_s",
        "C against A: a.rollouts.1.duration_s",
    ]
    assert said(figure)[0].endswith("(no difference of means)")


def test_verdicts_are_told_apart_without_colour() -> None:
    """By shape or filling, and by the word; every one has both."""
    assert set(MARKS) == set(WORDS)
    assert len({(shape, is_filled) for shape, _, is_filled in MARKS.values()}) == len(MARKS)
    assert len(set(WORDS.values())) == len(WORDS)
    assert all(contrast(color, PAPER) >= 3 for _, color, _ in MARKS.values())  # WCAG 2.1, 1.4.11


def test_a_large_difference_leaves_small_ones_to_be_seen(worse: Compared, tmp_path: Path) -> None:
    """Beyond 200 % the scale is logarithmic; below it is not."""
    a, b = write_case(tmp_path, "a", TINY), write_case(tmp_path, "b", TINY, ("3/s", "9/s"))
    large = compare(a, b, workers=1, of=["a.response_s.p99"], runs=10)

    assert [found.plot().axes[0].get_xscale() for found in (worse, large)] == ["linear", "symlog"]


def test_no_word_leaves_the_picture(worse: Compared) -> None:
    """Names on the left, verdicts on the right, and above the files, shortened where need be."""
    figure = worse.plot()
    with style():
        figure.draw_without_rendering()
    (ax,) = figure.axes

    for text in (*ax.texts, *ax.get_yticklabels(), *figure.texts):
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
