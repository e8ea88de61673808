"""Small scenarios to draw in which requests meet everything, and how to ask their records.

Times are halves and memory is quarters of the limit, so that things fall together; shared cores
bring instants in between.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hypothesis import strategies as st
from typing_extensions import override

from builders import FAST_START, QUANTITIES, configuration, demands, deployment, scenario
from sim.record import Record
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.states import Outcome, ReplicaState

HORIZON_S = 60.0
TICK_S = 0.75
LIMIT_BYTES = 2**30
_OUTCOMES = [
    "rate_limited",
    "disabled",
    "queue_full",
    "inference_timeout",
    "client_timeout",
    "out_of_memory",
    "replica_killed",
    "grace_over",
]


_OUTCOMES = [outcome.kind for outcome in Outcome if outcome.is_failure]
_QUARTER = LIMIT_BYTES // 4


def _of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


_HALF_S = st.integers(0, 60).map(lambda k: k / 2)
_PATIENCE_S = _of(None, None, None, 0.0, 1.5, 4.0)
_CLIENT = st.fixed_dictionaries(
    {"policy": _of("none", "sdk"), "deadline_s": _PATIENCE_S}
) | st.fixed_dictionaries(
    {
        "policy": st.just("custom"),
        "deadline_s": _PATIENCE_S,
        "max_attempts": _of(1, 2, 3),
        "retry_on": st.lists(_of(*_OUTCOMES), unique=True),
        "backoff_s": st.lists(_of(0.0, 0.5, 7.0), min_size=1, max_size=2),
    }
)
_SETTINGS = st.fixed_dictionaries(
    {
        "replicas": _of(1, 2, 3),
        "threads": _of(1, 2, 3),
        "cpu": _of(0.5, 1.0, 1.5, 2.0, 8.0),
        "gpus": _of(0, 1),
        "initial": _of("cold", "responsive"),
        "service": st.fixed_dictionaries(
            {
                "timeout_s": _of(2.0, 5.0, 300.0),
                "queue_capacity": _of(None, None, 0, 1, 3),
                "dispatch": _of("line", "fewest_in_flight"),
                "lost_request": _of("503", "InferenceFailure"),
                "rate_limit": _of(
                    None, None, {"rate_per_s": 2.0, "burst": 3.0}, {"rate_per_s": 0.25}
                ),
            }
        ),
        "replica": st.fixed_dictionaries(
            {
                "model_memory_bytes": _of(0, _QUARTER),
                "grace_s": _of(1.0, 30.0, 300.0),
                "gpu_slots": _of(1, 2),
                "warmup": _of({}, {"duration_s": 5.0, "factor": 2.0}),
                "probe": _of(*({"period_s": 1.0, "failure_threshold": n} for n in (1, 4))),
                "unresponsive_grace_s": _of(0.5, 120.0),
                "backoff": st.just({"initial_s": 1.0}),
            }
        ),
        "client": _CLIENT,
        "switch_when": _of("first", "all"),
    }
)
_REPLICAS = _of("all", {"count": 1}, {"numbers": [1]})
_EVENTS = st.lists(
    st.fixed_dictionaries({"event": st.just("kill"), "at_s": _HALF_S, "replicas": _REPLICAS})
    | st.fixed_dictionaries(
        {
            "event": st.just("hang"),
            "at_s": _HALF_S,
            "replicas": _REPLICAS,
            "for_s": _of(0.5, 3.0, 12.0),
        }
    )
    | st.fixed_dictionaries(
        {"event": _of("disable", "start", "publish", "replace"), "at_s": _HALF_S}
    ),
    max_size=4,
)


_REQUESTS = st.lists(st.binary(min_size=50, max_size=80), min_size=1, max_size=2)


def _source(name: str, data: bytes, *, has_gpu: bool) -> dict[str, Any]:
    """Return a source of requests, five bytes each: when it comes, and its four demands.

    A choice is a byte, because one draw of many bytes is far cheaper than many draws.
    """
    columns: tuple[tuple[Any, ...], ...] = (
        tuple(k / 2 for k in range(60)),
        (0.0, 0.5, 1.0, 4.0, 30.0),
        (0.0, 0.5, 1.0, 3.0),
        (0.0, 0.5, 2.0) if has_gpu else (0.0,),
        (0, 0, 1, _QUARTER, 2 * _QUARTER),
    )
    rows = sorted(
        tuple(choices[byte % len(choices)] for byte, choices in zip(chunk, columns, strict=True))
        for chunk in zip(*[iter(data)] * len(columns), strict=False)
    )
    at_s, *asked = ([row[place] for row in rows] for place in range(len(columns)))
    return {
        "kind": "instants",
        "name": name,
        "at_s": at_s,
        "demands": demands(**dict(zip(QUANTITIES, asked, strict=True))),
    }


@st.composite
def request_scenarios(draw: st.DrawFn) -> Scenario:
    """Draw one deployment with up to 32 requests, a few events, and every setting that matters."""
    chosen = draw(_SETTINGS)
    requests = draw(_REQUESTS)
    wire = {name: chosen[name] for name in ("replicas", "threads", "cpu", "gpus")}
    wire["memory"] = "1GiB"
    spec = deployment(
        traffic=[
            _source(f"source {number}", data, has_gpu=bool(wire["gpus"]))
            for number, data in enumerate(requests)
        ],
        service=chosen["service"],
        client=chosen["client"],
        replica=FAST_START | chosen["replica"],
        autoscaler={"evaluation_interval_s": TICK_S},
        rollout={"switch_when": chosen["switch_when"]},
        wire=wire,
    )
    if chosen["initial"] == "cold":
        spec["initial"] = "cold"
    timeline = [{**event, "deployment": "a"} for event in draw(_EVENTS)]
    for event in timeline:
        if event["event"] == "publish":
            event["request"] = {"wait_s": 1.0}
        if event["event"] == "replace":
            other = configuration(**wire | {"threads": wire["threads"] % 3 + 1})
            event["runtime_configuration"] = other
    timeline.sort(key=lambda event: event["at_s"])
    return scenario(spec, horizon_s=HORIZON_S, timeline=timeline)


@dataclass(frozen=True, slots=True)
class Row:
    """One attempt; an instant that never came is infinite."""

    number: int
    request: int
    attempt: int
    arrival_at_s: float
    start_at_s: float
    answered_at_s: float
    released_at_s: float
    revision: int
    replica: int
    thread: int
    outcome: Outcome

    def is_queued_after(self, at_s: float) -> bool:
        """Whether it waits for a thread when all items of `at_s` are done."""
        return self.arrival_at_s <= at_s < min(self.start_at_s, self.answered_at_s)

    def is_running_after(self, at_s: float) -> bool:
        """Whether it runs, and its client waits, when all items of `at_s` are done."""
        return self.start_at_s <= at_s < self.answered_at_s

    def holds_thread_after(self, at_s: float) -> bool:
        """Whether it occupies a thread when all items of `at_s` are done."""
        return self.start_at_s <= at_s < self.released_at_s


@dataclass(frozen=True, slots=True)
class Spell:
    """A replica's time in one state: from `since_s` until it left it, for `left_for` and why."""

    replica: int
    revision: int
    state: ReplicaState
    since_s: float
    until_s: float
    left_because: str


class Run:
    """A drawn run of one deployment, with the questions that laws ask of its record."""

    def __init__(self, scenario: Scenario) -> None:
        """Simulate `scenario`."""
        self.scenario = scenario
        self.record: Record = simulate_record(scenario, engine="reference")
        self.spec = scenario.deployments[0]

    @override
    def __repr__(self) -> str:
        """Show the scenario, for Hypothesis's reports."""
        return f"Run({self.scenario!r})"

    @cached_property
    def rows(self) -> list[Row]:
        """Every attempt, by arrival number."""
        table = self.record.deployments[0].attempts
        return [
            Row(
                number,
                request=int(table.request[number]),
                attempt=int(table.attempt[number]),
                arrival_at_s=float(table.arrival_at_s[number]),
                start_at_s=_never_is_infinite(float(table.start_at_s[number])),
                answered_at_s=_never_is_infinite(float(table.answered_at_s[number])),
                released_at_s=_never_is_infinite(float(table.released_at_s[number])),
                revision=int(table.revision[number]),
                replica=int(table.replica[number]),
                thread=int(table.thread[number]),
                outcome=Outcome(int(table.outcome[number])),
            )
            for number in range(table.request.size)
        ]

    @cached_property
    def instants(self) -> list[float]:
        """Every instant at which something happened to an attempt or a replica, ascending."""
        at_s = {t.at_s for t in self.record.deployments[0].control.transitions}
        for row in self.rows:
            at_s |= {row.arrival_at_s, row.start_at_s, row.answered_at_s, row.released_at_s}
        return sorted(at_s - {math.inf})

    @cached_property
    def spells(self) -> list[Spell]:
        """Every spell of every replica, in order of time."""
        return list(self._spells())

    def thread_count(self, revision: int) -> int:
        """Return the threads of each replica of `revision`."""
        record = self.record.deployments[0].control.revisions[revision]
        return record.configuration.thread_count or 32

    def active_from(self, revision: int) -> tuple[float, float]:
        """Return from when until when `revision` was active; infinite where it was not."""
        record = self.record.deployments[0].control.revisions[revision]
        since_s = math.inf if record.active_at_s is None else record.active_at_s
        until_s = math.inf if record.retired_at_s is None else record.retired_at_s
        return since_s, until_s

    def open_after(self, at_s: float) -> list[Spell]:
        """Return the spells of replicas that take requests when all items of `at_s` are done."""
        open_spells = []
        for spell in self.spells:
            since_s, until_s = self.active_from(spell.revision)
            is_active = since_s <= at_s < until_s
            is_responsive = spell.state is ReplicaState.RESPONSIVE
            if is_active and is_responsive and spell.since_s <= at_s < spell.until_s:
                open_spells.append(spell)
        return open_spells

    def _spells(self) -> Iterator[Spell]:
        transitions = self.record.deployments[0].control.transitions
        for number, entered in enumerate(transitions):
            later = (t for t in transitions[number + 1 :] if t.replica == entered.replica)
            left = next(later, None)
            yield Spell(
                entered.replica,
                entered.revision,
                entered.after,
                entered.at_s,
                math.inf if left is None else left.at_s,
                "" if left is None else left.words,
            )


def _never_is_infinite(at_s: float) -> float:
    return math.inf if math.isnan(at_s) else at_s


def request_runs() -> st.SearchStrategy[Run]:
    """Draw a scenario and run it."""
    return request_scenarios().map(Run)
