"""The autoscaler's decision at one evaluation: a pure function of what it sees and remembers.

Source: Palantir, Compute modules, "Scaling" (load, thresholds, delays, one replica a step);
evaluation interval and counters are assumptions, see docs/model.md.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

from sim.requests.plane import Observation
from sim.scenario.policies import AutoscalerPolicy
from sim.wire.normal import NormalConfiguration

_DEFAULT_SCALE_DOWN_LOAD = 0.75
_DELAY_SLACK = 1e-9

Action = Literal["none", "up", "down", "to_zero"]
Held = Literal["at max", "at min", "nothing responsive", "scale-up timer", "scale-down timer"]


@dataclass(frozen=True, slots=True)
class Fleet:
    """The active revision's replicas from one act of control to the next.

    Attributes:
        responsive: Those that are RESPONSIVE.
        starting: Those that the platform shows as Starting.
        live: Those that the bounds count.
        requested_at_s: When the newest live one was requested; None without a live one.
        just_opened: How many of the RESPONSIVE ones did not take requests before `opened_at_s`.
        opened_at_s: The instant at which they began to.
    """

    responsive: int
    starting: int
    live: int
    requested_at_s: float | None
    just_opened: int = 0
    opened_at_s: float = -math.inf

    def counted(self, at_s: float) -> int:
        """Return how many an evaluation at `at_s` counts: those that took requests before it.

        The threads of a replica that has just turned RESPONSIVE have all been idle for no time,
        while what waits for them still waits: they say nothing about the load.
        """
        return self.responsive - (self.just_opened if at_s <= self.opened_at_s else 0)


@dataclass(frozen=True, slots=True)
class Counters:
    """Consecutive evaluations at or above, and below, the thresholds, and since when."""

    up: int = 0
    down: int = 0
    up_since_s: float | None = None
    down_since_s: float | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The autoscaler's settings for one configuration, as evaluations use them."""

    min_replicas: int
    max_replicas: int
    thread_count: int
    up_load: float
    down_load: float
    up_intervals: int
    down_intervals: int
    down_delay_s: float
    is_up_at_equality: bool
    count_starting: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an evaluation decides, why, and what it remembers for the next one.

    `since_s` is when the run of high or low load began that it acted on or is counting.
    """

    action: Action
    load: float | None
    counters: Counters
    held: Held | None = None
    since_s: float | None = None


def rules(normal: NormalConfiguration, policy: AutoscalerPolicy) -> Rules:
    """Return the settings of `policy` for a configuration.

    A timer of `delay` has run when `count - 1 >= ceil(delay / interval - 1e-9)`.
    """
    interval_s = policy.evaluation_interval_s
    down_load = policy.scale_down_load_threshold
    if down_load is None:
        down_load = min(_DEFAULT_SCALE_DOWN_LOAD, normal.scale_up_load_threshold)
    return Rules(
        min_replicas=normal.min_replicas,
        max_replicas=normal.max_replicas,
        thread_count=normal.thread_count,
        up_load=normal.scale_up_load_threshold,
        down_load=down_load,
        up_intervals=math.ceil(normal.scale_up_delay_s / interval_s - _DELAY_SLACK),
        down_intervals=math.ceil(normal.scale_down_delay_s / interval_s - _DELAY_SLACK),
        down_delay_s=normal.scale_down_delay_s,
        is_up_at_equality=policy.scale_up_comparison == "at_or_above",
        count_starting=policy.count_starting,
    )


def evaluate(
    at_s: float, settings: Rules, fleet: Fleet, seen: Observation, counters: Counters
) -> Verdict:
    """Decide at the evaluation at `at_s`: one replica more, one less, none, or as it is.

    Load is busy / (counted x threadCount), over the replicas that took requests before `at_s`;
    requests in the queue do not count. With `count_starting` the others that are RESPONSIVE, or
    on their way there, are in the denominator too. Where none counts there is no load. The last
    replica goes only after a whole scale-down delay without any arrival.
    """
    counted = fleet.counted(at_s)
    if counted == 0:
        is_held = fleet.live > 0 and fleet.responsive == 0
        verdict = Verdict("none", None, Counters(), "nothing responsive" if is_held else None)
    else:
        sharing = fleet.responsive + fleet.starting if settings.count_starting else counted
        load = seen.busy / (sharing * settings.thread_count)
        verdict = _by_load(at_s, settings, fleet, load, _count(at_s, settings, load, counters))
    if verdict.action == "none" and _is_idle_for_long(at_s, settings, fleet, seen):
        return replace(verdict, action="to_zero", held=None)
    return verdict


def _count(at_s: float, settings: Rules, load: float, before: Counters) -> Counters:
    is_up = load >= settings.up_load if settings.is_up_at_equality else load > settings.up_load
    is_down = load < settings.down_load
    return Counters(
        up=before.up + 1 if is_up else 0,
        down=before.down + 1 if is_down else 0,
        up_since_s=(before.up_since_s if before.up else at_s) if is_up else None,
        down_since_s=(before.down_since_s if before.down else at_s) if is_down else None,
    )


def _by_load(
    at_s: float, settings: Rules, fleet: Fleet, load: float, counters: Counters
) -> Verdict:
    floor = max(settings.min_replicas, 1)
    if counters.up:
        since_s = counters.up_since_s
        if counters.up - 1 < settings.up_intervals:
            held: Held | None = "scale-up timer" if fleet.live < settings.max_replicas else None
            return Verdict("none", load, counters, held, since_s)
        if fleet.live >= settings.max_replicas:
            return Verdict("none", load, counters, "at max", since_s)
        again = replace(counters, up=1, up_since_s=at_s)
        return Verdict("up", load, again, since_s=since_s)
    if counters.down:
        since_s = counters.down_since_s
        if counters.down - 1 < settings.down_intervals:
            held = "scale-down timer" if fleet.live > floor else None
            return Verdict("none", load, counters, held, since_s)
        if fleet.live <= floor:
            return Verdict("none", load, counters, "at min", since_s)
        again = replace(counters, down=1, down_since_s=at_s)
        return Verdict("down", load, again, since_s=since_s)
    return Verdict("none", load, counters)


def _is_idle_for_long(at_s: float, settings: Rules, fleet: Fleet, seen: Observation) -> bool:
    """Return whether the last replica may go."""
    if settings.min_replicas or fleet.live != 1 or seen.queued or seen.in_flight:
        return False
    last_at_s = max(
        -math.inf if seen.last_arrival_at_s is None else seen.last_arrival_at_s,
        -math.inf if fleet.requested_at_s is None else fleet.requested_at_s,
    )
    return last_at_s + settings.down_delay_s <= at_s
