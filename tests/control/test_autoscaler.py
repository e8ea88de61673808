"""The autoscaler remembers and writes down the same, one evaluation at a time or many at once."""

import math
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.control.autoscaler import Autoscaler, fleet_of
from sim.control.journal import Journal
from sim.control.revision import Revision
from sim.control.roster import Roster
from sim.engines.contract.plane import Observation, Observations
from sim.errors import InvariantError
from sim.reasons import Reason
from sim.record import RevisionRecord
from sim.scenario.models.policies import AutoscalerPolicy
from sim.states import ReplicaState
from sim.wire.models import Duration, DurationUnit, RuntimeConfiguration, ScalingConfiguration

INTERVAL_S = 5.0


def revision(responsive: int, starting: int, most: int) -> Revision:
    """Return a revision of 0 to `most` replicas with 2 threads, and delays of three intervals."""
    roster = Roster()
    nobody: Any = SimpleNamespace()
    for number in range(responsive + starting):
        roster.add(nobody, 0, 0.0)
        if number < responsive:
            roster.enter(number, ReplicaState.RESPONSIVE, 0.0)
            roster.open(number, -math.inf)
    delay = Duration(value=15, unit=DurationUnit.SECONDS)
    configuration = RuntimeConfiguration(
        min_replicas=0,
        max_replicas=most,
        thread_count=2,
        scaling_configuration=ScalingConfiguration(
            scale_up_load_threshold=0.75, scale_up_delay=delay, scale_down_delay=delay
        ),
    )
    record = RevisionRecord(0, configuration, "", "created", 0.0)
    return Revision(0, configuration, nobody, record, roster)


def columns(busy: list[int]) -> Observations:
    """Return what evaluations see while as many requests run as `busy` says, and none waits."""
    counts = np.array(busy, dtype=np.int64)
    return Observations(counts, np.zeros_like(counts), counts, np.full(counts.size, np.nan))


def evaluate(
    autoscaler: Autoscaler, at_s: float, active: Revision, seen: Observation
) -> int | None:
    """Carry out one evaluation of a deployment in which `active` alone serves."""
    return autoscaler.evaluate(at_s, active.normal, fleet_of([active], at_s), seen)


def first_to_act(
    autoscaler: Autoscaler, first: int, active: Revision, seen: Observations
) -> int | None:
    """Look at some evaluations of such a deployment."""
    fleet_at = partial(fleet_of, [active])
    return autoscaler.first_to_act(first, active.normal, fleet_at, seen)


def written(autoscaler: Autoscaler, journal: Journal) -> Any:
    """Return all that an autoscaler has written down."""
    ticks = autoscaler.ticks.columns()
    columns = [getattr(ticks, name).tolist() for name in ticks.__slots__]
    return repr(columns), journal.log.decisions


@given(
    fleet=st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 4)),
    stretches=st.lists(
        st.tuples(st.lists(st.integers(0, 4), max_size=8), st.integers(0, 8), st.booleans()),
        max_size=6,
    ),
)
def test_many_at_once_leave_what_one_at_a_time_leaves(
    fleet: tuple[int, int, int], stretches: list[tuple[list[int], int, bool]]
) -> None:
    """Rows, decisions and counters, however the evaluations are cut into stretches.

    Each stretch is looked at in two parts; some of it passes, and the rest is looked at again
    with what comes then; one that acts is carried out alone, without consequence. At the first
    evaluation of some stretches the first replica begins to take requests anew.
    """
    active = revision(*fleet)
    policy = AutoscalerPolicy(evaluation_interval_s=INTERVAL_S)
    single, many = (
        Autoscaler(policy, one := Journal(lambda: None)),
        Autoscaler(policy, other := Journal(lambda: None)),
    )
    number = 0
    for busy, wanted, is_opened in stretches:
        if is_opened and fleet[0]:
            active.roster.open(0, number * INTERVAL_S)
        cut = len(busy) // 2
        acts = first_to_act(many, number, active, columns(busy[:cut]))
        if acts is None:
            acts = first_to_act(many, number + cut, active, columns(busy[cut:]))
            acts = None if acts is None else cut + acts
        passed = min(wanted, len(busy) if acts is None else acts)
        many.let_pass(passed)
        seen = [Observation(count, 0, count, None) for count in busy]
        for place in range(passed):
            at_s = (number + place) * INTERVAL_S
            assert evaluate(single, at_s, active, seen[place]) is None
        number += passed
        if acts == passed:
            at_s = number * INTERVAL_S
            desired = evaluate(single, at_s, active, seen[acts])
            assert evaluate(many, at_s, active, seen[acts]) == desired is not None
            number += 1

    assert written(many, other) == written(single, one)


def test_what_is_written_down_counts_what_took_requests_before() -> None:
    """Two replicas of two threads, of which one takes requests from the second evaluation on.

    The threshold of a row is that for scaling up, which the picture draws.
    """
    journal = Journal(lambda: None)
    policy = AutoscalerPolicy(evaluation_interval_s=INTERVAL_S, scale_down_load_threshold=0.5)
    autoscaler = Autoscaler(policy, journal)
    active = revision(2, 0, 4)
    active.roster.open(1, 5.0)

    evaluate(autoscaler, 5.0, active, Observation(2, 0, 3, None))
    assert first_to_act(autoscaler, 2, active, columns([3, 3])) is None
    autoscaler.let_pass(2)

    ticks = autoscaler.ticks.columns()
    assert ticks.responsive.tolist() == [1, 2, 2]
    assert ticks.live.tolist() == [2, 2, 2]
    assert ticks.load.tolist() == [1.0, 0.75, 0.75]
    assert ticks.threshold.tolist() == [0.75] * 3
    assert [ticks.at_s.tolist(), ticks.busy.tolist()] == [[5.0, 10.0, 15.0], [2, 3, 3]]
    (held,) = journal.log.decisions
    assert (held.reason, held.busy, held.responsive, held.load) == (Reason.UP_TIMER, 2, 1, 1.0)


def test_one_that_decides_something_does_not_pass() -> None:
    """The fourth evaluation at full load scales up: three may pass, it may not."""
    autoscaler = Autoscaler(
        AutoscalerPolicy(evaluation_interval_s=INTERVAL_S), Journal(lambda: None)
    )

    assert first_to_act(autoscaler, 0, revision(1, 0, 2), columns([2] * 6)) == 3
    with pytest.raises(InvariantError, match="is carried out"):
        autoscaler.let_pass(4)


def test_each_spell_of_being_held_is_written_down_once() -> None:
    """High load at 0 and 5, none at 10, high load at 15: two spells, the first ends at 10."""
    journal = Journal(lambda: None)
    autoscaler = Autoscaler(AutoscalerPolicy(evaluation_interval_s=INTERVAL_S), journal)

    assert first_to_act(autoscaler, 0, revision(1, 0, 2), columns([2, 2, 0, 2])) is None
    autoscaler.let_pass(4)

    found = [(d.at_s, d.until_s, d.reason, d.load, d.since_s) for d in journal.log.decisions]
    assert found == [
        (0.0, 10.0, Reason.UP_TIMER, 1.0, 0.0),
        (15.0, None, Reason.UP_TIMER, 1.0, 15.0),
    ]
