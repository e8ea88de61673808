"""The simulating process as the server has it: lines of JSON to and from it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Process:
    """A running `python -m sim.serve.simulating`."""

    def __init__(self, *arguments: str | Path) -> None:
        """Start it; nothing has been read yet."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sim.serve.simulating", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.view: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.said: list[dict[str, Any]] = []
        self._number = 0

    def line(self) -> dict[str, Any] | None:
        """Return the next line that is no view and no event; None at the end."""
        assert self.process.stdout is not None
        while text := self.process.stdout.readline():
            said: dict[str, Any] = json.loads(text)
            self.said.append(said)
            if "view" in said:
                self.view = said["view"]
                return said
            if "events" in said:
                self.events += said["events"]
                continue
            return said
        return None

    def until_shown(self) -> dict[str, Any]:
        """Return the next view."""
        while (said := self.line()) is not None:
            if "view" in said:
                return self.view
        raise AssertionError(self.complaint())

    def send(self, do: str, **fields: Any) -> int:
        """Send a command and return its number."""
        assert self.process.stdin is not None
        self._number += 1
        command = {"id": self._number, "do": do, **fields}
        self.asked.append(command)
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()
        return self._number

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        number = self.send(do, **fields)
        while (said := self.line()) is not None:
            if said.get("id") == number:
                return said
        raise AssertionError(self.complaint())

    def complaint(self) -> str:
        """Return what it has said on stderr, after its end."""
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def end(self) -> int:
        """Close its input and return its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        status = self.process.wait(timeout=30)
        self.close()
        return status

    def close(self) -> None:
        """Close what is open of its pipes."""
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


@contextmanager
def working(*arguments: str | Path) -> Iterator[Process]:
    """Give a process that has shown its first view."""
    process = Process(*arguments)
    try:
        process.until_shown()
        yield process
    finally:
        process.process.kill()
        process.process.wait()
        process.close()
