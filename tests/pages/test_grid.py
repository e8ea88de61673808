"""The edges of a page's finest bins."""

from itertools import pairwise

import numpy as np
import pytest

from sim.pages.grid import BINS, FINEST_S, MOST_FINE, grid, stretches
from sim.results.timeline import Mark, MarkKind, Window

DAY = Window(0.0, 86_400.0)


def marks(*at_s: float, kind: MarkKind = "put", rollout: int | None = None) -> list[Mark]:
    """Marks at these instants."""
    return [Mark(at, kind, "", rollout) for at in at_s]


def test_a_quiet_day_has_bins_of_one_width() -> None:
    """An eight-thousandth of it, from its beginning to its end."""
    edge_at_s = grid(DAY, [])
    assert len(edge_at_s) == BINS + 1
    assert np.diff(edge_at_s) == pytest.approx(10.8)
    assert (edge_at_s[0], edge_at_s[-1]) == (0.0, 86_400.0)


def test_bins_are_a_second_around_what_happened() -> None:
    """From a minute before a rollout's first mark to five minutes after its last."""
    edge_at_s = grid(DAY, marks(40_000, 40_090, rollout=1))
    width_s = np.diff(edge_at_s)
    inside = (edge_at_s[:-1] >= 39_940) & (edge_at_s[:-1] < 40_390)
    assert width_s[inside] == pytest.approx(FINEST_S)
    assert inside.sum() == 450
    assert width_s[~inside].max() == pytest.approx(10.8)
    assert (width_s > 0).all()


def test_a_short_run_is_finer_than_a_second_everywhere() -> None:
    """Nothing has to be made finer around its rollout."""
    window = Window(0.0, 2400.0)
    assert np.diff(grid(window, marks(600))) == pytest.approx(0.3)


def test_steps_of_scaling_make_nothing_finer() -> None:
    """There may be thousands."""
    assert stretches(DAY, marks(100, 200, kind="scale_up")) == []


def test_a_day_of_rollouts_keeps_its_bounds() -> None:
    """A thousand rollouts share the fine bins; none is left out, and no two overlap."""
    at_s = np.linspace(100, 86_000, 1000)
    many = [Mark(at, "put", "", number) for number, at in enumerate(at_s, start=1)]
    found = stretches(DAY, many)
    assert sum(stretch.length_s for stretch in found) <= MOST_FINE * FINEST_S
    assert len(grid(DAY, many)) <= BINS + MOST_FINE + 2 * len(found) + 1
    assert all(one.end_at_s <= other.start_at_s for one, other in pairwise(found))


@pytest.mark.parametrize("at_s", [0.0, 86_399.9])
def test_a_mark_at_an_end_stays_in_the_window(at_s: float) -> None:
    """No edge lies outside of the run."""
    edge_at_s = grid(DAY, marks(at_s, kind="fault"))
    assert (edge_at_s[0], edge_at_s[-1]) == (0.0, 86_400.0)
    assert (np.diff(edge_at_s) > 0).all()
