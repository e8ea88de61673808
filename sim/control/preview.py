"""Many evaluations of the autoscaler at once, as columns.

Between two acts of control the replicas and the rules stand still, so what each evaluation decides
follows from what it sees: loads are one division, counters are lengths of runs, and the first
evaluation that acts is where a column says so. That is why evaluations that decide nothing cost
next to nothing, however many there are.

The rule is written to be read in `sim.control.autoscaler.evaluate`; this is the same rule, and a
property test holds the two together. The evaluation that acts is carried out there.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.control.autoscaler import Counters, Fleet, Held, Rules, Verdict
from sim.record import NEVER
from sim.requests.plane import Observations

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Flags = NDArray[np.bool_]

_HELD: Final[tuple[Held | None, ...]] = (
    None,
    "nothing responsive",
    "scale-up timer",
    "at max",
    "scale-down timer",
    "at min",
)
"""Why an evaluation is held, by the code of columns."""

_FREE, _NOTHING_RESPONSIVE, _UP_TIMER, _AT_MAX, _DOWN_TIMER, _AT_MIN = range(len(_HELD))
_ACTS: Final = len(_HELD)


class Preview:
    """Evaluations one after the other, from `before` on, up to the first that decides something.

    `acts` is the place of that one among those that were asked about, None if there is none; it is
    not among those kept here. All columns have shape `(n,)`.
    """

    def __init__(
        self, at_s: _Floats, rules: Rules, fleet: Fleet, seen: Observations, before: Counters
    ) -> None:
        """Evaluate at the instants `at_s`, which see `seen`."""
        counted = _counted(at_s, fleet)
        load = _loads(rules, fleet, counted, seen.busy)
        is_up = load >= rules.up_load if rules.is_up_at_equality else load > rules.up_load
        up = _counts(is_up, before.up)
        down = _counts(load < rules.down_load, before.down)
        held = _held(rules, fleet, up, down)
        acts = np.flatnonzero((held == _ACTS) | _idle_for_long(at_s, rules, fleet, seen))
        self.acts = int(acts[0]) if acts.size else None
        self.rules = rules
        self.fleet = fleet
        self.at_s = at_s[: self.acts]
        self.load = load[: self.acts]
        self.counted = counted[: self.acts]
        self.busy = seen.busy[: self.acts]
        self._before = before
        self._up = up[: self.acts]
        self._down = down[: self.acts]
        self._held = held[: self.acts]

    def __len__(self) -> int:
        """Return how many evaluations decide nothing."""
        return self.at_s.size

    def verdict(self, place: int) -> Verdict:
        """Return the verdict of the evaluation at `place`, one that decides nothing."""
        load = float(self.load[place])
        counters = self.counters(place)
        return Verdict(
            action="none",
            load=load if self.counted[place] else None,
            counters=counters,
            held=_HELD[self._held[place]],
            since_s=counters.up_since_s if counters.up else counters.down_since_s,
        )

    def counters(self, place: int) -> Counters:
        """Return what is remembered after the evaluation at `place`; before the first for -1."""
        if place < 0:
            return self._before
        up, down = int(self._up[place]), int(self._down[place])
        return Counters(
            up=up,
            down=down,
            up_since_s=self._since_s(place, up, self._before.up_since_s),
            down_since_s=self._since_s(place, down, self._before.down_since_s),
        )

    def changes(self, count: int) -> list[int]:
        """Return the places among the first `count` that are not held as the one before was."""
        held = self._held[:count]
        return [0, *(np.flatnonzero(held[1:] != held[:-1]) + 1).tolist()] if held.size else []

    def _since_s(self, place: int, count: int, before_s: float | None) -> float | None:
        """Return when the run began that counts `count` at `place`."""
        if not count:
            return None
        begin = place - count + 1
        return float(self.at_s[begin]) if begin >= 0 else before_s


def _counted(at_s: _Floats, fleet: Fleet) -> _Ints:
    """Return how many replicas each evaluation counts: those that took requests before it."""
    counted = np.full(at_s.size, fleet.responsive)
    counted[at_s <= fleet.opened_at_s] -= fleet.just_opened
    return counted


def _loads(rules: Rules, fleet: Fleet, counted: _Ints, busy: _Ints) -> _Floats:
    """Return the load of each evaluation, NaN for none, which is on neither side of a threshold."""
    sharing = fleet.responsive + fleet.starting if rules.count_starting else counted
    load = np.full(busy.size, NEVER)
    np.divide(busy, sharing * rules.thread_count, out=load, where=counted > 0)
    return load


def _counts(is_counted: _Flags, before: int) -> _Ints:
    """Return the length of the run of true values that ends at each place, 0 where it is false.

    A run that reaches back to the first place goes on from `before`.
    """
    places = np.arange(is_counted.size)
    last_not = np.maximum.accumulate(np.where(is_counted, -1 - before, places))
    return places - last_not


def _held(rules: Rules, fleet: Fleet, up: _Ints, down: _Ints) -> _Ints:
    """Return why each evaluation is held, as a code, or that it acts by load."""
    below_max = fleet.live < rules.max_replicas
    above_min = fleet.live > max(rules.min_replicas, 1)
    high = np.where(
        up > rules.up_intervals,
        _ACTS if below_max else _AT_MAX,
        _UP_TIMER if below_max else _FREE,
    )
    low = np.where(
        down > rules.down_intervals,
        _ACTS if above_min else _AT_MIN,
        _DOWN_TIMER if above_min else _FREE,
    )
    neither = _NOTHING_RESPONSIVE if fleet.live and not fleet.responsive else _FREE
    return np.where(up > 0, high, np.where(down > 0, low, neither))


def _idle_for_long(at_s: _Floats, rules: Rules, fleet: Fleet, seen: Observations) -> _Flags:
    """Return which evaluations let the last replica go."""
    if rules.min_replicas or fleet.live != 1:
        return np.zeros(at_s.size, dtype=np.bool_)
    requested_at_s = -np.inf if fleet.requested_at_s is None else fleet.requested_at_s
    last_at_s = np.fmax(seen.last_arrival_at_s, requested_at_s)  # NaN: no arrival yet
    is_idle: _Flags = (seen.queued == 0) & (seen.in_flight == 0)
    is_idle &= last_at_s + rules.down_delay_s <= at_s
    return is_idle
