"""The OAuth endpoint: tokens for clients that show an id and a secret, and their revocation.

Source: RFC 6749, sections 2.3.1, 4.4 and 5; RFC 7009.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, unquote_plus

from fastapi import Request
from fastapi.responses import Response
from typing_extensions import override

from sim.serve.http.answers import ApiError, EarlyAnswer, json_response
from sim.serve.http.checks import ServerState
from sim.serve.http.gate import TOKEN_LIFETIME_S
from sim.serve.http.users import Scope, User

TOKEN_PATH: Final = "/multipass/api/oauth2/token"
REVOKE_PATH: Final = "/multipass/api/oauth2/revoke_token"
MAX_FORM_BYTES: Final = 2**16
MAX_FIELDS: Final = 50
FORM_TYPE: Final = "application/x-www-form-urlencoded"
REFRESH_SCOPE: Final = "offline_access"
"""Clients ask for it with every scope; there are no refresh tokens here, so it means nothing."""

_NOT_STORED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(EarlyAnswer):
    """An error of the OAuth endpoint, by its name in the standard."""

    def __init__(self, error: str, description: str, *, basic: bool = False) -> None:
        super().__init__(error)
        self.description = description
        self.basic = basic

    @override
    def response(self) -> Response:
        is_stranger = str(self) == "invalid_client"
        body = {"error": str(self), "error_description": self.description}
        response = json_response(body, status=401 if is_stranger else 400)
        response.headers.update(_NOT_STORED)
        if is_stranger and self.basic:
            response.headers["WWW-Authenticate"] = 'Basic realm="sim"'
        return response


async def token(service: ServerState, request: Request) -> Response:
    """Give a token to a client.

    Raises:
        EarlyAnswer: The request is not one that the standard allows, or nobody has that secret.
    """
    form = await _form(service, request)
    client = await _client(service, request, form)
    grant_type = form.get("grant_type")
    if grant_type is None:
        raise OAuthError("invalid_request", "grant_type is missing")
    if grant_type != "client_credentials":
        raise OAuthError("unsupported_grant_type", "grant_type must be client_credentials")
    scopes = _scopes(client, form.get("scope", ""))
    body = {
        "access_token": service.gate.issue(client, scopes),
        "token_type": "bearer",
        "expires_in": TOKEN_LIFETIME_S,
        "scope": " ".join(sorted(scopes)),
    }
    response = json_response(body)
    response.headers.update(_NOT_STORED)
    return response


async def revoke(service: ServerState, request: Request) -> Response:
    """End a client's token; that there was none is no error.

    Raises:
        EarlyAnswer: The request is not one that the standard allows, or nobody has that secret.
    """
    form = await _form(service, request)
    client = await _client(service, request, form)
    if "token" not in form:
        raise OAuthError("invalid_request", "token is missing")
    service.gate.revoke(client, form["token"])
    return Response(status_code=200)


async def _form(service: ServerState, request: Request) -> Mapping[str, str]:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise OAuthError("invalid_request", f"the Content-Type must be {FORM_TYPE}")
    try:
        async with service.bodies.content(request, most_bytes=MAX_FORM_BYTES) as content:
            fields = parse_qs(content.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except (ApiError, ValueError):
        raise OAuthError("invalid_request", "the form cannot be read") from None
    if any(len(values) > 1 for values in fields.values()):
        raise OAuthError("invalid_request", "a field is given twice")
    return {name: values[0] for name, values in fields.items()}


async def _client(service: ServerState, request: Request, form: Mapping[str, str]) -> User:
    header = request.headers.get("authorization")
    if header is None:
        client_id, secret = form.get("client_id"), form.get("client_secret")
    elif "client_secret" in form:
        raise OAuthError("invalid_request", "the client shows its secret in two ways")
    else:
        client_id, secret = _basic(header)
    found = None
    if client_id is not None and secret is not None:
        found = await service.gate.client_of(request, client_id, secret)
    if found is None:
        message = "the client's id or secret is missing or wrong"
        raise OAuthError("invalid_client", message, basic=header is not None)
    return found


def _basic(header: str) -> tuple[str | None, str | None]:
    kind, _, text = header.partition(" ")
    try:
        decoded = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None, None
    client_id, colon, secret = decoded.partition(":")
    if kind.lower() != "basic" or not colon:
        return None, None
    return unquote_plus(client_id), unquote_plus(secret)


def _scopes(client: User, asked: str) -> frozenset[Scope]:
    words = set(asked.split()) - {REFRESH_SCOPE}
    if not words:
        return client.scopes
    if not words <= {scope.value for scope in client.scopes}:
        raise OAuthError("invalid_scope", "a scope is unknown, or not the client's")
    return frozenset(Scope(word) for word in words)
