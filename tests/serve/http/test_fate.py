"""Commands that are on their way when an end comes: nobody is told that they were left undone."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from servers import PLATFORM, USUAL, Server, serving


@pytest.mark.parametrize(
    ("operation", "end"),
    [
        ("replace", signal.SIGKILL),
        ("transformJson", signal.SIGKILL),
        ("create", signal.SIGTERM),
        ("disable", signal.SIGTERM),
    ],
)
def test_a_command_whose_fate_is_unknown_is_not_said_to_be_left_undone(
    operation: str, end: int
) -> None:
    """500 and not 503, which would make the SDKs send it again: by kill -9, and by an orderly end.

    The simulating process sleeps, so that the command is on its way to it when the end comes; woken
    by an orderly end, it carries the command out.
    """
    bodies: dict[str, Any] = {
        "replace": {"runtimeConfiguration": USUAL},
        "transformJson": {"input": {}},
        "create": {
            "deploymentType": {
                "type": "direct",
                "modelRid": "ri.models.main.model.ranker",
                "branch": "new",
            },
            "runtimeConfiguration": USUAL,
        },
    }
    with serving(PLATFORM) as server, ThreadPoolExecutor() as pool:
        worker = worker_of(server)
        os.kill(worker, signal.SIGSTOP)
        asked = pool.submit(server.call, operation, "endless", bodies.get(operation))
        time.sleep(1.0)
        assert not asked.done()
        if end == signal.SIGKILL:
            os.kill(worker, signal.SIGKILL)
        else:
            server.process.send_signal(end)
            time.sleep(0.5)
            os.kill(worker, signal.SIGCONT)

        answer = asked.result(timeout=30)

    assert (answer.status, answer.error) == (500, "Default:Internal")


def worker_of(server: Server) -> int:
    """Return the number of the simulating process."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    if not children.exists():
        pytest.skip("child processes are listed in /proc, which is not here")
    (worker,) = children.read_text().split()
    return int(worker)
