"""Bands: medians and envelopes over runs, where switches fell, and the picture of them."""

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.plots.bands import plot_bands
from sim.plots.files import content_of
from sim.studies.answers.bands import bands
from sim.studies.answers.study import replicate
from sim.studies.runs.series import SERIES
from study_scenarios import GIVEN, SOMETIMES_STUCK, drawn


def test_a_band_is_the_median_and_the_ends_of_the_runs() -> None:
    """At each instant, of the runs that have a value there."""
    found = replicate(drawn(SOMETIMES_STUCK), runs=9, workers=1)
    data = bands(found.cases[0], found.seed)
    for name in ("queued", "response_p99_s"):
        place = SERIES.index(name)
        for instant in (0, 30, 90):
            values = np.array(
                [run.thinned[0].values[place, instant] for run in found.cases[0].runs]
            )
            known = np.sort(values[~np.isnan(values)].astype(float))
            band = data.series[name]
            if not known.size:
                assert np.isnan(band.median[instant])
                continue
            middle = (known[(known.size - 1) // 2] + known[known.size // 2]) / 2
            assert band.median[instant] == pytest.approx(middle)
            assert (band.least[instant], band.greatest[instant]) == (known[0], known[-1])


def test_a_switch_is_a_stroke_and_one_that_never_came_is_counted() -> None:
    """Each run is one or the other."""
    found = replicate(drawn(SOMETIMES_STUCK), runs=20, workers=1)
    (switches,) = bands(found.cases[0], found.seed).switches

    assert switches.rollout == 1
    assert switches.never > 0
    assert switches.at_s.size + switches.never == 20
    assert (switches.at_s > 20).all()


def test_an_unknown_deployment_is_refused() -> None:
    """With the nearest name."""
    found = replicate(drawn(GIVEN), workers=1)
    with pytest.raises(ScenarioError, match="no deployment is named 'apy'; did you mean api"):
        found.plot("apy")


def test_the_picture_is_the_same_bytes_each_time() -> None:
    """And has what is promised: events, switches, panels with units, and what a band claims."""
    found = replicate(drawn(SOMETIMES_STUCK), runs=12, workers=1)
    data = bands(found.cases[0], found.seed)
    first, second = (content_of(plot_bands(data), ".svg") for _ in range(2))

    assert first == second
    text = first.decode()
    for words in ("PUT", "switches", "Queued requests (count)", "all 12 runs", "probability 0.85"):
        assert words in text
