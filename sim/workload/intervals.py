"""Numbers of intervals, from a scenario or a file: counts or rates, each with start and end.

Owns when the intervals of a scenario or of a file are; how files are read is in
`sim.recordings.intervals`. What comes in an interval is drawn by
`sim.workload.counted` and `sim.workload.renewal`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.recordings.intervals import Numbers, read_column, read_row
from sim.scenario.models.intervals import (
    CountsTraffic,
    IntervalTraffic,
    RatesTraffic,
    RateUnit,
    gap_shape,
)
from sim.workload.drawn_columns import Floats
from sim.workload.poisson import RatePieces
from sim.workload.renewal import RenewalWindow
from sim.workload.source_files import readable

_UNIT_S: Final = MappingProxyType[RateUnit, float](
    {"/s": 1.0, "/min": 60.0, "/h": 3600.0, "/d": 86400.0}
)


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Intervals by time, none over another, each array of shape ``(n,)``.

    Attributes:
        start_at_s: Start of each since the start of the run; below 0 before it.
        end_at_s: End of each, which does not belong to it.
        value: Requests of each, or requests per second.
    """

    start_at_s: Floats
    end_at_s: Floats
    value: Floats


def intervals_of(traffic: IntervalTraffic) -> Intervals:
    """Return the intervals of a source, with counts or with rates per second.

    Raises:
        ScenarioError: The file is missing or another one than meant; it has no such column or row;
            a number is negative, or a count not whole; intervals overlap, or have no even step and
            no length is given.
    """
    start_at_s, every_s, value = _numbers(traffic)
    wrong = ~(np.isfinite(value) & (value >= 0))
    if isinstance(traffic, CountsTraffic):
        wrong |= value != np.floor(value)
        must = "a whole number of requests, 0 or more"
    else:
        must = "a rate, 0 or more"
    if wrong.any():
        place = int(np.argmax(wrong))
        raise _refused(traffic, f"interval {place} has {value[place]:g}: it must be {must}")
    if isinstance(traffic, RatesTraffic):
        value = value * traffic.rate_scale
        if traffic.unit is not None:
            value /= _UNIT_S[traffic.unit]
    start_at_s = start_at_s + (traffic.at_s - traffic.offset_s)
    # Intervals that follow each other meet exactly: no instant is between them or in two.
    end_at_s = start_at_s + every_s
    meets = np.isclose(end_at_s[:-1], start_at_s[1:], rtol=0, atol=1e-6 * every_s)
    end_at_s[:-1][meets] = start_at_s[1:][meets]
    return Intervals(start_at_s, end_at_s, value)


def rates_over_time(traffic: IntervalTraffic) -> RatePieces:
    """Return the mean rate of a source over time, which is level in each interval, and 0 outside.

    Raises:
        ScenarioError: As for `intervals_of`.
    """
    found = intervals_of(traffic)
    is_seen = found.end_at_s > 0
    start_at_s, end_at_s = found.start_at_s[is_seen], found.end_at_s[is_seen]
    per_s = found.value[is_seen]
    if isinstance(traffic, CountsTraffic):
        per_s = per_s / (end_at_s - start_at_s)
    edge_at_s = np.concatenate([[0.0], np.stack([start_at_s, end_at_s], 1).ravel(), [np.inf]])
    rate_per_s = np.zeros(edge_at_s.size - 1)
    rate_per_s[1::2] = per_s
    edge_at_s = np.maximum(edge_at_s, 0.0)
    is_wide = np.diff(edge_at_s) > 0
    edges = np.concatenate([edge_at_s[:-1][is_wide], [np.inf]])
    return RatePieces(edges, rate_per_s[is_wide], rate_per_s[is_wide])


def rate_windows(traffic: RatesTraffic, *, horizon_s: float) -> Iterator[tuple[int, RenewalWindow]]:
    """Yield the intervals with requests that the run sees, each with its place from 0.

    Raises:
        ScenarioError: As for `intervals_of`.
    """
    found = intervals_of(traffic)
    shape = gap_shape(traffic.law, traffic.cv)
    for place in _seen(found, horizon_s):
        yield (
            place,
            RenewalWindow(
                start_at_s=max(float(found.start_at_s[place]), 0.0),
                end_at_s=min(float(found.end_at_s[place]), horizon_s),
                rate_per_s=float(found.value[place]),
                law="Weibull" if traffic.law == "weibull" else "Gamma",
                shape=shape,
            ),
        )


def counted_intervals(
    traffic: CountsTraffic, *, horizon_s: float
) -> Iterator[tuple[int, float, float, int]]:
    """Yield place, start, end and count of the intervals with requests that the run sees.

    One that the run sees a part of is whole here.

    Raises:
        ScenarioError: As for `intervals_of`.
    """
    found = intervals_of(traffic)
    for place in _seen(found, horizon_s):
        start_at_s, end_at_s = float(found.start_at_s[place]), float(found.end_at_s[place])
        yield place, start_at_s, end_at_s, int(found.value[place])


def _seen(found: Intervals, horizon_s: float) -> Iterator[int]:
    is_seen = (found.end_at_s > 0) & (found.start_at_s < horizon_s) & (found.value > 0)
    yield from np.flatnonzero(is_seen).tolist()


def _numbers(traffic: IntervalTraffic) -> tuple[Floats, float, Floats]:
    """Return starts since the first, the length of each, and the numbers as they are given."""
    if traffic.given is not None:
        return _in_a_row(traffic, np.array(traffic.given, dtype=np.float64))
    assert traffic.file is not None
    with readable(traffic.file, traffic):
        found = _read(traffic, traffic.file)
    if found.at_ns is None:
        return _in_a_row(traffic, found.value)
    return _by_time(traffic, found.at_ns, found.value)


def _read(traffic: IntervalTraffic, file: Path) -> Numbers:
    """Return what stands in the file, in its order."""
    if traffic.column is not None:
        return read_column(
            file,
            traffic.layout,
            traffic.column,
            time=traffic.time_column,
            unit=traffic.time_unit,
            where=traffic.where,
            missing=traffic.missing,
        )
    first, last = traffic.first_column, traffic.last_column
    return read_row(
        file,
        traffic.layout,
        row=traffic.row,
        where=traffic.where,
        ends=None if first is None or last is None else (first, last),
        missing=traffic.missing,
    )


def _in_a_row(traffic: IntervalTraffic, value: Floats) -> tuple[Floats, float, Floats]:
    every_s = traffic.every_s or 0.0  # the model has it where there are no times
    return np.arange(value.size, dtype=np.float64) * every_s, every_s, value


def _by_time(
    traffic: IntervalTraffic, at_ns: NDArray[np.int64], value: Floats
) -> tuple[Floats, float, Floats]:
    order = np.argsort(at_ns, kind="stable")
    at_s = (at_ns[order] - at_ns[order[0]]) / 1e9
    step_s = np.diff(at_s)
    every_s = traffic.every_s
    if every_s is None:
        if not step_s.size or not np.allclose(step_s, step_s[0], rtol=1e-6, atol=0):
            raise _refused(traffic, "the times have no even step: say how long one is, with every")
        every_s = float(step_s[0])
    if step_s.size and step_s.min() < every_s * (1 - 1e-6):
        place = int(step_s.argmin())
        raise _refused(
            traffic,
            f"interval {place + 1} begins {step_s[place]:g} s after the one before it, which is "
            f"{every_s:g} s long: intervals must not overlap",
        )
    return at_s, every_s, value[order]


def _refused(traffic: IntervalTraffic, message: str) -> ScenarioError:
    file = None if traffic.file is None else str(traffic.file)
    return ScenarioError(
        Problem(message=message, rule="intervals", path=("traffic", traffic.name), file=file)
    )
