"""The window kernel gives what a heap of threads gives, request by request."""

import math
from heapq import heapify, heapreplace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engines.vectorised import windows
from sim.engines.vectorised.tournament import Turns, serve_in_turn
from sim.engines.vectorised.windows import Served, serve

COLUMNS = ("start_at_s", "end_at_s", "free_at_s", "thread", "left_at_s", "left")

small = st.integers(0, 4).map(float)


def served_in_turn(
    arrival_at_s: list[float], service_s: list[list[float]], free_at_s: list[float]
) -> Served:
    """Serve each request by the thread that is free first, ties by place in the line."""
    threads = [(at_s, place, place) for place, at_s in enumerate(free_at_s)]
    heapify(threads)
    rows = []
    for number, arrived_s in enumerate(arrival_at_s):
        free_s, _, thread = threads[0]
        start_s = end_s = max(arrived_s, free_s)
        for term in service_s:
            end_s += term[number]
        heapreplace(threads, (end_s, len(free_at_s) + number, thread))
        rows.append((start_s, end_s, free_s, thread))
    starts, ends, frees, by = (np.array([row[k] for row in rows]) for k in range(4))
    left = sorted(threads)
    return Served(
        start_at_s=starts,
        end_at_s=ends,
        free_at_s=frees,
        thread=by.astype(np.int64),
        left_at_s=np.array([at_s for at_s, _, _ in left]),
        left=np.array([place for _, _, place in left]),
    )


def assert_equal(found: Served, expected: Served) -> None:
    """Compare every column bit for bit."""
    for column in COLUMNS:
        assert np.array_equal(getattr(found, column), getattr(expected, column)), column


@st.composite
def offers(draw: st.DrawFn) -> tuple[list[float], list[list[float]], list[float]]:
    """Draw arrivals, one to three terms of service, and when threads are free: many are equal."""
    count = draw(st.integers(1, 60))
    most = draw(st.sampled_from([0, 5, 60]))
    arrivals = draw(st.lists(st.integers(0, most).map(float), min_size=count, max_size=count))
    term = st.lists(small, min_size=count, max_size=count)
    terms = draw(st.lists(term, min_size=1, max_size=3))
    free = draw(st.lists(st.integers(0, 12).map(float), min_size=1, max_size=8))
    return sorted(arrivals), terms, sorted(free)


@given(offer=offers(), window=st.none() | st.integers(1, 70))
def test_windows_serve_as_a_heap_of_threads_does(
    offer: tuple[list[float], list[list[float]], list[float]], window: int | None
) -> None:
    """Ties, services of zero and bursts at one instant are served in the order of the line."""
    arrivals, terms, free = offer

    found = serve(
        np.array(arrivals), [np.array(term) for term in terms], np.array(free), window=window
    )

    assert_equal(found, served_in_turn(arrivals, terms, free))


@given(offer=offers(), service_s=small, window=st.integers(1, 9))
def test_a_service_that_is_one_number_is_that_of_all(
    offer: tuple[list[float], list[list[float]], list[float]], service_s: float, window: int
) -> None:
    """A constant demand needs no array."""
    arrivals, _, free = offer

    found = serve(np.array(arrivals), [service_s], np.array(free), window=window)

    assert_equal(found, served_in_turn(arrivals, [[service_s] * len(arrivals)], free))


@pytest.mark.parametrize("window", [None, 1, 2, 3, 100])
def test_no_request_starts_because_a_later_one_ends(window: int | None) -> None:
    """Starts 5, 5, 5 would not change either: the second would wait for its own end."""
    found = serve(np.zeros(3), [np.array([7.0, 0.0, 0.0])], np.array([5.0, 10.0]), window=window)

    # The first takes the thread of 5 until 12; the others follow each other on that of 10.
    assert found.start_at_s.tolist() == [5.0, 10.0, 10.0]
    assert found.thread.tolist() == [0, 1, 1]


def test_starts_that_do_not_change_are_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check of causality the same requests would all start at 5."""
    monkeypatch.setattr("sim.engines.vectorised.windows._causal", lambda order, _: order.size)

    found = serve(np.zeros(3), [np.array([7.0, 0.0, 0.0])], np.array([5.0, 10.0]))

    assert found.start_at_s.tolist() != [5.0, 10.0, 10.0]


def test_a_service_lost_in_rounding_is_one_of_zero() -> None:
    """At 1e9 s a service of 1e-9 s ends when it starts: causality must be looked at then too."""
    arrivals, terms, free = [1e9] * 3, [[7.0, 1e-9, 1e-9]], [1e9 + 5, 1e9 + 10]

    found = serve(np.array(arrivals), [np.array(term) for term in terms], np.array(free))

    assert_equal(found, served_in_turn(arrivals, terms, free))


@pytest.mark.parametrize(
    ("threads", "utilisation"), [(1, 0.5), (32, 0.7), (320, 0.95), (320, 1.1), (3200, 0.9)]
)
def test_a_hundred_thousand_requests_are_served_as_in_turn(
    threads: int, utilisation: float
) -> None:
    """Windows of every size follow one another, and chains of threads cross many of them."""
    count = 100_000 if threads > 1 else 5_000
    generator = np.random.default_rng(threads)
    arrival_s = np.cumsum(generator.exponential(1 / (threads * utilisation), count))
    wait_s, cpu_s = generator.lognormal(-1, 0.7, count), generator.exponential(0.4, count)
    free_s = np.sort(generator.random(threads))

    found = serve(arrival_s, [wait_s, cpu_s], free_s)

    assert_equal(found, compiled_turns(arrival_s, np.stack([wait_s, cpu_s]), free_s))


def compiled_turns(
    arrival_s: windows.Floats,
    work_s: windows.Floats,
    free_s: windows.Floats,
    until_s: float = math.inf,
) -> Served:
    """Return what `serve_in_turn` finds."""
    size, threads = arrival_s.size, free_s.size
    turns = Turns(
        arrival=arrival_s,
        work=work_s,
        start=np.empty(size),
        end=np.empty(size),
        free=np.empty(size),
        thread=np.empty(size, dtype=np.int64),
        left_at=free_s.copy(),
        left_key=np.arange(threads),
        tree_at=np.empty(2 * threads),
        tree_item=np.empty(2 * threads, dtype=np.int64),
    )
    count = serve_in_turn(turns, until_s)
    order = np.lexsort((turns.left_key, turns.left_at))
    return Served(
        start_at_s=turns.start[:count],
        end_at_s=turns.end[:count],
        free_at_s=turns.free[:count],
        thread=turns.thread[:count],
        left_at_s=turns.left_at[order],
        left=order,
    )


@given(offer=offers())
def test_a_tournament_serves_as_pythons_heap_does(
    offer: tuple[list[float], list[list[float]], list[float]],
) -> None:
    """The tournament that goes on where windows do not pay keeps the order at one instant."""
    arrivals, terms, free = offer

    found = compiled_turns(np.array(arrivals), np.array(terms), np.array(free))

    assert_equal(found, served_in_turn(arrivals, terms, free))


@given(offer=offers(), until_s=st.integers(0, 40).map(float))
def test_a_tournament_ends_before_the_first_start_that_is_too_late(
    offer: tuple[list[float], list[list[float]], list[float]], until_s: float
) -> None:
    """Who starts at the instant or later is not served, and holds no thread."""
    arrivals, terms, free = offer
    starts = served_in_turn(arrivals, terms, free).start_at_s
    count = int(np.searchsorted(starts, until_s))

    found = compiled_turns(np.array(arrivals), np.array(terms), np.array(free), until_s)

    assert_equal(found, served_in_turn(arrivals[:count], [t[:count] for t in terms], free))


instants = st.one_of(
    st.integers(0, 9).map(float),
    st.floats(0.0, 100.0),
    st.sampled_from([-0.0, -1.5, 5e-324, 1e-12, 1e9, np.nextafter(1e9, 2e9), 1e300, np.inf]),
)


@given(at_s=st.lists(instants, max_size=80))
def test_instants_are_sorted_as_by_one_stable_sort(at_s: list[float]) -> None:
    """However they are spread, and those of one instant in the order in which they stand."""
    least_first = np.array([min([1e300, *at_s]), *at_s])

    in_order_s, order = windows._sorted(least_first)

    expected = np.argsort(least_first, kind="stable")
    assert np.array_equal(order, expected)
    assert np.array_equal(in_order_s, least_first[expected])


def test_instants_that_share_their_first_digits_are_sorted() -> None:
    """One that is very late leaves one bucket for all others: the second sort has all the work."""
    at_s = np.concatenate(([0.0], np.random.default_rng(2).random(5_000).round(3), [1e12]))

    in_order_s, order = windows._sorted(at_s)

    assert np.array_equal(order, np.argsort(at_s, kind="stable"))
    assert np.array_equal(in_order_s, at_s[order])


@given(offer=offers(), most=st.integers(1, 60))
def test_a_window_is_improved_by_what_the_fixed_point_repeats(
    offer: tuple[list[float], list[list[float]], list[float]], most: int
) -> None:
    """Sorting what an earlier order almost sorts gives what sorting everything anew gives."""
    arrivals, services, free = offer
    arrival_s, free_s = np.array(arrivals)[:most], np.array(free)
    terms = [np.array(term)[:most] for term in services]
    start_s = np.maximum(arrival_s, free_s[0])

    better_s = windows._improved(start_s, arrival_s, terms, free_s)

    repeated = []
    for _ in range(MOST_REPETITIONS):
        start_s = repetition(start_s, arrival_s, terms, free_s)
        repeated.append(np.array_equal(better_s, start_s))
    assert any(repeated)


def repetition(
    start_s: windows.Floats,
    arrival_s: windows.Floats,
    services_s: list[windows.Floats],
    free_s: windows.Floats,
) -> windows.Floats:
    """Return the right-hand side of the equation of docs/engine.md, all sorted anew."""
    end_s = start_s
    for term in services_s:
        end_s = end_s + term
    in_order_s = np.sort(np.concatenate((free_s, end_s)))
    return np.asarray(np.maximum(arrival_s, in_order_s[: start_s.size]))


MOST_REPETITIONS = 9
"""Each but the last adds more than a sixteenth of a window, until half of it no longer changes."""


def test_a_window_that_gains_little_is_not_repeated() -> None:
    """The second request would creep up to 1e6 s by the millisecond: the kernel knows it sooner."""
    arrival_s, service_s = np.zeros(200), np.full(200, 1e-3)
    service_s[0], free_s = 2e6, np.array([0.0, 1e6])

    better_s = windows._improved(arrival_s, arrival_s, [service_s], free_s)

    once_s = repetition(arrival_s, arrival_s, [service_s], free_s)
    assert np.array_equal(better_s, once_s)
    assert not np.array_equal(repetition(once_s, arrival_s, [service_s], free_s), once_s)
    expected = served_in_turn([0.0] * 200, [service_s.tolist()], free_s.tolist())
    assert_equal(serve(arrival_s, [service_s], free_s, window=50), expected)
