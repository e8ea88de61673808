"""A process that ends with its parent: told by the system, or by looking."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from serve.http.test_ends import AT_ONCE_S, is_alive, until

CHILD = """
import os, sys, time
from sim.serve.simulating import lifeline
if sys.argv[1] == "looks":
    lifeline._ask_system = lambda: False
lifeline.end_with(int(sys.argv[2]))
print(os.getpid(), flush=True)
while True:
    pass
"""
PARENT = """
import os, subprocess, sys, time
parent = os.getpid() if sys.argv[3] == "right" else 2**22 - 1
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2], str(parent)])
print(child.wait(), flush=True)
"""


@pytest.mark.parametrize("how", ["told", "looks"])
def test_a_process_ends_with_its_parent_amid_a_computation(how: str) -> None:
    """By a signal where the system sends one, else because a thread looks."""
    if not Path("/proc").exists():
        pytest.skip("processes are looked up in /proc, which is not here")
    command = [sys.executable, "-c", PARENT, CHILD, how, "right"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.3)
        assert is_alive(child)
        parent.kill()

        assert until(lambda: not is_alive(child), AT_ONCE_S)


@pytest.mark.parametrize("how", ["told", "looks"])
def test_a_process_whose_parent_has_ended_before_does_not_begin(how: str) -> None:
    """The system tells only of ends to come: so it looks once."""
    command = [sys.executable, "-c", PARENT, CHILD, how, "wrong"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)

    assert done.stdout == "1\n"
