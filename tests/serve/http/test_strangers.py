"""Pages of others and names of others: nothing of the server is reached through a browser."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.datastructures import Headers

from servers import API, PLATFORM, RANKER, TOKEN, USUAL, Server, serving
from sim.serve.http.answers import ApiError
from sim.serve.http.hosts import Authority, Hosts

PATH = f"{API}/{RANKER}?preview=true"
EVERYTHING = [
    ("GET", "/sim/health", None),
    ("GET", "/metrics", None),
    ("GET", "/docs", None),
    ("GET", "/openapi.json", None),
    ("GET", "/sim/state", None),
    ("GET", "/nowhere", None),
    ("GET", PATH, None),
    ("PUT", PATH, {"runtimeConfiguration": USUAL | {"threadCount": 77}}),
    ("POST", f"{API}/{RANKER}/disable?preview=true", None),
    ("POST", "/sim/pause", {}),
    ("POST", "/multipass/api/oauth2/token", None),
    ("OPTIONS", PATH, None),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server that is called by one more name, and by one with a port."""
    names = ("--allow-host", "sim.example.org", "--allow-host", "Lab.example.org:9000")
    with serving(PLATFORM, "--speed", "100", *names) as found:
        yield found


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example:80"},
        {"Host": "127.0.0.1.nip.io"},
        {"Host": "192.0.2.1"},
        {"Host": "localhost@evil.example"},
        {"Host": "lab.example.org:9001"},
        {"Host": "lab.example.org"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "file://"},
        {"Origin": "http://sim.example.org:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "sim.example.org", "Origin": "http://evil.example"},
    ],
    ids=str,
)
def test_a_stranger_reaches_nothing(server: Server, headers: dict[str, str]) -> None:
    """403 or, for what is no host, 400; whatever is asked, with a good token, and nothing is done.

    No answer allows a page to read it.
    """
    for method, path, body in EVERYTHING:
        answer = server.ask(method, path, body, headers=headers)
        name = "Default:InvalidArgument" if answer.status == 400 else "Default:PermissionDenied"
        assert (answer.status, answer.error) in {(403, name), (400, name)}, (method, path)
        assert answer.status == 403 or "@" in headers["Host"] or not headers["Host"]
        assert set(answer.data) == {
            "errorCode",
            "errorName",
            "errorDescription",
            "errorInstanceId",
            "parameters",
        }
        assert not [one for one in answer.headers if one.startswith("access-control")]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"

    assert server.ask("GET", "/sim/health").status == 200
    found = server.call("get").data
    assert found["runtimeConfiguration"]["threadCount"] != 77
    assert found["status"]["state"] == "ACTIVE"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:9999"},
        {"Host": "LOCALHOST."},
        {"Host": "[::1]:80"},
        {"Host": "127.0.0.2"},
        {"Host": "sim.example.org"},
        {"Host": "sim.example.org:8443"},
        {"Host": "lab.example.org:9000"},
        {"Host": "localhost:9999", "Origin": "http://localhost:9999"},
        {"Host": "localhost", "Origin": "http://localhost:80"},
        {"Host": "sim.example.org", "Origin": "https://sim.example.org"},
        {"Host": "localhost:8080", "Origin": "https://sim.example.org"},
        {"Host": "localhost:8080", "Origin": "http://lab.example.org:9000"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_its_own_pages_and_names_reach_it(server: Server, headers: dict[str, str]) -> None:
    """By its address, as localhost, by an allowed name; its own page, and the address bar."""
    assert server.ask("GET", PATH, headers=headers).status == 200


def test_the_host_is_given_once(server: Server) -> None:
    """400 without any or with two; before HTTP/1.1 there need be none."""
    for head, status in (
        (b"GET /sim/health HTTP/1.1\r\n", 400),
        (b"GET /sim/health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n", 400),
        (b"GET /sim/health HTTP/1.0\r\n", 200),
        (b"GET /sim/health HTTP/1.0\r\nHost: evil.example\r\n", 403),
    ):
        connection = server.connection()
        connection.connect()
        connection.sock.sendall(head + b"Connection: close\r\n\r\n")
        answer = connection.sock.makefile("rb").readline()
        connection.close()
        assert int(answer.split()[1]) == status, head


@pytest.mark.parametrize(
    ("listening", "host", "is_own"),
    [
        ("127.0.0.1", "127.0.0.1:8080", True),
        ("127.0.0.1", "10.1.2.3", False),
        ("::1", "[::1]", True),
        ("localhost", "127.0.0.1", True),
        ("0.0.0.0", "10.1.2.3:8080", True),
        ("0.0.0.0", "localhost:8080", True),
        ("0.0.0.0", "sim", False),
        ("::", "[fd00::1]:8080", True),
        ("farm7.example.org", "farm7.example.org:8080", True),
        ("Farm7.example.org", "farm7.EXAMPLE.org", True),
        ("farm7.example.org", "other.example.org", False),
    ],
)
def test_the_names_of_a_server_follow_from_where_it_listens(
    listening: str, host: str, *, is_own: bool
) -> None:
    """Beyond this machine by any address: no page can make itself a name of one."""
    hosts = Hosts(listening)
    headers = Headers({"host": host})

    if is_own:
        hosts.require_own(headers)
    else:
        with pytest.raises(ApiError, match="PermissionDenied"):
            hosts.require_own(headers)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Localhost:80", Authority("localhost", 80)),
        ("[::1]:80", Authority("::1", 80)),
        ("[::1]", Authority("::1")),
        ("a.example.", Authority("a.example")),
        ("a:b", None),
        ("::1", None),
        ("a/b", None),
        ("a:123456", None),
        ("", None),
    ],
)
def test_a_host_is_read_as_it_is_written(text: str, found: Any) -> None:
    """A name or an address, with a port or without."""
    assert Authority.of(text) == found


def test_a_refusal_says_what_would_help(server: Server) -> None:
    """The reason names the option, for who has given the server a name."""
    answer = server.ask("GET", "/sim/health", headers={"Host": "sim.internal:8080"})

    assert "sim.internal" in answer.data["parameters"]["reason"]
    assert "--allow-host" in answer.data["parameters"]["reason"]
    assert TOKEN not in json.dumps(answer.data)
