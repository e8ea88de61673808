"""The official TypeScript transport works with a served scenario; see tests/typescript.

The registry has no `@osdk/foundry.models` with live deployments (the newest is 2.38.0), and newer
`@osdk/client` than 2.22.0 do not install from it, so the transport is given the operations by hand.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from servers import RANKER, TOKEN, USUAL, Server

FOLDER = Path(__file__).parents[2] / "typescript"
UNKNOWN = "ri.foundry-ml-live.main.live-deployment.unknown"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (FOLDER / "node_modules").exists(),
        reason="the packages are not there: npm ci --prefix tests/typescript",
    ),
]


def test_the_transport_gets_replaces_starts_and_is_refused(server: Server) -> None:
    """Objects as they are, nothing for a 204, and the error with its name and parameters."""
    done = subprocess.run(
        ["node", FOLDER / "transport.mjs", server.address, TOKEN, RANKER, UNKNOWN],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["got"]["rid"] == RANKER
    assert found["replaced"]["runtimeConfiguration"] == USUAL | {
        "threadCount": 24,
        "environmentVariables": {},
        "sources": [],
    }
    assert found["started"] is None
    refused = found["refused"]
    assert refused.pop("instance")
    assert refused == {
        "type": "PalantirApiError",
        "name": "LiveDeploymentNotFound",
        "code": "NOT_FOUND",
        "status": 404,
        "parameters": {"liveDeploymentRid": UNKNOWN},
    }
