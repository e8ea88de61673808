"""Secrets that are wrong, and tokens that are many."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from servers import API, PLATFORM, RANKER, TOKEN, Server, serving
from sim.serve.http import gate as gates
from sim.serve.http.answers import Empty
from sim.serve.http.gate import Gate
from sim.serve.http.guesses import FREE, MAX_ADDRESSES, PLACES, WAIT_S, Guesses, address_of
from sim.serve.http.tokens import ClientEntry, TokensFile, digest_of
from sim.serve.http.users import Scope

PATH = f"{API}/{RANKER}?preview=true"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKENS = f"""
tokens:
  - name: everything
    sha256: {digest_of(TOKEN)}
    permissions: {{"*": [view, replace, start, disable, execute]}}
clients:
  - client_id: bot
    secret_sha256: {digest_of("right")}
    permissions: {{"*": [view]}}
  - client_id: other
    secret_sha256: {digest_of("right too")}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a server that has seen no wrong secret yet."""
    file = tmp_path / "tokens.yaml"
    file.write_text(TOKENS)
    with serving(PLATFORM, "--tokens", file) as found:
        yield found


def token_for(server: Server, secret: str, client: str = "bot") -> Any:
    """Ask for a token with a secret."""
    form = f"grant_type=client_credentials&client_id={client}&client_secret={secret}"
    path = "/multipass/api/oauth2/token"
    return server.ask("POST", path, form.encode(), token=None, headers=FORM)


def test_guesses_wait_and_right_secrets_do_not(server: Server) -> None:
    """Of clients, unknown ones too, and of tokens, counted together; 401 as before, but later."""
    for _ in range(FREE):
        assert token_for(server, "wrong").status == 401
    began_s = time.monotonic()

    statuses = [
        token_for(server, "wrong").status,
        token_for(server, "wrong", "nobody").status,
        server.ask("GET", PATH, token="wrong").status,
        server.ask("GET", "/sim/state", token="wrong").status,
    ]

    took_s = time.monotonic() - began_s
    assert statuses == [401] * 4
    assert took_s >= 4 * WAIT_S
    began_s = time.monotonic()
    assert token_for(server, "right").status == 200
    assert server.ask("GET", PATH).status == 200
    assert time.monotonic() - began_s < 2 * WAIT_S


def test_guesses_side_by_side_are_slowed_too(server: Server) -> None:
    """Of three hundred at once some are not looked at; others are not kept from anything after."""
    began_s = time.monotonic()
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda n: token_for(server, f"wrong-{n}"), range(300)))
    took_s = time.monotonic() - began_s

    looked_at = sum(answer.status == 401 for answer in answers)
    refused = [answer for answer in answers if answer.status == 429]
    assert looked_at + len(refused) == 300
    assert looked_at <= FREE + PLACES * (1 + took_s / WAIT_S)
    assert all((one.body, one.headers["retry-after"]) == (b"", "1") for one in refused)
    time.sleep(2 * WAIT_S)
    assert token_for(server, "right").status == 200


def test_an_address_has_so_many_places() -> None:
    """While they are taken nothing more from there is looked at; another address is not slowed."""

    async def guess() -> tuple[int, float]:
        guesses = Guesses()
        for _ in range(FREE):
            await guesses.wrong("192.0.2.1")
        waiting = [asyncio.create_task(guesses.wrong("192.0.2.1")) for _ in range(PLACES)]
        await asyncio.sleep(0)
        with pytest.raises(Empty) as refused:
            guesses.require_room("192.0.2.1")
        began_s = time.monotonic()
        guesses.require_room("192.0.2.2")
        await guesses.wrong("192.0.2.2")
        took_s = time.monotonic() - began_s
        await asyncio.gather(*waiting)
        guesses.require_room("192.0.2.1")
        return refused.value.status, took_s

    status, took_s = asyncio.run(guess())

    assert status == 429
    assert took_s < WAIT_S


def test_addresses_that_were_quiet_are_forgotten() -> None:
    """The memory is bounded: of many addresses the oldest goes, one that guesses on stays."""

    async def guess() -> tuple[str, ...]:
        guesses = Guesses()
        await guesses.wrong("first")
        await guesses.wrong("second")
        for number in range(MAX_ADDRESSES - 2):
            await guesses.wrong(str(number))
        await guesses.wrong("first")
        await guesses.wrong("one more")
        return tuple(guesses._guessers)

    known = asyncio.run(guess())

    assert len(known) == MAX_ADDRESSES
    assert "second" not in known
    assert known[-2:] == ("first", "one more")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_owner_s_addresses_count_as_one(host: str, address: str) -> None:
    """Nobody has fewer than 64 bits of IPv6: guesses from all of them are slowed together."""
    request = Request({"type": "http", "client": (host, 1), "headers": []})

    assert address_of(request) == address


def test_nobody_gives_itself_another_address(server: Server) -> None:
    """What a header says of where a request comes from is not believed."""
    took_s = []
    for number in range(FREE + 1):
        headers = {"X-Forwarded-For": f"192.0.2.{number}"}
        began_s = time.monotonic()
        server.ask("GET", PATH, token="wrong", headers=headers)
        took_s.append(time.monotonic() - began_s)

    assert took_s[-1] >= WAIT_S


def test_no_token_ends_for_a_newer_one(server: Server) -> None:
    """The first of three hundred is good when the last has been given."""
    tokens = [token_for(server, "right").data["access_token"] for _ in range(300)]

    assert len(set(tokens)) == 300
    for token in (tokens[0], tokens[1], tokens[-1]):
        assert server.ask("GET", PATH, token=token).status == 200


def test_tokens_of_a_client_are_limited_by_refusing_further_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """429 with the seconds until the oldest ends; then there is one more; others have their own."""
    now_s = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    monkeypatch.setattr(gates, "MAX_ISSUED", 2)
    clients = [ClientEntry(client_id=name, secret_sha256=digest_of(name)) for name in ("a", "b")]
    gate = Gate(TokensFile(clients=tuple(clients)))
    first, second = (entry.user(entry.client_id) for entry in clients)
    oldest = gate.issue(first, frozenset(Scope))
    now_s = 1600.5
    newer = gate.issue(first, frozenset(Scope))

    with pytest.raises(Empty) as refused:
        gate.issue(first, frozenset(Scope))

    assert (refused.value.status, refused.value.retry_after_s) == (429, 3000)  # 4600 - 1600.5
    gate.issue(second, frozenset(Scope))
    assert holder(gate, oldest) == holder(gate, newer) == "a"
    now_s = 4600.0
    assert holder(gate, oldest) is None
    third = gate.issue(first, frozenset(Scope))
    assert holder(gate, newer) == holder(gate, third) == "a"
    gate.revoke(first, newer)
    gate.issue(first, frozenset(Scope))


def holder(gate: Gate, token: str) -> str | None:
    """Return whose token it is."""
    found = gate._holder(digest_of(token))
    return None if found is None else found.name
