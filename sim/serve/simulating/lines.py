"""Lines of JSON between the server and the simulating process, on standard input and output."""

import json
import os
import selectors
from typing import Final

from sim.serve.protocol.commands import AskedLine
from sim.serve.protocol.said import Said

_CHUNK_BYTES: Final = 2**20


class Lines:
    """Reads what has arrived without waiting longer than told; writes at once."""

    def __init__(self, source: int = 0, sink: int = 1) -> None:
        """Read from and write to file descriptors."""
        self.is_closed = False
        self._source, self._sink = source, sink
        self._parts: list[bytes] = []
        self._selector = selectors.DefaultSelector()
        os.set_blocking(source, False)
        self._selector.register(source, selectors.EVENT_READ)

    def read(self, wait_s: float) -> list[AskedLine]:
        """Return the commands that have arrived; if none has, wait for one so long at most."""
        found: list[AskedLine] = []
        if self.is_closed or not self._selector.select(wait_s):
            return found
        while chunk := self._chunk():
            head, newline, rest = chunk.partition(b"\n")
            self._parts.append(head)
            if newline:
                first = b"".join(self._parts)
                *whole, last = rest.split(b"\n")
                found += [json.loads(line) for line in (first, *whole) if line]
                self._parts = [last]
        return found

    def _chunk(self) -> bytes:
        try:
            chunk = os.read(self._source, _CHUNK_BYTES)
        except BlockingIOError:
            return b""
        self.is_closed = not chunk
        return chunk

    def write(self, *told: Said) -> None:
        """Write what is told, one a line."""
        text = b"".join(
            json.dumps(one, separators=(",", ":"), allow_nan=False).encode() + b"\n" for one in told
        )
        view = memoryview(text)
        while view:
            view = view[os.write(self._sink, view) :]
