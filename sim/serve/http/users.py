"""Who may do what: scopes, permissions, users. Nothing here is secret.

How a user proves to be one is `sim.serve.http.gate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

EVERY: Final = "*"
"""In the place of a RID: every deployment, or every model."""


class Scope(StrEnum):
    """What a token may be used for."""

    READ = "api:models-read"
    WRITE = "api:models-write"
    EXECUTE = "api:models-execute"


class Permission(StrEnum):
    """What a user may do with a deployment."""

    VIEW = "view"
    REPLACE = "replace"
    START = "start"
    DISABLE = "disable"
    EXECUTE = "execute"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A token's owner or an OAuth client, with what it may do.

    Attributes:
        name: Unique; whom rate limits count for.
        scopes: What the token may be used for.
        permissions: By deployment RID, or under `EVERY`; both add up.
        create: Models of which it may create deployments, or `EVERY`.
    """

    name: str
    scopes: frozenset[Scope]
    permissions: Mapping[str, frozenset[Permission]]
    create: frozenset[str]

    @classmethod
    def almighty(cls, name: str) -> Self:
        """Return a user who may do everything."""
        return cls(
            name=name,
            scopes=frozenset(Scope),
            permissions=MappingProxyType({EVERY: frozenset(Permission)}),
            create=frozenset({EVERY}),
        )

    def may(self, permission: Permission, rid: str) -> bool:
        """Return whether the user has *permission* on the deployment *rid*."""
        nothing = frozenset[Permission]()
        return permission in self.permissions.get(rid, nothing) | self.permissions.get(
            EVERY, nothing
        )

    def may_create(self, model_rid: str) -> bool:
        """Return whether the user may create deployments of the model."""
        return bool(self.create & {EVERY, model_rid})
