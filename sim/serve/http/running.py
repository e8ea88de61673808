"""A server from its beginning to its end: socket, worker, HTTP, and an orderly stop."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import uvicorn
from typing_extensions import override

from sim.errors import SimError
from sim.serve.http.access_log import log_requests
from sim.serve.http.app import make_app
from sim.serve.http.bodies import Bodies
from sim.serve.http.checks import ServerState
from sim.serve.http.connection import BoundedProtocol
from sim.serve.http.events import Hub
from sim.serve.http.gate import Gate
from sim.serve.http.hosts import Hosts
from sim.serve.http.rates import RateLimits
from sim.serve.http.tokens import TokensFile
from sim.serve.http.users import User
from sim.serve.http.view import View
from sim.serve.http.worker_process import WorkerProcess

GRACE_S: Final = 1
"""How long requests may take to end when the server does."""
BACKLOG: Final = 2048


class ServeError(SimError):
    """The server cannot be started as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to serve.

    Attributes:
        command: What starts the worker.
        host: Where to listen.
        port: The port; 0: one that is free.
        tokens: Who is known, and how much each may ask.
        extra: Tokens besides, with their users.
        access_log: Whether each request is logged, without its query and body.
        allowed_hosts: Names by which requests may call the server, besides its own.
    """

    command: Sequence[str]
    host: str = "127.0.0.1"
    port: int = 8080
    tokens: TokensFile = field(default_factory=TokensFile)
    extra: Sequence[tuple[str, User]] = ()
    access_log: bool = False
    allowed_hosts: Sequence[str] = ()


Announce = Callable[[str, View], None]
"""Called with the address and the first view when connections are accepted."""


async def serve(settings: Settings, announce: Announce, stop: asyncio.Event) -> str | None:
    """Serve until *stop* is set; return why the simulation has ended, if it has before.

    When the simulating process ends, so does this: a supervisor is to see it.

    Raises:
        SimError: The address cannot be listened on, or the worker does not start.
    """
    listener = _listen(settings.host, settings.port)
    hub = Hub()
    try:
        worker = await _started(settings.command, hub, stop)
    except BaseException:
        listener.close()
        raise
    if worker is None or not worker.is_alive:
        listener.close()
        return None if worker is None else await _dead(worker)
    limits = settings.tokens.limits
    service = ServerState(
        worker=worker,
        gate=Gate(settings.tokens, settings.extra),
        rates=RateLimits(limits),
        bodies=Bodies(),
    )
    config = uvicorn.Config(
        make_app(service, hub, Hosts(settings.host, settings.allowed_hosts)),
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=settings.access_log,
        server_header=False,
        proxy_headers=False,  # or a guesser gives itself another address with every request
        headers=[("Cross-Origin-Resource-Policy", "same-origin")],
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config, lambda: announce(_address(listener, settings.host), worker.view))
    ending = asyncio.create_task(_end(server, worker, hub, stop))
    try:
        await server.serve(sockets=[listener])
    finally:
        stop.set()
        failure = await ending
    return failure


async def _started(command: Sequence[str], hub: Hub, stop: asyncio.Event) -> WorkerProcess | None:
    """Return the worker, or None if *stop* is set before it is ready."""
    starting = asyncio.create_task(WorkerProcess.start(command, hub))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if starting.done():
        return starting.result()
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting
    return None


async def _dead(worker: WorkerProcess) -> str | None:
    """Return why a worker has ended before it could be spoken to."""
    await worker.stop()
    return worker.failure


async def _end(
    server: uvicorn.Server, worker: WorkerProcess, hub: Hub, stop: asyncio.Event
) -> str | None:
    """When *stop* is set or the worker dead, end everything: connections, server, worker.

    Return why the worker is dead, None if it was not. It ends while the last answers go out.
    """
    waits = [asyncio.create_task(event.wait()) for event in (stop, worker.has_ended)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    failure = worker.failure
    server.should_exit = True
    hub.close()
    worker.refuse_waiting()
    await worker.stop()
    return failure


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own, which says when it accepts connections."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to the address.

    Raises:
        ServeError: It cannot be.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # Said to be TCP, so that asyncio sends answers at once and not when the last is confirmed.
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServeError(f"cannot listen on {host}: {error.strerror or error}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.setblocking(False)  # noqa: FBT003 - sockets take no keyword
    except OSError as error:
        listener.close()
        raise ServeError(f"cannot listen on {host}, port {port}: {error.strerror}") from None
    return listener


def _address(listener: socket.socket, host: str) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(settings: Settings, announce: Announce) -> str | None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP; return why the simulation has ended, if it has before.

    Raises:
        SimError: The address cannot be listened on, or the worker does not start.
    """
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.ERROR)
    if settings.access_log:
        log_requests()

    async def until_signalled() -> str | None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                loop.add_signal_handler(number, stop.set)
        return await serve(settings, announce, stop)

    return asyncio.run(until_signalled())
