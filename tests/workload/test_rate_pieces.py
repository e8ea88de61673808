"""Each kind of Poisson traffic means the rate that its definition says."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from arrival_laws import Z, assert_count, assert_mean, assert_poisson, assert_sorted_before
from sim.random import stream
from sim.scenario.models.traffic import (
    BurstsTraffic,
    CyclePoint,
    CycleTraffic,
    PiecewiseTraffic,
    PoissonTraffic,
    RatePoint,
    Traffic,
)
from sim.workload.poisson import RatePieces
from sim.workload.rate_pieces import bursts_rates, cycle_rates, piecewise_rates, poisson_rates
from sim.workload.sources import SourceArrivals, SourceStreams
from sim.zones import read_clock

Floats = NDArray[np.float64]
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


def arrivals(
    traffic: Traffic, horizon_s: float, *, seed: int = 5, start: datetime = MONDAY
) -> Floats:
    """Return the arrivals of one source."""
    streams = SourceStreams(seed=seed, deployment="d", source="s")
    return SourceArrivals(traffic, streams=streams, horizon_s=horizon_s, start=start).at_s


def rate_at(rates: RatePieces, instant_s: float) -> float:
    """Return the rate at one instant, piece by piece."""
    for j, from_per_s in enumerate(rates.from_per_s):
        start_at_s, end_at_s = rates.edge_at_s[j], rates.edge_at_s[j + 1]
        if start_at_s <= instant_s < end_at_s:
            part = (
                0.0 if end_at_s == math.inf else (instant_s - start_at_s) / (end_at_s - start_at_s)
            )
            return float(from_per_s + (rates.to_per_s[j] - from_per_s) * part)
    return 0.0


def piecewise(*points: tuple[float, float]) -> PiecewiseTraffic:
    """Return piecewise traffic from (at_s, rate_per_s) points."""
    return PiecewiseTraffic(
        points=tuple(RatePoint(at_s=at_s, rate_per_s=rate) for at_s, rate in points)
    )


def cycle(period: Literal["day", "week"], *points: tuple[str, float]) -> CycleTraffic:
    """Return a cycle from (clock, rate_per_s) points."""
    return CycleTraffic(
        period=period,
        points=tuple(CyclePoint(at=at, rate_per_s=rate) for at, rate in points),
    )


def mass_by_interpolation(knots: list[tuple[float, float]]) -> Callable[[Floats], Floats]:
    """Return the integral of the polyline through *knots* by (instant, rate), zero before."""
    at_s, rate = (np.array(column, dtype=float) for column in zip(*knots, strict=True))
    steps = np.diff(at_s) * (rate[1:] + rate[:-1]) / 2

    def mass_until(instant_s: Floats) -> Floats:
        total = np.zeros_like(instant_s)
        for j, whole in enumerate(steps):
            inside_s = np.clip(instant_s, at_s[j], at_s[j + 1]) - at_s[j]
            if at_s[j + 1] > at_s[j]:
                slope = (rate[j + 1] - rate[j]) / (at_s[j + 1] - at_s[j])
                part = inside_s * (rate[j] + slope * inside_s / 2)
                total += np.where(instant_s >= at_s[j + 1], whole, part)
        return total

    return mass_until


# Two days from Monday 06:00 on, of a day with knots at 02:00 (1/s), 14:00 (4/s), 20:00 (2/s). The
# rate at 06:00 is a third of the way from 1 to 4.
DAILY = cycle("day", ("02:00", 1.0), ("14:00", 4.0), ("20:00", 2.0))
DAILY_KNOTS = [
    (0.0, 2.0),
    (8 * HOUR_S, 4.0),
    (14 * HOUR_S, 2.0),
    (20 * HOUR_S, 1.0),
    (32 * HOUR_S, 4.0),
    (38 * HOUR_S, 2.0),
    (44 * HOUR_S, 1.0),
    (48 * HOUR_S, 2.0),
]
# A week from Thursday 12:00 on: busy (1/s) from Monday to Friday at 18:00, quiet (0.2/s) else.
WEEKLY = cycle(
    "week", ("Mon 00:00", 1.0), ("Fri 18:00", 1.0), ("Fri 18:00", 0.2), ("Sun 23:59:59", 0.2)
)
WEEKLY_KNOTS = [
    (0.0, 1.0),
    (30 * HOUR_S, 1.0),
    (30 * HOUR_S, 0.2),
    (84 * HOUR_S - 1, 0.2),
    (84 * HOUR_S, 1.0),
    (168 * HOUR_S, 1.0),
]

CASES: dict[str, tuple[Traffic, float, datetime, list[tuple[float, float]]]] = {
    "poisson": (PoissonTraffic(rate_per_s=25.0), 12_000.0, MONDAY, [(0.0, 25.0), (12_000.0, 25.0)]),
    "piecewise": (
        piecewise((1_000, 10), (3_000, 50), (3_000, 20), (6_000, 40)),
        12_000.0,
        MONDAY,
        [(1_000, 10), (3_000, 50), (3_000, 20), (6_000, 40), (12_000, 40)],
    ),
    "daily cycle": (DAILY, 2 * DAY_S, MONDAY + timedelta(hours=6), DAILY_KNOTS),
    "weekly cycle": (WEEKLY, 7 * DAY_S, MONDAY + timedelta(days=3, hours=12), WEEKLY_KNOTS),
}


@pytest.mark.parametrize(
    ("traffic", "horizon_s", "start", "knots"), CASES.values(), ids=CASES.keys()
)
def test_counts_and_instants_are_the_asked_ones(
    traffic: Traffic, horizon_s: float, start: datetime, knots: list[tuple[float, float]]
) -> None:
    """The number, the mean instant and the counts in 20 bins fit the rate by its definition."""
    mass_until = mass_by_interpolation(knots)

    assert_poisson(arrivals(traffic, horizon_s, start=start), mass_until, horizon_s=horizon_s)


@pytest.mark.parametrize("scale", [0.98, 1.02])
@pytest.mark.parametrize(
    ("traffic", "horizon_s", "start", "knots"), CASES.values(), ids=CASES.keys()
)
def test_a_rate_two_per_cent_off_would_be_seen(
    traffic: Traffic,
    horizon_s: float,
    start: datetime,
    knots: list[tuple[float, float]],
    scale: float,
) -> None:
    """The check of the test above fails if 98 % or 102 % of the rate had been asked for."""
    mass_until = mass_by_interpolation([(at_s, rate * scale) for at_s, rate in knots])
    found = arrivals(traffic, horizon_s, start=start)

    with pytest.raises(AssertionError):
        assert_poisson(found, mass_until, horizon_s=horizon_s)


def test_the_wall_clock_decides_where_a_cycle_begins() -> None:
    """The rates at 06:00, 14:00 and 02:00 of the scenario's own zone, whatever UTC says."""
    start = datetime(2026, 1, 7, 6, 0, tzinfo=timezone(timedelta(hours=9)))  # 21:00 UTC, Tuesday

    rates = cycle_rates(DAILY, start=start, horizon_s=2 * DAY_S)

    assert rate_at(rates, 0.0) == pytest.approx(2.0)
    assert rate_at(rates, 8 * HOUR_S) == pytest.approx(4.0)
    assert rate_at(rates, 20 * HOUR_S) == pytest.approx(1.0)
    assert rate_at(rates, 20 * HOUR_S + DAY_S) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("first", "hours"),
    [
        # Knots are at 02:00 (1/s), 14:00 (4/s) and 20:00 (2/s) by the clock, as in DAILY.
        ("2026-03-28T20:00", [(0, 2.0), (17, 4.0), (23, 2.0)]),
        ("2026-10-24T20:00", [(0, 2.0), (6, 1.0), (7, 1.0), (19, 4.0), (25, 2.0)]),
    ],
)
def test_a_cycle_follows_the_clock_of_a_zone(first: str, hours: list[tuple[float, float]]) -> None:
    """The night of spring has an hour less and that of autumn one more; noon is at noon."""
    start = read_clock(f"{first}[Europe/Berlin]")

    rates = cycle_rates(DAILY, start=start, horizon_s=2 * DAY_S)

    for hour, rate_per_s in hours:
        assert rate_at(rates, hour * HOUR_S) == pytest.approx(rate_per_s), hour


def test_an_hour_that_is_left_out_has_no_requests_and_one_shown_twice_has_them_twice() -> None:
    """In spring the rate steps from that of 02:00 to that of 03:00, in autumn back again."""
    spring = cycle_rates(
        DAILY, start=read_clock("2026-03-28T20:00[Europe/Berlin]"), horizon_s=2 * DAY_S
    )
    autumn = cycle_rates(
        DAILY, start=read_clock("2026-10-24T20:00[Europe/Berlin]"), horizon_s=2 * DAY_S
    )

    assert rate_at(spring, 6 * HOUR_S - 1e-3) == pytest.approx(1.0, abs=1e-6)
    assert rate_at(spring, 6 * HOUR_S) == pytest.approx(1.25)  # 1 + (4 - 1) / 12 an hour
    for minutes in (0, 20, 59):
        shown = 6 * HOUR_S + 60 * minutes
        assert rate_at(autumn, shown) == pytest.approx(rate_at(autumn, shown + HOUR_S))
    week = cycle_rates(
        WEEKLY, start=read_clock("2026-03-27T12:00[Europe/Berlin]"), horizon_s=7 * DAY_S
    )
    assert rate_at(week, 6 * HOUR_S) == pytest.approx(0.2)  # Friday 18:00
    assert rate_at(week, 59 * HOUR_S) == pytest.approx(1.0)  # Monday 00:00, an hour earlier


def test_what_a_clock_will_be_set_to_changes_nothing_before() -> None:
    """Not to the last bit: a run that ends earlier begins the same."""
    start = read_clock("2026-03-28T09:00[Europe/Berlin]")
    short, long = (cycle_rates(DAILY, start=start, horizon_s=days * DAY_S) for days in (0.5, 2.0))
    count = int(np.searchsorted(short.edge_at_s, 17 * HOUR_S))

    assert np.array_equal(short.edge_at_s[:count], long.edge_at_s[:count])
    assert np.array_equal(short.from_per_s[:count], long.from_per_s[:count])


def test_a_cycle_of_one_point_is_constant() -> None:
    """From a point to itself a day later the rate does not change."""
    rates = cycle_rates(cycle("day", ("08:00", 3.0)), start=MONDAY, horizon_s=DAY_S)

    assert {rate_at(rates, hour * HOUR_S) for hour in range(24)} == {3.0}


def test_a_step_of_a_cycle_holds_from_its_instant_on() -> None:
    """Two points at one time: the rate before it is the first's, from it on the second's."""
    steps = cycle("day", ("00:00", 1.0), ("08:00", 1.0), ("08:00", 5.0), ("23:59", 5.0))

    rates = cycle_rates(steps, start=MONDAY + timedelta(hours=8), horizon_s=DAY_S)

    assert rate_at(rates, 0.0) == 5.0
    assert rate_at(rates, DAY_S - 0.5) == pytest.approx(1.0)
    assert rate_at(rates, DAY_S) == 5.0


def test_piecewise_is_zero_before_and_constant_after() -> None:
    """Outside its points the rate is 0 before the first, the last one's after it."""
    rates = piecewise_rates(piecewise((10, 4), (20, 8)))

    assert [rate_at(rates, at_s) for at_s in (0, 9.9, 10, 15, 20, 1e9)] == [0, 0, 4, 6, 8, 8]


def test_poisson_has_one_rate_for_ever() -> None:
    """The rate is the asked one at the beginning and at any later time."""
    rates = poisson_rates(PoissonTraffic(rate_per_s=2.5))

    assert [rate_at(rates, at_s) for at_s in (0, 1e9)] == [2.5, 2.5]


@pytest.mark.parametrize("traffic", [PoissonTraffic(rate_per_s=0.0), piecewise((3, 0))])
def test_a_rate_of_zero_brings_nothing(traffic: Traffic) -> None:
    """No request comes, and the draw ends."""
    assert arrivals(traffic, 1e6).size == 0


# Bursts -------------------------------------------------------------------------------------

BURSTS = BurstsTraffic(
    base_rate_per_s=5.0, burst_rate_per_s=30.0, mean_base_s=0.2, mean_burst_s=0.1
)
MEAN_PER_S = (5.0 * 0.2 + 30.0 * 0.1) / 0.3


def bursts_variance(traffic: BurstsTraffic, width_s: float) -> float:
    """Return the variance of the number of arrivals in *width_s*.

    With p the long-run part of bursts, d the difference of the rates and r = 1/base + 1/burst:
    ``mean w + 2 p (1 - p) d**2 (w / r - (1 - exp(-r w)) / r**2)``, from the exponential
    autocorrelation of a two-state chain.

    Source: Fischer and Meier-Hellstern, The MMPP cookbook (1993), section 1.
    """
    r = 1 / traffic.mean_base_s + 1 / traffic.mean_burst_s
    p = traffic.mean_burst_s / (traffic.mean_base_s + traffic.mean_burst_s)
    d = traffic.burst_rate_per_s - traffic.base_rate_per_s
    mean = (traffic.base_rate_per_s * (1 - p) + traffic.burst_rate_per_s * p) * width_s
    return mean + 2 * p * (1 - p) * d**2 * (width_s / r - (1 - math.exp(-r * width_s)) / r**2)


def assert_bursts(found: Floats, horizon_s: float) -> None:
    """Assert count and mean instant of the asked rates and spells."""
    assert_sorted_before(found, horizon_s)
    variance = bursts_variance(BURSTS, horizon_s)
    assert_count(found.size, mean=MEAN_PER_S * horizon_s, variance=variance)
    # The count's variance is proportional to time, so the mean instant has that of uniform ones,
    # larger by the same factor as the count's.
    half_width_s = Z * horizon_s / math.sqrt(12) * math.sqrt(variance) / found.size
    assert abs(found.mean() - horizon_s / 2) < half_width_s < 0.01 * horizon_s


def test_bursts_have_the_asked_rates_and_spells() -> None:
    """The number and the mean instant fit the rates and mean spells."""
    assert_bursts(arrivals(BURSTS, 50_000.0), 50_000.0)


@pytest.mark.parametrize("scale", [0.98, 1.02])
def test_bursts_two_per_cent_off_would_be_seen(scale: float) -> None:
    """The check of the test above fails for 98 % or 102 % of both rates."""
    wrong = BURSTS.model_copy(
        update={"base_rate_per_s": 5.0 * scale, "burst_rate_per_s": 30.0 * scale}
    )

    with pytest.raises(AssertionError):
        assert_bursts(arrivals(wrong, 50_000.0), 50_000.0)


def test_bursts_are_bursty() -> None:
    """Counts in windows of 1 s have the variance of the spells, not that of a Poisson process."""
    counts = np.histogram(arrivals(BURSTS, 50_000.0), np.arange(50_001.0))[0]
    variance = bursts_variance(BURSTS, 1.0)
    assert variance > 2 * MEAN_PER_S

    squares = (counts[::2] - MEAN_PER_S) ** 2  # every second one: nearly independent
    assert_mean(squares, variance, resolution=0.06)


def test_bursts_begin_in_the_stationary_law() -> None:
    """A third of 6,000 paths begin in a burst, as the mean spells of 0.2 and 0.1 s say."""
    in_burst = [
        bursts_rates(BURSTS, horizon_s=1e-9, state=stream(k, "state"), block_count=1).from_per_s[0]
        == 30.0
        for k in range(6_000)
    ]

    assert_mean(np.array(in_burst, dtype=float), 1 / 3, resolution=0.1)


def test_bursts_are_level_from_the_beginning() -> None:
    """The first tenth of a second of 6,000 runs holds its share: none begins in a fixed state."""
    counts = [arrivals(BURSTS, 0.1, seed=k).size for k in range(6_000)]

    assert_mean(np.array(counts, dtype=float), MEAN_PER_S * 0.1, resolution=0.1)


@pytest.mark.parametrize("horizon_s", [0.05, 3.0, 40.0])
def test_spells_depend_on_neither_block_size_nor_horizon(horizon_s: float) -> None:
    """The path of states is one, drawn as far as needed."""
    long = bursts_rates(BURSTS, horizon_s=100.0, state=stream(0, "state"))

    for block_count in (1, 7, 1024):
        path = bursts_rates(
            BURSTS, horizon_s=horizon_s, state=stream(0, "state"), block_count=block_count
        )
        count = min(path.from_per_s.size, long.from_per_s.size)
        assert path.edge_at_s[-1] >= horizon_s
        assert path.edge_at_s[:count].tolist() == long.edge_at_s[:count].tolist()
        assert path.from_per_s[:count].tolist() == long.from_per_s[:count].tolist()
