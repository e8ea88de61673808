"""Which idle thread serves next: the even spread of newcomers, and the fewest in flight."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engines.reference.dispatch import FewestInFlight, Thread, ThreadLine


def line_of(present: int) -> ThreadLine:
    """Return a line in which threads 100, 101, ... of replica 9 stand."""
    line = ThreadLine()
    for number in range(present):
        line.add(Thread(100 + number, replica=9))
    return line


def taken(line: ThreadLine | FewestInFlight) -> list[Thread]:
    """Return all idle threads in the order in which they would serve."""
    return [line.take() for _ in range(line.idle_count)]


# m present and k newcomers; p: one of those present, y: a newcomer. y_x is right behind the
# ceil(x m / k)-th of those present.
@pytest.mark.parametrize(
    ("present", "newcomers", "order"),
    [
        pytest.param(0, 3, "yyy", id="an empty line takes them in order"),
        pytest.param(1, 1, "py", id="1 / 1 = 1: behind the only one"),
        pytest.param(4, 1, "ppppy", id="4 / 1 = 4: one newcomer stands at the tail"),
        pytest.param(1, 3, "pyyy", id="ceil(1/3), ceil(2/3), 3/3: all behind the only one"),
        pytest.param(2, 2, "pypy", id="2/2 = 1, 4/2 = 2: in turns"),
        pytest.param(3, 2, "ppypy", id="ceil(3/2) = 2, 6/2 = 3"),
        pytest.param(2, 5, "pyypyyy", id="ceil of 0.4, 0.8, 1.2, 1.6, 2 = 1, 1, 2, 2, 2"),
        pytest.param(5, 3, "ppyppypy", id="ceil of 1.67, 3.33, 5 = 2, 4, 5"),
        pytest.param(6, 4, "ppypyppypy", id="ceil of 1.5, 3, 4.5, 6 = 2, 3, 5, 6"),
    ],
)
def test_newcomers_are_spread_over_the_line(present: int, newcomers: int, order: str) -> None:
    """Hand-worked places of the formula."""
    line = line_of(present)

    line.add_together([Thread(number, replica=1) for number in range(newcomers)])

    threads = taken(line)
    assert "".join("p" if thread.replica == 9 else "y" for thread in threads) == order
    assert [thread.number for thread in threads if thread.replica == 9] == [
        100 + number for number in range(present)
    ]
    assert [thread.number for thread in threads if thread.replica == 1] == list(range(newcomers))


@given(
    st.lists(st.integers(0, 99), unique=True, max_size=40),
    st.sets(st.tuples(st.integers(0, 31), st.integers(0, 4)), max_size=40),
)
def test_every_newcomer_stands_where_the_formula_says(
    present: list[int], newcomers: set[tuple[int, int]]
) -> None:
    """Those present keep their order; y_x has exactly ceil(x m / k) of the m before it."""
    line = ThreadLine()
    for number in present:
        line.add(Thread(number, replica=9))

    line.add_together(Thread(*newcomer) for newcomer in sorted(newcomers))

    threads = taken(line)
    assert [thread.number for thread in threads if thread.replica == 9] == present
    joined = [thread for thread in threads if thread.replica != 9]
    assert joined == sorted(newcomers)
    for x, thread in enumerate(joined, start=1):
        before = [other for other in threads[: threads.index(thread)] if other.replica == 9]
        assert len(before) == ceil(Fraction(x * len(present), len(joined)))


def test_a_freed_thread_stands_at_the_tail() -> None:
    """The head serves; the thread whose request ended comes last."""
    line = line_of(2)

    assert line.take() == (100, 9)
    line.add(Thread(7, 9))

    assert taken(line) == [(101, 9), (7, 9)]


def test_a_replica_that_goes_takes_its_threads_out_of_the_line() -> None:
    """The others keep their order."""
    line = ThreadLine()
    line.add_together([Thread(number, replica) for number in range(2) for replica in range(3)])

    line.remove_replica(1)

    assert taken(line) == [(0, 0), (0, 2), (1, 0), (1, 2)]


def test_fewest_in_flight_takes_turns_by_occupancy() -> None:
    """The replica with the fewest requests serves; ties go to the lowest replica and thread."""
    dispatch = FewestInFlight({3: 2, 5: 3})
    dispatch.add_together([Thread(1, 5), Thread(0, 5), Thread(2, 5), Thread(1, 3), Thread(0, 3)])
    assert dispatch.idle_count == 5

    # In flight (3, 5): 0-0 to 3; 1-0 to 5; 1-1 to 3, which is then full; 5 takes the rest.
    assert taken(dispatch) == [(0, 3), (0, 5), (1, 3), (1, 5), (2, 5)]

    # Freed: thread 2 of 5 and both of 3. In flight 0 and 2: 3; 1 and 2: 3 again; then 5.
    for thread in (Thread(2, 5), Thread(1, 3), Thread(0, 3)):
        dispatch.add(thread)
    assert taken(dispatch) == [(0, 3), (1, 3), (2, 5)]


def test_fewest_in_flight_forgets_a_replica() -> None:
    """Its threads serve no more; one that comes again starts empty."""
    counts = {0: 1, 1: 2}
    dispatch = FewestInFlight(counts)
    dispatch.add_together([Thread(0, 0), Thread(0, 1), Thread(1, 1)])

    dispatch.remove_replica(1)
    dispatch.remove_replica(1)
    assert taken(dispatch) == [(0, 0)]

    dispatch.add_together([Thread(1, 1), Thread(0, 1)])
    assert taken(dispatch) == [(0, 1), (1, 1)]


@st.composite
def occupancies(draw: st.DrawFn) -> tuple[dict[int, int], list[int]]:
    """Threads by replica, and how often to take (t >= 0) or to free one of those taken (-1)."""
    counts = draw(st.dictionaries(st.integers(0, 5), st.integers(1, 4), min_size=1, max_size=4))
    return counts, draw(st.lists(st.integers(-1, 30), max_size=40))


@given(occupancies())
def test_fewest_in_flight_by_its_definition(case: tuple[dict[int, int], list[int]]) -> None:
    """At every take: least (requests in flight, replica), then its lowest free thread."""
    counts, steps = case
    dispatch = FewestInFlight(counts)
    idle = {Thread(number, replica) for replica in counts for number in range(counts[replica])}
    dispatch.add_together(idle)
    busy: list[Thread] = []

    for step in steps:
        assert dispatch.idle_count == len(idle)
        if step >= 0 and idle:
            in_flight = {replica: sum(t.replica == replica for t in busy) for replica in counts}
            expected = min(idle, key=lambda t: (in_flight[t.replica], t.replica, t.number))
            assert dispatch.take() == expected
            idle.remove(expected)
            busy.append(expected)
        elif busy:
            freed = busy.pop(step % len(busy))
            dispatch.add(freed)
            idle.add(freed)
