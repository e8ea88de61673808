"""Shared cores: against the definition of processor sharing in exact fractions, and by hand."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engines.contract.cores import SharedCores, effective_cores

ROUNDING_S = 1e-9
"""Bound on rounding: below 100 s, some 100 operations of half a unit in the last place (7e-15 s),
each felt at most 20-fold (ten requests on half a core): 1.4e-11 s."""


class Step(NamedTuple):
    """Something that is done to the cores; `number` and `work_s` tell who joins, and with what."""

    at_s: float
    what: Literal["freeze", "thaw", "join"]
    number: int = -1
    work_s: float = 0.0


def join(at_s: float, number: int, work_s: float) -> Step:
    """Return the beginning of a cpu phase."""
    return Step(at_s, "join", number, work_s)


def ends_of(cores: float, steps: Sequence[Step]) -> list[tuple[float, int]]:
    """Return (instant, number) of every end, in the order in which `SharedCores` gives them.

    At one instant: freezing and thawing, then ends, then joins (classes 1, 6, and 7 or 9).
    """
    shared = SharedCores(cores)
    ends: list[tuple[float, int]] = []

    def end_until(at_s: float, *, at_the_instant_too: bool) -> None:
        while (upcoming := shared.next_end()) is not None and (
            upcoming[0] < at_s or (at_the_instant_too and upcoming[0] == at_s)
        ):
            shared.end(*upcoming)
            ends.append(upcoming)

    for step in sorted(steps, key=lambda step: (step.at_s, step.what == "join")):
        end_until(step.at_s, at_the_instant_too=step.what == "join")
        if step.what == "join":
            shared.join(step.at_s, step.number, step.work_s)
        elif step.what == "freeze":
            shared.freeze(step.at_s)
        else:
            shared.thaw(step.at_s)
    end_until(float("inf"), at_the_instant_too=False)
    assert len(shared) == 0
    return ends


def ends_by_definition(cores: float, steps: Sequence[Step]) -> dict[int, Fraction]:
    """Return when each request's work is done if n in progress get min(1, c / n) cores each.

    Exact: every rate is constant between two neighbouring instants at which something happens.
    """
    left_s: dict[int, Fraction] = {}
    ends: dict[int, Fraction] = {}
    now_s, frozen = Fraction(0), False
    waiting = sorted(steps, key=lambda step: (step.at_s, step.what == "join"))
    while waiting or left_s:
        rate = min(Fraction(1), Fraction(cores) / len(left_s)) if left_s else Fraction(0)
        next_end_s = now_s + min(left_s.values()) / rate if left_s and not frozen else None
        step = waiting[0] if waiting else None
        step_first = step is not None and (
            next_end_s is None
            or step.at_s < next_end_s
            or (step.at_s == next_end_s and step.what != "join")
        )
        if step is not None and step_first:
            until_s = Fraction(step.at_s)
        else:
            assert next_end_s is not None
            until_s = next_end_s
        if not frozen:
            left_s = {number: left - (until_s - now_s) * rate for number, left in left_s.items()}
        now_s = until_s
        if step is None or not step_first:
            number = min(left_s, key=lambda number: (left_s[number], number))
            del left_s[number]
            ends[number] = now_s
        else:
            waiting.pop(0)
            frozen = {"freeze": True, "thaw": False, "join": frozen}[step.what]
            if step.what == "join":
                left_s[step.number] = Fraction(step.work_s)
    return ends


CORES = (0.5, 1.0, 1.5, 2.0, 3.0)
EIGHTHS = st.integers(0, 40).map(lambda k: k / 8)


@st.composite
def joins(draw: st.DrawFn) -> list[Step]:
    """Up to ten joins in eighths of a second, numbered by time as starts are; ties abound."""
    at_s = sorted(draw(st.lists(EIGHTHS, min_size=1, max_size=10)))
    work_s = st.integers(1, 32).map(lambda k: k / 8)
    return [join(at, number, draw(work_s)) for number, at in enumerate(at_s)]


@st.composite
def freezes(draw: st.DrawFn) -> list[Step]:
    """Up to two spells of freezing.

    They begin off the eighths, so that none begins when a phase just ends: there the definition
    jumps (the phase ends now, or at the thaw), and rounding would decide.
    """
    edges = sorted(draw(st.lists(EIGHTHS, max_size=4, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [
        step
        for (since_s, until_s), offset_s in zip(pairs, (1 / 11, 1 / 13), strict=False)
        for step in (Step(since_s + offset_s, "freeze"), Step(until_s + offset_s, "thaw"))
    ]


@given(st.sampled_from(CORES), joins(), freezes())
def test_agrees_with_processor_sharing_by_definition(
    cores: float, joining: list[Step], freezing: list[Step]
) -> None:
    """Every phase ends when its work is done at min(1, c / n) cores, frozen time left out."""
    ends = ends_of(cores, [*joining, *freezing])

    exact = ends_by_definition(cores, [*joining, *freezing])
    assert [at_s for at_s, _ in ends] == sorted(at_s for at_s, _ in ends)
    assert {number: at_s for at_s, number in ends} == pytest.approx(
        {number: float(at_s) for number, at_s in exact.items()}, rel=0, abs=ROUNDING_S
    )


@given(st.sampled_from((1.0, 2.0)), joins())
def test_work_done_is_work_asked(cores: float, joining: list[Step]) -> None:
    """Busy cores, added up over time, are the work of all requests: none is lost or made up."""
    ends = ends_of(cores, joining)

    steps = sorted([(at_s, -1) for at_s, _ in ends] + [(step.at_s, 1) for step in joining])
    done_s, running, last_at_s = 0.0, 0, 0.0
    for at_s, change in steps:
        done_s += min(cores, running) * (at_s - last_at_s)
        running, last_at_s = running + change, at_s
    assert done_s == pytest.approx(sum(step.work_s for step in joining), rel=0, abs=ROUNDING_S)


@given(st.sampled_from(CORES), joins())
def test_equal_requests_end_in_order_of_start(cores: float, joining: list[Step]) -> None:
    """Of those that join together with equal work the lower start number ends first."""
    order = [number for _, number in ends_of(cores, joining)]

    for first in joining:
        for second in joining:
            same = (first.at_s, first.work_s) == (second.at_s, second.work_s)
            if same and first.number < second.number:
                assert order.index(first.number) < order.index(second.number)


def test_two_share_one_core() -> None:
    """Alone until 1, half a core each until the first has done its 2 s, then alone again."""
    # 0: has done 1 of 2 at 1, the other second takes 2: ends at 3.
    # 1: has done 1 of 2 at 3, the other second alone: ends at 4.
    assert ends_of(1.0, [join(0, 0, 2), join(1, 1, 2)]) == [(3.0, 0), (4.0, 1)]


def test_three_share_two_cores() -> None:
    """Two are not slowed on two cores; from the third on each gets two thirds of one."""
    # Until 1 at full speed: 1 s left of 0 and 1. From 1 at 2/3: both end at 1 + 1 / (2/3) = 2.5.
    # 2 has then done 1 of 2 and goes on at full speed: ends at 3.5.
    steps = [join(0, 0, 2), join(0, 1, 2), join(1, 2, 2)]
    assert ends_of(2.0, steps) == [(2.5, 0), (2.5, 1), (3.5, 2)]


def test_half_a_core_takes_twice_as_long() -> None:
    """Alone at 1/2, together at 1/4 each."""
    assert ends_of(0.5, [join(0, 0, 1)]) == [(2.0, 0)]
    # Until 1: 0 has done 1/2 of 1. Together at 1/4: 0 ends 2 s later, at 3; 1 has then done 1/2
    # of 1.5 and does the other 1 at 1/2: ends at 5.
    assert ends_of(0.5, [join(0, 0, 1), join(1, 1, 1.5)]) == [(3.0, 0), (5.0, 1)]


def test_one_and_a_half_cores() -> None:
    """One runs at full speed and no faster; two at three quarters each."""
    # Until 1: 1 of 2.5 done. Together at 3/4: 1 (0.75) ends at 2, 0 has then 0.75 left: 2.75.
    assert ends_of(1.5, [join(0, 0, 2.5), join(1, 1, 0.75)]) == [(2.0, 1), (2.75, 0)]


def test_ends_of_one_instant_come_by_start_number() -> None:
    """Four requests that end together do so by number, whatever the order of joining."""
    steps = [join(0, 3, 1), join(0, 1, 1), join(0, 2, 1), join(0, 0, 1)]
    assert ends_of(1.0, steps) == [(4.0, 0), (4.0, 1), (4.0, 2), (4.0, 3)]
    assert ends_of(4.0, steps) == [(1.0, 0), (1.0, 1), (1.0, 2), (1.0, 3)]


def test_least_finish_value_ends_before_a_lower_number() -> None:
    """A late joiner with little work overtakes, though its number is higher."""
    # V = 1 at 2 (two on one core), so 2 gets f = 1.25; at 1/3 each it ends at 2 + 0.25 * 3 = 2.75.
    # 0 and 1 (f = 2) have 0.75 left and half a core each: 2.75 + 1.5 = 4.25.
    steps = [join(0, 0, 2), join(0, 1, 2), join(2, 2, 0.25)]
    assert ends_of(1.0, steps) == [(2.75, 2), (4.25, 0), (4.25, 1)]


def test_shared_progress_stops_while_frozen() -> None:
    """Frozen from 2 to 5, two requests on one core end three seconds later."""
    steps = [join(0, 0, 2), join(0, 1, 3), Step(2, "freeze"), Step(5, "thaw")]
    # At 2 each has done 1. From 5: 0 has 1 left at 1/2, ends at 7; 1 has then 1 left: ends at 8.
    assert ends_of(1.0, steps) == [(7.0, 0), (8.0, 1)]


def test_unshared_progress_stops_while_frozen() -> None:
    """Each keeps what is left of it; one that would end at the freeze ends at the thaw."""
    steps = [join(0, 0, 2), join(0, 1, 3), Step(2, "freeze"), Step(5, "thaw")]
    assert ends_of(2.0, steps) == [(5.0, 0), (6.0, 1)]


def test_joining_frozen_cores() -> None:
    """A request that joins while frozen begins at the thaw, shared or not."""
    alone = [Step(1, "freeze"), join(2, 0, 1), Step(5, "thaw")]
    assert ends_of(1.0, alone) == [(6.0, 0)]
    # 0 has 1 of 2 left at 1; 1 makes them two: from 5 at 1/2 each, 1 (0.5) ends at 6, 0 (0.5 left)
    # at 6.5.
    two = [join(0, 0, 2), Step(1, "freeze"), join(2, 1, 0.5), Step(5, "thaw")]
    assert ends_of(1.0, two) == [(6.0, 1), (6.5, 0)]
    # At 1 each of two has done 1/2 of 2; 2 makes them three: from 5 at 1/3, 2 (0.5) ends at 6.5,
    # the others (1 left at half a core each) at 8.5.
    three = [join(0, 0, 2), join(0, 1, 2), Step(1, "freeze"), join(2, 2, 0.5), Step(5, "thaw")]
    assert ends_of(1.0, three) == [(6.5, 2), (8.5, 0), (8.5, 1)]


def test_nothing_ends_while_frozen_or_idle() -> None:
    """There is no next end without a request, nor while progress has stopped."""
    cores = SharedCores(1.0)
    assert cores.next_end() is None
    cores.join(0.0, 0, 1.0)
    assert cores.next_end() == (1.0, 0)
    cores.freeze(0.5)
    assert cores.next_end() is None
    cores.thaw(2.0)
    assert cores.next_end() == (2.5, 0)


def test_arithmetic_of_record_to_the_last_bit() -> None:
    """The very operations that the model writes, on numbers that no float holds exactly."""
    cores = SharedCores(1.7)
    cores.join(0.1, 0, 0.9)  # unshared: its absolute end
    end_0 = 0.1 + 0.9
    assert cores.next_end() == (end_0, 0)

    cores.join(0.3, 1, 0.7)  # 2 > 1.7: V = 0, f = what is left of the absolute ends
    mark, f_0, f_1 = 0.3, max(0.0, end_0 - 0.3), max(0.0, (0.3 + 0.7) - 0.3)
    assert cores.next_end() == min(
        (mark + max(0.0, f_0 - 0.0) / (1.7 / 2), 0), (mark + max(0.0, f_1 - 0.0) / (1.7 / 2), 1)
    )

    cores.join(0.4, 2, 0.2)  # V advances with the old n, f = V + w
    virtual_s = (0.4 - mark) * (1.7 / 2)
    mark, f_2 = 0.4, virtual_s + 0.2
    end_2 = mark + max(0.0, f_2 - virtual_s) / (1.7 / 3)
    assert cores.next_end() == (end_2, 2)

    cores.end(end_2, 2)  # V = f, mark = t
    virtual_s, mark = f_2, end_2
    f_first = min(f_0, f_1)
    end_first, first = (mark + max(0.0, f_first - virtual_s) / (1.7 / 2), int(f_1 < f_0))
    assert cores.next_end() == (end_first, first)

    cores.end(end_first, first)  # 1 <= 1.7: absolute ends again
    end_last = end_first + max(0.0, max(f_0, f_1) - f_first)
    assert cores.next_end() == (end_last, 1 - first)


def test_as_many_requests_as_cores_keep_their_absolute_ends() -> None:
    """Two on two cores end at t + work to the last bit, before and after a third was there.

    The numbers are such that going on with finish values gives other last bits.
    """
    cores = SharedCores(2.0)
    cores.join(0.1, 0, 0.7)
    cores.join(0.2, 1, 3.9)
    assert cores.next_end() == (0.1 + 0.7, 0)

    cores.join(0.4, 2, 3.5)  # three: finish values from V = 0 at 0.4
    left_0_s, left_1_s, left_2_s = (0.1 + 0.7) - 0.4, (0.2 + 3.9) - 0.4, (0.4 + 3.5) - 0.4
    at_s = 0.4 + left_0_s / (2.0 / 3)
    assert cores.next_end() == (at_s, 0)

    cores.end(at_s, 0)  # two: absolute ends again, which the end of one does not touch
    assert cores.next_end() == (at_s + (left_2_s - left_0_s), 2)
    cores.end(at_s + (left_2_s - left_0_s), 2)
    assert cores.next_end() == (at_s + (left_1_s - left_0_s), 1)


def test_work_below_one_core_is_divided_first() -> None:
    """With c < 1 the work is w / c on one core, in this order of operations."""
    cores = SharedCores(0.3)
    cores.join(0.1, 0, 0.7)
    assert cores.next_end() == (0.1 + 0.7 / 0.3, 0)
    cores.join(0.2, 1, 0.7)
    left_s = max(0.0, (0.1 + 0.7 / 0.3) - 0.2)
    assert cores.next_end() == (0.2 + max(0.0, left_s - 0.0) / (1.0 / 2), 0)


def test_rounding_never_ends_a_phase_in_the_past() -> None:
    """When V has passed a finish value by a rounding error the phase ends now, not before."""
    cores = SharedCores(1.0)
    for at_s, number, work_s in ((0.0, 0, 1.3), (0.0, 1, 2.3), (0.7, 2, 1.7)):
        cores.join(at_s, number, work_s)
    end_at_s, _ = cores.next_end() or (0.0, 0)

    # Exactly: V = 0.35 at 0.7, then 0.95 more at a third: 0.7 + 2.85 = 3.55. One float before
    # that instant V has already been rounded to above 1.3, and (1.3 - V) / (1 / 4) is negative.
    joined_at_s = math.nextafter(end_at_s, 0.0)
    cores.join(joined_at_s, 3, 1.0)

    assert end_at_s == pytest.approx(3.55, rel=1e-15)
    assert cores.next_end() == (joined_at_s, 0)


def test_requests_use_no_more_than_cpu_nor_their_own_parallelism() -> None:
    """The cores that count are the lesser of the replica's cpu and cpu_parallelism."""
    assert effective_cores(4.0, None) == 4.0
    assert effective_cores(4.0, 1.5) == 1.5
    assert effective_cores(0.5, 2.0) == 0.5
