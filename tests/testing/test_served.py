"""Scenarios that are served for a test: ready to be talked to, and gone when the test is."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

import sim.testing
from sim.testing import serving
from sim.testing.served import NotServedError, Serve

SCENARIO: dict[str, Any] = {
    "name": "for tests of clients",
    "horizon": "10min",
    "deployments": [
        {
            "name": "ranker",
            "initial": {"responsive": 1},
            "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 2},
            "replica": {"container_start": "1s", "model_load": "1s", "image": "0B"},
            "request": {"wait": "100ms"},
        },
        {
            "name": "off",
            "initial": "disabled",
            "runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 2},
        },
    ],
}

served_scenario = sim.testing.served_scenario


def test_a_served_scenario_is_ready_to_be_talked_to(served_scenario: Serve) -> None:
    """With a token that may do everything, the SDK's client, and the simulator's own routes."""
    served = served_scenario(SCENARIO)
    rid = served.rid("ranker")
    served.until_ready()

    found = served.client.models.LiveDeployment.get(rid, preview=True)
    began = served.post("/sim/pause")
    ended = served.post("/sim/step", {"for_s": 30})

    assert found.status.state == "ACTIVE"
    assert ended["at_s"] == pytest.approx(began["at_s"] + 30)
    (call,) = served.requests()
    assert (call["operation"], call["rid"], call["status"]) == ("get", rid, 200)
    assert served.requests(after=1) == []


def test_two_can_be_served_at_a_time(served_scenario: Serve, tmp_path: Path) -> None:
    """Each on a port of its own, with a token of its own; from a file, with more options."""
    first = served_scenario(SCENARIO, speed="max")
    file = tmp_path / "other.yaml"
    file.write_text(
        "name: other\nhorizon: 1min\ndeployments:\n"
        "  - {name: b, runtimeConfiguration: {minReplicas: 1, maxReplicas: 1}}\n"
    )
    second = served_scenario(file, "--run-dir", str(tmp_path / "run"), speed=1)

    assert first.address != second.address
    assert first.get("/sim/health")["scenario"] == "for tests of clients"
    assert second.get("/sim/health")["scenario"] == "other"
    second.token = first.token
    with pytest.raises(NotServedError, match="answered 401"):
        second.rid("b")
    assert (tmp_path / "run" / "journal.jsonl").exists()


def test_it_ends_with_its_block() -> None:
    """The process is gone, in order."""
    with serving(SCENARIO) as served:
        process = served._process
        assert process.poll() is None

    assert process.returncode == 0


def test_it_ends_with_whoever_runs_the_tests() -> None:
    """Killed with -9, the tests leave no server behind."""
    script = textwrap.dedent(
        f"""
        import sys, time
        from sim.testing import serving
        with serving({SCENARIO!r}) as served:
            print(served._process.pid, flush=True)
            time.sleep(60)
        """
    )
    tests = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert tests.stdout is not None
    server = int(tests.stdout.readline())

    tests.kill()
    tests.wait()
    tests.stdout.close()

    ends_at_s = time.monotonic() + 20
    while is_running(server):
        assert time.monotonic() < ends_at_s
        time.sleep(0.05)


def is_running(process: int) -> bool:
    """Return whether a process that is nobody's child here runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_what_cannot_be_served_is_told(tmp_path: Path) -> None:
    """In the words of `sim serve`."""
    with (
        pytest.raises(NotServedError, match="no such file"),
        serving(tmp_path / "nowhere.yaml"),
    ):
        pass


def test_what_does_not_become_ready_is_told(served_scenario: Serve) -> None:
    """With the names of the deployments that do not serve."""
    served = served_scenario(SCENARIO)
    served.post("/sim/pause")
    served.client.models.LiveDeployment.start(served.rid("off"), preview=True)

    with pytest.raises(NotServedError, match="off"):
        served.until_ready(within_s=0.2)
    served.post("/sim/resume")
    served.until_ready()


def test_what_is_not_there_is_told(served_scenario: Serve) -> None:
    """A deployment by its name, a route by its answer."""
    served = served_scenario(SCENARIO)

    with pytest.raises(NotServedError, match="no deployment 'nobody'"):
        served.rid("nobody")
    with pytest.raises(NotServedError, match="GET /sim/nowhere is answered 404"):
        served.get("/sim/nowhere")
    with pytest.raises(NotServedError, match="above 0"):
        served.post("/sim/step", {"for_s": -1})


def test_a_server_that_was_ended_from_outside_needs_no_end() -> None:
    """Its block ends all the same."""
    with serving(SCENARIO) as served:
        served._process.send_signal(signal.SIGKILL)
        served._process.wait()

    assert served._process.returncode == -signal.SIGKILL


def test_the_package_has_no_other_names() -> None:
    """A misspelt one is an error, as of any module."""
    with pytest.raises(AttributeError, match="has no attribute 'served_scenarios'"):
        getattr(sim.testing, "served_scenarios")  # noqa: B009 - as a typing mistake would
