"""Reads a page as its browser does: what it says, what it draws, what it lets run."""

import base64
import json
import re
import zlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from typing_extensions import override


@dataclass
class Page(HTMLParser):
    """A parsed page: its text outside of scripts, its scripts and styles, its attributes."""

    text: str = ""
    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    data: str = ""
    policy: str = ""
    language: str = ""
    addresses: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    inline_styles: int = 0

    def __post_init__(self) -> None:
        """Begin outside of everything."""
        super().__init__(convert_charrefs=True)
        self._inside = ""
        self._is_data = False

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.handlers += [name for name in named if name.startswith("on")]
        self.inline_styles += "style" in named
        self.addresses += [named[k] or "" for k in ("src", "href", "action") if k in named]
        if tag == "html":
            self.language = named.get("lang") or ""
        if tag == "meta" and named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"] or ""
        if tag in {"script", "style"}:
            self._inside = tag
            self._is_data = named.get("id") == "data"
            if not self._is_data:
                (self.scripts if tag == "script" else self.styles).append("")

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    @override
    def handle_data(self, data: str) -> None:
        if self._is_data and self._inside == "script":
            self.data += data
        elif self._inside:
            (self.scripts if self._inside == "script" else self.styles)[-1] += data
        else:
            self.text += data

    @property
    def drawn(self) -> dict[str, Any]:
        """What the charts draw, unpacked."""
        found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(self.data)))
        return found

    @property
    def words(self) -> str:
        """The text, with one blank between words."""
        return re.sub(r"\s+", " ", self.text)


def read_page(content: bytes) -> Page:
    """Return the page that the bytes of a file are."""
    page = Page()
    page.feed(content.decode("utf-8"))
    page.close()
    return page
