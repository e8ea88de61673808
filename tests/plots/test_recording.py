"""The picture of a recording: its rate with the gaps, and the times between arrivals."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch

from sim.cli import main
from sim.plots.recording import MOST_BINS, edges_s, plot_look, plot_series
from sim.recordings.looking import find_out
from sim.recordings.measuring import Look, look
from sim.recordings.series_look import look_at_series
from sim.results.timeline import Floats


def recorded(folder: Path, instants: list[float]) -> Look:
    """Return a look at a recording with these arrivals."""
    file = folder / "recording.csv"
    file.write_text("\n".join(["at", *map(repr, instants)]))
    return look(file)


@given(length_s=st.floats(1e-6, 1e8), rows=st.integers(1, 10**7))
def test_bins_cover_the_time_and_are_of_one_width_but_the_last(length_s: float, rows: int) -> None:
    """The last is no sliver, whose rate would be a spike."""
    edges = edges_s(length_s, rows)
    widths = np.diff(edges)

    assert (edges[0], edges[-1]) == (0.0, length_s)
    assert 1 <= len(widths) <= MOST_BINS
    assert widths[:-1] == pytest.approx(widths[0], rel=1e-6)
    if len(widths) > 1:
        assert 0.5 - 1e-6 <= widths[-1] / widths[0] <= 1.5 + 1e-6


def test_what_is_drawn_are_the_arrivals(tmp_path: Path) -> None:
    """Rates times their widths add up to all of them, shares of times between to 100 %."""
    instants = [0.0, 0.0, 5.0, 7.0, 8.5, 9.0, 1000.0, 1001.0]
    rate, between = plot_look("a.csv", recorded(tmp_path, instants)).axes

    drawn = steps(rate)[0]
    assert float((drawn[0] * np.diff(drawn[1])).sum()) == pytest.approx(8)
    assert drawn[1][-1] == 1001.0
    recording, poisson = (one[0].sum() for one in steps(between)[1:])
    assert recording == pytest.approx(100 * 6 / 7)  # two came at once
    edges = steps(between)[2][1]
    mean_s = 1001 / 7
    assert poisson == pytest.approx(
        100 * (np.exp(-edges[0] / mean_s) - np.exp(-edges[-1] / mean_s))
    )
    assert "14.3 % are 0" in between.get_title(loc="left")


def steps(ax: Axes) -> list[tuple[Floats, Floats]]:
    """Return values and edges of the steps of a panel, in the order in which they were drawn."""
    found = [one.get_data() for one in ax.patches if isinstance(one, StepPatch)]
    return [(np.asarray(values), np.asarray(edges)) for values, edges, _ in found]


def test_gaps_are_shaded_and_named(tmp_path: Path) -> None:
    """Where there is room for their words; the picture in words has all of them."""
    instants = [*np.arange(0, 100, 0.5).tolist(), *np.arange(900, 1000, 0.5).tolist()]
    figure = plot_look("a.csv", recorded(tmp_path, instants))

    (shaded,) = [one for one in figure.axes[0].patches if not isinstance(one, StepPatch)]
    box = shaded.get_extents().transformed(figure.axes[0].transData.inverted())
    assert (box.x0, box.x1) == pytest.approx((99.5, 900))
    assert [text.get_text() for text in figure.axes[0].texts] == ["nothing for 13 min 20 s"]
    assert "Nothing for 13 min 20 s from 99.5 s on." in getattr(figure, "alternative", "")


@pytest.mark.parametrize("instants", [[3.0], [3.0, 3.0], [0.0, 1e-9], [0.0, 1e9]])
def test_whatever_is_in_it_can_be_drawn(tmp_path: Path, instants: list[float]) -> None:
    """A single instant has no times between arrivals, which is said."""
    _, between = plot_look("a.csv", recorded(tmp_path, instants)).axes
    says_so = "no times between" in between.get_title(loc="left")
    assert says_so == (instants[0] == instants[-1])


@pytest.mark.parametrize(
    ("cells", "at_s", "per_s"),
    [
        ((1.5, 3, 2), [0, 60, 60, 120, 120, 180], [1.5, 1.5, 3, 3, 2, 2]),
        ((1.5, None, 2), [0, 60, 60, 120, 120, 180], [1.5, 1.5, 0, 0, 2, 2]),
    ],
)
def test_a_series_is_a_step_an_interval(
    tmp_path: Path, cells: tuple[float | None, ...], at_s: list[float], per_s: list[float]
) -> None:
    """As high as its requests a second; nothing where no number is."""
    file = tmp_path / "g.csv"
    lines = [
        f"2024-05-01 12:{place:02}:00,{'' if one is None else one}"
        for place, one in enumerate(cells)
    ]
    file.write_text("\n".join(["Time,ranker", *lines]) + "\n")
    (ax,) = plot_series("g.csv", look_at_series(file, find_out(file))).axes
    line = ax.lines[0]
    assert np.asarray(line.get_xdata()).tolist() == at_s
    assert np.asarray(line.get_ydata()).tolist() == per_s


def test_a_series_falls_to_nothing_where_intervals_are_left_out(tmp_path: Path) -> None:
    """Its line does not run on to the next interval that there is."""
    file = tmp_path / "g.csv"
    file.write_text("Time,r\n2024-05-01 12:00:00,1\n2024-05-01 12:01:00,2\n2024-05-01 12:04:00,3\n")
    (ax,) = plot_series("g.csv", look_at_series(file, find_out(file))).axes
    assert np.asarray(ax.lines[0].get_xdata()).tolist() == [0, 60, 60, 120, 120, 240, 240, 300]
    assert np.asarray(ax.lines[0].get_ydata()).tolist() == [1, 1, 2, 2, 0, 0, 3, 3]


@pytest.mark.parametrize(
    "content", ["at\n0\n1\n3\n", "Time,r\n2024-05-01 12:00,1\n2024-05-01 12:01,2\n"]
)
@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_look_draws_where_it_is_told_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str, content: str
) -> None:
    """The same bytes each time; what it says on stdout is the same without it."""
    file = tmp_path / "a.csv"
    file.write_text(content)
    pictures = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    assert main.run(["trace", "look", str(file)]) == 0
    said = capsys.readouterr().out
    for picture in pictures:
        assert main.run(["trace", "look", str(file), "--out", str(picture)]) == 0
        printed = capsys.readouterr()
        assert printed.out == said
        assert printed.err == f"wrote {picture}\n"
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


@pytest.mark.parametrize("name", ["look.gif", "look", "nowhere/look.png"])
def test_a_picture_that_cannot_be_written_is_one_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    """Before the recording is read, which may take long."""
    monkeypatch.chdir(tmp_path)
    assert main.run(["trace", "look", "missing.csv", "--out", name]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert name in said.err
    assert said.err.count("\n") == 1
