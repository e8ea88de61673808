"""A server of threads, and its own log: what a recording through a proxy is held against.

Requests wait in one line, in order of arrival, for one of so many threads. A thread holds a request
for the service that was drawn for its number, sleeping, so that neither cores nor Python's lock
decide when it is over. The log says when each came, when a thread took it, and how long that took.
Requests with a number below 0 are answered at once, and are not in the log.

Started as a program, so that the client's work does not delay it:
``python thread_server.py SOCKET LOG THREADS SEED COUNT``. It ends when its input is closed.
"""

import csv
import selectors
import socket
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import numpy as np
from numpy.typing import NDArray

MEAN_SERVICE_S: Final = 0.05
SERVICE_CV: Final = 0.6
"""Of a gamma law: some 50 ms, beside which waking a thread up in 0.1 ms is little."""

COLUMNS: Final = ("number", "arrival_at_s", "start_at_s", "service_ms")
"""Of the log: instants in seconds since 1970, to the microsecond."""

_Waiting = SimpleQueue[tuple[socket.socket, int, int] | None]


def services_s(seed: int, count: int) -> NDArray[np.float64]:
    """Return how long each request is to hold its thread, shape ``(count,)``."""
    shape = SERVICE_CV**-2
    return np.random.default_rng([seed, 1]).gamma(shape, MEAN_SERVICE_S / shape, count)


def serve(listener: socket.socket, log: Path, threads: int, service_s: NDArray[np.float64]) -> None:
    """Serve until the input is closed, then write the log, in order of arrival."""
    waiting: _Waiting = SimpleQueue()
    served: list[tuple[int, int, int, int]] = []
    workers = [
        threading.Thread(target=_work, args=(waiting, service_s, served)) for _ in range(threads)
    ]
    for worker in workers:
        worker.start()
    _accept(listener, waiting)
    for _ in workers:
        waiting.put(None)
    for worker in workers:
        worker.join()
    with log.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for arrival_ns, start_ns, end_ns, number in sorted(served):
            service_ms = (end_ns - start_ns) / 1e6
            row = (_seconds(arrival_ns), _seconds(start_ns), f"{service_ms:.3f}")
            writer.writerow((number, *row))


def _accept(listener: socket.socket, waiting: _Waiting) -> None:
    """Put each request in line as it comes, until the input is closed."""
    with selectors.DefaultSelector() as ready:
        ready.register(listener, selectors.EVENT_READ)
        ready.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj is listener:
                    connection, _ = listener.accept()
                    ready.register(connection, selectors.EVENT_READ, connection)
                    continue
                connection = key.data
                request = connection.recv(4096)  # small enough to come in one piece
                if request:
                    number = int(request.split(b" ", 2)[1].rpartition(b"/")[2])
                    waiting.put((connection, time.time_ns(), number))
                else:
                    ready.unregister(connection)
                    connection.close()


def _work(
    waiting: _Waiting,
    service_s: NDArray[np.float64],
    served: list[tuple[int, int, int, int]],
) -> None:
    while (request := waiting.get()) is not None:
        connection, arrival_ns, number = request
        start_ns = time.time_ns()
        time.sleep(service_s[number] if number >= 0 else 0.0)
        end_ns = time.time_ns()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        if number >= 0:
            served.append((arrival_ns, start_ns, end_ns, number))


def _seconds(at_ns: int) -> str:
    micros = (at_ns + 500) // 1000
    return f"{micros // 10**6}.{micros % 10**6:06d}"


if __name__ == "__main__":
    address, file, thread_count, seed, count = sys.argv[1:]
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(address)
        opened.listen(128)
        serve(opened, Path(file), int(thread_count), services_s(int(seed), int(count)))
