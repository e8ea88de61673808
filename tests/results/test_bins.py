"""Step series in bins of time, and these in wider ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plot_runs import steps
from sim.results import bins as bins_module
from sim.results.bins import between, binned, merged
from sim.results.timeline import Steps, Window

HORIZON_S = 100.0
RUN = Window(0.0, HORIZON_S)


@st.composite
def series(draw: st.DrawFn) -> Steps:
    """Steps at whole seconds before the horizon, some of them without a value."""
    at_s = sorted(draw(st.sets(st.integers(0, 99), min_size=1, max_size=30)))
    value = st.one_of(st.just(np.nan), st.integers(-5, 50))
    return steps(at_s, draw(st.lists(value, min_size=len(at_s), max_size=len(at_s))))


def by_the_second(of: Steps) -> list[float]:
    """The value in each second of the run, looked up one by one."""
    held = []
    for second in range(int(HORIZON_S)):
        before = [v for at_s, v in zip(of.at_s, of.value, strict=True) if at_s <= second]
        held.append(float(before[-1]) if before else np.nan)
    return held


@given(series(), st.integers(1, 120))
def test_bins_hold_what_each_second_held(of: Steps, width_s: int) -> None:
    """Mean, least and greatest of a bin are those of its seconds that have a value."""
    bins = binned(of, width_s=width_s, window=RUN)
    held = by_the_second(of)
    assert bins.start_at_s.tolist() == list(range(0, 100, width_s))
    for i, start in enumerate(range(0, 100, width_s)):
        known = [value for value in held[start : start + width_s] if not np.isnan(value)]
        shown = [bins.mean[i], bins.least[i], bins.greatest[i]]
        wanted = [np.mean(known), min(known), max(known)] if known else [np.nan] * 3
        assert shown == pytest.approx(wanted, nan_ok=True, abs=1e-9)


def test_a_value_held_for_an_instant_is_in_the_range() -> None:
    """A spike that hardly moves the mean is still seen."""
    bins = binned(steps([0, 15, 15.001], [1, 9, 1]), width_s=10, window=RUN)
    assert bins.greatest.tolist() == [1, 9, *[1] * 8]
    assert bins.mean[1] == pytest.approx(1.0008)


@given(series(), st.sets(st.integers(1, 99), max_size=12), st.integers(2, 5))
def test_bins_of_bins_are_as_if_made_at_once(of: Steps, inner: set[int], factor: int) -> None:
    """Mean, least and greatest of wider bins are those of the series itself, edges wherever."""
    edge_at_s = np.array([0, *sorted(inner), 100], np.float64)
    wide_at_s = np.append(edge_at_s[:-1:factor], edge_at_s[-1])

    found = merged(between(of, edge_at_s), factor)
    wanted = between(of, wide_at_s)

    assert found.edge_at_s.tolist() == wide_at_s.tolist()
    for name in ("known_s", "mean", "least", "greatest"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), nan_ok=True)


def test_one_sample_among_a_million_is_in_every_level() -> None:
    """A spike of a thousandth of a second is the greatest value of its bin, however wide that is.

    Its place is drawn, so that it lies at no edge.
    """
    at_s = np.arange(1_000_000) / 1000
    value = np.ones(at_s.size)
    where = int(np.random.default_rng(5).integers(at_s.size))
    value[where] = 77.0
    bins = between(Steps(at_s, value), np.linspace(0, 1000, 8001))
    levels = [bins]
    while len(levels[-1].mean) > 1:
        levels.append(merged(levels[-1], 4))

    assert len(levels) == 8
    for level in levels:
        place = np.searchsorted(level.edge_at_s, at_s[where], side="right") - 1
        assert np.flatnonzero(level.greatest == 77.0).tolist() == [place]


@pytest.mark.parametrize("block", [1, 3, 7])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """However few steps are taken at a time."""
    rng = np.random.default_rng(3)
    at_s = np.append(0.0, np.sort(rng.uniform(0, 100, 60)))
    value = np.where(rng.uniform(size=61) < 0.2, np.nan, rng.integers(0, 9, 61).astype(float))
    edge_at_s = np.append(0.0, np.append(np.sort(rng.uniform(0, 100, 25)), 100.0))
    whole = between(Steps(at_s, value), edge_at_s)
    monkeypatch.setattr(bins_module, "BLOCK_STEPS", block)
    found = between(Steps(at_s, value), edge_at_s)
    for name in ("known_s", "mean", "least", "greatest"):
        assert getattr(found, name) == pytest.approx(getattr(whole, name), nan_ok=True)
