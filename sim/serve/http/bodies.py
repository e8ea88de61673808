"""The body of a request: read piece by piece, never more than allowed, and then as JSON."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from sim.serve.http.answers import CLIENT_GONE, ApiError, Empty, LastAnswer
from sim.strict_json import JsonTextError, parse_json
from sim.wire.errors import InvalidArgument, RequestEntityTooLarge
from sim.wire.models import WireObject
from sim.wire.violations import read

MAX_BODY_BYTES: Final = 50 * 1024**2
"""Source: Modeling Objective live deployment FAQ: 50 MB; as all their sizes, 1024-based."""
MAX_HELD_BYTES: Final = 8 * MAX_BODY_BYTES
"""Bodies in memory at a time, of all requests together; assumed."""
PIECE_S: Final = 30.0
"""How long a body's next piece may take to arrive."""
BODY_S: Final = 60.0
"""How long all of a body may take to arrive: 50 MiB at 7 Mbit/s."""
DRAIN_S: Final = 5.0
DRAIN_BYTES: Final = 2 * MAX_BODY_BYTES
"""What is still taken in of a body that is too large, so that its sender reads the answer."""
LARGE_BYTES: Final = 2**18
"""Size from which a body is read beside the event loop."""

M = TypeVar("M", bound=WireObject)


class Bodies:
    """Reads bodies, and knows how much of them is in memory."""

    def __init__(self) -> None:
        self._held_bytes = 0

    @asynccontextmanager
    async def content(
        self, request: Request, *, most_bytes: int = MAX_BODY_BYTES
    ) -> AsyncIterator[bytes]:
        """Give the body of *request* and count it as long as it is in use.

        Raises:
            EarlyAnswer: It is larger than *most_bytes*, there is no room for it, or it stops
                arriving.
        """
        pieces: list[bytes] = []
        size = 0
        stream = request.stream()
        ends_at_s = time.monotonic() + BODY_S
        try:
            async for piece in _pieces(stream, ends_at_s):
                size += len(piece)
                self._held_bytes += len(piece)
                if size > most_bytes:
                    pieces.clear()
                    await _drain(stream)
                    raise ApiError(RequestEntityTooLarge())
                if self._held_bytes > MAX_HELD_BYTES:
                    raise Empty(503, retry_after_s=1)
                pieces.append(piece)
            yield b"".join(pieces)
        finally:
            self._held_bytes -= size


async def _pieces(stream: AsyncIterator[bytes], ends_at_s: float) -> AsyncIterator[bytes]:
    while True:
        left_s = ends_at_s - time.monotonic()
        try:
            async with asyncio.timeout(min(PIECE_S, left_s)):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        except ClientDisconnect:
            raise Empty(CLIENT_GONE) from None
        except TimeoutError:
            reason = f"The body stopped arriving for {PIECE_S:.0f} seconds."
            if left_s < PIECE_S:
                reason = f"The body did not arrive within {BODY_S:.0f} seconds."
            raise LastAnswer(InvalidArgument(reason=reason)) from None
        yield piece


async def _drain(stream: AsyncIterator[bytes]) -> None:
    taken = 0
    try:
        async with asyncio.timeout(DRAIN_S):
            async for piece in stream:
                taken += len(piece)
                if taken > DRAIN_BYTES:
                    return
    except (TimeoutError, ClientDisconnect):
        return


async def json_of(content: bytes) -> Any:
    """Return the JSON data in *content*; None where it is empty.

    Raises:
        ApiError: It is not JSON.
    """
    if not content.strip():
        return None
    try:
        if len(content) >= LARGE_BYTES:
            return await asyncio.to_thread(parse_json, content)
        return parse_json(content)
    except JsonTextError as error:
        raise ApiError(InvalidArgument(reason=f"The body {error}")) from None


def object_of(model: type[M], data: Any) -> M:
    """Return the API's object that JSON *data* is.

    Raises:
        ApiError: It is another; the error tells the first thing that is wrong.
    """
    found = read(model, data)
    if isinstance(found, list):
        raise ApiError(found[0].fault)
    return found
