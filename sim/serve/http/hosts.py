"""Which requests are meant for this server: the names it is called by, and no page but its own.

A browser sends requests for every page that it shows. Two checks keep other pages out. A name that
a stranger's page has made to lead here (DNS rebinding) stands in Host. A page of another origin is
named by Origin, and where a browser sends none, told by Sec-Fetch-Site.

Source: RFC 9110, section 7.2; RFC 6454, section 7; W3C, Fetch Metadata Request Headers.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from starlette.datastructures import Headers

from sim.serve.http.answers import ApiError
from sim.wire.errors import InvalidArgument, PermissionDenied

REMEMBERED: Final = 1_000
"""Hosts that need not be read anew for each request."""
MAX_SHOWN: Final = 200
"""Letters of a refused header that an error repeats."""

_AUTHORITY: Final = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::([0-9]{1,5}))?", re.ASCII)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_OWN_SITES: Final = {"same-origin", "none"}
"""What a browser says of its user and of pages that came from here."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A host by name or address, in small letters, with its port; None: that of the scheme."""

    name: str
    port: int | None = None

    @classmethod
    @lru_cache(maxsize=REMEMBERED)
    def of(cls, text: str) -> Self | None:
        """Return what *text* names, such as ``localhost:8080`` or ``[::1]``; None for nothing."""
        found = _AUTHORITY.fullmatch(text.strip().lower())
        if found is None:
            return None
        bracketed, name, port = found.groups()
        return cls(bracketed or name.removesuffix("."), int(port) if port else None)

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The address that it is written as; None for a name."""
        try:
            return ipaddress.ip_address(self.name)
        except ValueError:
            return None

    def with_port(self, port: int | None) -> Self:
        """Return it with *port* where it has none."""
        return self if self.port is not None else type(self)(self.name, port)


def is_loopback(host: str) -> bool:
    """Return whether *host* can be reached from this machine alone."""
    address = Authority(host.lower()).address
    return host.lower() == "localhost" if address is None else address.is_loopback


class Hosts:
    """The names that a server is called by."""

    def __init__(self, host: str, allowed: Iterable[str] = ()) -> None:
        """Know the names of a server that listens on *host*, and those *allowed* besides.

        One that listens for this machine alone is called by its address or ``localhost``; others
        by any address, since a page needs a name to be taken for another. An allowed name goes with
        any port, or with the one that it is given with.

        Raises:
            ValueError: An allowed one is no name, address, or either with a port.
        """
        self._host = host.lower()
        self._is_loopback = is_loopback(host)
        self._allowed = frozenset(map(_allowed, allowed))

    def require_own(self, headers: Headers, *, version: str = "1.1") -> None:
        """Refuse a request for another host, or of another origin's page.

        Args:
            headers: The request's.
            version: Of HTTP; before 1.1 a request may leave out the Host.

        Raises:
            ApiError: It is such a request, or does not say for which host it is.
        """
        host = self._require_host(headers.getlist("host"), version)
        for origin in headers.getlist("origin"):
            if not self._is_own_origin(origin, host):
                reason = f"Pages of the origin {origin[:MAX_SHOWN]} have no access."
                raise ApiError(PermissionDenied(reason=reason))
        for site in headers.getlist("sec-fetch-site"):
            if site.strip().lower() not in _OWN_SITES:
                reason = "Pages of other origins have no access, nor have links on them."
                raise ApiError(PermissionDenied(reason=reason))

    def _require_host(self, given: list[str], version: str) -> Authority | None:
        if not given and version == "1.0":
            return None
        host = Authority.of(given[0]) if len(given) == 1 else None
        if host is None:
            raise ApiError(InvalidArgument(reason="must be given once, as a host", argument="Host"))
        if not self._is_own(host):
            reason = (
                f"The server is not called {host.name[:MAX_SHOWN]}; "
                "sim serve --allow-host NAME adds a name."
            )
            raise ApiError(PermissionDenied(reason=reason))
        return host

    def _is_own(self, host: Authority) -> bool:
        if host.name in {self._host, "localhost"} or self._allows(host):
            return True
        return host.address is not None and (host.address.is_loopback or not self._is_loopback)

    def _allows(self, host: Authority) -> bool:
        return not self._allowed.isdisjoint({host, Authority(host.name)})

    def _is_own_origin(self, text: str, host: Authority | None) -> bool:
        scheme, separator, rest = text.strip().lower().partition("://")
        origin = Authority.of(rest)
        if origin is None or not separator or scheme not in _DEFAULT_PORTS:
            return False
        port = _DEFAULT_PORTS[scheme]
        own = {one.with_port(port) for one in (*self._allowed, host) if one is not None}
        return origin.with_port(port) in own


def _allowed(text: str) -> Authority:
    found = Authority.of(text) or Authority.of(f"[{text}]")
    if found is None:
        msg = f"{text!r} is no name of a host, nor one with its port"
        raise ValueError(msg)
    return found
