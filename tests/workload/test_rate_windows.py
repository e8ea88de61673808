"""Rate windows: what a row means, what a file may hold, and the fit to given arrivals."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from arrival_laws import assert_mean, assert_sorted_before
from fitted_windows import windows_of
from public_traces import public_trace
from sim.errors import ScenarioError
from sim.scenario.models.traffic import RateWindow, TraceTraffic, WindowsTraffic
from sim.workload.rate_windows import read_windows, renewal_windows
from sim.workload.sources import SourceArrivals, SourceStreams
from sim.workload.traces import read_trace

Floats = NDArray[np.float64]
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
DATA = Path(__file__).parents[2] / "scenarios" / "data"

# 0 to 10 s at 4/s, idle until 20 s, then 8/s; the scale of the first row is a quarter too large.
FORM = "0,4,1.5,Gamma,0.4444,0.7\n10,0,0,,0,0\n20,8,0.5,Weibull,2.1013,0.1411\n"


def arrivals(traffic: WindowsTraffic, horizon_s: float, *, seed: int = 5) -> Floats:
    """Return the arrivals of one source."""
    streams = SourceStreams(seed=seed, deployment="d", source="w")
    return SourceArrivals(traffic, streams=streams, horizon_s=horizon_s, start=MONDAY).at_s


def from_file(folder: Path, content: str, **settings: float) -> WindowsTraffic:
    """Write a file of windows and return the source that names it."""
    file = folder / "windows.csv"
    file.write_text(content)
    return WindowsTraffic(name="w", path=str(file), **settings)  # type: ignore[arg-type] # by key


def edges(traffic: WindowsTraffic, horizon_s: float) -> list[tuple[int, float, float, float]]:
    """Return (place, start, end, rate) of every window that the run sees."""
    return [
        (place, window.start_at_s, window.end_at_s, window.rate_per_s)
        for place, window in renewal_windows(traffic, horizon_s=horizon_s)
    ]


ROWS = WindowsTraffic(
    name="w",
    rows=(
        RateWindow(at_s=5.0, rate_per_s=4.0),
        RateWindow(at_s=10.0, rate_per_s=0.0),
        RateWindow(at_s=20.0, rate_per_s=8.0, law="gamma", cv=2.0),
    ),
)


def test_a_window_lasts_until_the_next_and_the_last_row_until_the_end() -> None:
    """Nothing before the first row, idle windows left out, the horizon cuts."""
    assert edges(ROWS, 1000.0) == [(0, 5, 10, 4), (2, 20, 1000, 8)]
    assert edges(ROWS, 7.0) == [(0, 5, 7, 4)]
    assert edges(ROWS, 5.0) == []


def test_the_last_window_of_a_file_is_as_long_as_the_one_before(tmp_path: Path) -> None:
    """After the file's last window nothing comes; a lone window stays."""
    assert edges(from_file(tmp_path, FORM), 1000.0) == [(0, 0, 10, 4), (2, 20, 30, 8)]
    assert edges(from_file(tmp_path, "5,4,1,Gamma,1,0.25"), 1000.0) == [(0, 5, 1000, 4)]


def test_the_run_may_begin_within_the_windows(tmp_path: Path) -> None:
    """An offset moves every window, and cuts the one it falls into."""
    assert edges(from_file(tmp_path, FORM, offset_s=6.0), 1000.0) == [(0, 0, 4, 4), (2, 14, 24, 8)]
    assert edges(from_file(tmp_path, FORM, offset_s=12.0), 1000.0) == [(2, 8, 18, 8)]


def test_every_rate_is_scaled(tmp_path: Path) -> None:
    """A rate scale of 2.5 multiplies each window's rate."""
    assert edges(from_file(tmp_path, FORM, rate_scale=2.5), 25.0) == [
        (0, 0, 10, 10),
        (2, 20, 25, 20),
    ]


def test_laws_and_shapes_come_from_rows_and_files(tmp_path: Path) -> None:
    """Exponential gaps are Gamma ones of shape 1; a cv of 2 is a Gamma of shape 1/4."""
    rows = [(w.law, w.shape) for _, w in renewal_windows(ROWS, horizon_s=100.0)]
    file = [
        (w.law, w.shape) for _, w in renewal_windows(from_file(tmp_path, FORM), horizon_s=100.0)
    ]

    assert rows == [("Gamma", 1.0), ("Gamma", 0.25)]
    assert file == [("Gamma", 0.4444), ("Weibull", 2.1013)]


def test_the_rate_column_is_the_rate_and_not_the_scale(tmp_path: Path) -> None:
    """Ten windows of each law over 1,000 seeds hold rate x width; 2 % off would be seen."""
    content = "".join(
        f"{10 * j},8,1.5,{law},{shape},0.7\n"
        for j, (law, shape) in enumerate([("Gamma", 0.4444), ("Weibull", 2.1013)] * 10)
    )
    traffic = from_file(tmp_path, content)
    counts = [np.histogram(arrivals(traffic, 200.0, seed=k), 20, (0, 200))[0] for k in range(1000)]
    samples = np.array(counts, dtype=float)

    assert_mean(samples[:, 0::2].ravel(), 80.0, resolution=0.01)
    assert_mean(samples[:, 1::2].ravel(), 80.0, resolution=0.01)
    with pytest.raises(AssertionError):
        assert_mean(samples[:, 0::2].ravel(), 80.0 * 1.02, resolution=0.01)


@given(st.floats(0.1, 60), st.floats(0.1, 60), st.integers(0, 5))
def test_a_shorter_horizon_sees_the_first_arrivals(one_s: float, other_s: float, seed: int) -> None:
    """Where the run ends does not change what came before."""
    shorter_s, longer_s = sorted([one_s, other_s])
    longer = arrivals(ROWS, longer_s, seed=seed)

    assert_sorted_before(longer, longer_s)
    assert arrivals(ROWS, shorter_s, seed=seed).tolist() == longer[longer < shorter_s].tolist()


def test_a_change_of_one_window_leaves_the_others(tmp_path: Path) -> None:
    """Window k draws from a stream of its own."""
    one = arrivals(from_file(tmp_path, FORM), 100.0)
    other = arrivals(from_file(tmp_path, FORM.replace("0,4,1.5", "0,9,1.5", 1)), 100.0)

    assert one[one < 20].tolist() != other[other < 20].tolist()
    assert one[one >= 20].tolist() == other[other >= 20].tolist() != []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file has no window"),
        ("0,4,1,Gamma,1\n", ":1: a row must be: start, rate, cv, law, shape, scale"),
        ("start,rate,cv,law,shape,scale\n", ":1: a row must be"),
        ("0,4,1,Gamma,1,1\n0,4,1,Gamma,1,1\n", ":2: the window must start after the one before it"),
        ("0,-4,1,Gamma,1,1\n", ":1: numbers must be finite and not negative"),
        ("0,nan,1,Gamma,1,1\n", ":1: numbers must be finite and not negative"),
        ("0,4,1,Pareto,1,1\n", ":1: the law must be Gamma, Weibull or empty (got Pareto;"),
        ("0,4,1,,0,0\n", ":1: a rate above 0 needs a law"),
        ("0,4,1,Gamma,0,1\n", ":1: the shape of Gamma must be at least 0.0001"),
        ("0,4,1,Weibull,0.001,1\n", ":1: the shape of Weibull must be at least 0.01"),
        ('0,4,1,Gamma,1,1\n"600,4', ": is not CSV"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    """The message names the file, the line and what is wrong."""
    with pytest.raises(ScenarioError) as caught:
        arrivals(from_file(tmp_path, content), 10.0)

    assert said in str(caught.value)
    assert "windows.csv" in str(caught.value)


def test_the_public_file_gives_its_asked_rate() -> None:
    """144 windows of ten minutes, 28 idle: 30 days have the mean rate of 4.578/s.

    The scales of the file would have given another rate: their mean gap is between 0.004 and 2.9
    times ``1 / rate``.
    """
    path = public_trace("servegen_reason_deepseek-r1_chunk-35-trace.csv")
    traffic = WindowsTraffic(name="w", path=path)
    rows = read_windows(Path(path), traffic)
    asked = sum(row.rate_per_s * 600 for row in rows)
    peak_per_s = max(row.rate_per_s for row in rows)
    assert (len(rows), sum(row.law == "" for row in rows)) == (144, 28)
    assert (round(asked / 86_400, 3), round(peak_per_s, 2)) == (4.578, 11.53)

    found = [arrivals(traffic, 1e6, seed=k) for k in range(30)]

    assert_mean(np.array([at_s.size for at_s in found], dtype=float), asked)
    assert all(at_s[-1] < 86_400 for at_s in found)
    off = [row.shape * row.scale_s * row.rate_per_s for row in rows if row.law == "Gamma"]
    assert min(off) < 0.01


# Fit ----------------------------------------------------------------------------------------


def test_the_fit_counts_each_window_and_its_gaps() -> None:
    """Half-open windows; the cv of a window is that of the gaps between its own arrivals.

    Window 0 holds 0, 1, 2 and 5 s: gaps 1, 1 and 3, of mean 5/3 and standard deviation
    sqrt(8)/3, cv sqrt(8)/5. Window 1 begins with the arrival at 10 s; 2 is idle.
    """
    rows = windows_of(np.array([0.0, 1.0, 2.0, 5.0, 10.0, 30.0, 30.0, 30.0]), width_s=10.0)

    assert [row.start_at_s for row in rows] == [0.0, 10.0, 20.0, 30.0]
    assert [row.rate_per_s for row in rows] == [0.4, 0.1, 0.0, 0.3]
    assert [row.law for row in rows] == ["Gamma", "Gamma", "", "Gamma"]
    assert rows[0].cv == pytest.approx(np.sqrt(8) / 5)
    assert rows[0].shape == pytest.approx(25 / 8)
    assert rows[0].shape * rows[0].scale_s == pytest.approx(1 / rows[0].rate_per_s)
    assert [row.cv for row in rows[1:]] == [1.0, 0.0, 1.0]


def test_the_fit_of_no_arrival_is_no_window() -> None:
    """An empty trace has no rate."""
    assert windows_of(np.empty(0), width_s=60.0) == []


@given(st.lists(st.floats(0, 1000), max_size=50), st.sampled_from([0.7, 10.0, 60.0]))
def test_the_fit_keeps_every_arrival(instants_s: list[float], width_s: float) -> None:
    """Rate times width, summed, is the number of arrivals."""
    rows = windows_of(np.sort(np.array(instants_s, dtype=float)), width_s=width_s)

    assert sum(row.rate_per_s * width_s for row in rows) == pytest.approx(len(instants_s))
    assert all((row.law == "") == (row.rate_per_s == 0) for row in rows)


AZURE_WINDOWS = DATA / "azure_code_2023_windows.csv"


def test_the_published_windows_are_those_of_the_azure_code_trace() -> None:
    """The shipped file is the fit of one-minute windows to the public trace, to four digits."""
    path = public_trace("azure_llm_2023_code.csv")
    trace = read_trace(TraceTraffic(name="t", path=path, format="azure"))
    fitted = windows_of(trace.at_s, width_s=60.0)

    shipped = read_windows(AZURE_WINDOWS, WindowsTraffic(name="w", path=str(AZURE_WINDOWS)))

    assert len(shipped) == len(fitted) == 58
    for row, want in zip(shipped, fitted, strict=True):
        assert (row.start_at_s, row.law) == (want.start_at_s, want.law)
        assert row[1:3] + row[4:] == pytest.approx(want[1:3] + want[4:], rel=1e-4)


def test_the_published_windows_say_how_they_were_made() -> None:
    """Beside the data stand their source, licence and citation."""
    told = (DATA / "SOURCES.md").read_text()

    assert AZURE_WINDOWS.name in told
    assert "CC-BY" in told
    assert "Patel" in told


def test_the_published_windows_hold_as_many_requests_as_the_trace() -> None:
    """On average over 400 seeds: 8,819 in the hour, and 632 in its busiest minute."""
    with AZURE_WINDOWS.open(newline="") as text:
        assert len(list(csv.reader(text))) == 58
    traffic = WindowsTraffic(name="w", path=str(AZURE_WINDOWS))
    found = [arrivals(traffic, 3600.0, seed=k) for k in range(400)]

    assert_mean(np.array([at_s.size for at_s in found], dtype=float), 8_819, resolution=0.03)
    busiest = [float(np.count_nonzero((at_s >= 840) & (at_s < 900))) for at_s in found]
    assert_mean(np.array(busiest), 632, resolution=0.06)
