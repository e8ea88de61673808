"""The simulating process from outside: its clock, its directory, its end."""

import signal
from pathlib import Path
from typing import Any

import pytest

from live_workers import Process, working
from sim.results.finished import FinishedRun
from sim.serve.simulating.worker import AFTER_S

SCENARIO = """
name: one deployment
horizon: 600s
queues:
  - {kind: vcpu, name: cores, limit: 8}
deployments:
  - name: ranker
    rid: ri.foundry-ml-live.main.live-deployment.1
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 2, threadCount: 4, cpu: 4.0}
    replica: {image_cached: true, container_start: 1s, model_load: 1s, probe: {period: 1s}}
    request: {wait: 200ms}
    traffic: [{kind: poisson, name: users, rate: 2/s}]
"""
RID = "ri.foundry-ml-live.main.live-deployment.1"
CONFIGURATION = {"minReplicas": 1, "maxReplicas": 2, "threadCount": 3, "cpu": 4.0}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a scenario file: one deployment, which starts in 2 s."""
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO)
    return path


def shown(view: dict[str, Any]) -> dict[str, Any]:
    """Return what a view says of the simulation, without the pace."""
    return {key: value for key, value in view.items() if key not in {"speed", "paused"}}


def test_a_put_is_seen_at_once_and_rolls_out(file: Path) -> None:
    """The view before the answer has it; time that goes by switches to it."""
    with working(file, "--speed", "1") as worker:
        worker.ask("pause")
        said = worker.ask("replace", rid=RID, runtimeConfiguration=CONFIGURATION)
        before = worker.view
        worker.ask("step", for_s=10)

        assert said["ok"]["runtimeConfiguration"]["threadCount"] == 3
        assert before["deployments"][0]["deployment"] == said["ok"]
        assert before["deployments"][0]["replicas"] == {"RESPONSIVE": 1, "QUEUED": 1}
        assert worker.view["deployments"][0]["replicas"] == {"RESPONSIVE": 1}
        replicas = worker.ask("replicas", deployment="ranker")["ok"]
        assert [(one["number"], one["role"]) for one in replicas] == [(1, "active")]
        words = [one["reason"] for one in worker.ask("decisions")["ok"]]
        assert "revision 1 is responsive" in words
        assert any(event["kind"] == "replica" for event in worker.events)
        (queue,) = worker.ask("queues")["ok"]
        assert (queue["name"], queue["used"], queue["limit"]) == ("cores", 4.0, 8.0)


def test_time_pauses_steps_and_goes_on(file: Path) -> None:
    """A step goes exactly as far as it says, and leaves time standing still."""
    with working(file, "--speed", "1") as worker:
        at_s = worker.ask("pause")["ok"]["at_s"]
        stepped = worker.ask("step", for_s=7.5)["ok"]
        assert (stepped["at_s"], stepped["paused"]) == (at_s + 7.5, True)
        worker.until_shown()
        assert worker.until_shown()["at_s"] == at_s + 7.5
        assert worker.ask("speed", speed=1000)["ok"]["speed"] == 1000
        worker.ask("resume")
        while worker.until_shown()["at_s"] <= at_s + 7.5:
            pass


def test_at_speed_max_time_stands_still_where_nothing_is_asked(file: Path) -> None:
    """At the horizon, or an hour after the last command; a call is answered all the same."""
    with working(file, "--speed", "max") as worker:
        while worker.until_shown()["at_s"] < 600:
            pass
        assert [worker.until_shown()["at_s"] for _ in range(3)] == [600.0] * 3
        last = worker.ask("start", rid=RID)
        assert last["ok"] is None
        while worker.until_shown()["at_s"] < 600 + AFTER_S:
            pass
        assert [worker.until_shown()["at_s"] for _ in range(3)] == [600 + AFTER_S] * 3
        assert worker.ask("infer", rid=RID, input={"x": 1})["ok"] == {"output": {"x": 1}}


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_run_goes_on_where_it_was(file: Path, tmp_path: Path, how: str) -> None:
    """After an orderly stop at that very instant; after a crash with all that was answered."""
    folder = tmp_path / "run"
    with working(file, "--speed", "20", "--run-dir", folder) as worker:
        worker.ask("infer", rid=RID, input={})
        worker.ask("replace", rid=RID, runtimeConfiguration=CONFIGURATION)
        worker.ask("traffic", deployment="ranker", rate_per_s=50, for_s=20)
        worker.ask("event", event={"event": "kill", "deployment": "ranker", "replicas": "all"})
        worker.ask(
            "create",
            type="objective",
            modelRid=worker.view["deployments"][0]["modelRid"],
            runtimeConfiguration=CONFIGURATION,
        )
        worker.ask("pause")
        before = worker.until_shown()
        if how == "stopped":
            worker.ask("stop")
            assert worker.process.wait(timeout=30) == 0
        else:
            worker.process.send_signal(signal.SIGKILL)
            worker.process.wait(timeout=30)

    with working("--resume", folder, "--speed", "20") as worker:
        assert worker.view["paused"]
        assert shown(worker.view) == shown(before)
        worker.ask("resume")
        while worker.until_shown()["at_s"] == before["at_s"]:
            pass


@pytest.mark.parametrize("do", ["step", "infer"])
def test_a_run_that_goes_on_is_not_before_what_was_told(
    file: Path, tmp_path: Path, do: str
) -> None:
    """A step or a call is answered at an instant, and that is behind it after a crash too."""
    folder = tmp_path / "run"
    fields: dict[str, dict[str, Any]] = {"step": {"for_s": 5.0}, "infer": {"rid": RID, "input": {}}}
    with working(file, "--speed", "20", "--run-dir", folder) as worker:
        worker.until_shown()
        answer = worker.ask(do, **fields[do])
        told_s = answer["ok"]["at_s"] if do == "step" else answer["at_s"]
        worker.process.send_signal(signal.SIGKILL)
        worker.process.wait(timeout=30)

    with working("--resume", folder, "--speed", "1e-9") as worker:
        assert worker.view["at_s"] >= told_s > 0


def test_a_snapshot_is_a_run_that_ends_now(file: Path, tmp_path: Path) -> None:
    """Numbered, with all tables and the picture, while the run itself goes on."""
    folder = tmp_path / "run"
    with working(file, "--speed", "1", "--run-dir", folder) as worker:
        worker.ask("pause")
        worker.ask("step", for_s=60)
        at_s = worker.view["at_s"]
        first = worker.ask("snapshot")["ok"]["directory"]
        worker.ask("step", for_s=1)
        second = worker.ask("snapshot")["ok"]["directory"]

        assert [Path(place).name for place in (first, second)] == ["0001", "0002"]
        stored = FinishedRun.open(Path(first))
        assert stored.report.horizon_s == at_s
        arrived = worker.view["deployments"][0]["counts"]["arrived"]
        assert 0 < len(stored.tables["requests"]) <= arrived
        assert (Path(first) / "timeline.png").exists()


def test_what_makes_no_sense_is_refused_and_changes_nothing(file: Path) -> None:
    """Each with words that say why."""
    with working(file, "--speed", "1") as worker:
        worker.ask("pause")
        before = shown(worker.view)
        for do, fields, words in (
            ("snapshot", {}, "--run-dir"),
            ("speed", {"speed": -1}, "above 0"),
            ("speed", {"speed": "fast"}, "max"),
            ("step", {"for_s": 0}, "above 0"),
            ("event", {"event": []}, "object"),
            ("event", {"event": {"event": "kill", "at": "1s"}}, "without at"),
            ("replicas", {"deployment": "x"}, "no deployment"),
            ("decisions", {"deployment": "x"}, "no deployment"),
            ("dance", {}, "no command"),
        ):
            assert words in worker.ask(do, **fields)["refused"]
        assert worker.ask("replace", rid="ri.a..b.c", runtimeConfiguration=CONFIGURATION)["fault"][
            "errorName"
        ] == ("LiveDeploymentNotFound")
        assert shown(worker.until_shown()) == before


def test_a_scenario_that_cannot_be_played_is_told(tmp_path: Path, file: Path) -> None:
    """One line that says why, and status 1; nothing is written."""
    (tmp_path / "bad.yaml").write_text("name: bad\n")
    for arguments, words in (
        ((tmp_path / "bad.yaml", "--run-dir", tmp_path / "run"), "horizon"),
        (("--resume", tmp_path / "run"), "no journal"),
        ((file, "--run-dir", tmp_path), "not empty"),
    ):
        worker = Process(*arguments)
        said = worker.line()
        assert said is not None
        assert words in said["failed"]
        assert worker.end() == 1
        assert not (tmp_path / "run").exists()


def test_it_ends_when_nobody_listens_any_more(file: Path) -> None:
    """A server that was killed leaves no process behind."""
    worker = Process(file)
    worker.until_shown()
    assert worker.end() == 0
