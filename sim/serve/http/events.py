"""The event stream: what the worker tells, to everyone who listens.

Nobody waits for a slow reader: one that falls too far behind is dropped, and may come back with the
last identifier that it saw, as long as the events since then are remembered.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Final

from sim.serve.http.answers import json_text
from sim.serve.protocol.events import StreamEvent

REMEMBERED: Final = 10_000
"""Events that a returning reader can still get."""
BEHIND: Final = 1_000
"""Events that a reader may be behind."""
MAX_READERS: Final = 100
KEEP_ALIVE_S: Final = 15.0
"""After so long without an event a comment is sent, so that proxies keep the connection."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event with its number in the stream, from 1."""

    number: int
    text: bytes


class Reader:
    """One listener's events that are still to be sent."""

    def __init__(self, waiting: Iterable[Event]) -> None:
        self.waiting: deque[Event] = deque(waiting)
        self.woken = asyncio.Event()
        self.is_dropped = False


class Hub:
    """Hands events on to the readers there are."""

    def __init__(self) -> None:
        self._recent: deque[Event] = deque(maxlen=REMEMBERED)
        self._readers: set[Reader] = set()
        self._last = 0
        self._is_closed = False

    @property
    def is_full(self) -> bool:
        """Whether no further reader is taken."""
        return len(self._readers) >= MAX_READERS

    def tell(self, events: Iterable[StreamEvent]) -> None:
        """Hand *events* on, named by their kinds; drop the readers that are too far behind."""
        for data in events:
            self._last += 1
            event = Event(self._last, _text(self._last, data))
            self._recent.append(event)
            for reader in self._readers:
                reader.waiting.append(event)
        for reader in [one for one in self._readers if len(one.waiting) > BEHIND]:
            reader.is_dropped = True
            reader.waiting.clear()
            self._readers.discard(reader)
            reader.woken.set()
        for reader in self._readers:
            if reader.waiting:
                reader.woken.set()

    def close(self) -> None:
        """End every stream when what it waits for has been sent."""
        self._is_closed = True
        for reader in self._readers:
            reader.woken.set()

    async def stream(self, *, after: int | None) -> AsyncIterator[bytes]:
        """Yield the stream's text; with *after*, the remembered events above that number first."""
        old = () if after is None else (event for event in self._recent if event.number > after)
        reader = Reader(old)
        if reader.waiting:
            reader.woken.set()
        self._readers.add(reader)
        try:
            yield b": events of the simulation\n\n"
            while not reader.is_dropped:
                async for text in self._next(reader):
                    yield text
                if self._is_closed and not reader.waiting:
                    return
        finally:
            self._readers.discard(reader)

    async def _next(self, reader: Reader) -> AsyncIterator[bytes]:
        if self._is_closed:
            reader.woken.set()
        try:
            await asyncio.wait_for(reader.woken.wait(), KEEP_ALIVE_S)
        except TimeoutError:
            yield b": still here\n\n"
            return
        reader.woken.clear()
        while reader.waiting:
            yield reader.waiting.popleft().text


def _text(number: int, data: StreamEvent) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, data["kind"].encode(), json_text(data))
