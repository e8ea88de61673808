"""How long a command waits: in seconds of computing, so that a busy machine tells the same."""

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from serve.simulating.test_worker import CONFIGURATION, RID, SCENARIO

from builders import deployment, scenario
from live_workers import Process, working
from servers import serving
from sim.errors import ScenarioError
from sim.scenario.reading.live_event import MOST_CHECKED, read_event
from sim.serve.simulating import pace as paces
from sim.serve.simulating.pace import MOST_BEHIND_S, Pace
from sim.serve.simulating.shown import Views
from sim.serve.simulating.world import World
from sim.wire.models import RuntimeConfiguration

MOST_S = 0.5
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return for how long a process has computed."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells it in /proc")
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a scenario file: one deployment, which starts in 2 s."""
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO)
    return path


def waits_of(worker: Process, do: str, count: int, **fields: Any) -> float:
    """Return for how long the process computes at most until it answers a command."""
    longest_s = 0.0
    for _ in range(count):
        before_s = cpu_s(worker.process.pid)
        assert "refused" not in worker.ask(do, **fields)
        longest_s = max(longest_s, cpu_s(worker.process.pid) - before_s)
    return longest_s


@pytest.mark.parametrize("speed", ["60", "max"])
@pytest.mark.parametrize(("rate_per_s", "for_s"), [(1e5, 1.0), (1e9, 1e-3)])
def test_a_burst_holds_up_no_command(
    file: Path, speed: str, rate_per_s: float, for_s: float
) -> None:
    """100,000 requests in a second, a million in a millisecond: both are what may be asked for."""
    with working(file, "--speed", speed) as worker:
        burst = {"deployment": "ranker", "rate_per_s": rate_per_s, "for_s": for_s}
        assert waits_of(worker, "traffic", 1, **burst) < MOST_S
        assert waits_of(worker, "queues", 40) < MOST_S
        assert waits_of(worker, "start", 10, rid=RID) < MOST_S
        assert waits_of(worker, "replace", 5, rid=RID, runtimeConfiguration=CONFIGURATION) < MOST_S
        assert waits_of(worker, "traffic", 1, **burst) < 2 * MOST_S
        assert waits_of(worker, "stop", 1) < MOST_S


@pytest.mark.parametrize(("rate_per_s", "for_s"), [(1e5, 1.0), (1e9, 1e-3)])
def test_sigterm_amid_a_burst_ends_it(file: Path, rate_per_s: float, for_s: float) -> None:
    """Within three seconds, in order."""
    with serving(file, "--speed", "60") as server:
        burst = {"deployment": "ranker", "rate_per_s": rate_per_s, "for_s": for_s}
        assert server.ask("POST", "/sim/traffic", burst).status == 200
        server.process.send_signal(signal.SIGTERM)
        began_s = time.monotonic()
        assert server.process.wait(timeout=30) == 0
        assert time.monotonic() - began_s < 3.0


def test_ten_thousand_commands_at_once_hold_up_neither_time_nor_the_end(file: Path) -> None:
    """They are carried out in slices, answered slice by slice, and time goes by between them."""
    with working(file, "--speed", "60") as worker:
        before = worker.view["at_s"]
        count = 10_000
        body = {"rid": RID, "runtimeConfiguration": CONFIGURATION}
        sending = threading.Thread(
            target=lambda: [worker.send("replace", **body) for _ in range(count)]
        )
        sending.start()
        answered, instants = 0, {before}
        while len(instants) < 5 and answered < count:
            said = worker.line()
            assert said is not None
            answered += "id" in said
            instants.add(worker.view["at_s"])
        assert 0 < answered < count // 2  # a slice is 0.05 s of commands
        pid = worker.process.pid
        began_s = cpu_s(pid)
        while sending.is_alive():
            worker.line()
        worker.send("stop")
        while worker.line() is not None:
            pass
        assert cpu_s(pid) - began_s < 10.0
        assert worker.process.wait(timeout=30) == 0


def test_being_behind_is_told_in_simulated_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given up counts until time has kept up again."""
    now_s = 0.0
    monkeypatch.setattr(paces, "now_s", lambda: now_s)
    pace = Pace(60.0, 0.0)
    assert pace.behind_s(0.0) == 0.0

    now_s = 10.0  # 600 simulated seconds should have gone by, and 90 have
    assert pace.goal_s(90.0, 0.0) == 90.0 + 60.0 * MOST_BEHIND_S
    assert pace.behind_s(90.0) == 510.0
    now_s = 11.0
    assert pace.behind_s(110.0) == 550.0  # a second later 60 more, and 20 have
    assert pace.goal_s(110.0, 0.0) == 110.0 + 60.0 * MOST_BEHIND_S
    assert pace.behind_s(110.0) == 550.0  # what is given up again comes on top

    now_s = 11.25
    assert pace.goal_s(400.0, 0.0) == 400.0  # it has kept up
    assert pace.behind_s(400.0) == 0.0
    pace.set(400.0, paused=True)
    now_s = 20.0
    assert pace.behind_s(400.0) == 0.0


def test_a_run_that_keeps_up_leaves_the_machine_to_others(file: Path) -> None:
    """It waits for its next turn; at speed 60 with a request a second it takes 3 % of a core.

    One that never waits takes what it gets: a third of a core where five others want two.
    """
    with working(file, "--speed", "60") as worker:
        pid = worker.process.pid
        until_s = time.monotonic() + 0.5
        while time.monotonic() < until_s:
            worker.line()
        began_s, before_s = time.monotonic(), cpu_s(pid)
        while time.monotonic() < began_s + 1.0:
            worker.line()

        assert cpu_s(pid) - before_s < 0.2 * (time.monotonic() - began_s)


def test_a_run_that_cannot_keep_up_says_so(file: Path) -> None:
    """In the view, which health shows; one that keeps up is not behind."""
    with working(file, "--speed", "1") as worker:
        worker.until_shown()
        assert worker.until_shown()["behind_s"] == 0.0
        worker.ask("speed", speed=1e8)
        while worker.until_shown()["behind_s"] == 0.0:
            pass
        first = worker.view["behind_s"]
        while worker.until_shown()["behind_s"] <= first:
            pass


def fastest_s(act: Callable[[], object], times: int = 5) -> float:
    """Return for how long something computes, at best."""
    found = []
    for _ in range(times):
        began_s = time.process_time()
        act()
        found.append(time.process_time() - began_s)
    return min(found)


def many(count: int) -> World:
    """Return the world of so many deployments."""
    world = World(
        scenario(*(deployment(name=f"d{number}") for number in range(count)), horizon_s=100.0)
    )
    world.advance(1.0)
    return world


def test_a_view_takes_as_long_as_there_are_deployments() -> None:
    """Eight times as many, about eight times as long: the square of them would be 64 times."""
    few, more = Views(many(200)), Views(many(1600))

    assert fastest_s(more.view) < 20 * fastest_s(few.view)


def test_a_view_does_not_grow_with_the_replaces_that_there_were() -> None:
    """A stream of them would take the square of its length; and it counts replicas right."""
    world = many(1)
    rid = next(iter(world.served))
    views = Views(world)

    def replace(count: int) -> float:
        for number in range(count):
            wire = {"minReplicas": 1, "maxReplicas": 1, "threadCount": 1 + number % 2}
            world.replace(rid, RuntimeConfiguration.from_wire(wire))
        return fastest_s(views.view, times=20)

    assert replace(1000) < 3 * replace(10) + 0.001
    (shown,) = views.view()["deployments"]
    found = Counter(one.state.value for one in world.named("d0").control.pool.roster.replicas)
    del found["DELETED"]
    assert shown["replicas"] == found


def test_an_event_is_checked_without_looking_at_every_deployment() -> None:
    """Of 800 deployments as fast as of 20; one that is not there is refused all the same."""
    few, more = many(MOST_CHECKED), many(800)
    for name in ("d3", "nobody"):
        event = {"event": "kill", "deployment": name, "replicas": "all"}

        def act(world: World, event: dict[str, Any] = event) -> None:
            specs = [one.spec for one in world.served.values()]
            standing = {spec.name: spec.runtime_configuration for spec in specs}
            with suppress(ScenarioError):
                read_event(
                    event,
                    at_s=1.0,
                    scenario=world.scenario,
                    deployments=specs,
                    standing=standing,
                )

        act(few)
        assert fastest_s(lambda: act(more)) < 5 * fastest_s(lambda: act(few)) + 0.01
