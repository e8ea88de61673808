"""The event stream from inside: who gets what, who is dropped, and how it ends."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from typing import Any, cast

import pytest

from sim.serve.http import events as streaming
from sim.serve.http.events import Hub
from sim.serve.protocol.events import ReplicaChanged, StatusChanged

BEGIN = b": events of the simulation\n\n"


def numbers(texts: list[bytes]) -> list[int]:
    """Return the numbers of the events in texts of a stream."""
    return [int(text.split(b"\n")[0].removeprefix(b"id: ")) for text in texts if text[:2] == b"id"]


def moved(number: int) -> ReplicaChanged:
    """Return the event of a replica of that number."""
    return ReplicaChanged(
        at_s=1.0,
        kind="replica",
        deployment="a",
        replica=number,
        revision=0,
        before=None,
        after="QUEUED",
        reason="asked for",
        code="asked_for",
    )


def told(hub: Hub, count: int) -> None:
    """Tell so many events, one after the other."""
    for number in range(count):
        hub.tell([moved(number)])


async def opened(hub: Hub, after: int | None = None) -> AsyncIterator[bytes]:
    """Return a stream that has begun."""
    stream = hub.stream(after=after)
    assert await anext(stream) == BEGIN
    return stream


async def rest(stream: AsyncIterator[bytes]) -> list[bytes]:
    """Return all texts up to the stream's end."""
    return [text async for text in stream]


def run(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Play to the end, within a time."""

    async def bounded() -> None:
        async with asyncio.timeout(10):
            await play()

    asyncio.run(bounded())


def test_a_reader_gets_what_is_told_from_then_on() -> None:
    """Numbered from 1, as one line of JSON; what was told before is not for it."""

    async def play() -> None:
        hub = Hub()
        told(hub, 2)
        stream = await opened(hub)
        status = StatusChanged(
            at_s=2.0, kind="status", deployment="a", state="ACTIVE", isReady=True
        )
        hub.tell([status])
        hub.close()

        (text,) = await rest(stream)
        lines = text.decode().splitlines()
        assert lines[0] == "id: 3"
        assert lines[1] == "event: status"
        assert lines[2] == (
            'data: {"at_s":2.0,"kind":"status","deployment":"a","state":"ACTIVE","isReady":true}'
        )

    run(play)


@pytest.mark.parametrize(("after", "expected"), [(0, [1, 2, 3]), (1, [2, 3]), (3, []), (9, [])])
def test_a_reader_that_comes_back_gets_what_it_missed(after: int, expected: list[int]) -> None:
    """Those behind the number that it saw last, and not that one again."""

    async def play() -> None:
        hub = Hub()
        told(hub, 3)
        stream = await opened(hub, after=after)
        hub.close()

        assert numbers(await rest(stream)) == expected

    run(play)


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest."""
    monkeypatch.setattr(streaming, "REMEMBERED", 2)

    async def play() -> None:
        hub = Hub()
        told(hub, 5)
        stream = await opened(hub, after=0)
        hub.close()

        assert numbers(await rest(stream)) == [4, 5]

    run(play)


@pytest.mark.parametrize(("count", "expected"), [(3, [1, 2, 3]), (4, [])])
def test_who_is_too_far_behind_is_dropped(
    monkeypatch: pytest.MonkeyPatch, count: int, expected: list[int]
) -> None:
    """With more than three that wait; the stream ends, and its place is free."""
    monkeypatch.setattr(streaming, "BEHIND", 3)
    monkeypatch.setattr(streaming, "MAX_READERS", 1)

    async def play() -> None:
        hub = Hub()
        stream = await opened(hub)
        told(hub, count)
        is_dropped = not hub.is_full
        hub.close()

        assert is_dropped == (not expected)
        assert numbers(await rest(stream)) == expected

    run(play)


def test_a_place_is_free_again_when_its_reader_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two readers are all that there may be; one of them closes its stream."""
    monkeypatch.setattr(streaming, "MAX_READERS", 2)

    async def play() -> None:
        hub = Hub()
        streams = [cast("AsyncGenerator[bytes]", hub.stream(after=None)) for _ in range(2)]
        found = [hub.is_full]
        for stream in streams:
            await anext(stream)
            found.append(hub.is_full)
        await streams[0].aclose()
        found.append(hub.is_full)
        await streams[1].aclose()

        assert found == [False, False, True, False]

    run(play)


def test_a_stream_that_ends_gives_all_that_it_still_has() -> None:
    """Told and closed before the reader looks; one that comes later ends at once."""

    async def play() -> None:
        hub = Hub()
        stream = await opened(hub)
        told(hub, 2)
        hub.close()

        assert numbers(await rest(stream)) == [1, 2]
        assert numbers(await rest(await opened(hub))) == []

    run(play)


def test_a_quiet_stream_is_kept_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a comment from time to time."""
    monkeypatch.setattr(streaming, "KEEP_ALIVE_S", 0.01)

    async def play() -> None:
        hub = Hub()
        stream = await opened(hub)

        assert await anext(stream) == b": still here\n\n"
        told(hub, 1)
        assert numbers([await anext(stream)]) == [1]

    run(play)
