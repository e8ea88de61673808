"""Replicas as columns: what is counted as they change is what counting them anew gives."""

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from sim.control.replica import Replica
from sim.control.roster import Roster
from sim.states import LIVE, STARTING_UP, ReplicaState

STATES = tuple(ReplicaState)

CHANGES = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(STATES), st.booleans()), max_size=30
)
"""Which replica enters which state, and whether a start of it has failed."""


def view(number: int) -> Any:
    """Return a stand-in for a replica's view of its row."""
    return cast("Replica", SimpleNamespace(number=number))


def filled(revisions: list[int]) -> Roster:
    """Return a roster with a replica of each of these revisions, requested at 0, 1, ... s."""
    roster = Roster()
    for number, revision in enumerate(revisions):
        roster.add(view(number), revision, float(number))
    return roster


@given(revisions=st.lists(st.integers(0, 2), max_size=8), changes=CHANGES)
def test_counts_are_those_of_the_rows(
    revisions: list[int], changes: list[tuple[int, ReplicaState, bool]]
) -> None:
    """Per revision and state, by a list of plain states that is counted from the beginning."""
    roster = filled(revisions)
    states = [ReplicaState.QUEUED] * len(revisions)
    failed = [0] * len(revisions)
    for at_s, (place, state, has_failed) in enumerate(changes):
        if revisions:
            number = place % len(revisions)
            states[number] = state
            failed[number] = failed[number] + 1 if has_failed else 0
            roster.enter(number, state, float(at_s))
            roster.note_start(number, failed=has_failed)
            assert roster.entered_at_s(number) == at_s

    assert [roster.state(number) for number in range(len(revisions))] == states
    for revision in range(3):
        own = [number for number, other in enumerate(revisions) if other == revision]
        live = [number for number in own if states[number] in LIVE]
        counts, tally = Counter(states[number] for number in own), roster.tally(revision)
        assert {state: tally.of(state) for state in STATES} == {s: counts[s] for s in STATES}
        assert tally.live == len(live)
        assert tally.responsive == counts[ReplicaState.RESPONSIVE]
        assert tally.starting == sum(counts[state] for state in STARTING_UP)
        assert tally.left == len(own) - counts[ReplicaState.DELETED]
        assert [replica.number for replica in roster.find(revision, LIVE)] == live
        assert roster.newest_at_s(revision) == max(map(float, live), default=None)
        assert roster.are_failing(revision, 2) == all(
            states[number] is ReplicaState.UNRESPONSIVE or failed[number] >= 2 for number in live
        )


@given(
    revisions=st.lists(st.integers(0, 1), min_size=1, max_size=8),
    opened=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2)), max_size=12).map(
        lambda changes: sorted(changes, key=lambda change: change[1])
    ),
    left=st.sets(st.integers(0, 7)),
    at_s=st.integers(2, 3),
)
def test_those_just_opened_are_those_that_took_no_request_before(
    revisions: list[int], opened: list[tuple[int, int]], left: set[int], at_s: int
) -> None:
    """Replicas turn RESPONSIVE, perhaps again, in order of time; some do not stay it."""
    roster = filled(revisions)
    opened_at_s: dict[int, int] = {}
    for place, second in opened:
        number = place % len(revisions)
        roster.enter(number, ReplicaState.RESPONSIVE, float(second))
        roster.open(number, float(second))
        opened_at_s[number] = second
    for number in left & opened_at_s.keys():
        roster.enter(number, ReplicaState.UNRESPONSIVE, 2.0)

    for revision in range(2):
        assert roster.just_opened(revision, float(at_s)) == sum(
            second >= at_s and revisions[number] == revision and number not in left
            for number, second in opened_at_s.items()
        )


def test_a_new_replica_is_queued_since_it_was_requested() -> None:
    """Number 1 was requested at 1 s and has been QUEUED since then; both count as live."""
    roster = filled([0, 0])

    assert roster.state(1) is ReplicaState.QUEUED
    assert (roster.requested_at_s(1), roster.entered_at_s(1)) == (1.0, 1.0)
    assert (roster.is_live(1), roster.tally(0).live) == (True, 2)
