"""The peers of the benchmarks compute what they claim, on sizes that a test can check."""

import heapq
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peers import numba_heap, simpy_by_hand
from peers.figures import Figures, figures

Floats = numba_heap.Floats

INSTANTS = st.integers(0, 12).map(float)
DURATIONS = st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0])


def served_by_definition(
    arrival_at_s: list[float], service_s: list[float], free_at_s: list[float]
) -> list[tuple[float, float, int]]:
    """Return start, end and thread of each request: who has been free for longest goes next."""
    line = [(at_s, place, place) for place, at_s in enumerate(free_at_s)]
    heapq.heapify(line)
    served = []
    for number, (arrived_s, hold_s) in enumerate(zip(arrival_at_s, service_s, strict=True)):
        free_s, _, thread = heapq.heappop(line)
        start_s = max(arrived_s, free_s)
        served.append((start_s, start_s + hold_s, thread))
        heapq.heappush(line, (start_s + hold_s, len(free_at_s) + number, thread))
    return served


@given(
    requests=st.lists(st.tuples(INSTANTS, DURATIONS), max_size=40),
    free_at_s=st.lists(INSTANTS, min_size=1, max_size=7).map(sorted),
)
def test_the_compiled_heap_serves_as_the_definition_says(
    requests: list[tuple[float, float]], free_at_s: list[float]
) -> None:
    """Ties abound: whole seconds, demands of zero, threads that are free together."""
    arrival_at_s = sorted(at_s for at_s, _ in requests)
    service_s = [hold_s for _, hold_s in requests]

    found = numba_heap.serve(np.array(arrival_at_s), np.array(service_s), np.array(free_at_s))

    assert list(zip(*(column.tolist() for column in found), strict=True)) == served_by_definition(
        arrival_at_s, service_s, free_at_s
    )


def test_a_token_that_is_freed_again_stands_behind_its_equals() -> None:
    """Threads free at 5 and 10; three requests at 0 hold 7, 0 and 0 s."""
    found = numba_heap.serve(np.zeros(3), np.array([7.0, 0.0, 0.0]), np.array([5.0, 10.0]))

    assert found.start_at_s.tolist() == [5.0, 10.0, 10.0]  # 5 to 12; then the other one, twice
    assert found.thread.tolist() == [0, 1, 1]


def test_figures_are_those_of_the_summary() -> None:
    """A quantile is the smallest value that at least the fraction q of all do not exceed."""
    found = figures(
        arrived=7,
        queued=1,
        running=2,
        wait_s=np.array([0.0, 0.0, 0.0, 3.0]),
        response_s=np.array([4.0, 1.0, 3.0, 2.0]),
        load=np.array([0.5, 1.0]),
    )

    assert found.response_s == (2.5, 2.0, 4.0, 4.0, 4.0)
    assert found.wait_s == (0.75, 0.0, 3.0, 3.0, 3.0)
    assert (found.completed, found.load) == (4, 0.75)


def simpy_mmc(horizon_s: float) -> Figures:
    """Run M/M/4 at 0.9 with SimPy."""
    return simpy_by_hand.simulate_mmc(rate_per_s=3.6, service_s=1.0, servers=4, horizon_s=horizon_s)


def ciw_mmc(horizon_s: float) -> Figures:
    """Run M/M/4 at 0.9 with Ciw."""
    peer = _peer("peers.ciw_mmc", "ciw")
    found: Figures = peer.simulate_mmc(
        rate_per_s=3.6, service_s=1.0, servers=4, horizon_s=horizon_s
    )
    return found


def _peer(module: str, library: str) -> Any:
    pytest.importorskip(library, reason=f"{library} comes with the extra bench")
    return importlib.import_module(module)


@pytest.mark.parametrize("simulate", [simpy_mmc, ciw_mmc])
def test_a_peer_simulates_mmc(simulate: Callable[[float], Figures]) -> None:
    """M/M/4 at 0.9 for 10,000 s: Erlang C says that 0.788 wait, 1.969 s on average over all.

    The waits of some hundred busy spells are independent: a standard error of about 0.2 s.
    """
    found = simulate(10_000.0)

    assert found.arrived == found.completed + found.queued + found.running
    assert abs(found.arrived - 36_000) < 5 * 190  # the standard deviation of a Poisson count
    assert 0 <= found.running <= 4
    assert abs(found.wait_s[0] - 1.969) < 1.0
    assert found.response_s[0] - found.wait_s[0] == pytest.approx(1.0, abs=5 / 190)
    assert found.load == pytest.approx(0.9, abs=0.05)
    assert found.wait_s[4] >= found.wait_s[3] >= found.wait_s[2] >= found.wait_s[1]
