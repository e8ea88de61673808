"""The worker: the process that simulates, spoken to in lines of JSON.

Owns the process and the lines. What a command means is the worker's business; what an answer
means to a client is `sim.serve.http.answers`.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from typing import Any, Final, cast

from sim.errors import SimError
from sim.serve.http.answers import (
    ApiError,
    EarlyAnswer,
    Empty,
    RefusedByWorker,
    SenselessCommand,
    json_text,
)
from sim.serve.http.events import Hub
from sim.serve.http.view import View
from sim.serve.protocol.commands import STOP, A, Command, F, NoFields
from sim.serve.protocol.said import Ready, Reply, Said
from sim.wire.errors import Internal

MAX_LINE_BYTES: Final = 2**28
MAX_PENDING: Final = 10_000
"""Commands that may wait for their answers."""
LARGE_BYTES: Final = 2**18
"""Size from which commands are written beside the event loop."""
STOP_S: Final = 1.5
"""How long a worker may take to stop before it is killed; what it has answered is on disk."""


class WorkerError(SimError):
    """The worker cannot do what it is asked for."""


class WorkerProcess:
    """The simulating process and what it has last shown.

    Attributes:
        view: The newest view.
        at_s: The newest simulated instant that it has told, with a view or with an answer.
        ready: What it said when it could be spoken to.
        failure: Why it is not there any more; None: it is.
    """

    def __init__(self, process: asyncio.subprocess.Process, hub: Hub) -> None:
        """Speak to *process*, and tell its events to *hub*; `start` makes one."""
        self.view = View()
        self.at_s = 0.0
        self.ready = Ready(scenario="", models=[], limits={})
        self.failure: str | None = None
        self._refusal: str | None = None
        self._process = process
        self._hub = hub
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._last = 0
        self._is_ready = asyncio.Event()
        self._has_view = asyncio.Event()
        self.has_ended = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, command: Sequence[str], hub: Hub) -> "WorkerProcess":
        """Start *command* and return it as soon as it can be spoken to, or has died.

        Raises:
            WorkerError: It says that it cannot be done.
        """
        process = await asyncio.create_subprocess_exec(
            *command,
            "--parent",
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_LINE_BYTES,
            start_new_session=True,  # Ctrl-C is for this process, which tells the worker to stop
        )
        worker = cls(process, hub)
        try:
            await worker._is_ready.wait()
            await worker._has_view.wait()
        except asyncio.CancelledError:
            await worker.stop()
            raise
        if worker._refusal is not None:
            await worker.stop()
            raise WorkerError(worker._refusal)
        return worker

    @property
    def models(self) -> frozenset[str]:
        """The models that exist."""
        shown = {one.model_rid for one in self.view.deployments.values()}
        return frozenset(self.ready["models"]) | shown

    @property
    def is_alive(self) -> bool:
        """Whether commands are answered."""
        return self.failure is None

    async def ask(self, command: Command[F, A], fields: F, *, text_bytes: int = 0) -> A:
        """Send a command and return what it is answered with.

        Args:
            command: Which one.
            fields: What it says.
            text_bytes: About how long that is, where it may be long.

        Raises:
            EarlyAnswer: The worker refuses, or is not there: 503 says that it has not got the
                command. What has become of one that was sent and is not answered nobody knows: 500.
        """
        self._last += 1
        number = self._last
        line = command.line(number, fields)
        text = (
            await asyncio.to_thread(json_text, line)
            if text_bytes >= LARGE_BYTES
            else json_text(line)
        )
        if self.failure is not None or len(self._waiting) >= MAX_PENDING:
            raise Empty(503)
        self._waiting[number] = answered = asyncio.get_running_loop().create_future()
        try:
            await self._send(text)
            return cast("A", await answered)
        finally:
            self._waiting.pop(number, None)

    async def _send(self, text: bytes) -> None:
        stdin = self._process.stdin
        if stdin is None or stdin.is_closing():
            raise Empty(503)
        try:
            stdin.write(text + b"\n")
            await stdin.drain()
        except (ConnectionError, RuntimeError):
            raise ApiError(Internal()) from None  # some of it may have arrived

    async def stop(self) -> None:
        """End the process: by asking, by closing its input, by force.

        One that is not ready has nothing to put in order, and may compute for minutes.
        """
        try:
            async with asyncio.timeout(STOP_S if self._has_view.is_set() else 0):
                if self.is_alive:
                    await self.ask(STOP, NoFields())
                if self._process.stdin is not None:
                    self._process.stdin.close()
                await self._process.wait()
        except (TimeoutError, EarlyAnswer):
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
        await self._listening

    def refuse_waiting(self) -> None:
        """EarlyAnswer 500 to everyone who waits for the worker: their commands may be carried out.

        503 would tell the SDKs that they were not, and to send them again.
        """
        for answered in list(self._waiting.values()):
            if not answered.done():
                answered.set_exception(ApiError(Internal()))

    async def _listen(self) -> None:
        stdout = self._process.stdout
        try:
            while stdout is not None and (line := await stdout.readline()):
                self._take(json.loads(line))
            status = await self._process.wait()
            self._fail(f"the simulating process has ended with status {status}")
        except (ValueError, KeyError, TypeError) as error:
            kind = type(error).__name__
            self._fail(f"the simulating process does not speak the protocol ({kind})")
            self._process.kill()

    def _take(self, said: Said) -> None:
        if "view" in said:
            self.view = View.of(said["view"])
            self.at_s = self.view.at_s
            self._has_view.set()
        elif "events" in said:
            self._hub.tell(said["events"])
        elif "ready" in said:
            self.ready = said["ready"]
            self._is_ready.set()
        elif "failed" in said:
            self._refusal = said["failed"]
            self._fail(said["failed"])
        elif "id" in said:  # a newer process may say more
            self.at_s = said.get("at_s", self.at_s)
            self._settle(self._waiting.get(said["id"]), said)

    @staticmethod
    def _settle(answered: asyncio.Future[Any] | None, said: Reply) -> None:
        if answered is None or answered.done():
            return
        if "ok" in said:
            answered.set_result(said["ok"])
        elif "fault" in said:
            answered.set_exception(RefusedByWorker(said["fault"]))
        elif "refused" in said:
            answered.set_exception(
                SenselessCommand(said["refused"], status=said.get("status", 400))
            )
        else:
            answered.set_exception(Empty(said["status"]))

    def _fail(self, reason: str) -> None:
        self.failure = self.failure or reason
        self.has_ended.set()
        self.refuse_waiting()
        self._hub.close()
        self._is_ready.set()
        self._has_view.set()
