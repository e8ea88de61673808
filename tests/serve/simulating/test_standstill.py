"""Commands while simulated time stands still: any of them after any other, and then a snapshot.

What matters: a run may end at the very instant of a command. Its record then has what was
commanded, breaks no law, is the same on both engines, and is the record of the scenario it names.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from typing_extensions import override

from builders import FAST_START, deployment, scenario
from engine_pairs import first_difference
from sim.record import Record
from sim.results.result import Result
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import TimelineEvent
from sim.scenario.reading.loader import load_scenario
from sim.serve.simulating.commands import CHANGES
from sim.serve.simulating.refusals import Refusal
from sim.serve.simulating.shown import Views
from sim.serve.simulating.world import FIRST_S, World
from sim.simulation.options import ENGINES, Engine
from sim.simulation.run import simulate_record
from sim.testing import check_invariants

MODEL = "ri.models.main.model.1"
RID = "ri.foundry-ml-live.main.live-deployment.a"
WIRE = {"minReplicas": 1, "maxReplicas": 3, "cpu": 1.0, "threadCount": 2}

Command = Mapping[str, Any]


def _event(event: str, **fields: Any) -> Command:
    return {"do": "event", "event": {"event": event, **fields}}


COMMANDS: Mapping[str, Command] = {
    "infer": {"do": "infer", "rid": RID, "count": 1},
    "infer many": {"do": "infer", "rid": RID, "count": 7},
    "traffic": {"do": "traffic", "deployment": "a", "rate_per_s": 2.0, "for_s": 20.0},
    "replace": {"do": "replace", "rid": RID, "runtimeConfiguration": WIRE},
    "replace fewer": {
        "do": "replace",
        "rid": RID,
        "runtimeConfiguration": WIRE | {"minReplicas": 0, "maxReplicas": 1, "threadCount": 1},
    },
    "start": {"do": "start", "rid": RID},
    "disable": {"do": "disable", "rid": RID},
    "create": {
        "do": "create",
        "type": "direct",
        "modelRid": MODEL,
        "branch": "other",
        "runtimeConfiguration": WIRE,
    },
    "kill": _event("kill", deployment="a", replicas="all"),
    "kill one": _event("kill", deployment="a", replicas={"count": 1}),
    "hang": _event("hang", deployment="a", replicas={"count": 1}),
    "hang a while": _event("hang", deployment="a", replicas="all", **{"for": "3s"}),
    "fail starts": _event("fail_starts", deployment="a", **{"for": "10s"}),
    "slow starts": _event("slow_starts", deployment="a", factor=2, **{"for": "10s"}),
    "publish": _event("publish", deployment="a"),
    "tenant": _event("tenant", queue="cores", tenant="others", use=3),
    "limit": _event("queue_limit", queue="cores", limit=4),
}
"""Each command that changes the run, by a name for it."""


def base(**settings: Any) -> Scenario:
    """Return a scenario of one deployment with two busy replicas and requests that wait."""
    return scenario(
        deployment(
            at_s=[float(second) for second in range(30)],
            wire={"replicas": 2, "threads": 1},
            rid=RID,
            model_rid=MODEL,
            replica=FAST_START,
            wait_s=2.5,
            **settings,
        ),
        queues=[
            {"kind": "vcpu", "name": "cores", "limit_millicores": 8000, "tenants": {"others": 1000}}
        ],
        timeline=[{"event": "start", "at_s": 700.0, "deployment": "a"}],
        horizon_s=800.0,
    )


def carry_out(world: World, *commands: Command) -> None:
    """Carry out commands at the instant reached; one that is refused has changed nothing."""
    for one in commands:
        try:
            CHANGES[one["do"]](world, {key: value for key, value in one.items() if key != "do"})
        except Refusal:
            continue


def ended_at(at_s: float, engine: Engine, *commands: Command) -> Record:
    """Return the record of a run that gets commands at the instant at which it ends."""
    world = World(base(), engine=engine)
    world.advance(at_s)
    carry_out(world, *commands)
    return world.finish_here()


def require_sound(record: Record, again: Record) -> None:
    """Check laws, the other engine's record, and the run of the scenario that the record names."""
    assert first_difference(record, again) is None
    check_invariants(record)
    if len(record.deployments) == 1:  # nothing of a scenario is a deployment that is added
        assert all(event.at_s < record.scenario.horizon_s for event in record.scenario.timeline)
        assert first_difference(simulate_record(record.scenario), record) is None


def test_every_kind_of_command_is_among_them() -> None:
    """Every command that changes the world, every event but replace, start and disable as such."""
    assert {one["do"] for one in COMMANDS.values()} == {*CHANGES}
    events = {one["event"]["event"] for one in COMMANDS.values() if one["do"] == "event"}
    kinds = {kind.model_fields["event"].default for kind in get_args(get_args(TimelineEvent)[0])}
    assert events == kinds - {"replace", "start", "disable"}


@pytest.mark.parametrize("first", COMMANDS)
def test_any_two_commands_and_a_snapshot_fit_into_one_instant(first: str) -> None:
    """In either order, in the middle and where more requests are about to be drawn."""
    for second in COMMANDS:
        for at_s in (5.0, FIRST_S):
            commands = COMMANDS[first], COMMANDS[second]
            one, other = (ended_at(at_s, engine, *commands) for engine in ENGINES)
            require_sound(one, other)


def test_what_was_commanded_at_the_last_instant_is_in_the_record() -> None:
    """A call arrives, a replica that is killed is lost; without a command the run ends there."""
    quiet = ended_at(5.0, "vectorised")
    assert quiet.scenario.horizon_s == 5.0
    assert quiet.deployments[0].attempts.arrival_at_s.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]

    called = ended_at(5.0, "vectorised", COMMANDS["infer"])
    arrived = called.deployments[0].attempts.arrival_at_s.tolist()
    assert arrived == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0]  # the scenario's own one, and the call

    killed = ended_at(5.0, "vectorised", COMMANDS["kill"])
    assert {move.at_s for move in killed.deployments[0].control.transitions} >= {5.0}


@pytest.mark.parametrize("at_s", [1e-9, 5.0, FIRST_S])
def test_the_scenario_of_a_snapshot_can_be_run(at_s: float, tmp_path: Path) -> None:
    """As a file too: what it says of later instants, events and warm-up, is left out or cut off."""
    warmed = base().model_copy(update={"warm_up_s": 650.0})
    world = World(warmed)
    world.advance(at_s)
    carry_out(world, COMMANDS["infer"], COMMANDS["disable"])
    record = world.finish_here()

    Result(record).write(tmp_path / "snapshot")
    again = load_scenario(tmp_path / "snapshot" / "scenario.json")

    assert first_difference(simulate_record(again), record) is None


class Standstill(RuleBasedStateMachine):
    """A world and its twin on the other engine, to which anything happens at any instant."""

    @initialize()
    def begin(self) -> None:
        """Have both, and no command yet."""
        self.worlds = [World(base(), engine=engine) for engine in reversed(ENGINES)]
        self.done: list[tuple[float, Command]] = []

    @rule(step_s=st.sampled_from([0.0, 0.0, 1e-9, 0.5, 1.0, 2.5, FIRST_S]), most=st.integers(1, 9))
    def let_time_go_by(self, step_s: float, most: int) -> None:
        """Or let it stand still; in one world at once, in the other by a few requests at a time."""
        one, other = self.worlds
        until_s = one.at_s + step_s
        one.advance(until_s)
        while other.at_s < until_s:
            before_s = other.at_s
            other.advance_some(until_s, most)
            arrived = other.run.attempts("a").arrival_at_s
            is_new = (arrived >= before_s) & (arrived < other.at_s)
            at_once = int(np.count_nonzero(arrived == before_s))  # are not parted, however many
            assert int(np.count_nonzero(is_new)) <= max(most, at_once)

    @rule(name=st.sampled_from(sorted(COMMANDS)))
    def command(self, name: str) -> None:
        """Carry out a command."""
        self.done.append((self.worlds[0].at_s, COMMANDS[name]))
        for world in self.worlds:
            carry_out(world, COMMANDS[name])

    @rule()
    def look(self) -> None:
        """Show both, which changes neither."""
        one, other = (Views(world).view() for world in self.worlds)
        assert one == other

    @precondition(lambda self: self.worlds[0].at_s > 0)
    @rule()
    def snapshot(self) -> None:
        """End copies of the run here: copies, made by the same commands at the same instants."""
        one, other = (self._copy(engine).finish_here() for engine in ENGINES)
        require_sound(one, other)

    @override
    def teardown(self) -> None:
        """End both."""
        if self.worlds[0].at_s > 0:
            one, other = (world.finish_here() for world in self.worlds)
            require_sound(one, other)

    def _copy(self, engine: Engine) -> World:
        world = World(base(), engine=engine)
        for at_s, one in self.done:
            world.advance(at_s)
            carry_out(world, one)
        world.advance(self.worlds[0].at_s)
        return world


TestStandstill = Standstill.TestCase
TestStandstill.settings = settings(
    max_examples=settings().max_examples // 5 or 1, stateful_step_count=15
)
