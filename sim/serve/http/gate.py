"""Who a request comes from: bearer tokens, from the tokens file and from the OAuth endpoint.

Only hashes are kept, and a token is looked up by its hash: the time that this takes tells at most
something about the hash of what was shown, from which nothing follows about another's token.
"""

import hmac
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from fastapi import Request

from sim.serve.http.answers import ApiError, Empty
from sim.serve.http.guesses import Guesses, address_of
from sim.serve.http.tokens import TOKEN_PATTERN, TokensFile, digest_of, new_secret
from sim.serve.http.users import Scope, User
from sim.wire.errors import ApiUsageDenied, MalformedCredentials, MissingCredentials, Unauthorized

TOKEN_LIFETIME_S: Final = 3600
"""How long a token from the OAuth endpoint is good."""
MAX_ISSUED: Final = 10_000
"""Tokens of one client that are good at a time; a further one is refused, and none ends for it."""

_BEARER: Final = re.compile(rf"[Bb]earer +({TOKEN_PATTERN[1:-1]})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Issued:
    """A token of a client, until an instant of the monotonic clock."""

    user: User
    until_s: float


class Gate:
    """Tells who a request comes from, and gives out tokens to OAuth clients."""

    def __init__(self, file: TokensFile, extra: Sequence[tuple[str, User]] = ()) -> None:
        """Know the users of *file* and *extra*, which are tokens with their users."""
        self._known = {entry.sha256: entry.user(entry.name) for entry in file.tokens}
        self._known |= {digest_of(token): user for token, user in extra}
        self._clients = {
            entry.client_id: (entry.secret_sha256, entry.user(entry.client_id))
            for entry in file.clients
        }
        self._issued: dict[str, dict[str, _Issued]] = {name: {} for name in self._clients}
        self._guesses = Guesses()

    async def user_of(self, request: Request) -> User:
        """Return who shows the Authorization header of *request*.

        Raises:
            EarlyAnswer: There is none, it is no bearer token, nobody has that token, or too many
                wrong ones come from there.
        """
        authorization = request.headers.getlist("authorization")
        if not authorization:
            raise ApiError(MissingCredentials())
        shown = _BEARER.fullmatch(authorization[0]) if len(authorization) == 1 else None
        if shown is None:
            raise ApiError(MalformedCredentials())
        address = address_of(request)
        self._guesses.require_room(address)
        found = self._holder(digest_of(shown[1]))
        if found is None:
            await self._guesses.wrong(address)
            raise ApiError(Unauthorized())
        return found

    def _holder(self, digest: str) -> User | None:
        if digest in self._known:
            return self._known[digest]
        for tokens in self._issued.values():
            if digest in tokens and tokens[digest].until_s > time.monotonic():
                return tokens[digest].user
        return None

    async def client_of(self, request: Request, client_id: str, secret: str) -> User | None:
        """Return the OAuth client whose id and secret these are.

        Raises:
            Empty: Too many wrong secrets come from where *request* does.
        """
        if not self._clients:
            return None  # no secret that could be guessed
        address = address_of(request)
        self._guesses.require_room(address)
        digest, user = self._clients.get(client_id, ("", None))
        if hmac.compare_digest(digest, digest_of(secret)):
            return user
        await self._guesses.wrong(address)
        return None

    def issue(self, client: User, scopes: frozenset[Scope]) -> str:
        """Return a new token with which *client* has *scopes* for `TOKEN_LIFETIME_S`.

        Raises:
            Empty: 429: the client has `MAX_ISSUED` that are good; with the seconds until one ends.
        """
        now_s = time.monotonic()
        alive = self._issued[client.name]
        while alive and (oldest := next(iter(alive))) and alive[oldest].until_s <= now_s:
            del alive[oldest]
        if len(alive) >= MAX_ISSUED:
            raise Empty(429, retry_after_s=ceil(alive[next(iter(alive))].until_s - now_s))
        token = new_secret()
        holder = replace(client, scopes=scopes)
        alive[digest_of(token)] = _Issued(holder, now_s + TOKEN_LIFETIME_S)
        return token

    def revoke(self, client: User, token: str) -> None:
        """End a token of *client*; one that is not its own stays as it is."""
        self._issued[client.name].pop(digest_of(token), None)


def require_scope(user: User, scope: Scope) -> None:
    """Refuse a *user* whose token lacks *scope*.

    Raises:
        ApiError: It does.
    """
    if scope not in user.scopes:
        raise ApiError(ApiUsageDenied(missing_scope=scope.value))
