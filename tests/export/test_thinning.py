"""Series with more samples than a viewer can open."""

import numpy as np
import pytest

from sim.export import thinning
from sim.export.thinning import thinned
from sim.results.timeline import Steps


def test_what_is_short_enough_is_as_it_was() -> None:
    """To the last sample."""
    at_s = np.arange(200_000.0)
    assert thinned(Steps(at_s, at_s)).at_s is at_s
    longer = np.arange(200_001.0)
    assert len(thinned(Steps(longer, longer)).at_s) <= 200_000


def test_of_each_bin_the_first_least_most_and_last_are_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two bins of 5 s: 0 to 4, and 5 to 10; nothing counts as 0."""
    monkeypatch.setattr(thinning, "SAMPLES_AT_MOST", 8)
    at_s = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10.0])
    value = np.array([3, 9, 4, 1, 5, 2, 2, np.nan, 7, 8, 4.0])
    found = thinned(Steps(at_s, value))
    assert found.at_s.tolist() == [0, 1, 3, 4, 5, 7, 9, 10]
    np.testing.assert_array_equal(found.value, [3, 9, 1, 5, 2, np.nan, 8, 4])


def test_one_sample_among_a_million_is_found() -> None:
    """However short it was."""
    value = np.zeros(1_000_000)
    value[123_456] = 17.0
    found = thinned(Steps(np.linspace(0, 86_400, len(value)), value))
    assert len(found.at_s) <= 200_000
    assert np.count_nonzero(found.value == 17.0) == 1
