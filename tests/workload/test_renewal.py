"""Renewal windows: the asked rate is the rate, the asked law is the law of the gaps."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from arrival_laws import assert_mean
from sim.random import stream
from sim.workload.renewal import GapLaw, RenewalWindow, window_instants

Floats = NDArray[np.float64]


def window(law: GapLaw, shape: float, *, rate_per_s: float, width_s: float) -> RenewalWindow:
    """Return a window that begins at 100 s."""
    return RenewalWindow(
        start_at_s=100.0,
        end_at_s=100.0 + width_s,
        rate_per_s=rate_per_s,
        law=law,
        shape=shape,
    )


def draws(of: RenewalWindow, count: int) -> list[Floats]:
    """Return *count* independent realisations."""
    return [window_instants(of, rng=stream(3, f"w{k}")) for k in range(count)]


# Law, shape (cv), realisations: as many as the resolution of 1 % asks for.
LAWS = {
    "Gamma, cv 0.5": ("Gamma", 4.0, 100),
    "Gamma, cv 1: Poisson": ("Gamma", 1.0, 400),
    "Gamma, cv 1.4": ("Gamma", 0.54, 700),
    "Gamma, cv 3": ("Gamma", 1 / 9, 4000),
    "Weibull, cv 0.5": ("Weibull", 2.1, 100),
    "Weibull, cv 1: Poisson": ("Weibull", 1.0, 400),
    "Weibull, cv 2.2": ("Weibull", 0.5, 2200),
}


@pytest.mark.parametrize(("law", "shape", "count"), LAWS.values(), ids=LAWS.keys())
def test_the_rate_is_the_asked_one(law: GapLaw, shape: float, count: int) -> None:
    """Counts and instants have the mean of the asked rate, in each half of the window too.

    The second half shows that the rate is level: a window that began with a whole gap would hold
    too many of its requests, or too few, in the first.
    """
    of = window(law, shape, rate_per_s=16.0, width_s=64.0)
    found = draws(of, count)

    assert all(np.all(np.diff(at_s) >= 0) for at_s in found)
    assert all(at_s.size == 0 or 100.0 <= at_s[0] <= at_s[-1] < 164.0 for at_s in found)
    assert_mean(np.array([at_s.size for at_s in found], dtype=float), 16 * 64)
    halves = np.array([np.count_nonzero(at_s < 132.0) for at_s in found], dtype=float)
    assert_mean(halves, 16 * 32, resolution=0.015)


@pytest.mark.parametrize("scale", [0.98, 1.02])
@pytest.mark.parametrize(("law", "shape", "count"), LAWS.values(), ids=LAWS.keys())
def test_a_rate_two_per_cent_off_would_be_seen(
    law: GapLaw, shape: float, count: int, scale: float
) -> None:
    """The check of the test above fails for windows of 98 % or 102 % of the rate."""
    wrong = window(law, shape, rate_per_s=16.0 * scale, width_s=64.0)

    with pytest.raises(AssertionError):
        assert_mean(np.array([at_s.size for at_s in draws(wrong, count)], dtype=float), 16 * 64)


@pytest.mark.parametrize(("law", "shape"), [("Gamma", 1 / 9), ("Weibull", 0.41)])
def test_short_bursty_windows_hold_the_asked_number_too(law: GapLaw, shape: float) -> None:
    """Ten requests a window with cv 3: starting with a whole gap would give fourteen."""
    of = window(law, shape, rate_per_s=1.0, width_s=10.0)
    counts = np.array([at_s.size for at_s in draws(of, 15_000)], dtype=float)

    assert_mean(counts, 10.0, resolution=0.06)


@pytest.mark.parametrize(("law", "shape"), [("Gamma", 0.54), ("Gamma", 4.0), ("Weibull", 0.7)])
def test_gaps_follow_the_law(law: GapLaw, shape: float) -> None:
    """Kolmogorov-Smirnov over 20,000 gaps; a shape 15 % off is refused by the same test."""
    rate_per_s = 16.0
    (at_s,) = draws(window(law, shape, rate_per_s=rate_per_s, width_s=1400.0), 1)
    gap_s = np.diff(at_s)[:20_000]
    assert gap_s.size == 20_000

    def p_value(asked: float) -> float:
        family = stats.gamma if law == "Gamma" else stats.weibull_min
        scale = 1 / rate_per_s / family(asked).mean()
        return float(stats.kstest(gap_s, family(asked, scale=scale).cdf).pvalue)

    assert p_value(shape) > 1e-6
    assert p_value(shape * 1.15) < 1e-6
    assert p_value(shape / 1.15) < 1e-6


@pytest.mark.parametrize("law", ["Gamma", "Weibull"])
def test_block_size_changes_nothing(law: GapLaw) -> None:
    """Arrivals are the same to the last bit however many gaps are drawn at a time."""
    of = window(law, 0.6, rate_per_s=5.0, width_s=300.0)
    whole = window_instants(of, rng=stream(0, "w"), block_count=100_000)

    for block_count in (1, 2, 7, 256):
        again = window_instants(of, rng=stream(0, "w"), block_count=block_count)
        assert again.tolist() == whole.tolist()


@pytest.mark.parametrize("law", ["Gamma", "Weibull"])
def test_an_earlier_end_sees_the_first_arrivals(law: GapLaw) -> None:
    """A window that the horizon cuts has the first arrivals of the whole one."""
    whole = window_instants(window(law, 0.6, rate_per_s=5.0, width_s=300.0), rng=stream(0, "w"))

    cut = window_instants(window(law, 0.6, rate_per_s=5.0, width_s=100.0), rng=stream(0, "w"))

    assert cut.tolist() == whole[whole < 200.0].tolist()
