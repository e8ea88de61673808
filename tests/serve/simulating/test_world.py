"""What the API's commands do to a simulated platform, and what they are refused for."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from builders import FAST_START, deployment, scenario
from sim.reasons import Reason
from sim.scenario.models.scenario import Scenario
from sim.serve.simulating.refusals import Faulty, Senseless, Unavailable
from sim.serve.simulating.world import MAX_REPLICAS, World
from sim.states import Outcome
from sim.wire.endpoint_errors import (
    GpuTypeNotAvailable,
    LiveDeploymentNotFound,
    LiveDeploymentSourcesCannotBeUpdatedWhileRunning,
    ModelNotFound,
    ThreadCountTooHigh,
    UnsupportedLiveDeployment,
)
from sim.wire.errors import Conflict, Fault, InvalidArgument
from sim.wire.models import DirectDeployment, ObjectiveDeployment, RuntimeConfiguration

SOURCE = "ri.magritte..source.1"


def played(**settings: Any) -> World:
    """Return the world of one deployment, `a`, whose replicas start in 2 s."""
    made: Scenario = scenario(
        deployment(replica=FAST_START, wire={"threads": 2}, **settings), horizon_s=3600.0
    )
    return World(made)


def configured(**wire: Any) -> RuntimeConfiguration:
    """Return a configuration of one replica, or as *wire* says."""
    return RuntimeConfiguration.from_wire({"minReplicas": 1, "maxReplicas": 1} | wire)


def rid_of(world: World, name: str = "a") -> str:
    """Return the identifier of a deployment."""
    return world.named(name).spec.rid


def fault_of(refused: pytest.ExceptionInfo[Faulty]) -> Fault:
    """Return the API's error that was refused with."""
    return refused.value.fault


def test_a_put_is_answered_with_the_new_configuration_before_its_rollout_ends() -> None:
    """Configuration at once; version and status are those of what serves, until it has switched."""
    world = played()
    world.advance(10.0)

    found = world.replace(rid_of(world), configured(threadCount=7))

    shown = found.to_wire()
    assert shown["runtimeConfiguration"] == {
        "minReplicas": 1,
        "maxReplicas": 1,
        "threadCount": 7,
        "environmentVariables": {},
        "sources": [],
    }
    assert shown["status"] == {"state": "ACTIVE", "isReady": True}
    assert [revision.number for revision in found.control.journal.log.revisions] == [0, 1]
    assert found.control.active is not None
    assert found.control.active.number == 0
    world.advance(13.0)
    assert found.control.active.number == 1


def test_a_new_version_serves_only_when_it_has_taken_over() -> None:
    """What is published rolls out; until it has, the old version is the one that is shown."""
    world = played()
    before = world.named("a").to_wire()["modelVersion"]["modelVersionRid"]
    new = "ri.models.main.model-version.new"

    world.event({"event": "publish", "deployment": "a", "model_version_rid": new})

    assert world.named("a").to_wire()["modelVersion"]["modelVersionRid"] == before
    world.advance(3.0)
    assert world.named("a").to_wire()["modelVersion"]["modelVersionRid"] == new


def test_a_disabled_deployment_stores_what_is_put() -> None:
    """It stays disabled, shows the new configuration, and starts with it; twice is no more."""
    world = played()
    world.disable(rid_of(world))
    world.disable(rid_of(world))
    world.advance(1.0)

    shown = world.replace(rid_of(world), configured(threadCount=9)).to_wire()

    assert shown["status"] == {"state": "DISABLED", "isReady": False}
    assert shown["runtimeConfiguration"]["threadCount"] == 9
    world.start(rid_of(world))
    assert world.named("a").to_wire()["status"] == {"state": "STARTING", "isReady": False}
    world.advance(4.0)
    world.start(rid_of(world))
    assert world.named("a").to_wire()["status"] == {"state": "ACTIVE", "isReady": True}
    assert len(world.named("a").control.journal.log.revisions) == 2


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        ({"threadCount": 129}, ThreadCountTooHigh),
        ({"gpu": {"count": 1, "type": "A100"}}, GpuTypeNotAvailable),
        ({"minReplicas": 2}, InvalidArgument),
        ({"sources": [SOURCE]}, LiveDeploymentSourcesCannotBeUpdatedWhileRunning),
    ],
    ids=["threads", "gpu", "range", "sources"],
)
def test_a_put_is_checked_by_the_rules(wire: dict[str, Any], error: type[Fault]) -> None:
    """By those of the platform and of the deployment's queue; what is refused changes nothing."""
    base = scenario(
        deployment(),
        queues=[{"kind": "vgpu", "name": "gpus", "limits": {"T4": 1}}],
        horizon_s=100.0,
    )
    world = World(base)

    with pytest.raises(Faulty) as refused:
        world.replace(rid_of(world), configured(**wire))

    assert type(fault_of(refused)) is error
    assert len(world.named("a").control.journal.log.revisions) == 1


def test_there_is_no_room_for_replicas_without_number() -> None:
    """A PUT that asks for millions at once is refused, however it comes, and nothing changes."""
    world = played()
    wire = {"minReplicas": MAX_REPLICAS + 1, "maxReplicas": 2**31 - 1}
    event = {"event": "replace", "deployment": "a", "runtimeConfiguration": wire}
    entry = {"min": MAX_REPLICAS + 1, "max": 2**31 - 1, "from": "00:00", "to": "00:00"}
    schedule = {"event": "schedule", "deployment": "a", "schedule": [entry]}
    model = world.named("a").spec.model_rid
    kind = ObjectiveDeployment(type="objective", model_rid=model)

    for command in (
        lambda: world.replace(rid_of(world), RuntimeConfiguration.from_wire(wire)),
        lambda: world.create(kind, RuntimeConfiguration.from_wire(wire)),
        lambda: world.event(event),
        lambda: world.event(schedule),
    ):
        with pytest.raises(Unavailable):
            command()
    assert len(world.named("a").control.journal.log.revisions) == 1
    world.replace(rid_of(world), RuntimeConfiguration.from_wire(wire | {"minReplicas": 2000}))
    assert len(world.named("a").control.pool.roster.replicas) == 1 + MAX_REPLICAS


def test_a_house_rule_is_asked_too(tmp_path: Any) -> None:
    """The scenario's own rules refuse a PUT as the API would."""
    (tmp_path / "house.py").write_text(
        "from sim.wire.rule import rule\n"
        "@rule('few', field='maxReplicas', condition='at most 3')\n"
        "def few(configuration, limits, deployment):\n"
        "    return 'is too many' if configuration.max_replicas > 3 else None\n"
    )
    rules = [f"{tmp_path}/house.py:few"]
    world = World(scenario(deployment(), rules=rules, horizon_s=100.0))

    world.replace(rid_of(world), configured(maxReplicas=3))
    with pytest.raises(Faulty) as refused:
        world.replace(rid_of(world), configured(maxReplicas=4))

    assert "is too many" in fault_of(refused).message


def test_unknown_and_other_deployments() -> None:
    """Every operation knows what is not there; replace handles direct deployments only."""
    world = World(scenario(deployment(kind="objective"), horizon_s=100.0))

    with pytest.raises(Faulty) as refused:
        world.replace(rid_of(world), configured())
    assert fault_of(refused) == UnsupportedLiveDeployment()
    for command in (world.start, world.disable, lambda rid: world.infer(rid, 1)):
        with pytest.raises(Faulty) as refused:
            command("ri.a..b.c")
        assert fault_of(refused) == LiveDeploymentNotFound("ri.a..b.c")
    assert world.named("a").branch is None
    assert "branch" not in world.named("a").to_wire()


def test_create_makes_a_deployment_that_starts() -> None:
    """It behaves as new_deployments says, and is one of its branch."""
    world = World(
        scenario(
            deployment(model_rid="ri.models.main.model.1"),
            new_deployments={"replica": FAST_START, "request": {"wait_s": 3.0}},
            horizon_s=100.0,
        )
    )
    kind = DirectDeployment(type="direct", model_rid="ri.models.main.model.1", branch="dev")
    world.advance(10.0)

    made = world.create(kind, configured())

    assert made.to_wire()["status"] == {"state": "STARTING", "isReady": False}
    assert made.to_wire()["branch"] == "dev"
    number = world.infer(made.spec.rid, 1)[0]
    world.advance(14.0)
    assert made.to_wire()["status"] == {"state": "ACTIVE", "isReady": True}
    world.advance(15.1)
    answer = world.answer(made.spec.rid, number)
    assert answer is not None
    assert (answer.outcome, answer.answered_at_s) == (Outcome.COMPLETED, 15.0)
    with pytest.raises(Faulty) as refused:
        world.create(kind, configured())
    assert fault_of(refused) == Conflict()
    with pytest.raises(Faulty) as refused:
        world.create(kind.model_copy(update={"model_rid": "ri.models.main.model.2"}), configured())
    assert fault_of(refused) == ModelNotFound("ri.models.main.model.2")
    with pytest.raises(Faulty) as refused:
        world.create(kind.model_copy(update={"branch": "x"}), configured(threadCount=500))
    assert fault_of(refused) == ThreadCountTooHigh(128, 500)


def test_create_can_make_one_of_the_other_kind() -> None:
    """As many as one likes: an objective's follows no branch."""
    world = World(scenario(deployment(model_rid="ri.models.main.model.1"), horizon_s=100.0))
    kind = ObjectiveDeployment(type="objective", model_rid="ri.models.main.model.1")

    made = [world.create(kind, configured()) for _ in range(2)]

    assert [one.spec.kind for one in made] == ["objective", "objective"]
    assert len({one.spec.rid for one in world.served.values()}) == 3


def test_an_event_happens_now() -> None:
    """It is read as in a timeline, and refused as there, with the field that is wrong."""
    world = played()
    world.advance(5.0)

    world.event({"event": "kill", "deployment": "a", "replicas": {"count": 1}})

    assert world.named("a").control.journal.log.transitions[-1].reason is Reason.KILLED
    with pytest.raises(Senseless, match=r"deployment: is no deployment"):
        world.event({"event": "kill", "deployment": "b", "replicas": "all"})
    with pytest.raises(Senseless, match="kil"):
        world.event({"event": "kil", "deployment": "a"})
    configuration = {"minReplicas": 1, "maxReplicas": 1, "threadCount": 1000}
    with pytest.raises(Senseless, match="thread"):
        world.event({"event": "replace", "deployment": "a", "runtimeConfiguration": configuration})


def test_a_schedule_of_bounds_is_posted_as_an_event() -> None:
    """Three from 07:00 on, by the clock of the start, 06:59:50, in place of the two before."""
    entries = [
        {"min_count": 2, "max_count": 2, "from_time": "06:00", "to_time": "08:00"},
    ]
    made = scenario(
        deployment(
            replica=FAST_START,
            initial={"kind": "responsive", "responsive_count": 2},
            autoscaler={"schedule": entries},
        ),
        horizon_s=3600.0,
        start="2026-01-05T06:59:50[Europe/Berlin]",
    )
    world = World(made)
    world.advance(5.0)
    posted = {"min": 3, "max": 4, "from": "07:00", "to": "07:30"}

    world.event({"event": "schedule", "deployment": "a", "schedule": [posted]})
    world.advance(20.0)

    log = world.named("a").control.journal.log
    assert [(one.at_s, one.min_replicas) for one in log.bounds] == [(0.0, 2), (5.0, 1), (10.0, 3)]
    with pytest.raises(Senseless, match=r"schedule\[0\]: min must be at most max"):
        world.event({"event": "schedule", "deployment": "a", "schedule": [posted | {"max": 2}]})


def test_traffic_is_added_from_now_on() -> None:
    """About as many requests as asked for, all of them within the time, drawn from the seed."""
    world, count = with_traffic()
    again, _ = with_traffic()

    arrival_at_s = world.run.attempts("a").arrival_at_s
    assert len(arrival_at_s) == count + 1
    assert arrival_at_s.min() == 50.0
    assert arrival_at_s.max() <= 150.0
    assert again.run.attempts("a").arrival_at_s.tolist() == arrival_at_s.tolist()
    assert 300 <= count <= 500  # 400 expected, 5 standard deviations either way
    with pytest.raises(Senseless):
        world.traffic("a", 1e6, 1e6)
    with pytest.raises(Senseless):
        world.traffic("a", -1.0, 1.0)
    with pytest.raises(Senseless, match="no deployment"):
        world.traffic("b", 1.0, 1.0)


def with_traffic() -> tuple[World, int]:
    """Return a world with 4 requests/s for 100 s from 50 s on, and how many; one call besides."""
    world = played()
    world.advance(50.0)
    count = world.traffic("a", 4.0, 100.0)
    world.infer(rid_of(world), 1)
    world.advance(151.0)
    return world, count


def test_time_goes_on_behind_the_horizon_of_the_scenario() -> None:
    """A rate keeps its rate, and evaluations go on."""
    made = scenario(
        deployment() | {"traffic": [{"kind": "poisson", "name": "users", "rate_per_s": 5.0}]},
        horizon_s=100.0,
    )
    world = World(made)

    world.advance(5000.0)

    arrival_at_s = world.run.attempts("a").arrival_at_s
    late = int(((arrival_at_s > 4000.0) & (arrival_at_s < 5000.0)).sum())
    assert 4600 <= late <= 5400  # 5000 expected, more than 5 standard deviations either way


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"request": {"wait": {"kind": "empirical", "path": "FILE", "column": "x"}}}, "values"),
        ({"request": {"memory": {"kind": "empirical", "path": "FILE", "column": "x"}}}, "values"),
        ({"request": {"cpu": {"kind": "sequence", "path": "FILE", "column": "x"}}}, "values"),
        ({"model_load": {"kind": "empirical", "path": "FILE", "column": "x"}}, "values"),
        ({"model_load": {"path": "FILE"}}, "values"),
        ({"request": [{"path": "FILE"}]}, "values"),
        ({"request": {"wait": {"kind": "sequence", "values": ["1ms"]}}}, "how many requests"),
        ({"request": {"wait": {"kind": "linear", "per": {"x": "1ms"}}}}, "columns"),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["secrets.csv", "secrets.parquet", "pipe.csv"])
def test_no_event_from_outside_makes_it_read_a_file(
    tmp_path: Path, more: dict[str, Any], words: str, name: str
) -> None:
    """Refused for the file's name: a pipe is not waited for, no column or number is told.

    Demands that only requests known in advance can have are refused as well: they would end the
    simulation when the next request arrives.
    """
    file = tmp_path / name
    if name.startswith("pipe"):
        os.mkfifo(file)
    else:
        file.write_text("password_of_somebody,x\n1,2\n")
    event = json.loads(json.dumps(more).replace("FILE", str(file)))
    world = played()

    with pytest.raises(Senseless) as refused:
        world.event({"event": "publish", "deployment": "a"} | event)

    assert words in str(refused.value)
    assert "password_of_somebody" not in str(refused.value)


def test_a_variable_of_an_event_may_be_called_path() -> None:
    """What stands in a runtime configuration is the API's, where nothing names a file."""
    world = played()
    configuration = {
        "minReplicas": 1,
        "maxReplicas": 1,
        "environmentVariables": {"path": "/bin", "kind": "linear"},
    }

    world.event({"event": "replace", "deployment": "a", "runtimeConfiguration": configuration})

    shown = world.deployment(rid_of(world)).to_wire()["runtimeConfiguration"]
    assert shown["environmentVariables"] == configuration["environmentVariables"]


def test_a_replace_that_says_what_changes_changes_what_was_put() -> None:
    """Not what the scenario began with; a key of a variable may be any."""
    world = played()
    world.replace(rid_of(world), configured(maxReplicas=3, threadCount=7))

    world.event({"event": "replace", "deployment": "a", "set": {"maxReplicas": 2}})

    shown = world.deployment(rid_of(world)).to_wire()["runtimeConfiguration"]
    assert (shown["maxReplicas"], shown["threadCount"]) == (2, 7)
    with pytest.raises(Senseless, match="is unknown; did you mean threadCount"):
        world.event({"event": "replace", "deployment": "a", "set": {"threadCuont": 2}})


def test_an_event_from_outside_takes_an_empirical_sample() -> None:
    """Numbers that stand in the event itself are drawn from as in a scenario."""
    world = played()
    world.advance(10.0)
    request = {"wait": {"kind": "empirical", "values": ["2s"]}}

    world.event({"event": "publish", "deployment": "a", "request": request})

    world.advance(60.0)
    (number,) = world.infer(rid_of(world), 1)
    world.advance(70.0)
    ended = world.answer(rid_of(world), number)
    assert ended is not None
    assert ended.answered_at_s == 62.0
