"""Who a request comes from: bearer tokens, from the tokens file and from the OAuth endpoint.

Only hashes are kept. Every comparison looks at every hash, in time that does not depend on them.
"""

import hmac
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sim.server.answers import Refused
from sim.server.tokens import TOKEN_PATTERN, TokensFile, digest_of, new_secret
from sim.server.users import Scope, User
from sim.wire.errors import ApiUsageDenied, MalformedCredentials, MissingCredentials, Unauthorized

TOKEN_LIFETIME_S: Final = 3600
"""How long a token from the OAuth endpoint is good."""
MAX_ISSUED: Final = 100
"""Tokens of one client that are good at a time; a further one ends the oldest."""

_BEARER: Final = re.compile(rf"[Bb]earer +({TOKEN_PATTERN[1:-1]})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Known:
    """Someone by the hash of the token, until an instant of the monotonic clock."""

    digest: str
    user: User
    until_s: float = float("inf")


class Gate:
    """Tells who a request comes from, and gives out tokens to OAuth clients."""

    def __init__(self, file: TokensFile, extra: Sequence[tuple[str, User]] = ()) -> None:
        """Know the users of *file* and *extra*, which are tokens with their users."""
        self._known = [_Known(entry.sha256, entry.user(entry.name)) for entry in file.tokens]
        self._known += [_Known(digest_of(token), user) for token, user in extra]
        self._clients = [
            _Known(entry.secret_sha256, entry.user(entry.client_id)) for entry in file.clients
        ]
        self._issued: dict[str, list[_Known]] = {}

    def user_of(self, authorization: Sequence[str]) -> User:
        """Return who shows the *authorization* headers.

        Raises:
            Refused: There is none, it is no bearer token, or nobody has that token.
        """
        if not authorization:
            raise Refused(MissingCredentials())
        shown = _BEARER.fullmatch(authorization[0]) if len(authorization) == 1 else None
        if shown is None:
            raise Refused(MalformedCredentials())
        issued = (one for tokens in self._issued.values() for one in tokens)
        found = _find(digest_of(shown[1]), [*self._known, *issued])
        if found is None:
            raise Refused(Unauthorized())
        return found.user

    def client_of(self, client_id: str, secret: str) -> User | None:
        """Return the OAuth client whose id and secret these are."""
        candidates = (one for one in self._clients if one.user.name == client_id)
        found = _find(digest_of(secret), candidates)
        return None if found is None else found.user

    def issue(self, client: User, scopes: frozenset[Scope]) -> str:
        """Return a new token with which *client* has *scopes* for `TOKEN_LIFETIME_S`."""
        now_s = time.monotonic()
        token = new_secret()
        alive = [one for one in self._issued.get(client.name, ()) if one.until_s > now_s]
        alive.append(
            _Known(digest_of(token), replace(client, scopes=scopes), now_s + TOKEN_LIFETIME_S)
        )
        self._issued[client.name] = alive[-MAX_ISSUED:]
        return token

    def revoke(self, client: User, token: str) -> None:
        """End a token of *client*; one that is not its own stays as it is."""
        digest = digest_of(token)
        alive = self._issued.get(client.name, ())
        self._issued[client.name] = [one for one in alive if one.digest != digest]


def _find(digest: str, known: Iterable[_Known]) -> _Known | None:
    """Return the one with *digest* whose time is not over, having compared with every one."""
    now_s = time.monotonic()
    found = None
    for one in known:
        if hmac.compare_digest(one.digest, digest) and one.until_s > now_s:
            found = one
    return found


def require_scope(user: User, scope: Scope) -> None:
    """Refuse a *user* whose token lacks *scope*.

    Raises:
        Refused: It does.
    """
    if scope not in user.scopes:
        raise Refused(ApiUsageDenied(missing_scope=scope.value))
