"""The colours of a page, light and dark, as the palette of the pictures has them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sim.palette import (
    BLUE,
    DARK,
    FAILURES,
    FAINT,
    GRID,
    HOLDERS,
    INK,
    ORANGE,
    PAPER,
    SHADE,
    STATES,
    Fill,
)

LIGHT: Final[Mapping[str, str]] = {
    "ink": INK,
    "faint": FAINT,
    "paper": PAPER,
    "grid": GRID,
    "shade": SHADE,
    "blue": BLUE,
    "orange": ORANGE,
}
"""Colours by the names that the page has for them."""


def looks() -> str:
    """Return the style that defines the colours as custom properties, of both schemes."""
    light = "".join(f"--{name}:{colour};" for name, colour in LIGHT.items())
    dark = "".join(f"--{name}:{colour};" for name, colour in DARK.items())
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-paper]){{{dark}}}}}\n"
        f"@media print{{:root{{{light}}}}}\n"
    )


def fills() -> dict[str, Any]:
    """Return how areas are filled, by the names that lines have: face, edge, hatch, word."""
    return {name: _plain(fill) for name, fill in _named()}


def _named() -> Iterator[tuple[str, Fill]]:
    yield from ((f"state-{state.value}", fill) for state, fill in STATES.items())
    yield from ((f"failure-{kind}", fill) for kind, fill in FAILURES.items())
    yield from ((f"holder-{fill.word}", fill) for fill in HOLDERS)


def _plain(fill: Fill) -> dict[str, str]:
    return {"face": fill.face, "edge": fill.edge, "hatch": fill.hatch[:1], "word": fill.word}
