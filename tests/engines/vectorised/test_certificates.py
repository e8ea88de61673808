"""Each certificate sees what else than threads binds, and without it the engines differ.

The scenarios are small and are served by stretches wherever one may begin.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import FAST_START, deployment, scenario
from engine_pairs import difference_of_engines, eager_paths
from sim.engines.vectorised import arrays, stretch, windows
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.certificates import (
    Use,
    exceeds_at,
    leaves_queue_at,
    queue_overflows_at,
    retries_at,
    ties_at,
)
from sim.errors import SimError
from sim.scenario.models.scenario import Scenario

instants = st.integers(0, 9).map(float)
pairs = st.lists(st.tuples(instants, instants), max_size=12)


# Each by brute force ------------------------------------------------------------------------------


@given(
    starts=st.lists(instants, max_size=12).map(sorted),
    waiting=st.integers(0, 4),
    capacity=st.integers(0, 4),
    data=st.data(),
)
def test_the_queue_overflows_at_an_arrival_that_finds_it_full(
    starts: list[float], waiting: int, capacity: int, data: st.DataObject
) -> None:
    """Who starts at the instant of an arrival has left the queue; who starts later has not."""
    waiting = min(waiting, len(starts))
    new = starts[waiting:]
    arrivals = sorted(data.draw(st.integers(0, int(start))) for start in new)
    full = [
        float(at)
        for number, at in enumerate(arrivals)
        if new[number] > at and sum(start > at for start in starts[: waiting + number]) >= capacity
    ]

    found = queue_overflows_at(np.array(arrivals, dtype=float), np.array(starts), waiting, capacity)

    assert found == min(full, default=math.inf)


@given(pairs=pairs)
def test_deadlines_of_the_queue_and_of_running_requests(pairs: list[tuple[float, float]]) -> None:
    """A start at the deadline is too late; an end at the deadline is not."""
    at_s, deadline_s = np.array(pairs, dtype=float).reshape(-1, 2).T

    assert leaves_queue_at(at_s, deadline_s) == min(
        (due for start, due in pairs if start >= due), default=math.inf
    )
    assert retries_at(at_s, deadline_s) == min(
        (due for end, due in pairs if end > due), default=math.inf
    )


@given(
    uses=st.lists(
        st.tuples(
            st.integers(0, 2), st.just(-math.inf) | instants, st.integers(0, 4), st.integers(0, 3)
        ),
        max_size=15,
    ),
    limits=st.lists(st.integers(0, 5), min_size=3, max_size=3),
)
def test_the_first_instant_at_which_too_much_is_in_use(
    uses: list[tuple[int, float, int, int]], limits: list[int]
) -> None:
    """Counted instant by instant: whoever has begun and has not ended, or does both there."""
    rows = [(place, at, max(at, 0.0) + length, much) for place, at, length, much in uses]

    def in_use(place: int, at_s: float) -> int:
        mine = [row for row in rows if row[0] == place]
        return sum(r[3] for r in mine if r[1] <= at_s < r[2] or r[1] == at_s == r[2])

    place, from_s, until_s, amount = (np.array([row[k] for row in rows]) for k in range(4))
    use = Use(
        place.astype(np.int64), from_s.astype(float), until_s.astype(float), amount.astype(int)
    )
    over = [row[1] for row in rows if in_use(row[0], row[1]) > limits[row[0]]]

    assert exceeds_at(use, np.array(limits)) == min(over, default=math.inf)


@given(ends=st.lists(st.tuples(instants, st.integers(0, 1)), max_size=10))
def test_the_first_instant_at_which_ends_of_both_classes_meet(
    ends: list[tuple[float, int]],
) -> None:
    """Ends of one class at one instant are in the order of starts and are no danger."""
    at_s, kind = np.array(ends, dtype=float).reshape(-1, 2).T
    both = [at for at, one in ends if (at, 1 - one) in ends]

    assert ties_at(at_s, kind.astype(np.int64)) == min(both, default=math.inf)


# Each in a run ------------------------------------------------------------------------------------


def never(*_: object) -> float:
    """Return what a certificate says that sees no danger."""
    return math.inf


def free_once_joined(s: loop.State, *_: object) -> float:
    """Return when stretches may begin if nothing but a place to serve is asked for."""
    if not (s.si[loop.S_OPEN] > 0).any():
        return math.inf
    return float(np.nextafter(s.f[loop.JOIN_AT], math.inf)) if s.i[loop.JOINING] else 0.0


def free_once_open(s: loop.State, *_: object) -> float:
    """Return the same if threads need not have joined the line."""
    return 0.0 if (s.si[loop.S_OPEN] > 0).any() else math.inf


def all_causal(order: loop.Ints, _: int) -> int:
    """Return that no request takes what a later one releases."""
    return order.size


CERTIFICATES: dict[str, tuple[object, str, Callable[..., Any]]] = {
    "_causal": (windows, "_causal", all_causal),
    **{
        name: (stretch, name, never)
        for name in (
            "queue_overflows_at",
            "leaves_queue_at",
            "retries_at",
            "exceeds_at",
            "ties_at",
            "_first_drained_at",
            "_without_room_at",
        )
    },
    "free_from": (arrays, "free_from", free_once_joined),
    "joining": (arrays, "free_from", free_once_open),
}
"""Where each is, and what stands there when it is removed."""

EVERY_SECOND = [float(at_s) for at_s in range(1, 40)]
IN_ALL = {"event": "hang", "at_s": 5, "deployment": "a", "replicas": "all", "for_s": 6}
FEWER = {
    "event": "replace",
    "at_s": 3,
    "deployment": "a",
    "runtime_configuration": {"minReplicas": 1, "maxReplicas": 1, "threadCount": 1, "cpu": 1.0},
}
RETRIES = {
    "policy": "custom",
    "max_attempts": 3,
    "retry_on": ["inference_timeout", "queue_full"],
    "backoff_s": [1.0, 1.0],
}
GIB = 1 << 30


def one(
    at_s: list[float],
    *,
    horizon_s: float = 100.0,
    timeline: list[dict[str, Any]] | None = None,
    **settings: Any,
) -> Scenario:
    """Return a scenario of one deployment with these requests."""
    return scenario(deployment(at_s=at_s, **settings), horizon_s=horizon_s, timeline=timeline or [])


# The last two are seen by two certificates: each of them would be enough.
CASES: dict[str, tuple[str, Callable[[], Scenario]]] = {
    "starts that wait for their own ends": (
        "_causal",
        lambda: one([1, 1, 2, 2, 2], wire={"threads": 2}, wait_s=[4, 9, 7, 0, 0]),
    ),
    "a full queue": (
        "queue_overflows_at",
        lambda: one([1, 1, 1, 1, 2], wait_s=5, service={"queue_capacity": 1}),
    ),
    "a deadline in the queue": (
        "leaves_queue_at",
        lambda: one([1, 2, 3], wait_s=10, service={"timeout_s": 3}),
    ),
    "a start at its deadline": (
        "leaves_queue_at",
        lambda: one([1, 1], wait_s=3, service={"timeout_s": 3}),
    ),
    "a retry after a timeout": (
        "retries_at",
        lambda: one([1, 10], wait_s=5, service={"timeout_s": 3}, client=RETRIES),
    ),
    "shared cores": (
        "exceeds_at",
        lambda: one([1, 2, 3], wire={"threads": 2, "cpu": 1}, cpu_s=2),
    ),
    "a GPU to wait for": (
        "exceeds_at",
        lambda: one([1, 2, 3], wire={"threads": 2, "gpus": 1}, gpu_s=2),
    ),
    "memory above the limit": (
        "exceeds_at",
        lambda: one(
            [1, 2, 3], wire={"threads": 2, "memory": "1GiB"}, wait_s=5, memory_bytes=GIB * 2 // 3
        ),
    ),
    "a wait that ends with an earlier start beside a cpu phase": (
        "ties_at",
        lambda: one([1, 2, 6, 7], wire={"threads": 2}, wait_s=[4, 0, 3, 3], cpu_s=[0, 3, 0, 0]),
    ),
    "the last requests of two draining replicas": (
        "_first_drained_at",
        lambda: one(
            [1, 1, 1, *EVERY_SECOND[3:]],
            wire={"replicas": 3, "threads": 1},
            wait_s=[9, 12, 20, *[0.5] * 36],
            timeline=[FEWER],
        ),
    ),
    "more evaluations than there is room for": (
        "_without_room_at",
        lambda: one(
            [at_s + 0.25 for at_s in range(1, 400)],
            wire={"threads": 2},
            wait_s=[0.5, 3.5, 1.5] * 133,
            autoscaler={"evaluation_interval_s": 0.5},
            horizon_s=400.0,
        ),
    ),
    "a replica that is warming up": (
        "free_from",
        lambda: one(
            EVERY_SECOND,
            wait_s=0.25,
            initial={"kind": "cold"},
            replica={**FAST_START, "warmup": {"duration_s": 20, "factor": 2}},
        ),
    ),
    "threads that are about to join the line": ("joining", lambda: one([1, 2], wait_s=3)),
    "a replica that hangs": (
        "free_from",
        lambda: one(EVERY_SECOND, wire={"threads": 9}, wait_s=0.25, timeline=[IN_ALL]),
    ),
    "a rate limit": (
        "free_from",
        lambda: one(EVERY_SECOND, service={"rate_limit": {"rate_per_s": 0.5, "burst": 1}}),
    ),
    "another dispatch": (
        "free_from",
        lambda: one(
            EVERY_SECOND,
            wire={"replicas": 2, "threads": 2},
            wait_s=1.5,
            service={"dispatch": "fewest_in_flight"},
        ),
    ),
    "a retry that is pending": (
        "free_from",
        lambda: one(
            [1, 1, 1, *EVERY_SECOND[3:]],
            wait_s=0.25,
            service={"queue_capacity": 0},
            client=RETRIES | {"backoff_s": [10.0, 10.0]},
        ),
    ),
    "cores that are shared already": (
        "free_from exceeds_at",
        lambda: one(
            [1, 1, 1, *EVERY_SECOND[8:]],
            wire={"threads": 3, "cpu": 1},
            cpu_s=[5, 6, 7] + [0.1] * 31,
        ),
    ),
    "a line for a GPU already": (
        "free_from exceeds_at",
        lambda: one(
            [1, 1, 1, *EVERY_SECOND[4:]], wire={"threads": 4, "gpus": 1}, gpu_s=[3] * 3 + [0.1] * 35
        ),
    ),
}


def test_every_certificate_has_a_scenario() -> None:
    """A certificate that none of the scenarios needs is not tested."""
    assert {name for names, _ in CASES.values() for name in names.split()} == set(CERTIFICATES)


@pytest.mark.parametrize("name", CASES)
def test_with_the_certificate_the_engines_agree(name: str) -> None:
    """What binds is left to the event loop."""
    with eager_paths():
        assert difference_of_engines(CASES[name][1]()) is None


@pytest.mark.parametrize("name", CASES)
def test_without_the_certificate_they_do_not(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stretch takes for the truth what is not, or meets what it cannot write down."""
    certificates, build = CASES[name]
    built = build()
    for certificate in certificates.split():
        place, function, instead = CERTIFICATES[certificate]
        monkeypatch.setattr(place, function, instead)

    with eager_paths():
        try:
            difference: object = difference_of_engines(built)
        except (IndexError, ValueError, SimError) as error:
            difference = error

    assert difference is not None
