"""Poisson arrivals with a rate that changes: the right number, at the right times."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from arrival_laws import assert_poisson, assert_sorted_before
from sim.random import stream
from sim.workload import poisson
from sim.workload.poisson import RatePieces, poisson_instants

Floats = NDArray[np.float64]


def rates_of(*pieces: tuple[float, float, float], start_at_s: float = 0.0) -> RatePieces:
    """Return rates from (width_s, from_per_s, to_per_s) rows."""
    width_s, from_per_s, to_per_s = (
        np.array(column, dtype=float) for column in zip(*pieces, strict=True)
    )
    edge_at_s = start_at_s + np.concatenate([[0.0], np.cumsum(width_s)])
    return RatePieces(edge_at_s, from_per_s, to_per_s)


def mass_of(rates: RatePieces) -> Callable[[Floats], Floats]:
    """Return the integral of *rates* by its definition: trapezia, piece by piece."""

    def mass_until(instant_s: Floats) -> Floats:
        total = np.zeros_like(instant_s)
        edge_at_s = rates.edge_at_s
        pieces = zip(edge_at_s[:-1], edge_at_s[1:], rates.from_per_s, rates.to_per_s, strict=True)
        for start_at_s, end_at_s, from_per_s, to_per_s in pieces:
            inside_s = np.clip(instant_s, start_at_s, end_at_s) - start_at_s
            slope = (to_per_s - from_per_s) / (end_at_s - start_at_s)
            total += inside_s * (from_per_s + slope * inside_s / 2)
        return total

    return mass_until


def drawn(
    rates: RatePieces, horizon_s: float, *, seed: int = 1, block_count: int = 16_384
) -> Floats:
    """Return arrivals from streams of fixed names."""
    return poisson_instants(
        rates,
        horizon_s=horizon_s,
        arrival=stream(seed, "d/s/arrival"),
        thinning=stream(seed, "d/s/thinning"),
        block_count=block_count,
    )


CASES = {
    "constant": (rates_of((10_000, 40, 40)), 10_000.0),
    "constant for ever": (
        RatePieces(np.array([0, np.inf]), np.array([40.0]), np.array([40.0])),
        1e4,
    ),
    "ramp up": (rates_of((10_000, 0, 80)), 10_000.0),
    "ramp down": (rates_of((10_000, 80, 0)), 10_000.0),
    "steps with a pause": (rates_of((3_000, 50, 50), (4_000, 0, 0), (3_000, 100, 100)), 10_000.0),
    "triangle, cut by the horizon": (rates_of((5_000, 10, 110), (9_000, 110, 20)), 10_000.0),
    "many short pieces": (rates_of(*[(10.0, 70 * (j % 2), 20 + j / 50) for j in range(1000)]), 1e4),
    "begins late": (rates_of((8_000, 60, 60), start_at_s=2_000.0), 10_000.0),
}


@pytest.mark.parametrize(("rates", "horizon_s"), CASES.values(), ids=CASES.keys())
def test_counts_and_instants_follow_the_rate(rates: RatePieces, horizon_s: float) -> None:
    """The number, the mean instant and the counts in 20 bins are those of the asked rate."""
    arrival_at_s = drawn(rates, horizon_s)

    assert_poisson(arrival_at_s, mass_of(rates), horizon_s=horizon_s)


@pytest.mark.parametrize("scale", [0.98, 1.02])
@pytest.mark.parametrize(("rates", "horizon_s"), CASES.values(), ids=CASES.keys())
def test_a_rate_two_per_cent_off_would_be_seen(
    rates: RatePieces, horizon_s: float, scale: float
) -> None:
    """The check of the test above fails for arrivals of 98 % or 102 % of the rate."""
    wrong = RatePieces(rates.edge_at_s, rates.from_per_s * scale, rates.to_per_s * scale)

    with pytest.raises(AssertionError):
        assert_poisson(drawn(wrong, horizon_s), mass_of(rates), horizon_s=horizon_s)


def test_a_stream_that_stops_early_would_be_seen() -> None:
    """The check fails when the last per cent of the run is empty and the count is made up for."""
    rates, horizon_s = CASES["constant"]
    squeezed = drawn(rates, horizon_s) * 0.99

    with pytest.raises(AssertionError):
        assert_poisson(squeezed, mass_of(rates), horizon_s=horizon_s)


def test_a_step_in_place_of_a_ramp_would_be_seen() -> None:
    """The check fails for a rate of the same total whose shape differs."""
    ramp, horizon_s = CASES["ramp up"]
    stairs = rates_of(*[(1_000, 4 + 8 * j, 4 + 8 * j) for j in range(10)])

    with pytest.raises(AssertionError):
        assert_poisson(drawn(stairs, horizon_s), mass_of(ramp), horizon_s=horizon_s)


@pytest.mark.parametrize(("rates", "horizon_s"), CASES.values(), ids=CASES.keys())
def test_room_is_made_for_every_candidate_before_the_horizon(
    rates: RatePieces, horizon_s: float
) -> None:
    """The room expected is the integral of the larger end of each piece, here by small steps."""
    step_s = 0.5
    middle_at_s = np.arange(0.0, horizon_s, step_s) + step_s / 2
    piece = np.searchsorted(rates.edge_at_s, middle_at_s, side="right") - 1
    inside = (piece >= 0) & (piece < rates.from_per_s.size)
    summed = float(rates.majorant_per_s[piece[inside]].sum()) * step_s
    with np.errstate(invalid="ignore"):
        mass = poisson._masses(rates.edge_at_s, rates.majorant_per_s)

    found = poisson._candidate_count(rates, mass, horizon_s)

    assert found == pytest.approx(summed, rel=1e-9)
    assert poisson._candidate_count(rates, mass, 0.0) == 0.0


def test_gaps_of_a_constant_rate_are_the_stream_itself() -> None:
    """At 1 request a second arrival k is the sum of the first k + 1 exponential draws."""
    arrival_at_s = drawn(rates_of((500, 1, 1)), 500.0)

    sums = np.cumsum(stream(1, "d/s/arrival").standard_exponential(1000))
    assert arrival_at_s.tolist() == sums[sums < 500].tolist()


@st.composite
def any_rates(draw: st.DrawFn) -> RatePieces:
    """Draw rates with pauses, jumps, slopes, and pieces from a microsecond to an hour."""
    rate_per_s = st.sampled_from([0.0, 0.25, 1.0, 3.0, 17.5])
    width_s = st.sampled_from([1e-6, 0.1, 1.0, 7.5, 60.0, 3600.0])
    pieces = draw(st.lists(st.tuples(width_s, rate_per_s, rate_per_s), min_size=1, max_size=6))
    constant = [(w, f, f) if draw(st.booleans()) else (w, f, t) for w, f, t in pieces]
    return rates_of(*constant, start_at_s=draw(st.sampled_from([0.0, 12.5])))


@given(any_rates(), st.integers(0, 9), st.integers(1, 50), st.floats(0.1, 4000))
def test_block_size_changes_nothing(
    rates: RatePieces, seed: int, block_count: int, horizon_s: float
) -> None:
    """Arrivals are the same to the last bit however many candidates are drawn at a time."""
    whole = drawn(rates, horizon_s, seed=seed)

    assert_sorted_before(whole, horizon_s)
    blocks = drawn(rates, horizon_s, seed=seed, block_count=block_count)
    assert blocks.tolist() == whole.tolist()


@given(any_rates(), st.integers(0, 9), st.floats(0.1, 4000), st.floats(0.1, 4000))
def test_a_shorter_horizon_sees_the_first_arrivals(
    rates: RatePieces, seed: int, one_s: float, other_s: float
) -> None:
    """The arrivals until an earlier horizon are those of a later one, cut."""
    shorter_s, longer_s = sorted([one_s, other_s])

    longer = drawn(rates, longer_s, seed=seed)

    assert drawn(rates, shorter_s, seed=seed).tolist() == longer[longer < shorter_s].tolist()


@given(any_rates(), st.integers(0, 9))
def test_no_arrival_falls_where_the_rate_is_zero(rates: RatePieces, seed: int) -> None:
    """Pauses are empty, before the first piece and after the last one too."""
    arrival_at_s = drawn(rates, 20_000.0, seed=seed)

    piece = np.searchsorted(rates.edge_at_s, arrival_at_s, side="right") - 1
    assert np.all(arrival_at_s >= rates.edge_at_s[0])
    assert np.all(arrival_at_s <= rates.edge_at_s[-1])
    inside = piece < rates.from_per_s.size  # one that rounding puts at an edge belongs before it
    assert np.all(rates.majorant_per_s[piece[inside]] > 0)


class GivenGaps(np.random.Generator):
    """A generator whose exponential draws are given, for a case that chance would never find."""

    def __init__(self, *gaps: float) -> None:
        super().__init__(np.random.PCG64(0))
        self._gaps = np.array(gaps)

    def standard_exponential(self, size: int) -> Floats:  # type: ignore[override, explicit-override]  # of 3.12
        """Return the next gaps, then large ones."""
        given, self._gaps = self._gaps[:size], self._gaps[size:]
        return np.concatenate([given, np.full(size - given.size, 100.0)])


def test_rounding_never_puts_an_arrival_beyond_its_piece() -> None:
    """The candidate just below the mass of two pieces would be rounded past their end."""
    rates = rates_of((0.9, 3.5, 3.5), (1.2, 3.5, 3.5), (9.5, 1.2, 1.2))
    end_at_s = rates.edge_at_s[2]
    below = np.nextafter(np.cumsum(np.diff(rates.edge_at_s) * rates.from_per_s)[1], 0.0)
    assert rates.edge_at_s[1] + (below - 0.9 * 3.5) / 3.5 > end_at_s

    arrival_at_s = poisson_instants(
        rates, horizon_s=10.0, arrival=GivenGaps(below), thinning=stream(0, "thinning")
    )

    assert arrival_at_s.tolist() == [end_at_s]


def test_an_arrival_at_the_horizon_is_not_part_of_the_run() -> None:
    """Four draws that add up to 10 exactly, at 1 request a second, until 10 s."""
    arrival_at_s = poisson_instants(
        rates_of((20.0, 1, 1)),
        horizon_s=10.0,
        arrival=GivenGaps(4.0, 3.5, 2.25, 0.25),
        thinning=stream(0, "thinning"),
    )

    assert arrival_at_s.tolist() == [4.0, 7.5, 9.75]
