"""HTTP as it arrives: a request's head within limits of size and time, its body within one of time.

uvicorn's parser keeps a head of any size for any time; here one that is too large is answered 414
or 431 and one that is not HTTP 400. A connection is closed whose head or body does not end, whether
or not somebody reads it: most requests are answered without a look at their bodies.
"""

import asyncio
from typing import Final

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sim.serve.http.answers import json_text, new_instance_id
from sim.serve.http.bodies import BODY_S
from sim.wire.errors import InvalidArgument

MAX_URL_BYTES: Final = 2**14
MAX_HEAD_BYTES: Final = 2**16
HEAD_S: Final = 30.0
"""How long a connection may take from its first byte, or from being made, to a whole head."""

MESSAGE_S: Final = BODY_S + 10.0
"""How long a connection may take from a whole head to the end of its body, where that is not read.

Longer than a reader waits, so that a reader can still answer.
"""

_NOT_HTTP: Final = b"400 Bad Request"
_LONG_URL: Final = b"414 URI Too Long"
_LONG_HEAD: Final = b"431 Request Header Fields Too Large"


class _TooLargeError(Exception):
    """Ends the parsing of a head; uvicorn then calls `send_400_response`."""


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with limits for the head of a request, and for the time that its body takes."""

    _status = _NOT_HTTP
    _in_head = True
    _has_asked = False
    _head_bytes = 0
    _unfinished_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._expect_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        was_in_head = self._in_head
        super().data_received(data)
        if self._is_idle and not self.transport.is_closing():
            self._expect_head()  # empty lines are no request, and have ended uvicorn's own wait
        if self._in_head and was_in_head and not self.transport.is_closing():
            self._unfinished_bytes += len(data)
            if self._unfinished_bytes > MAX_HEAD_BYTES:
                self._status = _LONG_HEAD
                self.send_400_response("")

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes, self._unfinished_bytes = True, 0, 0
        self._expect_head()

    @override
    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MAX_URL_BYTES:
            self._status = _LONG_URL
            raise _TooLargeError

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._status = _LONG_HEAD
            raise _TooLargeError

    @override
    def on_headers_complete(self) -> None:
        self._in_head, self._has_asked = False, True
        super().on_headers_complete()
        self._wait(MESSAGE_S)

    @override
    def on_message_complete(self) -> None:
        self._stop_waiting()
        super().on_message_complete()

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer a head that cannot be used, and close: 400 with an error, others without."""
        body = b""
        if self._status is _NOT_HTTP:
            fault = InvalidArgument(reason="The request is not HTTP.")
            body = json_text(fault.envelope(new_instance_id()))
        kind = b"content-type: application/json\r\n" if body else b""
        head = b"HTTP/1.1 %s\r\n%scontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(head % (self._status, kind, len(body)) + body)
        self.transport.close()

    @property
    def _is_idle(self) -> bool:
        """Whether all is answered and nothing limits how long the connection stays."""
        waits = self._deadline is not None or self.timeout_keep_alive_task is not None
        return self._has_asked and self.cycle.response_complete and not waits

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._wait(HEAD_S)

    def _wait(self, limit_s: float) -> None:
        """Close the connection after *limit_s*, unless told before to stop waiting."""
        self._stop_waiting()
        self._deadline = self.loop.call_later(limit_s, self._give_up, limit_s)

    def _give_up(self, limit_s: float) -> None:
        if self.flow.read_paused and not self._in_head:
            self._wait(limit_s)  # it is the server that does not read: an earlier request waits
        else:
            self.transport.close()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
