"""Which limit binds, by definition: a look at every stretch in which nothing happens, in fractions.

Only the phases of attempts are asked for, and states of replicas; nothing is summed up on the way.
An attempt's phases follow from its start and its demands where only its last phase can be slowed:
requests that wait and then compute, or wait and then use a GPU, on replicas that do not hang.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
from hypothesis import strategies as st

from builders import FAST_START, deployment, scenario
from sim.record import Record
from sim.scenario.models.scenario import Scenario
from sim.states import ReplicaState

HORIZON_S = 60.0
REQUESTS = 40


@dataclass(frozen=True, slots=True)
class Phases:
    """One attempt: in line, then on a thread of `replica`, its last phase from `last_from_s` on."""

    arrival_s: float
    left_line_s: float
    replica: int
    last_from_s: float
    released_s: float


def phases_of(record: Record, wait_s: list[float]) -> Iterator[Phases]:
    """Yield the attempts of the only deployment, whose request k waits `wait_s[k]` at first."""
    (found,) = record.deployments
    table = found.attempts
    for number, request in enumerate(table.request.tolist()):
        start_s, answered_s, released_s = (
            inf if np.isnan(column[number]) else float(column[number])
            for column in (table.start_at_s, table.answered_at_s, table.released_at_s)
        )
        yield Phases(
            arrival_s=float(table.arrival_at_s[number]),
            left_line_s=min(start_s, answered_s),
            replica=int(table.replica[number]),
            last_from_s=start_s + wait_s[request],
            released_s=released_s,
        )


def serving_spells(record: Record) -> list[tuple[float, float]]:
    """Return when replicas were RESPONSIVE, where there is one revision, each on its own."""
    since: dict[int, float] = {}
    found = []
    for move in record.deployments[0].control.transitions:
        if move.after is ReplicaState.RESPONSIVE:
            since[move.replica] = move.at_s
        elif move.replica in since:
            found.append((since.pop(move.replica), move.at_s))
    return found + [(at_s, inf) for at_s in since.values()]


def seconds_held(record: Record, wait_s: list[float], places: float) -> dict[str, Fraction]:
    """Return for how long somebody waited for a thread, and for the last phase had no place.

    Args:
        record: Of a run of one deployment whose revisions have all been active from their start.
        wait_s: Of each request.
        places: How many requests a replica takes in their last phase without one being slowed.
    """
    attempts = list(phases_of(record, wait_s))
    serving = serving_spells(record)
    from_s, until_s = record.scenario.warm_up_s, record.horizon_s
    instants = {from_s, until_s, *(at_s for spell in serving for at_s in spell)}
    for one in attempts:
        instants |= {one.arrival_s, one.left_line_s, one.last_from_s, one.released_s}
    held = {"threads": Fraction(0), "last": Fraction(0)}
    for begin_s, end_s in pairwise(sorted(at for at in instants if from_s <= at <= until_s)):
        length = Fraction(end_s) - Fraction(begin_s)
        busy = Counter(a.replica for a in attempts if a.last_from_s <= begin_s < a.released_s)
        is_served = any(since <= begin_s < until for since, until in serving)
        in_line = any(a.arrival_s <= begin_s < a.left_line_s for a in attempts)
        held["threads"] += length * (in_line and is_served)
        held["last"] += length * any(count > places for count in busy.values())
    return held


_AT_S = st.lists(st.integers(0, 400).map(lambda k: k / 8), min_size=2, max_size=REQUESTS)
_EVENTS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.fixed_dictionaries(
        {
            "event": st.just("kill"),
            "at_s": st.integers(0, 55).map(float),
            "replicas": st.sampled_from(["all", {"count": 1}, {"numbers": [1]}]),
        }
    )
    | st.fixed_dictionaries(
        {
            "event": st.sampled_from(["disable", "start"]),
            "at_s": st.integers(0, 55).map(float),
        }
    ),
    max_size=3,
)


def _each(values: list[float], count: int) -> st.SearchStrategy[list[float]]:
    return st.lists(st.sampled_from(values), min_size=count, max_size=count)


@st.composite
def last_phase_scenarios(draw: st.DrawFn) -> tuple[Scenario, list[float], float]:
    """Draw a run whose requests wait and then do one thing, their waits, and a replica's places."""
    on_gpu = draw(st.booleans())
    cores, slots = draw(st.sampled_from([0.5, 1.0, 1.5, 2.0])), draw(st.integers(1, 2))
    at_s = sorted(draw(_AT_S))
    wait_s = draw(_each([0.0, 0.0, 0.3, 1.0, 2.7], len(at_s)))
    work_s = draw(_each([0.1, 0.5, 1.0, 3.3], len(at_s)))
    demands: dict[str, Any] = {"wait_s": wait_s, "gpu_s" if on_gpu else "cpu_s": work_s}
    spec = deployment(
        at_s=at_s,
        wire={
            "replicas": draw(st.integers(1, 2)),
            "threads": draw(st.integers(1, 4)),
            "cpu": cores,
            "gpus": int(on_gpu),
        },
        replica=FAST_START | {"gpu_slots": slots, "backoff": {"initial_s": 1.0}},
        client={"policy": "none", "deadline_s": draw(st.sampled_from([None, None, 1.3]))},
        initial=draw(st.sampled_from(["cold", {"kind": "responsive", "responsive_count": 1}])),
        **demands,
    )
    events = sorted(draw(_EVENTS), key=lambda event: event["at_s"])
    built = scenario(
        spec,
        horizon_s=HORIZON_S,
        warm_up_s=draw(st.sampled_from([0.0, 0.0, 13.0, 1.1])),
        timeline=[{**event, "deployment": "a"} for event in events],
    )
    return built, wait_s, slots if on_gpu else max(cores, 1.0)
