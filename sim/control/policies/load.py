"""The load rule: one replica more or less when the load was high or low for a whole delay.

Source: Palantir, Compute modules, "Scaling" (load, thresholds, delays, one replica a step);
evaluation interval and counters are assumptions, see docs/model.md.
"""

import math
from dataclasses import dataclass, replace

from sim.control.policies.policy import Fleet, Seen, Verdict
from sim.reasons import Reason
from sim.scenario.models.policies import AutoscalerPolicy
from sim.wire.normal import NormalConfiguration

_DELAY_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Counters:
    """Consecutive evaluations at or above, and below, the thresholds, and since when."""

    up: int = 0
    down: int = 0
    up_since_s: float | None = None
    down_since_s: float | None = None


@dataclass(frozen=True, slots=True)
class LoadRule:
    """The rule with its settings for one configuration, as evaluations use them."""

    min_replicas: int
    max_replicas: int
    up_load: float
    down_load: float
    up_intervals: int
    down_intervals: int
    down_delay_s: float
    is_up_at_equality: bool
    count_starting: bool

    @property
    def threshold(self) -> float:
        """The load that counts as up, or the one above which it does."""
        return self.up_load

    @property
    def looks_back_s(self) -> float:
        """None: it counts evaluations, and averages nothing."""
        return 0.0

    def threshold_for(self, counters: Counters) -> float:
        """Return the threshold that the load is measured by which led to `counters`."""
        return self.up_load if counters.up > 0 else self.down_load

    def decide(self, seen: Seen, fleet: Fleet, memory: Counters) -> Verdict[Counters]:
        """Decide at an evaluation: one replica more, one less, none, or as it is.

        Load is busy / (counted x threadCount), over the replicas that took requests before it;
        requests in the queue do not count. With `count_starting` the others that are RESPONSIVE,
        or on their way there, are in the denominator too. Where none counts there is no load. The
        last replica goes only after a whole scale-down delay without any arrival.
        """
        at_s = seen.at_s
        if fleet.counted(at_s) == 0:
            is_held = fleet.live > 0 and fleet.responsive == 0
            held = Reason.NOTHING_RESPONSIVE if is_held else None
            verdict = Verdict(fleet.live, held, Counters(), None, self.down_load)
        else:
            sharing = fleet.threads + fleet.starting_threads
            load = seen.now.busy / (sharing if self.count_starting else fleet.counted_threads(at_s))
            verdict = _by_load(at_s, self, fleet, load, _count(at_s, self, load, memory))
        if verdict.desired == fleet.live and _is_idle_for_long(self, fleet, seen):
            last_at_s = seen.now.last_arrival_at_s
            return replace(verdict, desired=0, reason=Reason.IDLE, since_s=last_at_s)
        return verdict


def load_rule(normal: NormalConfiguration, settings: AutoscalerPolicy) -> LoadRule:
    """Return the rule as `settings` read a configuration.

    A timer of `delay` has run when `count - 1 >= ceil(delay / interval - 1e-9)`.
    """
    interval_s = settings.evaluation_interval_s
    return LoadRule(
        min_replicas=normal.min_replicas,
        max_replicas=normal.max_replicas,
        up_load=normal.scale_up_load_threshold,
        down_load=settings.scale_down_load(normal.scale_up_load_threshold),
        up_intervals=math.ceil(normal.scale_up_delay_s / interval_s - _DELAY_SLACK),
        down_intervals=math.ceil(normal.scale_down_delay_s / interval_s - _DELAY_SLACK),
        down_delay_s=normal.scale_down_delay_s,
        is_up_at_equality=settings.scale_up_comparison == "at_or_above",
        count_starting=settings.count_starting,
    )


def _count(at_s: float, rule: LoadRule, load: float, before: Counters) -> Counters:
    is_up = load >= rule.up_load if rule.is_up_at_equality else load > rule.up_load
    is_down = load < rule.down_load
    return Counters(
        up=before.up + 1 if is_up else 0,
        down=before.down + 1 if is_down else 0,
        up_since_s=(before.up_since_s if before.up else at_s) if is_up else None,
        down_since_s=(before.down_since_s if before.down else at_s) if is_down else None,
    )


def _by_load(
    at_s: float, rule: LoadRule, fleet: Fleet, load: float, counters: Counters
) -> Verdict[Counters]:
    live, floor = fleet.live, max(rule.min_replicas, 1)
    threshold = rule.threshold_for(counters)
    if counters.up:
        since_s = counters.up_since_s
        if counters.up - 1 < rule.up_intervals:
            held = Reason.UP_TIMER if live < rule.max_replicas else None
            return Verdict(live, held, counters, load, threshold, since_s)
        if live >= rule.max_replicas:
            return Verdict(live, Reason.AT_MAX, counters, load, threshold, since_s)
        again = replace(counters, up=1, up_since_s=at_s)
        return Verdict(live + 1, Reason.LOAD_HIGH, again, load, threshold, since_s)
    if counters.down:
        since_s = counters.down_since_s
        if counters.down - 1 < rule.down_intervals:
            held = Reason.DOWN_TIMER if live > floor else None
            return Verdict(live, held, counters, load, threshold, since_s)
        if live <= floor:
            return Verdict(live, Reason.AT_MIN, counters, load, threshold, since_s)
        again = replace(counters, down=1, down_since_s=at_s)
        return Verdict(live - 1, Reason.LOAD_LOW, again, load, threshold, since_s)
    return Verdict(live, None, counters, load, threshold)


def _is_idle_for_long(rule: LoadRule, fleet: Fleet, seen: Seen) -> bool:
    """Return whether the last replica may go."""
    now = seen.now
    if rule.min_replicas or fleet.live != 1 or now.queued or now.in_flight:
        return False
    last_at_s = max(
        -math.inf if now.last_arrival_at_s is None else now.last_arrival_at_s,
        -math.inf if fleet.requested_at_s is None else fleet.requested_at_s,
    )
    return last_at_s + rule.down_delay_s <= seen.at_s
