"""The first start on a machine, where no machine code is kept yet."""

import time
from pathlib import Path
from typing import Any

from servers import API, TOKEN, Server, serving

SHIPPED = Path(__file__).parents[3] / "scenarios" / "serve.yaml"
SOON_S = 2.0


def took_s(server: Server, method: str, path: str, body: dict[str, Any]) -> float:
    """Return how long a request takes that is answered with success."""
    began_s = time.monotonic()
    answer = server.ask(method, path, body, token=TOKEN)
    assert answer.status == 200, answer.body
    return time.monotonic() - began_s


def test_the_first_commands_after_a_first_start_are_answered_soon(tmp_path: Path) -> None:
    """Nothing is compiled while somebody waits, also where far more comes than was expected."""
    with serving(SHIPPED, "--speed", "60", NUMBA_CACHE_DIR=str(tmp_path / "empty")) as server:
        (one,) = (
            found["deployment"]
            for found in server.ask("GET", "/sim/state").data["deployments"]
            if found["name"] == "ranker"
        )
        path = f"{API}/{one['rid']}"
        burst = {"deployment": "ranker", "rate_per_s": 1e5, "for_s": 1}
        configuration = one["runtimeConfiguration"] | {"threadCount": 8}

        for found in (
            took_s(server, "POST", "/sim/traffic", burst),
            took_s(server, "POST", "/sim/fault", {"event": "publish", "deployment": "ranker"}),
            took_s(server, "PUT", f"{path}?preview=true", {"runtimeConfiguration": configuration}),
            took_s(server, "POST", "/sim/step", {"for_s": 0.1}),
            took_s(server, "POST", "/sim/reset", {}),
        ):
            assert found < SOON_S
        assert "compiling" not in server.log.read_text()
    assert not list(tmp_path.rglob("*.nbc"))
