"""Clients that send a byte now and then: each request has its time, whoever is to read it."""

import socket
import time
from collections.abc import Iterator

import pytest

from servers import API, PLATFORM, RANKER, TOKEN, Server, serving

BODY_S, HEAD_S, SPARE_S = 1.5, 2.0, 1.0
QUICK = f"""
from sim.serve.http import bodies
bodies.BODY_S = {BODY_S}
from sim.serve.http import connection
connection.HEAD_S = {HEAD_S}
connection.MESSAGE_S = {BODY_S + SPARE_S}
from sim.__main__ import main
main()
"""
"""`sim` with limits that a test can wait for."""

HEAD = f"Host: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 1000\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server with short limits."""
    with serving(PLATFORM, program=("-c", QUICK)) as found:
        yield found


def dripped(server: Server, head: str, drop: bytes, *, most_s: float = 10.0) -> tuple[bytes, float]:
    """Send a head and then *drop* every tenth of a second.

    Returns:
        All that came back, and after how many seconds the connection was closed.
    """
    host, port = server.host.split(":")
    found = b""
    began_s = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=0.1) as connection:
        connection.sendall(head.encode())
        while time.monotonic() < began_s + most_s:
            try:
                chunk = connection.recv(65536)
                if not chunk:
                    break
                found += chunk
            except TimeoutError:
                pass
            except ConnectionError:
                break
            try:
                connection.sendall(drop)
            except ConnectionError:
                break
    return found, time.monotonic() - began_s


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        (f"PUT {API}/{RANKER}?preview=true", "application/json", b"did not arrive within"),
        (f"POST {API}/{RANKER}/transformJson?preview=true", "application/json", b"did not arrive"),
        ("POST /sim/traffic", "application/json", b"did not arrive within"),
        (
            "POST /multipass/api/oauth2/token",
            "application/x-www-form-urlencoded",
            b"cannot be read",
        ),
    ],
)
def test_a_body_that_drips_is_given_up(server: Server, line: str, kind: str, words: bytes) -> None:
    """However steadily: 400 when its time is over, and the connection is closed."""
    head = f"{line} HTTP/1.1\r\n{HEAD}Content-Type: {kind}\r\n\r\n"

    answer, took_s = dripped(server, head, b" ")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert words in answer
    assert BODY_S <= took_s < BODY_S + SPARE_S + 1.0


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (f"GET {API}/{RANKER}?preview=true", b"200"),
        (f"POST {API}/{RANKER}/start?preview=true", b"204"),
        ("GET /nowhere", b"404"),
    ],
)
def test_a_body_that_nobody_reads_is_not_waited_for(
    server: Server, line: str, status: bytes
) -> None:
    """Answered at once; the connection is closed although the body goes on."""
    answer, took_s = dripped(server, f"{line} HTTP/1.1\r\n{HEAD}\r\n", b" ")

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert took_s < BODY_S + SPARE_S + 1.0


def test_empty_lines_keep_no_connection_open(server: Server) -> None:
    """They may stand before a request and are none."""
    head = "GET /sim/health HTTP/1.1\r\nHost: localhost\r\n\r\n"

    answer, took_s = dripped(server, head, b"\r\n")

    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert took_s < HEAD_S + 1.0


def test_a_call_may_wait_longer_than_a_body_may_drip(server: Server) -> None:
    """The limit ends with the body: an answer of the simulation takes as long as it takes."""
    began_s = time.monotonic()
    body = {"for_s": BODY_S + 2 * SPARE_S}

    assert server.ask("POST", "/sim/step", body).status == 200
    server.ask("POST", "/sim/resume", {})
    server.ask("POST", "/sim/speed", {"speed": 50})
    answer = server.call("transformJson", "endless", {"input": {}})

    assert answer.error == "InferenceTimeout"  # 300 simulated seconds, 6 s
    assert time.monotonic() - began_s > BODY_S + 2 * SPARE_S
