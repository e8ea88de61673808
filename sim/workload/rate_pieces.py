"""The rate that each kind of Poisson traffic means, as pieces.

Owns the step from a scenario's points, clock times and spells to `sim.workload.poisson.RatePieces`.
"""

import math
from datetime import datetime
from typing import Final

import numpy as np

from sim.scenario.models.traffic import (
    BurstsTraffic,
    CycleTraffic,
    PiecewiseTraffic,
    PoissonTraffic,
)
from sim.scenario.models.wall_clock import DAY_S
from sim.workload.drawn_columns import Floats
from sim.workload.poisson import RatePieces
from sim.zones import clock_changes

SPELL_BLOCK_COUNT: Final = 1024
"""Spells drawn at a time; changes the speed and nothing else."""


def poisson_rates(traffic: PoissonTraffic) -> RatePieces:
    """Return one rate for ever."""
    rate_per_s = np.array([traffic.rate_per_s])
    return RatePieces(np.array([0.0, math.inf]), rate_per_s, rate_per_s)


def piecewise_rates(traffic: PiecewiseTraffic) -> RatePieces:
    """Return a rate that is zero before the first point and constant after the last."""
    at_s = [*(point.at_s for point in traffic.points), math.inf]
    rate_per_s = [point.rate_per_s for point in traffic.points]
    return _through(np.array(at_s), np.array([*rate_per_s, rate_per_s[-1]]))


def cycle_rates(traffic: CycleTraffic, *, start: datetime, horizon_s: float) -> RatePieces:
    """Return a rate that repeats by the clock of *start*, in whole periods past *horizon_s*.

    Where the clock of a zone is set forward or back, the rate is from then on that of the time
    which it shows: an hour that is left out has no requests, and one that is shown twice has those
    of its time twice. A week begins on Monday at 00:00.
    """
    clock_s = start.hour * 3600.0 + start.minute * 60.0 + start.second + start.microsecond / 1e6
    phase_s = clock_s + start.weekday() * DAY_S if traffic.period == "week" else clock_s
    at_s, rate_per_s = _cycle(traffic, phase_s, horizon_s)
    for set_at_s, ahead_s in clock_changes(start, horizon_s):
        then_at_s, then_per_s = _cycle(traffic, phase_s + ahead_s, horizon_s)
        before, behind = (
            np.searchsorted(at_s, set_at_s),
            np.searchsorted(then_at_s, set_at_s, side="right"),
        )
        step_per_s = (
            _between(at_s, rate_per_s, int(before), set_at_s),
            _between(then_at_s, then_per_s, int(behind), set_at_s),
        )
        at_s = np.concatenate([at_s[:before], (set_at_s, set_at_s), then_at_s[behind:]])
        rate_per_s = np.concatenate([rate_per_s[:before], step_per_s, then_per_s[behind:]])
    return _through(at_s, rate_per_s)


def _cycle(traffic: CycleTraffic, phase_s: float, horizon_s: float) -> tuple[Floats, Floats]:
    """Return instants and rates of the points of a cycle, from before 0 to past *horizon_s*.

    Args:
        traffic: The cycle.
        phase_s: How much of a period has passed by the clock at 0.
        horizon_s: Up to where.
    """
    period_count = math.ceil((horizon_s + phase_s) / traffic.period_s) + 2
    first_at_s = np.arange(-1, period_count) * traffic.period_s - phase_s
    at_s = np.add.outer(first_at_s, [point.at_s for point in traffic.points]).ravel()
    return at_s, np.tile([point.rate_per_s for point in traffic.points], first_at_s.size)


def _between(at_s: Floats, rate_per_s: Floats, above: int, instant_s: float) -> float:
    """Return the rate at an instant between the point at the place *above* and the one before."""
    part = (instant_s - at_s[above - 1]) / (at_s[above] - at_s[above - 1])
    return float(rate_per_s[above - 1] + (rate_per_s[above] - rate_per_s[above - 1]) * part)


def bursts_rates(
    traffic: BurstsTraffic,
    *,
    horizon_s: float,
    state: np.random.Generator,
    block_count: int = SPELL_BLOCK_COUNT,
) -> RatePieces:
    """Return the rate of one path of the two states, drawn from *state* until past *horizon_s*.

    Draw 0 is the state at time 0, by the stationary law; draw k + 1 the length of spell k. What
    is left of an exponential spell at time 0 is as long as a whole one.

    Source: Fischer and Meier-Hellstern, The Markov-modulated Poisson process (MMPP) cookbook
        (1993), section 1.
    """
    base_ratio = traffic.mean_base_s / (traffic.mean_base_s + traffic.mean_burst_s)
    begins_in_burst = int(state.random() >= base_ratio)
    edges = [np.zeros(1)]
    spell_count = 0
    while edges[-1][-1] < horizon_s:
        in_burst = (np.arange(spell_count, spell_count + block_count) + begins_in_burst) % 2
        mean_s = np.where(in_burst, traffic.mean_burst_s, traffic.mean_base_s)
        spell_s = state.standard_exponential(block_count) * mean_s
        spell_s[0] += edges[-1][-1]
        edges.append(np.cumsum(spell_s))
        spell_count += block_count
    in_burst = (np.arange(spell_count) + begins_in_burst) % 2
    rate_per_s = np.where(in_burst, traffic.burst_rate_per_s, traffic.base_rate_per_s)
    return _without_empty(np.concatenate(edges), rate_per_s, rate_per_s)


def _through(at_s: Floats, rate_per_s: Floats) -> RatePieces:
    """Return the polyline through points by time, from 0 on; two at one instant are a step."""
    from_per_s, to_per_s = rate_per_s[:-1].copy(), rate_per_s[1:]
    before = int(np.searchsorted(at_s, 0.0, side="right")) - 1  # the last point at or before 0
    if before > 0 or (before == 0 and at_s[0] < 0):
        part = (0.0 - at_s[before]) / (at_s[before + 1] - at_s[before])
        from_per_s[before] += (to_per_s[before] - from_per_s[before]) * part
        at_s, from_per_s, to_per_s = at_s[before:].copy(), from_per_s[before:], to_per_s[before:]
        at_s[0] = 0.0
    return _without_empty(at_s, from_per_s, to_per_s)


def _without_empty(edge_at_s: Floats, from_per_s: Floats, to_per_s: Floats) -> RatePieces:
    lasts = np.diff(edge_at_s) > 0
    return RatePieces(
        np.append(edge_at_s[:-1][lasts], edge_at_s[-1]), from_per_s[lasts], to_per_s[lasts]
    )
