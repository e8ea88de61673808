"""The HTML file itself: its parts put together, and a policy that lets nothing else run.

Everything that comes from a scenario goes through the templates, which escape it. The policy names
each script and style of the page by its digest and allows no request to anywhere.
"""

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from sim.extras import PAGE_LIBRARIES, require
from sim.pages.looks import looks
from sim.pages.uplot import uplot

if TYPE_CHECKING:
    from jinja2 import Environment

SCRIPTS: Final = (
    "data.js",
    "clock.js",
    "levels.js",
    "fills.js",
    "charts.js",
    "replicas.js",
    "log.js",
    "view.js",
    "page.js",
)
"""Our own scripts, in the order in which they build on each other; one function holds them all."""

STYLES: Final = ("page.css",)


def document(template: str, content: Mapping[str, Any], *, data: str | None = None) -> bytes:
    """Return a page as the bytes of its file.

    Args:
        template: The name of the template of its content.
        content: What that shows.
        data: What its charts draw, as `sim.pages.payload.packed` has it; None: it has none.

    Raises:
        ScenarioError: The extra that makes pages is not installed.
    """
    require("sim report", *PAGE_LIBRARIES)
    library = uplot()
    scripts = [] if data is None else [library.script, _script()]
    styles = [looks(), *([] if data is None else [library.style]), *map(_asset, STYLES)]
    page = _environment().get_template(template)
    text = page.render(
        content,
        scripts=scripts,
        styles=styles,
        policy=policy(scripts, styles),
        data=data,
    )
    return text.encode("utf-8")


def policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """Return the content security policy of a page of these scripts and styles, and nothing else.

    Source: W3C, "Content Security Policy Level 3", section 2.3.1: hashes of inline blocks.
    """
    parts = ["default-src 'none'", "img-src data:", "base-uri 'none'", "form-action 'none'"]
    for directive, blocks in (("script-src", scripts), ("style-src", styles)):
        hashes = " ".join(f"'sha256-{_digest(block)}'" for block in blocks)
        parts.append(f"{directive} {hashes or chr(39) + 'none' + chr(39)}")
    return "; ".join(parts)


def _digest(block: str) -> str:
    return base64.b64encode(sha256(block.encode("utf-8")).digest()).decode("ascii")


@cache
def _script() -> str:
    body = "\n".join(map(_asset, SCRIPTS))
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


def _asset(name: str) -> str:
    return files("sim.pages").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - an extra
    from markupsafe import Markup  # noqa: PLC0415 - comes with jinja2

    made = Environment(
        loader=PackageLoader("sim.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # Scripts, styles and base64 are ours or checked by their digest; nothing of a scenario is.
    made.filters["ours"] = Markup
    return made
