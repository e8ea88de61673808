"""Many evaluations of the load rule at once, as columns.

Between two acts of control the replicas and the rules stand still, so what each evaluation decides
follows from what it sees: loads are one division, counters are lengths of runs, and the first
evaluation that acts is where a column says so. That is why evaluations that decide nothing cost
next to nothing, however many there are.

The rule is written to be read in `sim.control.policies.load`; this is the same rule, and a property
test holds the two together. The evaluation that acts is carried out there.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.control.policies.load import Counters, LoadRule
from sim.control.policies.past import Past
from sim.control.policies.policy import Fleet, Verdict
from sim.engines.contract.plane import Observations
from sim.reasons import Reason
from sim.record import NEVER

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Flags = NDArray[np.bool_]

_HELD: Final[tuple[Reason | None, ...]] = (
    None,
    Reason.NOTHING_RESPONSIVE,
    Reason.UP_TIMER,
    Reason.AT_MAX,
    Reason.DOWN_TIMER,
    Reason.AT_MIN,
)
"""Why an evaluation is held, by the code of columns."""

_FREE, _NOTHING_RESPONSIVE, _UP_TIMER, _AT_MAX, _DOWN_TIMER, _AT_MIN = range(len(_HELD))
_ACTS: Final = len(_HELD)


class LoadColumns:
    """Evaluations up to the first that decides something; see `sim.control.policies.policy`."""

    def __init__(
        self,
        rule: LoadRule,
        at_s: _Floats,
        fleet: Fleet,
        seen: Observations,
        before: Counters,
        _past: Past,
    ) -> None:
        """Evaluate at the instants `at_s`, which see `seen`, from what was counted `before` on."""
        counted = _counted(at_s, fleet)
        load = _loads(rule, at_s, fleet, counted, seen.busy)
        is_up = load >= rule.up_load if rule.is_up_at_equality else load > rule.up_load
        up = _counts(is_up, before.up)
        down = _counts(load < rule.down_load, before.down)
        held = _held(rule, fleet, up, down)
        acts = np.flatnonzero((held == _ACTS) | _idle_for_long(at_s, rule, fleet, seen))
        self.acts = int(acts[0]) if acts.size else None
        self._rule = rule
        self._live = fleet.live
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

    def verdict(self, place: int) -> Verdict[Counters]:
        """Return the verdict of the evaluation at `place`, one that decides nothing."""
        load = float(self.load[place])
        counters = self.memory(place)
        return Verdict(
            desired=self._live,
            reason=_HELD[self._held[place]],
            memory=counters,
            load=load if self.counted[place] else None,
            threshold=self._rule.threshold_for(counters),
            since_s=counters.up_since_s if counters.up else counters.down_since_s,
        )

    def memory(self, place: int) -> Counters:
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


def _loads(rule: LoadRule, at_s: _Floats, fleet: Fleet, counted: _Ints, busy: _Ints) -> _Floats:
    """Return the load of each evaluation, NaN for none, which is on neither side of a threshold."""
    threads = np.full(busy.size, fleet.threads)
    if rule.count_starting:
        threads += fleet.starting_threads
    else:
        threads[at_s <= fleet.opened_at_s] -= fleet.just_opened_threads
    load = np.full(busy.size, NEVER)
    np.divide(busy, threads, out=load, where=counted > 0)
    return load


def _counts(is_counted: _Flags, before: int) -> _Ints:
    """Return the length of the run of true values that ends at each place, 0 where it is false.

    A run that reaches back to the first place goes on from `before`.
    """
    places = np.arange(is_counted.size)
    last_not = np.maximum.accumulate(np.where(is_counted, -1 - before, places))
    return places - last_not


def _held(rule: LoadRule, fleet: Fleet, up: _Ints, down: _Ints) -> _Ints:
    """Return why each evaluation is held, as a code, or that it acts by load."""
    below_max = fleet.live < rule.max_replicas
    above_min = fleet.live > max(rule.min_replicas, 1)
    high = np.where(
        up > rule.up_intervals,
        _ACTS if below_max else _AT_MAX,
        _UP_TIMER if below_max else _FREE,
    )
    low = np.where(
        down > rule.down_intervals,
        _ACTS if above_min else _AT_MIN,
        _DOWN_TIMER if above_min else _FREE,
    )
    neither = _NOTHING_RESPONSIVE if fleet.live and not fleet.responsive else _FREE
    return np.where(up > 0, high, np.where(down > 0, low, neither))


def _idle_for_long(at_s: _Floats, rule: LoadRule, fleet: Fleet, seen: Observations) -> _Flags:
    """Return which evaluations let the last replica go."""
    if rule.min_replicas or fleet.live != 1:
        return np.zeros(at_s.size, dtype=np.bool_)
    requested_at_s = -np.inf if fleet.requested_at_s is None else fleet.requested_at_s
    last_at_s = np.fmax(seen.last_arrival_at_s, requested_at_s)  # NaN: no arrival yet
    is_idle: _Flags = (seen.queued == 0) & (seen.in_flight == 0)
    is_idle &= last_at_s + rule.down_delay_s <= at_s
    return is_idle
