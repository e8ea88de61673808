"""A recording end to end: a client, a real nginx, and a server of threads, with both their logs.

``python tests/recordings/make.py FOLDER --count 10000 --seed 17`` writes `access.log.gz`, as nginx
logs it, `server.csv.gz`, the server's own log, and `about.json`: machine, command and date.
Requests come at seeded instants, each on a connection that is free: none waits at the client.
Everything is spoken over sockets in a folder: no port is taken, and no rights are needed.
"""

import argparse
import asyncio
import gzip
import json
import os
import platform
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

SUPPORT: Final = Path(__file__).parent.parent / "support"

THREADS: Final = 4
RATE_PER_S: Final = 60.0
"""With services of 50 ms, 3 of 4 threads are busy on average: enough that requests wait."""

UNLOGGED: Final = -1
"""Number of the requests that come before all others, so that all programs are awake."""

NO_NGINX: Final = "there is no nginx on this machine: apt-get install nginx"

CONFIGURATION: Final = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    log_format timed '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent '
                     '"-" "-" rt=$request_time msec=$msec';
    access_log {folder}/access.log timed;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000;
    keepalive_timeout 1d;
    upstream threads {{
        server unix:{folder}/server.sock;
        keepalive 256;
        keepalive_requests 1000000;
        keepalive_timeout 1d;
    }}
    server {{
        listen unix:{folder}/nginx.sock;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        location / {{ proxy_pass http://threads; }}
        location = /score/{unlogged} {{ access_log off; proxy_pass http://threads; }}
    }}
}}
"""


def record(folder: Path, *, count: int, seed: int) -> None:
    """Record *count* requests into `access.log` and `server.csv` of *folder*.

    Raises:
        FileNotFoundError: There is no nginx.
        RuntimeError: A program did not start, or a request was not answered.
    """
    nginx = _nginx()
    with tempfile.TemporaryDirectory(prefix="sim-") as made:  # names of sockets are to be short
        here = Path(made)
        (here / "nginx.conf").write_text(
            CONFIGURATION.format(folder=here, unlogged=UNLOGGED), encoding="utf-8"
        )
        server = [sys.executable, str(SUPPORT / "thread_server.py"), str(here / "server.sock")]
        server += [str(here / "server.csv"), str(THREADS), str(seed), str(count)]
        front = [nginx, "-p", made, "-c", str(here / "nginx.conf"), "-e", str(here / "error.log")]
        with _running(server, here / "server.sock"), _running(front, here / "nginx.sock"):
            asyncio.run(_send(here / "nginx.sock", arrivals_s(seed, count)))
        for name in ("access.log", "server.csv"):
            shutil.copyfile(here / name, folder / name)


def nginx_path() -> str | None:
    """Return the path of nginx, which is not on everybody's path; None: there is none."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def _nginx() -> str:
    """Return the path of nginx.

    Raises:
        FileNotFoundError: There is none.
    """
    found = nginx_path()
    if found is None:
        raise FileNotFoundError(NO_NGINX)
    return found


def arrivals_s(seed: int, count: int) -> NDArray[np.float64]:
    """Return when each request is sent after the first: a Poisson process, shape ``(count,)``."""
    return np.random.default_rng([seed, 0]).exponential(1 / RATE_PER_S, count).cumsum()


@contextmanager
def _running(command: list[str], opens: Path) -> Iterator[None]:
    """Run a program from when it listens on; end it by closing its input, or by a signal.

    Raises:
        RuntimeError: It does not listen within 10 s.
    """
    with subprocess.Popen(command, stdin=subprocess.PIPE) as program:
        try:
            give_up_at_s = time.monotonic() + 10
            while not _listens(opens):
                if program.poll() is not None or time.monotonic() > give_up_at_s:
                    raise RuntimeError(f"does not listen: {shlex.join(command)}")
                time.sleep(0.01)
            yield
        finally:
            if "nginx" in Path(command[0]).name:
                program.terminate()


def _listens(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        return asked.connect_ex(str(address)) == 0


async def _send(address: Path, send_at_s: NDArray[np.float64]) -> None:
    """Send each request at its instant and wait for all answers.

    Raises:
        RuntimeError: One is not as it should be.
    """
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    clock = asyncio.get_running_loop().time

    async def ask(number: int) -> None:
        reader, writer = free.pop() if free else await asyncio.open_unix_connection(address)
        writer.write(f"GET /score/{number} HTTP/1.1\r\nHost: recorded\r\n\r\n".encode())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
        except asyncio.IncompleteReadError as error:
            head = error.partial
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"request {number} was answered {head[:12]!r}")
        free.append((reader, writer))

    await asyncio.gather(*(ask(UNLOGGED) for _ in range(4 * THREADS)))
    begin_s = clock() + 0.1
    asked = []
    for number, at_s in enumerate(send_at_s.tolist()):
        await asyncio.sleep(max(0.0, begin_s + at_s - clock()))
        asked.append(asyncio.create_task(ask(number)))
    await asyncio.gather(*asked)
    for _, writer in free:
        writer.close()
        await writer.wait_closed()


def _about(command: str) -> dict[str, object]:
    asked = subprocess.run([_nginx(), "-v"], capture_output=True, text=True, check=True)
    version = asked.stderr.strip().rpartition(" ")[2]
    return {
        "command": command,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{_processor()}, {platform.system()} {platform.release()}",
        "programs": f"{version}, Python {platform.python_version()}",
        "threads": THREADS,
    }


def _processor() -> str:
    """Return what the processor is called, as Linux has it."""
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = [line.partition(":")[2].strip() for line in described if line.startswith("model name")]
    return f"{len(named)} x {named[0]}" if named else platform.machine()


def main() -> int:
    """Record as the options say; return the exit status."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=17)
    options.add_argument("--ahead", action="store_true", help="of other programs; needs rights")
    given = options.parse_args()
    if given.ahead:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(20))
    given.folder.mkdir(parents=True, exist_ok=True)
    try:
        record(given.folder, count=given.count, seed=given.seed)
    except (FileNotFoundError, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for name in ("access.log", "server.csv"):
        plain = given.folder / name
        packed = gzip.compress(plain.read_bytes(), 9, mtime=0)
        plain.with_name(f"{name}.gz").write_bytes(packed)
        plain.unlink()
    about = _about(f"python tests/recordings/make.py {shlex.join(sys.argv[1:])}")
    text = json.dumps(about, indent=2) + "\n"
    (given.folder / "about.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
