"""The tokens file: users by the hashes of what they show, and limits for each.

A token or secret is 256 random bits, so that its SHA-256 tells nothing about it and needs no salt.
The file is YAML or JSON:

    tokens:
      - name: nightly
        sha256: 9f86...
        scopes: [api:models-read, api:models-write, api:models-execute]
        permissions: {"*": [view, execute], ri.foundry-ml-live...: [replace]}
        create: ["*"]
    clients:
      - client_id: rollout-bot
        secret_sha256: 2c26...
        scopes: [api:models-read]
        permissions: {"*": [view]}
    limits: {requests_per_minute: 10000, concurrent: 800}
"""

import hashlib
import secrets
from collections import Counter
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sim.errors import Problem, ScenarioError
from sim.scenario.reading.document import Document, read_document
from sim.serve.http.users import EVERY, Permission, Scope, User
from sim.units import PositiveCount
from sim.wire.rid import is_rid
from sim.wire.violations import explain

TOKEN_PATTERN: Final = r"^[A-Za-z0-9._~+/-]+=*$"
"""What a bearer token may consist of. Source: RFC 6750, section 2.1."""

_ENTROPY_BYTES: Final = 32


def new_secret() -> str:
    """Return a token or a client's secret: 256 random bits in letters, digits, - and _."""
    return secrets.token_urlsafe(_ENTROPY_BYTES)


def digest_of(secret: str) -> str:
    """Return the SHA-256 of *secret* as the file holds it."""
    return hashlib.sha256(secret.encode()).hexdigest()


class _FileObject(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
UserName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,99}$")]


def _rid_or_every(text: str) -> str:
    if text != EVERY and not is_rid(text):
        msg = 'must be a resource identifier or "*"'
        raise ValueError(msg)
    return text


RidOrEvery = Annotated[str, BeforeValidator(_rid_or_every)]


class _Grant(_FileObject):
    """What the holder of a token or a secret may do."""

    scopes: frozenset[Scope] = frozenset(Scope)
    """What it may be used for; absent: everything."""
    permissions: dict[RidOrEvery, frozenset[Permission]] = {}
    """By deployment RID or "*"; without view, a deployment reads as not found."""
    create: frozenset[RidOrEvery] = frozenset()
    """Models of which deployments may be created, or "*"."""

    def user(self, name: str) -> User:
        """Return the user called *name* who may do this."""
        return User(
            name=name,
            scopes=self.scopes,
            permissions=MappingProxyType(dict(self.permissions)),
            create=self.create,
        )


class TokenEntry(_Grant):
    """A bearer token."""

    name: UserName
    """Whose it is; unique in the file."""
    sha256: Digest
    """The token's SHA-256."""


class ClientEntry(_Grant):
    """An OAuth client, which gets tokens for its id and secret."""

    client_id: UserName
    """Unique in the file, among names of tokens too."""
    secret_sha256: Digest
    """The secret's SHA-256."""


class UserLimits(_FileObject):
    """How much each user may ask; absent: without limit."""

    requests_per_minute: PositiveCount | None = None
    """Requests in any 60 seconds; the platform documents 10,000."""
    concurrent: PositiveCount | None = None
    """Requests that are being answered at a time; the platform documents 800."""


class TokensFile(_FileObject):
    """All of the file."""

    tokens: tuple[TokenEntry, ...] = ()
    clients: tuple[ClientEntry, ...] = ()
    limits: UserLimits = UserLimits()


def read_tokens(path: Path) -> TokensFile:
    """Return what the tokens file *path* holds.

    Raises:
        ScenarioError: The file cannot be read or is no tokens file; no message holds a value.
    """
    return parse_tokens(read_document(path))


def parse_tokens(document: Document) -> TokensFile:
    """Return what *document* holds.

    Raises:
        ScenarioError: The document is no tokens file; no message holds a value.
    """
    try:
        found = TokensFile.model_validate(document.data)
    except ValidationError as error:
        problems = []
        for details in error.errors(include_url=False, include_input=False):
            path = tuple(part for part in details["loc"] if part != "[key]")
            rule, words = explain(details)
            place = document.place(path)
            problems.append(
                Problem(
                    message=words.removeprefix("Value error, "),
                    rule=rule,
                    path=path,
                    file=place.file,
                    line=place.line,
                    column=place.column,
                )
            )
        raise ScenarioError(problems) from None
    _require_unique_names(found, document)
    return found


def _require_unique_names(found: TokensFile, document: Document) -> None:
    names = [entry.name for entry in found.tokens] + [entry.client_id for entry in found.clients]
    for name, times in Counter(names).items():
        if times > 1:
            message = f"has the name {name!r} twice: each token and client has one of its own"
            raise ScenarioError(Problem(message=message, rule="unique-names", file=document.file))
