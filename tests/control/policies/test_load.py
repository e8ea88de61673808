"""The load rule's decision, as a table of sentences."""

import math
from dataclasses import replace
from typing import NamedTuple

import pytest

from sim.control.policies.load import Counters, LoadRule, load_rule
from sim.control.policies.policy import Fleet, Seen, Verdict
from sim.engines.contract.plane import Observation
from sim.reasons import Reason
from sim.scenario.models.policies import AutoscalerPolicy
from sim.wire.models import (
    Duration,
    DurationUnit,
    RuntimeConfiguration,
    ScalingConfiguration,
)
from sim.wire.normal import normalise

SETTINGS = load_rule(
    normalise(RuntimeConfiguration(min_replicas=1, max_replicas=4)), AutoscalerPolicy()
)
"""The documented defaults: 32 threads, 0.75 up after 60 s, 0.75 down after 1800 s, every 5 s."""

UP_TICKS, DOWN_TICKS = 12, 360


def seen(busy: int = 0, *, queued: int = 0, last_arrival_at_s: float | None = None) -> Observation:
    """Return an observation with `busy` threads taken."""
    return Observation(busy, queued, busy, last_arrival_at_s)


def fleet(
    responsive: int,
    *,
    starting: int = 0,
    failed: int = 0,
    threads: int = 32,
    requested_at_s: float = 0.0,
    just_opened: int = 0,
    opened_at_s: float = -math.inf,
) -> Fleet:
    """Return a fleet of replicas with so many threads; the newest was requested at 0."""
    return Fleet(
        responsive,
        starting,
        responsive + starting + failed,
        requested_at_s,
        just_opened,
        opened_at_s,
        threads=responsive * threads,
        starting_threads=starting * threads,
        just_opened_threads=just_opened * threads,
    )


def evaluate(
    at_s: float, rule: LoadRule, live: Fleet, observation: Observation, before: Counters
) -> Verdict[Counters]:
    """Return what `rule` decides at `at_s`."""
    return rule.decide(Seen(at_s, observation), live, before)


def decide(
    busy: int, responsive: int, counters: Counters | None = None, rule: LoadRule = SETTINGS
) -> Verdict[Counters]:
    """Evaluate at 1000 s with everybody live responsive."""
    return evaluate(1000.0, rule, fleet(responsive), seen(busy), counters or Counters())


class Load(NamedTuple):
    name: str
    responsive: int
    threads: int
    busy: int
    load: float
    is_up: bool


LOADS = [
    Load("one below the threshold", 1, 32, 23, 0.71875, is_up=False),
    Load("exactly at it", 1, 32, 24, 0.75, is_up=True),
    Load("half of it on two", 2, 32, 24, 0.375, is_up=False),
    Load("exactly at it with one thread each", 4, 1, 3, 0.75, is_up=True),
    Load("two thirds", 3, 1, 2, 2 / 3, is_up=False),
]


@pytest.mark.parametrize("case", LOADS, ids=lambda case: case.name)
def test_load_is_busy_over_responsive_threads(case: Load) -> None:
    """The worked examples: load, and which counter it counts for."""
    live = fleet(case.responsive, threads=case.threads)

    verdict = evaluate(1000.0, SETTINGS, live, seen(case.busy), Counters())

    assert verdict.load == case.load
    assert (verdict.memory.up, verdict.memory.down) == ((1, 0) if case.is_up else (0, 1))


def test_above_needs_more_than_the_threshold() -> None:
    """With `above`, load 0.75 at threshold 0.75 is not up; it is not down either."""
    settings = replace(SETTINGS, is_up_at_equality=False)

    verdict = decide(24, 1, rule=settings)

    assert (verdict.memory.up, verdict.memory.down) == (0, 0)


def test_threshold_one_is_reached_but_never_exceeded() -> None:
    """Load 1.0 is up with at_or_above and can never be up with above."""
    full = replace(SETTINGS, up_load=1.0)

    assert decide(32, 1, rule=full).memory.up == 1
    assert decide(32, 1, rule=replace(full, is_up_at_equality=False)).memory.up == 0


class Timer(NamedTuple):
    name: str
    busy: int
    responsive: int
    before: Counters
    verdict: Verdict[Counters]


TIMERS = [
    Timer(
        "high load starts a timer",
        24, 1, Counters(),
        Verdict(1, Reason.UP_TIMER, Counters(1, 0, 2000.0, None), 0.75, 0.75, 2000.0),
    ),
    Timer(
        "60 s are twelve intervals, so the thirteenth evaluation in a row fires and counts 1",
        24, 1, Counters(UP_TICKS, 0, 1940.0, None),
        Verdict(2, Reason.LOAD_HIGH, Counters(1, 0, 2000.0, None), 0.75, 0.75, 1940.0),
    ),
    Timer(
        "one evaluation earlier it does not",
        24, 1, Counters(UP_TICKS - 1, 0, 1945.0, None),
        Verdict(1, Reason.UP_TIMER, Counters(UP_TICKS, 0, 1945.0, None), 0.75, 0.75, 1945.0),
    ),
    Timer(
        "one low load starts over",
        23, 1, Counters(UP_TICKS, 0, 1940.0, None),
        Verdict(1, None, Counters(0, 1, None, 2000.0), 23 / 32, 0.75, 2000.0),
    ),
    Timer(
        "at the maximum it keeps counting and is held",
        128, 4, Counters(UP_TICKS, 0, 1940.0, None),
        Verdict(4, Reason.AT_MAX, Counters(UP_TICKS + 1, 0, 1940.0, None), 1.0, 0.75, 1940.0),
    ),
    Timer(
        "at the maximum nothing is held before the delay is over",
        128, 4, Counters(UP_TICKS - 1, 0, 1945.0, None),
        Verdict(4, None, Counters(UP_TICKS, 0, 1945.0, None), 1.0, 0.75, 1945.0),
    ),
    Timer(
        "30 minutes of low load take one",
        23, 2, Counters(0, DOWN_TICKS, None, 200.0),
        Verdict(1, Reason.LOAD_LOW, Counters(0, 1, None, 2000.0), 23 / 64, 0.75, 200.0),
    ),
    Timer(
        "one evaluation earlier they do not",
        23, 2, Counters(0, DOWN_TICKS - 1, None, 205.0),
        Verdict(2, Reason.DOWN_TIMER, Counters(0, DOWN_TICKS, None, 205.0), 23 / 64, 0.75, 205.0),
    ),
    Timer(
        "at the minimum nothing goes",
        16, 1, Counters(0, DOWN_TICKS, None, 200.0),
        Verdict(1, Reason.AT_MIN, Counters(0, DOWN_TICKS + 1, None, 200.0), 0.5, 0.75, 200.0),
    ),
    Timer(
        "at the minimum nothing is held before the delay is over",
        16, 1, Counters(0, DOWN_TICKS - 1, None, 205.0),
        Verdict(1, None, Counters(0, DOWN_TICKS, None, 205.0), 0.5, 0.75, 205.0),
    ),
]  # fmt: skip
"""Evaluations at 2000 s: what is remembered before, and all that is decided and remembered then."""


@pytest.mark.parametrize("case", TIMERS, ids=lambda case: case.name)
def test_a_step_needs_a_whole_delay(case: Timer) -> None:
    """Counters and since when, what fires, what it says, and why not."""
    live = fleet(case.responsive)

    assert evaluate(2000.0, SETTINGS, live, seen(case.busy), case.before) == case.verdict


def test_a_load_between_the_thresholds_forgets_both_timers() -> None:
    """Up from 0.75 on, down below 0.5, load 20 / 32: neither counts, and the load is told."""
    apart = replace(SETTINGS, down_load=0.5)
    before = Counters(UP_TICKS, 0, 1940.0, None)

    assert decide(20, 1, before, apart) == Verdict(1, None, Counters(), 0.625, 0.5)


def test_the_timer_remembers_since_when() -> None:
    """`up_since_s` is the first evaluation of the run, and stays while it lasts."""
    first = decide(24, 1).memory
    second = evaluate(1005.0, SETTINGS, fleet(1), seen(24), first).memory

    assert (first.up_since_s, second.up_since_s) == (1000.0, 1000.0)


def test_a_timer_that_fires_begins_again() -> None:
    """The decision tells since when the load was high; the next delay counts from the decision."""
    counters = Counters(up=UP_TICKS, up_since_s=940.0)

    verdict = decide(24, 1, counters)

    assert (verdict.desired, verdict.since_s) == (2, 940.0)
    assert (verdict.memory.up, verdict.memory.up_since_s) == (1, 1000.0)


def test_a_step_leaves_the_other_timer() -> None:
    """Down below 1 beside up from 0.75 on, as a PUT to a running deployment can make it.

    Both count: the step up counts 1 again, the run of low load goes on.
    """
    overlapping = replace(SETTINGS, down_load=1.0)

    verdict = decide(24, 1, Counters(UP_TICKS, 5, 940.0, 975.0), overlapping)

    assert (verdict.desired, verdict.memory) == (2, Counters(1, 6, 1000.0, 975.0))


def test_nothing_responsive_forgets_both_timers() -> None:
    """No load without a RESPONSIVE replica; both counters are 0."""
    counters = Counters(up=5, down=0, up_since_s=900.0)

    verdict = evaluate(1000.0, SETTINGS, fleet(0, starting=1), seen(), counters)

    assert verdict == Verdict(1, Reason.NOTHING_RESPONSIVE, Counters(), None, 0.75)


def test_starting_replicas_count_only_when_asked() -> None:
    """`count_starting` adds them to the denominator: 24 / 64."""
    counting = replace(SETTINGS, count_starting=True)

    one = evaluate(0.0, SETTINGS, fleet(1, starting=1), seen(24), Counters())
    other = evaluate(0.0, counting, fleet(1, starting=1), seen(24), Counters())

    assert (one.load, other.load) == (0.75, 0.375)


class Opened(NamedTuple):
    name: str
    at_s: float
    responsive: int
    just_opened: int
    busy: int
    load: float | None
    load_with_starting: float | None


OPENED = [
    Opened("one of two turned responsive now", 50.0, 2, 1, 24, 0.75, 0.25),
    Opened("it did so before", 50.5, 2, 1, 24, 0.375, 0.25),
    Opened("two of three did so now", 50.0, 3, 2, 16, 0.5, 0.125),
    Opened("all did so now", 50.0, 2, 2, 0, None, None),
    Opened("all did so before", 55.0, 2, 2, 0, 0.0, 0.0),
]
"""Replicas of 32 threads, one more is starting; what was opened last was opened at 50 s."""


@pytest.mark.parametrize("case", OPENED, ids=lambda case: case.name)
def test_a_replica_counts_if_it_took_requests_before(case: Opened) -> None:
    """Busy threads over those that count; with `count_starting` the others' are added below."""
    live = fleet(case.responsive, starting=1, just_opened=case.just_opened, opened_at_s=50.0)
    counting = replace(SETTINGS, count_starting=True)

    one = evaluate(case.at_s, SETTINGS, live, seen(case.busy), Counters())
    other = evaluate(case.at_s, counting, live, seen(case.busy), Counters())

    assert (one.load, other.load) == (case.load, case.load_with_starting)


def test_a_run_of_high_load_goes_on_over_a_readiness() -> None:
    """Load 24 / 32 and not 24 / 64; nothing that counts at all forgets both timers instead."""
    opened = fleet(2, just_opened=1, opened_at_s=1000.0)
    all_opened = fleet(2, just_opened=2, opened_at_s=1000.0)
    before = Counters(up=3, up_since_s=985.0)

    verdict = evaluate(1000.0, SETTINGS, opened, seen(24), before)
    without = evaluate(1000.0, SETTINGS, all_opened, seen(), before)

    assert verdict.memory == Counters(up=4, up_since_s=985.0)
    assert without == Verdict(2, None, Counters(), None, 0.75)


ZERO = replace(SETTINGS, min_replicas=0)
JUST_THERE = fleet(1, just_opened=1, opened_at_s=2000.0)


class Idle(NamedTuple):
    name: str
    settings: LoadRule
    observation: Observation
    live: Fleet
    goes: bool


IDLE = [
    Idle(
        "no arrival ever, requested 1800 s ago",
        ZERO,
        seen(),
        fleet(1, requested_at_s=200.0),
        goes=True,
    ),
    Idle("requested a second later", ZERO, seen(), fleet(1, requested_at_s=201.0), goes=False),
    Idle("last arrival 1800 s ago", ZERO, seen(last_arrival_at_s=200.0), fleet(1), goes=True),
    Idle("last arrival later", ZERO, seen(last_arrival_at_s=200.5), fleet(1), goes=False),
    Idle("one request in flight", ZERO, seen(1), fleet(1), goes=False),
    Idle("one request queued", ZERO, seen(queued=1), fleet(1), goes=False),
    Idle("minReplicas is 1", SETTINGS, seen(), fleet(1), goes=False),
    Idle("two are live", ZERO, seen(), fleet(2), goes=False),
    Idle("it has just turned responsive", ZERO, seen(), JUST_THERE, goes=True),
    Idle("the only one never started", ZERO, seen(), fleet(0, failed=1), goes=True),
]


@pytest.mark.parametrize("case", IDLE, ids=lambda case: case.name)
def test_the_last_replica_goes_after_a_delay_without_requests(case: Idle) -> None:
    """Nothing queued, nothing in flight, a whole scale-down delay of 1800 s at t = 2000 s."""
    verdict = evaluate(2000.0, case.settings, case.live, case.observation, Counters())

    assert (verdict.desired == 0) is case.goes


def test_going_to_zero_is_not_held_and_keeps_what_was_counted() -> None:
    """Low load since 200 s, at the minimum; with nothing responsive there is no load.

    It says since when nobody has come.
    """
    low = Counters(0, DOWN_TICKS, None, 200.0)

    verdict = evaluate(2000.0, ZERO, fleet(1), seen(last_arrival_at_s=100.0), low)
    failed = evaluate(2000.0, ZERO, fleet(0, failed=1), seen(), low)

    counted = Counters(0, DOWN_TICKS + 1, None, 200.0)
    assert verdict == Verdict(0, Reason.IDLE, counted, 0.0, 0.75, since_s=100.0)
    assert failed == Verdict(0, Reason.IDLE, Counters(), None, 0.75)


def test_rules_round_delays_up_to_intervals() -> None:
    """61 s are thirteen intervals of 5 s, 60 s twelve; rounding adds none."""

    def intervals(delay_ms: int, interval_s: float) -> int:
        scaling = ScalingConfiguration(
            scale_up_load_threshold=0.5,
            scale_up_delay=Duration(value=delay_ms, unit=DurationUnit.MILLISECONDS),
            scale_down_delay=Duration(value=1, unit=DurationUnit.DAYS),
        )
        normal = normalise(
            RuntimeConfiguration(min_replicas=0, max_replicas=1, scaling_configuration=scaling)
        )
        return load_rule(normal, AutoscalerPolicy(evaluation_interval_s=interval_s)).up_intervals

    assert intervals(61_000, 5.0) == 13
    assert intervals(60_000, 5.0) == 12
    assert 2.1 / 0.3 > 7
    assert intervals(2100, 0.3) == 7
    assert intervals(0, 5.0) == 0


def test_scale_down_threshold_is_at_most_three_quarters() -> None:
    """Not in the API object: min(0.75, scale-up threshold), unless the scenario sets it."""

    def down_load(up_load: float, policy: AutoscalerPolicy) -> float:
        scaling = ScalingConfiguration(
            scale_up_load_threshold=up_load,
            scale_up_delay=Duration(value=1, unit=DurationUnit.MINUTES),
            scale_down_delay=Duration(value=30, unit=DurationUnit.MINUTES),
        )
        normal = normalise(
            RuntimeConfiguration(min_replicas=0, max_replicas=1, scaling_configuration=scaling)
        )
        return load_rule(normal, policy).down_load

    assert down_load(0.9, AutoscalerPolicy()) == 0.75
    assert down_load(0.5, AutoscalerPolicy()) == 0.5
    assert down_load(0.9, AutoscalerPolicy(scale_down_load_threshold=0.3)) == 0.3
