"""Many evaluations at once decide what one after the other decides, to the last bit."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.control.policies.load import Counters, LoadRule
from sim.control.policies.load_columns import LoadColumns
from sim.control.policies.one_by_one import OneByOne
from sim.control.policies.past import Past
from sim.control.policies.policy import Fleet, Seen, Verdict
from sim.engines.contract.plane import Observation, Observations


class Stretch(NamedTuple):
    """What control sees of some evaluations in a row, the first of which is number `first`."""

    first: int
    interval_s: float
    rule: LoadRule
    fleet: Fleet
    before: Counters
    seen: list[Observation]

    @property
    def at_s(self) -> list[float]:
        return [(self.first + place) * self.interval_s for place in range(len(self.seen))]


def fleet_of(
    thread_count: int,
    responsive: int,
    starting: int,
    live: int,
    requested_at_s: float | None,
    just_opened: int = 0,
    opened_at_s: float = -math.inf,
) -> Fleet:
    """Return a fleet of replicas with so many threads each."""
    return Fleet(
        *(responsive, starting, live, requested_at_s, just_opened, opened_at_s),
        threads=responsive * thread_count,
        starting_threads=starting * thread_count,
        just_opened_threads=just_opened * thread_count,
    )


LOADS = st.sampled_from([0.25, 1 / 3, 0.5, 0.75, 1.0])


@st.composite
def rules(draw: st.DrawFn, interval_s: float) -> LoadRule:
    """Draw a rule with short delays, so that timers end."""
    min_replicas = draw(st.sampled_from([0, 0, 1, 2]))
    down_intervals = draw(st.integers(0, 4))
    return LoadRule(
        min_replicas=min_replicas,
        max_replicas=min_replicas + draw(st.integers(0, 3)),
        up_load=draw(LOADS),
        down_load=draw(LOADS),  # above `up_load` too: then both counters count
        up_intervals=draw(st.integers(0, 4)),
        down_intervals=down_intervals,
        down_delay_s=down_intervals * interval_s,
        is_up_at_equality=draw(st.booleans()),
        count_starting=draw(st.booleans()),
    )


@st.composite
def fleets(draw: st.DrawFn, opened_at_s: float, thread_count: int) -> Fleet:
    """Draw some replicas; often none, or one, which may go when nothing comes.

    Some or all of the RESPONSIVE ones may take requests from `opened_at_s` on only.
    """
    several = st.tuples(*[st.integers(0, 2)] * 3)
    responsive, starting, other = draw(st.sampled_from([(1, 0, 0), (0, 1, 0), (0, 0, 0)]) | several)
    live = responsive + starting + other
    requested_at_s = draw(st.integers(0, 20)) * 1.0 if live else None
    just_opened = draw(st.sampled_from([0, responsive]) | st.integers(0, responsive))
    return fleet_of(
        thread_count, responsive, starting, live, requested_at_s, just_opened, opened_at_s
    )


@st.composite
def counters(draw: st.DrawFn) -> Counters:
    """Draw what an autoscaler may remember."""
    up, down = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    return Counters(up, down, 1.5 if up else None, 2.5 if down else None)


@st.composite
def observations(draw: st.DrawFn, fleet: Fleet) -> Observation:
    """Draw what one evaluation sees; nothing at all in most cases where nothing is responsive."""
    busy = draw(st.integers(0, fleet.threads))
    return Observation(
        busy=busy,
        queued=draw(st.sampled_from([0, 0, 0, 1])),
        in_flight=busy + draw(st.sampled_from([0, 0, 1])),
        last_arrival_at_s=draw(st.none() | st.integers(0, 20).map(float)),
    )


@st.composite
def stretches(draw: st.DrawFn) -> Stretch:
    """Draw a stretch with runs of equal observations, often right from a change of replicas on.

    Replicas have few threads, so that thresholds are met.
    """
    interval_s = draw(st.sampled_from([1.0, 5.0, 0.1]))
    first = draw(st.integers(0, 10))
    opened = first - draw(st.sampled_from([0, 0, 0.5]))
    rule, fleet = (
        draw(rules(interval_s)),
        draw(fleets(opened * interval_s, draw(st.integers(1, 4)))),
    )
    seen: list[Observation] = []
    for _ in range(draw(st.integers(0, 5))):
        seen += [draw(observations(fleet))] * draw(st.integers(1, 6))
    return Stretch(first, interval_s, rule, fleet, draw(counters()), seen)


def columns(seen: Sequence[Observation]) -> Observations:
    """Return observations as columns."""
    last = [np.nan if o.last_arrival_at_s is None else o.last_arrival_at_s for o in seen]
    return Observations(
        busy=np.array([o.busy for o in seen], dtype=np.int64),
        queued=np.array([o.queued for o in seen], dtype=np.int64),
        in_flight=np.array([o.in_flight for o in seen], dtype=np.int64),
        last_arrival_at_s=np.array(last, dtype=np.float64),
    )


def one_by_one(stretch: Stretch) -> list[Verdict[Counters]]:
    """Return the verdicts up to the first that decides something, by the scalar rule."""
    verdicts: list[Verdict[Counters]] = []
    before = stretch.before
    for at_s, seen in zip(stretch.at_s, stretch.seen, strict=True):
        verdict = stretch.rule.decide(Seen(at_s, seen), stretch.fleet, before)
        verdicts.append(verdict)
        if verdict.desired != stretch.fleet.live:
            break
        before = verdict.memory
    return verdicts


def quiet_of(stretch: Stretch) -> list[Verdict[Counters]]:
    """Return the verdicts that decide nothing, by the scalar rule."""
    return [v for v in one_by_one(stretch) if v.desired == stretch.fleet.live]


FORMS: list[type[LoadColumns] | type[OneByOne[Counters]]] = [LoadColumns, OneByOne]
"""The load rule's own, and the one that any policy has."""


def preview_of(
    stretch: Stretch, form: type[LoadColumns] | type[OneByOne[Counters]] = LoadColumns
) -> LoadColumns | OneByOne[Counters]:
    """Look at all evaluations of `stretch` at once."""
    at_s = np.array(stretch.at_s, dtype=np.float64)
    seen = columns(stretch.seen)
    return form(stretch.rule, at_s, stretch.fleet, seen, stretch.before, Past())


IDLE = Stretch(
    first=0,
    interval_s=5.0,
    rule=LoadRule(0, 2, 0.75, 0.75, 2, 2, 10.0, is_up_at_equality=True, count_starting=False),
    fleet=fleet_of(2, 1, 0, 1, 0.0),
    before=Counters(),
    seen=[Observation(0, 0, 0, 12.0)] * 6,
)
"""The only replica was requested at 0, the last arrival was at 12: it goes after 22, at 25."""

RIGHT_AFTER_A_READINESS = Stretch(
    first=10,
    interval_s=5.0,
    rule=LoadRule(1, 4, 0.75, 0.75, 3, 9, 45.0, is_up_at_equality=True, count_starting=False),
    fleet=fleet_of(1, 2, 0, 2, 0.0, just_opened=1, opened_at_s=50.0),
    before=Counters(up=2, up_since_s=40.0),
    seen=[Observation(1, 1, 1, 12.0), Observation(2, 0, 2, 12.0), Observation(0, 0, 0, 12.0)],
)
"""Of two replicas of one thread the second takes requests from 50 on: load 1 / 1, 2 / 2, then none.

High load at 40, 45, 50 and 55: the fourth evaluation acts.
"""


@pytest.mark.parametrize("form", FORMS)
@given(stretch=stretches())
@example(stretch=IDLE)
@example(stretch=RIGHT_AFTER_A_READINESS)
def test_a_preview_decides_what_single_evaluations_decide(
    form: type[LoadColumns] | type[OneByOne[Counters]], stretch: Stretch
) -> None:
    """Load, counters, since when, why held, and which is the first to act."""
    verdicts, quiet = one_by_one(stretch), quiet_of(stretch)

    preview = preview_of(stretch, form)

    assert [preview.verdict(place) for place in range(len(preview))] == quiet
    assert preview.acts == (len(quiet) if len(verdicts) > len(quiet) else None)
    assert preview.at_s.tolist() == stretch.at_s[: len(quiet)]
    assert preview.busy.tolist() == [seen.busy for seen in stretch.seen[: len(quiet)]]
    loads = [math.nan if verdict.load is None else verdict.load for verdict in quiet]
    assert np.array_equal(preview.load, loads, equal_nan=True)
    counted = [stretch.fleet.counted(at_s) for at_s in stretch.at_s[: len(quiet)]]
    assert preview.counted.tolist() == counted
    memories = [stretch.before, *(verdict.memory for verdict in quiet)]
    assert preview.memory(len(preview) - 1) == memories[-1]


def test_a_replica_counts_from_the_evaluation_after_its_readiness_on() -> None:
    """Load 1 at 50 and 55; the run of high load of 40 goes on, and acts at 55."""
    preview = preview_of(RIGHT_AFTER_A_READINESS)

    assert (preview.counted.tolist(), preview.load.tolist(), preview.acts) == ([1], [1.0], 1)
    assert preview.memory(0) == Counters(up=3, up_since_s=40.0)


@pytest.mark.parametrize("form", FORMS)
@given(stretch=stretches(), count=st.integers(0, 30))
def test_a_preview_knows_where_the_reason_to_hold_changes(
    form: type[LoadColumns] | type[OneByOne[Counters]], stretch: Stretch, count: int
) -> None:
    """The first place, and every place that is held otherwise than the one before."""
    held = [verdict.reason for verdict in quiet_of(stretch)][:count]

    changes = [p for p in range(len(held)) if p == 0 or held[p] != held[p - 1]]
    assert preview_of(stretch, form).changes(count) == changes
