"""Wrong secrets: after the first few of a minute, each from the same address waits for its answer.

A secret of `sim token` cannot be guessed at any speed; one that somebody has chosen may be. So
wrong ones wait, only so many of an address do so at a time, and with all places taken nothing more
from there is looked at. Right secrets do not wait.
"""

import asyncio
import ipaddress
import time
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from fastapi import Request

from sim.serve.http.answers import Empty

FREE: Final = 20
"""Wrong secrets of an address in `WINDOW_S` that are answered at once."""
WINDOW_S: Final = 60.0
WAIT_S: Final = 0.25
"""How long each further one waits for its answer."""
PLACES: Final = 32
"""How many of an address wait at a time: 128 guesses a second at most."""
MAX_ADDRESSES: Final = 10_000
"""Addresses that are remembered; beyond them the one that was quiet for longest is forgotten."""
REMEMBERED: Final = 1_000
"""Addresses that need not be read anew for each request."""
NETWORK_BITS: Final = 64
"""What one owner has of IPv6 at least, so that its addresses count as one."""


@dataclass(slots=True)
class _Guesser:
    """One address: when its newest wrong secrets came, and how many of them wait."""

    wrong_at_s: deque[float] = field(default_factory=lambda: deque(maxlen=FREE))
    waiting: int = 0


class Guesses:
    """Counts wrong secrets, by the address that they come from."""

    def __init__(self) -> None:
        """Remember none."""
        self._guessers: dict[str, _Guesser] = {}

    def require_room(self, address: str) -> None:
        """Refuse to look at a secret from *address* while too many wrong ones of it wait.

        Raises:
            Empty: 429, with the seconds after which there is room.
        """
        found = self._guessers.get(address)
        if found is not None and found.waiting >= PLACES:
            raise Empty(429, retry_after_s=1)

    async def wrong(self, address: str) -> None:
        """Count a wrong secret from *address*, and wait if it is not among the first."""
        found = self._guessers.pop(address, None) or _Guesser()
        self._guessers[address] = found  # the newest stands last
        if len(self._guessers) > MAX_ADDRESSES:
            del self._guessers[next(iter(self._guessers))]
        now_s, recent = time.monotonic(), found.wrong_at_s
        is_free = len(recent) < FREE or recent[0] <= now_s - WINDOW_S
        recent.append(now_s)
        if is_free:
            return
        found.waiting += 1
        try:
            await asyncio.sleep(WAIT_S)
        finally:
            found.waiting -= 1


def address_of(request: Request) -> str:
    """Return the address that *request* comes from, of IPv6 its network."""
    return _counted_as("" if request.client is None else request.client.host)


@lru_cache(maxsize=REMEMBERED)
def _counted_as(host: str) -> str:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), NETWORK_BITS), strict=False))
