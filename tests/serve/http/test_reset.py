"""Back to the beginning: the scenario as if nobody had done anything, without a new server."""

import time
from pathlib import Path

from servers import API, PLATFORM, TOKEN, USUAL, serving

SHIPPED = Path(__file__).parents[3] / "scenarios" / "serve.yaml"


def test_a_reset_brings_back_the_scenario_s_beginning() -> None:
    """Time, configurations, created deployments, what was switched; then it goes on from there."""
    with serving(PLATFORM, "--speed", "100") as server:
        server.ask("POST", "/sim/pause", {})
        before = server.ask("GET", "/sim/state").data
        server.call("replace", body={"runtimeConfiguration": USUAL | {"threadCount": 7}})
        server.call("start", "off")
        made = server.call(
            "create",
            body={
                "deploymentType": {
                    "type": "direct",
                    "modelRid": "ri.models.main.model.ranker",
                    "branch": "new",
                },
                "runtimeConfiguration": USUAL,
            },
        ).data["rid"]
        server.ask("POST", "/sim/step", {"for_s": 60})

        answer = server.ask("POST", "/sim/reset", {})

        assert (answer.status, answer.data["at_s"]) == (200, 0.0)
        state = server.ask("GET", "/sim/state").data
        assert (state["at_s"], state["paused"]) == (0.0, True)
        assert {one["name"] for one in state["deployments"]} == {
            one["name"] for one in before["deployments"]
        }
        assert server.call("get").data["runtimeConfiguration"]["threadCount"] == 32
        assert server.call("get", "off").data["status"]["state"] == "DISABLED"
        assert server.ask("GET", f"{API}/{made}?preview=true").status == 404
        server.ask("POST", "/sim/step", {"for_s": 30})
        last = server.ask("GET", "/sim/requests").data["calls"][-1]
        server.call("get")
        later = server.ask("GET", f"/sim/requests?after={last['number']}").data["calls"]
        assert [one["asked_at_s"] for one in later] == [30.0]


def test_after_a_reset_it_is_the_new_run_that_is_resumed(tmp_path: Path) -> None:
    """What was done before it is over; what was done after it is there."""
    folder = tmp_path / "run"
    with serving(PLATFORM, "--run-dir", folder) as server:
        server.call("replace", body={"runtimeConfiguration": USUAL | {"threadCount": 7}})
        server.ask("POST", "/sim/reset", {})
        server.call("replace", "fragile", {"runtimeConfiguration": USUAL | {"threadCount": 9}})
        server.stopped()

    with serving("--resume", folder) as server:
        threads = {
            name: server.call("get", name).data["runtimeConfiguration"]["threadCount"]
            for name in ("ranker", "fragile")
        }
    assert threads == {"ranker": 32, "fragile": 9}


def test_the_shipped_scenario_is_back_within_a_second() -> None:
    """The best of three, after ten simulated minutes."""
    with serving(SHIPPED, "--speed", "600") as server:
        server.ask("POST", "/sim/step", {"for_s": 600})
        took_s = []
        for _ in range(3):
            began_s = time.monotonic()
            assert server.ask("POST", "/sim/reset", {}).status == 200
            took_s.append(time.monotonic() - began_s)

    assert min(took_s) < 1.0


def test_a_reset_needs_every_scope() -> None:
    """As the other commands of the simulator's own."""
    with serving(PLATFORM) as server:
        assert server.ask("POST", "/sim/reset", {}, token=None).status == 401
        assert server.ask("POST", "/sim/reset", {"seed": 2}).status == 400
        assert server.ask("POST", "/sim/reset", {}, token=TOKEN).status == 200
