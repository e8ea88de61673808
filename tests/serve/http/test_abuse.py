"""What is not meant well: nothing crashes, nothing leaks, nothing is answered 500."""

import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import API, PLATFORM, TOKEN, USUAL, Server, rid_of, serving
from sim.serve.http import running

PATH = f"{API}/{rid_of('ranker')}?preview=true"
INFER = f"{API}/{rid_of('ranker')}/transformJson?preview=true"
AS_JSON = {"Content-Type": "application/json"}
HEAD = f"Host: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server, and find it well when all is over."""
    with serving(PLATFORM, "--speed", "20") as found:
        yield found
        assert found.ask("GET", "/sim/health").data["status"] == "serving"
        log = found.log.read_text()
        assert "Traceback" not in log
        assert TOKEN not in log


def raw(server: Server, *parts: bytes, wait_s: float = 0.0, hangs_up: bool = True) -> bytes:
    """Send bytes as they are, with waits between them, and return all that comes back."""
    host, port = server.host.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(wait_s)
        if hangs_up:
            connection.shutdown(socket.SHUT_WR)
        found = b""
        while chunk := connection.recv(65536):
            found += chunk
        return found


def status_of(answer: bytes) -> int:
    """Return the status of the first answer in these bytes, 0 for none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"   ", 400),
        (b"null", 400),
        (b"{", 400),
        (b'{"runtimeConfiguration":', 400),
        (b"\xff\xfe", 400),
        (b"\xef\xbb\xbf{}", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 100 + b"1" + b"}" * 100, 400),
        (b'{"runtimeConfiguration":{"minReplicas":NaN,"maxReplicas":1}}', 400),
        (b'{"runtimeConfiguration":{"minReplicas":1,"maxReplicas":Infinity}}', 400),
        (b'{"runtimeConfiguration":{"minReplicas":1,"maxReplicas":1e999}}', 400),
        (b'{"runtimeConfiguration":{"minReplicas":1,"minReplicas":1,"maxReplicas":1}}', 400),
        (b'{"runtimeConfiguration":{"minReplicas":' + b"9" * 5000 + b',"maxReplicas":1}}', 400),
        (b'{"runtimeConfiguration":{"minReplicas":99999999999,"maxReplicas":1}}', 422),
        (b'{"runtimeConfiguration":{"minReplicas":"1","maxReplicas":1}}', 422),
        (b'{"runtimeConfiguration":{"minReplicas":1.0,"maxReplicas":1}}', 422),
        (b'{"runtimeConfiguration":{"minReplicas":true,"maxReplicas":1}}', 422),
        (b'{"runtimeConfiguration":{"minReplicas":1,"maxReplicas":1,"cpu":1e-9}}', 400),
        (b'{"runtimeConfiguration":{"minReplicas":1,"maxReplicas":1,"cpu":0}}', 400),
        (b'{"runtimeConfiguration":{"minReplicas":1,"maxReplicas":1,"memory":"\\ud800"}}', 400),
        (b'{"runtimeConfiguration":{"minReplicas":1,"maxReplicas":1,"memory":"1e9 GiB"}}', 400),
        (b"[]", 422),
        (b'"x"', 422),
        (b'{"runtimeConfiguration":null}', 422),
        (b'{"runtimeConfiguration":[]}', 422),
    ],
    ids=lambda value: repr(value[:70]) if isinstance(value, bytes) else None,
)
def test_bodies_that_are_no_configuration(server: Server, body: bytes, status: int) -> None:
    """Each is answered with one error; no value is in it twice."""
    answer = server.ask("PUT", PATH, body, headers=AS_JSON)

    assert answer.status == status
    assert answer.data["errorInstanceId"]


@pytest.mark.parametrize(
    "given",
    [
        {"n": 1, "m": "x" * 1_000_000},
        {"n": 10**400},
        {"n": 1e308, "vector": [[1e308] * 2] * 2},
        {"n": 1, "rows": [{"x": 1.0}] * 100_000},
        {"": 1},
        {"n": {"n": {"n": {}}}},
        {"n": 1, "labels": {"\u0000": "\U0001f600"}},
    ],
    ids=["unknown", "digits", "huge", "rows", "no name", "nested", "letters"],
)
def test_inputs_of_every_kind(server: Server, given: object) -> None:
    """Taken, or refused with the error for it."""
    answer = server.ask("POST", INFER, {"input": given})

    assert answer.status in {200, 400}
    assert answer.status == 200 or answer.error == "InferenceInvalidInput"


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/..%2f..%2fetc%2fpasswd",
        "//",
        "/api/v2/models/liveDeployments/%ff%fe?preview=true",
        "/api/v2/models/liveDeployments/%?preview=true",
        f"{API}/{'a' * 8000}?preview=true",
        f"{API}?{'&'.join(f'a{n}=1' for n in range(500))}",
        f"{API}?modelRid=%00&preview=true",
        f"{API}?modelRid=ri.a..b.c&modelRid=ri.a..b.c&preview=true",
        "/sim/deployments/..%2f/replicas",
        "/docs/../sim/state",
    ],
    ids=lambda path: repr(path[:60]),
)
def test_paths_and_queries_of_every_kind(server: Server, path: str) -> None:
    """400 or 404, nothing else."""
    assert server.ask("GET", path).status in {400, 404}


@pytest.mark.parametrize(
    ("request_", "statuses"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {400}),
        (b"GET\r\n\r\n", {400}),
        (b"GET / HTTP/9.9\r\n\r\n", {400}),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", {414}),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: " + b"b" * 80_000 + b"\r\n\r\n", {431}),
        (
            b"GET / HTTP/1.1\r\nHost: localhost\r\n"
            + b"".join(b"H%d: %s\r\n" % (n, b"v" * 1000) for n in range(100))
            + b"\r\n",
            {431},
        ),
        (f"PUT {PATH} HTTP/1.1\r\n{HEAD}Content-Length: -5\r\n\r\n".encode(), {400}),
        (f"PUT {PATH} HTTP/1.1\r\n{HEAD}Content-Length: 5\r\n"
         "Content-Length: 6\r\n\r\nabcdef".encode(), {400}),
        (f"PUT {PATH} HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n"
         "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n".encode(), {0, 400}),
        (f"PUT {PATH} HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n"
         "Content-Length: 100\r\n\r\n{".encode(), {0, 400}),
        (f"GET {PATH} HTTP/1.0\r\n{HEAD}\r\n".encode(), {200}),
    ],
    ids=["tls", "http 0.9", "http 9.9", "url", "header", "headers", "negative", "two lengths",
         "chunk", "cut off", "http 1.0"],
)  # fmt: skip
def test_what_is_hardly_http(server: Server, request_: bytes, statuses: set[int]) -> None:
    """Answered with a status of its own, or not at all."""
    assert status_of(raw(server, request_)) in statuses


def test_requests_one_behind_the_other(server: Server) -> None:
    """On one connection, sent at once: answered in their order."""
    one = f"GET {PATH} HTTP/1.1\r\n{HEAD}\r\n".encode()
    other = b"GET /sim/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    answer = raw(server, one + one + other, hangs_up=False)

    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.index(b'"rid"') < answer.index(b'"serving"')


def test_the_listening_socket_is_known_to_be_tcp() -> None:
    """Else asyncio leaves Nagle's algorithm on, and answers wait 40 ms for a confirmation."""
    listener = running._listen("127.0.0.1", 0)

    with listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_slow_clients_hold_up_nobody(server: Server) -> None:
    """Fifty that send a head or a body byte by byte; a get is answered at once all the same."""
    body = json.dumps({"runtimeConfiguration": USUAL}).encode()
    head = (
        f"PUT {PATH} HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    found = []

    def slowly() -> None:
        pieces = [head[:50], head[50:], body[:10], body[10:]]
        found.append(status_of(raw(server, *pieces, wait_s=0.3)))

    threads = [threading.Thread(target=slowly) for _ in range(50)]
    for thread in threads:
        thread.start()
    assert server.ask("GET", PATH).status == 200
    is_early = all(thread.is_alive() for thread in threads)
    for thread in threads:
        thread.join()

    assert is_early  # each slow one takes more than a second
    assert found == [200] * 50


def test_two_hundred_connections_leave_nothing_behind(server: Server) -> None:
    """All answered; open files and memory are afterwards what they were."""
    folder = Path(f"/proc/{server.process.pid}/fd")
    if not folder.exists():
        pytest.skip("open files are counted in /proc, which is not here")

    def burst() -> list[int]:
        connections = [server.connection() for _ in range(200)]
        headers = {"Authorization": f"Bearer {TOKEN}"} | AS_JSON
        for number, connection in enumerate(connections):
            if number % 2:
                connection.request("GET", PATH, headers=headers)
            else:
                connection.request("POST", INFER, b'{"input":{"n":1}}', headers=headers)
        statuses = []
        for connection in connections:
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
            connection.close()
        return statuses

    burst()
    time.sleep(0.5)
    files, memory = len(os.listdir(folder)), memory_kib(server.process.pid)
    for _ in range(5):
        assert burst() == [200] * 200
    time.sleep(0.5)

    assert len(os.listdir(folder)) <= files + 2
    assert memory_kib(server.process.pid) < memory + 50_000


def memory_kib(process: int) -> int:
    """Return a process's resident memory."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def test_large_bodies_at_once_stay_within_memory(server: Server) -> None:
    """Fourteen of 40 MiB: those for which there is no room are 503, and a get goes on."""
    if not Path(f"/proc/{server.process.pid}").exists():
        pytest.skip("memory is read in /proc, which is not here")
    body = b'{"input":{"n":"' + b"x" * (40 * 1024**2) + b'"}}'
    found = []

    def send() -> None:
        try:
            found.append(server.ask("POST", INFER, body, headers=AS_JSON).status)
        except (ConnectionError, http.client.HTTPException):
            found.append(0)  # answered and closed before all of it was sent

    threads = [threading.Thread(target=send) for _ in range(14)]
    for thread in threads:
        thread.start()
    most = 0
    while any(thread.is_alive() for thread in threads):
        assert server.ask("GET", PATH).status == 200
        most = max(most, memory_kib(server.process.pid))
    for thread in threads:
        thread.join()

    assert set(found) <= {0, 400, 503}
    assert found.count(400) >= 1
    assert most < 2 * 1024**2  # in KiB


def test_clients_that_leave_are_forgotten(server: Server) -> None:
    """They hang up while their calls wait; the next ones are served."""
    call = f"{API}/{rid_of('endless')}/transformJson?preview=true"
    for _ in range(50):
        connection = server.connection()
        connection.request(
            "POST", call, b'{"input":{}}', headers={"Authorization": f"Bearer {TOKEN}"} | AS_JSON
        )
        connection.close()

    assert server.ask("POST", INFER, {"input": {"n": 1}}).status == 200


def test_values_of_environment_variables_are_nowhere_but_in_the_object(tmp_path: Path) -> None:
    """Not in logs, metrics, state, events, errors, snapshots; the API's object has them."""
    secret = "a-very-secret-value"
    folder = tmp_path / "run"
    with serving(PLATFORM, "--run-dir", folder, "--access-log") as server:
        configuration = USUAL | {"environmentVariables": {"PASSWORD": secret}}
        put = server.call("replace", body={"runtimeConfiguration": configuration})
        assert put.data["runtimeConfiguration"]["environmentVariables"] == {"PASSWORD": secret}
        wrong = configuration | {"environmentVariables": {"CLIENT_ID": secret}}
        answers = [
            server.call("replace", body={"runtimeConfiguration": wrong}),
            server.call("replace", body={"runtimeConfiguration": configuration | {"x": secret}}),
            server.ask("PUT", PATH, b'{"environmentVariables": {"A": "%s"' % secret.encode()),
            server.ask("GET", "/sim/state"),
            server.ask("GET", "/sim/decisions"),
            server.ask("GET", "/metrics"),
            server.ask("POST", "/sim/step", {"for_s": 30}),
            server.ask("POST", "/sim/snapshot", {}),
        ]
        assert answers[-1].status == 200, answers[-1]
        assert server.call("get").data["runtimeConfiguration"]["environmentVariables"]
    for answer in answers:
        assert secret.encode() not in answer.body
    snapshot = Path(answers[-1].data["directory"])
    for path in snapshot.iterdir():
        assert secret.encode() not in path.read_bytes(), path


def test_the_access_log_has_no_query() -> None:
    """Method, path and status of each request; what clients put into a query by mistake is not."""
    with serving(PLATFORM, "--access-log") as server:
        for path in (
            f"{PATH}&token=a-secret",
            f"/sim/decisions?a-secret={TOKEN}",
            f"/nowhere?{TOKEN}#a-secret",
            "/sim/health?a-secret",
            f"/sim/state%3F?{TOKEN}",
        ):
            server.ask("GET", path)
        server.stopped()
        log = server.log.read_text()

    lines = [line.split('"')[1:] for line in log.splitlines() if "HTTP/1.1" in line]
    assert lines == [
        [f"GET {API}/{rid_of('ranker')} HTTP/1.1", " 200"],
        ["GET /sim/decisions HTTP/1.1", " 200"],
        ["GET /nowhere HTTP/1.1", " 404"],
        ["GET /sim/health HTTP/1.1", " 200"],
        ["GET /sim/state%3F HTTP/1.1", " 404"],
    ]
    assert "a-secret" not in log
    assert TOKEN not in log
