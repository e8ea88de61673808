"""Rolling against an oracle that has only the text: drawn sequences of events, count by count.

Starts take times that no two replicas share, and events come at instants of their own, so that
what happens at an instant is one item. What the oracle is told is what came from outside: events,
desired counts, replicas that become available or are killed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import configuration, deployment, scenario
from oracle_rolling import RollingOracle
from rollout_runs import Plain
from sim.record import ControlLog, Transition
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.states import LIVE, ReplicaState

LIMITS: tuple[Any, ...] = (0, 1, 2, "0%", "25%", "30%", "50%", "100%")
MOST = 7


@st.composite
def rolled(draw: st.DrawFn) -> Scenario:
    """Draw a deployment that rolls, and up to nine PUTs, kills and spells in which starts fail."""
    strategy = {
        "kind": "rolling",
        "max_surge": draw(st.sampled_from(LIMITS)),
        "max_unavailable": draw(st.sampled_from(LIMITS)),
        "min_ready_s": draw(st.sampled_from([0.0, 0.0, 2.51])),
    }
    count = draw(st.integers(0, MOST))
    one = deployment(
        at_s=sorted(draw(st.lists(st.integers(1, 9000), max_size=20, unique=True)).copy()),
        wait_s=draw(st.sampled_from([1.0, 8.0])),
        wire=_wire(draw, count),
        initial=draw(
            st.sampled_from([{"kind": "responsive", "responsive_count": count}, {"kind": "cold"}])
        ),
        replica={
            "image_cached": True,
            "container_start_s": {"kind": "uniform", "low": 0.5, "high": 9.0},
            "model_load_s": 0.0,
        },
        autoscaler={"evaluation_interval_s": 5.0},
        rollout={"strategy": strategy},
    )
    one["traffic"] = [
        {**source, "at_s": [at / 90.0 for at in source["at_s"]]} for source in one["traffic"]
    ]
    places = draw(st.lists(st.integers(1, 120), min_size=1, max_size=9, unique=True))
    timeline = [_event(draw, 0.773 * place) for place in sorted(places)]
    return scenario(one, timeline=timeline, seed=draw(st.integers(0, 99)))


def _wire(draw: st.DrawFn, count: int) -> Plain:
    """Draw bounds that allow `count`, and what else the configuration asks for."""
    fixed = draw(st.booleans())
    idle = {"value": 10, "unit": "SECONDS"}
    return {
        "minReplicas": count if fixed else draw(st.integers(0, count)),
        "maxReplicas": max(count + (0 if fixed else draw(st.integers(0, 2))), 1),
        "memory": draw(st.sampled_from(["1GiB", "2GiB", "3GiB"])),
        "scalingConfiguration": {
            "scaleUpLoadThreshold": 0.5,
            "scaleUpDelay": {"value": 5, "unit": "SECONDS"},
            "scaleDownDelay": idle,
        },
    }


def _event(draw: st.DrawFn, at_s: float) -> Plain:
    event: Plain = {"at_s": at_s, "deployment": "a"}
    match draw(st.sampled_from(["put", "put", "put", "kill", "fail"])):
        case "put":
            wire = configuration(**_wire(draw, draw(st.integers(0, MOST))))
            return {**event, "event": "replace", "runtime_configuration": wire}
        case "kill":
            numbers = draw(st.lists(st.integers(0, 12), min_size=1, max_size=4))
            return {**event, "event": "kill", "replicas": {"numbers": numbers}}
        case _:
            return {**event, "event": "fail_starts", "for_s": draw(st.sampled_from([3.0, 15.0]))}


class Replay:
    """Tells the oracle what came from outside, instant by instant."""

    def __init__(self, built: Scenario, log: ControlLog) -> None:
        (spec,) = built.deployments
        self._strategy = spec.rollout.strategy.model_dump()
        self._log = log
        self._puts = {rollout.put_at_s: rollout.new_revision for rollout in log.rollouts}
        self._put_at_s = {event.at_s for event in built.timeline}
        self._desired = {change.at_s: change.desired for change in log.desired}
        self._states: dict[int, tuple[int, ReplicaState]] = {}
        self._ready: set[int] = set()
        self.met: Counter[str] = Counter()

    def differences(self) -> Iterator[str]:
        """Yield each instant after which the oracle has other counts than the run."""
        oracle = RollingOracle(self._strategy["max_surge"], self._strategy["max_unavailable"])
        moves, readies = defaultdict(list), self._readies()
        for move in self._log.transitions:
            moves[move.at_s].append(move)
        for at_s in sorted({*moves, *readies, *self._desired, *self._puts}):
            self._tell_first(oracle, at_s)
            self._tell_moves(oracle, moves[at_s])
            self._tell_last(oracle, at_s, readies[at_s])
            here = Counter(
                (revision, replica in self._ready)
                for replica, (revision, state) in self._states.items()
                if state in LIVE
            )
            there = Counter[tuple[int, bool]]()
            for number, counts in oracle.revisions.items():
                there[number, False], there[number, True] = counts.waiting, counts.available
            self.met["shared"] += len({number for number, _ in here}) > 1 and at_s in self._desired
            if here != there:
                yield f"{at_s} s: {dict(here)} in the run, {dict(there)} by the text"

    def _tell_moves(self, oracle: RollingOracle, moves: list[Transition]) -> None:
        """Tell of kills, which are one item, and know where every replica is after the instant."""
        killed = [
            move
            for move in moves
            if move.replica in self._ready and move.after is ReplicaState.STARTING_ERROR
        ]
        if killed:
            oracle.change(*((move.revision, -1) for move in killed))
            self.met["killed"] += 1
        for move in moves:
            self._states[move.replica] = move.revision, move.after
            if move.after is not ReplicaState.RESPONSIVE:
                self._ready.discard(move.replica)

    def _tell_last(self, oracle: RollingOracle, at_s: float, readies: list[int]) -> None:
        """Tell who becomes available, and what an evaluation or an arrival made of the count."""
        self._ready.update(readies)
        if at_s == 0:
            oracle.begins(self._desired[0.0], available=len(self._ready))
            return
        for replica in readies:
            oracle.change((self._states[replica][0], 1))
        if at_s in self._desired and at_s not in self._put_at_s:
            oracle.scale(self._desired[at_s])
            self.met["scaled"] += 1

    def _tell_first(self, oracle: RollingOracle, at_s: float) -> None:
        """Tell what an event of the timeline did, which comes before all else."""
        desired = self._desired.get(at_s, oracle.desired)
        if at_s in self._puts:
            self.met["back"] += self._puts[at_s] in oracle.revisions
            oracle.put(desired, self._puts[at_s])
            self.met["rolled out"] += 1
        elif at_s in self._put_at_s and at_s in self._desired:
            oracle.scale(desired)
            self.met["in place"] += 1

    def _readies(self) -> dict[float, list[int]]:
        """Return which replicas become available when: RESPONSIVE for `min_ready` without break."""
        found = defaultdict(list)
        since: dict[int, float] = {}
        left: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for move in self._log.transitions:
            if move.after is ReplicaState.RESPONSIVE:
                since[move.replica] = move.at_s
            elif move.replica in since:
                left[move.replica].append((since.pop(move.replica), move.at_s))
        spells = [(r, *spell) for r, some in left.items() for spell in some]
        spells += [(replica, at_s, float("inf")) for replica, at_s in since.items()]
        for replica, from_s, to_s in spells:
            at_s = from_s + (self._strategy["min_ready_s"] if from_s > 0 else 0.0)
            if at_s <= to_s and at_s < 100.0:
                found[at_s].append(replica)
        return found


def compare(most: int) -> Counter[str]:
    """Compare `most` drawn runs with the oracle, and return how often what was met."""
    met: Counter[str] = Counter()

    @settings(max_examples=most)
    @given(built=rolled())
    def agree(built: Scenario) -> None:
        record = simulate_record(built, engine="reference")
        replay = Replay(built, record.deployments[0].control)
        assert next(replay.differences(), None) is None
        met.update(replay.met)
        met["sequences"] += 1

    agree()
    print(dict(met))  # noqa: T201 - what was met
    return met


def test_counts_are_those_of_the_text() -> None:
    """After every instant each revision has as many live and available replicas as by the text."""
    compare(settings().max_examples // 2)


@pytest.mark.exhaustive
def test_counts_are_those_of_the_text_in_thousands_of_sequences() -> None:
    """The same 5,000 times, with enough of what is rare."""
    met = compare(5000)

    assert min(met[what] for what in ("shared", "back", "killed", "scaled")) >= 100
